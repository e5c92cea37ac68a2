"""What boxes and arrows say: names, formulas that are short enough, values, adjoints, partial derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp

from ..derivation import Point, is_defined
from ..formulas.chain_terms import Term
from ..formulas.labels import Labels
from ..formulas.printer import fits
from ..notation.formula_tree import Planting
from ..notation.operations import linked
from ..notation.quantities import Factor, Formula, Name, Shape, Value
from ..notation.tree import Kind, Tree
from .line_text import tree_text
from .picture import Edge, Line, Node
from .quantity_graph import Link, QuantityGraph
from .shortening import shortened
from .text_width import text_width

SIZES = {"name": 13, "value": 13, "adjoint": 13, "shape": 12, "partial": 12}
"""The size of the letters of each line by its role."""
LONGEST = 36
"""Characters of the longest formula in a box."""
LONGEST_PARTIAL = 22
"""Characters of the longest on an arrow, without its value."""
MOST_ENTRIES = 9
"""Entries of the largest matrix of numbers in a box."""
_TOLD, _SHOWN = 300, 60
"""Operations of the longest formula that is told in full, where a mouse points at it; and that is shortened."""


class LabelLines:
    """Makes the boxes and arrows of one derivation, without their places; with numbers, where there is a point."""

    def __init__(self, drawn: QuantityGraph, point: Point | None, digits: int) -> None:
        self.drawn, self.point, self.digits = drawn, point, digits
        self.planting = Planting(Labels(drawn.derivation))

    # --- boxes ---

    def node(self, symbol: sp.Symbol) -> Node:
        """The box of a symbol."""
        name = self.planting.name(symbol)
        value, adjoint = self._value(symbol), self._adjoint(symbol)
        number = (self._number(value),) if _is_short(value) else ()
        if symbol not in self.drawn.quantities:
            lines, told = [self._line("name", name, *number)], None
        else:
            formula, told = self._formula(symbol, name)
            lines = [self._line("name", name, formula), *(self._line("value", name, one) for one in number)]
        lines += [*self._shape(symbol), *self._adjoint_line(symbol, adjoint)]
        return Node(symbol, self.drawn.roles[symbol], tuple(lines), told, value, adjoint)

    def _formula(self, symbol: sp.Symbol, name: Tree) -> tuple[Tree, Line | None]:
        """The equation of a quantity, short enough; and in full, if it was shortened."""
        formula, forest = self.drawn.equation(symbol), self.planting.forest
        if not fits(formula, _TOLD):
            return forest.make(Kind.DOTS), None
        whole = self.planting.formula(formula)
        short = shortened(forest, whole, LONGEST, _length) if fits(formula, _SHOWN) else forest.make(Kind.DOTS)
        return short, None if short is whole else self._line("name", name, whole)

    def _shape(self, symbol: sp.Symbol) -> Iterator[Line]:
        graph = self.drawn.graph
        place = self.drawn.quantities.get(symbol)
        shape = graph.shape(graph.symbol(symbol) if place is None else place)
        if shape:
            yield self._line("shape", self.planting.factor(Shape(*shape)))

    # --- numbers ---

    def _value(self, symbol: sp.Symbol) -> Any:
        if self.point is None:
            return None
        place = self.drawn.quantities.get(symbol)
        return self.point.of(self.drawn.graph.symbol(symbol) if place is None else place)

    def _adjoint(self, symbol: sp.Symbol) -> Any:
        if self.point is None or self.drawn.derivation.adjoint_node(symbol) is None:
            return None
        return self.point.adjoint(symbol)

    def _adjoint_line(self, symbol: sp.Symbol, adjoint: Any) -> Iterator[Line]:
        names = [] if not _is_short(adjoint) else list(map(self._named, self.drawn.adjoint(symbol)))
        if names:
            yield self._line("adjoint", *names, self._number(adjoint))

    def _named(self, factor: Factor) -> Tree:
        return self.planting.name(factor.symbol) if isinstance(factor, Name) else self.planting.factor(factor)

    def _number(self, value: Any) -> Tree:
        return self.planting.factor(Value(value, self.digits))

    # --- arrows ---

    def edge(self, link: Link) -> Edge:
        """The arrow of a link."""
        if link.term is None:
            return Edge(link.start, link.end, is_step=False)
        local = None if self.point is None else self.point.of(link.term.node, self.drawn.terms.graph)
        tree = self._partial(link, link.term)
        is_told = isinstance(local, np.ndarray) or not _is_short(local) or _is_number(tree)
        numbers = [] if is_told else [self._number(local)]  # an array is in the box that it adds to
        return Edge(link.start, link.end, True, self._line("partial", tree, *numbers), local)

    def _partial(self, link: Link, term: Term) -> Tree:
        """The partial derivative as a formula if that is short; else as what it is of what."""
        is_of_matrices = self.drawn.terms.is_of_matrices
        ratio = self.planting.forest.make(Kind.DOTS) if is_of_matrices else self.planting.factor(self.drawn.ratio(link))
        factors = (self.drawn.partial(term), *term.behind)
        if any(isinstance(factor, Formula) and not fits(factor, _SHOWN) for factor in factors):
            return ratio
        tree = linked(self.planting.forest, list(map(self.planting.factor, factors)))
        return tree if _length(tree) <= LONGEST_PARTIAL else ratio

    # --- lines ---

    def _line(self, role: str, *sides: Tree) -> Line:
        text = " = ".join(map(tree_text, sides))
        return Line(role, sides, text_width(text, SIZES[role]))


def _is_short(value: Any) -> bool:
    """Whether there is a value, and it fits into a box."""
    is_large = isinstance(value, np.ndarray) and value.size > MOST_ENTRIES
    return value is not None and is_defined(value) and not is_large


def _length(tree: Tree) -> int:
    return len(tree_text(tree))


def _is_number(tree: Tree) -> bool:
    return tree.kind is Kind.NUMBER or (tree.kind is Kind.NEGATIVE and tree.parts[0].kind is Kind.NUMBER)
