"""A sign at a number costs no pass over an array, and moves past nothing that somebody reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, k, c = sp.symbols("x y k c", real=True)

CASES: dict[str, tuple[Any, str]] = {
    "a product": (sp.exp(-k * x), "np.exp(x * -k)"),
    "a quotient by a number": (sp.exp(-x * y / k), "x * y / -k"),
    "a literal": (sp.exp(-2 * x * y), "np.exp(-2 * (x * y))"),
    "no number": (sp.exp(-x * y), "np.exp(-(x * y))"),
}


@pytest.mark.parametrize("name", CASES)
def test_where_the_sign_stands(name: str) -> None:
    expression, text = CASES[name]
    function = sb.lambdify([x, y, k], [expression], batch=[x, y])
    assert text in function.source
    given = np.array([0.0, -0.0, 1.5, np.inf, -2.0]), np.array([1.0, 2.0, 0.5, 1.0, -1.0]), 0.7
    expected = sp.lambdify([x, y, k], expression)(*given)
    np.testing.assert_allclose(function(*given)[0], expected, rtol=1e-15)


def test_signs_of_zeros_and_infinities_are_the_same() -> None:
    function = sb.lambdify([x, k], [1 / (-k * x), -(k * x)], batch=[x])
    for given in (0.0, -0.0, np.inf, -np.inf):
        for number in (2.0, -2.0):
            with np.errstate(all="ignore"):
                first, second = function(np.array([given]), number)
                np.testing.assert_array_equal(first, 1 / -(number * np.array([given])))
                assert np.signbit(second[0]) == np.signbit(-(number * given))


def test_what_is_read_twice_or_has_a_name_stays() -> None:
    product, total = sp.symbols("product total", real=True)
    named = sb.derive([(product, k * x), (total, sp.exp(-product))], [k]).compile(batch=[x])
    assert "product = k * x" in named.source
    twice = sb.lambdify([x, k], [sp.exp(-k * x) + sp.sin(k * x)], batch=[x]).source
    assert twice.count("x * k") == 1
