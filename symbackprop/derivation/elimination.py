"""Vertex elimination: the derivatives of many outputs by many nodes, whose shared parts are formed once.

A node v that lies between others is taken out of the graph of local partials: every partial c of a consumer by v, times
every partial of v by an operand, is added to the partial of that consumer by that operand. When none is left between
outputs and what they are differentiated by, the partials that are left are the entries of the Jacobian. From the last
node back this is reverse mode, from the first one on forward mode. Which order is cheapest is hard to tell in general;
that by Markowitz degree, in-edges times out-edges, which is how many products a node takes, is seldom far off. Here the
node comes next that has the lowest degree for each edge that goes with it: where nodes with many edges on one side
would be left too long, that saves up to 43 operations of 100 (the energy of a pendulum of 40 links; the Jacobian of a
bicycle 12), and where all variables meet in one sum it costs 4. Other degrees are there for what is small enough to be
derived by each (`ways_to_derivatives`): Markowitz's, and how many edges are gained, which saves 9 to 18 operations of
100 in Hessians of energies of electrons.

Source: Griewank and Reese, "On the calculation of Jacobian matrices by the Markowitz rule" (1991); Griewank and
Walther, "Evaluating Derivatives" (2008), chapters 9 and 10.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..graph import Node
from ..ops import SELECT
from . import fast_elimination, guards, undefined_pieces
from .condition_chains import Guard
from .fast_elimination import Columns, Degree, Vertex, lowest_degree_first
from .partial_graph import PartialGraph

Entries = dict[tuple[int, int], Node]
"""By row and column: the derivative, where it is not 0."""

ELIMINATED, REVERSE, FORWARD = "eliminated", "reverse", "forward"

Order = Callable[[PartialGraph, Degree], Iterable[Vertex]]
"""The inner vertices of a graph, one after the other, while each is taken out."""


def _products_for_each_edge(above: int, below: int) -> float:
    return above * below / (above + below or 1)


def _edges_gained(above: int, below: int) -> int:
    return above * below - above - below


DEGREES = (Degree(_products_for_each_edge), Degree(operator.mul), Degree(_edges_gained, later=False))
"""What a vertex is chosen by: products for each edge that goes, products, edges that are gained."""

ORDERS: Mapping[str, Order] = {
    ELIMINATED: lambda partials, degree: lowest_degree_first(partials.into, partials.uses, partials.inner, degree),
    REVERSE: lambda partials, _: reversed(partials.inner),
    FORWARD: lambda partials, _: iter(partials.inner),
}
"""The orders in which vertices are taken out; where counts are equal the first of them is chosen."""


def entries_of(partials: PartialGraph, order: str, dropped: Sequence[Columns], degree: Degree = DEGREES[0]) -> Entries:
    """The entries that are left when all inner vertices have been taken out.

    Args:
        partials: it is used up, its graph gains the products and sums.
        order: one of `ORDERS`.
        dropped: for each row the places of the columns that are not asked for.
        degree: what a vertex is chosen by in the first of them.
    """
    columns = partials.columns
    left = {
        row: Columns(columns[place] for place in places)
        for row, places in zip(partials.rows, dropped, strict=True)
        if places
    }
    vertices = ORDERS[order](partials, degree)
    total: Callable[[list[Node]], Node] = partials.graph.sum
    if partials.chains:
        guarded = _Guarded(partials)
        total = guarded.total
        guarded.eliminate(vertices, left)
    else:
        fast_elimination.eliminate(partials.graph, partials.into, partials.uses, vertices, left)
    return _read(partials, left, total)


def _read(partials: PartialGraph, left: Mapping[Vertex, Columns], total: Callable[[list[Node]], Node]) -> Entries:
    zero, places = partials.graph.zero, {column: place for place, column in enumerate(partials.columns)}
    found: Entries = {}
    for row, vertex in enumerate(partials.rows):
        held = partials.into[vertex]
        for column in sorted(held.keys() - left.get(vertex, Columns()), key=places.__getitem__):
            partial = held[column]
            node = total(partial) if isinstance(partial, list) else partial
            if node != zero:
                found[row, places[column]] = node
    return found


class _Guarded:
    """Elimination where there are choices: what lies in a branch is switched where it leaves it."""

    def __init__(self, partials: PartialGraph) -> None:
        self.partials, self.graph = partials, partials.graph

    def eliminate(self, order: Iterable[Vertex], left: Mapping[Vertex, Columns]) -> None:
        """What `fast_elimination.eliminate` does."""
        into, uses = self.partials.into, self.partials.uses
        for vertex in order:
            below = [(part, self._whole(partial)) for part, partial in into.pop(vertex).items()]
            for part, _ in below:
                del uses[part][vertex]
            for consumer in uses.pop(vertex):
                upstream = self._whole(into[consumer].pop(vertex))
                for part, local in below:
                    if part not in left.get(consumer, ()):
                        self._add(consumer, vertex, part, upstream, local)

    def _add(self, consumer: Vertex, vertex: Vertex, part: Vertex, upstream: Node, local: Node) -> None:
        """Add a product to an edge, switched by what the vertex is needed under, and neither end of the edge."""
        partials = self.partials
        term = self._times(upstream, local)
        conditions = partials.left_behind(partials.chains.get(vertex, ()), consumer, part)
        term = self._switched(term, conditions)
        if term == self.graph.zero:
            return
        row = partials.into[consumer]
        if part not in row:
            row[part] = term
            partials.uses[part][consumer] = None
        else:
            held = row[part]
            row[part] = [*(held if isinstance(held, list) else [held]), term]

    def _whole(self, partial: Node | list[Node]) -> Node:
        return self.total(partial) if isinstance(partial, list) else partial

    def total(self, terms: Sequence[Node]) -> Node:
        """The sum of terms; what holds under one condition stands in one choice."""
        return undefined_pieces.joined(self.graph, terms)

    def _times(self, x: Node, y: Node) -> Node:
        """A product, 0 wherever one of the factors is switched off, whatever the other one is there."""
        (x, over_x), (y, over_y) = self._opened(x), self._opened(y)
        product = self.graph.mul(x, y)
        return self._switched(product, [*over_x, *(one for one in over_y if one not in over_x)])

    def _switched(self, value: Node, conditions: Sequence[Guard]) -> Node:
        if not conditions or value == self.graph.zero:
            return value
        value, inner = self._opened(value)
        return guards.switched(self.graph, value, dict.fromkeys([*conditions, *inner]))

    def _opened(self, node: Node) -> tuple[Node, list[Guard]]:
        """A value, and the conditions that it is switched by, the outermost first."""
        found: list[Guard] = []
        graph = self.graph
        while graph.op(node) is SELECT:
            condition, yes, no = graph.args(node)
            if graph.zero not in (yes, no):
                break
            found.append((condition, no == graph.zero))
            node = yes if no == graph.zero else no
        return node, found
