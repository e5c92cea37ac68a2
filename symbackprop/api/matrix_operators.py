"""What makes a table of derivatives as good as its matrix to SymPy and NumPy: rows, operators, conversion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


class MatrixOperators:
    """Rows and arithmetic of `matrix`, a SymPy matrix in named quantities, that a subclass has."""

    @property
    def matrix(self) -> Any:
        """The SymPy matrix."""
        raise NotImplementedError

    def __len__(self) -> int:
        return int(self.matrix.rows)

    def __iter__(self) -> Iterator[list[Any]]:
        """The rows, lists of entries in named quantities."""
        return iter(self.matrix.tolist())

    def _sympy_(self) -> Any:
        """What `sympy.sympify` makes of it."""
        return self.matrix.as_immutable()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """What `numpy.array` and `sympy.Matrix` make of it: an array of expressions."""
        return np.array(self.matrix.tolist(), dtype=object if dtype is None else dtype)

    def __mul__(self, other: Any) -> Any:
        return self.matrix * _plain(other)

    def __rmul__(self, other: Any) -> Any:
        return other * self.matrix

    def __matmul__(self, other: Any) -> Any:
        """The product; with an array of NumPy an array of expressions, as SymPy would take its entries one by one."""
        return np.asarray(self) @ other if isinstance(other, np.ndarray) else self * other

    __rmatmul__ = __rmul__

    def __add__(self, other: Any) -> Any:
        return self.matrix + _plain(other)

    def __sub__(self, other: Any) -> Any:
        return self.matrix - _plain(other)

    def __radd__(self, other: Any) -> Any:
        return other + self.matrix

    def __rsub__(self, other: Any) -> Any:
        return other - self.matrix

    def __neg__(self) -> Any:
        return -self.matrix


def _plain(other: Any) -> Any:
    return other.matrix if isinstance(other, MatrixOperators) else other


def holds_slice(which: Any) -> bool:
    """Whether what stands in square brackets asks for several entries."""
    return any(isinstance(one, slice) for one in (which if isinstance(which, tuple) else (which,)))
