"""What a leaf, q(t), passes on to what it is a function of: its derivative by t, which is another leaf."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .. import ops
from ..graph import Graph, Node
from ..leaf_exchange import LeafExchange
from ..leaf_symbols import LeafSymbol, leaves_in
from ..lowering import Lowering, slope_of_entry


def leaf_partials(graph: Graph, op: ops.Op) -> tuple[Callable[[Node], Node], ...]:
    """The partials of a leaf that is tied to others: 1 by itself, and by each of those its derivative, as SymPy has it.

    The derivative is a leaf that is tied likewise, so that it can be differentiated further.
    """
    tie: ops.Tie = op.sympy  # type: ignore[assignment]
    return (lambda node: graph.one, *(partial(_derivative, graph, tie, one) for one in tie.inner))


def _derivative(graph: Graph, tie: ops.Tie, by: object, node: Node) -> Node:
    _, *places = graph.args(node)
    found = tie.leaf.own.diff(tie.leaf.inner[by]) if by in tie.leaf.inner else slope_of_entry(tie.leaf, by)
    lowering = Lowering(graph)
    for symbol, place in zip(tie.inner, places, strict=True):
        lowering.define(symbol, place)
    return lowering.expression(_exchange(graph, tie.leaf, found).into(found))


def _exchange(graph: Graph, leaf: LeafSymbol, found: object) -> LeafExchange:
    """What stands for the leaves of a derivative: what does so in the graph already, or has a name of its own."""
    known = {one.own: one for one in graph.symbols if isinstance(one, LeafSymbol)}
    known |= {theirs: ours for ours, theirs in leaf.inner.items()}
    return LeafExchange([*leaves_in(found)], known=known, taken=(one.name for one in graph.symbols))
