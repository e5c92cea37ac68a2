"""What the tangent of an operand contributes to the tangent of a node.

Entry by entry that is local partial times tangent. A matrix operation has no row of its own for it: its pullback is
linear in the upstream adjoint G, and the pushforward is that linear map transposed, so it is found by differentiating
<pullback(G), V> by G with the sweep itself, once for each operation, in symbolic sizes. Source: Townsend, "A new
trick for calculating Jacobian vector products" (2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import sympy as sp

from .. import ops, rules
from ..graph import Graph, Node, matrix_arithmetic
from ..lowering import Lowering, raised, whole
from ..ops import Op
from . import powers_of_quotients
from .backprop import adjoints
from .matrix_pullbacks import Replay, recorded, windowed
from .pullbacks import locals_of

Push = Callable[[Node], Node]
"""From the tangent of an operand to its contribution to the tangent of a node."""


def pushes_of(graph: Graph, node: Node) -> list[tuple[Node, Push]]:
    """The operands of a node, and what the tangent of each contributes to its own; refuses only when it is called."""
    op, *args = graph.keys[node]
    if op in _OWN:
        return [(arg, partial(_OWN[op], graph, node)) for arg in args]
    if op in rules.MATRIX_RULES:
        return [(arg, partial(replay, graph, node)) for arg, replay in zip(args, _replays(op), strict=True)]
    base = powers_of_quotients.base_of(graph, node)
    found = [] if base is None else [*powers_of_quotients.partials(graph, node, base)]
    by_factors: list[tuple[Node, Push]] = [(factor, partial(_product, graph, node, local)) for factor, local in found]
    own = list(zip(args, locals_of(graph, op, len(args)), strict=True))[0 if base is None else 1 :]
    return [*by_factors, *((arg, partial(_entrywise, graph, node, local)) for arg, local in own)]


def _entrywise(graph: Graph, node: Node, local: Callable[[Node], Node], tangent: Node) -> Node:
    """The product of local partial and tangent, entry by entry, repeated to the shape of the node."""
    return _product(graph, node, local(node), tangent)


def _product(graph: Graph, node: Node, partial: Node, tangent: Node) -> Node:
    return graph.spread(graph.mul(partial, tangent), graph.shape(node))


@cache
def _replays(op: Op) -> tuple[Replay, ...]:
    rule = rules.MATRIX_RULES[op]
    pairs = zip(rule.operands, rule.adjoints, strict=True)
    return tuple(recorded(replace(rule, upstream=_direction(x)), pushforward(rule, x, pull)) for x, pull in pairs)


def _direction(operand: Any) -> Any:
    return sp.MatrixSymbol("V", *operand.shape)


def pushforward(rule: rules.Pullback, operand: Any, pull: Any) -> Any:
    """The tangent of the result as a SymPy expression, where `operand` has the tangent V: its pullback transposed."""
    graph = Graph()
    lowering = Lowering(graph)
    upstream, pulled, direction = map(lowering.expression, (rule.upstream, pull, _direction(operand)))
    product = matrix_arithmetic.total(graph, graph.mul(pulled, direction))
    pushed = adjoints(graph, product, [upstream])[upstream]
    assert pushed is not None  # a pullback is made of the upstream adjoint
    return whole(raised(graph, pushed, {}), graph.shape(pushed), rule.upstream)


# --- operations without a formula: all three are linear, and their own pushforwards ---


_OWN: dict[Op, Callable[[Graph, Node, Node], Node]] = {
    ops.SLICE: windowed(matrix_arithmetic.part, of_operand=False),
    ops.PLACE: windowed(matrix_arithmetic.placed, of_operand=False),
    ops.SPREAD: lambda graph, node, tangent: graph.spread(tangent, graph.shape(node)),
}
