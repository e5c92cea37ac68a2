"""x**h at x = 0: what each derivative is there, in every form, and without a warning."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, h, r, s, t = sp.symbols("x h r s t", real=True)
C, K, n, a, k, top = sp.symbols("C K n a k top", positive=True)
A, H = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("H", 2, 2)
INF, NAN = float("inf"), float("nan")

# x, h, by x, by h
POWERS = [
    (0.0, 2.0, 0.0, 0.0),
    (0.0, 1.0, 1.0, 0.0),
    (0.0, 0.7, INF, 0.0),
    (0.0, 0.0, 0.0, 0.0),
    (0.0, -1.0, -INF, -INF),
    (0.0, -0.5, -INF, -INF),
    (0.0, 3.0, 0.0, 0.0),
    (2.0, 0.0, 0.0, np.log(2.0)),
    (-2.0, 0.0, 0.0, NAN),
    (-2.0, 2.0, -4.0, NAN),
    (INF, 0.0, 0.0, INF),
    (1e-300, 0.0, 0.0, np.log(1e-300)),
    (1.5, 2.5, 2.5 * 1.5**1.5, 1.5**2.5 * np.log(1.5)),
]


def same(found: Any, expected: Any, tolerance: float = 1e-13) -> None:
    np.testing.assert_allclose(np.asarray(found, float), expected, rtol=tolerance, atol=0)


def quietly(derivation: Any, *args: Any, **values: Any) -> Any:
    with np.errstate(all="raise"):
        return derivation.compile()(*args, **values)


@pytest.mark.parametrize(("at", "power", "by_x", "by_h"), POWERS)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_code(at: float, power: float, by_x: float, by_h: float, method: str) -> None:
    gradients = quietly(sb.derive(x**h, [x, h], method=method), at, power)[1]
    same([gradients["x"], gradients["h"]], [by_x, by_h])
    for symbol, value in ((x, by_x), (h, by_h)):
        with np.errstate(all="raise"):
            same(sb.jvp(x**h, {symbol: sp.S.One}).compile()(x=at, h=power)[1], value)


@pytest.mark.parametrize(("base", "exponent"), [(x, h), (C, n), (C, h), (x, n)])
def test_sympy_says_what_code_says(base: Any, exponent: Any) -> None:
    derivation = sb.derive(base**exponent, [base, exponent])
    for at, power, by_x, by_h in POWERS:
        for symbol, value in ((base, by_x), (exponent, by_h)):
            if np.isinf(at) or np.isinf(value):  # SymPy has zoo, or no number, for what is infinite
                continue
            if (power < 0 and exponent is n) or (at < 0 and base is C):  # outside what they are declared as
                continue
            found = derivation.expand(symbol)
            with np.errstate(all="ignore"):
                same(sp.lambdify((base, exponent), found)(np.float64(at), np.float64(power)), value)
                arrays = sp.lambdify((base, exponent), found)(np.array([at, at]), power)
            same(arrays, [value, value])
            if not np.isnan(value):
                same(found.subs({exponent: power, base: at}), value)
                same(found.subs({base: at, exponent: power}), value)
                same(found.evalf(subs={base: at, exponent: power}), value)


def test_a_written_module(tmp_path: Path) -> None:
    evaluate = runpy.run_path(str(sb.derive(x**h, [x, h]).write(tmp_path / "m.py")))["evaluate"]
    points = np.array(POWERS)
    with np.errstate(all="raise"):
        gradients = evaluate(points[:, 0], points[:, 1])[1]
    same(gradients["x"], points[:, 2])
    same(gradients["h"], points[:, 3])


@pytest.mark.slow
def test_as_jax_has_it() -> None:
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        by_h = jax.grad(lambda at, power: at**power, 1)
        for at, power, _, expected in POWERS:
            if at >= 0 and power >= 0 and np.isfinite(at):
                same(float(by_h(at, power)), expected)
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.slow
def test_as_pytorch_has_it() -> None:
    torch = pytest.importorskip("torch")
    for at, power, by_x, by_h in POWERS:
        if power >= 0 and not np.isnan(by_h):
            base, exponent = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (at, power))
            (base**exponent).backward()
            same([base.grad.item(), exponent.grad.item()], [by_x, by_h])


def test_is_the_limit() -> None:
    """By h towards x = 0, by 40 digits."""
    with mp.workdps(40):
        near = mp.mpf(10) ** -(10**6)
        for power in (0.01, 0.5, 1.0, 2.0, 7.3):
            limit = near**power * mp.log(near)
            assert abs(limit) < mp.mpf(10) ** -1000
            same(quietly(sb.derive(x**h, [h]), power, 0.0)[1]["h"], 0.0)


# --- second derivatives ---

SECOND = [  # x, h, by xx, xh, hh
    (0.0, 2.0, 2.0, 0.0, 0.0),
    (0.0, 3.0, 0.0, 0.0, 0.0),
    (0.0, 1.5, INF, 0.0, 0.0),
    (0.0, -1.0, INF, INF, INF),
    (0.0, 4.5, 0.0, 0.0, 0.0),
    (2.0, 0.0, 0.0, 0.5, np.log(2.0) ** 2),
    (1e-3, 0.0, 0.0, 1e3, np.log(1e-3) ** 2),
    (1.5, 1.0, 0.0, 1 + np.log(1.5), 1.5 * np.log(1.5) ** 2),
    (-2.0, 2.0, 2.0, NAN, NAN),
]


@pytest.mark.parametrize(("at", "power", "xx", "xh", "hh"), SECOND)
def test_second_derivatives(at: float, power: float, xx: float, xh: float, hh: float) -> None:
    first = sb.derive(x**h, [x, h])
    by_x, by_h = (quietly(sb.derive(first.expand(symbol), [x, h]), at, power)[1] for symbol in (x, h))
    same([by_x["x"], by_x["h"], by_h["x"], by_h["h"]], [xx, xh, xh, hh])


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_second_derivatives_by_x_at_0(power: float) -> None:
    twice = sb.derive(sb.derive(x**h, [x]).expand(x), [x])
    same(quietly(twice, 0.0, power)[1]["x"], 2.0 if power == 2 else 0.0)


# --- what stays short ---


@pytest.mark.parametrize("power", [2, 3, -1, sp.Rational(1, 2), sp.Rational(7, 3), sp.sqrt(2), sp.pi, sp.pi - 1, 0.3])
def test_a_constant_exponent_has_no_choice(power: Any) -> None:
    derivation = sb.derive(x**power, [x])
    assert not derivation.expand(x).has(sp.Piecewise)
    assert " if " not in str(derivation.explain(x))
    same(quietly(derivation, 1.7)[1]["x"], float(sp.diff(x**power, x).subs(x, 1.7)))


@pytest.mark.parametrize("base", [2, sp.Rational(1, 3), sp.pi, sp.sqrt(2) + 1])
def test_a_constant_base_has_no_choice(base: Any) -> None:
    derivation = sb.derive(base**h, [h])
    assert not derivation.expand(h).has(sp.Piecewise)
    same(quietly(derivation, 1.7)[1]["h"], float(sp.diff(base**h, h).subs(h, 1.7)))


def test_no_choice_in_networks() -> None:
    for form in ("scalar", "matrix"):
        net = sb.Network([2, 3, 1], hidden="tanh", output="identity", loss="half_sse", form=form)
        assert "where" not in sb.derive(net).source()


def test_the_print() -> None:
    derivation = sb.derive(x**h, [x, h])
    assert "∂L/∂x = {0 if |x| + |h| = 0; h · x^(h − 1) otherwise}" in str(derivation.explain(x))
    assert "∂L/∂h = {L ln(x) if x ≠ 0; −L · |h| otherwise}" in str(derivation.explain(h))


# --- the curve of Hill, as it was reported ---


@pytest.mark.parametrize("hill", [top * C**n / (K**n + C**n), top * (C / K) ** n / (1 + (C / K) ** n)], ids=str)
def test_hill_without_a_dose(hill: Any) -> None:
    derivation = sb.derive(hill, [top, K, n, C])
    powers = np.array([1.0, 2.0, 0.7])
    gradients = quietly(derivation, top=2.0, K=1.5, n=powers, C=0.0)[1]
    same(gradients["n"], np.zeros(3))
    same(gradients["K"], np.zeros(3))
    same(gradients["C"], [4 / 3, 0.0, INF])
    for symbol, expected in ((n, np.zeros(3)), (K, np.zeros(3)), (C, [4 / 3, 0.0, INF])):
        found = derivation.expand(symbol)
        with np.errstate(all="ignore"):
            same(sp.lambdify((top, K, n, C), found)(2.0, 1.5, powers, 0.0), expected)
        for power, value in zip(powers, expected, strict=True):
            if np.isfinite(value):
                same(found.subs({top: 2.0, K: 1.5, n: power, C: 0.0}), value)


# --- powers of quotients and products ---

QUOTIENTS = {
    "quotient": ((r / a) ** h, [r, a, h]),
    "product": ((r * a) ** h, [r, a, h]),
    "numbers": ((3 * r / (2 * a)) ** h, [r, a, h]),
    "two below": ((r / (a * K)) ** h, [r, a, K, h]),
    "above and below": ((k * r / a) ** h, [r, k, a, h]),
    "all positive": ((k * C / K) ** n, [C, k, K, n]),
    "shared": ((r / a) ** h * sp.exp(-r / a), [r, a, h]),
    "in a branch": (sp.Piecewise(((r / a) ** h, r >= 0), (r * a * h, True)), [r, a, h]),
    "a sum of them": ((r / a) ** h + (r / K) ** h * (K * a) ** h, [r, a, K, h]),
    "a sign": ((-2 * r / a) ** h, [r, a, h]),
    "without assumptions": ((r / s) ** h, [r, s, h]),
}
VALUES = {"a": 2.0, "s": 2.0, "K": 1.5, "k": 3.0, "h": 0.7, "n": 0.7}


@pytest.mark.parametrize(("expression", "wrt"), QUOTIENTS.values(), ids=QUOTIENTS)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_a_power_of_a_quotient_at_0(expression: Any, wrt: list[Any], method: str) -> None:
    """All but the derivative by what is 0 are finite: 0."""
    derivation = sb.derive(expression, wrt, method=method)
    zero, *others = wrt
    values = {symbol.name: VALUES.get(symbol.name, 0.0) for symbol in wrt} | {zero.name: 0.0}
    value, gradients = quietly(derivation, **values)
    same(value, 0.0)
    same(abs(gradients[zero.name]), INF)
    same([gradients[symbol.name] for symbol in others], np.zeros(len(others)))
    for symbol in others:
        point = {symbol: values[symbol.name] for symbol in wrt}
        same(derivation.expand(symbol).subs(point), 0.0)


@pytest.mark.parametrize(("expression", "wrt"), QUOTIENTS.values(), ids=QUOTIENTS)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_a_power_of_a_quotient_elsewhere(expression: Any, wrt: list[Any], method: str) -> None:
    values = {
        symbol.name: VALUES.get(symbol.name, -0.3 if expression == QUOTIENTS["a sign"][0] else 0.3) for symbol in wrt
    }
    gradients = quietly(sb.derive(expression, wrt, method=method), **values)[1]
    point = {symbol: sp.Rational(str(values[symbol.name])) for symbol in wrt}
    for symbol in wrt:
        same(gradients[symbol.name], float(expression.diff(symbol).subs(point).evalf(30)))


def test_a_power_of_a_quotient_stays_whole() -> None:
    """A Mie potential in metres: r**50 is below the floats."""
    potential = (a / C) ** n - (a / C) ** k
    derivation = sb.derive(potential, [a, C, n, k])
    values = {"a": 3e-10, "C": 4e-10, "n": 50.0, "k": 40.0}
    value, gradients = quietly(derivation, **values)
    point = {symbol: sp.Rational(values[symbol.name]) for symbol in (a, C, n, k)}
    same(value, float(potential.subs(point).evalf(30)), 1e-12)
    for symbol in (a, C, n, k):
        same(gradients[symbol.name], float(potential.diff(symbol).subs(point).evalf(30)), 1e-12)
    assert "−L h/a" in str(sb.derive((r / a) ** h, [a]).explain(a))


def test_the_adjoint_of_a_shared_quotient_is_told_whole() -> None:
    derivation = sb.derive((r / a) ** h * sp.exp(-r / a), [r, a])
    [name] = [symbol for symbol in derivation.quantities if symbol.name.startswith("t") and symbol != derivation.loss]
    point = {r: 0.6, a: 2.0, h: 0.7}
    u = sp.Symbol("u")
    exact = (u**h * sp.exp(-u)).diff(u).subs({u: 0.3, h: 0.7})
    same(derivation.expand(name).subs(point), float(exact))


def test_a_quantity_is_not_taken_apart() -> None:
    q, L = sp.symbols("q L", real=True)
    derivation = sb.derive([(q, r / a), (L, q**h)], [r, a])
    same(derivation.compile()(r=0.6, a=2.0, h=0.7)[1]["a"], -0.7 * 0.3**0.7 / 2.0)
    assert "∂L/∂q · ∂q/∂a" in str(derivation.explain(a))


# --- matrices ---

ENTRIES, POWERS_OF_ENTRIES = np.array([[0.0, 2.0], [0.5, 0.0]]), np.array([[2.0, 0.0], [1.0, 0.7]])


def explicit(expression: Any, **values: Any) -> np.ndarray:
    symbols = {"A": A, "h": h, "s": s}
    for name, value in values.items():
        expression = expression.subs(symbols[name], sp.Matrix(value) if name == "A" else value)
    found = expression.doit()
    return np.array(found.as_explicit().tolist() if found.is_Matrix else found, float)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0, 2.5])
def test_entry_by_entry(power: float) -> None:
    derivation = sb.derive(sb.Total(A.applyfunc(sp.Lambda(t, t**h))), [A, h])
    gradients = quietly(derivation, A=ENTRIES, h=power)[1]
    scalars = quietly(sb.derive(x**h, [x, h]), ENTRIES, power)[1]
    same(gradients["A"], scalars["x"])
    same(gradients["h"], scalars["h"].sum())
    same(explicit(derivation.expand(A), h=power, A=ENTRIES), scalars["x"])
    same(explicit(derivation.expand(h), h=power, A=ENTRIES), scalars["h"].sum())


def test_a_matrix_as_the_exponent() -> None:
    gradients = quietly(sb.derive(sb.Total(sp.HadamardPower(A, H)), [A, H]), A=ENTRIES, H=POWERS_OF_ENTRIES)[1]
    scalars = quietly(sb.derive(x**h, [x, h]), ENTRIES, POWERS_OF_ENTRIES)[1]
    same(gradients["A"], scalars["x"])
    same(gradients["H"], scalars["h"])


def test_a_number_as_the_base() -> None:
    derivation = sb.derive(sb.Total(A.applyfunc(sp.Lambda(t, s**t))), [A, s])
    gradients = quietly(derivation, A=POWERS_OF_ENTRIES, s=0.0)[1]
    scalars = quietly(sb.derive(x**h, [x, h]), 0.0, POWERS_OF_ENTRIES)[1]
    same(gradients["A"], scalars["h"])
    same(gradients["s"], scalars["x"].sum())
    same(explicit(derivation.expand(A), s=0.0, A=POWERS_OF_ENTRIES), scalars["h"])


def test_quotients_entry_by_entry() -> None:
    derivation = sb.derive(sb.Total(A.applyfunc(sp.Lambda(t, (t / a) ** h))), [a, h])
    gradients = quietly(derivation, A=ENTRIES, a=2.0, h=0.7)[1]
    scalars = quietly(sb.derive((r / a) ** h, [a, h]), r=ENTRIES, a=2.0, h=0.7)[1]
    same([gradients["a"], gradients["h"]], [scalars["a"].sum(), scalars["h"].sum()])


def test_a_batch() -> None:
    derivation = sb.derive(top * x**n, [n, top])
    gradients = derivation.compile(batch=[x])(n=0.7, top=2.0, x=np.array([0.0, 2.0]))[1]
    same(gradients["n"], 2.0 * 2.0**0.7 * np.log(2.0) / 2)
    same(gradients["top"], 2.0**0.7 / 2)
