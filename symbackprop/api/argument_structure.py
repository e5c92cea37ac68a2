"""Arguments of a function as `sympy.lambdify` has them: symbols, lists of lists of them, matrices of symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..codegen import in_order, inside_names, user_names
from ..equation_list import SYMBOLS, batch_names
from ..errors import ParameterError, listed, unknown_name
from ..leaf_symbols import inner_symbol, user_name
from ..lowering import refusal, refuse_functions, sizes_of

Batch = Collection[str]
"""The names of the symbols that have a value for each sample, along a first axis."""


@dataclass(frozen=True)
class One:
    """A symbol.

    place: where it stands in `args`, for messages.
    """

    place: str
    symbol: Any

    @property
    def symbols(self) -> list[Any]:
        """That it consists of."""
        return [self.symbol]

    @property
    def name(self) -> str:
        """That it is passed by."""
        return str(self.symbol.name)

    def __str__(self) -> str:
        return self.name

    @property
    def structure(self) -> Any:
        """The symbols as they stand in lists."""
        return self.symbol

    def split(self, value: Any, batch: Batch) -> list[Any]:
        """A value for each of the symbols."""
        return [value]


@dataclass(frozen=True)
class Table:
    """A matrix of symbols: an array of its shape, with further axes in front, or its entries row by row.

    A row or column whose symbols have samples may be an array (samples, entries), too.

    name: that it has by itself, if it stands for a matrix symbol.
    """

    place: str
    shape: tuple[int, int]
    symbols: Sequence[Any]
    name: str | None = None

    @property
    def structure(self) -> Any:
        """The symbols as they stand in lists."""
        return list(self.symbols)

    def __str__(self) -> str:
        return self.name or f"Matrix of {listed([symbol.name for symbol in self.symbols], 4)}"

    def split(self, value: Any, batch: Batch) -> list[Any]:
        """A value for each of the symbols."""
        array = _array(value)
        if isinstance(value, np.ndarray) and self._is_sampled(value, batch):
            return list(value.T)
        if array is not None and array.shape[-2:] == self.shape and (array.ndim > 2 or not self._has_samples(batch)):
            return [array[..., row, column] for row in range(self.shape[0]) for column in range(self.shape[1])]
        if isinstance(value, list | tuple) or (array is not None and array.ndim == 1):
            if len(value) == len(self.symbols):
                return list(value)
            raise ParameterError(f"{self._told} takes {len(self.symbols)} values, got {len(value)}")
        rows, columns = self.shape
        wanted = f"(samples, {len(self.symbols)})" if self._has_samples(batch) else f"(..., {rows}, {columns})"
        raise ParameterError(f"{self._told} has shape {np.shape(value)}, expected {wanted}")

    def _has_samples(self, batch: Batch) -> bool:
        """Whether it is a row or column all of whose symbols have a value for each sample."""
        return 1 in self.shape and bool(batch) and all(symbol.name in batch for symbol in self.symbols)

    def _is_sampled(self, value: Any, batch: Batch) -> bool:
        return value.ndim == 2 and value.shape[1] == len(self.symbols) and self._has_samples(batch)

    @property
    def _told(self) -> str:
        return self.name or f"{self.place}, {self},"


@dataclass(frozen=True)
class Group:
    """A list: its value is unpacked along the first axis, as SymPy does it."""

    place: str
    parts: Sequence[Any]

    @cached_property
    def symbols(self) -> list[Any]:
        """That it consists of, in order."""
        return [symbol for part in self.parts for symbol in part.symbols]

    @property
    def structure(self) -> Any:
        """The symbols as they stand in lists."""
        return [part.structure for part in self.parts]

    def __str__(self) -> str:
        return f"[{listed(list(map(str, self.parts)), 4)}]"

    def split(self, value: Any, batch: Batch) -> list[Any]:
        """A value for each of the symbols.

        A list of Python holds a value for each part. An array has them along its first axis; or, if all have samples,
        which come first, along its second; or it is flat and holds, where there are matrices, all entries in order.
        """
        value = list(value) if isinstance(value, sp.MatrixBase) else value
        given = value if isinstance(value, list | tuple) else np.asarray(value)
        if self._is_flat(given):
            return self._entries(np.asarray(given))
        rows = zip(self.parts, self._rows(given, batch), strict=True)
        return [one for part, own in rows for one in part.split(own, batch)]

    def _rows(self, given: Any, batch: Batch) -> list[Any]:
        """A value for each of the parts."""
        count = len(self.parts)
        if not isinstance(given, np.ndarray):
            if len(given) != count:
                raise ParameterError(f"{self.place}, {self}, takes {count} values, got {len(given)}")
            return list(given)
        sampled = bool(batch) and all(symbol.name in batch for symbol in self.symbols)
        if given.ndim <= sampled or given.shape[sampled] != count:
            flat = f" or ({len(self.symbols)},)" if self._has_tables else ""
            wanted = f"(samples, {count})" if sampled else f"({count}, ...){flat}"
            raise ParameterError(f"{self.place}, {self}, has shape {given.shape}, expected {wanted}")
        return list(np.moveaxis(given, 1, 0)) if sampled else list(given)

    @cached_property
    def _has_matrices(self) -> bool:
        return any(isinstance(symbol, sp.MatrixSymbol) for symbol in self.symbols)

    @cached_property
    def _has_tables(self) -> bool:
        """Whether a matrix of symbols stands for a matrix symbol, which may be flat like that."""
        return any(isinstance(part, Table) and part.name is not None for part in self.parts)

    def _is_flat(self, given: Any) -> bool:
        """Whether one flat array stands for matrices and numbers together, as minimisers have it."""
        if not self._has_matrices:
            return self._has_tables and len(given) == len(self.symbols) and _is_line(given)
        return isinstance(given, np.ndarray) or (len(given) != len(self.parts) and not any(map(np.ndim, given)))

    def _entries(self, value: Any) -> list[Any]:
        sizes = list(map(_entries, self.symbols))
        if value.shape != (sum(sizes),):
            raise ParameterError(f"{self.place}, {self}, takes {sum(sizes)} values, got shape {value.shape}")
        parts = np.split(value, np.cumsum(sizes)[:-1])
        return [part.reshape(getattr(symbol, "shape", ())) for symbol, part in zip(self.symbols, parts, strict=True)]


class Arguments:
    """What a function takes, and how its values become those of symbols.

    Args:
        args: a symbol; or a list, tuple or matrix of symbols, matrix symbols, matrices of symbols, and lists of these.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples.
        matrices: by matrix symbol: the matrix of symbols that its entries become.
        around: what is computed, for refusals.

    Attributes:
        symbols: all of them, in order.
        batch: the names of those that have samples; None if there are no samples.
        heads: what each argument is called in messages.
        names: what it is given by; None for one that goes by position alone.
        takes_whole_arrays: whether arrays have the shapes of symbols, and do not broadcast.

    Raises:
        ParameterError: there is something else in `args`, or a symbol twice, or the batch is empty.
        UnknownNameError: the batch names none of the symbols.
        UnsupportedError: there is an undefined function, q(t), in `args`.
    """

    def __init__(
        self,
        args: Any,
        batch: Iterable[Any] | None = None,
        matrices: Mapping[Any, Any] | None = None,
        around: Any = (),
    ) -> None:
        if isinstance(args, SYMBOLS):
            args = [args]
        if isinstance(args, sp.MatrixBase):
            args = list(args)
        refuse_functions(args, around)
        if isinstance(args, str | dict | set | frozenset | sp.Expr) or not isinstance(args, Iterable):
            raise _no_symbol(args, "args")
        self._parts = [_part(arg, f"args[{place}]", matrices or {}) for place, arg in enumerate(args)]
        self.symbols = [symbol for part in self._parts for symbol in part.symbols]
        twice = [name for name, count in Counter(symbol.name for symbol in self.symbols).items() if count > 1]
        if twice:
            raise ParameterError(f"args names {twice[0]} twice: name each symbol once")
        sizes = sizes_of(sp.Tuple(*(symbol for symbol in self.symbols if isinstance(symbol, sp.MatrixSymbol))))
        for symbol in self.symbols:
            if symbol in sizes:
                raise ParameterError(
                    f"{symbol.name} is a size of a matrix, which its array tells: leave it out of args"
                )
        self.batch = None if batch is None else self._batched(batch, matrices or {})
        self.heads = list(map(str, self._parts))
        self.names = [None if isinstance(part, Group) else part.name for part in self._parts]
        self.takes_whole_arrays = self.batch is not None or self.has_matrices
        self._user_names = user_names(part.symbol for part in self._parts if isinstance(part, One))
        self._is_plain = all(isinstance(part, One) for part in self._parts)

    def _batched(self, batch: Any, matrices: Mapping[Any, Any]) -> Batch:
        """The names of a batch; in the place of a matrix those of the symbols that its entries became."""
        entries = {matrix.name: [entry.name for entry in whole] for matrix, whole in matrices.items()}
        names = batch_names(_flat([batch]) if isinstance(batch, Iterable | sp.MatrixBase) else batch)
        known = [symbol.name for symbol in self.symbols]
        names = [getattr(inner_symbol(name, self.symbols), "name", name) for name in names]
        for name in names:
            if name not in known and name not in entries:
                raise unknown_name("batched symbol", " ".join(str(name).split()), known)
        return frozenset(one for name in names for one in entries.get(name, [name]))

    @property
    def has_matrices(self) -> bool:
        """Whether a symbol is a matrix, if only one of 1 x 1."""
        return any(isinstance(symbol, sp.MatrixSymbol) for symbol in self.symbols)

    def has_samples_of(self, wrt: Iterable[Any]) -> bool:
        """Whether any of these symbols has a value for each sample: then no mean is differentiated by them."""
        return any(symbol.name in (self.batch or ()) for symbol in wrt)

    def require(self, symbols: Iterable[Any], what: str) -> None:
        """Refuse to compute something of symbols that have no value."""
        given = set(self.symbols)
        missing = sorted(user_name(symbol) for symbol in symbols if symbol not in given)
        if not missing:
            return
        others = sorted({user_name(symbol) for symbol in self.symbols} & set(missing))
        if others:
            raise ParameterError(f"args has another symbol called {others[0]} than {what}: their assumptions differ")
        raise ParameterError(f"args lacks {listed(missing)}, which {what} contains")

    @property
    def structure(self) -> list[Any]:
        """The symbols as they stand in lists."""
        return [part.structure for part in self._parts]

    def in_order(self, given: Sequence[Any], named: dict[str, Any]) -> Sequence[Any]:
        """A value for each argument, from those that the function was called with.

        Raises:
            ParameterError: there are too many or too few, one is given twice or has no such name.
        """
        if self._user_names and named:
            named = inside_names(named, self._user_names.inside)
        return in_order(self.heads, given, named, self.names)

    def split(self, given: Sequence[Any]) -> list[Any]:
        """A value for each symbol, from those of the arguments.

        Raises:
            ParameterError: one holds another number of values than its list in `args`.
        """
        if self._is_plain:
            return list(given)
        batch = self.batch or ()
        if self.takes_whole_arrays:
            self._refuse_stacks(given)
        return [one for part, value in zip(self._parts, given, strict=True) for one in part.split(value, batch)]

    def _refuse_stacks(self, given: Sequence[Any]) -> None:
        """Refuse matrices of many points, where arrays do not broadcast and the batch does not name them."""
        for part, value in zip(self._parts, given, strict=True):
            if isinstance(part, Table) and np.ndim(value) > 2 and not self.has_samples_of(part.symbols):
                raise ParameterError(
                    f"{part} has shape {np.shape(value)}, expected {part.shape}: where it has a value for each sample, "
                    f"say so when the function is made, batch=[{part}]"
                )

    def __str__(self) -> str:
        return ", ".join(self.heads)


def _part(arg: Any, place: str, matrices: Mapping[Any, Any]) -> Any:
    if isinstance(arg, SYMBOLS):
        return _table(matrices[arg], place, arg.name) if arg in matrices else One(place, arg)
    if isinstance(arg, sp.MatrixBase):
        return _table(arg, place)
    if isinstance(arg, list | tuple | sp.Tuple):
        return Group(place, [_part(one, f"{place}[{number}]", matrices) for number, one in enumerate(arg)])
    raise _no_symbol(arg, place)


def _table(matrix: Any, place: str, name: str | None = None) -> Table:
    symbols = [_symbol(one, f"{place}[{number}]") for number, one in enumerate(matrix)]
    return Table(place, (int(matrix.shape[0]), int(matrix.shape[1])), symbols, name)


def _symbol(arg: Any, place: str) -> Any:
    if not isinstance(arg, SYMBOLS):
        raise _no_symbol(arg, place)
    return arg


def _no_symbol(arg: Any, place: str) -> Exception:
    if isinstance(arg, sp.Function | sp.Derivative | sp.Indexed):
        return refusal(arg)
    return ParameterError(f"{place} is {type(arg).__name__} {str(arg)[:40]!r}: pass symbols, or lists of symbols")


def _flat(batch: Any) -> list[Any]:
    """What a batch consists of: the symbols or names in lists and matrices."""
    if isinstance(batch, str | sp.Symbol | sp.MatrixSymbol) or not isinstance(batch, Iterable | sp.MatrixBase):
        return [batch]
    return [one for part in batch for one in _flat(part)]


def _array(value: Any) -> Any:
    """An array of numbers, or None of parts that differ in shape."""
    try:
        return np.asarray(value)
    except ValueError:
        return None


def _is_line(given: Any) -> bool:
    """Whether it is an array with one axis, or a list of numbers."""
    return given.ndim == 1 if isinstance(given, np.ndarray) else not any(map(np.ndim, given))


def _entries(symbol: Any) -> int:
    """How many numbers a symbol stands for."""
    rows, columns = getattr(symbol, "shape", (sp.S.One, sp.S.One))
    if not (rows.is_Integer and columns.is_Integer):
        raise ParameterError(f"{symbol.name} is {rows} x {columns}: in a flat array it needs a size in numbers")
    return int(rows) * int(columns)
