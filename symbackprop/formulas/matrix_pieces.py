"""The pieces of nodes: by the rows of operations; with matrices, by what no row can tell because it needs shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain as flattened
from operator import sub
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import Window, window_of
from ..ops import Shape, rows_and_columns
from .content import Formula, Name, Ratio
from .entrywise import Apart, assembled, multiplied, taken_apart
from .labels import Label, Labels
from .leaves import leaf, length, lengths, ratio, symbol
from .matrix_rows import chain
from .pieces import (
    ATOM,
    Level,
    Notation,
    Piece,
    Place,
    applied,
    fitted,
    lettered,
    shown_in,
    signed,
    total,
)
from .signs import Sign

_MOST_BLOCKS = 8
"""Rows and columns of the largest matrix that is shown block by block."""


def named(notation: Notation, labels: Labels, name: Any) -> Piece:
    """A symbol by its label; an adjoint without a name of its own as the ratio that it is."""
    if isinstance(name, Ratio):
        piece = ratio(notation, labels, name)
        return replace(piece, level=max(Level.RATIO, piece.level), order=Place.LETTER, carries=True)
    if isinstance(name, Name):
        return replace(symbol(notation, labels, name.symbol), carries=True)
    return symbol(notation, labels, name)


def _leaf(notation: Notation, labels: Labels, graph: Graph, node: Node) -> Piece:
    value = graph.value(node)
    if isinstance(value, sp.Identity):
        letter = lettered(notation, Label(labels.identity))
        identity = replace(letter, level=Level.CALL, shows=frozenset({Sign.IDENTITY}))
        return replace(identity, of=(ops.TRANSPOSE, identity))  # its transpose is I as well
    if isinstance(value, sp.OneMatrix):
        return _ones(notation, labels, tuple(value.shape))
    return leaf(notation, labels, graph, node)


def _ones(notation: Notation, labels: Labels, shape: Shape) -> Piece:
    return Piece(notation.signs.ones(lengths(notation, labels, shape)), Level.CALL, shows=frozenset({Sign.SHAPED}))


class Writer:
    """Writes one formula, node by node: those that it contains first."""

    def __init__(self, notation: Notation, labels: Labels, formula: Formula) -> None:
        self.notation, self.labels, self.formula, self.graph = notation, labels, formula, formula.graph
        self.pieces: dict[Node, Piece] = {}

    def piece(self, node: Node) -> Piece:
        """The piece of one node, with its shape."""
        graph, names = self.graph, self.formula.names
        if node in names and node != self.formula.node:
            piece = named(self.notation, self.labels, names[node])
        elif graph.op(node).leaf:
            piece = _leaf(self.notation, self.labels, graph, node)
        else:
            piece = self._operation(node) if graph.shapes else self._row(node)
        return replace(piece, shape=graph.shape(node)) if graph.shapes else piece

    def _operation(self, node: Node) -> Piece:
        """The piece of a node that is no leaf; an adjoint in an operand stands in the whole."""
        op = self.graph.op(node)
        own = {ops.SPREAD: self._spread, ops.SLICE: self._part, ops.PLACE: self._sum, ops.ADD: self._sum}.get(op)
        piece = self._row(node) if own is None else own(node)
        return replace(piece, carries=any(self.pieces[arg].carries for arg in self.graph.args(node)))

    def _row(self, node: Node) -> Piece:
        operands = [self._operand(node, arg) for arg in self.graph.args(node)]
        return applied(self.notation, self.graph.op(node), operands)

    # --- what is repeated to fit ---

    def _operand(self, node: Node, arg: Node) -> Piece:
        """What is repeated is written once where another operand shows how often."""
        hidden = self._opens(arg, ops.SPREAD) and self._shows_shape(node)
        return self.pieces[self.graph.args(arg)[0] if hidden else arg]

    def _opens(self, node: Node, op: ops.Op) -> bool:
        return self.graph.op(node) is op and node not in self.formula.names

    def _shows_shape(self, node: Node) -> bool:
        graph, shape = self.graph, self.graph.shape(node)
        whole = (graph.shape(arg) == shape and not self._opens(arg, ops.SPREAD) for arg in graph.args(node))
        return graph.op(node) not in ops.MATRIX and any(whole)

    def _spread(self, node: Node) -> Piece:
        """x times ones: before it, behind it, or on both sides."""
        inner, ones = (self.pieces[arg] for arg in self.graph.args(node))
        rows, columns = self.graph.shape(node)
        if inner.body == "0":
            return inner
        if not inner.shape:
            return ones if inner.body == "1" and not inner.negative else multiplied(self.notation, [inner, ones])
        beside = inner.shape[1] == 1
        repeated = _ones(self.notation, self.labels, (1, columns) if beside else (rows, 1))
        parts = taken_apart(self.notation, inner)
        core = assembled(self.notation, Apart(over=parts.over, under=parts.under))
        whole = chain(self.notation, [core, repeated] if beside else [repeated, core])
        return assembled(self.notation, Apart(parts.above, parts.below, (whole,)), inner.negative)

    # --- parts of matrices ---

    def _part(self, node: Node) -> Piece:
        x, window, _ = self.graph.args(node)
        whole = fitted(self.notation, self.pieces[x], ATOM)
        spans = self._spans(window, self.graph.shape(x))
        shown = shown_in([whole, *spans]) | {Sign.ENTRY_OF_LINE if len(spans) == 1 else Sign.ENTRY}
        return Piece(self.notation.signs.part(whole.body, _listed(spans)), Level.CALL, shows=shown)

    def _spans(self, window: Node, whole: Shape) -> list[Piece]:
        """Rows and columns; of a column or row, only the one of the two that there is to choose from."""
        pairs = list(zip(window_of(self.graph, window), rows_and_columns(whole), strict=True))
        telling = [(part, size) for part, size in pairs if size != 1] or pairs[:1]
        return [self._span(part, size) for part, size in telling]

    def _span(self, part: Window, size: Any) -> Piece:
        """Rows or columns counted from 1, both ends included; all of them as a colon."""
        start, stop, step = part
        if start == 0 and stop == size and step == 1:
            return Piece(":", ATOM, shows=frozenset({Sign.ALL}))
        if start + step == stop:
            return Piece(self._number(start + 1), ATOM)
        ends = f"{self._number(start + 1)}:{self._number(stop)}" + ("" if step == 1 else f":{self._number(step)}")
        return Piece(ends, ATOM, shows=frozenset({Sign.RANGE}))

    def _number(self, size: Any) -> str:
        return length(self.notation, self.labels, size)

    # --- matrices of blocks ---

    def _sum(self, node: Node) -> Piece:
        """A sum; the terms that are placed in a matrix of zeros are one matrix, in brackets."""
        terms = [node] if self.graph.op(node) is ops.PLACE else list(self.graph.args(node))
        placed = [term for term in terms if self._opens(term, ops.PLACE) or term == node]
        table = self._blocks(placed, self.graph.shape(node)) if placed else None
        if table is None:
            return self._unblocked(node)
        rest = [self._operand(node, term) for term in terms if term not in placed]
        return total(self.notation, [table, *rest])

    def _unblocked(self, node: Node) -> Piece:
        if self.graph.op(node) is ops.ADD:
            return self._row(node)
        x, window, _ = self.graph.args(node)
        inside, spans = self.pieces[x], self._spans(window, self.graph.shape(node))
        body = self.notation.signs.placed(signed(self.notation, inside), _listed(spans))
        return Piece(body, Level.CALL, shows=shown_in([inside, *spans]) | {Sign.PLACED})

    def _blocks(self, placed: Sequence[Node], shape: Shape) -> Piece | None:
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
            cells[place] = self.pieces[self.graph.args(node)[0]]
        table = self._table(cells, rows, columns)
        body = self.notation.signs.table([[signed(self.notation, cell) for cell in line] for line in table])
        return Piece(body, Level.CALL, loose=True, shows=shown_in(flattened.from_iterable(table)) | {Sign.TABLE})

    def _table(self, cells: Mapping[Any, Piece], rows: Sequence[Any], columns: Sequence[Any]) -> list[list[Piece]]:
        """The cells, and zeros in all others: with their shape where nothing beside or above them shows that."""
        heights, widths = (list(map(sub, cuts[1:], cuts)) for cuts in (rows, columns))
        shown_rows = {i for i, _ in cells} | {i for i, height in enumerate(heights) if height == 1}
        shown_columns = {j for _, j in cells} | {j for j, width in enumerate(widths) if width == 1}

        def cell(i: int, j: int) -> Piece:
            is_plain = i in shown_rows and j in shown_columns
            shape = () if is_plain else (heights[i], widths[j])
            body = self.notation.signs.zeros(lengths(self.notation, self.labels, shape))
            return cells.get((i, j)) or Piece(body, Level.CALL, shows=frozenset({Sign.SHAPED} if shape else ()))

        return [[cell(i, j) for j in range(len(widths))] for i in range(len(heights))]


def _listed(spans: Iterable[Piece]) -> str:
    return ", ".join(span.body for span in spans)


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
