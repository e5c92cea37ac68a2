"""Pieces that have no parts: symbols, numbers, ratios, and the sizes of matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from ..graph import Graph, Node
from ..ops import CONSTANT, NUMBER
from .content import Ratio
from .labels import Labels
from .pieces import Level, Notation, Piece, Place, lettered


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


def lengths(notation: Notation, labels: Labels, shape: Any) -> str:
    """Rows and columns: 3 × 2."""
    return notation.signs.times.join(length(notation, labels, size) for size in shape)


def length(notation: Notation, labels: Labels, size: Any) -> str:
    """A number of rows or columns."""
    return notation.signs.size(size, lambda which: notation.label(labels.of(which)))


def ratio(notation: Notation, labels: Labels, what: Ratio) -> Piece:
    top, bottom = (notation.label(labels.of(symbol)) for symbol in (what.top, what.bottom))
    return notation.ratio(top, bottom, what.direct)
