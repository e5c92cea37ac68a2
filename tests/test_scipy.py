"""SciPy's solvers take the functions as they are: every method that takes derivatives, held against known solutions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, optimize

import symbackprop as sb

x, y, k, vx, vy, t = sp.symbols("x y k vx vy t", real=True)
VALLEY = (1 - x) ** 2 + k * (y - x**2) ** 2
VALUE = sb.value_and_grad([[x, y], k], VALLEY, [x, y])
SECOND: dict[str, dict[str, Any]] = {
    "no": {},
    "hess": {"hess": sb.lambdify([[x, y], k], sb.hessian(VALLEY, [x, y]))},
    "hess, compiled": {"hess": sb.hessian(VALLEY, [x, y]).compile(args=[[x, y], k])},
    "hessp": {"hessp": sb.lambdify([[x, y], [vx, vy], k], sb.hvp(VALLEY, [x, y], [vx, vy]))},
    "hessp, compiled": {"hessp": sb.hvp(VALLEY, [x, y], [vx, vy]).compile(args=[[x, y], [vx, vy], k])},
}
BY_HESSIAN = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg", "trust-constr")
BY_PRODUCT = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-constr")
WAYS = [
    *((method, "no") for method in ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP")),
    *((method, way) for method in BY_HESSIAN for way in ("hess", "hess, compiled")),
    *((method, way) for method in BY_PRODUCT for way in ("hessp", "hessp, compiled")),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of trust-krylov itself
@pytest.mark.parametrize(("method", "way"), WAYS)
def test_minimize(method: str, way: str) -> None:
    for start in ([-1.2, 1.0], np.array([-1, 1])):  # SciPy makes floats of whole numbers
        found = optimize.minimize(VALUE, start, args=(100.0,), jac=True, method=method, tol=1e-9, **SECOND[way])
        np.testing.assert_allclose(found.x, [1, 1], atol=1e-3)


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B"])
def test_a_start_of_float32_stays_so_as_with_any_function(method: str) -> None:
    """SciPy passes it on; its TNC and SLSQP take float64 alone, whoever wrote the function."""
    found = optimize.minimize(VALUE, np.array([0.9, 0.8], np.float32), args=(100.0,), jac=True, method=method)
    np.testing.assert_allclose(found.x, [1, 1], atol=0.05)


def test_minimize_with_a_function_and_its_gradient_apart() -> None:
    function = sb.lambdify([[x, y], k], VALLEY)
    for gradient in (
        sb.lambdify([[x, y], k], sb.gradient(VALLEY, [x, y])),
        sb.gradient(VALLEY, [x, y]).compile(args=[[x, y], k]),
    ):
        found = optimize.minimize(function, [-1.2, 1], args=(100.0,), jac=gradient, method="BFGS")
        np.testing.assert_allclose(found.x, [1, 1], atol=1e-4)
        assert optimize.check_grad(function, gradient, np.array([0.3, 0.7]), 100.0) < 1e-4


def test_minimize_on_data() -> None:
    a, b, target = sp.symbols("a b target", real=True)
    times = np.linspace(0, 3, 50)
    loss = (a * sp.exp(-b * t) - target) ** 2
    function = sb.value_and_grad([[a, b], t, target], loss, [a, b], batch=[t, target])
    found = optimize.minimize(function, [1, 1], args=(times, 3 * np.exp(-0.7 * times)), jac=True, tol=1e-10)
    np.testing.assert_allclose(found.x, [3, 0.7], rtol=1e-5)


W, V, s, vs = sp.MatrixSymbol("W", 2, 2), sp.MatrixSymbol("V", 2, 2), *sp.symbols("s vs", real=True)
TARGET = sp.Matrix([[1, 2], [3, 4]])
OF_MATRIX = sp.Trace((W - TARGET).T * (W - TARGET)) + (s - W[0, 1]) ** 2


@pytest.mark.parametrize("second", [
    {"hess": sb.hessian(OF_MATRIX, [W, s]).compile(args=[[W, s]])},
    {"hessp": sb.hvp(OF_MATRIX, [W, s], [V, vs]).compile(args=[[W, s], [V, vs]])},
])  # fmt: skip
def test_matrices_are_flat(second: dict[str, Any]) -> None:
    function = sb.value_and_grad([[W, s]], OF_MATRIX, [W, s])
    found = optimize.minimize(function, np.zeros(5), jac=True, method="trust-krylov", tol=1e-10, **second)
    np.testing.assert_allclose(found.x, [1, 2, 3, 4, 2], atol=1e-6)


def test_a_hessian_by_a_matrix_takes_flat_arrays_and_whole_ones() -> None:
    hessian = sb.hessian(OF_MATRIX * s, [W, s]).compile(args=[[W, s]])
    flat = np.array([0.5, -1.0, 2.0, 0.1, 0.7])
    for given in (flat.tolist(), [flat[:4].reshape(2, 2), 0.7], [[[0.5, -1.0], [2.0, 0.1]], 0.7]):
        np.testing.assert_array_equal(hessian(given), hessian(flat))
    step = 1e-6 * np.eye(5)
    gradient = sb.gradient(OF_MATRIX * s, [W, s]).compile(args=[[W, s]])
    differences = [(gradient(flat + one) - gradient(flat - one)) / 2e-6 for one in step]
    np.testing.assert_allclose(hessian(flat), differences, rtol=1e-6, atol=1e-6)
    with pytest.raises(sb.ParameterError, match=r"\[W, s\], has shape \(4,\), expected \(2, ...\) or \(5,\)"):
        hessian(np.zeros(4))


CURVES = [x**2 + y**2, x * y]
SLOPES = sb.lambdify([[x, y]], sb.jacobian(CURVES, [x, y]))
CURVATURE = sb.lambdify([[x, y], [vx, vy]], sb.hessian(vx * CURVES[0] + vy * CURVES[1], [x, y]))


@pytest.mark.parametrize(("method", "second", "third"), [
    ("SLSQP", {}, {}), ("trust-constr", SECOND["hess"], {"hess": CURVATURE}),
])  # fmt: skip
def test_constraints(method: str, second: dict[str, Any], third: dict[str, Any]) -> None:
    """The solution on the circle, where the gradients are parallel: from the first condition by hand."""
    disc = optimize.NonlinearConstraint(sb.lambdify([[x, y]], CURVES), [0, -1], [1, 1], jac=SLOPES, **third)
    options = {"jac": True, "method": method, "constraints": disc, "tol": 1e-10}
    found = optimize.minimize(VALUE, [0.1, 0.2], args=(100.0,), **options, **second).x
    assert np.hypot(*found) == pytest.approx(1, abs=1e-5)
    _, gradient = VALUE(found, 100.0)
    assert abs(gradient[0] * found[1] - gradient[1] * found[0]) < 1e-3


SYSTEM = [x + sp.cos(y) - 1, y - k * sp.sin(x)]
ROOTS: dict[str, dict[str, Any]] = {
    "apart": {"fun": sb.lambdify([[x, y], k], SYSTEM), "jac": sb.lambdify([[x, y], k], sb.jacobian(SYSTEM, [x, y]))},
    "compiled": {
        "fun": sb.lambdify([[x, y], k], SYSTEM),
        "jac": sb.jacobian(SYSTEM, [x, y]).compile(args=[[x, y], k]),
    },
    "together": {"fun": sb.lambdify([[x, y], k], (SYSTEM, sb.jacobian(SYSTEM, [x, y]))), "jac": True},
    "compiled together": {"fun": sb.jacobian(SYSTEM, [x, y]).compile(values=True, args=[[x, y], k]), "jac": True},
}


@pytest.mark.parametrize("method", ["hybr", "lm"])
@pytest.mark.parametrize("way", ROOTS)
def test_root(way: str, method: str) -> None:
    found = optimize.root(x0=[1.5, 1.5], args=(2.0,), method=method, **ROOTS[way]).x
    exact = sp.nsolve([one.subs(k, 2) for one in SYSTEM], [x, y], [1.4, 2.0])
    np.testing.assert_allclose(found, np.array(exact, float).ravel(), rtol=1e-9)


def test_roots_of_one_number() -> None:
    both = sb.lambdify(x, (x**3 - 2, sb.d(x**3 - 2, x)))
    assert optimize.root_scalar(both, x0=1.0, fprime=True).root == pytest.approx(2 ** (1 / 3), rel=1e-12)
    one, slope = sb.lambdify([[x]], [x**3 - 2]), sb.lambdify([[x]], sb.jacobian([x**3 - 2], [x]))
    assert optimize.root(one, 1.0, jac=slope).x == pytest.approx([2 ** (1 / 3)], rel=1e-9)
    assert optimize.fsolve(one, 1.0, fprime=slope) == pytest.approx([2 ** (1 / 3)], rel=1e-9)


RESIDUALS = [10 * (y - x**2), 1 - x, sp.Integer(0)]


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("sparse", [False, True])
def test_least_squares_of_what_is_no_rows(method: str, sparse: bool) -> None:
    if sparse and method == "lm":
        pytest.skip("MINPACK takes no sparse matrix")
    jacobian = sb.jacobian(RESIDUALS, [x, y]).compile(args=[[x, y]], sparse=sparse)
    found = optimize.least_squares(sb.lambdify([[x, y]], RESIDUALS), [-1.2, 1], jac=jacobian, method=method)
    np.testing.assert_allclose(found.x, [1, 1], rtol=1e-6)


RATES = [-k * x + y, x - 2 * y + sp.exp(-t)]
AT_END = [0.0, 0.0]
BACK = sb.lambdify([t, [x, y], k], RATES)
JACOBIANS: dict[str, Callable[[], Any]] = {
    "lambdify": lambda: sb.lambdify([t, [x, y], k], sb.jacobian(RATES, [x, y])),
    "compile": lambda: sb.jacobian(RATES, [x, y]).compile(args=[t, [x, y], k]),
    "sparse": lambda: sb.jacobian(RATES, [x, y]).compile(args=[t, [x, y], k], sparse=True),
}


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("way", JACOBIANS)
@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
def test_solve_ivp(method: str, way: str, vectorized: bool) -> None:
    """Linear equations with k = 50: the solution is a matrix exponential, here by SymPy."""
    if (method, way) == ("LSODA", "sparse"):
        pytest.skip("LSODA takes no sparse matrix")
    options = {"rtol": 1e-8, "atol": 1e-10, "vectorized": vectorized}
    found = integrate.solve_ivp(BACK, (0, 1), [1, 0], method=method, args=(50.0,), jac=JACOBIANS[way](), **options)
    assert found.success
    extended = sp.Matrix([[-50, 1, 0], [1, -2, 1], [0, 0, -1]])  # the third is exp(-t)
    exact = np.array((extended.evalf(30)).exp().evalf(20) * sp.Matrix([1, 0, 1]), float).ravel()[:2]
    np.testing.assert_allclose(found.y[:, -1], exact, rtol=1e-6)


def test_matrices_and_events_in_solve_ivp() -> None:
    M = sp.MatrixSymbol("M", 2, 1)
    rates = [-M[0, 0], M[0, 0] - M[1, 0]]
    jacobian = sb.jacobian(rates, [M]).compile(args=[t, [M]])
    half = sb.lambdify([t, [M]], M[0, 0] - sp.Rational(1, 2))
    found = integrate.solve_ivp(
        sb.lambdify([t, [M]], rates), (0, 1), [1, 0], method="Radau", jac=jacobian, events=half, rtol=1e-8
    )
    np.testing.assert_allclose(found.y[:, -1], np.exp(-1), rtol=1e-5)
    assert found.t_events[0] == pytest.approx([np.log(2)], rel=1e-5)


def test_differential_evolution_in_two_processes() -> None:
    """The same numbers are drawn, so the same is found."""
    function = sb.lambdify([[x, y], k], VALLEY)
    options = {"args": (100.0,), "updating": "deferred", "maxiter": 30, "popsize": 10, "polish": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking where there are threads
        found = [
            optimize.differential_evolution(function, [(-2, 2)] * 2, rng=1, **way, **options).x
            for way in ({}, {"workers": 2}, {"vectorized": True})
        ]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-12)
    np.testing.assert_allclose(found[0], [1, 1], atol=0.1)


def test_complex_steps_are_refused_in_a_line() -> None:
    """There is an exact derivative."""
    with pytest.raises(sb.ParameterError, match="must be a real number"):
        optimize.minimize(sb.lambdify([[x, y]], x**2 + y**2), [1.0, 2.0], jac="cs")
