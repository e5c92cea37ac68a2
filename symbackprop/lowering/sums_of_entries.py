"""Sums over the rows or columns of matrices, as SymPy writes an entry of a product, as products of matrices again.

SymPy has no entry of a product of unknown size: `(X*A)[0, 1]` is Sum(X[0, k]*A[k, 1], (k, 0, m - 1)). A factor with one
index is a vector, one with two is a matrix, and an index that two factors share is one that a product sums over:
indices are taken out one by one, as in any contraction of tensors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from ..sympy_functions.matrix_functions import RowSums, Total

Sizes = Mapping[Any, Any]
"""By index: how many values it takes, from 0."""


def product_form(total: sp.Sum) -> Any | None:
    """A sum as an expression in whole matrices, a number; None where it is no sum over their rows or columns."""
    try:
        return _summed(total, {})
    except _NoProductError:
        return None


class _NoProductError(Exception):
    """A sum is none over whole rows or columns of matrices."""


def _summed(total: sp.Sum, free: Sizes) -> Any:
    """A sum; where indices in it are free, a column or a matrix: rows for the first, columns for the second."""
    bound = {index: upper + 1 for index, lower, upper in map(_limits, total.limits) if lower == 0}
    if len(bound) < len(total.limits):
        raise _NoProductError
    network = _Network({**free, **bound})
    for factor in _factors(total.function):
        network.add(factor)
    while bound:
        index = min(reversed(bound), key=network.degree)  # of equals the last: x.T*(A*x)
        network.take_out(index)
        del bound[index]
    return network.whole(list(free))


def _limits(limit: Any) -> Any:
    if len(limit) != 3:
        raise _NoProductError
    return limit


def _factors(product: Any) -> Iterable[Any]:
    """The factors of a product, a square being two."""
    for factor in sp.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if exponent.is_Integer and 2 <= exponent <= 4 and factor.is_Pow:
            yield from [base] * int(exponent)
        else:
            yield factor


class _Network:
    """Factors by the indices that they have: numbers, columns, and matrices with a row for the lower of two indices."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.numbers: list[Any] = []
        self.columns: dict[Any, list[Any]] = {index: [] for index in sizes}
        self.matrices: dict[tuple[Any, Any], Any] = {}

    def add(self, factor: Any) -> None:
        """A factor of the product."""
        own = _indices(factor, self.sizes)
        if len(own) > 2:
            raise _NoProductError
        found = _array(factor, {index: self.sizes[index] for index in own})
        if not own:
            self.numbers.append(found)
        elif len(own) == 1:
            self.columns[own[0]].append(found)
        else:
            self._connect(own[0], own[1], found)

    def _connect(self, row: Any, column: Any, matrix: Any) -> None:
        if (column, row) in self.matrices:
            row, column, matrix = column, row, matrix.T
        known = self.matrices.get((row, column))
        self.matrices[row, column] = matrix if known is None else sp.HadamardProduct(known, matrix)

    def degree(self, index: Any) -> int:
        """How many other indices stand with it in a matrix."""
        return sum(index in pair for pair in self.matrices)

    def take_out(self, index: Any) -> None:
        """Sum over an index."""
        beside = [(pair, self.matrices.pop(pair)) for pair in [*self.matrices] if index in pair]
        columns = self.columns.pop(index)
        if not beside:
            self.numbers.append(_dot(columns, self.sizes[index]))
            return
        if len(beside) > 2:
            raise _NoProductError
        others = [pair[0] if pair[1] == index else pair[1] for pair, _ in beside]
        towards = [matrix if pair[1] == index else matrix.T for pair, matrix in beside]  # other by index
        if len(beside) == 1:
            self.columns[others[0]].append(towards[0] * _entrywise(columns) if columns else RowSums(towards[0]))
            return
        right = towards[1].T
        if columns:
            right = sp.HadamardProduct(_wide(_entrywise(columns), right.shape[1]), right)
        self._connect(others[0], others[1], towards[0] * right)

    def whole(self, free: Sequence[Any]) -> Any:
        """What is left: a number, a column, or a matrix."""
        number = reduce(lambda one, other: one * other, self.numbers, sp.S.One)
        if not free:
            return number
        parts = list(self.columns[free[0]])
        if len(free) == 2:
            rows, columns = (self.sizes[index] for index in free)
            parts = [_wide(one, columns) for one in parts] + [_tall(one.T, rows) for one in self.columns[free[1]]]
            parts += [matrix if pair == tuple(free) else matrix.T for pair, matrix in self.matrices.items()]
        parts = parts or [sp.OneMatrix(*_shape([self.sizes[index] for index in free]))]
        return number * _entrywise(parts)


def _indices(expression: Any, sizes: Sizes) -> list[Any]:
    """Those of some indices that stand in an expression, in their order."""
    return [index for index in sizes if expression.has(index)]


