"""What a step saves that puts one node of a derivative in the place of another, all that is shared counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp

from .. import cost
from ..graph import Graph, Node


class Ledger:
    """How often each node of some derivatives is used, while they are rewritten.

    Attributes:
        graph: of the nodes.
        loss: which is no derivative, nor is what comes before it: those nodes are there anyway, and cost nothing.
        uses: by node: how often it is an operand, or asked for.
        names: the adjoints that people follow: nothing looks into them.
    """

    def __init__(self, graph: Graph, loss: Node) -> None:
        self.graph, self.loss = graph, loss
        self.uses: Counter[Node] = Counter()
        self.names: set[Node] = set()
        self._seen: set[Node] = set()

    def entered(self, roots: Sequence[Node]) -> list[Node]:
        """The nodes below roots that were not met yet, their uses counted; operands come before what uses them."""
        graph = self.graph
        below = range(self.loss + 1)
        found = graph.reachable([node for node in roots if node > self.loss], below)  # type: ignore[arg-type]
        region = [node for node in found if node > self.loss and node not in self._seen]
        self._seen.update(region)
        self.uses.update(roots)
        self.uses.update(arg for node in region for arg in graph.args(node))
        return region

    def is_closed(self, node: Node) -> bool:
        """Whether a node stays whole when one is taken apart that it is in: others use it, or the loss does."""
        return node <= self.loss or self.uses[node] > 1 or node in self.names

    def replaced(self, node: Node, held: Iterable[Node], made: Node) -> None:
        """Let another node have the uses of one that was made of what is `held`."""
        self.uses.subtract(held)
        self._seen.discard(node)
        self._appear(made)
        self.uses[made] += self.uses.pop(node, 0)

    def stands_for(self, made: Node, node: Node, opened: Iterable[Node], least: int) -> bool:
        """Put a node in the place of another one, which `opened` are parts of, if that saves at least so much."""
        uses = self.uses[node]
        if made == node or not self._trade(Counter({node: uses}), opened, made, 0, least):
            return False
        self.uses[made] += uses
        return True

    def exchanged(self, terms: Iterable[Node], opened: Iterable[Node], into: Node | None, bonus: Any) -> bool:
        """Put one term, or none, in the place of several, if that saves anything.

        Args:
            terms: which are used once less each.
            opened: their parts.
            into: which is used once more.
            bonus: operations that the sum is shorter by.
        """
        if not self._trade(Counter(terms), opened, into, bonus, 1):
            return False
        if into is not None:
            self.uses[into] += 1
        return True

    def _trade(self, out: Counter[Node], opened: Iterable[Node], into: Node | None, bonus: Any, least: int) -> bool:
        graph, uses = self.graph, self.uses
        fresh = self._fresh(into)
        kept = {into, *(arg for node in fresh for arg in graph.args(node))}
        lost = Counter(out)
        gone: set[Node] = set()
        for node in sorted({*out, *opened}, reverse=True):
            if node > self.loss and lost[node] >= uses[node] and node not in kept and not graph.op(node).leaf:
                gone.add(node)
                lost.update(graph.args(node))
        if not is_saved(self._price(gone) + bonus - self._price(fresh), least):
            return False
        uses.subtract(lost)
        self._seen -= gone
        if into is not None:
            self._appear(into)
        return True

    def _price(self, nodes: Iterable[Node]) -> Any:
        return sum(cost.price(self.graph, node) for node in nodes)

    def _fresh(self, node: Node | None) -> set[Node]:
        """The operations that come with a node, itself included."""
        found: set[Node] = set()
        stack = [] if node is None else [node]
        while stack:
            top = stack.pop()
            if top > self.loss and top not in self._seen and top not in found and not self.graph.op(top).leaf:
                found.add(top)
                stack.extend(self.graph.args(top))
        return found

    def _appear(self, node: Node) -> None:
        """Count what new nodes use."""
        stack = [node]
        while stack:
            top = stack.pop()
            if top > self.loss and top not in self._seen:
                self._seen.add(top)
                self.uses.update(self.graph.args(top))
                stack.extend(self.graph.args(top))

    def total(self, roots: Iterable[Node]) -> Any:
        """Operations of the loss and derivatives, counted anew."""
        return self._price(self.graph.reachable([self.loss, *roots]))


def is_saved(operations: Any, least: int = 0) -> bool:
    """Whether a number of operations is at least so large; where sizes are symbols, at least 0 for all sizes from 1."""
    symbols = getattr(operations, "free_symbols", None)
    if not symbols:
        return bool(operations >= least)
    beyond_one = sp.expand(operations.xreplace({symbol: symbol + 1 for symbol in symbols}))
    return all(part >= 0 for part in sp.Poly(beyond_one, *symbols).coeffs())
