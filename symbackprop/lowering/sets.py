"""Whether a number is in a set of SymPy's, as comparisons: `Contains(x, Interval(0, 1))` is 0 <= x and x <= 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from ..errors import UnsupportedError


def membership(x: Any, members: Any) -> Any:
    """The condition that x, a real number, is in a set.

    Raises:
        UnsupportedError: no comparisons say so, or there is no number in it.
    """
    row = next((row for kind, row in _SETS if isinstance(members, kind)), None)
    if row is None:
        raise UnsupportedError(
            f"Contains cannot be lowered, in a {type(members).__name__}: write comparisons, "
            "or unions and intersections of intervals, points and whole numbers"
        )
    return row(x, members)


def _interval(x: Any, interval: Any) -> Any:
    above = [] if interval.start is sp.S.NegativeInfinity else [(sp.Gt if interval.left_open else sp.Ge)]
    below = [] if interval.end is sp.S.Infinity else [(sp.Lt if interval.right_open else sp.Le)]
    return sp.And(*(kind(x, interval.start) for kind in above), *(kind(x, interval.end) for kind in below))


def _range(x: Any, numbers: Any) -> Any:
    """Between both ends, and a whole number of steps from one that is finite."""
    if numbers.size == 0:
        return sp.false
    first = numbers.start if numbers.start.is_finite else numbers.stop - numbers.step
    ends = [end for end in (numbers.inf, numbers.sup) if end.is_finite]
    if not numbers.inf.is_finite and not numbers.sup.is_finite:
        first = sp.S.Zero
    within = [sp.Ge(x, end) if end is numbers.inf else sp.Le(x, end) for end in ends]
    return sp.And(*within, _whole((x - first) / numbers.step))


def _whole(x: Any) -> Any:
    return sp.Eq(x, sp.floor(x))


_SETS: tuple[tuple[Any, Callable[[Any, Any], Any]], ...] = (
    (sp.Interval, _interval),
    (sp.FiniteSet, lambda x, points: sp.Or(*(sp.Eq(x, point) for point in points.args))),
    (sp.Union, lambda x, sets: sp.Or(*(membership(x, one) for one in sets.args))),
    (sp.Intersection, lambda x, sets: sp.And(*(membership(x, one) for one in sets.args))),
    (sp.Complement, lambda x, sets: sp.And(membership(x, sets.args[0]), sp.Not(membership(x, sets.args[1])))),
    (sp.SymmetricDifference, lambda x, sets: sp.Xor(*(membership(x, one) for one in sets.args))),
    (type(sp.S.Naturals0), lambda x, _: sp.And(sp.Ge(x, 0), _whole(x))),
    (type(sp.S.Naturals), lambda x, _: sp.And(sp.Ge(x, 1), _whole(x))),
    (type(sp.S.Integers), lambda x, _: _whole(x)),
    (sp.Range, _range),
    ((type(sp.S.Reals), type(sp.S.Complexes), type(sp.S.UniversalSet)), lambda x, _: sp.true),
    (type(sp.S.EmptySet), lambda x, _: sp.false),
)
"""By kind of set, the more special ones first."""
