"""Sums over the batch: of outer products one matrix product, of products of entries one dot product."""

from __future__ import annotations

from collections.abc import Callable, Generator

import sympy as sp

from ... import ops
from ...graph import Node
from ...ops import Shape
from ..steps import Step, Steps
from .driver import PLAIN, SCALED, SCALED_SUM, SUM, Asked, Batching, Rule, Tried
from .node_values import multiplied

_SUM_OF = {PLAIN: SUM, SCALED: SCALED_SUM}


def total(batching: Batching, node: Node) -> Rule:
    """The sum over the batch of a node."""
    return _summed(batching, node, PLAIN)


def scaled_total(batching: Batching, node: Node) -> Rule:
    """The sum over the batch of a node, times the scale."""
    return _summed(batching, node, SCALED)


def _summed(batching: Batching, node: Node, form: str) -> Rule:
    if not batching.batched[node]:
        return (yield from _repeated(batching, node, form))
    # What a reader follows is there for each sample: its sum is a sum of that.
    rule = None if node in batching.kept else _SUMMED.get(batching.graph.op(node))
    if rule is not None and form == SCALED and _scales_late(batching, node):
        x = yield SUM, node
        return batching.steps.map(ops.MUL, x, batching.scale)
    if rule is not None:
        step = yield from rule(batching, node, form)
        if step is not None:
            return step
    if form == SCALED and not batching.linear[node]:  # the sum is smaller than what is summed
        x = yield SUM, node
        return batching.steps.map(ops.MUL, x, batching.scale)
    x = yield form, node
    return batching.steps.reduce(ops.ADD, x, (0,))


def _scales_late(batching: Batching, node: Node) -> bool:
    """Whether a sum is read best as it is, and scaled then: no part of it has the scale, and someone follows it."""
    return bool(batching.kept) and not any(batching.linear[arg] for arg in batching.graph.args(node))


def _repeated(batching: Batching, node: Node, form: str) -> Rule:
    """The sum of what is the same for each sample."""
    x = yield PLAIN, node
    steps = batching.steps
    factor = steps.number(sp.Float(1)) if form == PLAIN else batching.scale
    return steps.map(ops.MUL, x, steps.map(ops.MUL, batching.samples, factor))


def _summed_terms(batching: Batching, node: Node, form: str) -> Tried:
    """A sum is summed term by term where a term has a quicker way than all its samples."""
    args = batching.graph.args(node)
    if not any(_contracts(batching, arg) for arg in args):
        return None
    xs = []
    for arg in args:
        x = yield _SUM_OF[form], arg
        xs.append(_fitted_sum(batching, x, arg, node))
    return batching.steps.map(batching.graph.op(node), *xs)


def _fitted_sum(batching: Batching, x: Step, arg: Node, node: Node) -> Step:
    """The sum over the batch of an operand, with the axes that it needs beside the others."""
    return batching.fitted(x, arg, batching.graph.shape(node), sampled=False, beside=False)


def _contracts(batching: Batching, node: Node) -> bool:
    """Whether a sum over the batch of this node is a product of arrays rather than a sum of many terms."""
    graph = batching.graph
    while batching.batched[node]:
        op, args = graph.op(node), graph.args(node)
        sampled = [arg for arg in args if batching.batched[arg]]
        if op in _CONTRACTING and len(sampled) == 2:
            return op is ops.MATMUL or any(not graph.shape(arg) for arg in args)
        if op is ops.TOTAL:
            return graph.op(args[0]) in (ops.MUL, ops.POW)
        if op not in _PASSING or len(sampled) != 1 or (op is ops.DIV and sampled[0] == args[1]):
            return False
        node = sampled[0]
    return True


_CONTRACTING = frozenset({ops.MATMUL, ops.MUL})
_PASSING = frozenset({ops.NEG, ops.TRANSPOSE, ops.DIV, ops.MUL})
"""What a sum over the batch passes through to the one operand that has a value for each sample."""


def _summed_matmul(batching: Batching, node: Node, form: str) -> Tried:
    left, right = batching.graph.args(node)
    if not (batching.batched[left] and batching.batched[right]):
        if node in batching.used:  # then the product is there for each sample, and its sum costs less
            return None
        x, y = yield from _one_summed(batching, left, right, form)
        return multiplied(batching, node, x, y, summed=True)
    first = batching.linear[left] or not batching.linear[right]
    x = yield form if first else PLAIN, left
    y = yield PLAIN if first else form, right
    return contracted(batching.steps, x, y, batching.graph.shape(left))


