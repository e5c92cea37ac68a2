"""Activations and losses as expressions to the last digits: their values and derivatives over all that matters.

An error is counted in units in the last place of the exact result or, where the last sum that gives it cancels, of the
largest term of that sum; below the smallest normal number in units of the smallest number there is. The exact results
are computed with 500 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y = sp.symbols("x y", real=True)

VALUE_UNITS, DERIVATIVE_UNITS = 4, 8
SMALLEST, SMALLEST_NORMAL = 5e-324, 2.2250738585072014e-308


def grid() -> Any:
    """Both signs, from the smallest number to 1000, with what lies next to each zero and to each end of exp's range."""
    sides = [
        np.linspace(0, 1000, 41),
        np.linspace(0, 45, 46) + 0.1,
        np.geomspace(1e-300, 1000, 40),
        [SMALLEST, SMALLEST_NORMAL, 36.7, 37.5, 38.2, 38.5, 38.6, 709.7, 709.9, 744.4, 745.1, 745.2],
    ]
    return np.unique(np.concatenate([sign * np.asarray(side) for side in sides for sign in (1, -1)]))


def sigma(t: Any) -> Any:
    return 1 / (1 + mp.exp(-t))


def phi(t: Any) -> Any:
    """The normal density."""
    return mp.exp(-t * t / 2) / mp.sqrt(2 * mp.pi)


def big_phi(t: Any) -> Any:
    """The normal distribution function."""
    return mp.erfc(-t / mp.sqrt(2)) / 2


def lse(*ts: Any) -> Any:
    return mp.log(mp.fsum(map(mp.exp, ts)))


Exact = Callable[[Any], list[Any]]
"""At a point: the terms of the last sum, which are the result."""


@dataclass(frozen=True)
class Case:
    expression: Any
    value: Exact
    derivative: Exact
    other: float | None = None
    """The value of y."""


CASES = {
    "sigmoid": Case(sb.sigmoid(x), lambda t: [sigma(t)], lambda t: [sigma(t) * sigma(-t)]),
    "tanh": Case(sp.tanh(x), lambda t: [mp.tanh(t)], lambda t: [mp.sech(t) ** 2]),
    "coth": Case(sp.coth(x), lambda t: [mp.coth(t)], lambda t: [-(mp.csch(t) ** 2)]),
    "elu": Case(sb.elu(x), lambda t: [t if t > 0 else mp.expm1(t)], lambda t: [mp.exp(min(t, mp.mpf(0)))]),
    "softplus": Case(sb.softplus(x), lambda t: [lse(0, t)], lambda t: [sigma(t)]),
    "bce of 1": Case(sb.bce(sb.sigmoid(x), 1), lambda t: [lse(0, -t)], lambda t: [sigma(t), mp.mpf(-1)]),
    "bce of 0": Case(sb.bce(sb.sigmoid(x), 0), lambda t: [lse(0, t)], lambda t: [sigma(t)]),
    "bce of y = 1": Case(sb.bce(sb.sigmoid(x), y), lambda t: [lse(0, -t)], lambda t: [sigma(t), mp.mpf(-1)], 1.0),
    "bce of y = 0": Case(sb.bce(sb.sigmoid(x), y), lambda t: [lse(0, t)], lambda t: [sigma(t)], 0.0),
    "bce of y = 1/4": Case(
        sb.bce(sb.sigmoid(x), y), lambda t: [lse(0, t), -t / 4], lambda t: [sigma(t), mp.mpf(-0.25)], 0.25
    ),
    "gelu": Case(sb.gelu(x), lambda t: [t * big_phi(t)], lambda t: [big_phi(t), t * phi(t)]),
    "gelu by erf": Case(
        x * (1 + sp.erf(x / sp.sqrt(2))) / 2, lambda t: [t * big_phi(t)], lambda t: [big_phi(t), t * phi(t)]
    ),
    "logsumexp of 0": Case(sb.logsumexp(x, 0), lambda t: [lse(0, t)], lambda t: [sigma(t)]),
    "logsumexp of y": Case(sb.logsumexp(x, y), lambda t: [lse(t, 3)], lambda t: [sigma(t - 3)], 3.0),
    "logsumexp of three": Case(
        sb.logsumexp(x, 0, -2), lambda t: [lse(t, 0, -2)], lambda t: [1 / (1 + mp.exp(-t) + mp.exp(-2 - t))]
    ),
    "logsumexp of multiples": Case(
        sb.logsumexp(x, 2 * x),
        lambda t: [max(t, 2 * t), lse(0, -abs(t))],
        lambda t: [sigma(-t), 2 * sigma(t)],
    ),
}


def worst_error(found: Any, points: Any, exact: Exact) -> tuple[float, str]:
    """The largest error in units in the last place, and where it is."""
    worst = 0.0, ""
    for point, value in zip(points, np.broadcast_to(found, points.shape), strict=True):
        terms = exact(mp.mpf(float(point)))
        size = max(abs(mp.fsum(terms)), *map(abs, terms)) if len(terms) > 1 else abs(terms[0])
        unit = float(np.spacing(float(size))) if size >= SMALLEST_NORMAL else SMALLEST
        error = float(abs(mp.mpf(float(value)) - mp.fsum(terms)) / mp.mpf(unit)) if np.isfinite(value) else np.inf
        worst = max(worst, (error, f"at {point!r}: {value!r}, {mp.nstr(mp.fsum(terms), 17)} is right"))
    return worst


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_to_the_last_digits(name: str) -> None:
    case, points = CASES[name], grid() if name != "coth" else grid()[np.abs(grid()) > 1e-150]
    given = {"x": points} if case.other is None else {"x": points, "y": np.full_like(points, case.other)}
    function = sb.derive(case.expression, [x]).compile()
    with np.errstate(all="raise", under="ignore"):
        value, derivatives = function(**given)
    with mp.workdps(500):
        for found, exact, most in (
            (value, case.value, VALUE_UNITS),
            (derivatives["x"], case.derivative, DERIVATIVE_UNITS),
        ):
            error, told = worst_error(found, points, exact)
            assert error <= most, f"{name}: {error:.1f} units {told}"


def test_a_remembered_output_would_not_do() -> None:
    """What the figures above are made against: 1 - tanh(x)**2 has no digit left where tanh(x) rounds to 1."""
    points = np.array([20.0])
    _, derivatives = sb.derive(sp.tanh(x), [x], accurate=False).compile()(points)
    with mp.workdps(100):
        assert worst_error(derivatives["x"], points, CASES["tanh"].derivative)[0] > 1e15
