"""Laws that need no oracle: what is rewritten is what is written, wherever that is finite or undefined."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.sympy_functions.scalar_functions import sigmoid, softplus

x, y, z = sp.symbols("x y z", real=True)
p, q = sp.symbols("p q", positive=True)
LEAVES = [x, y, z, p, q, p, q, sp.Integer(2), sp.Rational(1, 3), sp.Integer(-1), sp.pi, sp.Integer(1)]
EXPONENTS = [2, 3, -1, -2, sp.Rational(1, 2), sp.Rational(3, 2)]
FUNCTIONS = [sp.cosh, sp.sinh, sp.tanh, sp.erf, sp.erfc, sp.gamma, sp.factorial, sigmoid, softplus, sp.Abs]


def made(r: random.Random, deep: int) -> Any:
    """A random expression of what the table of stable forms is about."""
    if not deep:
        return r.choice(LEAVES)
    first, second = made(r, deep - 1), made(r, deep - 1)
    shapes = [
        *(lambda: first * second, lambda: first + second, lambda: first - second, lambda: first / second) * 2,
        *(lambda: sp.exp(first), lambda: sp.log(first)) * 3,
        lambda: first ** r.choice(EXPONENTS),
        lambda: r.choice([p, q, sp.Integer(2)]) ** first,
        lambda: r.choice(FUNCTIONS)(first),
        lambda: (1 + sp.exp(first)) * second,
        lambda: 1 / (sp.exp(first) - 1),
        lambda: sp.exp(first) / (1 + sp.exp(first)),
        lambda: second * sp.exp(first) + (1 - second) * sp.exp(-first),
    ]
    return r.choice(shapes)()


def drawn(seed: int) -> Any | None:
    """The expression of a seed; None where SymPy found it to be no real expression, or code has none of its pieces."""
    r = random.Random(seed)
    expression = sp.log(made(r, 3)) if seed % 3 else made(r, 3)
    if not expression.free_symbols or expression.has(sp.zoo, sp.nan, sp.oo, sp.I) or len(str(expression)) > 200:
        return None
    return expression


def both(expression: Any) -> tuple[Any, Any] | None:
    symbols = sorted(expression.free_symbols, key=str)
    try:
        rewritten, plain = (sb.derive(expression, symbols, stable=stable) for stable in (True, False))
        return (rewritten.compile(), plain.compile()) if rewritten.sweep.graph.remembered["said"] else None
    except sb.UnsupportedError:
        return None


@pytest.mark.parametrize("start", range(0, 240, 24))
def test_what_is_rewritten_equals_what_is_written(start: int) -> None:
    tried = 0
    for seed in range(start, start + 24):
        expression = drawn(seed)
        functions = None if expression is None else both(expression)
        if functions is not None:
            tried += 1
            for point in range(3):
                compare(expression, *functions, random.Random(1000 * seed + point))
    assert tried >= 3


def compare(expression: Any, rewritten: Any, plain: Any, r: random.Random) -> None:
    """Equal in value and derivatives; finite where only the rewritten one is; undefined together."""
    signs = {symbol.name: symbol.is_positive for symbol in expression.free_symbols}
    values = {name: r.uniform(0.2, 2.5) if positive else r.uniform(-2.5, 2.5) for name, positive in signs.items()}
    with np.errstate(all="ignore"):
        (value, gradients), (other, others) = rewritten(**values), plain(**values)
    for found, written in [(value, other), *((gradients[name], others[name]) for name in gradients)]:
        if math.isfinite(written) and math.isfinite(other):
            assert abs(found - written) <= 1e-6 * max(1, abs(written)), (expression, values)
        elif math.isnan(other) and found is value:
            assert math.isnan(found), (expression, values)
