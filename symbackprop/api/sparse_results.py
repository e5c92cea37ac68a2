"""Sparse matrices of numbers: SciPy's where it is installed, otherwise values with their rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..lazy_imports import library

Place = tuple[int, ...]


class SparseValues(NamedTuple):
    """The entries of a sparse matrix, row by row, at one point or at many.

    Attributes:
        values: (..., entries), the axes of the arguments in front.
        rows: of each entry, (entries,).
        columns: of each entry, (entries,).
        shape: rows and columns of the matrix.
    """

    values: Any
    rows: Any
    columns: Any
    shape: tuple[int, int]

    def dense(self) -> Any:
        """The whole array, (..., rows, columns)."""
        found = np.zeros((*np.shape(self.values)[:-1], *self.shape), np.asarray(self.values).dtype)
        found[..., self.rows, self.columns] = self.values
        return found


class FunctionOfEntries:
    """A function whose last result is a matrix, made of the entries that another one computes.

    Attributes:
        arguments: their names, in order.
        source: the generated text of what computes the entries.
    """

    def __init__(self, entries: Callable[..., Any], shape: tuple[int, int]) -> None:
        self._entries, self._shape = entries, shape
        self.arguments, self.source = entries.arguments, entries.source  # type: ignore[attr-defined]

    def _made(self, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        found = self._entries(*values, **named)
        *before, entries = found if isinstance(found, tuple) else (found,)
        made = self._matrix(entries)
        return (*before, made) if before else made

    def _matrix(self, entries: Any) -> Any:
        raise NotImplementedError


class SparseFunction(FunctionOfEntries):
    """A function whose last result is a sparse matrix; made by `compile(sparse=True)`."""

    def __init__(self, entries: Callable[..., Any], places: Sequence[Place], shape: tuple[int, int]) -> None:
        super().__init__(entries, shape)
        order = sorted(range(len(places)), key=places.__getitem__)
        self._order = None if order == list(range(len(places))) else np.array(order, int)
        ordered = np.array([places[place] for place in order], int).reshape(len(places), 2)
        self._rows, self._columns = ordered[:, 0].copy(), ordered[:, 1].copy()
        self._starts = np.searchsorted(self._rows, np.arange(shape[0] + 1))

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """At one point a `scipy.sparse.csr_array`, if SciPy is installed; otherwise a `SparseValues`.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or no number.
        """
        return self._made(values, named)

    def _matrix(self, entries: Any) -> Any:
        entries = entries if self._order is None else entries[..., self._order]
        scipy = library("scipy.sparse") if entries.ndim == 1 else None
        if scipy is None:
            return SparseValues(entries, self._rows, self._columns, self._shape)
        return scipy.csr_array((entries, self._columns, self._starts), shape=self._shape)


class DenseFunction(FunctionOfEntries):
    """A function whose last result is a whole array, put together from the entries of a sparse matrix."""

    def __init__(self, entries: Callable[..., Any], places: Sequence[Place], shape: tuple[int, int]) -> None:
        super().__init__(entries, shape)
        ordered = np.array(list(places), int).reshape(len(places), 2)
        self._rows, self._columns = ordered[:, 0], ordered[:, 1]

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The array, (..., rows, columns).

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or no number.
        """
        return self._made(values, named)

    def _matrix(self, entries: Any) -> Any:
        return SparseValues(entries, self._rows, self._columns, self._shape).dense()


FORMS: Mapping[bool, Callable[..., Any]] = {True: SparseFunction, False: DenseFunction}
"""By whether it is sparse: what makes a matrix of entries."""
