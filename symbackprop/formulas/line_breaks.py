"""Where lines of formulas are broken: one way of choosing among the places that a format offers, and its tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Break:
    """Where a line may end, and where the next begins and with what; the lower the cost, the better.

    column, next_column: how wide everything is that stands before the one place and before the other.
    """

    end: int
    start: int
    column: int
    next_column: int
    cost: int
    sign: str = ""


def broken_at(breaks: Iterable[Break], source: str, width: int, room: int, stub: int) -> list[str]:
    """The lines of a source that is so wide, each within `room` if there are breaks for it.

    Of the breaks that fit, the cheapest is taken, the last of several; one that leaves a mere stub is a last resort.
    """
    lines: list[str] = []
    start, column, sign = 0, 0, ""
    places, first = list(breaks), 0
    while first < len(places) and len(sign) + width - column > room:
        last = first  # no further than a line reaches, as a sum may have a hundred thousand terms
        while last < len(places) and len(sign) + places[last].column - column <= room:
            last += 1
        fitting = places[first:last]
        wide = [place for place in fitting if place.column - column >= stub]
        best = min(wide or fitting or places[first : first + 1], key=lambda place: (place.cost, -place.end))
        lines.append(sign + source[start : best.end])
        start, column, sign = best.start, best.next_column, best.sign
        while first < len(places) and places[first].end <= start:
            first += 1
    return [*lines, sign + source[start:]]


@dataclass(frozen=True)
class Tokens:
    """What a format's places for breaks are found by.

    token: what opens, what closes, and, empty, a place. firm: by token, what a break may not come between; soft:
    what it should rather not. width: of a piece of source. is_product: whether a place is before the sign of a product.
    """

    token: re.Pattern[str]
    firm: Callable[[str], int | None]
    soft: Callable[[str], int | None]
    width: Callable[[str], int]
    is_product: Callable[[str, int], bool]
    sign: str = ""
    has_sign: re.Pattern[str] = re.compile("")

    def broken(self, source: str, room: int) -> list[str]:
        """The lines of one formula, broken before outermost operators where it is wider than `room`."""
        if self.width(source) <= room:
            return [source]
        *places, end = self._breaks(source)
        return broken_at(places, source, end.column, room, room // 3)

    def _breaks(self, source: str) -> Iterator[Break]:
        """Cheap is a break outside brackets, and before a sum's operator; the last one is the end of the formula."""
        firm = soft = last = column = 0
        for match in self.token.finditer(source):
            firm += self.firm(match[0]) or 0
            soft += self.soft(match[0]) or 0
            if not match[0] and not firm:
                column += self.width(source[last : match.start()])
                last = match.start()
                sign = "" if self.has_sign.match(source, last) else self.sign
                yield Break(last, last + 1, column, column, 2 * soft + self.is_product(source, last), sign)
        column += self.width(source[last:])
        yield Break(len(source), len(source), column, column, 0)
