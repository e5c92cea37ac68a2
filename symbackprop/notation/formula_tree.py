"""From nodes to trees: by the rows of operations; with matrices, by what no row can tell because it needs shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import sub
from typing import Any

import numpy as np
import sympy as sp

from .. import ops
from ..graph import Node
from ..graph.matrix_arithmetic import Window, window_of
from ..ops import Shape as Sizes
from ..ops import rows_and_columns
from .entrywise import Factored, assembled, factored, multiplied
from .forest import Forest
from .operations import applied, chain
from .quantities import Chain, Factor, Formula, Labelling, Name, Ratio, Shape, Value
from .row_vectors import in_rows_of
from .substitution import in_digits
from .sums_and_products import total
from .symbol_labels import Label
from .tree import Kind, Named, Tree, is_negative, is_whole, shaped

_MOST_BLOCKS = 8
"""Rows and columns of the largest matrix that is shown block by block."""

_RUNNING = (ops.MUL, ops.SELECT, ops.AND, ops.OR)
"""The operations that are written as one, where one of them stands in another."""


class Planting:
    """Makes the trees of what is said with some labels."""

    def __init__(self, labels: Labelling, units: frozenset[Any] = frozenset()) -> None:
        self.labels, self.forest = labels, Forest(units)

    def factor(self, what: Factor) -> Tree:
        """One factor of the chain rule."""
        if isinstance(what, Formula):
            return self.formula(what)
        if isinstance(what, Chain):
            names = [None if one is None else self.labels.of(one) for one in what.symbols]
            return self.forest.make(Kind.ARROWS, value=tuple(names))
        if isinstance(what, Shape):
            return self.forest.make(Kind.LENGTHS, value=self.sized((what.rows, what.columns)))
        if isinstance(what, Value):
            is_row = self.labels.rows and not what.upright and np.shape(what.number)[1:] == (1,)
            return in_digits(self.forest, what.number.T if is_row else what.number, what.digits)
        return self.name(what.symbol) if isinstance(what, Name) else self._ratio(what)

    def formula(self, formula: Formula) -> Tree:
        """A formula down to its names; nodes before those that they are operands of."""
        planted = _Planted(self, formula)
        region = formula.graph.reachable([formula.node], formula.names)
        planted.find_inner(region)
        for node in region:
            if node not in planted.inner:
                planted.trees[node] = planted.tree(node)
        found = planted.trees[formula.node]
        return in_rows_of(self.forest, found, formula.upright) if self.labels.rows and formula.graph.shapes else found

    def named(self, name: Any) -> Tree:
        """A symbol; an adjoint without a name of its own as the ratio that it is."""
        if isinstance(name, Ratio):
            return self._ratio(name, adjoint=True)
        return self.name(name.symbol, adjoint=True) if isinstance(name, Name) else self.name(name)

    def name(self, symbol: sp.Symbol, adjoint: bool = False) -> Tree:
        """A symbol by its label."""
        return self.forest.make(Kind.NAME, value=self._named(symbol, adjoint))

    def _named(self, symbol: sp.Symbol, adjoint: bool = False) -> Named:
        is_entry = isinstance(symbol, sp.MatrixSymbol) and tuple(symbol.shape) == (1, 1)
        return Named(symbol.name, self.labels.of(symbol), self.labels.is_weight(symbol), adjoint, is_entry)

    def _ratio(self, what: Ratio, adjoint: bool = False) -> Tree:
        return self.forest.make(
            Kind.RATIO, value=(self._named(what.top), self._named(what.bottom), what.direct, adjoint)
        )

    def identity(self) -> Tree:
        """The letter of identity matrices."""
        return self.forest.make(Kind.IDENTITY, value=Label(self.labels.identity))

    def sized(self, shape: Sizes) -> tuple[Any, ...]:
        """Sizes, with what their symbols are called."""
        return tuple(self.size(size) for size in shape)

    def size(self, size: Any) -> tuple[Any, tuple[tuple[Any, Label], ...]]:
        """A number of rows or columns, and the labels of its symbols."""
        symbols = sorted(sp.S(size).free_symbols, key=str)
        return sp.S(size), tuple((symbol, self.labels.of(symbol)) for symbol in symbols)


class _Planted:
    """The trees of one formula, node by node: those that it contains first."""

    def __init__(self, planting: Planting, formula: Formula) -> None:
        self.planting, self.forest, self.formula, self.graph = planting, planting.forest, formula, formula.graph
        self.trees: dict[Node, Tree] = {}
        self.inner: set[Node] = set()

    def find_inner(self, region: Sequence[Node]) -> None:
        """What is written as a part of what it stands in, and stands nowhere else, has no tree: the last case of a
        choice that is a choice, a condition of several that is several.
        """
        if self.graph.shapes:
            return
        uses = Counter(arg for node in region for arg in self.graph.args(node))
        self.inner = {arg for node in region for arg in self._parts(node) if uses[arg] == 1}

    def _parts(self, node: Node) -> list[Node]:
        """The operands of a node that are written as a part of it."""
        op, *args = self.graph.keys[node]
        if op not in _RUNNING or node in self.formula.names:
            return []
        return [arg for arg in (args[-1:] if op is ops.SELECT else args) if self._opens(arg, op)]

    def _written(self, node: Node) -> list[Node]:
        """The operands of a node, and in the place of those that are parts of it their own ones."""
        found: list[Node] = []
        stack = list(self.graph.args(node))[::-1]
        while stack:
            arg = stack.pop()
            if arg in self.inner and self._opens(arg, self.graph.op(node)):
                stack += self.graph.args(arg)[::-1]
            else:
                found.append(arg)
        return found

    def tree(self, node: Node) -> Tree:
        """The tree of one node, with its shape."""
        if node in self.formula.names and node != self.formula.node:
            found = self.planting.named(self.formula.names[node])
        elif self.graph.op(node).leaf:
            found = self._leaf(node)
        else:
            found = self._operation(node) if self.graph.shapes else self._row(node)
        return shaped(found, self.graph.shape(node))

    def _leaf(self, node: Node) -> Tree:
        op, value = self.graph.op(node), self.graph.value(node)
        if isinstance(value, sp.Identity):
            return self.planting.identity()
        if isinstance(value, sp.OneMatrix):
            return self._ones(tuple(value.shape))
        if op is ops.NUMBER:
            return self.forest.number(value)
        return self.forest.make(Kind.CONSTANT, value=value) if op is ops.CONSTANT else self.planting.name(value)

    def _ones(self, shape: Sizes) -> Tree:
        return self.forest.make(Kind.ONES, value=self.planting.sized(shape), shape=shape)

    def _operation(self, node: Node) -> Tree:
        own = {ops.SPREAD: self._spread, ops.SLICE: self._part, ops.PLACE: self._sum, ops.ADD: self._sum}
        return own.get(self.graph.op(node), self._row)(node)

    def _row(self, node: Node) -> Tree:
        operands = [self._operand(node, arg) for arg in self._written(node)]
        return applied(self.forest, self.graph.op(node), operands)

    # --- what is repeated to fit ---

    def _operand(self, node: Node, arg: Node) -> Tree:
        """What is repeated is written once where another operand shows how often."""
        hidden = self._opens(arg, ops.SPREAD) and self._shows_shape(node)
        return self.trees[self.graph.args(arg)[0] if hidden else arg]

    def _opens(self, node: Node, op: ops.Op) -> bool:
        return self.graph.op(node) is op and node not in self.formula.names

    def _shows_shape(self, node: Node) -> bool:
        graph, shape = self.graph, self.graph.shape(node)
        whole = (graph.shape(arg) == shape and not self._opens(arg, ops.SPREAD) for arg in graph.args(node))
        return graph.op(node) not in ops.MATRIX and any(whole)

    def _spread(self, node: Node) -> Tree:
        """x times ones: before it, behind it, or on both sides."""
        inner, ones = (self.trees[arg] for arg in self.graph.args(node))
        rows, columns = self.graph.shape(node)
        if is_whole(inner, 0):
            return inner
        if not inner.shape:
            return ones if is_whole(inner, 1) else multiplied(self.forest, [inner, ones])
        beside = inner.shape[1] == 1
        repeated = self._ones((1, columns) if beside else (rows, 1))
        parts = factored(inner)
        core = assembled(self.forest, Factored(over=parts.over, under=parts.under))
        whole = chain(self.forest, [core, repeated] if beside else [repeated, core])
        kept = Factored(parts.above, parts.below, (shaped(whole, (rows, columns)),))
        return assembled(self.forest, kept, is_negative(inner))

    # --- parts of matrices ---

    def _part(self, node: Node) -> Tree:
        x, window, _ = self.graph.args(node)
        return self.forest.make(Kind.PART, self.trees[x], *self._spans(window, self.graph.shape(x)))

    def _spans(self, window: Node, whole: Sizes) -> list[Tree]:
        """Rows and columns; of a column or row, only the one of the two that there is to choose from."""
        pairs = list(zip(window_of(self.graph, window), rows_and_columns(whole), strict=True))
        telling = [(part, size) for part, size in pairs if size != 1] or pairs[:1]
        return [self._span(part, size) for part, size in telling]

    def _span(self, part: Window, size: Any) -> Tree:
        """Rows or columns counted from 1, both ends included; all of them, one of them, or from one to another."""
        start, stop, step = part
        if start == 0 and stop == size and step == 1:
            ends: tuple[Any, ...] = ()
        else:
            ends = (start + 1,) if start + step == stop else (start + 1, stop) if step == 1 else (start + 1, stop, step)
        return self.forest.make(Kind.SPAN, value=self.planting.sized(ends))

    # --- matrices of blocks ---

    def _sum(self, node: Node) -> Tree:
        """A sum; the terms that are placed in a matrix of zeros are one matrix, in brackets."""
        terms = [node] if self.graph.op(node) is ops.PLACE else list(self.graph.args(node))
        placed = [term for term in terms if self._opens(term, ops.PLACE) or term == node]
        table = self._blocks(placed, self.graph.shape(node)) if placed else None
        if table is None:
            return self._unblocked(node)
        rest = [self._operand(node, term) for term in terms if term not in placed]
        return total(self.forest, [table, *rest])

    def _unblocked(self, node: Node) -> Tree:
        if self.graph.op(node) is ops.ADD:
            return self._row(node)
        x, window, _ = self.graph.args(node)
        return self.forest.make(Kind.PLACED, self.trees[x], *self._spans(window, self.graph.shape(node)))

    def _blocks(self, placed: Sequence[Node], shape: Sizes) -> Tree | None:
        """The blocks row by row; None where the windows do not tile the matrix."""
        windows = [window_of(self.graph, self.graph.args(node)[1]) for node in placed]
        rows, columns = (_cuts([window[axis] for window in windows], shape[axis]) for axis in (0, 1))
        if rows is None or columns is None:
            return None
        cells = {}
        for node, (row, column) in zip(placed, windows, strict=True):
            place = _between_cuts(row, rows), _between_cuts(column, columns)
            if None in place or place in cells:
                return None
            cells[place] = self.trees[self.graph.args(node)[0]]
        table = self._table(cells, rows, columns)
        return self.forest.make(Kind.TABLE, *(cell for line in table for cell in line), value=len(table[0]))

    def _table(self, cells: Mapping[Any, Tree], rows: Sequence[Any], columns: Sequence[Any]) -> list[list[Tree]]:
        """The cells, and zeros in all others: with their shape where nothing beside or above them shows that."""
        heights, widths = (list(map(sub, cuts[1:], cuts)) for cuts in (rows, columns))
        shown_rows = {i for i, _ in cells} | {i for i, height in enumerate(heights) if height == 1}
        shown_columns = {j for _, j in cells} | {j for j, width in enumerate(widths) if width == 1}

        def cell(i: int, j: int) -> Tree:
            shape = () if i in shown_rows and j in shown_columns else (heights[i], widths[j])
            return cells.get((i, j)) or self.forest.make(Kind.ZEROS, value=self.planting.sized(shape))

        return [[cell(i, j) for j in range(len(widths))] for i in range(len(heights))]


def _cuts(windows: Sequence[Window], size: Any) -> list[Any] | None:
    """Where windows begin and end, in order; None if that cannot be told, or there are too many."""
    ends = list(
        {sp.S(end): None for start, stop, _ in windows for end in (start, stop)} | {sp.S(0): None, sp.S(size): None}
    )
    if any(step != 1 for *_, step in windows) or len(ends) > _MOST_BLOCKS + 1:
        return None
    before = {end: [other for other in ends if (end - other).is_positive] for end in ends}
    found = sorted(ends, key=lambda end: len(before[end]))
    return found if [len(before[end]) for end in found] == list(range(len(found))) else None


def _between_cuts(window: Window, cuts: Sequence[Any]) -> int | None:
    """The place of a window that lies between two neighbouring cuts."""
    start, stop, _ = map(sp.S, window)
    place = cuts.index(start)
    return place if cuts[place + 1 : place + 2] == [stop] else None
