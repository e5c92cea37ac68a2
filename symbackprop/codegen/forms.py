"""Everything that can be asked of a node, in one table: the batching pass with all of its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..graph import Graph, Node
from .batching import PLAIN, SCALED, SCALED_SUM, SUM, Batching, Rule
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
    inputs: Mapping[Node, str],
    data: Collection[Node],
    adjoints: Collection[Node] = (),
    sizes: Mapping[Any, str] | None = None,
) -> Batching:
    """The batching pass over a graph; its arguments are those of `Batching`."""
    return Batching(FORMS, graph, inputs, data, adjoints, sizes=sizes)
