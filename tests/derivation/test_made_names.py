"""Names that a derivation made know what they stand for: what is derived again is the whole, or refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError

x, y, z, e, L = sp.symbols("x y z e L", real=True)

LOSSES = {
    "exponential": sp.exp(x * y) + x**3,
    "shared": sp.sin(x * y) * x * y + sp.exp(x * y),
    "deep": sp.sin(sp.exp(sp.sin(x * y) + x)) * sp.sin(x * y) ** 2,
    "by way of the loss": sp.exp(x * y) * sp.sin(x * y),
    "quotient": sp.sqrt(x**2 + y**2 + 1) / (1 + sp.exp(sp.sqrt(x**2 + y**2 + 1))),
}
METHODS = ("backprop", "forward", "naive", "naive+cse", "sympy-forward")


def zero(expression: Any) -> bool:
    """Whether an expression in x and y is 0, by 40 digits at a few points."""
    points = ({x: sp.Rational(3, 7), y: sp.Rational(-5, 4)}, {x: sp.Rational(9, 8), y: sp.Rational(2, 3)})
    return all(abs(expression.subs(point).evalf(40)) < 1e-30 for point in points)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_derivative_is_derived_by_all_that_it_stands_for(name: str, method: str) -> None:
    loss = LOSSES[name]
    d = sb.derive(loss, [x, y], method=method)
    for first in (x, y):
        second = sb.derive(d.gradients[first], [x, y])
        for by in (x, y):
            assert zero(second.expand(by) - loss.diff(first, by))
        assert set(sb.derive(d.gradients[first]).wrt) == {x, y}


@pytest.mark.slow_unless.with_args(lambda name: name == "shared")
@pytest.mark.parametrize("name", LOSSES)
def test_third_derivatives(name: str) -> None:
    loss = LOSSES[name]
    second = sb.derive(sb.derive(loss, [x, y]).gradients[x], [x, y])
    third = sb.derive(second.gradients[y], [x, y])
    assert zero(third.expand(x) - loss.diff(x, y, x))


OUTPUTS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "as_cse": lambda loss: (sb.derive(loss, [x, y]).as_cse()[1][2], loss.diff(y)),
    "the loss of as_cse": lambda loss: (sb.derive(loss, [x, y]).as_cse()[1][0], loss),
    "adjoint": lambda loss: (sb.derive(loss, [x, y]).adjoint("x"), loss.diff(x)),
    "tangent": lambda loss: (sb.derive(loss, [x], method="forward").tangent("L", x), loss.diff(x)),
    "jvp": lambda loss: (sb.jvp(loss, {x: 2, y: x}).tangent, 2 * loss.diff(x) + x * loss.diff(y)),
    "a function of results": lambda loss: (
        sp.exp(sb.derive(loss, [x]).gradients[x]) * x,
        sp.exp(loss.diff(x)) * x,
    ),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", ["exponential", "shared"])
def test_everything_that_is_told_can_be_derived(name: str, output: str) -> None:
    told, meant = OUTPUTS[output](LOSSES[name])
    assert zero(sb.derive(told, [x, y]).expand(x) - meant.diff(x))
    assert zero(sb.jvp(told, {y: 1}).expand() - meant.diff(y))
    value, gradient = sb.value_and_grad([[x, y]], told, [x, y])(np.array([0.25, -1.5]))
    point = {x: sp.Rational(1, 4), y: sp.Rational(-3, 2)}
    exact = [meant.subs(point), *(meant.diff(by).subs(point) for by in (x, y))]
    assert [value, *gradient] == pytest.approx([float(part) for part in exact], rel=1e-12)


@pytest.mark.slow
def test_equal_names_of_two_derivations_are_two_symbols() -> None:
    one, two = (sb.derive(loss, [x, y]) for loss in (LOSSES["exponential"], LOSSES["shared"]))
    names = [{str(symbol): symbol for symbol in d.gradients[x].free_symbols} for d in (one, two)]
    assert str(one.gradients[x]) == str(3 * x**2 + y * sp.Symbol("t1"))  # printed as if anybody had made it
    assert names[0]["t1"] != next(symbol for symbol, _ in two.as_cse()[0] if symbol.name == "t1")
    both = sb.derive(one.gradients[x] * two.gradients[y] + sp.Symbol("t1") * x, [x, y])
    t1 = sp.Symbol("t1")
    meant = LOSSES["exponential"].diff(x) * LOSSES["shared"].diff(y) + t1 * x
    assert zero((both.expand(y) - meant.diff(y)).subs(t1, 2))
    assert len({symbol.name for symbol in both.quantities}) == len(both.quantities)
    assert both.compile()(0.5, 0.25, t1=2.0)[1]["x"] == pytest.approx(
        float(meant.diff(x).subs({t1: 2, x: 0.5, y: 0.25}))
    )


def test_a_made_name_can_be_what_is_derived_by() -> None:
    d = sb.derive(LOSSES["exponential"], [x, y])
    [t1] = [symbol for symbol in d.gradients[x].free_symbols if symbol.name == "t1"]
    assert sb.derive(d.gradients[x], [t1]).gradients == {t1: y}


# --- names of the user's ---

EQUATIONS = [(e, x * y), (L, sp.sin(e) * x**2 + e**2)]
WRITTEN = sp.sin(x * y) * x**2 + (x * y) ** 2


def test_what_a_users_name_depends_on_is_no_data() -> None:
    d = sb.derive(EQUATIONS, [x, y])
    for wrt in ([x], [y], [x, y], [x, e], None):
        with pytest.raises(ParameterError, match=r"^e depends on [xy] in the derivation d that .* d\.equations_of\("):
            sb.derive(d.gradients[x], wrt)
        with pytest.raises(ParameterError, match="equations_of"):
            sb.jvp(d.gradients[x], wrt)
    with pytest.raises(ParameterError, match="equations_of"):
        sb.Model([(z, d.gradients[x])], inputs=[y])
    kept = sb.derive(d.gradients[x], [e])  # here it is data, and e does not depend on itself
    assert sp.simplify(kept.expand(e) - (2 * x * sp.sin(e) + y * (2 * e + x**2 * sp.cos(e))).diff(e)) == 0


@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_equations_of_a_derivative_are_derived_as_a_whole(method: str) -> None:
    d = sb.derive(EQUATIONS, [x, y], method=method)
    for first in (x, y):
        equations = d.equations_of(first)
        assert equations[0] == (e, x * y)
        second = sb.derive(equations, [x, y])
        for by in (x, y):
            assert zero(second.expand(by) - WRITTEN.diff(first, by))
    assert zero(
        sb.derive(sb.derive(EQUATIONS, [x, y]).equations_of(e), [x]).expand(x)
        - (2 * e + x**2 * sp.cos(e)).subs(e, x * y).diff(x)
    )


@pytest.mark.slow
def test_the_hessian_of_a_network_by_its_equations() -> None:
    net = sb.Network([2, 2, 1], hidden="tanh", output="sigmoid", loss="bce")
    d, weights = sb.derive(net), net.parameters
    with pytest.raises(ParameterError, match="equations_of"):
        sb.derive(d.gradients[weights[0]], weights)
    values = {symbol: sp.Rational(k * 7 % 11 - 5, 6) for k, symbol in enumerate(sorted(net.loss.free_symbols, key=str))}
    for first in (weights[0], weights[-1]):
        second = sb.derive(d.equations_of(first), weights)
        for by in weights[::3]:
            exact = net.loss.diff(first, by).subs(values).evalf(30)
            assert abs(second.expand(by).subs(values).evalf(30) - exact) < 1e-25


def test_matrices() -> None:
    A, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)
    inner = (A * v).applyfunc(sp.exp)
    d = sb.derive(sb.Total(inner + v * (v.T * inner)), [A, v])
    second = sb.derive(sb.Total(d.gradients[v]), [A, v])
    draw = np.random.default_rng(3)
    at = {"A": draw.normal(size=(2, 2)), "v": draw.normal(size=(2, 1))}
    compiled, found = d.compile(), second.compile()(**at)[1]
    for name in ("A", "v"):
        step = np.zeros_like(at[name])
        step[0, 0] = 1e-5
        up, down = ({**at, name: at[name] + sign * step} for sign in (1, -1))
        slope = (compiled(**up)[1]["v"].sum() - compiled(**down)[1]["v"].sum()) / 2e-5
        assert found[name][0, 0] == pytest.approx(slope, rel=1e-7)
    assert sb.derive(sb.Total(sb.derive(sb.Total(A * v), [A]).gradients[A] * v)).wrt == (v,)


@pytest.mark.slow
def test_copies_and_pickles_carry_their_equations_along() -> None:
    gradient = sb.derive(LOSSES["deep"], [x, y]).gradients[x]
    for twin in (pickle.loads(pickle.dumps(gradient)), copy.deepcopy(gradient)):
        assert twin == gradient
        assert str(twin) == str(gradient)
        assert zero(sb.derive(twin, [x, y]).expand(y) - LOSSES["deep"].diff(x, y))


@pytest.mark.slow
def test_long_chains_of_made_names_need_no_recursion() -> None:
    expression: Any = x
    for _ in range(400):
        expression = sp.sin(expression) * sp.cos(y * expression)
    d = sb.derive(expression, [x, y])
    second = sb.derive(d.gradients[x], [x])
    assert second.cost.total < 60 * d.cost.total


def test_a_tangent_made_elsewhere_is_refused() -> None:
    d = sb.derive(LOSSES["shared"], [x, y])
    with pytest.raises(ParameterError, match=r"the tangent of x mentions .* expand\("):
        sb.jvp(x**2, {x: d.gradients[x]})
    assert zero(sb.jvp(x**2, {x: d.expand(x)}).expand() - 2 * x * LOSSES["shared"].diff(x))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))], ids=["copy", "pickle"])
def test_a_derivation_can_be_copied_and_stored(copied: Callable[[Any], Any]) -> None:
    for what in (sp.tanh(x) ** 2 * y + sp.besselj(0, x), sb.Network([2, 2, 1]), sb.Network([2, 2, 1], form="matrix")):
        d = sb.derive(what)
        other = copied(d)
        assert other.formulas() == d.formulas()
        assert str(other.gradients) == str(d.gradients)
    d = copied(sb.derive(sp.exp(x * y) * sp.sin(x * y), [x, y]))
    assert zero(sb.derive(d.gradients[x], [y]).expand(y) - (sp.exp(x * y) * sp.sin(x * y)).diff(x, y))
