"""How many operations an order of elimination takes, told without making them: by bits, a row or a column each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from .fast_elimination import Columns, Vertex
from .partial_graph import PartialGraph

Ends = Iterable[tuple[Vertex, bool]]
"""Where the derivatives of a vertex go; True: as they are, or with the other sign."""


def by_reverse_mode(partials: PartialGraph, dropped: Sequence[Columns]) -> int:
    """Products and sums of reverse mode: each vertex has a derivative of every row that depends on it.

    Args:
        partials: as they are before elimination; they stay so.
        dropped: for each row the places of the columns that are not asked for.
    """
    dropped_of: defaultdict[Vertex, int] = defaultdict(int)
    for row, places in enumerate(dropped):
        for place in places:
            dropped_of[partials.columns[place]] |= 1 << row
    return _operations(partials.rows, reversed(partials.inner), _downward(partials), dropped_of)


def by_forward_mode(partials: PartialGraph, dropped: Sequence[Columns]) -> int:
    """Products and sums of forward mode: each vertex has a derivative by every column that it depends on.

    Args:
        partials: as they are before elimination; they stay so.
        dropped: for each row the places of the columns that are not asked for.
    """
    dropped_of = {
        row: sum(1 << place for place in places) for row, places in zip(partials.rows, dropped, strict=True) if places
    }
    return _operations(partials.columns, partials.inner, _upward(partials), dropped_of)


def _downward(partials: PartialGraph) -> Mapping[Vertex, Ends]:
    units = {partials.graph.one, partials.graph.neg(partials.graph.one)}
    return {
        vertex: [(part, held in units if isinstance(held, int) else False) for part, held in edges.items()]
        for vertex, edges in partials.into.items()
    }


def _upward(partials: PartialGraph) -> Mapping[Vertex, Ends]:
    found: defaultdict[Vertex, list[tuple[Vertex, bool]]] = defaultdict(list)
    for vertex, ends in _downward(partials).items():
        for part, is_unit in ends:
            found[part].append((vertex, is_unit))
    return found


def _operations(
    start: Sequence[Vertex], order: Iterable[Vertex], ends: Mapping[Vertex, Ends], dropped: Mapping[Vertex, int]
) -> int:
    """Products and sums where every vertex of `start` has a bit, which goes along the edges."""
    reached: defaultdict[Vertex, int] = defaultdict(int)
    plain: defaultdict[Vertex, int] = defaultdict(int)  # the bits of `reached` that stand for a derivative of 1 or -1
    for place, vertex in enumerate(start):
        for end, is_unit in ends.get(vertex, ()):
            reached[end] |= 1 << place
            plain[end] |= is_unit << place
    found = 0
    for vertex in order:
        for end, is_unit in ends.get(vertex, ()):
            moved = reached[vertex] & ~dropped.get(end, 0)
            met = reached[end] & moved
            products = 0 if is_unit else (moved & ~plain[vertex]).bit_count()
            found += products + met.bit_count()
            plain[end] = (plain[end] | (moved & plain[vertex] if is_unit else 0)) & ~met
            reached[end] |= moved
    return found
