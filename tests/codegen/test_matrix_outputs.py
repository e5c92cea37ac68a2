"""Code of several outputs of matrices: arrays in which each matrix has as many columns as entries, row by row."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

n = sp.Symbol("n", integer=True, positive=True)
x, y = sp.symbols("x y", real=True)
W, c, A, b = (sp.MatrixSymbol(*one) for one in (("W", 2, 3), ("c", 3, 1), ("A", n, 3), ("b", n, 1)))
GIVEN = {
    "W": np.array([[0.3, -0.2, 0.5], [1.1, 0.7, -0.4]]),
    "c": np.array([[0.2], [-0.6], [0.9]]),
    "A": np.array([[0.3, -0.2, 0.5], [1.1, 0.7, -0.4], [0.8, 0.1, 0.2], [-0.5, 0.4, 0.6]]),
    "b": np.array([[0.4], [0.1], [-0.3], [0.7]]),
    "x": np.array(0.7),
    "y": np.array(-0.3),
}
OUTPUTS: dict[str, tuple[list[Any], list[Any], Any]] = {
    "numbers by matrices and numbers": (
        [sb.Total(W * c) ** 2, x * sb.Total(c) + sp.sin(y), y**2],
        [W, x, c, y],
        lambda v: [(v["W"] @ v["c"]).sum() ** 2, v["x"] * v["c"].sum() + np.sin(v["y"]), v["y"] ** 2],
    ),
    "a size that is a symbol": (
        [sb.Total(A.T * b) ** 2 * x, sb.Total(sp.HadamardProduct(A, A)) + x, sb.Total(b)],
        [x, A, b],
        lambda v: [(v["A"].T @ v["b"]).sum() ** 2 * v["x"], (v["A"] ** 2).sum() + v["x"], v["b"].sum()],
    ),
    "numbers by numbers, of matrices": (
        [sp.exp(x) * sb.Total(W * c), sp.log(1 + sb.Total(c) ** 2 * y**2)],
        [x, y],
        lambda v: [np.exp(v["x"]) * (v["W"] @ v["c"]).sum(), np.log(1 + v["c"].sum() ** 2 * v["y"] ** 2)],
    ),
}


def called(function: Any) -> Any:
    return function(**{name: GIVEN[name] for name in function.arguments})


def differences(function: Any, wrt: list[Any], step: float = 1e-6) -> np.ndarray:
    """By central differences: a column for each entry, row by row."""
    columns = []
    for name in [symbol.name for symbol in wrt]:
        for place in range(GIVEN[name].size):
            ends = []
            for sign in (1, -1):
                moved = GIVEN[name].copy()
                moved.flat[place] += sign * step
                ends.append(np.array(function({**GIVEN, name: moved})))
            columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_matrix_has_a_column_for_each_entry(name: str, tmp_path: Path) -> None:
    exprs, wrt, function = OUTPUTS[name]
    found = sb.jacobian(exprs, wrt)
    values, jacobian = called(found.compile(values=True))
    np.testing.assert_allclose(values, function(GIVEN), rtol=1e-13)
    np.testing.assert_allclose(jacobian, differences(function, wrt), rtol=1e-8, atol=1e-8)
    module = runpy.run_path(str(found.write(tmp_path / "jacobian.py")))
    again = module["evaluate"](**{name: GIVEN[name] for name in module["ARGUMENTS"]})
    np.testing.assert_array_equal(again, jacobian)


def test_the_rows_of_an_output_that_is_a_matrix_are_its_entries() -> None:
    M = sp.MatrixSymbol("M", 2, 1)
    found = sb.jacobian([(M, x**2 * W * c), (y, sp.sin(x))], [x])
    function = found.compile(values=True)
    values, jacobian = called(function)
    product = (GIVEN["W"] @ GIVEN["c"]).ravel()
    np.testing.assert_allclose(values, [*(0.49 * product), np.sin(0.7)], rtol=1e-13)
    np.testing.assert_allclose(jacobian.ravel(), [*(1.4 * product), np.cos(0.7)], rtol=1e-13)


def test_hessians_of_numbers_beside_matrices() -> None:
    expression = sp.sin(x * y) * sb.Total(c) ** 2
    value, gradient, hessian = called(sb.hessian(expression, [x, y]).compile(values=True))
    plain = sb.hessian(sp.sin(x * y) * sp.Float(GIVEN["c"].sum(), 30) ** 2, [x, y]).compile(values=True)
    for one, other in zip((value, gradient, hessian), called(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    assert np.shape(value) == ()


def test_first_derivatives_by_matrices_stand_in_a_row() -> None:
    found = sb.derivatives(sb.Total(W * c) ** 2 * x, [W, x], 1).compile()
    expected = differences(lambda v: (v["W"] @ v["c"]).sum() ** 2 * v["x"], [W, x])
    np.testing.assert_allclose(called(found), expected, rtol=1e-8)


def test_results_keep_the_dtype_and_share_nothing_with_arguments() -> None:
    found = sb.jacobian([sp.Trace(W * W.T) / 2, sb.Total(W)], [W]).compile()
    given = GIVEN["W"].astype(np.float32)
    jacobian = found(given)
    assert jacobian.dtype == np.float32
    jacobian[:] = 0
    np.testing.assert_array_equal(given, GIVEN["W"].astype(np.float32))


def test_comments_say_the_lines_by_their_names() -> None:
    text = sb.jacobian(*OUTPUTS["numbers by matrices and numbers"][:2]).source()
    assert "    jacobian[0, 0:6] = np.ravel(J_1_1)\n" in text
    assert "# J_1_1 = " in text
    assert "backward" not in text


def test_shapes_are_checked() -> None:
    function = sb.jacobian([sb.Total(W * c)], [W]).compile()
    with pytest.raises(sb.ParameterError, match=r"W has shape \(3, 2\), expected \(2, 3\)"):
        function(np.ones((3, 2)), np.ones((3, 1)))
    M = sp.MatrixSymbol("M", n + 1, 2)
    with pytest.raises(sb.UnsupportedError, match="a matrix has n \\+ 1 rows or columns"):
        sb.jacobian([sb.Total(M)], [M]).compile()


ENTRIES = sp.symbols("p:4 q r s", real=True)
BY_MATRICES = (np.array([[2.0, 0.5], [0.3, 1.5]]), 1.5, np.array([[1.0], [2.0]]))


def energy(X: Any, a: Any, v: Any) -> Any:
    return (v.T * X.inv() * v)[0, 0] * a**2 + sp.log(sp.det(X))


def by_sympy() -> tuple[Any, Any, Any]:
    *entries, a, top, bottom = ENTRIES
    written = energy(sp.Matrix(2, 2, entries), a, sp.Matrix([top, bottom]))
    at = dict(zip(ENTRIES, [sp.nsimplify(one) for part in BY_MATRICES for one in np.ravel(part)], strict=True))
    first = sp.Matrix([written]).jacobian(ENTRIES)
    return tuple(
        np.array(sp.Matrix(part).subs(at).evalf(30), float) for part in ([written], first, sp.hessian(written, ENTRIES))
    )


def test_hessians_by_matrices_are_by_their_entries() -> None:
    X, a, v = sp.MatrixSymbol("X", 2, 2), sp.Symbol("a"), sp.MatrixSymbol("v", 2, 1)
    found = sb.hessian(energy(X, a, v), [X, a, v])
    function = found.compile(values=True)
    value, gradient, hessian = by_sympy()
    named = function(X=BY_MATRICES[0], v=BY_MATRICES[2], a=BY_MATRICES[1])
    nested = sb.value_grad_hess([v, [X, a]], energy(X, a, v), [X, a, v])(BY_MATRICES[2], BY_MATRICES[:2])
    assert function.arguments == ("X", "a", "v")
    for made in (function(*BY_MATRICES), named, nested):
        np.testing.assert_allclose(made[0], value[0, 0], rtol=1e-13)
        np.testing.assert_allclose(made[1], gradient[0], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(made[2], hessian, rtol=1e-12, atol=1e-12)
    third = sb.derivatives(energy(X, a, v), [X], 2).compile()(*BY_MATRICES)
    np.testing.assert_allclose(third[1], hessian[:4, :4], rtol=1e-12, atol=1e-12)
    with pytest.raises(sb.ParameterError, match=r"X has shape \(1, 2\), expected \(..., 2, 2\)"):
        function(BY_MATRICES[0][:1], *BY_MATRICES[1:])
    with pytest.raises(sb.ParameterError, match="got no value for v"):
        function(*BY_MATRICES[:2])


def test_second_derivatives_by_matrices_of_unknown_size_are_refused() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    X = sp.MatrixSymbol("X", n, n)
    with pytest.raises(sb.UnsupportedError, match="four indices"):
        sb.hessian(sp.Trace(X.T * X), [X])
