"""Outputs without derivatives, for those who want their values: what they share is computed once, on one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from ..graph import Graph, Node
from ..named_quantities import Equation
from .garbage_collection import collector_paused
from .lowered_equations import USUAL, Care, lowered
from .several_outputs import SeveralOutputs
from .shared_parts import shared


def outputs_alone(
    equations: Sequence[Equation], outputs: Sequence[Any], care: Care = USUAL, given: Sequence[Any] = ()
) -> SeveralOutputs:
    """Several quantities as they are: what a `SeveralOutputs` has without derivatives.

    Args:
        equations: which define the outputs.
        outputs: symbols that the equations define, in the order in which they are asked for.
        care: what is done so that floats keep their digits; where `shares`, nobody gave names, and what the sums and
            products of all outputs have in common is computed once.
        given: symbols that have a value from outside, those that a derivation has made as well.

    Raises:
        And what `derive_equations` raises.
    """
    start = perf_counter()
    with collector_paused():
        lowering, _ = lowered(equations, given, care)
        graph, named = lowering.graph, dict(lowering.quantities)
        if care.shares and not graph.shapes:
            moved = _moved(graph, list(named.values()))
            named = {symbol: moved.get(node, node) for symbol, node in named.items()}
    found = SeveralOutputs(graph, named, (), outputs, (), ())
    found.seconds = perf_counter() - start
    return found


def _moved(graph: Graph, nodes: Sequence[Node]) -> Mapping[Node, Node]:
    has_missing_pieces = any(map(graph.contents, graph.reachable(nodes)))
    return {} if has_missing_pieces else shared(graph, nodes)
