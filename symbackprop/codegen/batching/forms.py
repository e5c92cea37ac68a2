"""Everything that can be asked of a node, in one table: the batching pass with all of its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ...graph import Graph, Node
from .driver import PLAIN, SCALED, SCALED_SUM, SUM, Batching, Input, Rule
from .scaling import scaled
from .summing import scaled_total, total
from .values import plain

FORMS: dict[str, Callable[[Batching, Node], Rule]] = {
    PLAIN: plain,
    SCALED: scaled,
    SUM: total,
    SCALED_SUM: scaled_total,
}


def batched(
    graph: Graph,
    inputs: Mapping[Node, Input],
    data: Collection[Node],
    adjoints: Collection[Node] = (),
    *,
    kept: Collection[Node] = (),
    interned: bool = True,
) -> Batching:
    """The batching pass over a graph; its arguments are those of `Batching`."""
    return Batching(FORMS, graph, inputs, data, adjoints, kept=kept, interned=interned)
