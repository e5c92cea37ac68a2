"""Of matrices what is computed quickest: small ones by their entries, a trace of a product without the product.

A library calls LAPACK for each matrix of a stack, which takes a microsecond or two; of two or three rows the same is a
few products of numbers, done for all samples at once. Source: Golub and Van Loan, "Matrix Computations" (2013), 1.1 on
traces; the adjugate in Horn and Johnson, "Matrix Analysis" (2013), 0.8.2.
"""

from __future__ import annotations

from ... import ops
from ..steps import BATCH, CONTRACT, LINALG, Step, Steps
from .further_operations import COFACTORS, SMALL_COFACTORS, SMALL_DETERMINANT, SMALL_INVERSE
from .step_rewriting import Rewriting

_SMALL = {
    ops.INVERSE: SMALL_INVERSE,
    ops.DETERMINANT: SMALL_DETERMINANT,
    COFACTORS: SMALL_COFACTORS,
}
"""What is computed by entries where each sample has a matrix of two or three rows."""


def quickest(rewriting: Rewriting, step: Step) -> Step:
    """A step over the last two axes as what is computed quickest."""
    source, steps = rewriting.source, rewriting.steps
    [x] = source.operands(step)
    if source.what(step) is ops.TRACE and source.kind(x) == CONTRACT:
        return _trace(rewriting, x) or rewriting.same(step)
    small = _SMALL.get(source.what(step)) if _is_small(source, x) else None
    return (
        rewriting.same(step) if small is None else steps.make(LINALG, small, (rewriting.moved[x],), source.axes[step])
    )


def _is_small(source: Steps, x: Step) -> bool:
    axes = source.axes[x]
    return axes[0] == BATCH and axes[-1] in (2, 3)


def _trace(rewriting: Rewriting, product: Step) -> Step | None:
    """tr(A B) is the sum of all entries of A times the transpose of B, entry by entry."""
    source, steps = rewriting.source, rewriting.steps
    left, right, result = source.what(product)
    summed = {*left, *right} - {*result}
    if len(summed) != 1 or left[-1:] != right[-2:-1] or left[-1] not in summed:
        return None
    x, y = (rewriting.moved[part] for part in source.operands(product))
    pair = (steps.transposed(x), y) if source.is_turned(source.operands(product)[0]) else (x, steps.transposed(y))
    both = steps.map(ops.MUL, *pair)
    return steps.reduce(ops.ADD, both, tuple(range(len(steps.axes[both])))[-2:])
