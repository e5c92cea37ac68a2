"""Random expressions of choices, undefined pieces and powers: code, both sweeps and SymPy form against SymPy's diff."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, h = sp.symbols("x y h", real=True)
a, b = sp.symbols("a b", positive=True)

Draw = Callable[[], Any]
PIECES: tuple[Callable[[Draw], Any], ...] = (
    lambda u: u() + u(),
    lambda u: u() * u(),
    lambda u: u() / (1 + u() ** 2),
    lambda u: (a * (sp.Abs(y) + 1) / b) ** u(),
    lambda u: (sp.exp(x) * b / a) ** u(),
    lambda u: (1 + sp.Abs(u())) ** u(),
    lambda u: ((x**2 + 1) / a) ** u() + (a * b / (1 + y**2)) ** h,
    lambda u: sp.Piecewise((u(), u() > u()), (u(), True)),
    lambda u: sp.Piecewise((u(), u() > u()), (u(), x < y)),
    lambda u: sp.Piecewise((u(), x > u()), (sp.nan, y > 0), (u(), True)),
    lambda u: sp.sin(u()),
    lambda u: sp.sqrt(1 + u() ** 2),
)


def drawn(source: random.Random, depth: int) -> Any:
    if depth == 0:
        return source.choice([x, y, h, a, b, sp.Integer(source.randint(1, 3)), sp.Rational(1, 2)])
    return source.choice(PIECES)(lambda: drawn(source, depth - 1))


def expression_of(seed: int) -> Any:
    """An expression that SymPy can write: where it cannot fold a condition, the next one."""
    source = random.Random(seed)
    while True:
        try:
            found = drawn(source, 3)
        except (NotImplementedError, ValueError, TypeError):
            continue
        if found.free_symbols:
            return found


def close(found: Any, expected: complex) -> bool:
    found = complex(found)
    if np.isnan(expected) or np.isnan(found):
        return bool(np.isnan(expected) and np.isnan(found))
    tolerance = 1e-8 if abs(expected) < 1e5 else 1e-5  # the sine of a large number
    return abs(found - expected) <= tolerance * max(1.0, abs(expected))


@pytest.mark.parametrize("seed", range(60))
def test_code_and_formula(seed: int) -> None:
    expression, source = expression_of(seed), random.Random(seed)
    wrt = sorted(expression.free_symbols, key=str)
    point = {symbol: source.uniform(0.2, 2) if symbol.is_positive else source.uniform(-2, 2) for symbol in wrt}
    exact = {symbol: sp.Float(value, 30) for symbol, value in point.items()}
    values = {symbol.name: value for symbol, value in point.items()}
    backward, forward = (sb.derive(expression, wrt, method=method) for method in ("backprop", "forward"))
    found, along = (derivation.compile()(**values)[1] for derivation in (backward, forward))
    undefined = np.isnan(complex(expression.subs(exact).evalf(20)))
    for symbol in wrt:
        expected = complex(expression.diff(symbol).subs(exact).evalf(20))
        # SymPy's diff takes a nan that is written out for a number, and its derivative for 0.
        by_nan = undefined and np.isnan(found[symbol.name])
        assert by_nan or close(found[symbol.name], expected), f"{symbol} in {expression}"
        assert close(along[symbol.name], complex(found[symbol.name])), f"forward, {symbol} in {expression}"
        formula = complex(backward.expand(symbol).subs(exact).evalf(20))
        assert close(formula, complex(found[symbol.name])), f"formula, {symbol} in {expression}"
