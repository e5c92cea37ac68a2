"""`derive` of a list or a matrix of outputs, against SymPy at 40 digits, `jacobian`, and `derive` of each output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from .test_vector_doors import OUTPUTS, POINT, WRT, all_near, near, numbers, written_out, x, y, z


@pytest.mark.parametrize("method", ["backprop", "forward"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_lists(name: str, method: str) -> None:
    exprs = OUTPUTS[name]
    found = sb.derive(exprs, WRT, method)
    for symbol in WRT:
        exact = [expr.diff(symbol) for expr in exprs]
        all_near(found.expand(symbol), exact)
        assert found.adjoint(symbol) == found.gradients[symbol]
    by_rows = [expr.diff(symbol) for expr in exprs for symbol in WRT]
    all_near(written_out(*found.as_cse()), [*exprs, *by_rows])
    all_near([found.of(row).expand(y) for row in range(len(exprs))], [expr.diff(y) for expr in exprs])
    function = found.compile()
    values, slopes = function(**numbers(function))
    assert list(slopes) == ["x", "y", "z"]
    np.testing.assert_allclose(values, [float(expr.subs(POINT)) for expr in exprs], rtol=1e-13)
    whole = sb.jacobian(exprs, WRT).compile()
    np.testing.assert_allclose(np.array(list(slopes.values())).T, whole(**numbers(whole)), rtol=1e-13, atol=1e-15)


def test_axes_of_arguments_stand_in_front() -> None:
    function = sb.derive(OUTPUTS["shared"], [x, y]).compile()
    many = np.linspace(0.5, 1.5, 12).reshape(4, 3)
    values, slopes = function(many, 2.0, a=1.0)
    assert values.shape == slopes["x"].shape == slopes["y"].shape == (4, 3, 3)
    one = function(many[2, 1], 2.0, a=1.0)
    np.testing.assert_allclose(slopes["x"][2, 1], one[1]["x"], rtol=1e-15)


def test_a_matrix_of_outputs_gives_matrices_of_its_shape() -> None:
    """The case of two outputs that used to be refused: ((-sin p, 0), (q cos p, sin p))."""
    p, q = sp.symbols("p q")
    F = sp.Matrix([sp.cos(p), q * sp.sin(p)])
    for what in (F, sp.ImmutableMatrix(F), sp.SparseMatrix(F)):
        found = sb.derive(what, [p, q])
        assert found.expand(p) == sp.Matrix([-sp.sin(p), q * sp.cos(p)])
        assert found.expand("q") == sp.Matrix([0, sp.sin(p)])
        assert found.gradients[p].shape == (2, 1)
    assert sb.derive(list(F), [p, q]).expand(p) == list(F.diff(p))
    assert sb.derive(tuple(F), sp.Matrix([p, q])).wrt == (p, q)
    square = sb.derive(sp.Matrix([[p, q], [p * q, 1]]), [q])
    assert square.expand(q) == sp.Matrix([[0, 1], [p, 0]])
    values, slopes = square.compile()(3.0, p=2.0)
    np.testing.assert_array_equal((values, slopes["q"]), [[2, 3, 6, 1], [0, 1, 2, 0]])
    assert isinstance(sb.derive(sp.Matrix([[p * q]]), [q]), sb.Derivation)  # a single number, as before


def test_pairs_are_equations_and_anything_else_is_outputs() -> None:
    u, v = sp.symbols("u v", real=True)
    assert isinstance(sb.derive([(u, x * y), (v, sp.sin(u))], [x]), sb.Derivation)
    found = sb.derive([u * x, x**2], [x])
    assert isinstance(found, sb.OutputsDerivation)
    assert [output.name for output in found.outputs] == ["f1", "f2"]
    assert sb.derive([x * y]).expand(x) == [y]


def test_quantities_with_names_are_differentiated_by_as_well() -> None:
    found = sb.derive([sp.sin(x * y) + x, sp.exp(x * y)], [x])
    [shared] = [symbol for symbol in found.sweep.quantities if symbol.name == "t1"]
    all_near(found.expand("t1"), [sp.cos(x * y), sp.exp(x * y)])
    second = {found.outputs[1]: sp.exp(x * y), shared: x * y}
    all_near([one.xreplace(second) for one in found.adjoint(shared)], [sp.cos(x * y), sp.exp(x * y)])
    assert found.expand("f2") == [0, 1]


def test_a_symbol_that_no_output_contains_has_derivative_0() -> None:
    found = sb.derive([x, y**2], [z, y])
    assert found.gradients[z] == [0, 0]
    values, slopes = found.compile()(5.0, 3.0, x=np.ones(4))
    np.testing.assert_array_equal(slopes["z"], np.zeros((4, 2)))
    np.testing.assert_array_equal(slopes["y"], np.tile([0.0, 6.0], (4, 1)))
    np.testing.assert_array_equal(values, np.tile([1.0, 9.0], (4, 1)))


def test_what_is_made_can_be_derived_again() -> None:
    found = sb.derive([sp.exp(x * y) + x, x * y**2], [x, y])
    again = sb.derive(found.gradients[y], [x])
    all_near(again.expand(x), [sp.exp(x * y).diff(y, x), 2 * y])


def test_explanations(tmp_path: Any) -> None:
    found = sb.derive([sp.sin(x**2 * y), x + y], [x, y])
    told = found.explain(x)
    assert len(told) == 2
    assert "∂f₁/∂x = ∂f₁/∂u · ∂u/∂x" in str(told)
    assert "∂f₂/∂x = 1" in str(told)
    assert told._repr_mimebundle_()["text/latex"].count("$") == 4
    assert str(found).startswith("The derivatives of f1, f2 by x, y")
    assert "\\frac" in found.formulas("latex")
    assert found.cost.total <= min(found.cost.counts.values())
    assert found.sparsity == [(0, 0), (0, 1), (1, 0), (1, 1)]
    path = found.write(tmp_path / "outputs.py")
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    values, slopes = namespace["evaluate"](0.5, 1.5)
    theirs = found.compile()(0.5, 1.5)
    np.testing.assert_array_equal(values, theirs[0])
    np.testing.assert_array_equal(slopes["y"], theirs[1]["y"])


def test_matrix_symbols_in_formulas() -> None:
    A, b = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("b", 2, 1)
    found = sb.derive([sp.Trace(A * A), sp.Trace(b.T * A * b)], [A])
    assert found.expand(A) == [2 * A.T, b * b.T]
    numbers_of = sb.derive((A * b).as_explicit(), [b])
    values = {A: sp.Matrix([[1, 2], [3, 4]])}
    assert [one.subs(values).doit() for one in numbers_of.expand(b)] == [sp.Matrix([1, 2]), sp.Matrix([3, 4])]


def test_entries_of_a_matrix_symbol() -> None:
    X, b = sp.MatrixSymbol("X", 2, 2), sp.MatrixSymbol("b", 2, 1)
    s = sp.Matrix(2, 2, sp.symbols("X_0_0 X_0_1 X_1_0 X_1_1", real=True))
    point = dict(zip(s, (sp.Rational(2), sp.Rational(1, 3), sp.Rational(-1, 2), sp.Rational(5, 7)), strict=True))
    explicit = X.as_explicit()
    found = sb.derive(sp.Trace(X * X * X) * z, explicit)
    assert found.wrt == tuple(explicit)
    exact = (s**3).trace() * z
    _, slopes = found.compile()(*map(float, point.values()), z=1.0)
    at = {**point, z: 1}
    np.testing.assert_allclose(list(slopes.values()), [float(exact.diff(one).subs(at)) for one in s], rtol=1e-13)
    hessian = sb.hessian(sp.Trace(X * X * X) * z, explicit).compile()(*map(float, point.values()), z=1.0)
    wanted = sp.hessian(exact, list(s)).subs(at)
    np.testing.assert_allclose(hessian, np.array(wanted, dtype=float), rtol=1e-12)
    assert sb.jacobian([X[0, 1] ** 2, X[1, 1]], [X[0, 1], X[1, 1]]).expand() == sp.Matrix([[2 * X[0, 1], 0], [0, 1]])
    assert sb.gradient(X[0, 1] ** 2 * z, X[0, 1]).expand() == [2 * X[0, 1] * z]
    assert sb.derive((X * b).as_explicit(), [X[0, 0]]).expand("X_0_0")[0].subs({b: sp.Matrix([3, 4])}) == 3
    taken = sb.gradient(X[0, 0] * s[0, 0], [X[0, 0]])
    assert taken.wrt == (X[0, 0],)
    assert taken.expand() == [s[0, 0]]
    with pytest.raises(sb.ParameterError, match="X is a matrix of a model, and stays whole"):
        sb.derive(sb.Model(sp.Trace(X * X), start={X: 0}), explicit)
    i = sp.Symbol("i", integer=True)
    assert sb.derive(X[0, 0], [X[0, i]]).expand(X[0, i]) == sp.KroneckerDelta(0, i)


def test_the_advice_of_refusals_works() -> None:
    outputs = [x - 1, y * x]
    with pytest.raises(sb.UnsupportedError, match=r"sb\.Model") as caught:
        sb.derive(outputs, [x, y]).train([[1.0]])
    assert "sum(f**2 for f in outputs)" in str(caught.value)
    model = sb.Model(sum(f**2 for f in outputs), inputs=[y], start={x: 0})
    params, _ = sb.derive(model).train(np.ones((4, 1)), epochs=200, learning_rate=0.1)
    near(sp.Rational(1, 2), sp.Rational(round(2 * float(params["x"])), 2))


REFUSED = {
    "train": (lambda: sb.derive([x, y], [x]).train([[1]], [[1]]), sb.UnsupportedError, "2 outputs are no loss"),
    "step": (lambda: sb.derive([x, y], [x]).step([[1]]), sb.UnsupportedError, "2 outputs are no loss"),
    "module": (lambda: sb.derive([x, y], [x]).module(), sb.UnsupportedError, "2 outputs are no loss"),
    "predict": (lambda: sb.derive([x, y], [x]).predict({}, [[1]]), sb.UnsupportedError, "2 outputs are no loss"),
    "naive": (lambda: sb.derive([x, y], [x], "naive"), sb.UnsupportedError, "'naive' derives one expression"),
    "no method": (lambda: sb.derive([x, y], [x], "backwards"), sb.UnknownNameError, "method"),
    "empty": (lambda: sb.derive([], [x]), sb.UnsupportedError, "there are no equations"),
    "text inside": (lambda: sb.derive([x, "y"], [x]), sb.UnsupportedError, "output 2 is str"),
    "None inside": (lambda: sb.derive([x, None], [x]), sb.UnsupportedError, "output 2 is NoneType"),
    "a pair among others": (lambda: sb.derive([x, (y, x)], [x]), sb.UnsupportedError, "output 2 is tuple"),
    "twice": (lambda: sb.derive([x, y], [x, x]), sb.ParameterError, "twice"),
    "by nothing": (lambda: sb.derive([x, y], []), sb.ParameterError, "wrt is empty"),
    "by text": (lambda: sb.derive([x, y], ["x"]), sb.ParameterError, "pass the symbol itself"),
    "no symbol": (lambda: sb.derive([sp.S(1), sp.S(2)]), sb.ParameterError, "nothing to differentiate by"),
    "no quantity": (lambda: sb.derive([x, y], [x]).adjoint("q"), sb.ParameterError, "choose one of x"),
    "no output": (lambda: sb.derive([x, y], [x]).of("g"), sb.ParameterError, "g is none of what there is: f1, f2"),
    "by a number": (lambda: sb.derive([x, y], sp.Matrix([x, 1])), sb.ParameterError, "wrt holds One"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
