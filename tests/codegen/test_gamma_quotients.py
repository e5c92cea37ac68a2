"""Factorials, betas, binomials, remainders and sin(x)/x in code: far out, at poles, near 0, on every target."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from sympy.codegen import cfunctions, numpy_nodes, scipy_nodes

import symbackprop as sb

x, y = sp.symbols("x y", real=True)
TARGETS = ["floats", "arrays", "jax"]


def calls(expression: Any, target: str) -> Any:
    """(value, *derivatives by x and y) at numbers."""
    wrt = [symbol for symbol in (x, y) if expression.has(symbol)]
    if target == "jax":
        pytest.importorskip("jax")
    compiled = sb.derive(expression, wrt).compile(target="jax" if target == "jax" else "numpy")

    def call(*at: float) -> list[float]:
        given = [np.array([one]) for one in at] if target == "arrays" else list(at)
        if target == "jax":
            import jax  # noqa: PLC0415  # is not there everywhere

            with jax.enable_x64(True):
                value, gradient = compiled(*given)
                return [float(one) for one in (value, *gradient.values())]
        value, gradient = compiled(*given)
        return [float(np.ravel(one)[0]) for one in (value, *gradient.values())]

    return call


FUNCTIONS: dict[str, tuple[Any, Any, list[tuple[float, ...]]]] = {
    "beta": (sp.beta(x, y), mp.beta, [(0.3, 0.4), (200.0, 3.0), (3.0, 400.0), (1e5, 2.5), (150.0, 170.5), (-3.7, 0.4)]),
    "binomial": (sp.binomial(x, y), mp.binomial, [(5.0, 2.0), (200.0, 3.5), (900.0, 450.0), (1e5, 2.5), (7.5, -0.3)]),
    "binomial of 3": (sp.binomial(x, 3), lambda n: mp.binomial(n, 3), [(2.0,), (0.0,), (-4.0,), (1e6,), (7.5,)]),
    "factorial": (sp.factorial(x), mp.factorial, [(0.0,), (4.0,), (-0.5,), (-7.3,), (160.0,)]),
    "sinc": (sp.sinc(x), mp.sinc, [(0.0,), (1e-9,), (-1e-3,), (0.7,), (-30.0,), (1e4,)]),
    "jn": (sp.jn(4, x), lambda t: _jn(4, t), [(1e-3,), (0.7,), (-2.0,), (5.0,), (-7.0,), (80.0,)]),
    "jn of a high order": (sp.jn(12, x), lambda t: _jn(12, t), [(0.7,), (9.0,), (-11.0,), (14.0,), (80.0,)]),
    "Mod": (sp.Mod(x, y), lambda a, b: a - b * mp.floor(a / b), [(7.0, 3.1), (-7.0, 3.1), (7.0, -3.1), (1e17, 3.0)]),
    "frac": (sp.frac(x), lambda a: a - mp.floor(a), [(2.25,), (-2.25,), (1e-20,)]),
    "Cbrt": (cfunctions.Cbrt(x), lambda t: mp.sign(t) * mp.cbrt(abs(t)), [(8.0,), (-8.0,), (1e-30,)]),
    "log1p": (cfunctions.log1p(x), mp.log1p, [(1e-18,), (-0.5,), (1e30,)]),
    "expm1": (cfunctions.expm1(x), mp.expm1, [(1e-18,), (-50.0,), (300.0,)]),
    "exp2": (cfunctions.exp2(x), lambda t: mp.mpf(2) ** t, [(1000.0,), (-1000.0,), (0.5,)]),
    "log2": (cfunctions.log2(x), lambda t: mp.log(t, 2), [(8.0,), (1e-300,)]),
    "log10": (cfunctions.log10(x), lambda t: mp.log(t, 10), [(1e300,), (0.2,)]),
    "hypot": (cfunctions.hypot(x, y), mp.hypot, [(3e200, 4e200), (3e-200, -4e-200), (0.0, 2.0)]),
    "logaddexp": (numpy_nodes.logaddexp(x, y), lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
        [(1e3, 999.0), (-900.0, 2.0)]),
    "logaddexp2": (numpy_nodes.logaddexp2(x, y), lambda a, b: mp.log(2**a + 2**b, 2), [(1500.0, 1499.0), (-2e3, -2e3)]),
    "cosm1": (scipy_nodes.cosm1(x), lambda t: mp.cos(t) - 1, [(1e-9,), (2.0,)]),
    "powm1": (scipy_nodes.powm1(x, y), lambda a, b: a**b - 1, [(1.5, 1e-18), (2.0, 3.0)]),
}  # fmt: skip


def _jn(n: int, t: Any) -> Any:
    return mp.sign(t) ** n * mp.sqrt(mp.pi / (2 * abs(t))) * mp.besselj(n + mp.mpf(1) / 2, abs(t))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives(name: str, target: str) -> None:
    expression, exact, points = FUNCTIONS[name]
    call = calls(expression, target)
    for at in points:
        found = call(*at)
        with mp.workdps(120):
            numbers = list(map(mp.mpf, at))
            size = [abs(number) * mp.mpf(10) ** -40 or mp.mpf(10) ** -40 for number in numbers]
            slopes = [
                (exact(*_moved(numbers, place, step)) - exact(*_moved(numbers, place, -step))) / (2 * step)
                for place, step in enumerate(size)
            ]
            wanted = [float(one) for one in (exact(*numbers), *slopes)]
        np.testing.assert_allclose(
            found, wanted, rtol=4e-10, atol=1e-300 if min(at) > 0 else 1e-24, err_msg=f"{name}{at}"
        )
        np.testing.assert_allclose(found[0], wanted[0], rtol=3e-12, atol=1e-24, err_msg=f"{name}{at}")


def _moved(numbers: list[Any], place: int, step: Any) -> list[Any]:
    return [number + step if other == place else number for other, number in enumerate(numbers)]


@pytest.mark.parametrize("target", TARGETS)
def test_a_third_derivative_of_sinc_at_0(target: str) -> None:
    """0, -1/3, 0, 1/5: the series."""
    call = calls(sb.derive(sb.derive(sp.sinc(x), [x]).expand(x), [x]).expand(x), target)
    np.testing.assert_allclose(call(0.0), [-1 / 3, 0.0], atol=1e-16)
    np.testing.assert_allclose(call(1e-5), [-1 / 3, 1e-5 / 5], rtol=1e-9)


def test_logarithms_of_gamma_far_out() -> None:
    """Of public reports: log(gamma(200)), and of what is gamma."""
    a = sp.Symbol("alpha", positive=True)
    for expression in (sp.gamma(a), sp.beta(a, 3), sp.binomial(a, sp.Rational(7, 2)), sp.factorial(a)):
        value, gradient = sb.derive(sp.log(expression), [a]).compile()(200.0)
        with mp.workdps(40):
            exact = sp.lambdify(a, sp.log(expression), "mpmath")
            wanted = exact(mp.mpf(200)), mp.diff(exact, mp.mpf(200))
        assert (value, gradient["alpha"]) == pytest.approx(tuple(map(float, wanted)), rel=1e-12)


def test_a_power_keeps_the_dtype() -> None:
    for expression in (sp.beta(x, y), sp.binomial(x, y), sp.factorial(x) * y, sp.sinc(x) * y, sp.Mod(x, y)):
        value, gradient = sb.derive(expression, [x, y]).compile()(
            np.full(2, 2.5, np.float32), np.full(2, 1.5, np.float32)
        )
        assert {value.dtype, *(one.dtype for one in gradient.values())} == {np.dtype(np.float32)}, expression
