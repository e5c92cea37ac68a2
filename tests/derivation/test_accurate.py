"""Which form a derivative takes is chosen by the door: in x for an expression by itself, remembered elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, w, a, L = sp.symbols("x y w a L", real=True)
X = sp.MatrixSymbol("X", 2, 2)

IN_X = {
    "sigmoid": (sb.sigmoid(x), sb.sigmoid(x) * sb.sigmoid(-x), 4.248354255291589e-18),
    "tanh": (sp.tanh(x), sp.sech(x) ** 2, 7.219405552478837e-35),
    "coth": (sp.coth(x), -(sp.csch(x) ** 2), -7.219405552478837e-35),
}
"""By name: function, derivative, its value at 40."""


@pytest.mark.parametrize("name", IN_X)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_an_expression_by_itself_is_derived_in_x(name: str, method: str) -> None:
    function, derivative, far = IN_X[name]
    derivation = sb.derive(function, [x], method)
    assert derivation.expand(x) == derivative
    assert derivation.compile()(40.0)[1]["x"] == pytest.approx(far, rel=1e-14)
    assert float(derivation.expand(x).subs(x, 40).evalf(17)) == pytest.approx(far, rel=1e-14)


def test_elu_is_derived_in_x() -> None:
    assert sb.derive(sb.elu(x), [x]).expand(x) == sp.Piecewise((1, x > 0), (sp.exp(x), True))
    assert sb.derive(sb.elu(x), [x]).compile()(-40.0)[1]["x"] == pytest.approx(4.248354255291589e-18, rel=1e-15)


REMEMBERED = {"sigmoid": a * (1 - a), "tanh": 1 - a**2, "coth": 1 - a**2}


@pytest.mark.parametrize("name", IN_X)
def test_equations_keep_what_is_remembered(name: str) -> None:
    function, derivative, far = IN_X[name]
    equations = [(a, function), (L, a * w)]
    derivation = sb.derive(equations, [x, w])
    assert sp.expand(derivation.gradients[x].subs(derivation.adjoint(a), w) - w * REMEMBERED[name]) == 0
    assert derivation.compile()(40.0, 1.0)[1]["x"] == 0
    accurate = sb.derive(equations, [x, w], accurate=True)
    assert sp.expand(accurate.expand(x) - w * derivative) == 0
    assert accurate.compile()(40.0, 1.0)[1]["x"] == pytest.approx(far, rel=1e-14)


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_a_network_keeps_what_is_remembered(form: str) -> None:
    net = sb.Network([1, 1, 1], hidden="tanh", output="identity", loss="mse", form=form)
    plain, accurate = sb.derive(net), sb.derive(net, accurate=True)
    assert "sech" not in plain.formulas()
    assert "sech" in accurate.formulas()
    params = {"W1": np.ones((1, 1)), "b1": np.full(1, 40.0), "W2": np.ones((1, 1)), "b2": np.zeros(1)}
    one = np.zeros((1, 1))
    assert plain.compile()(params, one, one)[1]["b1"] == 0
    assert accurate.compile()(params, one, one)[1]["b1"] == pytest.approx(2 * 7.219405552478837e-35, rel=1e-13)


def test_what_is_remembered_can_be_asked_for() -> None:
    derivation = sb.derive(sp.tanh(x), [x], accurate=False)
    assert derivation.gradients[x] == 1 - derivation.loss**2
    assert sb.derive(sp.tanh(x) * y, [x], "forward", accurate=False).expand(x) == y * (1 - sp.tanh(x) ** 2)


def test_along_a_direction_and_for_a_minimiser() -> None:
    far = IN_X["tanh"][2]
    assert sb.jvp(sp.tanh(x), {x: 1}).compile()(40.0)[1] == pytest.approx(far, rel=1e-14)
    assert sb.jvp(sp.tanh(x), {x: 1}, accurate=False).compile()(40.0)[1] == 0
    assert sb.jvp([(L, sp.tanh(x))], {x: 1}).compile()(40.0)[1] == 0
    assert sb.value_and_grad([x], sp.tanh(x), [x])(40.0)[1] == pytest.approx([far], rel=1e-14)
    assert sb.value_and_grad([x], sp.tanh(x), [x], accurate=False)(40.0)[1] == [0]


def test_stable_forms_can_be_left_out_of_both() -> None:
    written = sp.log(sp.exp(x) + sp.exp(y))
    with np.errstate(all="ignore"):
        assert np.isinf(sb.value_and_grad([x, y], written, [x], stable=False)(800.0, 0.0)[0])
        assert np.isinf(sb.jvp(written, {x: 1}, stable=False).compile()(800.0, 0.0)[0])
    assert sb.value_and_grad([x, y], written, [x])(800.0, 0.0)[0] == 800.0
    assert sb.jvp(written, {x: 1}).compile()(800.0, 0.0)[0] == 800.0


def test_matrices_entry_by_entry() -> None:
    values = np.array([[40.0, 1.0], [-40.0, 0.0]])
    derivation = sb.derive(sb.Total(X.applyfunc(sp.tanh)), [X])
    np.testing.assert_allclose(derivation.compile()(values)[1]["X"], 1 / np.cosh(values) ** 2, rtol=1e-14)


def second(function: Any) -> Any:
    return sb.derive(sb.derive(function, [x]).gradients[x], [x])


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_second_derivatives(name: str) -> None:
    function = IN_X[name][0]
    found = second(function).compile()
    for at in (0.3, -2.0, 40.0, -40.0):
        exact = function.rewrite(sp.exp).diff(x, 2).subs(x, sp.Rational(at)).evalf(30, maxn=2000)
        assert found(x=at)[1]["x"] == pytest.approx(float(exact), rel=1e-13)