def _one_summed(batching: Batching, left: Node, right: Node, form: str) -> Generator[Asked, Step, tuple[Step, Step]]:
    """Of two factors the one that has a value for each sample, summed, and the other; the scale goes into either."""
    summed, other = (left, right) if batching.batched[left] else (right, left)
    scales_other = form == SCALED and not batching.linear[summed]
    x = yield SUM if scales_other else _SUM_OF[form], summed
    y = yield SCALED if scales_other else PLAIN, other
    return (x, y) if summed == left else (y, x)


def _summed_product(batching: Batching, node: Node, form: str) -> Tried:
    """A number for each sample times an array for each is one product of arrays."""
    left, right = args = batching.graph.args(node)
    if not (batching.batched[left] and batching.batched[right]):
        xs = yield from _one_summed(batching, left, right, form)
        fitted = [_fitted_sum(batching, x, arg, node) for x, arg in zip(xs, args, strict=True)]
        return batching.steps.map(ops.MUL, *fitted)
    if batching.graph.shape(left) and batching.graph.shape(right):
        return None
    scalar, other = (left, right) if not batching.graph.shape(left) else (right, left)
    first = batching.linear[scalar] or not batching.linear[other]
    x = yield form if first else PLAIN, scalar
    y = yield PLAIN if first else form, other
    return batching.steps.dot(x, y)


def _summed_quotient(batching: Batching, node: Node, form: str) -> Tried:
    above, below = batching.graph.args(node)
    if batching.batched[below] or not _contracts(batching, above):
        return None
    x = yield _SUM_OF[form], above
    y = yield PLAIN, below
    return batching.steps.map(ops.DIV, _fitted_sum(batching, x, above, node), _fitted_sum(batching, y, below, node))


def _summed_total(batching: Batching, node: Node, form: str) -> Tried:
    """The sum of all entries, over all samples: of a product, one product of arrays."""
    graph, steps = batching.graph, batching.steps
    [inner] = graph.args(node)
    op, args = graph.op(inner), graph.args(inner)
    if op is ops.POW and args[1] == graph.two:
        op, args = ops.MUL, (args[0], args[0])
    if op is ops.MUL and all(batching.batched[arg] and graph.shape(arg) == graph.shape(inner) for arg in args):
        first = batching.linear[args[0]] or not batching.linear[args[1]]
        x = yield form if first else PLAIN, args[0]
        y = yield PLAIN if first else form, args[1]
        return steps.inner(x, y)
    if form == SCALED and not batching.linear[inner]:
        return None
    x = yield form, inner
    return steps.reduce(ops.ADD, x, tuple(range(len(steps.axes[x]))))


def _summed_turned(batching: Batching, node: Node, form: str) -> Tried:
    [inner] = batching.graph.args(node)
    if not _contracts(batching, inner):
        return None
    x = yield _SUM_OF[form], inner
    return batching.steps.transposed(x)


def contracted(steps: Steps, x: Step, y: Step, left: Shape) -> Step:
    """The sum over the samples of x y, where both have a matrix, a column or a row for each sample."""
    x_rank, y_rank = len(steps.axes[x]), len(steps.axes[y])
    if x_rank == y_rank == 2:
        if ops.rows_and_columns(left)[1] == 1:  # a column times a row
            return steps.contract(x, y, (0, 1), (0, 2), (1, 2))
        return steps.inner(x, y)
    shared = x_rank - 1
    rows, columns = tuple(range(x_rank)), (0, shared, *range(x_rank, x_rank + y_rank - 2))
    return steps.contract(x, y, rows, columns, rows[1:-1] + columns[2:])


_SUMMED: dict[ops.Op, Callable[[Batching, Node, str], Tried]] = {
    ops.MATMUL: _summed_matmul,
    ops.MUL: _summed_product,
    ops.DIV: _summed_quotient,
    ops.TOTAL: _summed_total,
    ops.TRANSPOSE: _summed_turned,
    ops.ADD: _summed_terms,
    ops.SUB: _summed_terms,
    ops.NEG: _summed_terms,
}
"""What has a quicker sum over the batch than adding up all samples."""
