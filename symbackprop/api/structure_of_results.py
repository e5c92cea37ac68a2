"""What a function returns, as the user wrote it: lists, tuples and dicts of numbers, matrices and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from ..equation_list import expression_of
from ..errors import ParameterError, UnsupportedError
from ..lowering import shown
from ..named_quantities import MADE
from .derivative_arrays import Hessian, HigherDerivatives, Jacobian
from .derivative_vectors import DerivativeVector
from .jacobian_vector_product import Jvp
from .outputs_derivation import OutputsDerivation
from .public_derivation import Derivation


class Block(NamedTuple):
    """One array of a result.

    shape: without the axes of several points, and without those of an entry that is a matrix itself. entries: by
    index, the expression that stands there; what is not in it is 0. wrt: where they are derivatives, row by row of the
    expressions that stand in `entries` (at the rows), what they are differentiated by. axes: where some of the entries
    are matrices and others are not, what stands along each axis: a matrix has its entries there, row by row.
    """

    shape: tuple[int, ...]
    entries: Mapping[tuple[int, ...], Any]
    wrt: Sequence[Any] = ()
    axes: Sequence[Sequence[Any]] | None = None


class Results:
    """The structure of a function's results.

    Args:
        exprs: an expression; a matrix, or an array of expressions; a `Jacobian` or `Hessian`; a `Gradient`, `Vjp`,
            `Hvp` or `OutputTangents`, arrays of their entries; or a list, tuple or dict of these, in any depth.

    Attributes:
        blocks: the arrays that are to be computed.
        equations: what the names in them that users gave stand for, where a `Jacobian` or `Hessian` knows.
        form: the result with the number of a block in the place of each.

    Raises:
        ParameterError: there is nothing in it, or it is nested too deep.
        UnsupportedError: there is something else in it; the message says where.
    """

    def __init__(self, exprs: Any) -> None:
        self.blocks: list[Block] = []
        self.equations: dict[Any, Any] = {}
        try:
            self.form = self._read(exprs, "exprs")
        except RecursionError:
            raise ParameterError("exprs is nested too deep: pass a list of expressions") from None
        if not self.blocks:
            raise ParameterError("exprs is empty: give at least one expression")

    def _read(self, given: Any, place: str) -> Any:
        if isinstance(given, dict | sp.Dict):
            return {key: self._read(value, f"{place}[{str(key)[:20]}]") for key, value in given.items()}
        if isinstance(given, list | tuple | sp.Tuple):
            parts = [self._read(part, f"{place}[{number}]") for number, part in enumerate(given)]
            return parts if isinstance(given, list) else tuple(parts)
        number = len(self.blocks)
        if isinstance(given, DerivativeVector):
            self._learn(given)
            if any(getattr(entry, "is_Matrix", False) for entry in given.entries):
                return self._read(given.entries, place)
            given = np.array(given.entries, dtype=object)
        if isinstance(given, Jacobian | Hessian) and not _is_derived_anew(given):
            self._learn(given)
            axes = [given.sweep.outputs, given.sweep.wrt] if isinstance(given, Jacobian) else None
            self.blocks.append(_block(given.matrix, place)._replace(axes=axes))
            return number
        self.blocks.append(_block(given, place))
        return number

    def _learn(self, given: Any) -> None:
        """What the names stand for that a user gave to what was derived."""
        self.equations.update(line for line in given.sweep.told() if not isinstance(line[0], MADE))


def built(form: Any, arrays: Sequence[Any]) -> Any:
    """The result of a form, of the arrays of all blocks."""
    if isinstance(form, dict):
        return {key: built(one, arrays) for key, one in form.items()}
    if isinstance(form, list | tuple):
        return type(form)(built(one, arrays) for one in form)
    return arrays[form]


def _block(given: Any, place: str) -> Block:
    if isinstance(given, Jacobian):
        return Block(given.shape, {(row,): one for row, one in enumerate(given.exprs or ())}, given.wrt)
    if isinstance(given, sp.MatrixBase):
        return Block(_whole(given.shape), {_whole(index): entry for index, entry in given.todok().items()})
    if isinstance(given, np.ndarray | sp.NDimArray):
        table = given if isinstance(given, np.ndarray) else np.array(given.tolist(), dtype=object).reshape(given.shape)
        return Block(
            table.shape, {index: _expression(one, f"{place}{list(index)}") for index, one in np.ndenumerate(table)}
        )
    expression = _expression(given, place)
    single = isinstance(expression, sp.MatrixExpr) and tuple(expression.shape) == (1, 1)  # a number to the graph
    return Block((1, 1), {(0, 0): expression}) if single else Block((), {(): expression})


def _is_derived_anew(given: Any) -> bool:
    """Whether it is a Jacobian of nothing but expressions and numbers, which goes together with all the others."""
    is_bare = isinstance(given, Jacobian) and given.exprs is not None
    return is_bare and not any(isinstance(symbol, sp.MatrixSymbol) for symbol in given.wrt)


def _whole(index: Any) -> tuple[int, ...]:
    return tuple(map(int, index))


def _expression(given: Any, place: str) -> Any:
    """An expression of numbers or matrices; a refusal says what to write where it is something else."""
    if isinstance(given, Derivation):
        raise UnsupportedError(f"{place} is a Derivation: pass d.gradients, a dict, or [d.loss, d.gradients]")
    if isinstance(given, OutputsDerivation):
        raise UnsupportedError(f"{place} is an OutputsDerivation: pass d.gradients, a dict, or d.adjoint(x)")
    if isinstance(given, Jvp):
        raise UnsupportedError(f"{place} is a Jvp: pass j.tangent, or [j.value, j.tangent]")
    if isinstance(given, HigherDerivatives):
        raise UnsupportedError(f"{place} holds derivatives of several orders: pass single ones, d.entry(x, x, y)")
    if isinstance(given, sp.logic.boolalg.Boolean) and not isinstance(given, sp.Expr):
        raise UnsupportedError(f"{place} is a condition, {shown(given)}: write Piecewise((1, condition), (0, True))")
    return expression_of(given, place)


__all__ = ["Block", "Results"]
