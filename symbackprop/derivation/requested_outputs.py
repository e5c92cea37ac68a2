"""Outputs as they are, and beside them derivatives of some by some symbols: each thing on its own, all on one graph.

Outputs that nobody named are no quantities of their own: where one stands in another it is one node, and what their
sums and products have in common is computed once, before anything is differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from ..graph import Graph, Node
from ..lowering import Lowering
from ..named_quantities import Equation
from .fast_elimination import Columns
from .garbage_collection import collector_paused
from .jacobians import Index, jacobian
from .lowered_equations import USUAL, Care, lowered
from .several_outputs import Entry, SeveralOutputs
from .shared_loss import compacted
from .shared_parts import shared

Requested = tuple[Sequence[Any], Sequence[Any]]
"""A Jacobian: the symbols of its rows, which equations define, and those that they are differentiated by."""


def derive_requested(
    equations: Sequence[Equation],
    outputs: Sequence[Any],
    jacobians: Sequence[Requested] = (),
    given: Sequence[Any] = (),
    care: Care = USUAL,
) -> tuple[SeveralOutputs, list[dict[Index, int]]]:
    """Outputs, and Jacobians of others, by vertex elimination on one graph.

    Args:
        equations: which define the outputs, and what is differentiated.
        outputs: symbols that the equations define, in the order in which they are asked for.
        jacobians: what else is asked for.
        given: symbols that have a value from outside, those that a derivation has made as well.
        care: what is done so that floats keep their digits; where `shares`, nobody gave names.

    Returns:
        The outputs with the derivatives that are not 0; and for each Jacobian, by row and column, the places of such
        derivatives among the roots.

    Raises:
        And what `derive_equations` raises.
    """
    start = perf_counter()
    wrt = list(dict.fromkeys(symbol for _, by in jacobians for symbol in by))
    others = set(given).difference(wrt)
    with collector_paused():
        lowering, _ = lowered(equations, wrt, care, [symbol for symbol in given if symbol in others])
        graph, named = _shared(lowering) if care.shares else (lowering.graph, lowering.quantities)
        if not jacobians:
            return SeveralOutputs(graph, named, (), outputs, (), (), perf_counter() - start), []
        place = {symbol: column for column, symbol in enumerate(wrt)}
        asked = [([named[row] for row in rows], [place[symbol] for symbol in by]) for rows, by in jacobians]
        rows, dropped = _rows(asked, len(wrt))
        beside = [named[output] for output in outputs]
        found = jacobian(graph, rows, [graph.symbol(symbol) for symbol in wrt], dropped=dropped, beside=beside)
    entries = [
        Entry((row, column), node, f"J_{row + 1}_{column + 1}", wrt[column])
        for (row, column), node in found.entries.items()
    ]
    made = SeveralOutputs(found.graph, named, tuple(wrt), outputs, entries, [found], perf_counter() - start)
    roots = {(rows[row], column): len(outputs) + root for root, (row, column) in enumerate(found.entries)}
    return made, [_places(roots, *one) for one in asked]


def _rows(asked: Sequence[tuple[Sequence[Node], Sequence[int]]], width: int) -> tuple[list[Node], list[Columns]]:
    """The nodes that are differentiated, each once, and the columns that are not asked for of each."""
    found: dict[Node, set[int]] = {}
    for rows, columns in asked:
        for row in rows:
            found.setdefault(row, set()).update(columns)
    every = Columns(range(width))
    return list(found), [every.difference(columns) for columns in found.values()]


def _places(roots: Mapping[tuple[Node, int], int], rows: Sequence[Node], columns: Sequence[int]) -> dict[Index, int]:
    """By row and column of one Jacobian, where its entries stand among the roots."""
    places: dict[Node, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row, []).append(place)
    place_of = {column: place for place, column in enumerate(columns)}
    return {
        (place, place_of[column]): root
        for (row, column), root in roots.items()
        if column in place_of
        for place in places.get(row, ())
    }


def _shared(lowering: Lowering) -> tuple[Graph, dict[Any, Node]]:
    """The graph on which equal nodes are one and sums and products share their parts, and the quantities there."""
    graph, quantities = lowering.graph, lowering.quantities
    nodes = list(quantities.values())
    if graph.shapes or any(map(graph.contents, graph.reachable(nodes))):  # pieces that are missing stay among theirs
        return graph, dict(quantities)
    graph, places = compacted(graph, nodes)
    named = {symbol: places[node] for symbol, node in quantities.items()}
    moved = shared(graph, list(named.values()))
    return graph, {symbol: moved.get(node, node) for symbol, node in named.items()}
