"""Each row of the table of stable forms: equal where both sides are finite, right where what is written is not."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.stable_forms import TABLE, Form, table
from symbackprop.stable_forms.table import a, b, u, v, x, y

from ..operations import R
from ..support import WORKING, check_close, evaluated
from .exact_values import check_right, exact, is_lost

MODERATE: list[dict[Any, Any]] = [
    {x: R(7, 5), y: R(2, 3), a: R(5, 4), b: R(7, 3), u: R(3, 2), v: R(-1, 2)},
    {x: R(-3, 5), y: R(8, 3), a: R(9, 2), b: R(1, 3), u: R(-2), v: R(-9, 4)},
    {x: R(2, 7), y: R(1, 3), a: R(1, 5), b: R(11, 4), u: R(1, 4), v: R(0)},
]

FAR: dict[str, list[dict[Any, Any]]] = {
    "log(exp(x))": [{x: -1200}, {x: 800}],
    "log(sigmoid(x))": [{x: -1200}, {x: -800}],
    "log(1 - sigmoid(x))": [{x: 1200}, {x: 40}],
    "log(cosh(x))": [{x: 1200}, {x: -800}],
    "log(sinh(x))": [{x: 1200}, {x: 800}],
    "log(1 - tanh(x)**2)": [{x: 400}, {x: -30}],
    "log(sech(x))": [{x: 1200}, {x: -800}],
    "log(csch(x))": [{x: 1200}, {x: 800}],
    "log(sinh(x)**2)": [{x: 1200}, {x: -800}],
    "log(bose(x)**2)": [{x: 1200}, {x: 800}],
    "log((exp(u) - exp(v))**2)": [{u: 800, v: 799}, {u: -1200, v: -1199}],
    "log(a*tanh(x) + a)": [{a: 3, x: -40}, {a: 3, x: -800}],
    "1/cosh(x)": [{x: 800}, {x: -800}],
    "1/sinh(x)": [{x: 800}, {x: -800}],
    "sinh(x)/cosh(x)": [{x: 800}, {x: -800}],
    "log(erfc(x))": [{x: 30}, {x: 1000}],
    "log(bose(x))": [{x: 800}],
    "log(gamma(a))": [{a: 200}, {a: 10_000}],
    "log(gamma(x))": [{x: 200}, {x: 10_000}],
    "log(factorial(a))": [{a: 500}],
    "log(beta(a, b))": [{a: 700, b: 900}],
    "log(binomial(a + b, b))": [{a: 900, b: 700}],
    "log(exp(x) + 1)": [{x: 800}, {x: 1200}],
    "log(1 - exp(x))": [{x: -1e-20}, {x: -1e-300}],
    "log(exp(u) - exp(v))": [{u: 800, v: 799}, {u: -1200, v: -1201}],
    "log(exp(u) + exp(v))": [{u: 800, v: 799}, {u: -1200, v: -1201}],
    "log(x*exp(u) + y*exp(v))": [
        {x: R(3, 10), u: -1200, y: R(7, 10), v: -1201},
        {x: 2, u: 10_000, y: -1, v: 9_999},
        {x: -1, u: 799, y: 3, v: 800},
    ],
    "log(a*erf(x) + a)": [{a: 3, x: -30}],
    "log(a*x*exp(u))": [{a: 2, x: 3, u: -1200}, {a: 2, x: 3, u: 800}],
    "log(a**x)": [{a: 7, x: 1000}, {a: R(1, 8), x: 1000}],
    "log(x**3*exp(u))": [{x: 3, u: -1200}, {x: 3, u: 800}],
    "log(x**2*exp(u))": [{x: -3, u: -1200}, {x: 3, u: 800}],
    "1/(exp(x) + 1)": [{x: 800}],
    "exp(x)/(exp(x) + 1)": [{x: 800}],
    "exp(x)*sigmoid(-x)": [{x: 800}],
    "1/(3*exp(x) + 2)": [{x: 800}],
    "1/(exp(x) + exp(-x))": [{x: 800}, {x: -800}],
    "1/(exp(x) - exp(-x))": [{x: 800}, {x: -800}],
    "1/(exp(x) - 1)": [{x: 800}, {x: 710}],
    "1/(1 - exp(x))": [{x: 800}, {x: 710}],
    "exp(x)*bose(x)": [{x: 800}],
    "(exp(u) - exp(v))/(exp(u) + exp(v))": [{u: 800, v: 801}, {u: -800, v: -801}],
    "(x*exp(u) + y*exp(v))/(a*exp(u) + b*exp(v))": [{x: 2, u: 800, y: 3, v: 801, a: 1, b: 5}],
}
"""Where what the row is written for goes wrong in floats."""


def name(form: Form) -> str:
    return str(form.pattern)


def points(form: Form) -> list[dict[Any, Any]]:
    symbols = form.pattern.free_symbols
    return [{one: value for one, value in point.items() if one in symbols} for point in MODERATE]


@pytest.mark.parametrize("form", TABLE, ids=name)
def test_both_sides_are_equal_where_they_are_finite(form: Form) -> None:
    tried = 0
    for point in points(form):
        written, stable = (evaluated(side.doit(), point) for side in (form.pattern, form.stable))
        if not (written.imag or stable.imag):
            check_close(stable, written, what=form.pattern)
            tried += 1
    assert tried, "no point of the test is in the domain of this row"


@pytest.mark.parametrize("form", TABLE, ids=name)
def test_the_stable_form_is_put_in_the_place_of_the_pattern(form: Form) -> None:
    symbols = sorted(form.pattern.free_symbols, key=str)
    derivation = sb.derive(form.pattern, symbols)
    assert set(derivation.sweep.graph.remembered["said"]) & {form.said, table.APART, table.GAMMA}
    assert "Written so that it stays finite" in derivation.formulas()
    plain = sb.derive(form.pattern, symbols, stable=False)
    assert not plain.sweep.graph.remembered["said"]
    for point in points(form):
        for one in symbols:
            found, other = (evaluated(d.expand(one).doit(), point) for d in (derivation, plain))
            if not (found.imag or other.imag):
                check_close(found, other, what=(form.pattern, one, point))


@pytest.mark.parametrize("form", TABLE, ids=name)
def test_a_form_takes_no_more_operations_than_its_row_says(form: Form) -> None:
    symbols = sorted(form.pattern.free_symbols, key=str)
    own, plain = (
        sb.derive(form.pattern, symbols, stable=stable, accurate=False).cost.total for stable in (True, False)
    )
    assert max(own - plain, 0) == form.more


def test_every_row_is_tried_far_out() -> None:
    assert {name(form) for form in TABLE} == set(FAR)


@pytest.mark.parametrize(("written", "point"), [(one, point) for one in FAR for point in FAR[one]], ids=str)
def test_the_stable_form_is_right_where_the_pattern_is_not(written: str, point: dict[Any, Any]) -> None:
    form = next(form for form in TABLE if name(form) == written)
    assert is_lost(form.pattern, point), "the pattern is right here by itself"
    check_right(form.pattern, point, rel=1e-11)


@pytest.mark.parametrize(("written", "point"), [(one, point) for one in FAR for point in FAR[one][:1]], ids=str)
def test_the_stable_side_is_right_to_forty_digits_far_out(written: str, point: dict[Any, Any]) -> None:
    """The formula itself: SymPy's evalf of what is put in the pattern's place."""
    form = next(form for form in TABLE if name(form) == written)
    exactly = {one: sp.Rational(value) for one, value in point.items()}
    found = form.stable.doit().subs(exactly).evalf(WORKING)
    expected = exact(form.pattern, point)
    check_close(found._to_mpmath(230) / expected, 1, digits=40, what=written)
