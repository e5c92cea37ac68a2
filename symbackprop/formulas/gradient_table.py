"""The gradients of a derivation: SymPy expressions by parameter, which print as formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from textwrap import dedent
from typing import Any

import sympy as sp

from ..derivation import Sweep
from ..graph import Graph, Node
from ..leaf_symbols import own, user_name
from ..notation.quantities import Factor, Formula, Name, Names, Ratio
from .chain_terms import ChainTerms
from .content import Document, Equation, Section, Side, Sum, Words, factors, single
from .documents import document, finished
from .equations import DEEP, LONGEST, READABLE, too_long
from .explanation import MOST_SHOWN, Displayed
from .layout import plain
from .printer import fits
from .text import Text


class Gradients(dict[Any, Any], Displayed):
    """Each parameter's derivative as a SymPy expression in named quantities; it prints as a table of formulas.

    Args:
        derivation: made by any method.
        found: by parameter, the derivative.
    """

    def __init__(self, derivation: Sweep, found: Mapping[Any, Any]) -> None:
        super().__init__(found)
        self._derivation = derivation

    def __missing__(self, key: Any) -> Any:
        """The derivative by a parameter that is given by its name."""
        if own(key) is not key and own(key) in self:  # as a model has it
            return self[own(key)]
        found = [value for symbol, value in self.items() if key in (getattr(symbol, "name", ""), user_name(symbol))]
        if not found:
            raise KeyError(key)
        return found[0]

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    def __str__(self) -> str:
        sections = [section for section in self.document.sections if not section.is_aside]
        lines = [line for section in sections for line in section.lines if isinstance(line, Equation)]
        return dedent(plain(Text(self.document).equations(lines)))

    __repr__ = __str__

    @cached_property
    def document(self) -> Document:
        """What is said, in no format yet."""
        way = self._derivation.way
        lines = list(_in_names(self._derivation) if way.forms_adjoints else _as_printed(self._derivation))
        more = len(lines) - MOST_SHOWN
        rest = [Equation((Words("..."),), (Words(f"{more:,} more"),))] if more > 0 else []
        told = (*lines[:MOST_SHOWN], *rest)
        return finished(self._derivation, [Section("Gradients", told)], 80, of=_shown(told))


# --- of the backward sweep: in quantities, and in adjoints by the names that formulas have for them ---


def _in_names(derivation: Sweep) -> Iterator[Equation]:
    terms, written = ChainTerms(derivation), _Written(derivation)
    for symbol in derivation.wrt:
        yield Equation((single(terms.ratio(symbol)),), (written.side(symbol),))
    yield from written.parts()


class _Written:
    """How the derivative by each parameter is written."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation, self._terms = derivation, ChainTerms(derivation)
        kinds = {line.symbol: line for line in derivation.definitions}
        lines = {node: kinds[symbol] for node, symbol in derivation.names.items()}
        self._names: dict[Node, Any] = {node: self._factor(line) for node, line in lines.items()}
        own = derivation.named.keys() | set(derivation.wrt)
        self._short = {
            node: name for node, name in self._names.items() if (lines[node].of or lines[node].symbol) in own
        }
        self._shared = {node for node in lines if node not in self._short}
        self._used: set[Node] = set()

    def _factor(self, line: Any) -> Any:
        """What a line is called in formulas."""
        if line.kind == "adjoint":
            return self._terms.adjoint(line.of)
        return self._terms.ratio(line.of) if line.kind == "gradient" else line.symbol

    def side(self, symbol: sp.Symbol) -> Side:
        """The derivative by one parameter; one that has the name of another line is that."""
        node = self.derivation.gradient_nodes.get(symbol)
        if node is None:
            return single(Formula(self.derivation.graph, self.derivation.graph.zero, {}))
        name = self.derivation.names.get(node)
        if node in self._short and name != self.derivation.adjoint_symbol(symbol):
            return single(self._factor_of(node))
        return self._opened(node)

    def _opened(self, node: Node) -> Side:
        formula = self._formula(node, self._short)
        if not fits(formula, READABLE, DEEP):
            formula = self._formula(node, self._names)
            shown = formula.graph.reachable([node], formula.names)
            self._used.update(one for one in shown if one != node and one in self._shared)
        return single(formula) if fits(formula, LONGEST) else too_long(formula)

    def _formula(self, node: Node, names: Names) -> Formula:
        return Formula(self.derivation.graph, node, names)

    def parts(self) -> Iterator[Equation]:
        """The shared parts that long formulas are written in: those first that others are made of."""
        waiting, found = sorted(self._used), set[Node]()
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                self._opened(node)
                waiting = sorted(self._used - found)
        yield from (Equation((single(self._factor_of(node)),), (self._opened(node),)) for node in sorted(found))

    def _factor_of(self, node: Node) -> Factor:
        found = self._names[node]
        return Name(found) if isinstance(found, sp.Basic) else found


# --- of other ways: as their formulas are printed ---


def _as_printed(derivation: Sweep) -> Iterator[Equation]:
    """The lines of the derivatives by parameters, each with what it comes to."""
    for section in document(derivation).sections:
        for line in section.lines:
            if isinstance(line, Equation) and line.left and _is_gradient(derivation, line.left[-1]):
                yield Equation(line.left[-1:], line.sides[-1:])


def _is_gradient(derivation: Sweep, left: Side) -> bool:
    ratio: Factor | None = left.terms[0].factors[0] if isinstance(left, Sum) else None
    return isinstance(ratio, Ratio) and ratio.top == derivation.loss and ratio.bottom in derivation.wrt


def _shown(lines: Iterable[Equation]) -> Graph:
    """The operations that lines show, as a graph that is asked for no more than these."""
    found = Graph()
    for factor in factors(side for line in lines for side in line.sides):
        if isinstance(factor, Formula):
            nodes = factor.graph.reachable([factor.node], factor.names)
            found.keys.extend(factor.graph.keys[node] for node in nodes)
    return found
