"""What arguments consist of: symbols, matrices of symbols and lists; how the value of each becomes those of symbols."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..errors import ParameterError, listed

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
        given = value if isinstance(value, list | tuple | np.ma.MaskedArray) else np.asarray(value)  # a mask is told of
        if self._is_flat(given):
            return self._entries(np.asanyarray(given))
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
