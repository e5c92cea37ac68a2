"""Arguments of a function as `sympy.lambdify` has them: symbols, lists of lists of them, matrices of symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..codegen import in_order, inside_names, user_names
from ..equation_list import SYMBOLS, batch_names
from ..errors import ParameterError, listed, unknown_name
from ..leaf_symbols import inner_symbol, user_name
from ..lowering import refusal, refuse_functions, sizes_of
from .argument_parts import Batch, Group, One, Table
from .compile_choices import batch_in_entries


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
        wholes = {matrix.name for matrix in matrices}
        names = batch_names(_flat([batch]) if isinstance(batch, Iterable | sp.MatrixBase) else batch)
        known = [symbol.name for symbol in self.symbols]
        names = [getattr(inner_symbol(name, self.symbols), "name", name) for name in names]
        for name in names:
            if name not in known and name not in wholes:
                raise unknown_name("batched symbol", " ".join(str(name).split()), known)
        return frozenset(batch_in_entries(names, matrices) or ())

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
