"""The lines of a document: equations, adjoints and derivatives, and the parts that they are written in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

import sympy as sp

from .. import ops
from ..derivation import ChainStep, Sweep, longest_last
from ..graph import Graph, Node
from ..notation.quantities import Factor, Formula, Name, Names, Ratio
from .content import Equation, Line, Product, Side, Sum, Words, single
from .printer import fits, size
from .wording import amount

LONGEST = 2_000
"""Operations of the longest formula that is printed."""
READABLE, DEEP = 40, 12
"""Operations, and operations one in the other, above which a formula uses the names of parts that formulas share."""


class Chapter:
    """Tells one derivation. A part of the backward pass that has no better name is told before its first use."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation = derivation
        self._definitions = derivation.definitions  # first of all: what is told first must not choose adjoints' names
        self._told: set[Node] = set()

    @property
    def graph(self) -> Graph:
        """Where formulas stand."""
        return self.derivation.graph

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
    def _names(self) -> Names:
        return {node: symbol for symbol, node in self.quantities.items()}

    @cached_property
    def _short_names(self) -> Names:
        return self._names

    @cached_property
    def _shared(self) -> dict[Node, sp.Symbol]:
        lines = [line for line in self._definitions if line.kind == "shared"]
        return {line.node: line.symbol for line in lines if self._varying[line.node]}

    @cached_property
    def _all_names(self) -> Names:
        return {**self._shared, **self._names}

    def formula(self, node: Node) -> Formula:
        """A node in named quantities; in shared parts too, where it would be too long to read without."""
        formula = Formula(self.graph, node, self._short_names)
        return formula if fits(formula, READABLE, DEEP) else Formula(self.graph, node, self._all_names)

    # --- sides ---

    def side(self, formula: Formula) -> Side:
        """A formula as a side of an equation, or how long it would be."""
        return single(formula) if fits(formula, LONGEST) else too_long(formula)

    def full(self, node: Node) -> Side:
        """A node in parameters and data only."""
        return self.side(Formula(self.graph, node, {}))

    def adjoint(self, symbol: sp.Symbol) -> Factor:
        """dL/d(symbol) by the name it has: a delta, or the ratio itself."""
        delta = self.derivation.adjoint_symbol(symbol)
        is_delta = self.derivation.network is not None and delta.name.startswith("delta")
        return Name(delta) if is_delta else self.ratio(symbol)

    def ratio(self, symbol: sp.Symbol) -> Ratio:
        """dL/d(symbol)."""
        return Ratio(self.derivation.loss, symbol)

    def _left(self, symbol: sp.Symbol) -> tuple[Side, ...]:
        factors = dict.fromkeys((self.adjoint(symbol), self.ratio(symbol)))
        return tuple(map(single, factors))

    # --- the two depths of the chain rule ---

    def chain(self, symbol: sp.Symbol) -> list[ChainStep]:
        """The chain rule, in the form in which it is told."""
        return self.derivation.chain(symbol)

    def _rule(self, symbol: sp.Symbol, steps: list[ChainStep]) -> Iterator[Side]:
        return rule(self.derivation.loss, [step.consumer for step in steps], symbol)

    def _worked(self, symbol: sp.Symbol, steps: list[ChainStep]) -> Iterator[Side]:
        """The rule with everything in its place."""
        yield self._products(steps)

    def _products(self, steps: list[ChainStep]) -> Side:
        nonzero = [step for step in steps if _local(step) != self.graph.zero]
        return self._sum_of([(self._upstream(step), _local(step), ()) for step in nonzero])

    def _sum_of(self, terms: Sequence[tuple[tuple[Factor, ...], Node, tuple[Factor, ...]]]) -> Side:
        """The sum of products, each of a local partial and what stands before and behind it."""
        shown = [(before, self.formula(local), behind) for before, local, behind in terms]
        for _, formula, _ in shown:
            if not fits(formula, LONGEST):
                return too_long(formula)
        products = [Product((*before, self._local(formula), *behind)) for before, formula, behind in shown]
        return Sum(tuple(products)) if products else self.full(self.graph.zero)

    def _upstream(self, step: ChainStep) -> tuple[Factor, ...]:
        """The upstream adjoint by its name; 1 is not worth a name."""
        return () if step.upstream == self.graph.one else (self.adjoint(step.consumer),)

    def _local(self, formula: Formula) -> Factor:
        """The local partial; by its name, if it is a quantity itself."""
        return Name(self._names[formula.node]) if formula.node in self._names else formula

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
        steps = self.chain(symbol)
        yield from self._parts(self._shown_in(symbol, steps))
        worked = self._worked(symbol, steps) if symbol != self.derivation.loss else ()
        node = self.derivation.adjoint_node(symbol) if written_out else None
        third = [self.full(self.graph.zero if node is None else node)] if written_out else []
        yield Equation(self._left(symbol), (*self._rule(symbol, steps), *worked, *third))

    def _shown_in(self, symbol: sp.Symbol, steps: list[ChainStep]) -> Iterable[Formula]:
        """The formulas that the worked rule is written in."""
        return (self.formula(_local(step)) for step in steps if _local(step) not in self._names)

    def _from_the_loss(self) -> list[sp.Symbol]:
        """Quantities by their longest way to the loss: an adjoint comes after those that it is made of."""
        ahead = {symbol: self.derivation.consumers[symbol] for symbol in reversed(self.quantities)}
        return longest_last(filter(self.is_adjoint, self.quantities), ahead)

    def is_adjoint(self, symbol: sp.Symbol) -> bool:
        return symbol != self.derivation.loss and self.derivation.adjoint_node(symbol) is not None

    # --- parts ---

    def _parts(self, formulas: Iterable[Formula]) -> Iterator[Line]:
        """The shared parts that formulas are written in, those not told yet, each before its first use."""
        waiting = [formula for formula in formulas if formula.names is self._all_names and fits(formula, LONGEST)]
        found: dict[Node, Formula] = {}
        while waiting:
            for node in self._used(waiting.pop()):
                if node in self._shared and node not in self._told:
                    self._told.add(node)
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
            current = waiting.pop()
            for step in self.chain(current):
                quantities |= self._read_by(current, step) | ({step.consumer} & {self.derivation.loss})
                if self._upstream(step) and step.consumer not in adjoints:
                    adjoints.add(step.consumer)
                    waiting.append(step.consumer)
            if len(adjoints) > most:
                break
        unread = list(quantities)
        while unread and len(quantities) <= most:
            new = self._in_definition(self.quantities[unread.pop()]) - quantities
            quantities |= new
            unread.extend(new)
        return quantities, adjoints

    def _read_by(self, symbol: sp.Symbol, step: ChainStep) -> set[sp.Symbol]:
        """The quantities that a term of the worked rule shows."""
        return self._quantities_in(_local(step))

    def _quantities_in(self, node: Node) -> set[sp.Symbol]:
        return {self._names[node]} if node in self._names else self._in_definition(node)

    def _in_definition(self, node: Node) -> set[sp.Symbol]:
        return {self._names[used] for used in self._used(Formula(self.graph, node, self._names))}


def _local(step: ChainStep) -> Node:
    """The local partial, which every step between scalars has."""
    if step.local is None:
        raise TypeError("a step between matrices has no local partial")
    return step.local


def rule(whole: sp.Symbol, ways: Sequence[sp.Symbol], part: sp.Symbol) -> Iterator[Side]:
    """d(whole)/d(part) as the sum over what is between; what contains the part itself and nothing else needs none."""
    if any(between not in (whole, part) for between in ways):
        yield Sum(tuple(Product(_links(whole, between, part)) for between in ways))


def _links(whole: sp.Symbol, between: sp.Symbol, part: sp.Symbol) -> tuple[Ratio, ...]:
    is_direct = between in (whole, part)
    return (Ratio(whole, part, direct=True),) if is_direct else (Ratio(whole, between), Ratio(between, part))


def too_long(formula: Formula) -> Words:
    return Words(f"({amount(size(formula))} operations, too long to print)")