def _dot(columns: list[Any], size: Any) -> Any:
    """The sum of the products of columns: u.T v; of a sum with itself that of its squares, which has one derivative."""
    if not columns:
        return size
    if len({*columns}) == 1 < len(columns) and not isinstance(columns[0], sp.MatrixSymbol | MatrixSlice):
        return Total(sp.HadamardPower(columns[0], len(columns)))
    if len(columns) > 1 and not columns[0].has(sp.MatrixBase):  # one given by entries is not transposed
        return sp.Trace(columns[0].T * _entrywise(columns[1:]))
    only = _entrywise(columns)
    return sp.Trace(only.arg) if isinstance(only, sp.DiagonalOf) else Total(only)


def _entrywise(arrays: list[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else sp.HadamardProduct(*arrays)


def _wide(column: Any, count: Any) -> Any:
    return column * sp.OneMatrix(1, count)


def _tall(row: Any, count: Any) -> Any:
    return sp.OneMatrix(count, 1) * row


# --- what stands in the sum, for all values of its indices at once ---


def _array(expression: Any, sizes: Sizes) -> Any:
    """An expression for all values of one or two indices: a column, or a matrix; of none it is as it is."""
    own = _indices(expression, sizes)
    if not own:
        return expression
    if len(own) < len(sizes):
        return _repeated(_array(expression, {own[0]: sizes[own[0]]}), own[0], sizes)
    if isinstance(expression, sp.Sum):
        return _summed(expression, sizes)
    reader = next((read for kind, read in _READERS if isinstance(expression, kind)), None)
    if reader is None:
        raise _NoProductError
    return reader(expression, sizes)


def _repeated(column: Any, index: Any, sizes: Sizes) -> Any:
    """A column of one index, the same for all values of the other."""
    row, _ = sizes
    rows, columns = sizes.values()
    return _wide(column, columns) if index == row else _tall(column.T, rows)


def _shape(sizes: Sequence[Any]) -> tuple[Any, Any]:
    return (*sizes, 1) if len(sizes) == 1 else tuple(sizes)


def _entry(entry: Any, sizes: Sizes) -> Any:
    matrix, *places = entry.args
    if _indices(matrix, sizes) or any(_indices(place, sizes) and place not in sizes for place in places):
        raise _NoProductError
    for place, size in zip(places, matrix.shape, strict=True):
        if place in sizes and sizes[place] != size:
            raise _NoProductError
    if places[0] == places[1]:
        return sp.DiagonalOf(matrix)
    if len(sizes) == 2:
        return matrix if places == [*sizes] else matrix.T
    if places[0] in sizes:
        return matrix if matrix.shape[1] == 1 else matrix[:, _counted(places[1])]
    return (matrix if matrix.shape[0] == 1 else matrix[_counted(places[0]), :]).T


def _counted(place: Any) -> Any:
    """A place that is a number: of another one, SymPy's slices ask whether it is within the matrix."""
    if not (place.is_Integer and place >= 0):
        raise _NoProductError
    return place


def _delta(delta: Any, sizes: Sizes) -> Any:
    """An entry of an identity matrix."""
    places = delta.args[:2]
    size = next(iter(sizes.values()))
    if any(_indices(place, sizes) and place not in sizes for place in places) or len({*sizes.values()}) > 1:
        raise _NoProductError
    if len(sizes) == 2:
        return sp.Identity(size)
    place = places[0] if places[1] in sizes else places[1]
    return sp.Identity(size)[:, _counted(place)]


def _sum(added: Any, sizes: Sizes) -> Any:
    return reduce(lambda one, other: one + other, (_filled(term, sizes) for term in added.args))


def _filled(term: Any, sizes: Sizes) -> Any:
    """A term of a sum, a number in every entry."""
    return _array(term, sizes) if _indices(term, sizes) else term * sp.OneMatrix(*_shape(list(sizes.values())))


def _product(product: Any, sizes: Sizes) -> Any:
    inside = [factor for factor in product.args if _indices(factor, sizes)]
    number = sp.Mul(*(factor for factor in product.args if factor not in inside))
    arrays = [_array(factor, sizes) for factor in inside]
    return number * _entrywise(arrays)


def _power(power: Any, sizes: Sizes) -> Any:
    if _indices(power.exp, sizes):
        raise _NoProductError
    return sp.HadamardPower(_array(power.base, sizes), power.exp)


def _function(function: Any, sizes: Sizes) -> Any:
    """A function of one argument, and others that no index changes."""
    inside = {argument for argument in function.args if _indices(argument, sizes)}
    if len(inside) != 1:
        raise _NoProductError
    [argument] = inside
    variable = sp.Dummy("x", real=True)
    body = function.func(*(variable if one == argument else one for one in function.args))
    return _array(argument, sizes).applyfunc(sp.Lambda(variable, body))


_READERS: tuple[tuple[Any, Any], ...] = (
    (MatrixElement, _entry),
    (sp.KroneckerDelta, _delta),
    (sp.Add, _sum),
    (sp.Mul, _product),
    (sp.Pow, _power),
    (sp.Function, _function),
)
