"""One printer for every format: a table per format knows how each operation looks, `pieces` how these go together.

A node becomes a `Piece`, bottom-up and without recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import cost
from ..graph import Node
from .content import Chain, Factor, Formula, Name, Shape, Sum
from .labels import Labels
from .leaves import lengths, ratio, symbol
from .matrix_pieces import Writer
from .pieces import ATOM, Level, Notation, Piece, total, unsigned
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
    writer = Writer(notation, labels, formula)
    for node in formula.graph.reachable([formula.node], formula.names):
        writer.pieces[node] = writer.piece(node)
    return writer.pieces[formula.node]


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
