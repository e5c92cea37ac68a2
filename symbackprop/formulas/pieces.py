"""Printed expressions as pieces, and how they are combined into sums and calls, in any format.

A piece knows how tightly it binds, so that brackets stand where they are needed and nowhere else; a minus sign is
kept apart from what it stands before, so that it can become the operator of a sum. What the formats decide is in
`Notation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from .. import ops
from ..ops import Op
from .labels import Label
from .signs import Sign, Signs

Level = IntEnum("Level", "OR AND NOT RELATION SUM PRODUCT HADAMARD CHAIN QUOTIENT RATIO POWER CALL NAME DIGITS GROUP")
"""How tightly a piece binds, loosest first."""
ATOM = Level.CALL
"""What can be raised to a power as it is: a call, a name, a number, anything in brackets."""
Place = IntEnum("Place", "FIRST WEIGHT LETTER GROUPS PLAIN LAST")
"""Where a factor stands: numbers, a network's weights, names and their powers, brackets, calls, nested brackets."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A printed expression.

    body: without the minus sign before it. negative: whether there is one. loose: it needs a multiplication sign
    beside it. order, name: its place among factors. parts: the terms of a sum, the factors of a product, what
    stands above and below the line of a quotient, the branches of a choice, or what stands in brackets.
    Where there are matrices: shape, that of the value; apart, a product taken apart; of, the operation that made the
    piece and on what, if that can be undone; carries: an adjoint stands in it; shows: the signs of matrices in it.
    """

    body: str
    level: Level
    negative: bool = False
    loose: bool = False
    order: Place = Place.PLAIN
    name: str = ""
    parts: tuple[Any, ...] = ()
    shape: ops.Shape = ()
    apart: Any = None
    of: tuple[Op, Piece] | None = None
    carries: bool = False
    shows: Signs = frozenset()


Row = Callable[["Notation", Sequence[Piece]], Piece]
"""How an operation looks, given how its operands do."""


@dataclass(frozen=True)
class MatrixSigns:
    """How one format writes matrices.

    entrywise: the sign of the product entry by entry. beside: what stands between the factors of a matrix product.
    transposed: what stands behind. times: between rows and columns. size: a number of them. ones, zeros: matrices
    of these. part: of rows and columns. placed: the same of a matrix of zeros. table: a matrix of rows of entries.
    norm, total, log_total: of what stands between the strokes, behind the sign.
    """

    entrywise: str
    beside: str
    transposed: str
    times: str
    size: Callable[[Any, Callable[[Any], str]], str]
    ones: Callable[[str], str]
    zeros: Callable[[str], str]
    part: Callable[[str, str], str]
    placed: Callable[[str, str], str]
    table: Callable[[Sequence[Sequence[str]]], str]
    norm: Callable[[str], str]
    total: Callable[[str], str]
    log_total: Callable[[str], str]


@dataclass(frozen=True)
class Notation:
    """What one format decides.

    minus, times: the signs. brackets: a group. join: what stands between two groups that are multiplied. label: what
    a symbol is called; word: a function. rational: of whole numbers; fraction: a quotient. case, otherwise: a value
    where a condition holds, and where none does; choice: a list of these. condition: 1 where it holds; steps: how a
    step compares with 0, by its value there. arrow, dots: from a name to the next, and in the place of many names.
    rows: the table, one row per operation that is no leaf. signs: how matrices are written.
    """

    minus: str
    times: str
    join: str
    brackets: Callable[[str], str]
    label: Callable[[Label], str]
    word: Callable[[str], str]
    decimal: Callable[[str], Piece]
    rational: Callable[[Piece, Piece], Piece]
    constant: Callable[[Any], Piece]
    ratio: Callable[[str, str, bool], Piece]
    fraction: Callable[[Piece, Piece], str]
    case: str
    otherwise: str
    choice: Callable[[Sequence[str]], Piece]
    condition: Callable[[str], Piece]
    steps: Mapping[str, str]
    arrow: str
    dots: str
    rows: Mapping[Op, Row]
    signs: MatrixSigns


def lettered(notation: Notation, label: Label) -> Piece:
    """A name; a superscript stands where an exponent would, and goes in brackets before it is raised to a power."""
    level = Level.POWER if label.superscript else Level.CALL if label.subscripts else Level.NAME
    return Piece(notation.label(label), level, loose=len(label.base) > 1 and not label.greek)


# --- operations by their rows ---


def shown_in(pieces: Iterable[Piece]) -> Signs:
    """The signs of matrices in any of the pieces."""
    return frozenset(sign for piece in pieces for sign in piece.shows)


def showing_all(row: Row, *signs: Sign) -> Row:
    """A row that writes all of its operands, and some signs itself."""

    def showing(notation: Notation, operands: Sequence[Piece]) -> Piece:
        piece, shown = row(notation, operands), shown_in(operands).union(signs)
        return replace(piece, shows=shown) if shown != piece.shows else piece

    return showing


def call(notation: Notation, sign: str, operands: Sequence[Piece], *signs: Sign) -> Piece:
    """A function by its sign."""
    body = sign + notation.brackets(", ".join(signed(notation, piece) for piece in operands))
    return Piece(body, Level.CALL, shows=shown_in(operands).union(signs))


def called(notation: Notation, name: str, operands: Sequence[Piece], *signs: Sign) -> Piece:
    """A function by its name."""
    return call(notation, notation.word(name), operands, *signs)


def applied(notation: Notation, op: Op, operands: Sequence[Piece]) -> Piece:
    """An operation as its row has it; one without a row is a function with a name."""
    row = notation.rows.get(op)
    return called(notation, op.name, operands) if row is None else row(notation, operands)


# --- combining pieces ---


def signed(notation: Notation, piece: Piece) -> str:
    """The whole piece, with its minus sign."""
    return notation.minus + piece.body if piece.negative else piece.body


def grouped(notation: Notation, piece: Piece) -> Piece:
    """The piece in brackets."""
    order = Place.LAST if "(" in piece.body else Place.GROUPS
    body = signed(notation, piece)
    return Piece(notation.brackets(body), Level.GROUP, order=order, parts=(body,), shows=piece.shows)


def fitted(notation: Notation, piece: Piece, level: Level) -> Piece:
    """The piece, in brackets if it binds less tightly than `level` asks or has a minus sign."""
    return grouped(notation, piece) if piece.negative or piece.level < level else piece


def unsigned(notation: Notation, piece: Piece, level: Level) -> Piece:
    """The piece with its sign taken off (to be put elsewhere), and in brackets if it binds too loosely."""
    return fitted(notation, replace(piece, negative=False), level)


def negated(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """-x."""
    return replace(unsigned(notation, pieces[0], Level.PRODUCT), negative=not pieces[0].negative)


def total(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """A sum; the signs of its terms become its operators, and a sum within a sum is part of it."""
    if len(pieces) == 1:
        return pieces[0]
    opened = [piece.level == Level.SUM and piece.parts and not piece.negative for piece in pieces]
    terms = [term for piece, opens in zip(pieces, opened, strict=True) for term in (piece.parts if opens else (piece,))]
    bodies = [unsigned(notation, term, Level.PRODUCT).body for term in terms]
    rest = zip(terms[1:], bodies[1:], strict=True)
    tail = (f" {notation.minus if term.negative else '+'} {body}" for term, body in rest)
    body = (notation.minus if terms[0].negative else "") + bodies[0] + "".join(tail)
    return Piece(body, Level.SUM, parts=tuple(terms), shows=shown_in(terms))
