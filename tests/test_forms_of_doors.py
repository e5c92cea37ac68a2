"""What the doors take and give in the forms that SymPy's users write: matrices, lists, iteration, arrays of numbers."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardProduct

import symbackprop as sb
from symbackprop.errors import ParameterError, UnknownNameError, UnsupportedError

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


# --- Jacobians and Hessians as matrices ---

LOSS = x * sp.sin(x * y)
HESSIAN, JACOBIAN = sb.hessian(LOSS, [x, y]), sb.jacobian([LOSS, x * a, y], [x, y])


def same(found: Any, wanted: Any, names: Any) -> bool:
    """Whether matrices are equal once the names that a derivation made are written out."""
    lines = dict(names.as_cse()[0])
    found = sp.Matrix(found)
    for _ in lines:
        found = found.xreplace(lines)
    return bool((found - wanted).applyfunc(sp.simplify) == sp.zeros(*wanted.shape))


@pytest.mark.parametrize("convert", [sp.Matrix, list, np.array, sp.sympify, lambda one: [row[:] for row in one]])
def test_a_hessian_and_a_jacobian_become_their_matrix(convert: Any) -> None:
    rows = sp.Matrix([LOSS, x * a, y]).jacobian([x, y])
    assert same(convert(HESSIAN), sp.hessian(LOSS, [x, y]), HESSIAN)
    assert same(convert(JACOBIAN), rows, JACOBIAN)
    assert (len(HESSIAN), len(JACOBIAN), np.array(JACOBIAN).shape) == (2, 3, (3, 2))


def test_arithmetic_with_matrices_is_that_of_the_matrix() -> None:
    rows, v, row = sp.Matrix([LOSS, x * a, y]).jacobian([x, y]), sp.Matrix([1, b]), sp.Matrix([[a, b, 2]])
    for found, wanted in (
        (JACOBIAN * v, rows * v),
        (JACOBIAN @ v, rows * v),
        (JACOBIAN @ np.array([1, b]), rows * v),
        (row * JACOBIAN, row * rows),
        (np.array([[a, b, 2]]) @ JACOBIAN, row * rows),
        (sp.ImmutableMatrix(row) @ JACOBIAN, row * rows),
        (2 * JACOBIAN - JACOBIAN, rows),
        (a * JACOBIAN + JACOBIAN.matrix, (a + 1) * rows),
        (JACOBIAN.matrix - (-JACOBIAN), 2 * rows),
        (JACOBIAN[:, 0], rows[:, 0]),
        (JACOBIAN[1, :], rows[1, :]),
        (JACOBIAN[:, "y"], rows[:, 1]),
    ):
        assert same(found, wanted, JACOBIAN)
    square = rows * sp.hessian(LOSS, [x, y])
    names = {**dict(HESSIAN.as_cse()[0]), **dict(JACOBIAN.as_cse()[0])}
    found = JACOBIAN * HESSIAN
    for _ in names:
        found = found.xreplace(names)
    assert (found - square).applyfunc(sp.simplify) == sp.zeros(3, 2)


REFUSED_PLACES: dict[str, tuple[Any, str]] = {
    "no such row": (lambda: HESSIAN[5, 0], "there is no place 5 among x, y: 0 to 1"),
    "before the first": (lambda: JACOBIAN[-4, 0], "there is no place -4 among f1, f2, f3: 0 to 2"),
    "no such output to explain": (lambda: JACOBIAN.explain(7, 0), "no place 7 among f1, f2, f3"),
    "no such output": (lambda: sb.derive([LOSS, x], [x]).of(5), "no place 5 among f1, f2"),
    "a row by one place": (lambda: JACOBIAN[0], r"a row is J\[0, :\]"),
    "a slice by itself": (lambda: HESSIAN[0:1], r"write \[0, :\] for a row"),
    "several orders as a list": (lambda: list(sb.derivatives(LOSS, [x], 2)), "name the symbols"),
    "several orders in slices": (lambda: sb.derivatives(LOSS, [x], 2)[:, 0], "name the symbols"),
}


@pytest.mark.parametrize("name", REFUSED_PLACES)
def test_places_that_are_none_are_refused_in_one_line(name: str) -> None:
    call, message = REFUSED_PLACES[name]
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_place_that_is_none_ends_a_loop_as_of_a_list() -> None:
    with pytest.raises(IndexError):
        HESSIAN[5, 0]
    for door in (sb.jacobian, sb.derive, sb.gradient, sb.hessian):
        with pytest.raises(UnsupportedError, match="Jacobian"):
            door(JACOBIAN, [x])


# --- vectors ---

OUTPUTS, BY = [LOSS, x * a * y], [x, y]
VECTORS: dict[str, Any] = {
    "a list": [2, b],
    "a tuple": (2, b),
    "a column": sp.Matrix([2, b]),
    "a row": sp.Matrix([[2, b]]),
    "immutable": sp.ImmutableMatrix([2, b]),
}


@pytest.mark.parametrize("kind", VECTORS)
def test_a_vector_is_a_list_a_row_or_a_column(kind: str) -> None:
    v, column = VECTORS[kind], sp.Matrix([2, b])
    rows = sp.Matrix(OUTPUTS).jacobian(BY)

    def equal(found: Any, wanted: Any) -> bool:
        return bool((sp.Matrix(list(found)) - sp.Matrix(list(wanted))).applyfunc(sp.simplify) == sp.zeros(2, 1))

    assert equal(sb.hvp(LOSS, BY, v).expand(), sp.hessian(LOSS, BY) * column)
    assert equal(sb.vjp(OUTPUTS, BY, v).expand(), (column.T * rows))
    assert equal(sb.jvp(OUTPUTS, BY, v).expand(), rows * column)
    assert equal(sb.jvp(sp.Matrix(OUTPUTS), sp.Matrix(BY), v).expand(), rows * column)
    assert sp.simplify(sb.jvp(LOSS, BY, v).expand() - (rows * column)[0]) == 0
    assert equal(sb.hvp(a, BY, v), [2 * sb.d(a, x, 2) + b * sb.d(a, x, y), 2 * sb.d(a, x, y) + b * sb.d(a, y, 2)])


def test_vectors_that_do_not_fit_are_refused_in_one_line() -> None:
    for call, message in (
        (lambda: sb.hvp(LOSS, BY, sp.eye(2)), "along must be a list with one entry for each of x, y"),
        (lambda: sb.hvp(LOSS, BY, sp.Matrix([1, 2, 3])), "along has 3 values"),
        (lambda: sb.jvp(OUTPUTS, [1, 2]), r"along holds numbers: write sb.jvp\(exprs, \[x, y\], \[1, v\]\)"),
        (lambda: sb.jvp(OUTPUTS, {x: 1}, [1]), "tangents go with a list of symbols"),
        (lambda: sb.jvp(OUTPUTS, BY, [1]), "give one tangent for each of x, y"),
        (lambda: sb.jvp(OUTPUTS, [x, x], [1, 2]), "along names a symbol twice"),
    ):
        with pytest.raises(ParameterError, match=message):
            call()


# --- names for parts of outputs ---


def test_a_name_for_a_part_is_taken_by_the_outputs_that_have_it() -> None:
    u, v = sp.symbols("u v", real=True)
    outputs = [sp.sin(x * y), x, sp.exp(x + y) * sp.cos(sp.sqrt(x * y)), x * y]
    told = sb.derive(outputs, [x, y]).explain(x, names={u: x * y, v: x + y})
    lines = [str(one) for one in told]
    assert ["u = x y" in one for one in lines] == [True, False, True, False]
    assert ["v = x + y" in one for one in lines] == [False, False, True, False]
    assert "∂f₁/∂u = cos(u)" in lines[0]
    derivation = sb.derive(outputs, [x, y])
    for names, message in (
        ({u: x - y}, "x - y is no part of the expression"),
        ({y: x * y}, "y is taken"),
        ({u: 3}, "is no part to name"),
        ([u], "names is a list"),
    ):
        with pytest.raises(ParameterError, match=message):
            derivation.explain(x, names=names)


def test_names_where_every_line_has_one_are_refused_in_one_line() -> None:
    u = sp.Symbol("u", real=True)
    for derived, which in ((HESSIAN, (x, x)), (sb.hvp(LOSS, BY), (x,)), (sb.vjp(OUTPUTS, BY), (x,))):
        with pytest.raises(ParameterError, match="leave names out here"):
            derived.explain(*which, names={u: x * y})
        assert "∂" in str(derived.explain(*which))  # the advice, taken
    assert "u = x y" in str(HESSIAN.explain(x, names={u: x * y}))


# --- samples in matrices, vectors among results ---


@pytest.mark.parametrize("column", [sp.Matrix([x, y]), sp.ImmutableMatrix([[x, y]])])
def test_a_column_of_arguments_has_samples(column: Any) -> None:
    points, slope = np.array([[0.3, 0.7], [1.1, -0.4], [2.0, 0.5]]), 1.5
    wanted = [slope * np.sin(first * second) for first, second in points]
    for batch in ([column], column, list(column), ["x", "y"], [[x, y]]):
        f = sb.lambdify([column, a], [a * sp.sin(x * y), sp.S(3)], batch=batch)
        for given in (points, points.reshape(3, *column.shape)):
            found, constant = f(given, slope)
            np.testing.assert_allclose(found, wanted, rtol=1e-14)
            np.testing.assert_array_equal(constant, [3.0] * 3)
        np.testing.assert_allclose(f(points[:1], slope)[0], wanted[:1], rtol=1e-14)
        np.testing.assert_allclose(f(points[:2], slope)[0], wanted[:2], rtol=1e-14)
        for strange in (np.zeros((3, 4)), np.zeros((4, 3)), np.zeros((2, 1, 3))):
            with pytest.raises(ParameterError, match=r"expected \(samples, 2\)"):
                f(strange, slope)
    value, gradient = sb.value_and_grad([column, a], a * sp.sin(x * y), [a], batch=[column])(points, slope)
    assert (value, gradient[0]) == pytest.approx((np.mean(wanted), np.mean(wanted) / slope), rel=1e-14)


def test_what_is_no_symbol_in_a_batch_is_told_in_one_line() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown batched symbol '2\*x'") as caught:
        sb.lambdify([x, y], x, batch=[sp.Matrix([2 * x, y])])
    assert "\n" not in str(caught.value)


def test_vectors_of_derivatives_are_arrays_of_their_entries() -> None:
    u, v = sp.symbols("u v", real=True)
    rows = sp.Matrix(OUTPUTS).jacobian(BY)
    meant = {
        "gradient": (sb.gradient(LOSS, BY), sp.Matrix([LOSS]).jacobian(BY)),
        "vjp": (sb.vjp(OUTPUTS, BY, [2, a]), sp.Matrix([[2, a]]) * rows),
        "hvp": (sb.hvp(LOSS, BY, [2, a]), sp.hessian(LOSS, BY) * sp.Matrix([2, a])),
        "jvp": (sb.jvp(OUTPUTS, BY, [2, a]), rows * sp.Matrix([2, a])),
        "named": (
            sb.gradient([(u, x * y), (v, sp.sin(u) * a)], BY),
            sp.Matrix([sp.sin(x * y) * a]).jacobian(BY),
        ),
    }
    found = sb.lambdify([x, y, a], {name: [derived, LOSS] for name, (derived, _) in meant.items()})(0.3, 0.7, 1.5)
    for name, (_, wanted) in meant.items():
        numbers = [float(one.evalf(30, subs={x: 0.3, y: 0.7, a: 1.5})) for one in wanted]
        np.testing.assert_allclose(found[name][0], numbers, rtol=1e-13)
    A = sp.MatrixSymbol("A", 2, 1)
    by_matrix, by_number = sb.lambdify([A, x], sb.gradient(sp.Trace(A.T * A) * x, [A, x]))([1.0, 2.0], 3.0)
    assert (by_matrix.tolist(), by_number) == ([[6.0], [12.0]], 5.0)
    derived, pushed = sb.derive(OUTPUTS, BY), sb.jvp(LOSS, BY, [2, a])
    for given, advice in ((derived, derived.gradients), (pushed, [pushed.value, pushed.tangent])):
        with pytest.raises(UnsupportedError, match=r"pass d\.gradients|pass j\.tangent, or \[j\.value"):
            sb.lambdify([x, y, a], given)
        sb.lambdify([x, y, a], advice)(0.3, 0.7, 1.5)


# --- indexed symbols ---


# --- modules and formulas ---


def test_a_function_of_nested_arguments_is_written_as_a_module(tmp_path: Path) -> None:
    function = sb.lambdify([[x, y], a], {"first": sp.erf(x) * a, "second": [sp.Matrix([x, y]), sb.hessian(LOSS, BY)]})
    module = runpy.run_path(str(function.write(tmp_path / "several.py")))
    found, wanted = module["evaluate"](0.3, 0.7, 1.5), function([0.3, 0.7], 1.5)
    np.testing.assert_array_equal(found[0], wanted["first"])
    np.testing.assert_array_equal(found[1], wanted["second"][0])
    np.testing.assert_array_equal(found[2], wanted["second"][1])
    assert found[0] == pytest.approx(math.erf(0.3) * 1.5, rel=1e-14)
    loss = sb.value_and_grad([[x, y]], sp.erf(x) * y, [x, y])
    value, gradients = runpy.run_path(str(loss.write(tmp_path / "loss.py")))["evaluate"](0.3, 0.7)
    assert (value, gradients["y"]) == pytest.approx((math.erf(0.3) * 0.7, math.erf(0.3)), rel=1e-14)
    matrices = sb.lambdify([x, y], [x, sp.MatAdd(V, W)])
    written = runpy.run_path(str(matrices.write(tmp_path / "matrices.py")))["evaluate"](0.3, 0.7)
    for one, again in zip(written, matrices(0.3, 0.7), strict=True):
        np.testing.assert_array_equal(one, again)


def test_lines_of_several_outputs_by_parameter_are_refused_with_what_to_write() -> None:
    derivation = sb.derive(OUTPUTS, BY)
    with pytest.raises(ParameterError, match=r"write d.explain\(x\), or d.of\(0\).formulas\(format, parameter=x\)"):
        derivation.formulas("latex", parameter=x)
    assert r"\partial x" in derivation.of(0).formulas("latex", parameter=x)  # the advice, taken


# --- tables of several outputs, and what outputs are called ---


def test_the_gradients_of_several_outputs_print_as_a_table_of_all_derivatives() -> None:
    found = sb.derive([x * a, y**2], BY).gradients
    assert dict(found) == {x: [a, 0], y: [0, 2 * y]}
    assert found["x"] == found[x]
    lines = str(found).splitlines()
    assert lines == ["∂f₁/∂x = a", "∂f₂/∂y = 2 y", "∂f₁/∂y = 0", "∂f₂/∂x = 0"]
    assert r"\frac{\partial f_{2}}{\partial y} &= 2 y" in found._repr_mimebundle_()["text/latex"]
    many = sp.symbols("m0:30")
    assert "more lines" in str(sb.derive([sp.sin(sum(many) * one) for one in many], many).gradients)


def test_outputs_have_names_of_one_letter_that_no_symbol_bears() -> None:
    f1, g2 = sp.symbols("f1 g2", real=True)
    assert [one.name for one in sb.derive([x * f1, y], BY).outputs] == ["g1", "g2"]
    assert [one.name for one in sb.derive([x * f1, y * g2], BY).outputs] == ["h1", "h2"]
    assert "g₁ = f₁ x" in str(sb.jacobian([x * f1, y * x], BY))
    assert sb.jacobian([x * f1, y * g2], [f1, g2]).expand() == sp.diag(x, y)
    for taken in (f1, g2):
        assert sb.jacobian([x, y], [taken]).expand() == sp.zeros(2, 1)
    assert sb.vjp([x * y, y], BY, [f1, 2]).expand() == [f1 * y, f1 * x + 2]
    assert sb.jvp([x * y, y], BY, [f1, 2]).expand() == [f1 * y + 2 * x, 2]
