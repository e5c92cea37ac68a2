"""The terms of the chain rule, each as the factors that a person writes: where quantities are matrices, in one piece.

The derivative of a matrix by a matrix is no matrix, so there is no local factor to print. Instead the chain rule is
seeded with a symbol in the upstream adjoint's place: what comes out is the term as a person writes it, (W³)ᵀ δ³, with
nothing of δ³ folded into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from ..derivation import ChainRule, ChainStep, Sweep, TangentStep, extended
from ..graph import Graph, Node
from ..notation.quantities import Factor, Formula, Mark, Name, Ratio
from .content import Product, Sum


@dataclass(frozen=True)
class Term:
    """One way that the loss depends on a quantity: through what, and the factors before, a node, and those behind.

    upstream: the adjoint that the node is made with, if it is worth a name. edge: the lower and the upper end of the
    step. role: what the node is of it.
    """

    through: sp.Symbol
    node: Node
    edge: tuple[sp.Symbol, sp.Symbol]
    role: str = "local"
    before: tuple[Factor, ...] = ()
    behind: tuple[Factor, ...] = ()
    upstream: tuple[Factor, ...] = ()

    def product(self, factor: Factor) -> Product:
        """Its factors, with the node as it is shown."""
        roles = (*("upstream",) * len(self.before), self.role, *("tangent",) * len(self.behind))
        return Product((*self.before, factor, *self.behind), tuple(mark(self.edge, role) for role in roles))


def mark(edge: tuple[sp.Symbol, sp.Symbol], role: str) -> Mark:
    """The mark of a factor of a step, by the names of its ends."""
    return Mark(edge[0].name, edge[1].name, role)


class ChainTerms:
    """The terms of one derivation, and how its adjoints are called."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation, self.is_of_matrices = derivation, bool(derivation.graph.shapes)
        self.seeds: dict[Node, Factor] = {}
        self.graph: Graph = derivation.graph
        if self.is_of_matrices:
            self.graph = extended(derivation.graph)  # the derivation's own graph stays as it is
            self._seeded = ChainRule(self.graph, derivation, self._seed)
            self._opened = ChainRule(self.graph, derivation, self._spelled)

    # --- adjoints ---

    def adjoint(self, symbol: sp.Symbol) -> Factor:
        """dL/d(symbol) by the name it has: a delta, or the ratio itself."""
        delta = self.derivation.adjoint_symbol(symbol)
        is_delta = self.derivation.network is not None and delta.name.startswith("delta")
        return Name(delta) if is_delta else self.ratio(symbol)

    def ratio(self, symbol: sp.Symbol) -> Ratio:
        """dL/d(symbol)."""
        return Ratio(self.derivation.loss, symbol)

    def is_adjoint(self, symbol: sp.Symbol) -> bool:
        """Whether there is an adjoint of a quantity to speak of: that of the loss is 1."""
        return symbol != self.derivation.loss and self.derivation.adjoint_node(symbol) is not None

    # --- terms ---

    def of(self, symbol: sp.Symbol) -> list[Term]:
        """The terms of the derivative by a symbol, also those that are 0."""
        if self.is_of_matrices:
            return [
                self._of_matrices(step, symbol, upstream=self._upstream(step.consumer))
                for step in self.derivation.chain(symbol, self._seeded)
            ]
        return [self.of_numbers(step, symbol) for step in self.derivation.chain(symbol)]

    def opened(self, symbol: sp.Symbol) -> list[Term]:
        """Of an adjoint with a name, in matrices: the terms in adjoints with names alone."""
        if not self.is_of_matrices or not isinstance(self.adjoint(symbol), Name):
            return []
        return [self._of_matrices(step, symbol) for step in self.derivation.chain(symbol, self._opened)]

    def along(self, symbol: sp.Symbol, parameter: sp.Symbol) -> list[Term]:
        """The terms of d(symbol)/d(parameter) between numbers, read forwards."""
        steps = self.derivation.tangent_chain(symbol, parameter)
        return [
            Term(step.part, step.local, (step.part, symbol), behind=self._tangent_of(step, parameter)) for step in steps
        ]

    def is_zero(self, node: Node) -> bool:
        """Whether a term is 0."""
        return node in (self.graph.zero, self.graph.spread(self.graph.zero, self.graph.shape(node)))

    @staticmethod
    def _of_matrices(step: ChainStep, symbol: sp.Symbol, upstream: tuple[Factor, ...] = ()) -> Term:
        """All of a step in one."""
        return Term(step.consumer, step.contribution, (symbol, step.consumer), "term", upstream=upstream)

    def of_numbers(self, step: ChainStep, symbol: sp.Symbol) -> Term:
        """The local partial behind the upstream adjoint by its name; 1 is not worth a name."""
        if step.local is None:
            raise TypeError("a step between matrices has no local partial")
        upstream = () if step.upstream == self.graph.one else (self.adjoint(step.consumer),)
        return Term(step.consumer, step.local, (symbol, step.consumer), before=upstream, upstream=upstream)

    def _upstream(self, consumer: sp.Symbol) -> tuple[Factor, ...]:
        """The upstream adjoint by its name, where it is worth one: it may be 1 though a symbol stands for it."""
        return () if self.derivation.upstream(consumer) == self.graph.one else (self.adjoint(consumer),)

    def _tangent_of(self, step: TangentStep, parameter: sp.Symbol) -> tuple[Factor, ...]:
        """The tangent of a part by its name; that of the parameter itself is 1."""
        if step.part in (self.derivation.along or ()):
            return (Formula(self.graph, step.tangent, {}),)
        return () if step.part == parameter else (Ratio(step.part, parameter),)

    # --- what the chain rule between matrices is seeded with ---

    def _seed(self, consumer: sp.Symbol) -> Node | None:
        """A symbol for the adjoint of a consumer; the loss's own is 1."""
        if not self.is_adjoint(consumer):
            return self.derivation.upstream(consumer)
        shape = self.graph.shape(self.derivation.quantities[consumer])
        node = self.graph.symbol(self.derivation.adjoint_symbol(consumer), shape)
        self.seeds[node] = self.adjoint(consumer)
        return node

    def _spelled(self, consumer: sp.Symbol) -> Node | None:
        """The adjoint of a consumer in errors of layers: that of an output is opened, as no one gives it a letter."""
        if not self.is_adjoint(consumer) or isinstance(self.adjoint(consumer), Name):
            return self._seed(consumer)
        terms = [step.contribution for step in self.derivation.chain(consumer, self._opened)]
        kept = [node for node in terms if not self.is_zero(node)]
        return self.graph.spread(self.graph.sum(kept), self.graph.shape(self.derivation.quantities[consumer]))


def rule(whole: sp.Symbol, terms: list[Term], part: sp.Symbol) -> Iterator[Sum]:
    """d(whole)/d(part) as the sum over what is between; what contains the part itself and nothing else needs none."""
    ways = [term.through for term in terms]
    if any(between not in (whole, part) for between in ways):
        yield Sum(tuple(_links(whole, term, part) for term in terms))


def _links(whole: sp.Symbol, term: Term, part: sp.Symbol) -> Product:
    between, (lower, _) = term.through, term.edge
    if between in (whole, part):
        return Product((Ratio(whole, part, direct=True),), (mark(term.edge, "local"),))
    roles = ("upstream", "local") if lower == part else ("local", "tangent")
    return Product((Ratio(whole, between), Ratio(between, part)), tuple(mark(term.edge, role) for role in roles))
