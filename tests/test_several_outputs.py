"""The doors for several outputs and higher orders, against SymPy at 40 digits."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z, a = sp.symbols("x y z a", real=True)
POINT = {x: sp.Rational(3, 7), y: sp.Rational(-5, 3), z: sp.Rational(2, 9), a: sp.Rational(11, 8)}
OUTPUTS: dict[str, list[Any]] = {
    "shared": [sp.sin(x * y) * a, sp.exp(x * y) + x**2, x * y],
    "constant": [sp.Integer(3), a, x],
    "choice": [sp.Piecewise((x**2, x > y), (y**3, True)), sp.Max(x, y) * z],
    "one": [sp.log(1 + sp.exp(x * y)) / (z**2 + 1)],
    "the same twice": [x * y, x * y],
    "an operand twice": [sb.logsumexp(x, sp.sin(x), x)],
    "one in another": [x * y * z, sp.sin(x * y * z) + x * y],
}
VALUES: dict[str, Any] = {
    "product": sp.exp(x * y) * sp.sin(x) + a * y**3,
    "quotient": x * y / (1 + z**2 + x**2),
    "linear": a * x + 2 * y,
    "logistic": sp.log(1 + sp.exp(x * y - z)),
}
ARRAYS = {symbol: float(value) for symbol, value in POINT.items()}


def near(found: Any, wanted: Any) -> None:
    difference = sp.N(sp.S(found).subs(POINT) - sp.S(wanted).subs(POINT), 40)
    assert abs(difference) < sp.Float("1e-35"), (found, wanted)


def numbers(function: Any) -> dict[str, float]:
    return {name: ARRAYS[sp.Symbol(name, real=True)] for name in function.arguments}


@pytest.mark.parametrize("name", OUTPUTS)
def test_jacobians(name: str) -> None:
    exprs, wrt = OUTPUTS[name], [x, y, z]
    found = sb.jacobian(exprs, wrt)
    exact = sp.Matrix([[expr.diff(symbol) for symbol in wrt] for expr in exprs])
    assert found.shape == found.matrix.shape == found.expand().shape == exact.shape
    for place in product(range(len(exprs)), range(3)):
        near(found.expand()[place], exact[place])
    assert set(found.sparsity) >= {place for place in product(range(len(exprs)), range(3)) if exact[place] != 0}
    replacements, outputs = found.as_cse()
    for symbol, expression in reversed(replacements):
        outputs = [sp.S(one).xreplace({symbol: expression}) for one in outputs]
    for one, wanted in zip(outputs, [*exprs, *exact], strict=True):
        near(one, wanted)
    function = found.compile(values=True)
    values, jacobian = function(**numbers(function))
    np.testing.assert_allclose(values, [float(expr.subs(POINT)) for expr in exprs], rtol=1e-13)
    np.testing.assert_allclose(jacobian, np.array(exact.subs(POINT), dtype=float), rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(found.compile()(**numbers(found.compile())), jacobian)


@pytest.mark.parametrize("name", VALUES)
def test_hessians(name: str) -> None:
    value, wrt = VALUES[name], [x, y, z]
    found = sb.hessian(value, wrt)
    exact = sp.hessian(value, wrt)
    assert found.matrix == found.matrix.T
    for place in product(range(3), repeat=2):
        near(found.expand()[place], exact[place])
    function = found.compile(values=True)
    given, gradient, hessian = function(**numbers(function))
    assert given == pytest.approx(float(value.subs(POINT)), rel=1e-13)
    np.testing.assert_allclose(gradient, [float(value.diff(one).subs(POINT)) for one in wrt], rtol=1e-12)
    np.testing.assert_allclose(hessian, np.array(exact.subs(POINT), dtype=float), rtol=1e-11, atol=1e-14)
    assert found.cost.total <= min(found.cost.counts.values())


@pytest.mark.parametrize("name", VALUES)
def test_third_derivatives_in_any_order(name: str) -> None:
    found = sb.derivatives(VALUES[name], [x, y], 3)
    for asked in ((x,), (x, y), (y, x, x), (x, y, x), ("y", "y", "x")):
        near(found.expand(*asked), sp.diff(VALUES[name], *(sp.Symbol(str(one), real=True) for one in asked)))
    arrays = found.compile()(**numbers(found.compile()))
    assert [array.shape for array in arrays] == [(2,), (2, 2), (2, 2, 2)]
    np.testing.assert_allclose(arrays[2], arrays[2].transpose(2, 1, 0), rtol=1e-13)


def test_axes_of_arguments_stand_in_front() -> None:
    function = sb.jacobian(OUTPUTS["shared"], [x, y]).compile(values=True)
    many = np.linspace(0.5, 1.5, 12).reshape(4, 3)
    values, jacobian = function(many, 2.0, a=1.0)
    assert (values.shape, jacobian.shape) == ((4, 3, 3), (4, 3, 3, 2))
    one = function(many[2, 1], 2.0, 1.0)
    np.testing.assert_allclose(jacobian[2, 1], one[1], rtol=1e-15)
    assert sb.hessian(VALUES["linear"], [x, y]).compile()(many, 1.0, 1.0).shape == (4, 3, 2, 2)
    assert function(many.astype(np.float32), np.float32(2), np.float32(1))[1].dtype == np.float32


def test_equations_are_outputs_by_name() -> None:
    u, v = sp.symbols("u v")
    found = sb.jacobian([(u, x * y), (v, sp.sin(u))], [x, y])
    near(found.expand()[1, 0], y * sp.cos(x * y))
    assert "∂v/∂x" in str(found)
    assert sb.jacobian(sp.Matrix([x * y, x]), sp.Matrix([x, y])).shape == (2, 2)
    assert sb.jacobian([x * y, a]).wrt == (a, x, y)


def test_names_that_are_taken() -> None:
    f1, H = sp.symbols("f1 H_1_1", real=True)
    near(sb.jacobian([f1 * x, x], [x]).expand()[0].subs(f1, 2), 2)
    near(sb.hessian(H * x**2, [x]).expand()[0].subs(H, 3), 6)


def test_a_written_module_does_the_same(tmp_path: Any) -> None:
    found = sb.hessian(VALUES["product"], [x, y])
    path = found.write(tmp_path / "second.py", values=True)
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    for mine, theirs in zip(namespace["evaluate"](0.5, 1.5, 2.0), found.compile(True)(0.5, 1.5, 2.0), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert path.read_text() == found.source(values=True)


def test_what_is_printed_and_shown() -> None:
    found = sb.hessian(VALUES["product"], [x, y])
    told = str(found)
    assert told.startswith("The Hessian of L by x, y")
    assert "∂L/∂x = " in told
    assert "H₁,₂ = " in told
    assert found._repr_mimebundle_()["text/latex"].startswith("$")
    assert "…" not in told
    assert pickle.loads(pickle.dumps(found.cost)) == found.cost


def test_nothing_is_computed_that_is_not_asked_for() -> None:
    source = sb.jacobian([sp.sin(x) * sp.gamma(y), x], [x]).source()
    assert "np.sin" not in source
    assert "np.cos" in source


REFUSED = {
    "no outputs": (lambda: sb.jacobian([], [x]), sb.ParameterError, "there are no outputs"),
    "a matrix of outputs": (lambda: sb.jacobian(sp.eye(2) * x, [x]), sb.ShapeError, "give a column or a list"),
    "text": (lambda: sb.jacobian("x", [x]), sb.UnsupportedError, "give a list of SymPy expressions"),
    "text inside": (lambda: sb.jacobian(["x"], [x]), sb.UnsupportedError, "output 1 is str"),
    "twice": (lambda: sb.jacobian([x], [x, x]), sb.ParameterError, "twice"),
    "nothing": (lambda: sb.hessian(x, []), sb.ParameterError, "empty"),
    "order 0": (lambda: sb.derivatives(x, [x], 0), sb.ParameterError, "order of a derivative is 0"),
    "order of another kind": (lambda: sb.derivatives(x, [x], True), sb.ParameterError, "order of a derivative is True"),
    "too many": (lambda: sb.hessian(x * y, [x, y]).entry(x, x, x), sb.ParameterError, "orders 1 to 2"),
    "a symbol of none": (lambda: sb.hessian(x * y, [x]).entry(z), sb.ParameterError, "z is none of what"),
    "a wrong argument": (lambda: sb.jacobian([x], [x]).compile()(1.0, 2.0), sb.ParameterError, "the function takes x"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
