"""One printer for every format: a table per format knows how each operation looks, `pieces` how these go together.

A node becomes a `Piece`, bottom-up and without recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from .. import cost
from ..graph import Graph, Node
from ..ops import CONSTANT, NUMBER
from .content import Chain, Factor, Formula, Name, Ratio, Shape, Sum
from .labels import Labels
from .pieces import ATOM, Level, Notation, Piece, Place, applied, lettered, total, unsigned
from .products import chained, signs_of

# --- a whole formula ---


def fits(formula: Formula, most: int, deep: int | None = None) -> bool:
    """Whether a formula shows at most so many operations, at most so many one in the other; the search ends early."""
    graph, names = formula.graph, formula.names
    limit = most if deep is None else deep
    count, stack = 0, [(formula.node, 0)]
    while stack and count <= most:
        node, depth = stack.pop()
        if node == formula.node or node not in names:
            args = graph.args(node)
            count += cost.operations(graph.op(node), len(args))
            if depth > limit:
                return False
            stack.extend((arg, depth + 1) for arg in args)
    return count <= most


def size(formula: Formula) -> int:
    """How many operations a formula shows; a part that it shows twice counts twice."""
    graph, names = formula.graph, formula.names
    sizes: dict[Node, int] = {}
    for node in graph.reachable([formula.node], names):
        args = () if node in names and node != formula.node else graph.args(node)
        sizes[node] = cost.operations(graph.op(node), len(args)) + sum(sizes[arg] for arg in args) if args else 0
    return sizes[formula.node]


def printed(notation: Notation, labels: Labels, formula: Formula) -> Piece:
    """A formula in one format."""
    graph, names = formula.graph, formula.names
    pieces: dict[Node, Piece] = {}
    for node in graph.reachable([formula.node], names):
        if graph.shapes:
            pieces[node] = notation.shaped(notation, labels, formula, node, pieces)
        elif node in names and node != formula.node:
            pieces[node] = symbol(notation, labels, names[node])
        elif graph.op(node).leaf:
            pieces[node] = leaf(notation, labels, graph, node)
        else:
            pieces[node] = applied(notation, graph.op(node), [pieces[arg] for arg in graph.args(node)])
    return pieces[formula.node]


def symbol(notation: Notation, labels: Labels, which: sp.Symbol) -> Piece:
    """A symbol; a network's weight stands before what it is multiplied by, other names go by the alphabet."""
    order = Place.WEIGHT if labels.is_weight(which) else Place.LETTER
    return replace(lettered(notation, labels.of(which)), order=order, name=which.name)


def leaf(notation: Notation, labels: Labels, graph: Graph, node: Node) -> Piece:
    op, value = graph.op(node), graph.value(node)
    if op is NUMBER:
        return number(notation, value)
    return notation.constant(value) if op is CONSTANT else symbol(notation, labels, value)


def number(notation: Notation, value: Any) -> Piece:
    """An integer, a fraction, or a decimal number with no more digits than it has."""
    size = abs(value)
    if size.is_Float:
        piece = notation.decimal(repr(float(size)) if size._prec == 53 else str(size))
    else:
        above, below = (Piece(str(part), Level.DIGITS, order=Place.FIRST) for part in (size.p, size.q))
        piece = above if size.q == 1 else notation.rational(above, below)
    return replace(piece, negative=bool(value < 0), order=Place.FIRST)


# --- the chain rule ---


def factor(notation: Notation, labels: Labels, what: Factor) -> Piece:
    """One factor of the chain rule."""
    if isinstance(what, Formula):
        return printed(notation, labels, what)
    if isinstance(what, Chain):
        names = (notation.dots if one is None else notation.label(labels.of(one)) for one in what.symbols)
        return Piece(notation.arrow.join(names), Level.RELATION)
    if isinstance(what, Shape):
        return Piece(lengths(notation, labels, (what.rows, what.columns)), ATOM)
    return symbol(notation, labels, what.symbol) if isinstance(what, Name) else ratio(notation, labels, what)


def lengths(notation: Notation, labels: Labels, shape: Any) -> str:
    """Rows and columns: 3 × 2."""
    return notation.signs.times.join(length(notation, labels, size) for size in shape)


def length(notation: Notation, labels: Labels, size: Any) -> str:
    """A number of rows or columns."""
    return notation.signs.size(size, lambda which: notation.label(labels.of(which)))


def ratio(notation: Notation, labels: Labels, what: Ratio) -> Piece:
    top, bottom = (notation.label(labels.of(symbol)) for symbol in (what.top, what.bottom))
    return notation.ratio(top, bottom, what.direct)


def chain_rule(notation: Notation, labels: Labels, side: Sum) -> Piece:
    """A sum of products whose factors keep their order and have a sign between them."""
    terms = [[factor(notation, labels, what) for what in term.factors] for term in side.terms]
    return total(notation, [_link(notation, pieces) for pieces in terms])


def _link(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    ready = [unsigned(notation, piece, Level.PRODUCT) for piece in pieces]
    ready = [piece for piece in ready if piece.body != "1"] or ready[:1]
    return chained(notation, [replace(piece, loose=True) for piece in ready], signs_of(pieces))
