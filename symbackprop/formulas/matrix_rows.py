"""How operations look where operands are matrices: products of matrices keep their order, ⊙ multiplies entry by entry.

A row here gets pieces, like those of a format's own table; what differs between formats is in `Notation.signs`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .. import ops
from .printer import (
    ATOM,
    CHAIN,
    DIGITS,
    FIRST,
    HADAMARD,
    PLAIN,
    POWER,
    PRODUCT,
    QUOTIENT,
    RATIO,
    SUM,
    Notation,
    Piece,
    Row,
    between,
    difference,
    fitted,
    grouped,
    in_order,
    negated,
    ordered,
    product,
    quotient,
    repeated,
    sides,
    signed,
    signs_of,
    total,
    unsigned,
)


@dataclass(frozen=True)
class Apart:
    """A product taken apart: numbers above and below the line, and what it multiplies and divides by entry by entry."""

    above: tuple[Piece, ...] = ()
    below: tuple[Piece, ...] = ()
    over: tuple[Piece, ...] = ()
    under: tuple[Piece, ...] = ()


def has_matrix(pieces: Iterable[Piece]) -> bool:
    """Whether one of the pieces is no scalar."""
    return any(piece.shape for piece in pieces)


def taken_apart(notation: Notation, piece: Piece) -> Apart:
    """The factors of a piece."""
    if isinstance(piece.apart, Apart):
        return piece.apart
    if piece.shape:
        return Apart(over=(replace(piece, negative=False),))
    above, below = sides(notation, [piece])
    return Apart(tuple(above), tuple(below))


# --- entry by entry ---


def multiplied(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x*y: a multiple if one is a scalar, else the product entry by entry."""
    if not has_matrix(pieces):
        return product(notation, pieces)
    x, y = (taken_apart(notation, piece) for piece in pieces)
    parts = Apart(x.above + y.above, x.below + y.below, x.over + y.over, x.under + y.under)
    return assembled(notation, parts, signs_of(pieces))


