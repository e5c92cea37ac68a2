"""What the doors take and give in the forms that SymPy's users write: matrices, lists, iteration, arrays of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardProduct

import symbackprop as sb

x, y, a, b = sp.symbols("x y a b", real=True)
V, W = sp.ImmutableMatrix([x, y]), sp.ImmutableMatrix([y, y])
M = sp.ImmutableMatrix([[x, 1], [3, y]])


# --- matrix expressions of explicit matrices ---

OF_EXPLICIT_MATRICES: dict[str, Any] = {
    "a sum": sp.MatAdd(V, W),
    "a product": sp.MatMul(V.T, W),
    "entries": HadamardProduct(V, W),
    "an inverse": sp.MatMul(sp.Inverse(M), V),
    "turned": sp.Transpose(M),
    "a determinant": sp.Determinant(M),
    "a trace": sp.sin(sp.Trace(sp.MatMul(V, W.T))),
}


@pytest.mark.parametrize("name", OF_EXPLICIT_MATRICES)
def test_matrix_expressions_of_explicit_matrices_are_computed_as_arrays(name: str) -> None:
    given = OF_EXPLICIT_MATRICES[name]
    meant = given.doit()
    wanted = np.array(meant.subs({x: 0.3, y: 0.7}).evalf(), dtype=float)
    np.testing.assert_allclose(sb.lambdify([x, y], given)(0.3, 0.7), wanted, rtol=1e-13)
    number, found = sb.lambdify([x, y], [sp.sin(x), given], batch=[x])(np.array([0.1, 0.3]), 0.7)
    np.testing.assert_allclose(number, np.sin([0.1, 0.3]), rtol=1e-14)
    np.testing.assert_allclose(found[1], wanted, rtol=1e-13)


def test_derivatives_beside_matrix_expressions() -> None:
    loss = sp.Trace(sp.MatMul(sp.Inverse(M), V, W.T))
    meant = (M.inv() * V * W.T).trace()
    value, total, jacobian, hessian = sb.lambdify(
        [x, y], [loss, sp.MatAdd(V, W), sb.jacobian([loss, x * y], [x, y]), sb.hessian(loss, [x, y])]
    )(0.3, 0.7)
    at = {x: sp.Float("0.3", 40), y: sp.Float("0.7", 40)}
    assert value == pytest.approx(float(meant.subs(at)), rel=1e-13)
    np.testing.assert_allclose(total, [[1.0], [1.4]], rtol=1e-14)
    rows = sp.Matrix([meant, x * y]).jacobian([x, y])
    np.testing.assert_allclose(jacobian, np.array(rows.subs(at), dtype=float), rtol=1e-12)
    np.testing.assert_allclose(hessian, np.array(sp.hessian(meant, [x, y]).subs(at), dtype=float), rtol=1e-11)


# --- functions of numbers: nothing waits ---


def test_value_gradient_and_hessian_of_a_name_are_numbers() -> None:
    value, gradient, hessian = sb.value_grad_hess([x, y], y, [x])(1.0, 2.0)
    assert (value, gradient.tolist(), hessian.tolist()) == (2.0, [0.0], [[0.0]])
    value, gradient, hessian = sb.value_grad_hess([x, y], sb.d(x**3 * y, x), [x, y])(2.0, 3.0)  # of 3 x^2 y
    assert (value, gradient.tolist(), hessian.tolist()) == (36.0, [36.0, 12.0], [[18.0, 12.0], [12.0, 0.0]])


def test_value_gradient_and_hessian_of_an_output_of_a_network() -> None:
    net = sb.Network([2, 3, 1])
    [u], inputs, parameters = net.outputs, list(net.inputs), list(net.parameters)
    at, given = np.array([0.3, 0.4]), np.linspace(-1, 1, len(parameters))
    value, gradient, hessian = sb.value_grad_hess([inputs, parameters], u**2 * inputs[0], inputs)(at, given)
    loss = sb.lambdify([inputs, parameters], u**2 * inputs[0])
    assert value == pytest.approx(loss(at, given), rel=1e-14)
    steps = np.eye(2) * 1e-4
    slopes = [(loss(at + step, given) - loss(at - step, given)) / 2e-4 for step in steps]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6)

    def slope(point: Any) -> Any:
        return sb.value_and_grad([inputs, parameters], u**2 * inputs[0], inputs)(point, given)[1]

    curved = [(slope(at + step) - slope(at - step)) / 2e-4 for step in steps]
    np.testing.assert_allclose(hessian, curved, rtol=1e-6)
