"""The graph of local partials between outputs and what they are differentiated by, ready for vertices to be taken out.

Its vertices are the nodes that lie on a way between both, its edges the partials of the rule table where they are not
0. An output that others use, or that is an output twice, has a row of its own behind it, with the partial 1; a node
that is differentiated by, and that is made of others, has a column of its own before it.

What flows through a branch is switched by the branch's condition where it leaves it (see `guards`). An edge lies in a
branch if one of its ends does: so it is switched by those conditions alone that neither end is needed under.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..graph import Graph, Node
from ..ops import OR, POW, SELECT, Op
from . import guards, powers_of_quotients
from .condition_chains import Chain, Guard
from .fast_elimination import Edges, Uses, Vertex
from .pullbacks import BARRIERS, CROSSED, PASSED, Row, row_of


@dataclass
class PartialGraph:
    """Vertices and edges; those who take vertices out change them.

    Attributes:
        graph: of the nodes.
        rows: the vertex of each output.
        columns: the vertex of each node that is differentiated by.
        inner: all other vertices, operands before what uses them.
        into: the edges, by the vertex that they lead to.
        uses: the same edges, by the vertex that they come from.
        chains: the conditions that each vertex is needed under; empty where there are no choices.
    """

    graph: Graph
    rows: list[Vertex]
    columns: list[Vertex]
    inner: list[Vertex]
    into: Edges
    uses: Uses
    chains: dict[Vertex, Chain]

    def copied(self, graph: Graph) -> PartialGraph:
        """The same on another graph, which has the same nodes under the same numbers."""
        into: Edges = {vertex: _alone(edges) for vertex, edges in self.into.items()}
        uses: Uses = {vertex: dict(consumers) for vertex, consumers in self.uses.items()}
        return PartialGraph(graph, self.rows, self.columns, self.inner, into, uses, self.chains)

    def left_behind(self, conditions: Iterable[Guard], consumer: Vertex, part: Vertex) -> Sequence[Guard]:
        """Of some conditions, those that neither end of an edge is needed under."""
        above = self.chains.get(consumer, ())
        kept = {*above, *self.chains.get(part, ())}
        return [one for one in conditions if one not in kept and not self._is_implied(one, above)]

    def _is_implied(self, guard: Guard, chain: Iterable[Guard]) -> bool:
        """Whether a guard says that one of several conditions holds, and the chain says which."""
        condition, truth = guard
        return (
            truth and self.graph.op(condition) is OR and any((arg, True) in chain for arg in self.graph.args(condition))
        )


def _alone(edges: Mapping[Vertex, Node | list[Node]]) -> dict[Vertex, Node | list[Node]]:
    """The same edges; partials that are added up later are lists, to which elimination appends."""
    return {part: held[:] if isinstance(held, list) else held for part, held in edges.items()}


def partial_graph(graph: Graph, outputs: Sequence[Node], wrt: Sequence[Node]) -> PartialGraph:
    """The local partials between nodes, none of them a matrix.

    Args:
        graph: of the nodes; it gains the partials.
        outputs: that are differentiated.
        wrt: distinct nodes that they are differentiated by.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    maker = _Maker(graph, graph.reachable(outputs), outputs, wrt)
    maker.add_nodes()
    maker.add_rows(outputs)
    maker.add_columns()
    return maker.found


class _Maker:
    """Makes a graph of partials, from the operands up."""

    def __init__(self, graph: Graph, region: Sequence[Node], outputs: Sequence[Node], wrt: Sequence[Node]) -> None:
        self.graph, self.region, self.wrt = graph, region, dict.fromkeys(wrt)
        chains: dict[Vertex, Chain] = dict(guards.chains(graph, region, (), outputs).items())
        self.found = PartialGraph(graph, [], [], [], {}, {node: {} for node in wrt}, chains)
        self._rows: dict[tuple[Op, int], Row] = {}

    def add_nodes(self) -> None:
        """Every node on a way from `wrt`, and its edges."""
        graph, into, uses, one = self.graph, self.found.into, self.found.uses, self.graph.one
        keys = graph.keys
        for node in self.region:
            op, *args = keys[node]
            if op in BARRIERS or uses.keys().isdisjoint(args):
                continue
            uses.setdefault(node, {})
            into[node] = {}
            if op is SELECT:
                self._add_choice(node)
                continue
            row = self._row(op, len(args))
            if row is PASSED:
                for arg in args:
                    if arg in uses:
                        self._add(node, arg, one)
            elif op is POW and (base := self._base_of(node)) is not None:
                self._add_factors(node, base)
            else:
                for arg, other, local in zip(args, reversed(args), row, strict=True):
                    if arg in uses:
                        self._add(node, arg, other if row is CROSSED else local(node))

    def _row(self, op: Op, count: int) -> Row:
        if (op, count) not in self._rows:
            self._rows[op, count] = row_of(self.graph, op, count)
        return self._rows[op, count]

    def _add(self, consumer: Vertex, part: Vertex, partial: Node) -> None:
        edges = self.found.into[consumer]
        if partial == self.graph.zero:
            return
        if part in edges:
            held = edges[part]
            edges[part] = [*(held if isinstance(held, list) else [held]), partial]
        else:
            edges[part] = partial
            self.found.uses[part][consumer] = None

    # --- what is not entered as it stands in the table ---

    def _add_choice(self, node: Node) -> None:
        """A branch of a choice: 1 where its condition holds, unless the branch is needed there alone."""
        found = self.found
        for position, arg in enumerate(self.graph.args(node)):
            if position and arg in found.uses:
                own = (self.graph.args(node)[0], position == 1)
                left = found.left_behind([*found.chains.get(node, ()), own], node, arg)
                self._add(node, arg, guards.switched(self.graph, self.graph.one, left))

    def _base_of(self, node: Node) -> powers_of_quotients.Base | None:
        if self.graph.args(node)[0] in self.wrt:
            return None
        return powers_of_quotients.base_of(self.graph, node, self._closed)

    @cached_property
    def _closed(self) -> set[Node]:
        """Ends, and what stands in several others."""
        uses = Counter(arg for node in self.region for arg in self.graph.args(node))
        return {*self.wrt, *(node for node in uses if uses[node] > 1)}

    def _add_factors(self, node: Node, base: powers_of_quotients.Base) -> None:
        """A power of a quotient depends on the factors of its base directly."""
        exponent = self.graph.args(node)[1]
        for factor, partial in powers_of_quotients.partials(self.graph, node, base):
            if factor in self.found.uses:
                self._add(node, factor, partial)
        if exponent in self.found.uses:
            self._add(node, exponent, self._row(POW, 2)[1](node))

    # --- ends ---

    def add_rows(self, outputs: Sequence[Node]) -> None:
        """The vertices of outputs; what is no row is an inner vertex then."""
        found, times = self.found, Counter(outputs)
        for place, output in enumerate(outputs):
            is_free = output in found.into and not found.uses[output] and times[output] == 1 and output not in self.wrt
            row = output if is_free else -1 - place
            found.rows.append(row)
            if not is_free:
                found.into[row] = {}
                if output in found.uses:
                    self._add(row, output, self.graph.one)
        rows = set(found.rows)
        found.inner += [vertex for vertex in found.into if vertex not in rows]

    def add_columns(self) -> None:
        """The vertices of `wrt`."""
        found = self.found
        for place, node in enumerate(self.wrt):
            column = -1 - len(found.rows) - place if node in found.into else node
            found.columns.append(column)
            if column != node:
                found.uses[column] = {}
                self._add(node, column, self.graph.one)
