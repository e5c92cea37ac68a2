"""The derivative of a determinant is the matrix of cofactors, where there is no inverse as well."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

X, Y = sp.MatrixSymbol("X", 3, 3), sp.MatrixSymbol("Y", 2, 2)
t = sp.Symbol("t", real=True)

SINGULAR = {
    "of rank 2": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
    "of rank 1": [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]],
    "nothing": [[0.0] * 3] * 3,
    "a rank below, nearly": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0 + 1e-13]],
    "regular": [[2.0, -1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 1.0, -4.0]],
}


def exact(values: Any) -> np.ndarray[Any, Any]:
    """The cofactors in exact arithmetic, by minors."""
    matrix = sp.Matrix([[sp.Rational(entry) for entry in row] for row in values])
    return np.array(matrix.adjugate().T.tolist(), dtype=float)


LOSSES = {
    "det": (sp.Determinant(X), lambda det: 1.0),
    "times": (3 * sp.Determinant(X) * t, lambda det: 6.0),
    "square": ((sp.Determinant(X) - 1) ** 2, lambda det: 2 * (det - 1)),
    "sine": (sp.sin(sp.Determinant(X)) * t, lambda det: 2 * np.cos(det)),
    "of a transpose": (sp.Determinant(X.T) * t, lambda det: 2.0),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("matrix", SINGULAR)
def test_gradients_are_cofactors(matrix: str, name: str, tmp_path: Path) -> None:
    loss, slope = LOSSES[name]
    values = np.array(SINGULAR[matrix])
    d = sb.derive(loss, [X])
    given = {"X": values, **({"t": 2.0} if loss.has(t) else {})}
    expected = slope(np.linalg.det(values)) * exact(SINGULAR[matrix])
    for function in (d.compile(), runpy.run_path(str(d.write(tmp_path / "module.py")))["evaluate"]):
        value, gradients = function(**given)
        assert np.isfinite(value)
        np.testing.assert_allclose(gradients["X"], expected, rtol=1e-9, atol=1e-12 * max(1, abs(expected).max()))


def test_each_sample_of_a_batch_has_its_own() -> None:
    A = sp.MatrixSymbol("A", 3, 3)
    every = np.array(list(SINGULAR.values()))
    d = sb.derive(sp.Determinant(X + A), [X])
    value, gradients = d.compile(batch=[A])(X=np.zeros((3, 3)), A=every)
    assert value == pytest.approx(np.mean(np.linalg.det(every)))
    expected = np.mean([exact(values) for values in SINGULAR.values()], axis=0)
    np.testing.assert_allclose(gradients["X"], expected, rtol=1e-9, atol=1e-12)


def test_one_matrix_for_many_samples() -> None:
    """The scale of the mean stands beside the inverse then."""
    times = np.array([1.0, 2.0])
    value, gradients = sb.derive(sp.Determinant(X) * t, [X]).compile(batch=[t])(np.array(SINGULAR["of rank 2"]), times)
    assert value == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(gradients["X"], 1.5 * exact(SINGULAR["of rank 2"]), rtol=1e-9, atol=1e-12)


def test_case_of_a_report() -> None:
    assert np.array_equal(
        np.round(sb.derive(sp.Determinant(Y)).compile()(Y=np.ones((2, 2)))[1]["Y"], 12), [[1, -1], [-1, 1]]
    )


def test_formulas_keep_the_inverse() -> None:
    d = sb.derive(sp.Determinant(X), [X])
    assert "(Xᵀ)⁻¹" in d.formulas()
    assert "np.linalg.inv" not in d.source().partition("def _sweep")[2]
    assert "np.linalg.inv" in sb.derive(sp.log(sp.Determinant(X)), [X]).source().partition("def _sweep")[2]
