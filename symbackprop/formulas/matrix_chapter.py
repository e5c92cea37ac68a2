"""The chain rule where quantities are matrices: a term is the upstream adjoint combined with the consumer's equation.

The derivative of a matrix by a matrix is no matrix, so there is no local factor to print. Instead the chain rule is
seeded with a symbol in the upstream adjoint's place: what comes out is the term as a person writes it, (W³)ᵀ δ³, with
nothing of δ³ folded into it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator
from functools import cached_property

import sympy as sp

from ..derivation import ChainRule, ChainStep, Sweep, extended
from ..graph import Graph, Node
from ..notation.quantities import Factor, Formula, Name, Names
from .chapter import LONGEST, Chapter, too_long
from .content import Product, Side, Sum
from .printer import fits

_JOINED = 12
"""Operations of the longest error of a layer that is also written in the error of the next layer alone."""


class MatrixChapter(Chapter):
    """Tells one derivation whose graph has matrices."""

    def __init__(self, derivation: Sweep) -> None:
        super().__init__(derivation)
        self._seeds: dict[Node, Factor] = {}
        self._seeded = ChainRule(self.graph, derivation, self._seed)
        self._opened = ChainRule(self.graph, derivation, self._spelled)

    @cached_property
    def graph(self) -> Graph:
        """Where the terms of the chain rule are written: the derivation's own graph stays as it is."""
        return extended(self.derivation.graph)

    @cached_property
    def _short_names(self) -> Names:
        return ChainMap(self._seeds, dict(self._names))

    @cached_property
    def _all_names(self) -> Names:
        return ChainMap(self._seeds, self._shared, dict(self._names))

    # --- terms ---

    def chain(self, symbol: sp.Symbol) -> list[ChainStep]:
        """The chain rule in symbols for the adjoints of the consumers."""
        return self.derivation.chain(symbol, self._seeded)

    def _seed(self, consumer: sp.Symbol) -> Node | None:
        """A symbol for the adjoint of a consumer; the loss's own is 1."""
        if not self.is_adjoint(consumer):
            return self.derivation.upstream(consumer)
        shape = self.graph.shape(self.quantities[consumer])
        node = self.graph.symbol(self.derivation.adjoint_symbol(consumer), shape)
        self._seeds[node] = self.adjoint(consumer)
        return node

    def _upstream(self, step: ChainStep) -> tuple[Factor, ...]:
        """The upstream adjoint by its name, where it is worth one: it may be 1 though a symbol stands for it."""
        return () if self.derivation.upstream(step.consumer) == self.graph.one else (self.adjoint(step.consumer),)

    def _terms(self, steps: Iterable[ChainStep]) -> list[Node]:
        """The terms of the chain rule, those that are 0 left out."""
        graph, found = self.graph, [step.contribution for step in steps]
        zeros = {graph.zero, *(graph.spread(graph.zero, graph.shape(node)) for node in found)}
        return [node for node in found if node not in zeros]

    # --- the depths of the chain rule ---

    def _worked(self, symbol: sp.Symbol, steps: list[ChainStep]) -> Iterator[Side]:
        yield self._sum(self._terms(steps))
        if isinstance(self.adjoint(symbol), Name):
            terms = self._terms(self.derivation.chain(symbol, self._opened))
            if all(fits(self.formula(term), _JOINED) for term in terms):
                yield self._sum(terms)

    def _sum(self, terms: list[Node]) -> Side:
        seeds = [self._seeds.get(term) or self._local(self.formula(term)) for term in terms]
        for factor in seeds:
            if isinstance(factor, Formula) and not fits(factor, LONGEST):
                return too_long(factor)
        return Sum(tuple(Product((factor,)) for factor in seeds)) if seeds else self.full(self.graph.zero)

    def _spelled(self, consumer: sp.Symbol) -> Node | None:
        """The adjoint of a consumer in errors of layers: that of an output is opened, as no one gives it a letter."""
        if not self.is_adjoint(consumer) or isinstance(self.adjoint(consumer), Name):
            return self._seed(consumer)
        terms = self._terms(self.derivation.chain(consumer, self._opened))
        return self.graph.spread(self.graph.sum(terms), self.graph.shape(self.quantities[consumer]))

    # --- what the terms show ---

    def _shown_in(self, symbol: sp.Symbol, steps: Iterable[ChainStep]) -> list[Formula]:
        terms = self._terms(steps)
        return [self.formula(term) for term in terms if term not in self._names and term not in self._seeds]

    def _read_by(self, symbol: sp.Symbol, step: ChainStep) -> set[sp.Symbol]:
        return set[sp.Symbol]().union(*map(self._quantities_in, self._terms([step])))
