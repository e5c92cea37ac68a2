"""What people have asked about functions of expressions and of their derivatives, with the values that are right."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z = sp.symbols("x y z", real=True)
a, b, w, p, q = sp.symbols("a b w p q", real=True)


def rotated() -> tuple[Any, Any]:
    """The second coordinate of a point turned by a vector, written with guards against its length 0; and the points."""
    points = sp.Matrix(sp.symbols("p1:4"))
    r = sp.sqrt(x**2 + y**2 + z**2)
    one = sp.Piecewise((1 - r**2 / 6, r < 1e-4), (sp.sin(r) / r, True))
    other = sp.Piecewise((sp.S.Half - r**2 / 24, r < 1e-4), ((1 - sp.cos(r)) / r**2, True))
    turn = sp.Matrix([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return ((sp.eye(3) + one * turn + other * turn * turn) * points)[1], points


def test_a_guard_against_length_zero() -> None:
    value, points = rotated()
    function = sb.lambdify([[x, y, z], points], [value, sb.jacobian([value], [x, y, z])])
    with np.errstate(divide="ignore", invalid="ignore"):
        found, gradient = function(np.array([0.0, 0.0, 0.0]), [1.0, 2.0, 3.0])
    assert found == 2.0
    np.testing.assert_array_equal(gradient, [[-3.0, 0.0, 1.0]])
    away, _ = function(np.array([0.3, -0.2, 0.5]), [1.0, 2.0, 3.0])
    assert away == pytest.approx(
        float(value.subs({x: 0.3, y: -0.2, z: 0.5, **dict(zip(points, (1, 2, 3), strict=True))}))
    )


def test_two_outputs_by_two_symbols() -> None:
    outputs = sp.Matrix([sp.cos(p), q * sp.sin(p)])
    values, jacobian = sb.lambdify([p, q], [outputs, sb.jacobian(outputs, [p, q])])(0.3, 2.0)
    np.testing.assert_allclose(values, [[np.cos(0.3)], [2 * np.sin(0.3)]], rtol=1e-15)
    np.testing.assert_allclose(jacobian, [[-np.sin(0.3), 0], [2 * np.cos(0.3), np.sin(0.3)]], rtol=1e-15)
    np.testing.assert_array_equal(sb.jacobian(outputs, [p, q]).compile()(0.3, 2.0), jacobian)


def test_second_derivatives() -> None:
    value, gradient, hessian = sb.value_grad_hess([[x, y]], sp.exp(x * y) + x**3, [x, y])(np.array([0.5, -1.25]))
    e = np.exp(-0.625)
    assert value == pytest.approx(e + 0.125, rel=1e-15)
    np.testing.assert_allclose(gradient, [-1.25 * e + 0.75, 0.5 * e], rtol=1e-14)
    np.testing.assert_allclose(hessian, [[1.25**2 * e + 3, (1 - 0.625) * e], [(1 - 0.625) * e, 0.25 * e]], rtol=1e-14)


def test_choices_where_nothing_is_defined() -> None:
    choice = sp.Piecewise((q**2, q > 0))
    value, gradient = sb.value_and_grad([q], choice, [q])(np.array([-1.0, 2.0]))
    np.testing.assert_array_equal(value, [np.nan, 4.0])
    np.testing.assert_array_equal(gradient, [[np.nan, 4.0]])
    np.testing.assert_array_equal(
        sb.lambdify([q], [choice, choice + q])(np.array([-1.0, 2.0])), [[np.nan, 4], [np.nan, 6]]
    )


FAR: dict[str, tuple[Any, dict[Any, float], Any]] = {
    "log of gamma": (sp.log(sp.gamma(a)), {a: 200.0}, lambda: mp.log(mp.gamma(200))),
    "log of weighted exponentials": (
        sp.log(w * sp.exp(a) + (1 - w) * sp.exp(b)),
        {a: -1200.0, b: -1201.0, w: 0.3},
        lambda: mp.log(mp.mpf(0.3) * mp.exp(-1200) + (1 - mp.mpf(0.3)) * mp.exp(-1201)),
    ),
    "of Bose": (1 / (sp.exp(x) - 1), {x: 710.0}, lambda: 1 / (mp.exp(710) - 1)),
    "log of exp minus one": (sp.log(sp.exp(x) - 1), {x: 826.0}, lambda: mp.log(mp.exp(826) - 1)),
}


@pytest.mark.parametrize("name", FAR)
def test_values_far_out(name: str) -> None:
    """Where SymPy's lambdify says inf, nan or 0; here with a constant and a part that is harmless beside it."""
    expression, at, exact = FAR[name]
    found = sb.lambdify(list(at), [1, expression, sp.Matrix([[expression, 0]])])(*at.values())
    with mp.workdps(40):
        wanted = float(exact())
    assert found[0] == 1.0
    assert found[1] == pytest.approx(wanted, rel=1e-13, abs=0)
    np.testing.assert_allclose(found[2], [[wanted, 0]], rtol=1e-13)


