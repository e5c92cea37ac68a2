"""Products and sums of pieces entry by entry: ⊙, what cancels above and below a line, like terms of a sum."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .pieces import (
    ATOM,
    Level,
    Notation,
    Piece,
    Place,
    fitted,
    grouped,
    negated,
    shown_in,
    total,
    unsigned,
)
from .products import between, in_order, ordered, product, quotient, repeated, sides, signs_of
from .signs import Sign


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
    above, below = pieces
    parts = taken_apart(notation, below)
    inverse = replace(below, apart=Apart(parts.below, parts.above, parts.under, parts.over))
    return multiplied(notation, [above, inverse])


def assembled(notation: Notation, parts: Apart, negative: bool = False) -> Piece:
    """The piece of a product that was taken apart; what stands above and below the line cancels."""
    above, below = _cancelled(parts.above, parts.below)
    over, under = _cancelled(parts.over, parts.under)
    kept = Apart(tuple(above), tuple(below), tuple(over), tuple(under))
    top = multiple(notation, above, _entrywise(notation, sorted(over, key=_place)))
    bottom = multiple(notation, below, _entrywise(notation, under))
    if bottom.body == "1":
        return replace(unsigned(notation, top, Level.PRODUCT) if negative else top, negative=negative, apart=kept)
    line = bottom if not under else replace(bottom, shape=under[0].shape)
    above_line = grouped(notation, top) if under and top.level == Level.CHAIN else fitted(notation, top, Level.PRODUCT)
    body = notation.fraction(above_line, line)
    shown = shown_in((top, bottom))
    return Piece(body, Level.QUOTIENT, negative, loose=True, parts=(top, bottom), apart=kept, shows=shown)


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
    if piece.carries and piece.level != Level.SUM:
        return 0
    return 1 if piece.level == Level.CHAIN or piece.of is not None else 2


def _entrywise(notation: Notation, factors: Sequence[Piece]) -> Piece | None:
    times = Counter(factor.body for factor in factors)
    once = {factor.body: factor for factor in factors}
    bases = {body: piece if times[body] == 1 else fitted(notation, piece, ATOM) for body, piece in once.items()}
    pieces = [repeated(notation, base, times[body]) for body, base in bases.items()]
    if len(pieces) < 2:
        return pieces[0] if pieces else None
    bodies = [fitted(notation, piece, Level.RATIO).body for piece in pieces]
    shown = shown_in(pieces) | {Sign.ENTRYWISE}
    return Piece(notation.signs.entrywise.join(bodies), Level.HADAMARD, shows=shown)


def multiple(notation: Notation, numbers: Sequence[Piece], matrix: Piece | None) -> Piece:
    """Numbers, and a matrix behind them."""
    front = ordered(notation, sorted(numbers, key=lambda piece: piece.level != Level.DIGITS))
    if matrix is None:
        return front
    if front.body == "1":
        return matrix
    behind = fitted(notation, matrix, Level.PRODUCT)
    level = behind.level if behind.level in (Level.HADAMARD, Level.CHAIN) else Level.PRODUCT
    both = (front, behind)
    body = front.body + between(notation, front, behind) + behind.body
    parts = () if level == Level.CHAIN else both  # a multiple of a chain is no link of it
    return Piece(body, level, parts=parts, shows=shown_in(both))


def summed(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x + y."""
    return _gathered(notation, pieces, in_order(notation, pieces))


def subtracted(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x - y."""
    return _gathered(notation, pieces, total(notation, (pieces[0], negated(notation, pieces[1:]))))


def _gathered(notation: Notation, pieces: Sequence[Piece], found: Piece) -> Piece:
    return _over_one_line(notation, _collected(notation, found)) if has_matrix(pieces) else found


def _collected(notation: Notation, piece: Piece) -> Piece:
    """X + X as 2 X."""
    times = Counter((term.body, term.negative) for term in piece.parts)
    if piece.level != Level.SUM or len(times) == len(piece.parts):
        return piece
    once = {(term.body, term.negative): term for term in piece.parts}
    return total(notation, [_counted(notation, once[which], count) for which, count in times.items()])


def _counted(notation: Notation, term: Piece, times: int) -> Piece:
    """A term so many times; a whole number before it is multiplied."""
    if times == 1:
        return term
    plain = replace(term, negative=False)
    parts = Apart(over=(plain,)) if term.level == Level.CHAIN and term.apart is None else taken_apart(notation, plain)
    whole = [piece for piece in parts.above if piece.level == Level.DIGITS and piece.body.isdecimal()]
    count = math.prod((int(piece.body) for piece in whole), start=times)
    rest = tuple(piece for piece in parts.above if piece not in whole)
    number = Piece(str(count), Level.DIGITS, order=Place.FIRST)
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
