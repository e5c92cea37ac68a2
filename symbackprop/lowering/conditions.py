"""Conditions into nodes: comparisons joined by and, or, not, whatever SymPy's name for a connective is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node
from .sets import membership

Make = Callable[[Graph, Sequence[Node]], Node]
"""From the conditions that are joined to the whole."""


def compared(graph: Graph, conditions: Iterable[Node]) -> list[Node]:
    """What conditions compare."""
    found: list[Node] = []
    stack = list(conditions)
    while stack:
        node = stack.pop()
        (stack if graph.op(node) in ops.CONNECTIVES else found).extend(graph.args(node))
    return found


def _case(lowering: Any, expr: Any, nodes: list[Node]) -> tuple[Node, Node]:
    _check_conditions(lowering.graph, nodes[1:], expr.args[1:])
    return nodes[0], nodes[1]


def _connective(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    _check_conditions(lowering.graph, nodes, expr.args)
    return _CONNECTIVES[expr.func](lowering.graph, nodes)


def _check_conditions(graph: Graph, nodes: Sequence[Node], pieces: Sequence[Any]) -> None:
    """Refuse a symbol as a condition: all symbols are numbers."""
    for node, piece in zip(nodes, pieces, strict=True):
        if graph.op(node) not in ops.CONDITIONS and graph.op(node) is not ops.CONSTANT:
            raise UnsupportedError(
                f"{piece} stands as a condition, and a symbol is a number here: write {piece} > 0, say"
            )


# --- SymPy's connectives, by and, or, not ---


def _of(op: ops.Op) -> Make:
    return lambda graph, nodes: graph.make((op, *nodes))


def _all(graph: Graph, *nodes: Node) -> Node:
    return graph.make((ops.AND, *nodes))


def _any(graph: Graph, *nodes: Node) -> Node:
    return graph.make((ops.OR, *nodes))


def _not(graph: Graph, node: Node) -> Node:
    return graph.make((ops.NOT, node))


def _chosen(graph: Graph, nodes: Sequence[Node]) -> Node:
    """One condition where another holds, a third elsewhere."""
    condition, yes, no = nodes
    return _any(graph, _all(graph, condition, yes), _all(graph, _not(graph, condition), no))


def _one_of(graph: Graph, nodes: Sequence[Node]) -> Node:
    """Whether an odd number of them hold."""
    return reduce(lambda x, y: _all(graph, _any(graph, x, y), _not(graph, _all(graph, x, y))), nodes)


def _alike(graph: Graph, nodes: Sequence[Node]) -> Node:
    """Whether all hold or none."""
    return _any(graph, _all(graph, *nodes), _not(graph, _any(graph, *nodes)))


_CONNECTIVES: dict[type, Make] = {
    **{kind: _of(op) for kind, op in ops.OF_CONNECTIVES.items()},
    sp.ITE: _chosen,
    sp.Xor: _one_of,
    sp.Implies: lambda graph, nodes: _any(graph, _not(graph, nodes[0]), nodes[1]),
    sp.Equivalent: _alike,
}


def _contained(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    """Comparisons of a number with the ends of a set: the set itself is no operand."""
    x = sp.Dummy("x", real=True)
    node: Node = lowering.inlined(sp.Lambda(x, membership(x, expr.args[1])), *nodes)
    return node


PARTS: dict[type, Callable[[Any], Sequence[Any]]] = {sp.Contains: lambda contains: contains.args[:1]}
"""What is lowered in the place of all arguments."""

HANDLERS: dict[type, Callable[[Any, Any, list[Any]], Any]] = {
    ExprCondPair: _case,
    **dict.fromkeys(_CONNECTIVES, _connective),
    sp.Contains: _contained,
}
