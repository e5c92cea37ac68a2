"""What a model says of each row of data: what is computed, what was observed, and the names between."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from ..equation_list import SYMBOLS, equations_of, expression_of, is_bare, mentioned_in
from ..errors import ParameterError, ShapeError, UnsupportedError, listed
from ..lowering import shown, symbols_of
from ..named_quantities import Equation
from ..networks import Model


@dataclass(frozen=True)
class FittedModel:
    """A residual is what is computed less what was observed.

    Attributes:
        definitions: the equations of names in between, in order.
        computed: an expression for each residual of a row.
        observed: what is taken off, each in columns alone; 0 where an expression is the residual itself.
    """

    definitions: Sequence[Equation]
    computed: Sequence[Any]
    observed: Sequence[Any]

    @cached_property
    def needed(self) -> list[Any]:
        """The symbols that have to have a value for what is computed."""
        return mentioned_in([*self.definitions, *((sp.Dummy(), one) for one in self.computed)])


def fitted_model(model: Any, columns: Collection[str], params: Collection[str]) -> FittedModel:
    """Read a model: an equation y = f(...) in columns and parameters, a residual, or a list of these.

    An equation whose left side is a symbol that is neither a column nor a parameter defines that symbol.

    Args:
        model: as the user gave it.
        columns: the names of the columns of data.
        params: the names of what is fitted.

    Raises:
        ParameterError: no equation has a column on its left side, and no residual is given.
        ShapeError: the sides of an equation are of two shapes.
        UnsupportedError: it is nothing that can be computed.
    """
    if isinstance(model, Model):
        raise UnsupportedError("the model is a Network or Model: give the equation of each output, [sp.Eq(y, output)]")
    is_one = is_bare(model) or isinstance(model, sp.Basic) or not isinstance(model, list | tuple)
    items = [model] if is_one else list(model)
    definitions: list[Equation] = []
    pairs: list[tuple[Any, Any]] = []
    for number, item in enumerate(items):
        place = "the model" if is_one else f"model[{number}]"
        left, right = _sides(item, place)
        if isinstance(left, SYMBOLS) and left.name not in columns and left.name not in params:
            definitions += equations_of([(left, right)])
        else:
            pairs += _entries(left, right, place)
    if not pairs:
        raise ParameterError(
            f"no equation of the model has a column of data ({listed(sorted(columns))}) on its left side: say what is "
            "observed, sp.Eq(y, ...), or give the residual, an expression"
        )
    defined = {symbol for symbol, _ in definitions}
    _refuse_data(pairs, columns, defined)
    divided = [_divided(left, right, columns, defined) for left, right in pairs]
    return FittedModel(definitions, [right for right, _ in divided], [left for _, left in divided])


def _refuse_data(pairs: Sequence[tuple[Any, Any]], columns: Collection[str], defined: Collection[Any]) -> None:
    """A residual that is an expression of columns alone is what was observed, out of its equation."""
    for left, right in pairs:
        found = symbols_of(right)
        if left == 0 and found and all(one.name in columns and one not in defined for one in found):
            raise ParameterError(
                f"{shown(right)} is a residual of columns alone, which nothing can fit: put what is observed and what "
                "is computed into one equation, sp.Eq(y, model)"
            )


def _sides(item: Any, place: str) -> tuple[Any, Any]:
    """Left and right side of an equation; 0 on the left of a residual."""
    if isinstance(item, sp.Equality):
        return item.lhs, item.rhs
    if isinstance(item, tuple | list) and len(item) == 2 and isinstance(item[0], SYMBOLS):
        return item[0], item[1]
    if item is sp.true or item is sp.false:
        raise UnsupportedError(f"{place} is an equation that SymPy found to be {item}: its sides hold no unknown")
    if isinstance(item, sp.MatrixExpr | sp.MatrixBase):
        return sp.zeros(*_size(item, place)), item
    return sp.S.Zero, expression_of(item, place)


def _entries(left: Any, right: Any, place: str) -> list[tuple[Any, Any]]:
    """A pair for each entry of an equation between matrices, row by row."""
    sizes = [_size(side, place) for side in (left, right)]
    if sizes[0] != sizes[1]:
        told = " and ".join(f"{rows} x {columns}" for rows, columns in sizes)
        raise ShapeError(f"{place} has sides of shapes {told}: both must be the same")
    return list(zip(_listed(left, sizes[0]), _listed(right, sizes[1]), strict=True))


def _listed(side: Any, size: tuple[int, int]) -> list[Any]:
    if not isinstance(side, sp.MatrixExpr | sp.MatrixBase):
        return [side]
    return [side[i, j] for i in range(size[0]) for j in range(size[1])]


def _size(side: Any, place: str) -> tuple[int, int]:
    if not isinstance(side, sp.MatrixExpr | sp.MatrixBase):
        return 1, 1
    if not all(getattr(size, "is_Integer", True) for size in side.shape):
        raise ShapeError(f"{place} has {shown(side)} of {side.shape[0]} x {side.shape[1]}: give the sizes as numbers")
    return int(side.shape[0]), int(side.shape[1])


def _divided(left: Any, right: Any, columns: Collection[str], defined: Collection[Any]) -> tuple[Any, Any]:
    """What is computed and what was observed: both sides together where the left one is not of columns alone."""
    found = symbols_of(left)
    if all(symbol.name in columns and symbol not in defined for symbol in found):
        return right, left
    return right - left, sp.S.Zero
