"""Outputs of a network at a point: against the network written out, differentiated and put at the point by SymPy."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

NET = sb.Network([2, 2, 1], output="identity")
[X1, X2], [U] = NET.inputs, NET.outputs
Z, X = sp.symbols("z x")
HALF = sp.Rational(1, 2)


def whole(net: sb.Network = NET) -> Any:
    """The output in inputs and parameters."""
    lines, [found] = dict(net.equations[:-1]), net.outputs
    found = lines[found]
    while found.xreplace(lines) != found:
        found = found.xreplace(lines)
    return found


W = whole()

CASES: dict[str, tuple[Any, Any]] = {
    "value": (sb.at(U, {X1: 0}), W.subs(X1, 0)),
    "expression around": (sb.at(X1 * U**2 + X1, {X1: HALF}), (X1 * W**2 + X1).subs(X1, HALF)),
    "derivative by what is replaced": (sb.at(sb.d(U, X1), {X1: 0}), sp.diff(W, X1).subs(X1, 0)),
    "second derivative": (sb.at(sb.d(U, X1, 2), {X1: HALF, X2: 1}), sp.diff(W, X1, 2).subs({X1: HALF, X2: 1})),
    "derivative by another": (sb.at(sb.d(U, X2), {X1: 0}), sp.diff(W, X2).subs(X1, 0)),
    "derivative of the value": (sb.d(sb.at(U, {X1: 0}), X2, 2), sp.diff(W.subs(X1, 0), X2, 2)),
    "mixed": (sb.at(sb.d(U, X1, X2), {X1: 1}), sp.diff(W, X1, X2).subs(X1, 1)),
    "at another input": (sb.at(sb.d(U, X1), {X1: X2}), sp.diff(W, X1).subs(X1, X2)),
    "by what the value holds": (sb.at(sb.d(U, X2), {X1: X2}), sp.diff(W, X2).subs(X1, X2)),
    "swapped": (sb.at(sb.d(U, X2), {X1: X2, X2: X1}), sp.diff(W, X2).subs({X1: X2, X2: X1}, simultaneous=True)),
    "derivative of a product": (sb.at(sb.d(X1 * U, X1), {X1: HALF}), sp.diff(X1 * W, X1).subs(X1, HALF)),
    "derivative of a derivative": (
        sb.at(sb.d(X1 * sb.d(U, X1), X1), {X1: HALF}),
        sp.diff(X1 * sp.diff(W, X1), X1).subs(X1, HALF),
    ),
    "two points": (
        sb.at(sb.d(U, X1), {X1: HALF}) * sb.at(sb.d(U, X1), {X1: -1}) - sb.at(U, {X2: 3}),
        sp.diff(W, X1).subs(X1, HALF) * sp.diff(W, X1).subs(X1, -1) - W.subs(X2, 3),
    ),
    "point of a point": (sb.at(sb.at(U, {X1: 0}), {X2: 1}), W.subs({X1: 0, X2: 1})),
    "beside the output": (sb.at(U, {X1: 0}) - U + sb.d(U, X1), W.subs(X1, 0) - W + sp.diff(W, X1)),
    "a parameter": (sb.at(U, {NET.parameters[0]: 2}), W.subs(NET.parameters[0], 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_value_and_derivatives_are_those_of_the_network_written_out(case: str) -> None:
    ours, true = CASES[case]
    point = {one: sp.Rational(place + 2, 7) for place, one in enumerate([*NET.parameters, X1, X2])}
    derived = sb.derive(ours, [*NET.parameters, X1, X2])
    for one in (NET.parameters[0], NET.parameters[3], NET.parameters[-2], X2):
        expected = sp.diff(true, one).xreplace(point).evalf(40)
        assert abs(derived.expand(one).xreplace(point).evalf(40) - expected) < 1e-30
    value, _ = derived.compile()(**{one.name: float(number) for one, number in point.items()})
    assert value == pytest.approx(float(true.xreplace(point)), rel=1e-12, abs=1e-12)


def test_matrix_form_is_the_scalar_form() -> None:
    net = sb.Network([2, 2, 1], output="identity", form="matrix")
    [x], [a] = net.inputs, net.outputs
    outputs = [
        sb.at(a[0, 0], {x: sp.Matrix([0, 2])}),
        sb.at(a[0, 0], {x[0, 0]: 0, x[1, 0]: 2}),
        sb.at(sb.d(a[0, 0], x[0, 0], 2), {x[0, 0]: HALF}),
    ]
    scalar = [sb.at(U, {X1: 0, X2: 2}), sb.at(U, {X1: 0, X2: 2}), sb.at(sb.d(U, X1, 2), {X1: HALF})]
    draws = np.random.default_rng(0)
    arrays = {name: draws.normal(size=shape) for name, shape in net.shapes.items()}
    numbers = {one.name: arrays[name][index] for one, (name, index) in NET.entries.items()}
    for ours, theirs in zip(outputs, scalar, strict=True):
        f = sb.derive(ours, [*net.parameters, x]).compile()
        value, slopes = f(**arrays, x=np.array([[0.3], [0.4]]))
        true, expected = sb.derive(theirs, [*NET.parameters, X1, X2]).compile()(**numbers, x1=0.3, x2=0.4)
        assert value == pytest.approx(true, rel=1e-12)
        assert slopes["W1"][0, 1] == pytest.approx(expected["w1_1_2"], rel=1e-12)
        assert slopes["x"][1, 0] == pytest.approx(expected["x2"], rel=1e-12)


def test_equal_points_are_equal_symbols_also_of_another_process() -> None:
    one = sb.at(U, {X1: 0})
    assert one == sb.at(sb.Network([2, 2, 1], output="identity").outputs[0], {X1: 0})
    assert one != sb.at(U, {X1: 1})
    assert pickle.loads(pickle.dumps(one)) == one
    assert sb.at([U, sp.Matrix([U])], {X1: 0}) == [one, sp.Matrix([one])]


def test_a_boundary_condition_is_trained() -> None:
    net = sb.Network([1, 6, 1], output="identity")
    [x], [u] = net.inputs, net.outputs
    loss = (sb.d(u, x) + u) ** 2 + (sb.at(u, {x: 0}) - 1) ** 2  # u' = -u, u(0) = 1
    d = sb.derive(sb.Model(loss, net.parameters, net.inputs, [], outputs=[u]))
    params, _ = d.train(np.linspace(0, 1, 20)[:, None], epochs=600, learning_rate=0.03, optimizer="adam", seed=1)
    assert d.predict(params, [[0.0], [1.0]]).ravel() == pytest.approx([1, np.exp(-1)], abs=0.03)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "subs": (lambda: U.subs(X1, 0), r"x1 cannot be replaced in a2_1, .* write sb.at\(..., \{x1: 0\}\)"),
    "subs inside": (lambda: (U * X1 + 1).subs({X1: 0}), r"write sb.at\(..., \{x1: 0\}\)"),
    "subs of a parameter": (lambda: sp.sin(U).subs(NET.parameters[0], 3), r"write sb.at\(..., \{w1_1_1: 3\}\)"),
    "subs in a derivative": (lambda: sb.d(U, X1).subs(X1, 0), r"write sb.at\(..., \{x1: 0\}\)"),
    "xreplace in a derivative": (
        lambda: sb.d(U, X1).xreplace({X1: sp.S.Zero}),
        r"Write sb.at\(sb.d\(a2_1, x1\), \{x1: 0\}\)$",
    ),
    "subs of a name's derivative": (lambda: sb.d(Z, X).subs(X, 0), r"Begin the equations .* with \(x, 0\)$"),
    "a name": (lambda: sb.at(sb.d(Z, X), {X: 0}), r"waits for equations: .* \(x, 0\) as the first equation"),
    "another symbol": (lambda: sb.at(U, {Z: 0}), "z stands nowhere in 'a2_1', nor in a network behind it"),
    "no dict": (lambda: sb.at(U, 0), r"a point is a dict, a value by symbol: \{x1: 0\}"),
    "no expression": (lambda: sb.at("u", {X1: 0}), "what is put at a point is str"),
    "no value": (lambda: sb.at(U, {X1: "0"}), "the value of x1 is str"),
    "another shape": (lambda: sb.at(U, {X1: sp.Matrix([1, 2])}), r"the value of x1 has the shape \(2, 1\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_that_says_what_to_write(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(sb.SymbackpropError, match=message) as told:
        call()
    assert "\n" not in str(told.value)


def test_what_an_output_is_not_made_of_is_replaced_and_sympy_goes_on_working() -> None:
    assert (U + Z).subs(Z, 3) == U + 3
    assert (U * X1).subs({U: 2, X1: 5}) == 10
    assert sp.simplify(U * X1 + U * X2) == U * (X1 + X2)
    assert sp.factor(U**2 * X1 - X1) == X1 * (U - 1) * (U + 1)
    n = sp.Symbol("n", integer=True, positive=True)
    [a] = sb.Network([n, n], form="matrix").outputs
    assert a.shape[0].subs(n, 2) == 2


def test_an_equation_for_the_variable_is_what_the_advice_says() -> None:
    k, loss = sp.symbols("k L")
    d = sb.derive([(X, sp.S.Zero), (Z, sp.sin(2 * X)), (loss, k * sb.d(Z, X))], [k])
    assert d.expand(k) == 2


def test_jacobians_that_wait_become_functions_by_lambdify_and_by_derive() -> None:
    residual = sb.d(U, X1, 2) + sb.at(U, {X2: 0})
    args, point = [NET.parameters, [X1, X2]], (np.arange(1, 10) / 7, [0.2, 0.3])
    jacobian = sb.jacobian([residual, U], NET.parameters)
    values, ours = sb.lambdify(args, [[residual, U], jacobian])(*point)
    true = sp.Matrix([sp.diff(W, X1, 2) + W.subs(X2, 0), W])
    numbers = dict(zip([*NET.parameters, X1, X2], [*point[0], *point[1]], strict=True))
    expected = np.array(true.jacobian(NET.parameters).xreplace(numbers).evalf(), dtype=float)
    assert ours == pytest.approx(expected, rel=1e-12, abs=1e-12)
    by_name = {symbol.name: number for symbol, number in numbers.items()}
    outputs, slopes = sb.derive([residual, U], NET.parameters).compile()(**by_name)
    assert outputs == pytest.approx(values, rel=1e-12)
    assert np.column_stack([slopes[one.name] for one in NET.parameters]) == pytest.approx(
        expected, rel=1e-12, abs=1e-12
    )
    batched = sb.lambdify(args, [sb.hessian(residual**2, NET.parameters), jacobian], batch=[X1, X2])
    hessians, jacobians = batched(point[0], [[0.2, 0.5], [0.3, 0.4]])
    assert (hessians.shape, jacobians.shape) == ((2, 9, 9), (2, 2, 9))
    assert jacobians[0] == pytest.approx(expected, rel=1e-12, abs=1e-12)