def test_the_stress_of_a_material_at_many_points() -> None:
    F = sp.MatrixSymbol("F", 3, 3)
    mu, K = sp.symbols("mu K")
    J = sp.Determinant(F)
    energy = mu / 2 * (J ** sp.Rational(-2, 3) * sp.Trace(F.T * F) - 3) + K / 2 * (J - 1) ** 2
    derived = sb.derive(energy, [F])
    many = np.eye(3) + 0.1 * np.random.default_rng(0).normal(size=(4, 3, 3))
    one_by_one = [derived.compile()(point, mu=1.3, K=20.0) for point in many]
    function = sb.lambdify([F, mu, K], [energy, derived.expand(F), derived.gradients[F]], batch=[F])
    energies, written_out, stresses = function(many, 1.3, 20.0)
    np.testing.assert_allclose(energies, [value for value, _ in one_by_one], rtol=1e-11)
    for found in (written_out, stresses):
        np.testing.assert_allclose(found, [slopes["F"] for _, slopes in one_by_one], rtol=1e-10, atol=1e-12)


def test_a_hill_curve_and_its_sensitivities_at_many_doses() -> None:
    C, K, h, top = sp.symbols("C K h top", positive=True)
    curve = top * C**h / (K**h + C**h)
    doses = np.array([0.0, 0.5, 1.5, 6.0])
    values, slopes = sb.lambdify([[top, K, h], C], [curve, sb.jacobian([curve], [top, K, h])])([2.0, 1.5, 2.0], doses)
    assert (values.shape, slopes.shape) == ((4,), (4, 1, 3))
    np.testing.assert_allclose(slopes[0], 0, atol=0)
    for place in range(1, 4):
        at = {top: 2, K: sp.Rational(3, 2), h: 2, C: sp.Rational(doses[place])}
        assert values[place] == pytest.approx(float(curve.subs(at)), rel=1e-13)
        wanted = [float(sp.N(curve.diff(symbol).subs(at), 40)) for symbol in (top, K, h)]
        np.testing.assert_allclose(slopes[place, 0], wanted, rtol=1e-12)


def test_the_right_side_of_an_ordinary_differential_equation() -> None:
    """As `scipy.integrate.solve_ivp` wants it: f(t, state), and its Jacobian; here with parameters behind them."""
    t, S, I = sp.symbols("t S I", nonnegative=True)  # noqa: E741
    beta, gamma = sp.symbols("beta gamma", positive=True)
    right = [-beta * S * I, beta * S * I - gamma * I]
    function = sb.lambdify([t, [S, I], [beta, gamma]], [right, sb.jacobian(right, [S, I])])
    rates, jacobian = function(0.0, np.array([0.9, 0.1]), (2.0, 0.5))
    np.testing.assert_allclose(rates, [-0.18, 0.13], rtol=1e-14)
    np.testing.assert_allclose(jacobian, [[-0.2, -1.8], [0.2, 1.3]], rtol=1e-14)
    many, _ = function(0.0, np.array([[0.9, 0.5], [0.1, 0.5]]), (2.0, 0.5))
    np.testing.assert_allclose(many, [[-0.18, -0.5], [0.13, 0.25]], rtol=1e-14)


def test_names_that_are_pythons_or_numpys() -> None:
    np_, shape, given, result1, out1 = symbols = sp.symbols("np shape given result1 out1")
    found = sb.lambdify(symbols, [np_ * shape + given, result1 * out1, sp.Matrix([out1])])(1.0, 2.0, 3.0, 4.0, 5.0)
    assert found[:2] == [5.0, 20.0]
    np.testing.assert_array_equal(found[2], [[5.0]])


def test_depth_is_no_limit() -> None:
    nested = x
    for _ in range(60):
        nested = sp.sin(nested) * sp.cos(nested)
    wanted = 0.3
    for _ in range(60):
        wanted = np.sin(wanted) * np.cos(wanted)
    function = sb.lambdify([x], [nested, sb.jacobian([nested], [x])])
    assert function(0.3)[0] == pytest.approx(wanted, rel=1e-13)
    step = 1e-6
    slope = (function(0.3 + step)[0] - function(0.3 - step)[0]) / (2 * step)
    np.testing.assert_allclose(function(0.3)[1], [[slope]], rtol=1e-6)


def test_a_vector_of_indexed_parts_is_given_as_a_matrix_of_symbols() -> None:
    theta = sp.Matrix(sp.symbols("theta0:3"))
    design = sp.Matrix([[1, x, x**2]])
    prediction = (design * theta)[0]
    residual, jacobian = sb.lambdify([theta, x, y], [prediction - y, sb.jacobian([prediction - y], theta)])(
        np.array([1.0, 2.0, 3.0]), np.linspace(0, 1, 5), np.zeros(5)
    )
    np.testing.assert_allclose(residual, np.polyval([3, 2, 1], np.linspace(0, 1, 5)), rtol=1e-14)
    np.testing.assert_allclose(jacobian[:, 0], np.vander(np.linspace(0, 1, 5), 3, increasing=True), rtol=1e-14)