def divided(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x/y, entry by entry."""
    if not has_matrix(pieces):
        return quotient(notation, pieces)
    x, y = (taken_apart(notation, piece) for piece in pieces)
    parts = Apart(x.above + y.below, x.below + y.above, x.over + y.under, x.under + y.over)
    return assembled(notation, parts, signs_of(pieces))


def assembled(notation: Notation, parts: Apart, negative: bool = False) -> Piece:
    """The piece of a product that was taken apart; what stands above and below the line cancels."""
    above, below = _cancelled(parts.above, parts.below)
    over, under = _cancelled(parts.over, parts.under)
    kept = Apart(tuple(above), tuple(below), tuple(over), tuple(under))
    top = _multiple(notation, above, _entrywise(notation, sorted(over, key=_place)))
    bottom = _multiple(notation, below, _entrywise(notation, under))
    if bottom.body == "1":
        return replace(unsigned(notation, top, PRODUCT) if negative else top, negative=negative, apart=kept)
    line = bottom if not under else replace(bottom, shape=under[0].shape)
    above_line = grouped(notation, top) if under and top.level == CHAIN else fitted(notation, top, PRODUCT)
    body = notation.fraction(above_line, line)
    return Piece(body, QUOTIENT, negative, loose=True, parts=(top, bottom), apart=kept)


def _cancelled(above: Iterable[Piece], below: Iterable[Piece]) -> tuple[list[Piece], list[Piece]]:
    over, under = list(above), list(below)
    for piece in below:
        twin = next((other for other in over if other.body == piece.body), None)
        if twin is not None:
            over.remove(twin)
            under.remove(piece)
    return over, under


def _place(piece: Piece) -> int:
    """What comes from the loss stands first, as in δ ⊙ a: it is what the rest is multiplied by."""
    if piece.carries and piece.level != SUM:
        return 0
    return 1 if piece.level == CHAIN or piece.of is not None else 2


def _entrywise(notation: Notation, factors: Sequence[Piece]) -> Piece | None:
    times = Counter(factor.body for factor in factors)
    once = {factor.body: factor for factor in factors}
    pieces = [_raised(notation, once[body], count) for body, count in times.items()]
    if len(pieces) < 2:
        return pieces[0] if pieces else None
    bodies = [fitted(notation, piece, RATIO).body for piece in pieces]
    return Piece(notation.signs.entrywise.join(bodies), HADAMARD)


def _raised(notation: Notation, piece: Piece, times: int) -> Piece:
    return piece if times == 1 else repeated(notation, fitted(notation, piece, ATOM), times)


def _multiple(notation: Notation, numbers: Sequence[Piece], matrix: Piece | None) -> Piece:
    """Numbers, and a matrix behind them."""
    front = ordered(notation, sorted(numbers, key=lambda piece: piece.level != DIGITS))
    if matrix is None:
        return front
    if front.body == "1":
        return matrix
    behind = fitted(notation, matrix, PRODUCT)
    level = behind.level if behind.level in (HADAMARD, CHAIN) else PRODUCT
    return Piece(front.body + _gap(notation, front, behind) + behind.body, level, parts=_one_link(front, behind, level))


def _one_link(front: Piece, behind: Piece, level: int) -> tuple[Piece, ...]:
    """The factors of a multiple; one of a chain is no link of it."""
    return () if level == CHAIN else (front, behind)


def _gap(notation: Notation, front: Piece, behind: Piece) -> str:
    is_open = behind.level in (HADAMARD, CHAIN)
    return between(notation, front, replace(behind, level=PRODUCT) if is_open else behind)


def summed(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x + y."""
    found = in_order(notation, pieces)
    return _over_one_line(notation, _collected(notation, found)) if has_matrix(pieces) else found


def subtracted(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x - y."""
    found = difference(notation, pieces)
    return _over_one_line(notation, _collected(notation, found)) if has_matrix(pieces) else found


def _collected(notation: Notation, piece: Piece) -> Piece:
    """X + X as 2 X."""
    times = Counter((term.body, term.negative) for term in piece.parts)
    if piece.level != SUM or len(times) == len(piece.parts):
        return piece
    once = {(term.body, term.negative): term for term in piece.parts}
    return total(notation, [_counted(notation, once[which], count) for which, count in times.items()])


def _counted(notation: Notation, term: Piece, times: int) -> Piece:
    """A term so many times; a whole number before it is multiplied."""
    if times == 1:
        return term
    plain = replace(term, negative=False)
    parts = Apart(over=(plain,)) if term.level == CHAIN and term.apart is None else taken_apart(notation, plain)
    whole = [piece for piece in parts.above if piece.level == DIGITS and piece.body.isdecimal()]
    count = math.prod((int(piece.body) for piece in whole), start=times)
    rest = tuple(piece for piece in parts.above if piece not in whole)
    number = Piece(str(count), DIGITS, order=FIRST)
    found = assembled(notation, replace(parts, above=(number, *rest)), term.negative)
    return replace(found, shape=term.shape, carries=term.carries)


def _over_one_line(notation: Notation, piece: Piece) -> Piece:
    """a/n - y/n as (a - y)/n."""
    terms = piece.parts
    aparts = [term.apart for term in terms if isinstance(term.apart, Apart) and not term.apart.under]
    lines = {tuple(sorted(part.body for part in apart.below)) for apart in aparts}
    if len(aparts) < len(terms) or len(lines) != 1 or not all(apart.below for apart in aparts):
        return piece
    tops = [
        assembled(notation, replace(apart, below=()), term.negative) for term, apart in zip(terms, aparts, strict=True)
    ]
    return assembled(notation, Apart(below=aparts[0].below, over=(total(notation, tops),)))


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
    factors = [link for piece in pieces for link in _links(notation, piece)]
    body = notation.signs.beside.join(factor.body for factor in factors)
    return Piece(body, CHAIN, signs_of(pieces), order=PLAIN, parts=tuple(factors))


def _links(notation: Notation, piece: Piece) -> Sequence[Piece]:
    if piece.level == CHAIN and piece.parts:
        return piece.parts
    return (unsigned(notation, piece, POWER),)


def transposed(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """xᵀ; of what holds a transpose itself, its parts transposed: (Qᵀ S)ᵀ is Sᵀ Q."""
    (piece,) = pieces
    shape = piece.shape[::-1]
    if _turns(piece):
        turned = replace(_turned(notation, piece), negative=False)
        return replace(negated(notation, [turned]) if piece.negative else turned, shape=shape)
    body = unsigned(notation, piece, ATOM).body + notation.signs.transposed
    return Piece(body, POWER, piece.negative, shape=shape, of=(ops.TRANSPOSE, replace(piece, negative=False)))


def _turns(piece: Piece) -> bool:
    """Whether a transpose in a piece would be undone."""
    if isinstance(piece.apart, Apart):
        return not piece.apart.under and len(piece.apart.over) == 1 and _turns(piece.apart.over[0])
    if piece.level in (CHAIN, SUM):
        return any(map(_turns, piece.parts))
    return piece.of is not None and piece.of[0] is ops.TRANSPOSE


def _turned(notation: Notation, piece: Piece) -> Piece:
    """The transpose of a piece in which one is undone, without its sign."""
    if isinstance(piece.apart, Apart):
        return assembled(notation, replace(piece.apart, over=(transposed(notation, piece.apart.over),)))
    if piece.of is not None:
        return piece.of[1]
    turned = [transposed(notation, [part]) for part in piece.parts]
    return total(notation, turned) if piece.level == SUM else chain(notation, turned[::-1])


def behind(sign: str) -> Row:
    """A sign behind the matrix, where an exponent stands."""

    def row(notation: Notation, pieces: Sequence[Piece]) -> Piece:
        return Piece(fitted(notation, pieces[0], ATOM).body + sign, POWER)

    return row


# --- sums ---


def all_entries(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """The sum of all entries: ‖x‖² of squares, xᵀ y of the products of two columns."""
    parts = taken_apart(notation, pieces[0])
    core, negative = _sum_of(notation, parts, pieces[0].shape), pieces[0].negative
    if core.level == CHAIN:
        return _scaled_chain(notation, parts, core, negative)
    return _fraction(notation, [*parts.above, core], parts.below, negative)


def _scaled_chain(notation: Notation, parts: Apart, core: Piece, negative: bool) -> Piece:
    """An inner product with its numbers: no brackets, though it is a product of matrices."""
    top = _multiple(notation, parts.above, core)
    if ordered(notation, parts.below).body == "1":
        return replace(top, negative=negative)
    line = _fraction(notation, [grouped(notation, top)], parts.below, negative)
    return replace(line, body=notation.fraction(top, line.parts[1]))


def _fraction(notation: Notation, above: Sequence[Piece], below: Sequence[Piece], negative: bool) -> Piece:
    whole = quotient(notation, [product(notation, above), product(notation, below)])
    return replace(whole, negative=negative)


def _sum_of(notation: Notation, parts: Apart, shape: ops.Shape) -> Piece:
    over, signs = sorted(parts.over, key=_named_first), notation.signs
    if not parts.under and len(over) == 1 and over[0].of is not None and over[0].of[0] is ops.POW:
        return Piece(signs.norm(signed(notation, replace(over[0].of[1], negative=False))), POWER)
    if not parts.under and len(over) == 2 and shape[1:] == (1,):
        return chain(notation, [transposed(notation, over[:1]), over[1]])
    inside = assembled(notation, Apart(over=parts.over, under=parts.under))
    return Piece(signs.total(signed(notation, inside)), POWER)


def _named_first(piece: Piece) -> tuple[bool, str]:
    return not piece.name, piece.name


def along(name: str, inner: Row) -> Row:
    """Sums along one axis; of a column or row, one number, they are the sum of all entries."""

    def row(notation: Notation, pieces: Sequence[Piece]) -> Piece:
        is_line = 1 in pieces[0].shape
        return inner(notation, pieces) if is_line else notation.called(name, pieces)

    return row


def log_of_sums(name: str) -> Row:
    """ln of the sums of the exponentials."""

    def row(notation: Notation, pieces: Sequence[Piece]) -> Piece:
        exponentials = notation.rows[ops.EXP](notation, pieces)
        if 1 in pieces[0].shape:
            return Piece(notation.signs.log_total(exponentials.body), CHAIN, loose=True)
        return notation.rows[ops.LOG](notation, [notation.called(name, [exponentials])])

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
    ops.ROW_SUMS: along("rowsums", all_entries),
    ops.COLUMN_SUMS: along("colsums", all_entries),
    ops.LSE_ROWS: log_of_sums("rowsums"),
    ops.LSE_COLUMNS: log_of_sums("colsums"),
    ops.SPREAD: first,
    ops.SLICE: first,
    ops.PLACE: first,
}
"""The rows that all formats share."""
