"""Products and quotients of pieces, and a sum's terms, in the order in which people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from ..ops import POW
from .pieces import Level, Notation, Piece, Place, shown_in, total, unsigned


def in_order(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """A sum whose weights stand first and count upwards: SymPy puts w1_1_10 before w1_1_2."""
    return total(notation, sorted(pieces, key=_weight_number))


def _weight_number(piece: Piece) -> tuple[int, ...]:
    first = piece.parts[0] if piece.level == Level.PRODUCT else piece
    numbers = re.findall("[0-9]+", first.name) if first.order == Place.WEIGHT else ["9" * 9]
    return tuple(map(int, numbers))


def product(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """A product in the order in which people write factors, over one line if any of them is a quotient."""
    above, below = sides(notation, pieces)
    return _over(notation, above, below, signs_of(pieces))


def quotient(notation: Notation, pieces: Sequence[Piece]) -> Piece:
    """x/y, where quotients within quotients become one."""
    above, below = sides(notation, pieces[:1])
    over, under = sides(notation, pieces[1:])
    return _over(notation, above + under, below + over, signs_of(pieces))


def sides(notation: Notation, pieces: Iterable[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The factors of all pieces above the line, and those below."""
    above: list[Piece] = []
    below: list[Piece] = []
    for piece in pieces:
        if piece.level == Level.QUOTIENT:
            top, bottom = piece.parts
            above += _factors(notation, top)
            below += _factors(notation, bottom)
        else:
            above += _factors(notation, piece)
    return above, below


def _factors(notation: Notation, piece: Piece) -> Sequence[Piece]:
    return piece.parts if piece.level == Level.PRODUCT else (unsigned(notation, piece, Level.POWER),)


def _over(notation: Notation, above: list[Piece], below: list[Piece], negative: bool) -> Piece:
    for number in [piece for piece in below if piece.level == Level.DIGITS and piece in above]:
        above.remove(number)
        below.remove(number)
    top, bottom = ordered(notation, above), ordered(notation, below)
    if bottom.body == "1":
        return replace(top, negative=negative)
    parts = (top, bottom)
    whole = Piece(notation.fraction(top, bottom), Level.QUOTIENT, negative, loose=True, order=top.order, parts=parts)
    return replace(whole, shows=shown_in(parts))


def ordered(notation: Notation, factors: Iterable[Piece]) -> Piece:
    """A product of factors in their places; a factor 1 says nothing."""
    telling = [factor for factor in factors if factor.body != "1"]
    if not telling:
        return Piece("1", Level.DIGITS, order=Place.FIRST)
    placed = sorted(telling, key=lambda piece: (piece.order, piece.name))
    times = Counter(piece.body for piece in placed)
    once = {piece.body: piece for piece in placed}
    return chained(notation, [repeated(notation, once[body], count) for body, count in times.items()])


def repeated(notation: Notation, piece: Piece, times: int) -> Piece:
    """x x as a power of x."""
    return piece if times == 1 else notation.rows[POW](notation, (piece, Piece(str(times), Level.DIGITS)))


def signs_of(pieces: Sequence[Piece]) -> bool:
    return sum(piece.negative for piece in pieces) % 2 == 1


def chained(notation: Notation, factors: Sequence[Piece], negative: bool = False) -> Piece:
    """A product in the order given, of factors that are ready to stand in one."""
    if len(factors) == 1:
        return replace(factors[0], negative=negative)
    body = [factors[0].body]
    for left, right in pairwise(factors):
        body += [between(notation, left, right), right.body]
    return Piece("".join(body), Level.PRODUCT, negative, parts=tuple(factors), shows=shown_in(factors))


def between(notation: Notation, left: Piece, right: Piece) -> str:
    """A space where two factors cannot be misread without a sign; a name before a bracket would look called."""
    if left.loose or right.loose or right.body[0].isnumeric():
        return notation.times
    if right.level == Level.GROUP:
        return {Level.GROUP: notation.join, Level.NAME: notation.times}.get(left.level, " ")
    return " "
