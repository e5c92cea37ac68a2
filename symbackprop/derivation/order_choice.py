"""Which order of elimination takes the fewest operations: counted where it may be close, foretold where it is not.

What an order costs is known when its derivatives have been made, and all that is shared is counted once. Making all
three takes three times as long, mostly for nothing: how many products and sums forward and reverse mode form is told
beforehand by which outputs, or which columns, each node has a partial for, as bits of one number. That is mostly too
much, as equal products are one node: so what is small is made, and what is foretold to take not much more (`MARGINS`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .. import cost
from ..graph import Graph, Node
from . import guards, undefined_pieces
from .chain_rule import extended
from .elimination import DEGREES, FORWARD, ORDERS, REVERSE, Entries, entries_of
from .fast_elimination import Columns, Degree
from .foretold_operations import by_forward_mode, by_reverse_mode
from .matrix_jacobians import possible_sweeps
from .operation_ledger import is_saved
from .partial_graph import PartialGraph, partial_graph

MARGINS = ((1000, math.inf), (10_000, 1.3), (math.inf, 1.0))
"""Up to so many operations of the best order yet: how many times as many another one may be foretold to take."""

BITS = 2 * 10**7
"""Rows or columns times edges up to which anything is foretold, so that what is large and sparse takes linear time."""

_FORETOLD = {REVERSE: by_reverse_mode, FORWARD: by_forward_mode}


@dataclass(frozen=True)
class Made:
    """What one order makes: the entries, where they stand, and the operations of all that is asked for."""

    order: str
    graph: Graph
    entries: Entries
    operations: cost.Count


class Orders:
    """The orders in which some outputs can be differentiated by some nodes, each made on a sheet of its own.

    Args:
        graph: of the nodes; it stays as it is.
        outputs: that are differentiated.
        wrt: distinct nodes that they are differentiated by.
        dropped: for each output the places of what it is not to be differentiated by; empty if there are none.
        beside: nodes that are asked for as well: what they share with the derivatives counts once.
        degree: what a vertex is chosen by in the first of them.

    Raises:
        UnsupportedError: an operation on the way has no rule; or a matrix is to be differentiated by a matrix.
    """

    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[Node],
        wrt: Sequence[Node],
        dropped: Sequence[Columns] = (),
        beside: Sequence[Node] = (),
        degree: Degree = DEGREES[0],
    ) -> None:
        self._graph, self._outputs, self._wrt, self._degree = sheet_of(graph), outputs, wrt, degree
        self._dropped = dropped or [Columns()] * len(outputs)
        self._roots = [*beside, *outputs]
        self._counts: dict[str, cost.Count] = {}
        region = self._graph.reachable(outputs)
        self._is_undefined = any(map(graph.contents, region))
        self._has_matrices = not graph.shapes.keys().isdisjoint([*region, *wrt])

    def best(self) -> Made:
        """The cheapest order; the first of `ORDERS` where several are."""
        first, *others = self.possible
        best = self.made(first)
        for order in others:
            if self._may_save(order, best):
                made = self.made(order)
                if is_saved(best.operations - made.operations, 1):
                    best = made
        return best

    def _may_save(self, order: str, best: Made) -> bool:
        if self._has_matrices:
            return True
        margin = next(margin for most, margin in MARGINS if best.operations <= most)
        if len(self._outputs) == 1:  # what is foretold is nearly all there is to it
            margin = 1.0
        if margin == math.inf:
            return True
        bits = len(self._outputs if order == REVERSE else self._wrt)
        if bits * sum(map(len, self._partials.into.values())) > BITS:
            return False
        foretold = self._ahead + _FORETOLD[order](self._partials, self._dropped)
        return bool(foretold < margin * best.operations)

    @cached_property
    def counts(self) -> Mapping[str, cost.Count]:
        """The operations of each order; what has not been made yet is made for it."""
        return {order: self._counts.get(order) or self.made(order).operations for order in self.possible}

    @cached_property
    def possible(self) -> Sequence[str]:
        """The orders there are."""
        return list(self._sweeps) if self._has_matrices else list(ORDERS)

    def made(self, order: str) -> Made:
        """The derivatives as one order makes them."""
        if self._has_matrices:
            sheet = sheet_of(self._graph)
            entries = self._sweeps[order](sheet, self._outputs, self._wrt, self._dropped)
        else:
            partials = self._partials  # which come into the graph that the sheet begins with
            sheet = sheet_of(self._graph)
            entries = entries_of(partials.copied(sheet), order, self._dropped, self._degree)
            if self._is_undefined:
                self._leave_undefined(sheet, entries)
        self._counts[order] = cost.total(sheet, [*self._roots, *entries.values()])
        return Made(order, sheet, entries, self._counts[order])

    @cached_property
    def _partials(self) -> PartialGraph:
        return partial_graph(self._graph, self._outputs, self._wrt)

    @cached_property
    def _sweeps(self) -> Mapping[str, Callable[..., Entries]]:
        return possible_sweeps(self._graph, self._outputs, self._wrt)

    def _leave_undefined(self, graph: Graph, entries: Entries) -> None:
        """Where a piece of an output is undefined, so is the derivative by all that it stands among."""
        for row, output in enumerate(self._outputs):
            region = graph.reachable([output])
            shares = undefined_pieces.shares(graph, region, (), guards.chains(graph, region, ()))
            for column, node in enumerate(self._wrt):
                if node in shares and column not in self._dropped[row]:
                    terms = [entries[row, column]] if (row, column) in entries else []
                    entries[row, column] = undefined_pieces.joined(graph, [*terms, *shares[node]])

    @cached_property
    def _ahead(self) -> cost.Count:
        """The operations of what is there before elimination begins: outputs and partials."""
        partials: list[Node] = []
        for edges in self._partials.into.values():
            for held in edges.values():
                partials += held if isinstance(held, list) else [held]
        return cost.total(self._graph, [*self._roots, *partials])


def sheet_of(graph: Graph) -> Graph:
    """A graph that begins with every node of another one, and goes on by itself in the same way."""
    sheet = extended(graph)
    sheet.accurate = graph.accurate
    sheet.remembered.update(graph.remembered)
    return sheet
