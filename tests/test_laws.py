"""Laws of derivatives that need no oracle, on random expressions: whatever is derived, they hold."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import symbackprop as sb

from .support import deterministic

p, q, r = LETTERS = sp.symbols("p q r", real=True)
L, e = sp.symbols("L e", real=True)

UNARY = [
    sp.sin,
    sp.cos,
    sp.atan,
    sp.tanh,
    sp.erf,
    sp.asinh,
    sp.Abs,
    sb.sigmoid,
    sb.softplus,
    sb.relu,
    sb.silu,
    sb.gelu,
    sb.elu,
    sb.leaky_relu,
    lambda u: sp.exp(-(u**2)),
    lambda u: sp.log(1 + u**2),
    lambda u: sp.sqrt(1 + u**2),
    lambda u: sp.cosh(u / 2),
    lambda u: 1 / (2 + sp.cos(u)),
    lambda u: u**3,
    lambda u: sp.loggamma(2 + u**2),
    lambda u: sp.Max(0, 1 - u),
    lambda u: (1 + u**2) ** sp.Rational(2, 3),
]
BINARY = [
    lambda u, v: u + v,
    lambda u, v: u * v,
    lambda u, v: u - 2 * v,
    lambda u, v: u / (1 + v**2),
    lambda u, v: (1 + u**2) ** (v / 3),
    lambda u, v: sp.atan2(u, 2 + v**2),
    sp.Max,
    lambda u, v: sp.Min(u, v, u * v),
    lambda u, v: sb.logsumexp(u, v, 0),
    lambda u, v: sp.Piecewise((u * v, u > v), (u - v**2, True)),
    lambda u, v: sp.Piecewise((sp.log(u), u > 1), (v, sp.And(v > 0, u < 0)), (u * sp.sin(v), True)),
]
NUMBERS = st.sampled_from([sp.Integer(1), sp.Integer(-2), sp.Rational(1, 3), sp.Rational(-5, 2), sp.pi])


def made(function: Any, *parts: Any) -> Any:
    """A function of parts; the first part where it has no value, or none that is real."""
    try:
        found = sp.S(function(*parts))
    except TypeError:  # SymPy compares no complex infinity
        return parts[0]
    return parts[0] if found.has(sp.zoo, sp.oo, -sp.oo, sp.nan, sp.I) else found


def deeper(parts: Any) -> Any:
    return st.one_of(
        st.builds(made, st.sampled_from(UNARY), parts),
        st.builds(made, st.sampled_from(BINARY), parts, parts),
    )


expressions = st.recursive(st.one_of(st.sampled_from(LETTERS), NUMBERS), deeper, max_leaves=7)
points = st.lists(st.floats(-2.5, 2.5).map(lambda x: round(x, 3) + 0.0007), min_size=3, max_size=3)


def derived(what: Any, wrt: Any, **options: Any) -> sb.Derivation:
    """What is derived; a condition within a condition, which SymPy writes as ITE, is refused and tries nothing here."""
    try:
        return sb.derive(what, wrt, **options)
    except sb.UnsupportedError as error:
        assume("ITE" not in str(error))
        raise


class At:
    """Derivatives at one point, as compiled code has them."""

    def __init__(self, point: list[float]) -> None:
        self.point = dict(zip(("p", "q", "r"), point, strict=True))

    def gradient(self, what: Any, wrt: Any = LETTERS) -> dict[str, float]:
        """By name; 0 by what the expression does not contain."""
        found = sp.S(what).free_symbols if not isinstance(what, list) else set(wrt)
        symbols = [symbol for symbol in wrt if symbol in found]
        if not symbols:
            return {symbol.name: 0.0 for symbol in wrt}
        function = derived(what, symbols).compile()
        values = function(**{name: self.point[name] for name in function.arguments})[1]
        return {symbol.name: values.get(symbol.name, 0.0) for symbol in wrt}


def agree(one: float, other: float, size: float = 1.0) -> None:
    assert math.isfinite(one) == math.isfinite(other), (one, other)
    if math.isfinite(one):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9 * max(1.0, size))


def known(what: Any, at: At) -> dict[str, float]:
    gradient = at.gradient(what)
    assume(all(math.isfinite(part) and abs(part) < 1e8 for part in gradient.values()))
    return gradient


def computed(what: Any, at: At) -> float:
    """The value of an expression, from the function that has its derivatives too."""
    symbols = sorted(sp.S(what).free_symbols, key=str)
    if not symbols:
        return float(what)
    function = derived(what, symbols).compile()
    value = function(**{name: at.point[name] for name in function.arguments})[0]
    assume(math.isfinite(value) and abs(value) < 1e8)
    return float(value)


@deterministic(60)
@given(expressions, expressions, points)
def test_the_derivative_of_a_combination_is_that_of_its_parts(f: Any, g: Any, point: list[float]) -> None:
    at = At(point)
    one, other, both = known(f, at), known(g, at), at.gradient(2 * f - 3 * g)
    for name in both:
        agree(both[name], 2 * one[name] - 3 * other[name], abs(one[name]) + abs(other[name]))


@deterministic(60)
@given(expressions, expressions, points)
def test_the_product_rule(f: Any, g: Any, point: list[float]) -> None:
    at = At(point)
    one, other = known(f, at), known(g, at)
    u, v = computed(f, at), computed(g, at)
    for name, found in at.gradient(f * g).items():
        agree(found, u * other[name] + v * one[name], abs(u * other[name]) + abs(v * one[name]))


@deterministic(60)
@given(expressions, points)
def test_the_chain_rule(f: Any, point: list[float]) -> None:
    at = At(point)
    inner, value = known(f, at), computed(f, at)
    for name, found in at.gradient(sp.sin(f) + sp.atan(f)).items():
        agree(found, (math.cos(value) + 1 / (1 + value**2)) * inner[name], abs(inner[name]))


@deterministic(40)
@given(expressions, expressions, points)
def test_a_named_part_changes_nothing(f: Any, g: Any, point: list[float]) -> None:
    at = At(point)
    whole = f * sp.tanh(g) + sp.cos(f)
    assume(whole.free_symbols)
    wrt = sorted(whole.free_symbols, key=str)
    named = derived([(e, f), (L, e * sp.tanh(g) + sp.cos(e))], wrt).compile()
    expected = known(whole, at)
    for name, found in named(**{name: at.point[name] for name in named.arguments})[1].items():
        agree(found, expected[name], abs(expected[name]))


@deterministic(40)
@given(expressions, points)
def test_second_derivatives_do_not_depend_on_the_order(f: Any, point: list[float]) -> None:
    at = At(point)
    assume({p, q} <= f.free_symbols)
    known(f, at)
    first = derived(f, [p, q])
    mixed = [at.gradient(first.equations_of(one), [other]) if _has(first, one, other) else {other.name: 0.0}
             for one, other in ((p, q), (q, p))]  # fmt: skip
    assume(all(math.isfinite(value) and abs(value) < 1e8 for row in mixed for value in row.values()))
    agree(mixed[0]["q"], mixed[1]["p"], abs(mixed[0]["q"]))


def _has(d: sb.Derivation, one: Any, other: Any) -> bool:
    return other in {symbol for _, expression in d.equations_of(one) for symbol in expression.free_symbols}


@deterministic(40)
@given(expressions, points)
def test_the_order_of_the_arguments_changes_nothing(f: Any, point: list[float]) -> None:
    at = At(point)
    assume(f.free_symbols)
    symbols = sorted(f.free_symbols, key=str)
    for wrt in (symbols, symbols[::-1], symbols[:1]):
        function = derived(f, wrt).compile()
        _, gradients = function(*(at.point[name] for name in function.arguments))
        assert list(gradients) == [symbol.name for symbol in wrt]
        for name, found in gradients.items():
            agree(found, known(f, at)[name], abs(found))


@deterministic(60)
@given(expressions, points)
def test_the_formula_at_floats_is_what_the_code_computes(f: Any, point: list[float]) -> None:
    at = At(point)
    expected = known(f, at)
    values = {symbol: at.point[symbol.name] for symbol in f.free_symbols}
    for method in ("backprop", "forward"):
        for symbol in f.free_symbols:
            formula = derived(f, [symbol], method=method).expand(symbol)
            agree(float(formula.doit().subs(values).evalf()), expected[symbol.name], abs(expected[symbol.name]))
