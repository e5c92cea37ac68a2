"""The graph of expressions, before anything is derived from them, with what sums and products share as nodes.

A derivative shares what the loss shares: the sweep goes through each part once. Where people gave names, nothing
moves: a part of two named quantities would stand between them and their own chain rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import cost, ops
from ..graph import Graph, Node
from ..lowering import Lowering
from ..named_quantities import NamedQuantity
from ..stable_forms import SAID
from .lowered_equations import Care
from .shared_parts import shared

_WRITTEN = "as written"


@dataclass(frozen=True)
class AsWritten:
    """The graph as the user's expression made it, where its nodes have gone, and how many operations they were."""

    graph: Graph
    moved: Mapping[Node, Node]
    operations: int


def with_shared_parts(
    lowering: Lowering, wrt: Sequence[Node], care: Care, outputs: int = 1
) -> tuple[Lowering, Sequence[Node]]:
    """The same equations and nodes of `wrt`, on a graph that shares more, if the outputs are expressions of numbers:
    one by itself, or several that nobody has named."""
    graph, named = lowering.graph, lowering.quantities
    is_named = outputs > 1 and not all(isinstance(name, NamedQuantity) for name in named)
    if not care.shares or is_named or len(named) > outputs or graph.shapes:
        return lowering, wrt
    roots = list(named.values())
    moved = {} if _has_missing_pieces(graph, roots) else shared(graph, roots)
    if not moved:
        return lowering, wrt
    new, places = compacted(graph, [moved.get(root, root) for root in roots])
    found = {node: places[moved.get(node, node)] for node in graph.upto(max(roots)) if moved.get(node, node) in places}
    new.claimed.update(found[root] for root in roots if not new.op(found[root]).leaf)  # a number is nobody's own
    new.remembered[_WRITTEN]["graph"] = AsWritten(graph, found, cost.counted(graph, roots).total())
    return lowering.onto(new, {name: found[root] for name, root in named.items()}), [places[node] for node in wrt]


def as_written(graph: Graph) -> AsWritten | None:
    """What the user's expression was before its parts were shared; None if nothing was."""
    found: AsWritten | None = graph.remembered.get(_WRITTEN, {}).get("graph")
    return found


def _has_missing_pieces(graph: Graph, roots: Sequence[Node]) -> bool:
    return any(graph.contents(node) for node in graph.reachable(roots))


def compacted(graph: Graph, roots: Sequence[Node]) -> tuple[Graph, dict[Node, Node]]:
    """A graph of what some nodes are made of alone, and of all symbols, in the order in which they were, in which equal
    nodes are one; and the places there of the nodes here."""
    new, places = Graph(), dict[Node, Node]()
    new.accurate = graph.accurate
    new.remembered[SAID].update(graph.remembered[SAID])
    for node in sorted({*graph.reachable(roots), *graph.symbols.values()}):
        op, *args = graph.keys[node]
        if op is ops.SYMBOL:
            places[node] = new.symbol(args[0])
        elif op is ops.COPY:
            places[node] = places[args[0]]
        else:
            places[node] = new.constant(args[0]) if op.leaf else new.make((op, *(places[arg] for arg in args)))
    return new, places
