"""det(X) times the transpose of X's inverse is the matrix of X's cofactors, which a singular matrix has as well.

Formulas keep the inverse, as textbooks have it; the code of an expression takes the cofactors. Source: the derivative
of a determinant, Magnus and Neudecker, "Matrix Differential Calculus" (2019), 8.3.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ..steps import LINALG, VIEW, Step, Steps
from .further_operations import COFACTORS
from .step_rewriting import Rewriting

_NOT_THERE: Any = object()


def cofactors(rewriting: Rewriting, step: Step) -> Step | None:
    """A product with det(X) and the transposed inverse of X among its factors, with the cofactors in their place."""
    source, steps, moved = rewriting.source, rewriting.steps, rewriting.moved
    pair = source.operands(step)
    for scaled, other in (pair, pair[::-1]):
        for turned, factor in _factors(source, scaled):
            x = _inverted(source, turned)
            rest = _NOT_THERE if x is None else _without(rewriting, other, x)
            if x is not None and rest is not _NOT_THERE:
                found = steps.make(LINALG, COFACTORS, (moved[x],), source.axes[turned])
                found = found if factor is None else steps.map(ops.MUL, moved[factor], found)
                return found if rest is None else steps.map(ops.MUL, rest, found)
    return None


def _factors(source: Steps, step: Step) -> list[tuple[Step, Step | None]]:
    """What may be an inverse, with what it is multiplied by: the scale of a mean, say."""
    found: list[tuple[Step, Step | None]] = [(step, None)]
    if source.maps(step, ops.MUL):
        one, other = source.operands(step)
        found += [(one, other), (other, one)]
    return found


def summed_cofactors(rewriting: Rewriting, step: Step) -> Step | None:
    """The same in a sum over the samples of one factor times a matrix each."""
    source, steps = rewriting.source, rewriting.steps
    other, turned = source.operands(step)
    left, right, result = source.what(step)
    x = _inverted(source, turned)
    if x is None or len(left) != 1 or right != (*left, *result):
        return None
    rest = _without(rewriting, other, x)
    if rest is _NOT_THERE:
        return None
    every = steps.make(LINALG, COFACTORS, (rewriting.moved[x],), source.axes[turned])
    if rest is not None and steps.axes[rest]:
        return steps.contract(rest, every, left, right, result)
    found = steps.reduce(ops.ADD, every, (0,))
    return found if rest is None else steps.map(ops.MUL, rest, found)


def _inverted(source: Steps, step: Step) -> Step | None:
    """X, of a step that is the transposed inverse of X."""
    if not source.is_turned(step):
        return None
    [inverse] = source.operands(step)
    return source.operands(inverse)[0] if source.keys[inverse][:2] == (LINALG, ops.INVERSE) else None


def _without(rewriting: Rewriting, step: Step, x: Step, deep: int = 8) -> Any:
    """A product without its factor det(X): the other factors, or None if there are none; _NOT_THERE if it has none.

    The rule of a determinant puts it next to the inverse: no further than so many products in products is looked, as
    a product of products that are shared has more ways through it than anybody can go.
    """
    source, steps, moved = rewriting.source, rewriting.steps, rewriting.moved
    if source.keys[step] == (LINALG, ops.DETERMINANT, x):
        return None
    if source.kind(step) == VIEW:
        [whole] = source.operands(step)
        rest = _without(rewriting, whole, x, deep)
        if rest is None or rest is _NOT_THERE or not steps.axes[rest]:  # what is left may be one number for all samples
            return rest
        return steps.view(rest, source.what(step), source.axes[step])
    if deep and source.maps(step, ops.MUL):
        one, other = source.operands(step)
        for factor, beside in ((one, other), (other, one)):
            rest = _without(rewriting, factor, x, deep - 1)
            if rest is not _NOT_THERE:
                return moved[beside] if rest is None else steps.map(ops.MUL, rest, moved[beside])
    return _NOT_THERE
