"""Leaves as nodes: where they stand in a sum; and q(t), which varies with t where that is differentiated by."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node
from ..leaf_symbols import LeafSymbol


def leaf_node(lowering: Any, leaf: LeafSymbol) -> Node:
    """The node of a leaf, tied to those of the symbols that it is a function of and that something varies with.

    Raises:
        UnsupportedError: it is a derivative of a leaf that an equation defines, which nothing here works out; or an
            entry whose index is differentiated by.
    """
    graph, quantities = lowering.graph, lowering.quantities
    node: Node = graph.symbol(leaf)
    is_entry = isinstance(leaf.own, sp.Indexed | MatrixElement)
    if not leaf.inner and not is_entry:
        return node
    inside = getattr(lowering.differentiation, "variables", ())
    if is_entry:
        inner = lowering.entries.met(leaf, lowering.varied, inside, quantities)
    else:
        _check_free(quantities, leaf)
        known = {*lowering.varied, *inside, *quantities}
        inner = tuple(one for one in leaf.inner if one in known)
    if not inner:
        return node
    places = [quantities[one] if one in quantities else graph.symbol(one) for one in inner]
    tied: Node = graph.make((ops.tied(ops.Tie(leaf, inner)), node, *places))
    return tied


def leaves_last(graph: Graph, nodes: list[Node]) -> list[Node]:
    """The terms of a sum as people write it, w*x + b: SymPy puts the symbols first."""
    leaves = 0
    while leaves < len(nodes) and graph.keys[nodes[leaves]][0].leaf:
        leaves += 1
    return nodes[leaves:] + nodes[:leaves]


def _check_free(quantities: Any, leaf: LeafSymbol) -> None:
    if isinstance(leaf.own, sp.Derivative):
        for symbol in quantities:
            if getattr(symbol, "own", None) == leaf.own.expr:
                orders = ", ".join(f"{by}, {count}" if count != 1 else str(by) for by, count in leaf.own.variable_count)
                raise UnsupportedError(
                    f"{leaf.own} stands beside an equation that defines {leaf.own.expr}: write "
                    f"sb.d({leaf.own.expr}, {orders}), which knows that equation"
                )
