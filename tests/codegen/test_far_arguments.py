"""Functions of our own at the ends of the floats: the number or its limit, never an error of Python's."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x = sp.Symbol("x", real=True)

FUNCTIONS: dict[str, Any] = {
    **{f"polygamma of order {order}": sp.polygamma(order, x) for order in (0, 1, 2, 7)},
    "gamma": sp.gamma(x),
    "log_gamma": sp.log(sp.gamma(x)),
    "log_erfc": sp.log(sp.erfc(x)),
    "log_half_erfc": sp.log(sp.erfc(x) / 2),
    "erfinv": sp.erfinv(x),
    "bose": 1 / (sp.exp(x) - 1),
}
SIZES = (0.0, 5e-324, 1e-310, 1e-200, 0.5, 1.0, 2.0, 171.5, 1e8, 1e9, 1e16, 1e38, 1e60, 1e154, 1e200, 1.7e308, np.inf)
POINTS = (*SIZES, *(-size for size in SIZES), np.nan)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_argument_raises(name: str) -> None:
    first = sb.derive(FUNCTIONS[name], [x])
    second = sb.derive(first.equations_of(x), [x])
    with np.errstate(all="ignore"):
        for function in (first.compile(), second.compile()):
            alone = [function(point) for point in POINTS]
            values, gradients = function(np.array(POINTS))
            np.testing.assert_equal([value for value, _ in alone], values)
            np.testing.assert_equal([gradient["x"] for _, gradient in alone], gradients["x"])


@pytest.mark.parametrize("order", [0, 1, 2, 7])
def test_polygamma_of_very_small_and_large_numbers(order: int) -> None:
    function = sb.derive(sp.polygamma(order, x), [x]).compile()
    for point in (1e-100, -1e-100, 5e-324, -5e-324, 1e38, 1e160, 1.7e308):
        with mp.workdps(400):
            exact = mp.polygamma(order, mp.mpf(point))
        assert function(point)[0] == pytest.approx(float(exact), rel=1e-13, abs=1e-307)


def test_the_tail_of_the_normal_distribution_has_its_slope_as_far_as_floats_go() -> None:
    function = sb.derive(sp.log(sp.erfc(x)), [x]).compile()
    assert function(9e8)[1]["x"] == pytest.approx(-18e8, rel=1e-15)
    assert function(11e8)[1]["x"] == pytest.approx(-22e8, rel=1e-15)
    with np.errstate(all="ignore"):
        assert function(1e160) == (-np.inf, {"x": pytest.approx(-2e160, rel=1e-15)})
        assert function(np.inf) == (-np.inf, {"x": -np.inf})
