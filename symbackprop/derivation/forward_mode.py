"""The forward sweep: along one direction at a time, the tangent of every node that depends on it.

Source: Wengert, "A simple automatic derivative evaluation program", Communications of the ACM 7 (1964); Griewank and
Walther, "Evaluating Derivatives" (2008), section 3.1. The tangent of a node is the sum, over its operands, of local
partial times the operand's tangent. All sweeps share the forward pass and the local partials, but each has tangents of
its own: a gradient costs as many sweeps as there are parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..graph import Graph, Node
from ..ops import CONDITIONS, SELECT
from .pushforwards import Push, pushes_of

Tangents = dict[Node, Node]
"""By node: its derivative along one direction; what is not in it does not depend on where that leads."""


class ForwardSweep:
    """The part of a graph between some nodes and one root or several, ready to be swept along any direction of these
    nodes."""

    def __init__(self, graph: Graph, root: Node | Iterable[Node], wrt: Iterable[Node]) -> None:
        self.graph = graph
        active = set(wrt)
        self._steps: list[tuple[Node, Sequence[tuple[Node, Push]]]] = []
        self._missing: dict[Node, set[Node]] = {}  # pieces that are undefined, and what varies of their contents
        for node in graph.reachable([root] if isinstance(root, int) else root):
            args = graph.args(node)
            if varied := active.intersection(graph.reachable(graph.contents(node))):
                self._missing[node] = varied
                active.add(node)
            if node not in active and graph.op(node) not in CONDITIONS and not active.isdisjoint(args):
                pushes = pushes_of(graph, node) if graph.op(node) is not SELECT else ()
                self._steps.append((node, [(arg, push) for arg, push in pushes if arg in active]))
                active.add(node)

    def along(self, seeds: Mapping[Node, Node]) -> Tangents:
        """The tangents of all nodes that depend on those of `seeds`, which have the tangents given.

        Raises:
            UnsupportedError: an operation on the way has no rule.
        """
        graph, found = self.graph, dict(seeds)
        for node, varied in self._missing.items():
            if not varied.isdisjoint(seeds):
                found[node] = node  # nan
        for node, pushes in self._steps:
            if graph.op(node) is SELECT:
                self._choose(node, found)
                continue
            terms = [push(found[arg]) for arg, push in pushes if arg in found]
            if terms:
                found[node] = graph.spread(graph.sum(terms), graph.shape(node))
        return found

    def _choose(self, node: Node, found: Tangents) -> None:
        """The tangent of a choice is the same choice between tangents: one not chosen cannot spoil it."""
        graph = self.graph
        condition, *branches = graph.args(node)
        if not found.keys().isdisjoint(branches):
            shape = graph.shape(node)
            chosen = [graph.spread(found.get(branch, graph.zero), shape) for branch in branches]
            found[node] = graph.make((SELECT, condition, *chosen))
