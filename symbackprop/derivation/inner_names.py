"""The names of derivatives inside of what is derived: quantities like the user's own, du_dx and d2u_dx2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..graph import Graph, Node, next_of
from ..lowering import Lowering
from ..named_quantities import Origin, free_name, quantity
from ..ops import CONSTANT, NUMBER
from .result_types import Inner

INNER = "inner derivatives"
"""The name under which a graph remembers them."""


def inner_of(graph: Graph) -> Mapping[Any, Inner | None]:
    """By symbol of a derivative inside of what was lowered: of what, and by what it is one. None: an expression that
    was named as it is differentiated."""
    return graph.remembered.get(INNER, {})


def call_derivatives(graph: Graph, made: Mapping[Any, Inner]) -> None:
    """Say of symbols of a graph that they are derivatives, as which they are printed from now on."""
    graph.remembered[INNER].update(made)


class InnerNames:
    """Names for the nodes of derivatives, in a lowering to which they are added as quantities.

    Attributes:
        made: what `inner_of` gives.
    """

    def __init__(self, lowering: Lowering, taken: Iterable[str]) -> None:
        self.lowering, self.graph = lowering, lowering.graph
        self.made: dict[Any, Inner | None] = {}
        self._taken, self._origin = set(taken), Origin()
        self._symbols: dict[Node, Any] = {}
        self._waiting: dict[Node, Inner] = {}
        self._count = 0

    def of(self, node: Node) -> Any:
        """The symbol of what is differentiated; an expression without one is called f1, f2, ... from now on."""
        if node not in self._quantities():
            inner = self._waiting.get(node)
            self._enter(self._numbered("f") if inner is None else inner.name, node, inner)
        return self._quantities()[node]

    def one_more(self, of: Any, by: Any) -> Inner:
        """The derivative of a quantity, which may be one itself, by one symbol more."""
        inner = self.made.get(of)
        return Inner(of, (by,)) if inner is None else inner.by_one_more(by)

    def expect(self, node: Node, inner: Inner) -> None:
        """What a node is called, should it be differentiated: an entry of a derivative by a matrix."""
        self._waiting[node] = inner

    def give(self, derivative: Node, inner: Inner, behind: Node) -> Node:
        """The node of a derivative with a name, itself if nothing up to `behind` has it, else a copy; no number is
        named.
        """
        graph = self.graph
        if graph.op(derivative) in (NUMBER, CONSTANT):
            return derivative
        named = derivative if self.is_free(derivative, behind) else graph.claim(derivative, next_of(graph.keys))
        graph.claimed.add(named)
        graph.folding.discard(named)
        self._enter(inner.name, named, inner)
        return named

    def is_free(self, node: Node, behind: Node) -> bool:
        """Whether a node came after another one, and has no name."""
        return node > behind and node not in self._quantities()

    def forget_unused(self) -> None:
        """Take away the names of what no equation needs: ∂u/∂x, where only ∂²u/∂x² stands in them."""
        quantities = self.lowering.quantities
        used = set(self.graph.reachable([node for symbol, node in quantities.items() if symbol not in self.made]))
        for symbol in [symbol for symbol in self.made if quantities[symbol] not in used]:
            del quantities[symbol], self.made[symbol]

    def _quantities(self) -> dict[Node, Any]:
        """By node: the quantity that it is; looked through again when there are more of them."""
        quantities = self.lowering.quantities
        if self._count != len(quantities):
            self._count, self._symbols = len(quantities), {node: symbol for symbol, node in quantities.items()}
        return self._symbols

    def _enter(self, name: str, node: Node, inner: Inner | None) -> None:
        name = free_name(name, self._taken)
        self._taken.add(name)
        shape = self.graph.shape(node)
        symbol = quantity(name, self._origin, shape, **({} if shape else {"real": True}))
        self.lowering.define(symbol, node)
        self.made[symbol] = inner

    def _numbered(self, letter: str) -> str:
        return next(name for place in range(1, len(self._taken) + 2) if (name := f"{letter}{place}") not in self._taken)
