"""Where seeds and directions stand among the arguments of code, when nobody gave them: by position, against SymPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

xs = list(sp.symbols("x:12", real=True))
x, y, z, a = sp.symbols("x y z a", real=True)
A = sp.MatrixSymbol("A", 2, 2)
OUTPUTS = [a * xs[0] * one + sp.sin(one) for one in xs]
AT = np.linspace(0.3, 1.4, 12)
VECTOR = np.linspace(-1, 2, 12) ** 3
VALUES = {**dict(zip(xs, AT, strict=True)), a: 1.7}


def by_hand(matrix: Any) -> np.ndarray:
    return np.array(sp.Matrix(matrix).subs(VALUES).evalf(), float)


def test_more_than_nine_seeds_in_the_order_of_outputs() -> None:
    function = sb.vjp(OUTPUTS, xs).compile()
    assert function.arguments == (*map(str, xs), *(f"u_f{place}" for place in range(1, 13)), "a")
    wanted = VECTOR @ by_hand(sp.Matrix(OUTPUTS).jacobian(xs))
    np.testing.assert_allclose(function(*AT, *VECTOR, 1.7), wanted, rtol=1e-12)


def test_more_than_nine_directions_in_the_order_of_wrt() -> None:
    loss = sp.Add(*(one * other for one, other in zip(OUTPUTS, xs[1:], strict=False)))
    function = sb.hvp(loss, xs).compile()
    assert function.arguments == (*map(str, xs), *(f"v_{one}" for one in xs), "a")
    np.testing.assert_allclose(function(*AT, *VECTOR, 1.7), by_hand(sp.hessian(loss, xs)) @ VECTOR, rtol=1e-12)
    tangents = sb.jvp(OUTPUTS, xs).compile()(*AT, *VECTOR, 1.7)[-1]
    np.testing.assert_allclose(tangents, by_hand(sp.Matrix(OUTPUTS).jacobian(xs)) @ VECTOR, rtol=1e-12)
    tangent = sb.jvp(loss, xs).compile()(*AT, *VECTOR, 1.7)[-1]
    np.testing.assert_allclose(tangent, (by_hand([sp.diff(loss, one) for one in xs]).T @ VECTOR)[0], rtol=1e-12)


@pytest.mark.parametrize("wrt", [[z, x, y], [y, z, x], [x, y, z]])
def test_directions_follow_wrt_however_it_is_sorted_also_where_one_is_not_used(wrt: list[Any]) -> None:
    loss = a * x**2 * y + z
    function = sb.hvp(loss, wrt).compile()
    assert function.arguments == (*map(str, wrt), *(f"v_{one}" for one in wrt), "a")
    at = {x: 0.3, y: 0.7, z: 1.1, a: 1.7}
    wanted = np.array(sp.hessian(loss, wrt).subs(at), float) @ [1.0, 2.0, -3.0]
    np.testing.assert_allclose(function(*(at[one] for one in wrt), 1.0, 2.0, -3.0, 1.7), wanted, rtol=1e-14)


def test_directions_of_matrices() -> None:
    function = sb.hvp(z * sp.Trace(A * A) * a, [z, A]).compile()
    assert function.arguments == ("z", "A", "v_z", "v_A", "a")
    at, along = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0], [0.5, 2.0]])
    wanted = [2 * 1.7 * np.sum(at.T * along), *(2 * 1.7 * (3.0 * at.T + 0.4 * along.T)).ravel()]
    np.testing.assert_allclose(function(0.4, at, 3.0, along, 1.7), wanted, rtol=1e-13)


def test_seeds_that_were_given_are_other_symbols_by_name() -> None:
    q, b = sp.symbols("q b", real=True)
    assert sb.vjp([x * y, x + y], [x], [q, b]).compile().arguments == ("x", "b", "q", "y")
