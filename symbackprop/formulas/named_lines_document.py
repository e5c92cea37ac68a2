"""Several outputs and their derivatives in print: every named line, in an order that can be computed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import sympy as sp

from ..derivation import Definition, Inner, SeveralOutputs
from ..notation.quantities import Factor, Formula, Name, Ratio
from .content import Document, Equation, Section, Words, single
from .equations import LONGEST, too_long
from .explanation import MOST_SHOWN, Displayed
from .labels import Labels
from .printer import fits

DERIVATIVES = "Derivatives"
"""What the section of the derivatives is called."""


class NamedLines(Displayed):
    """What outputs and derivatives are computed by, line by line.

    Args:
        derivation: of several outputs, or of several orders.
        title: what it is.
    """

    def __init__(self, derivation: SeveralOutputs, title: str) -> None:
        self.derivation, self._title = derivation, title

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        lines = {line.symbol: line for line in self.derivation.definitions}
        forward = [self._line(line) for line in lines.values() if line.of is None and line.kind == "quantity"]
        shared = [self._line(line) for line in lines.values() if line.kind == "shared"]
        derived = [self._line(line) for line in self._by_place()]
        sections = (
            Section("What is differentiated", tuple(few_of(forward))),
            Section("Shared parts", tuple(few_of(shared))),
            Section(DERIVATIVES, tuple(few_of(derived))),
        )
        fractions = {symbol.name: inner for symbol, inner in self._higher.values()}
        labels: Any = Labels(self.derivation, fractions=fractions)  # type: ignore[arg-type]  # what it asks, both have
        return Document(self._title, tuple(one for one in sections if one.lines), labels)

    def _by_place(self) -> list[Definition]:
        """The derivatives row by row, but each behind those that its formula names."""
        lines = [line for line in self.derivation.definitions if line.of is not None]
        of_symbol = {line.symbol: line for line in lines}
        of_node = {line.node: line for line in reversed(lines)}
        found: dict[Any, Definition] = {}
        waiting = [of_symbol[symbol] for _, symbol in sorted(self.derivation.symbols.items(), key=_rank, reverse=True)]
        while waiting:
            line = waiting[-1]
            before = [of_node[node] for node in self._named_in(line) if node in of_node]
            missing = [one for one in before if one.symbol not in found and one.symbol != line.symbol]
            if missing:
                waiting += missing
            else:
                found[line.symbol] = waiting.pop()
        return list(found.values())

    def _named_in(self, line: Definition) -> list[Any]:
        """The named nodes that a line's formula is written in."""
        graph, names = self.derivation.graph, self.derivation.names
        if names.get(line.node, line.symbol) != line.symbol:
            return [line.node]
        found, left = [], list(graph.args(line.node))
        while left:
            node = left.pop()
            if node in names:
                found.append(node)
            else:
                left += graph.args(node)
        return found

    def _line(self, line: Any) -> Equation:
        name = self.derivation.names.get(line.node)
        left = tuple(map(single, self._called(line.symbol)))
        if name is not None and name != line.symbol:
            return Equation(left, (single(self._called(name)[0]),))
        formula = Formula(self.derivation.graph, line.node, self._names)
        return Equation(left, (single(formula) if fits(formula, LONGEST) else too_long(formula),))

    @cached_property
    def _ratios(self) -> dict[Any, Ratio]:
        """By name of a first derivative: what it is of what."""
        return {symbol: Ratio(*ratio) for symbol, ratio in self.derivation.ratios.items()}

    @cached_property
    def _higher(self) -> dict[Any, tuple[Any, Inner]]:
        """By name of a derivative of second or higher order: a symbol that is printed as a fraction, and which."""
        derivation = self.derivation
        return {
            symbol: (
                sp.Symbol(f"∂{symbol.name}"),
                Inner(derivation.outputs[0], tuple(derivation.wrt[i] for i in place)),
            )
            for place, symbol in derivation.symbols.items()
            if len(place) > 1 and symbol not in derivation.ratios
        }

    def _called(self, symbol: Any) -> list[Factor]:
        """What a line is called, the shortest first."""
        ratio = self._ratios.get(symbol)
        if symbol in self._higher:
            return [Name(symbol), Name(self._higher[symbol][0])]
        if ratio is None:
            return [Name(symbol)]
        return [ratio] if symbol.name.startswith("d") else [Name(symbol), ratio]

    @cached_property
    def _names(self) -> dict[Any, Any]:
        named = self.derivation.names.items()
        return {node: symbol if symbol not in self._ratios else self._called(symbol)[0] for node, symbol in named}


def few_of(lines: list[Equation]) -> list[Equation]:
    """The first of some lines, and how many more there are."""
    more = len(lines) - MOST_SHOWN
    rest = [Equation((Words("..."),), (Words(f"{more:,} more lines"),))] if more > 0 else []
    return [*lines[:MOST_SHOWN], *rest]


def _rank(named: tuple[tuple[int, ...], Any]) -> tuple[int, tuple[int, ...]]:
    """First derivatives before second ones, then row by row."""
    place, _ = named
    return len(place), place
