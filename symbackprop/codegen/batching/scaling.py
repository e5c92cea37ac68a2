"""The value of a node times the scale, which goes to where it costs least."""

from __future__ import annotations

from collections.abc import Callable

from ... import ops
from ...graph import Node
from .driver import PLAIN, SCALED, Batching, Rule, Tried
from .node_values import UNARY, multiplied


def scaled(batching: Batching, node: Node) -> Rule:
    """The scale goes into the smallest factor that can take it, or through what is linear in an adjoint."""
    rule = _LINEAR.get(batching.graph.op(node))
    if rule is not None:
        step = yield from rule(batching, node)
        if step is not None:
            return step
    x = yield PLAIN, node
    return batching.steps.map(ops.MUL, x, batching.scale)


def _scaled_product(batching: Batching, node: Node) -> Tried:
    graph, args = batching.graph, batching.graph.args(node)
    position = next((place for place, arg in enumerate(args) if batching.linear[arg] and batching.batched[arg]), None)
    if position is None:  # a number takes it better than an array
        position = next(
            (place for place, arg in enumerate(args) if not (graph.shape(arg) or batching.batched[arg])), None
        )
    if position is None:
        return None
    xs = yield from batching.gathered(node, [SCALED if place == position else PLAIN for place in range(len(args))])
    return batching.combined(ops.MUL, xs)


def _scaled_matmul(batching: Batching, node: Node) -> Tried:
    left, right = batching.graph.args(node)
    if not (batching.linear[left] or batching.linear[right]):
        return None
    x = yield SCALED if batching.linear[left] else PLAIN, left
    y = yield PLAIN if batching.linear[left] else SCALED, right
    return multiplied(batching, node, x, y)


def _scaled_terms(batching: Batching, node: Node) -> Tried:
    args = batching.graph.args(node)
    if not all(batching.linear[arg] and batching.batched[arg] for arg in args):
        return None
    xs = yield from batching.gathered(node, [SCALED] * len(args))
    return batching.combined(batching.graph.op(node), xs)


def _scaled_quotient(batching: Batching, node: Node) -> Tried:
    args = batching.graph.args(node)
    if not batching.linear[args[0]]:
        return None
    xs = yield from batching.gathered(node, [SCALED, PLAIN])
    return batching.combined(ops.DIV, xs)


def _scaled_choice(batching: Batching, node: Node) -> Tried:
    _, yes, no = batching.graph.args(node)
    if not all(batching.linear[arg] or batching.is_zero(arg) for arg in (yes, no)):
        return None
    forms = (PLAIN, *(PLAIN if batching.is_zero(arg) else SCALED for arg in (yes, no)))
    xs = yield from batching.gathered(node, forms)
    return batching.combined(ops.SELECT, xs)


def _scaled_view(batching: Batching, node: Node) -> Tried:
    [x, *_] = batching.graph.args(node)
    if batching.graph.op(node) is not ops.SPREAD and not (batching.linear[x] and batching.batched[x]):
        return None
    scaled = yield SCALED, x
    return UNARY[batching.graph.op(node)](batching, node, scaled)


_LINEAR: dict[ops.Op, Callable[[Batching, Node], Tried]] = {
    ops.MUL: _scaled_product,
    ops.MATMUL: _scaled_matmul,
    ops.DIV: _scaled_quotient,
    ops.ADD: _scaled_terms,
    ops.SUB: _scaled_terms,
    ops.SELECT: _scaled_choice,
    **dict.fromkeys((ops.NEG, ops.TRANSPOSE, ops.SPREAD, ops.TOTAL, ops.ROW_SUMS, ops.COLUMN_SUMS), _scaled_view),
}
"""What a scale can be passed through, if its operands are linear in an adjoint."""
