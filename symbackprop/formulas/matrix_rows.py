"""How operations look where operands are matrices: products of matrices keep their order, ⊙ multiplies entry by entry.

A row here gets pieces, like those of a format's own table; what differs between formats is in `Notation.signs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import ops
from .entrywise import (
    Apart,
    assembled,
    divided,
    has_matrix,
    multiple,
    multiplied,
    subtracted,
    summed,
    taken_apart,
)
from .pieces import (
    ATOM,
    Level,
    Notation,
    Piece,
    Place,
    Row,
    called,
    grouped,
    shown_in,
    signed,
    total,
    unsigned,
)
from .products import ordered, product, quotient, signs_of
from .signs import Sign


def power(row: Row) -> Row:
    """A power that remembers what it is the square of."""

    def remembering(notation: Notation, operands: Sequence[Piece]) -> Piece:
        piece = row(notation, operands)
        square = has_matrix(operands[:1]) and operands[1].body == "2" and not operands[1].negative
        return replace(piece, of=(ops.POW, operands[0])) if square else piece

    return remembering


# --- matrix products, transposes, inverses ---


def chain(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """A product of matrices, in its order."""
    factors: list[Piece] = []
    for piece in pieces:
        is_chain = piece.level == Level.CHAIN and piece.parts
        factors += piece.parts if is_chain else [unsigned(notation, piece, Level.POWER)]
    body = notation.signs.beside.join(factor.body for factor in factors)
    return Piece(body, Level.CHAIN, signs_of(pieces), order=Place.PLAIN, parts=tuple(factors), shows=shown_in(factors))


def transposed(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """xᵀ; of what holds a transpose itself, its parts transposed: (Qᵀ S)ᵀ is Sᵀ Q."""
    (piece,) = pieces
    shape = piece.shape[::-1]
    if _turns(piece):
        turned = replace(_turned(notation, piece), negative=False)
        whole = unsigned(notation, turned, Level.PRODUCT) if piece.negative else turned
        return replace(whole, negative=piece.negative, shape=shape)
    body = unsigned(notation, piece, ATOM).body + notation.signs.transposed
    undone, shown = (ops.TRANSPOSE, replace(piece, negative=False)), piece.shows | {Sign.TRANSPOSE}
    return Piece(body, Level.POWER, piece.negative, shape=shape, of=undone, shows=shown)


def _turns(piece: Piece) -> bool:
    """Whether a transpose in a piece would be undone."""
    if isinstance(piece.apart, Apart):
        return not piece.apart.under and len(piece.apart.over) == 1 and _turns(piece.apart.over[0])
    if piece.level in (Level.CHAIN, Level.SUM):
        return any(map(_turns, piece.parts))
    return piece.of is not None and piece.of[0] is ops.TRANSPOSE


def _turned(notation: Notation, piece: Piece) -> Piece:
    """The transpose of a piece in which one is undone, without its sign."""
    if isinstance(piece.apart, Apart):
        return assembled(notation, replace(piece.apart, over=(transposed(notation, piece.apart.over),)))
    if piece.of is not None:
        return piece.of[1]
    turned = [transposed(notation, [part]) for part in piece.parts]
    return total(notation, turned) if piece.level == Level.SUM else chain(notation, turned[::-1])


# --- sums ---


def all_entries(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """The sum of all entries: ‖x‖² of squares, xᵀ y of the products of two columns."""
    parts = taken_apart(notation, pieces[0])
    core, negative = _sum_of(notation, parts, pieces[0].shape), pieces[0].negative
    if core.level == Level.CHAIN:
        return _scaled_chain(notation, parts, core, negative)
    return _fraction(notation, [*parts.above, core], parts.below, negative)


def _scaled_chain(notation: Notation, parts: Apart, core: Piece, negative: bool) -> Piece:
    """An inner product with its numbers: no brackets, though it is a product of matrices."""
    top = multiple(notation, parts.above, core)
    if ordered(notation, parts.below).body == "1":
        return replace(top, negative=negative)
    line = _fraction(notation, [grouped(notation, top)], parts.below, negative)
    return replace(line, body=notation.fraction(top, line.parts[1]))


def _fraction(notation: Notation, above: Sequence[Piece], below: Sequence[Piece], negative: bool) -> Piece:
    whole = quotient(notation, [product(notation, above), product(notation, below)])
    return replace(whole, negative=negative)


def _sum_of(notation: Notation, parts: Apart, shape: ops.Shape) -> Piece:
    over, signs = sorted(parts.over, key=lambda piece: (not piece.name, piece.name)), notation.signs
    if not parts.under and len(over) == 1 and over[0].of is not None and over[0].of[0] is ops.POW:
        inside = replace(over[0].of[1], negative=False)
        return Piece(signs.norm(signed(notation, inside)), Level.POWER, shows=inside.shows | {Sign.NORM})
    if not parts.under and len(over) == 2 and shape[1:] == (1,):
        return chain(notation, [transposed(notation, over[:1]), over[1]])
    inside = assembled(notation, Apart(over=parts.over, under=parts.under))
    return Piece(signs.total(signed(notation, inside)), Level.POWER, shows=inside.shows | {Sign.TOTAL})


def along(name: str, sign: Sign) -> Row:
    """Sums along one axis; of a column or row, one number, they are the sum of all entries."""

    def row(notation: Notation, pieces: Sequence[Piece]) -> Piece:
        is_line = 1 in pieces[0].shape
        return all_entries(notation, pieces) if is_line else called(notation, name, pieces, sign)

    return row


def log_of_sums(name: str, sign: Sign) -> Row:
    """ln of the sums of the exponentials."""

    def row(notation: Notation, pieces: Sequence[Piece]) -> Piece:
        exponentials = notation.rows[ops.EXP](notation, pieces)
        if 1 in pieces[0].shape:
            shown = exponentials.shows | {Sign.LOG_TOTAL}
            return Piece(notation.signs.log_total(exponentials.body), Level.CHAIN, loose=True, shows=shown)
        return notation.rows[ops.LOG](notation, [called(notation, name, [exponentials], sign)])

    return row


def first(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """The first operand; the node's own piece is made where its graph is known."""
    return pieces[0]


ROWS: dict[ops.Op, Row] = {
    ops.ADD: summed,
    ops.SUB: subtracted,
    ops.MUL: multiplied,
    ops.DIV: divided,
    ops.MATMUL: chain,
    ops.TRANSPOSE: transposed,
    ops.TOTAL: all_entries,
    ops.ROW_SUMS: along("rowsums", Sign.ROW_SUMS),
    ops.COLUMN_SUMS: along("colsums", Sign.COLUMN_SUMS),
    ops.LSE_ROWS: log_of_sums("rowsums", Sign.ROW_SUMS),
    ops.LSE_COLUMNS: log_of_sums("colsums", Sign.COLUMN_SUMS),
    ops.SPREAD: first,
    ops.SLICE: first,
    ops.PLACE: first,
}
"""The rows that all formats share."""
