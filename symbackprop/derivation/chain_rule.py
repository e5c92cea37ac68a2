"""The chain rule, one equation after the other: what each passes on of the adjoint of the quantity that it defines.

Source: Griewank and Walther, "Evaluating Derivatives" (2008), section 3.2: the reverse sweep is linear in the adjoint
that it starts from. So it may start from a symbol as well as from the adjoint itself, and between matrices, whose
derivatives by one another are no matrices, that is how a term of the rule is written: (W³)ᵀ δ³.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from ..graph import Graph, Node
from . import backprop
from .cancellation import collected
from .forward_pass import ForwardPass
from .result_types import ChainStep

Upstream = Callable[[sp.Symbol], Node | None]
"""The adjoint of a quantity, or what stands in its place; None where the loss does not depend on the quantity."""


class ChainRule:
    """The steps of the chain rule between named quantities, each equation swept once.

    Attributes:
        graph: where the steps stand: the one of the quantities, or an extension of it.
    """

    def __init__(self, graph: Graph, equations: ForwardPass, upstream: Upstream) -> None:
        self.graph = graph
        self._equations = equations
        self._upstream = cache(upstream)  # asked for once: that of a sum of terms is made of its own consumers'
        self._stops = frozenset(equations.quantities.values())
        self._partials: dict[sp.Symbol, dict[Node, Node]] = {}

    def step(self, symbol: sp.Symbol, consumer: sp.Symbol) -> ChainStep | None:
        """What a symbol receives from one consumer; None if that is nothing."""
        upstream = self._upstream(consumer)
        if upstream is None:
            return None
        quantities = self._equations.quantities
        target = quantities[symbol] if symbol in quantities else self.graph.symbol(symbol)
        local = self.partials(consumer, upstream).get(target)
        if local is None:
            return None
        if self.graph.shapes:
            return ChainStep(consumer, upstream, None, local)
        return ChainStep(consumer, upstream, local, self.graph.mul(upstream, local))

    def partials(self, consumer: sp.Symbol, upstream: Node) -> dict[Node, Node]:
        """By node of the consumer's equation: the partial derivative; with matrices, the contribution of `upstream`."""
        if consumer not in self._partials:
            seed = upstream if self.graph.shapes else None
            root, wanted = self._equations.quantities[consumer], self._equations.named_parts
            found = backprop.local_adjoints(self.graph, root, self._stops, wanted, seed)
            found = {node: found[node] for node in found if node in wanted}
            moved = collected(self.graph, self._equations.loss_node, found.values())
            self._partials[consumer] = {node: moved.get(one, one) for node, one in found.items()}
        return self._partials[consumer]


def extended(graph: Graph) -> Graph:
    """A graph that begins with every node of another one, under the same numbers, and goes on by itself.

    It is a sheet of paper beside a derivation: what is formed there, symbols of its own included, is not found in the
    derivation's graph, whose symbols are the arguments of generated code and whose nodes, by their numbers, decide the
    order of factors. A derivation that was printed is the same as one that was not.
    """
    sheet = Graph()  # its numbers 0, 1, 2 are the first nodes of every graph
    sheet.keys += graph.keys[len(sheet.keys) :]
    sheet.shapes.update(graph.shapes)
    sheet.symbols.update(graph.symbols)
    sheet.table.update(graph.table)
    sheet.folding.update(graph.folding)
    sheet.claimed.update(graph.claimed)
    return sheet
