"""Expressions that are compiled: their arguments, their broadcasting, value_and_grad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from .scalar_support import a, b, c, loaded, x, y


def test_compiled_expression_takes_positions_names_arrays_and_whole_numbers() -> None:
    compiled = sb.derive(a**2 * x + sp.exp(b * x), wrt=[b, a]).compile()
    assert compiled.arguments == ("b", "a", "x")
    for value, gradients in (compiled(0, 3, 2), compiled(0.0, a=3, x=2), compiled(x=2, a=3, b=0)):
        assert (value, gradients) == (19.0, {"b": 2.0, "a": 12.0})
        assert type(value) is float
        assert all(type(gradient) is float for gradient in gradients.values())


def test_compiled_expression_broadcasts() -> None:
    compiled = sb.derive(a * x + b, wrt=[a, b]).compile()
    value, gradients = compiled(np.array([[1], [2]]), 1.5, np.array([0, 1, 2]))
    assert value.tolist() == [[1.5, 2.5, 3.5], [1.5, 3.5, 5.5]]
    assert gradients["a"].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert gradients["b"].tolist() == [[1, 1, 1], [1, 1, 1]]
    gradients["b"][0, 0] = 7.0  # its own memory, and writable
    assert gradients["b"][0, 1] == 1.0


def test_compiled_expression_keeps_float32() -> None:
    expression = sp.sqrt(2 * sp.pi) * a**2 + sp.log(2) * sb.gelu(a) + sp.Rational(1, 3) * sb.logsumexp(0, a) + sp.erf(1)
    compiled = sb.derive(expression, wrt=[a]).compile()
    value, gradients = compiled(np.array([0.5, 2.0], np.float32))
    assert (value.dtype, gradients["a"].dtype) == (np.float32, np.float32)
    exact, exact_gradients = compiled(np.array([0.5, 2.0]))
    np.testing.assert_allclose(value, exact, rtol=1e-6)
    np.testing.assert_allclose(gradients["a"], exact_gradients["a"], rtol=1e-6)


AWKWARD = ("np", "sum", "list", "evaluate", "params", "print", "_sigmoid", "shape", "value", "gradients", "dict", "zip")
AWKWARD += ("math", "t1", "v1", "dL_da", "float", "match", "self", "_", "L", "X", "αβ")


@pytest.mark.parametrize("name", AWKWARD)
def test_any_identifier_may_name_a_symbol(name: str) -> None:
    symbol = sp.Symbol(name, real=True)
    other = sp.Symbol("other", real=True)
    expression = symbol * sb.sigmoid(symbol * other) + sp.sin(symbol) ** 2 * sp.exp(sp.sin(symbol)) * other
    compiled = sb.derive(expression, wrt=[symbol, other]).compile()
    value, gradients = compiled(**{name: 0.75, "other": -1.25})
    point = {symbol: sp.Float(0.75, 30), other: sp.Float(-1.25, 30)}
    assert value == pytest.approx(float(expression.doit().subs(point)), rel=1e-14)
    for by in (symbol, other):
        exact = sp.diff(expression.doit(), by).subs(point)
        assert gradients[by.name] == pytest.approx(float(exact), rel=1e-13)


def test_gradient_that_is_an_argument_itself() -> None:
    shape = sp.Symbol("shape")
    assert sb.derive(shape * a, wrt=[a, shape]).compile()(a=2, shape=3) == (6.0, {"a": 3.0, "shape": 2.0})


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 2, 3), {}), ((1, 2), {"a": 1}), ((1,), {"z": 2}), (("1", 2), {}), ((1j, 2), {}), ((1, None), {})],
)
def test_wrong_arguments_are_refused(values: Any, named: Any) -> None:
    compiled = sb.derive(a * b, wrt=[a, b]).compile()
    with pytest.raises(sb.ParameterError):
        compiled(*values, **named)


def test_equations_compile_to_the_derivatives_by_leaves() -> None:
    e, d, L = sp.symbols("e d L", real=True)
    compiled = sb.derive([(e, a * b), (d, e + c), (L, d * x)], wrt=[a, b, c, x]).compile()
    assert compiled(2.0, -3.0, 10.0, -2.0) == (-8.0, {"a": 6.0, "b": -4.0, "c": -2.0, "x": 4.0})


def test_expression_module_stands_alone(tmp_path: Path) -> None:
    path = sb.derive(sp.gamma(a) * sb.softplus(b) + sp.Max(a, b, c), wrt=[a, b]).write(tmp_path / "f.py")
    module = loaded(path.read_text())
    value, gradients = module.evaluate(3.0, 1.0, 0.5)
    assert value == pytest.approx(2 * np.log1p(np.e) + 3)
    assert gradients["a"] == pytest.approx(2 * (1.5 - np.euler_gamma) * np.log1p(np.e) + 1)
    assert gradients["b"] == pytest.approx(2 / (1 + np.exp(-1)))


@pytest.mark.slow
def test_value_and_grad_is_what_scipy_minimize_wants() -> None:
    rosenbrock = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    function_of_a_point = sb.value_and_grad([[x, y]], rosenbrock, [x, y])
    point = np.array([-1.2, 1.0])
    value, gradient = function_of_a_point(point)
    assert (value, gradient.tolist()) == (pytest.approx(24.2), pytest.approx([-215.6, -88.0]))
    for _ in range(20_000):
        point = point - 0.0015 * function_of_a_point(point)[1]
    assert point == pytest.approx([1, 1], abs=1e-3)


def test_value_and_grad_keeps_the_order_of_args_and_of_wrt() -> None:
    f = sb.value_and_grad([x, (a, b), y], a * x + b * y, [b, a])
    value, gradient = f(2.0, [3.0, 5.0], 7.0)
    assert (value, gradient.tolist()) == (41.0, [7.0, 2.0])
    value, gradient = f(np.array([1.0, 2.0]), [3.0, 5.0], 7.0)
    assert (value.tolist(), gradient.tolist()) == ([38.0, 41.0], [[7.0, 7.0], [1.0, 2.0]])


@pytest.mark.parametrize("args", [[x], [x, x, a, b, y], ["x", a, b, y], [[x, 1], a, b, y]])
def test_value_and_grad_refuses_arguments_that_do_not_fit(args: Any) -> None:
    with pytest.raises(sb.ParameterError):
        sb.value_and_grad(args, a * x + b * y, [a])


@pytest.mark.parametrize("values", [(1.0,), (1.0, [1.0, 2.0, 3.0], 1.0), (1.0, 2.0, 1.0)])
def test_value_and_grad_refuses_values_that_do_not_fit(values: Any) -> None:
    f = sb.value_and_grad([x, (a, b), y], a * x + b * y, [a])
    with pytest.raises(sb.ParameterError):
        f(*values)
