"""Quotients of exponentials and hyperbolic functions: right for both signs of what they are of, whatever the powers."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

u, v, x = sp.symbols("u v x", real=True)
p = sp.Symbol("p", positive=True)
exp, R = sp.exp, sp.Rational

QUOTIENTS = {
    "a root over a difference": sp.sqrt(exp(2 * x) + 1) / (exp(2 * x) - 1),
    "the difference turned": sp.sqrt(exp(x) + 1) / (1 - exp(x)),
    "a root of cosh": sp.sqrt(sp.cosh(x)) / sp.sinh(x),
    "a root of cosh over a square": sp.sqrt(sp.cosh(x)) / sp.sinh(x) ** 2,
    "a root of a quotient": sp.sqrt(sp.cosh(x) / p) / sp.sinh(x),
    "a square over a fractional power": (exp(x) - exp(-x)) ** 2 / (exp(x) + exp(-x)) ** R(3, 2),
    "of two exponents": (exp(u) - exp(v)) ** 2 / (exp(u) + exp(v)) ** R(3, 2),
    "a root over a fourth power": sp.sqrt(exp(x) + 1) / (1 - exp(x)) ** 4,
    "two differences": sp.sqrt(exp(u) + exp(v)) * (exp(x) - 1) / (exp(u) - exp(v)) ** 3,
    "powers": sp.sinh(x) ** 3 / sp.cosh(x) ** 2,
    "powers upside down": sp.cosh(x) ** 2 / sp.sinh(x) ** 5,
    "more above": sp.sinh(x) ** 4 / sp.cosh(x),
}


@pytest.mark.parametrize("at", [-1.7, -0.8, 0.67])
@pytest.mark.parametrize("name", QUOTIENTS)
def test_value_and_derivatives_of_either_sign(name: str, at: float) -> None:
    expression = QUOTIENTS[name]
    symbols = sorted(expression.free_symbols, key=str)
    values: dict[Any, Any] = {one: {"x": at, "u": at, "v": 0.4, "p": 0.5}[one.name] for one in symbols}
    derivation = sb.derive(expression, symbols)
    value, derivatives = derivation.compile()(*values.values())
    assert value == pytest.approx(float(expression.subs(values)), rel=1e-12)
    for one in symbols:
        wanted = float(expression.diff(one).subs(values).evalf(30))
        assert derivatives[one.name] == pytest.approx(wanted, rel=1e-11)
        assert float(derivation.expand(one).subs(values).evalf(30)) == pytest.approx(wanted, rel=1e-11)
