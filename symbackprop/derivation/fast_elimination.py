"""Vertices taken out of a graph of partials, numbers alone, written out: `elimination` says what all this is for.

The loop runs once for each product of two partials: what `Graph.mul` and `Graph.make` do stands in it as code, not as
calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from ..graph import Graph, Node, next_of
from ..ops import MUL

Vertex = int
"""A node; or a row or a column that is no node of its own, and has a negative number."""

Edges = dict[Vertex, dict[Vertex, "Node | list[Node]"]]
"""By vertex: what it depends on directly, and by each of these its partial, or the terms that this is the sum of."""

Uses = dict[Vertex, dict[Vertex, None]]
"""By vertex: those that depend on it directly."""

Columns = frozenset[Vertex]


def eliminate(  # noqa: PLR0912
    graph: Graph, into: Edges, uses: Uses, order: Iterable[Vertex], dropped: Mapping[Vertex, Columns]
) -> None:
    """Take vertices out of a graph of partials, one after the other.

    Args:
        graph: of the nodes; it gains products and sums.
        into: the edges, by the vertex that they lead to. It is changed.
        uses: the same edges, by the vertex that they come from. It is changed.
        order: the vertices; the next one may depend on what `into` and `uses` have become.
        dropped: by row: the columns that are not asked for.
    """
    keys, folding, mul, total, enter = graph.keys, graph.folding, graph.mul, graph.sum, graph.table.setdefault
    one, zero, nothing = graph.one, graph.zero, Columns()
    for vertex in order:
        below: list[tuple[Vertex, Node]] = []
        for part, partial in into.pop(vertex).items():
            del uses[part][vertex]
            local = total(partial) if isinstance(partial, list) else partial
            if local != zero:
                below.append((part, local))
        for consumer in uses.pop(vertex):
            row = into[consumer]
            partial = row.pop(vertex)
            upstream = total(partial) if isinstance(partial, list) else partial
            if upstream == zero:
                continue
            left = dropped.get(consumer, nothing)
            folds = upstream in folding
            for part, local in below:
                if part in left:
                    continue
                if upstream == one:
                    term = local
                elif local == one:
                    term = upstream
                elif folds or local in folding:
                    term = mul(upstream, local)
                else:
                    product = (MUL, upstream, local) if upstream <= local else (MUL, local, upstream)
                    fresh = next_of(keys)
                    term = enter(product, fresh)
                    if term == fresh:
                        keys.append(product)
                held = row.get(part)
                if held is None:
                    row[part] = term
                    uses[part][consumer] = None
                elif isinstance(held, list):
                    held.append(term)
                else:
                    row[part] = [held, term]


@dataclass(frozen=True)
class Degree:
    """What a vertex is chosen by: the lowest comes first.

    Attributes:
        of: from how many depend on it and how many it depends on.
        later: whether of equal ones that comes first which stands later in the graph.
    """

    of: Callable[[int, int], float]
    later: bool = True


def lowest_degree_first(into: Edges, uses: Uses, vertices: Iterable[Vertex], degree: Degree) -> Iterable[Vertex]:
    """The vertices by their degree when their turn comes.

    A heap, in which a degree that has become lower is entered anew and one that has become higher is put right when it
    comes to the top.

    Args:
        into: the edges, by the vertex that they lead to; whoever asks for the next vertex has taken the last one out.
        uses: the same edges, by the vertex that they come from.
        vertices: those to be given.
        degree: what they are chosen by.
    """
    of, turn = degree.of, -1 if degree.later else 1
    known = {vertex: of(len(uses[vertex]), len(into[vertex])) for vertex in vertices}
    heap = [(value, turn * vertex) for vertex, value in known.items()]
    heapify(heap)
    while heap:
        value, turned = heappop(heap)
        vertex = turn * turned
        if vertex not in known:
            continue
        now = of(len(uses[vertex]), len(into[vertex]))
        if now > value:
            known[vertex] = now
            heappush(heap, (now, turned))
            continue
        del known[vertex]
        near = [*into[vertex], *uses[vertex]]
        yield vertex
        for neighbour in near:
            before = known.get(neighbour)
            if before is not None:
                now = of(len(uses[neighbour]), len(into[neighbour]))
                if now < before:
                    known[neighbour] = now
                    heappush(heap, (now, turn * neighbour))
