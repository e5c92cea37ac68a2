"""Ties of Max and Min in what goes back to SymPy: told by the operands, so that they hold for floats as they are."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z, p = sp.symbols("x y z p", real=True)
L = sp.Symbol("L", real=True)

LOSSES = {
    "hinge": sp.Max(0, 1 - x * y),
    "squared hinge": sp.Max(0, 1 - x * y) ** 2,
    "pinball": sp.Max(sp.Rational(3, 10) * (y - x), sp.Rational(-7, 10) * (y - x)),
    "pinball of floats": sp.Max(0.9 * (x - y), -0.1 * (x - y)),
    "triplet": sp.Max(0, x**2 - y**2 + 1),
    "triplet of distances": sp.Max(0, sp.sqrt((x - y) ** 2 + 1) - sp.sqrt((x - p) ** 2 + 1) + z),
    "two lines": sp.Max(x + 1, 2 * x),
    "two lines of two": sp.Max(2 * x - 1, 3 * y),
    "three": sp.Max(1, x**2, x + 1),
    "floats": sp.Min(0.1 * x + 3, 0.5 * x + 1, x + 1),
    "one in the other": sp.Max(2 * sp.Max(x, y), z, sp.Min(p, x)),
    "a product": sp.Min(x * y, x + y) * sp.Max(x, y, z),
    "the same twice": sp.Max(x, y) ** 2 + sp.sin(sp.Max(x, y)),
    "five": sp.Max(*(x * k - y * k**2 / 5 for k in range(1, 5)), z),
}

BACK: dict[str, Callable[[Any, dict[Any, float]], Any]] = {
    "subs": lambda formula, values: formula.subs(values),
    "evalf": lambda formula, values: formula.evalf(30, subs=values),
    "lambdify": lambda formula, values: sp.lambdify(list(values), formula)(*values.values()),
}
FORMULAS: dict[str, Callable[[Any, Any], Any]] = {
    "backprop": lambda loss, symbol: sb.derive(loss, [symbol]).expand(symbol),
    "forward": lambda loss, symbol: sb.derive(loss, [symbol], method="forward").expand(symbol),
    "jvp": lambda loss, symbol: sb.jvp(loss, {symbol: 1}).expand(),
}


def points(count: int) -> list[dict[Any, float]]:
    draw = random.Random(5)
    return [{symbol: draw.uniform(-2, 2) for symbol in (x, y, z, p)} for _ in range(count)]


@pytest.mark.parametrize("way", FORMULAS)
@pytest.mark.parametrize("name", LOSSES)
def test_formulas_at_floats_are_sympys_derivatives(name: str, way: str) -> None:
    loss = LOSSES[name]
    for symbol in sorted(loss.free_symbols, key=str):
        formula, expected = FORMULAS[way](loss, symbol), loss.diff(symbol)
        assert not formula.has(sp.Heaviside, sp.zoo)
        for values in points(2):
            exact = float(expected.subs(values))
            for how, back in BACK.items():
                assert float(back(formula, values)) == pytest.approx(exact, rel=1e-9, abs=1e-12), (how, symbol, values)


@pytest.mark.parametrize("kind", [sp.Integer, sp.Rational, sp.Float, float])
def test_operands_that_tie_share_evenly(kind: Any) -> None:
    half = kind(0.5) if kind is not sp.Integer else kind(1)
    for extremum in (sp.Max, sp.Min):
        of_two = sb.derive(extremum(2 * x, x + half), [x]).expand(x)
        assert float(of_two.subs(x, half)) == 1.5
        of_three = sb.derive(extremum(3 * x, 2 * y, z), [x, y, z])
        tied = {x: 2 * half, y: 3 * half, z: 6 * half}
        shares = [float(of_three.expand(symbol).subs(tied)) for symbol in (x, y, z)]
        assert shares == pytest.approx([1, 2 / 3, 1 / 3], rel=1e-12)


@pytest.mark.slow
def test_ties_in_named_quantities() -> None:
    """The maximum has a name, and so have operands of it: the ties are between what the names stand for."""
    m, n, q = sp.symbols("m n q", real=True)
    d = sb.derive([(n, 1 - x * y), (m, sp.Max(0, n)), (q, sp.Min(m, n + x, m * x)), (L, m**2 + q)], [x, y])
    plain = sp.Max(0, 1 - x * y) ** 2 + sp.Min(sp.Max(0, 1 - x * y), 1 - x * y + x, sp.Max(0, 1 - x * y) * x)
    replacements, [_, *gradients] = d.as_cse()
    for values in points(6):
        found = dict(values)
        for name, expression in replacements:
            found[name] = float(expression.subs(found))
        for symbol, gradient in zip((x, y), gradients, strict=True):
            exact = float(plain.diff(symbol).subs(values))
            assert float(d.expand(symbol).subs(values)) == pytest.approx(exact, rel=1e-9)
            assert float(gradient.subs(found)) == pytest.approx(exact, rel=1e-9)


@pytest.mark.slow
def test_ties_of_the_entries_of_a_matrix() -> None:
    X, Y = sp.MatrixSymbol("X", 3, 2), sp.MatrixSymbol("Y", 3, 2)
    t = sp.Symbol("t", real=True)
    hinge = sp.Lambda(t, sp.Max(0, 1 - t, t**2 - 2))
    d = sb.derive(sb.Total(sp.HadamardProduct(X, Y).applyfunc(hinge)), [X, Y])
    draw = np.random.default_rng(2)
    for _ in range(5):
        values = {X: draw.normal(size=(3, 2)) * 2, Y: draw.normal(size=(3, 2)) * 2}
        gradients = d.compile()(values[X], values[Y])[1]
        for symbol, name in ((X, "X"), (Y, "Y")):
            formula = d.expand(symbol).subs({key: sp.Matrix(value) for key, value in values.items()})
            found = np.array(sp.Matrix(formula.as_explicit().doit()).tolist(), dtype=float)
            assert found == pytest.approx(gradients[name], rel=1e-12)


def test_a_comparison_that_the_user_wrote_stays_his() -> None:
    d = sb.derive(sp.Piecewise((x * y, sp.Eq(x, sp.Max(x, y))), (y, True)), [x, y])
    for values, expected in (({x: 2, y: 1}, (1, 2)), ({x: 1, y: 2}, (0, 1)), ({x: 2, y: 2}, (2, 2))):
        assert tuple(d.expand(symbol).subs(values) for symbol in (x, y)) == expected
