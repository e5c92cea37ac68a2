"""The lines of a document: equations, adjoints and derivatives, and the parts that they are written in."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import sympy as sp

from .. import ops
from ..cost import amount
from ..derivation import Sweep, longest_last
from ..graph import Graph, Node
from ..notation.quantities import Factor, Formula, Name, Names, Ratio
from .chain_terms import ChainTerms, Term, rule
from .content import Equation, Line, Side, Sum, Words, single
from .printer import fits, size

LONGEST = 2_000
"""Operations of the longest formula that is printed."""
READABLE, DEEP = 40, 12
"""Operations, and operations one in the other, above which a formula uses the names of parts that formulas share."""
_JOINED = 12
"""Operations of the longest error of a layer that is also written in the error of the next layer alone."""


class Equations:
    """What one derivation says. A part of the backward pass without a better name comes before its first use."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation = derivation
        self._definitions = derivation.definitions  # first of all: what is shown first must not choose adjoints' names
        self._terms = ChainTerms(derivation)
        self._shown: set[Node] = set()

    @property
    def graph(self) -> Graph:
        """Where formulas stand."""
        return self._terms.graph

    # --- names ---

    @cached_property
    def quantities(self) -> dict[sp.Symbol, Node]:
        """The named quantities, but for constants that the derivation named for its own use."""
        found, named = self.derivation.quantities, self.derivation.named
        varying = self._varying
        return {symbol: node for symbol, node in found.items() if symbol in named or varying[node]}

    @cached_property
    def _varying(self) -> bytearray:
        """One flag per node: does it contain a symbol?"""
        flags = bytearray()
        for op, *args in self.derivation.graph.keys:
            flags.append(op is ops.SYMBOL or (not op.leaf and any(flags[arg] for arg in args)))
        return flags

    @cached_property
    def _names(self) -> dict[Node, sp.Symbol]:
        return {node: symbol for symbol, node in self.quantities.items()}

    @cached_property
    def _short_names(self) -> Names:
        return self._beside_seeds(self._names)

    @cached_property
    def _shared(self) -> dict[Node, sp.Symbol]:
        lines = [line for line in self._definitions if line.kind == "shared"]
        return {line.node: line.symbol for line in lines if self._varying[line.node]}

    @cached_property
    def _all_names(self) -> Names:
        return self._beside_seeds({**self._shared, **self._names})

    def _beside_seeds(self, names: dict[Node, Any]) -> Names:
        """Names, and the adjoints that terms of matrices are seeded with, which come one by one."""
        return ChainMap(self._terms.seeds, names) if self._terms.is_of_matrices else names

    def formula(self, node: Node) -> Formula:
        """A node in named quantities; in shared parts too, where it would be too long to read without."""
        formula = Formula(self.graph, node, self._short_names)
        return formula if fits(formula, READABLE, DEEP) else Formula(self.graph, node, self._all_names)

    # --- sides ---

    def side(self, formula: Formula) -> Side:
        """A formula as a side of an equation, or how long it would be."""
        return single(formula) if fits(formula, LONGEST) else too_long(formula)

    def full(self, node: Node, upright: bool = False) -> Side:
        """A node in parameters and data only."""
        return self.side(Formula(self.graph, node, {}, upright))

    def _is_weight(self, symbol: sp.Symbol) -> bool:
        """Whether a symbol is a weight or weight matrix of a network."""
        network = self.derivation.network
        return network is not None and symbol in network.entries and network.entries[symbol][0][0] == "W"

    def ratio(self, symbol: sp.Symbol) -> Ratio:
        """dL/d(symbol)."""
        return self._terms.ratio(symbol)

    def is_adjoint(self, symbol: sp.Symbol) -> bool:
        """Whether there is an adjoint of a quantity to speak of."""
        return self._terms.is_adjoint(symbol)

    def _left(self, symbol: sp.Symbol) -> tuple[Side, ...]:
        factors = dict.fromkeys((self._terms.adjoint(symbol), self.ratio(symbol)))
        return tuple(map(single, factors))

    # --- the depths of the chain rule ---

    def _worked(self, symbol: sp.Symbol, terms: list[Term]) -> Iterator[Side]:
        """The rule with everything in its place; of the error of a layer, also in that of the next alone."""
        yield self._sum(terms)
        opened = self._nonzero(self._terms.opened(symbol))
        if opened and all(fits(self.formula(term.node), _JOINED) for term in opened):
            yield self._sum(opened)

    def _nonzero(self, terms: Iterable[Term]) -> list[Term]:
        return [term for term in terms if not self._terms.is_zero(term.node)]

    def _sum(self, terms: Iterable[Term]) -> Side:
        """The sum of products, each of a formula and what stands before and behind it."""
        shown = [(term, self._upright(self._factor(term.node), term.edge[0])) for term in self._nonzero(terms)]
        for _, factor in shown:
            if isinstance(factor, Formula) and not fits(factor, LONGEST):
                return too_long(factor)
        products = tuple(term.product(factor) for term, factor in shown)
        return Sum(products) if products else self.full(self.graph.zero)

    def _upright(self, factor: Factor, symbol: sp.Symbol) -> Factor:
        """A factor of the derivative by a symbol, which is a column only if that of a weight is."""
        if isinstance(factor, Formula) and self._is_weight(symbol):
            return replace(factor, upright=True)
        return factor

    def _factor(self, node: Node) -> Factor:
        """A node by its name, if it is a quantity or an adjoint itself."""
        if node in self._terms.seeds:
            return self._terms.seeds[node]
        return Name(self._names[node]) if node in self._names else self.formula(node)

    # --- lines ---

    def forward(self, only: Collection[sp.Symbol] | None = None) -> Iterator[Line]:
        """The equations of the forward pass, or of some quantities."""
        for symbol, node in self.quantities.items():
            if only is None or symbol in only:
                formula = self.formula(node)
                yield from self._parts([formula])
                yield Equation((single(Name(symbol)),), (self.side(formula),))

    def backward(self, only: Collection[sp.Symbol] | None = None) -> Iterator[Line]:
        """The adjoints, or some of them, from the loss back to the first quantity."""
        for symbol in self._from_the_loss():
            if only is None or symbol in only:
                yield from self.derivative(symbol)

    def derivative(self, symbol: sp.Symbol, written_out: bool = False) -> Iterator[Line]:
        """The derivative by one symbol at the first two depths, on demand at the third."""
        terms = self._terms.of(symbol)
        yield from self._parts(self._shown_in(terms))
        worked = self._worked(symbol, terms) if symbol != self.derivation.loss else ()
        node = self.derivation.adjoint_node(symbol) if written_out else None
        third = [self.full(self.graph.zero if node is None else node, self._is_weight(symbol))] if written_out else []
        rules = rule(self.derivation.loss, terms, symbol)
        yield Equation(self._left(symbol), (*rules, *worked, *third))

    def _shown_in(self, terms: Iterable[Term]) -> list[Formula]:
        """The formulas that the worked rule is written in."""
        factors = [self._factor(term.node) for term in terms]
        return [factor for factor in factors if isinstance(factor, Formula)]

    def _from_the_loss(self) -> list[sp.Symbol]:
        """Quantities by their longest way to the loss: an adjoint comes after those that it is made of."""
        ahead = {symbol: self.derivation.consumers[symbol] for symbol in reversed(self.quantities)}
        return longest_last(filter(self.is_adjoint, self.quantities), ahead)

    # --- forward mode ---

    def tangents(self, parameter: sp.Symbol) -> Iterator[Line]:
        """d(quantity)/d(parameter) of every quantity that depends on the parameter, in the order of the sweep."""
        found = self.derivation.tangents_along(parameter)
        for symbol, node in self.quantities.items():
            if node in found:
                yield from self._tangent(symbol, parameter, found[node])

    def direction(self) -> Iterator[Line]:
        """The tangents that the sweep starts from, where it goes along a direction of several symbols."""
        for symbol, node in (self.derivation.along or {}).items():
            yield Equation((single(Ratio(symbol, self.derivation.wrt[0])),), (self.full(node),))

    def _tangent(self, symbol: sp.Symbol, parameter: sp.Symbol, node: Node) -> Iterator[Line]:
        left = (single(Ratio(symbol, parameter)),)
        if self.graph.shapes:
            yield Equation(left, (self.side(Formula(self.graph, node, self._named_along(parameter))),))
            return
        terms = self._terms.along(symbol, parameter)
        yield from self._parts(self._shown_in(terms))
        yield Equation(left, (*rule(symbol, terms, parameter), self._sum(terms)))

    def _named_along(self, parameter: sp.Symbol) -> Names:
        """The quantities by their names, and their tangents as ratios."""
        found = self.derivation.tangents_along(parameter)
        ratios = {found[node]: Ratio(symbol, parameter) for symbol, node in self.quantities.items() if node in found}
        inner = {node: ratio for node, ratio in ratios.items() if not self.graph.op(node).leaf}
        return {**inner, **self._names}

    # --- parts ---

    def _parts(self, formulas: Iterable[Formula]) -> Iterator[Line]:
        """The shared parts that formulas are written in, those not shown yet, each before its first use."""
        waiting = [formula for formula in formulas if formula.names is self._all_names and fits(formula, LONGEST)]
        found: dict[Node, Formula] = {}
        while waiting:
            for node in self._used(waiting.pop()):
                if node in self._shared and node not in self._shown:
                    self._shown.add(node)
                    found[node] = self.formula(node)
                    waiting.append(found[node])
        for node in sorted(found):
            yield Equation((single(Name(self._shared[node])),), (self.side(found[node]),))

    def _used(self, formula: Formula) -> list[Node]:
        """The named nodes that a formula shows."""
        shown = formula.graph.reachable([formula.node], formula.names)
        return [node for node in shown if node in formula.names and node != formula.node]

    # --- what one derivative rests on ---

    def definitions(self, symbol: sp.Symbol, most: int) -> Iterator[Line]:
        """What the worked derivative is written in: back to the data if that takes at most so many lines."""
        quantities, adjoints = self._needed(symbol, most)
        if len(quantities) + len(adjoints) > most:
            quantities, adjoints = self._needed(symbol, 0)
        yield from self.forward(quantities)
        yield from self.backward(adjoints)

    def _needed(self, symbol: sp.Symbol, most: int) -> tuple[set[sp.Symbol], set[sp.Symbol]]:
        """Quantities and adjoints, closed under what they need themselves as long as there are at most so many."""
        quantities: set[sp.Symbol] = set()
        adjoints: set[sp.Symbol] = set()
        waiting = [symbol]
        while waiting:
            for term in self._terms.of(waiting.pop()):
                quantities |= self._read_by(term) | ({term.through} & self._always)
                is_shown = term.upstream or term.through in self._always - {self.derivation.loss}
                if not is_shown and term.through != self.derivation.loss:  # nothing else says what it does to the loss
                    quantities |= {term.through, self.derivation.loss}
                if is_shown and term.through not in adjoints:
                    adjoints.add(term.through)
                    waiting.append(term.through)
            if len(adjoints) > most:
                break
        unread = list(quantities)
        while unread and len(quantities) <= most:
            new = self._in_definition(self.quantities[unread.pop()]) - quantities
            quantities |= new
            unread.extend(new)
        return quantities, adjoints

    @cached_property
    def _always(self) -> set[sp.Symbol]:
        """What has a line wherever a rule goes through it: the loss, and steps, which nobody has seen before."""
        is_split = self.derivation.is_expression and len(self.derivation.named) > 1
        return set(self.derivation.named) if is_split else {self.derivation.loss}

    def _read_by(self, term: Term) -> set[sp.Symbol]:
        """The quantities that a term of the worked rule shows."""
        if self._terms.is_of_matrices and self._terms.is_zero(term.node):
            return set()
        return self._quantities_in(term.node)

    def _quantities_in(self, node: Node) -> set[sp.Symbol]:
        return {self._names[node]} if node in self._names else self._in_definition(node)

    def _in_definition(self, node: Node) -> set[sp.Symbol]:
        return {self._names[used] for used in self._used(Formula(self.graph, node, self._names))}


def too_long(formula: Formula) -> Words:
    return Words(f"({amount(size(formula))} operations, too long to print)")
