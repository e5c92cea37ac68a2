"""The chain rule where quantities are matrices: a term is the upstream adjoint combined with the consumer's equation.

The derivative of a matrix by a matrix is no matrix, so there is no local factor to print. Instead the reverse sweep
over the consumer's equation is run once more from a symbol in the upstream adjoint's place: what comes out is the
term as a person writes it, (W³)ᵀ δ³, with nothing of δ³ folded into it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cached_property

import sympy as sp

from ..derivation import ChainStep, Sweep
from ..derivation.backprop import local_adjoints
from ..graph import Graph, Node
from .chapter import LONGEST, Chapter, too_long
from .content import Factor, Formula, Name, Names, Product, Side, Sum
from .printer import fits

_JOINED = 12
"""Operations of the longest error of a layer that is also written in the error of the next layer alone."""

Seed = Callable[[sp.Symbol], Node]
"""What stands for the adjoint of a consumer."""


class MatrixChapter(Chapter):
    """Tells one derivation whose graph has matrices."""

    def __init__(self, derivation: Sweep) -> None:
        super().__init__(derivation)
        self._seeds: dict[Node, Factor] = {}

    @cached_property
    def graph(self) -> Graph:
        """A copy to write the terms of the chain rule in: the derivation's own graph stays as it is."""
        twin = copy(self.derivation.graph)
        for name, value in vars(twin).items():
            setattr(twin, name, copy(value))
        return twin

    @cached_property
    def _short_names(self) -> Names:
        return ChainMap(self._seeds, dict(self._names))

    @cached_property
    def _all_names(self) -> Names:
        return ChainMap(self._seeds, self._shared, dict(self._names))

    # --- terms ---

    def _seed(self, consumer: sp.Symbol) -> Node:
        """A symbol for the adjoint of a consumer; the loss's own is 1."""
        if consumer == self.derivation.loss:
            return self.graph.one
        shape = self.graph.shape(self.quantities[consumer])
        node = self.graph.symbol(self.derivation.adjoint_symbol(consumer), shape)
        self._seeds[node] = self.adjoint(consumer)
        return node

    def _term(self, symbol: sp.Symbol, consumer: sp.Symbol, seed: Seed) -> Node:
        root, stops = self.quantities[consumer], self._stops
        target = self.quantities[symbol] if symbol in self.quantities else self.graph.symbol(symbol)
        return local_adjoints(self.graph, root, stops, seed(consumer))[target]

    @cached_property
    def _stops(self) -> frozenset[Node]:
        return frozenset(self.derivation.quantities.values())

    def _terms(self, symbol: sp.Symbol, steps: Iterable[ChainStep], seed: Seed | None = None) -> list[Node]:
        """The terms of the chain rule, those that are 0 left out."""
        terms = [self._term(symbol, step.consumer, seed or self._seed) for step in steps]
        return [term for term in terms if not self._is_zero(term)]

    def _is_zero(self, node: Node) -> bool:
        return node in (self.graph.zero, self.graph.spread(self.graph.zero, self.graph.shape(node)))

    def _factor(self, node: Node) -> Factor:
        """A term by its name, if it has one."""
        if node in self._seeds:
            return self._seeds[node]
        return Name(self._names[node]) if node in self._names else self.formula(node)

    # --- the depths of the chain rule ---

    def _worked(self, symbol: sp.Symbol, steps: list[ChainStep]) -> Iterator[Side]:
        yield self._sum(self._terms(symbol, steps))
        if isinstance(self.adjoint(symbol), Name):
            terms = self._terms(symbol, steps, self._spelled)
            if all(fits(self.formula(term), _JOINED) for term in terms):
                yield self._sum(terms)

    def _sum(self, terms: list[Node]) -> Side:
        factors = [self._factor(term) for term in terms]
        for factor in factors:
            if isinstance(factor, Formula) and not fits(factor, LONGEST):
                return too_long(factor)
        return Sum(tuple(Product((factor,)) for factor in factors)) if factors else self.full(self.graph.zero)

    def _spelled(self, consumer: sp.Symbol) -> Node:
        """The adjoint of a consumer in errors of layers: that of an output is opened, as no one gives it a letter."""
        if consumer == self.derivation.loss or isinstance(self.adjoint(consumer), Name):
            return self._seed(consumer)
        terms = self._terms(consumer, self.derivation.chain(consumer), self._spelled)
        return self.graph.spread(self.graph.sum(terms), self.graph.shape(self.quantities[consumer]))

    # --- what the terms show ---

    def _shown_in(self, symbol: sp.Symbol, steps: Iterable[ChainStep]) -> list[Formula]:
        terms = self._terms(symbol, steps)
        return [self.formula(term) for term in terms if term not in self._names and term not in self._seeds]

    def _read_by(self, symbol: sp.Symbol, step: ChainStep) -> set[sp.Symbol]:
        found: set[sp.Symbol] = set()
        for term in self._terms(symbol, [step]):
            found |= self._quantities_in(term)
        return found
