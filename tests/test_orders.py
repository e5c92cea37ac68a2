"""Orders of derivatives: what is taken for one, how high it may be, and how large an array."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.api.mixed_places import arranged
from symbackprop.errors import ParameterError, UnsupportedError

x, y, z = sp.symbols("x y z", real=True)
u = sp.Symbol("u", real=True)


@pytest.mark.parametrize(
    "two", [2, np.int64(2), np.uint8(2), sp.Integer(2), np.array(2)], ids=lambda one: str(type(one))
)
def test_an_order_is_a_whole_number_of_any_kind(two: Any) -> None:
    found = sb.derivatives(x**3 * y, [x, y], two)
    assert found.order == 2
    assert sp.expand(found.expand(x, x) - 6 * x * y) == 0
    assert set(sb.derivatives(u, [x], two)) == {(x,), (x, x)}
    if not isinstance(two, np.ndarray):  # an array is no order among symbols
        assert sb.d(u, x, two) == sb.d(u, x, x)
    assert sb.d(u, (x, two)) == sb.d(u, x, x)


NONE = [0, -1, 21, 10**9, 10**5000, -(10**5000), 2.0, True, np.True_, "2", None, sp.Rational(5, 2), x]


@pytest.mark.parametrize("order", NONE, ids=range(len(NONE)))
@pytest.mark.parametrize("expr", [x * y, u], ids=["worked out", "waits"])
def test_what_is_no_order_is_refused_at_once(order: Any, expr: Any) -> None:
    with pytest.raises(ParameterError, match="give a whole number from 1 to 20"):
        sb.derivatives(expr, [x, y], order)
    with pytest.raises(ParameterError, match="give a whole number from 1 to 20"):
        sb.d(u, (x, order))


def test_arrays_too_large_are_refused_and_the_advice_works() -> None:
    e, many = sp.exp(x * y), list(sp.symbols("q:101", real=True))
    for found in (sb.derivatives(sp.exp(x + 2 * y), [x, y], 18), sb.derivatives(many[0] * many[100], many, 4)):
        for door in (found.compile, found.source):
            with pytest.raises(UnsupportedError, match="too many for one function"):
                door()
    found = sb.derivatives(e, [x, y], 5)
    single = sb.lambdify([x, y], [found[x, x, y], found[x, y, y, y]])
    at = {x: 0.3, y: 0.4}
    np.testing.assert_allclose(single(0.3, 0.4), [float(e.diff(x, x, y).subs(at)), float(e.diff(x, y, y, y).subs(at))])
    replacements, ends = found.as_cse()
    value = ends[-1]
    for symbol, part in reversed(replacements):
        value = value.subs(symbol, part)
    assert abs(sp.N((value - e.diff(y, 5)).subs({x: sp.Rational(3, 7), y: sp.Rational(2, 9)}), 30)) < 1e-25


def test_arrays_of_a_high_order_with_few_entries_compile() -> None:
    found = sb.derivatives(x**12 / 479001600, [x], 20).compile()
    assert [float(np.ravel(array)[0]) for array in found(2.0)] == pytest.approx(
        [float(sp.diff(x**12 / 479001600, x, order).subs(x, 2)) for order in range(1, 21)]
    )
    zeros = sb.derivatives(x * y, [x, y], 16).compile()(2.0, 3.0)[-1]
    assert zeros.shape == (2,) * 16
    assert not zeros.any()


@pytest.mark.parametrize("place", [(0,), (0, 0, 1), (0, 1, 2), (1, 1, 2, 2), (0, 3, 3, 5, 5)])
def test_arrangements(place: tuple[int, ...]) -> None:
    assert arranged(place) == sorted(set(permutations(place)))
