"""Where a mixed derivative stands in an array of its order: at every arrangement of what it is differentiated by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import factorial, prod

from sympy.utilities.iterables import multiset_permutations

from ..errors import UnsupportedError
from .shared_derivatives import Place

MOST_ENTRIES, MOST_WRITTEN = 10**8, 10**5
"""Of an array that code fills, all entries and those that are not 0: 800 MB, and as many lines of source."""


def arranged(place: Place) -> list[Place]:
    """Each index of an array at which a mixed derivative stands, by rising numbers."""
    return [tuple(one) for one in multiset_permutations(place)]


def check_size(symbols: int, order: int, places: Iterable[Place]) -> None:
    """Refuse arrays that no memory holds, and source that nobody can run.

    Args:
        symbols: how many are differentiated by.
        order: of the derivatives in the largest array.
        places: of the derivatives that are not 0, each mixed one once.

    Raises:
        UnsupportedError: there are too many entries.
    """
    entries, written = symbols**order, sum(map(_count, places))
    if entries > MOST_ENTRIES or written > MOST_WRITTEN:
        raise UnsupportedError(
            f"the derivatives of order {order} by {symbols} symbols are an array of {entries:,} entries, and "
            f"{written:,} of all orders are not 0: too many for one function; compile single ones, "
            "sb.lambdify(args, [D[x, x, y]]), or read D.as_cse(), which has each mixed one once"
        )


def _count(place: Place) -> int:
    """How many arrangements there are: the multinomial coefficient."""
    return factorial(len(place)) // prod(map(factorial, Counter(place).values()))
