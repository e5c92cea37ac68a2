"""What is drawn of a derivation: data, parameters and quantities, and what leads from one to the next."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .. import ops
from ..derivation import Sweep
from ..formulas.chain_terms import ChainTerms, Term
from ..formulas.equations import Equations
from ..graph import Node
from ..notation.quantities import Factor, Formula, Name, Names, Ratio

ROLES = ("data", "parameter", "quantity", "loss")


@dataclass(frozen=True)
class Link:
    """From a symbol to a quantity whose equation it stands in; term: the step of the chain rule, if it is one."""

    start: sp.Symbol
    end: sp.Symbol
    term: Term | None


class QuantityGraph:
    """The symbols of a derivation by role, the links between them, and the formulas of both.

    Attributes:
        roles: of every symbol: first data, then what is derived by, then the quantities in the order of the forward
            pass.
        quantities: the node of each quantity.
    """

    def __init__(self, derivation: Sweep) -> None:
        self.derivation, self.graph = derivation, derivation.graph
        self.quantities = Equations(derivation).quantities
        self.terms = ChainTerms(derivation)
        self._names = {node: symbol for symbol, node in self.quantities.items()}
        self.sources = {symbol: self._sources(node) for symbol, node in self.quantities.items()}
        self.roles = self._roles()

    def _roles(self) -> dict[sp.Symbol, str]:
        loss, varied = self.derivation.loss, self.derivation.wrt
        used = {source for sources in self.sources.values() for source in sources} - self._sizes
        model = self.derivation.model
        given = self.graph.symbols if model is None else (*model.inputs, *model.targets, *self.graph.symbols)
        data = [symbol for symbol in given if symbol in used and symbol not in varied]
        quantities = [symbol for symbol in self.quantities if symbol != loss]
        groups = zip(ROLES, (data, varied, quantities, [loss]), strict=True)
        return {symbol: role for role, symbols in groups for symbol in symbols}

    @property
    def _sizes(self) -> set[sp.Symbol]:
        """The symbols that are numbers of rows or columns."""
        return {symbol for shape in self.graph.shapes.values() for size in shape for symbol in sp.S(size).free_symbols}

    def _sources(self, root: Node) -> list[sp.Symbol]:
        """What the equation of a quantity is written in."""
        graph = self.graph
        found: set[Node] = set()
        stack, seen = list(graph.args(root)), {root}
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self._names or graph.op(node) is ops.SYMBOL:
                found.add(node)
            else:
                stack.extend(graph.args(node))
        return [self._names.get(node) or graph.value(node) for node in sorted(found)]

    @cached_property
    def links(self) -> list[Link]:
        """Every link, by where it starts and in the order of where it ends."""
        users: dict[sp.Symbol, list[sp.Symbol]] = {symbol: [] for symbol in self.roles}
        for symbol, sources in self.sources.items():
            for source in sources:
                if source in users:
                    users[source].append(symbol)
        place = {symbol: number for number, symbol in enumerate(self.quantities)}
        return [
            Link(symbol, end, terms.get(end))
            for symbol in self.roles
            for terms in [self._steps(symbol)]
            for end in sorted({*users[symbol], *terms}, key=place.__getitem__)
        ]

    def _steps(self, symbol: sp.Symbol) -> dict[sp.Symbol, Term]:
        """The steps of the chain rule from a symbol, by where they lead; data has none."""
        node = self.quantities.get(symbol)
        is_derived = symbol in self.derivation.wrt if node is None else node in self.derivation.varying
        return {term.through: term for term in self.terms.of(symbol)} if is_derived else {}

    def ahead(self, start: sp.Symbol) -> set[sp.Symbol]:
        """The symbols on the paths from one symbol to the loss, both included."""
        return reached(start, ((link.start, link.end) for link in self.links if link.term is not None))

    # --- formulas ---

    @cached_property
    def _all_names(self) -> Names:
        return ChainMap(self.terms.seeds, self._names) if self.terms.is_of_matrices else self._names

    def equation(self, symbol: sp.Symbol) -> Formula:
        """The right side of the equation of a quantity."""
        return Formula(self.graph, self.quantities[symbol], self._names)

    def partial(self, term: Term) -> Factor:
        """The local partial of a step; between matrices, what it contributes."""
        if term.node in self.terms.seeds:
            return self.terms.seeds[term.node]
        if term.node in self._names:
            return Name(self._names[term.node])
        return Formula(self.terms.graph, term.node, self._all_names)

    def ratio(self, link: Link) -> Ratio:
        """d(end)/d(start), through the equation of the end alone."""
        return Ratio(link.end, link.start, direct=link.end == self.derivation.loss)

    def adjoint(self, symbol: sp.Symbol) -> Iterator[Factor]:
        """What the derivative of the loss by a symbol is called, the shortest first; nothing if there is none."""
        if symbol != self.derivation.loss and self.derivation.adjoint_node(symbol) is not None:
            yield from dict.fromkeys((self.terms.adjoint(symbol), self.terms.ratio(symbol)))


def reached(start: sp.Symbol, steps: Iterable[tuple[sp.Symbol, sp.Symbol]]) -> set[sp.Symbol]:
    """Where steps lead from a symbol, itself included."""
    ahead: dict[sp.Symbol, list[sp.Symbol]] = {}
    for one, other in steps:
        ahead.setdefault(one, []).append(other)
    found, stack = {start}, [start]
    while stack:
        new = [symbol for symbol in ahead.get(stack.pop(), ()) if symbol not in found]
        found.update(new)
        stack.extend(new)
    return found
