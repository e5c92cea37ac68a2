"""Symbols of any name: print keeps it, code has a safe one, arguments are given by either; two of one name are two."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, SymbolNameError
from symbackprop.leaf_exchange import is_plain, safe_name

m, y = sp.symbols("m y")
NAMES = [
    *("x'", r"\theta_1", "x_{1}", "lambda", "x_{1,2}", "a b", "α'", "", " ", "0", "__class__", "class", "None", "A^2"),
    *(
        r"\input{x}",
        "<b>",
        "\\",
        "$x$",
        "x\x1b]0",
        'a"b',
        "a\nb",
        "ﬁ",
        "x)*(",
        "%s{}",
        "t1",
        "dL_dm",
        "L",
        "very_" * 300,
    ),
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_any_name_is_taken_by_every_door(name: str) -> None:
    x = sp.Symbol(name)
    loss = m * x**2 * sp.sin(x * y)
    d = sb.derive(loss, [x, m])
    assert sp.simplify(d.expand(x) - loss.diff(x)) == 0
    assert d.wrt == (x, m)
    assert set(d.gradients) == {x, m}
    true = loss.diff(x).subs({x: 2, m: 3, y: 5}).evalf()
    value, found = d.compile()(2.0, 3.0, 5.0)
    assert abs(found[name] - true) < 1e-9
    assert d.compile()(**{name: 2.0, "m": 3.0, "y": 5.0})[0] == value
    module: dict[str, Any] = {}
    exec(d.source(), module)
    assert module["evaluate"](**{name: 2.0, "m": 3.0, "y": 5.0})[1][name] == found[name]
    assert abs(sb.lambdify([x, m, y], sb.jacobian([loss], [x]))(2.0, 3.0, 5.0)[0, 0] - true) < 1e-9
    assert abs(sb.value_and_grad([[x, m], y], loss, [x, m])([2.0, 3.0], 5.0)[1][0] - true) < 1e-9
    assert sp.simplify(sb.hessian(loss, [x]).expand()[0, 0] - loss.diff(x, 2)) == 0
    assert sp.simplify(sb.derive([(x, m * y), (sp.Symbol("Q"), x**2)], [m]).expand(m) - 2 * m * y**2) == 0
    again = sb.derive(d.gradients[x], [x])
    assert sp.simplify(again.expand(x) - loss.diff(x, 2)) == 0
    assert pickle.loads(pickle.dumps(d)).gradients[x] == d.gradients[x]


@pytest.mark.parametrize("name", [name for name in NAMES if not is_plain(name)], ids=lambda name: ascii(name)[:20])
def test_code_has_safe_names(name: str) -> None:
    assert is_plain(safe_name(name))
    assert safe_name(name).isidentifier()
    source = sb.derive(m * sp.Symbol(name), [m]).source()
    assert f"{name!r}: ('{safe_name(name)}',)" in source.replace("\n    ", "")


PRINTED = {
    "x'": ("x'", "x'"),
    r"\theta_1": ("θ₁", r"\theta_{1}"),
    "x_{1}": ("x₁", "x_{1}"),
    "lambda": ("λ", r"\lambda"),
    r"\lambda_{ab}": ("λ_ab", r"\lambda_{ab}"),
    "a b": ("a b", r"\mathit{a b}"),
    r"\input{x}": (r"\input{x}", r"\mathit{\textbackslash{}input\{x\}}"),
    "\\": ("\\", r"\mathit{\textbackslash{}}"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_print_has_the_name(name: str) -> None:
    text, latex = PRINTED[name]
    d = sb.derive(m * sp.Symbol(name), [m])
    assert str(d.gradients) == f"∂L/∂m = {text}"
    assert d.explain(m).latex().splitlines()[-2].endswith(f"&= {latex}")


def test_functions_in_print() -> None:
    t, x = sp.symbols("t x")
    q, u, f = sp.Function("q")(t), sp.Function("u")(x, y), sp.Function("f")
    shown = {
        q.diff(t): "q'(t)",
        q.diff(t, 2): "q''(t)",
        u.diff(x, y): "u_xy(x, y)",
        f(2 * t): "f(2 t)",
        f(q): "f(q(t))",
    }
    for leaf, text in shown.items():
        assert str(sb.derive(m * leaf, [m]).gradients) == f"∂L/∂m = {text}"
    assert r"q'\left(t\right)^{2}" in sb.derive(m * q.diff(t) ** 2, [m]).explain(m).latex()


def test_two_of_one_name_are_two() -> None:
    x, real, dummy = sp.Symbol("x"), sp.Symbol("x", real=True), sp.Dummy("x")
    loss = x * real**2 * dummy**3
    d = sb.derive(loss)
    assert {by: d.expand(by) for by in d.wrt} == {by: loss.diff(by) for by in (x, real, dummy)}
    function = sb.derive(loss, [x, real, dummy]).compile()
    assert function(2.0, 3.0, 5.0)[0] == 2 * 9 * 125
    with pytest.raises(ParameterError, match="x is the name of several arguments: give them as x_1, x_2"):
        sb.derive(x * real**2, [x, real]).compile()(x=1.0)
    first, second = sb.derive(x * real**2, [x, real]).compile().arguments
    assert sb.derive(x * real**2, [x, real]).compile()(**{first: 2.0, second: 3.0})[0] == 18
    q = sp.Function("q")(y)
    beside = sb.derive(sp.Symbol("q") * q**2, [q, sp.Symbol("q")])
    assert {by: beside.expand(by) for by in beside.wrt} == {q: 2 * q * sp.Symbol("q"), sp.Symbol("q"): q**2}


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "by one that is not there": (
        lambda: sb.derive(sp.Symbol("x") * m, [sp.Symbol("x", real=True)]),
        SymbolNameError,
        "two symbols are called 'x'",
    ),
    "by both names": (
        lambda: sb.derive(sp.Symbol("x'") * m).compile()(**{"x'": 1.0, "x_prime": 2.0, "m": 1.0}),
        ParameterError,
        "x_prime is given twice, by both of its names",
    ),
    "an unknown one": (
        lambda: sb.derive(sp.Symbol("x'") * m).compile()(**{"x''": 1.0, "m": 1.0}),
        ParameterError,
        "got x'' by name, which is none of them",
    ),
    "a name of two samples": (
        lambda: sb.derive(sp.Symbol("x'") * m, [m]).compile(batch=["x''"]),
        sb.UnknownNameError,
        "x''",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_samples_are_told_by_either_name() -> None:
    x = sp.Symbol("x'")
    for batch in ([x], ["x'"], ["x_prime"]):
        value, found = sb.derive(x * m, [m]).compile(batch=batch)(**{"x'": np.array([1.0, 3.0]), "m": 2.0})
        assert (value, found["m"]) == (4.0, 2.0)
        assert sb.lambdify([m, x], x * m, batch=batch)(2.0, np.array([1.0, 3.0])).tolist() == [2.0, 6.0]


def test_a_model_has_symbols_of_any_name() -> None:
    w, b, x = sp.symbols("w' b_{0} x_1")
    model = sb.Model((w * x + b - y) ** 2, parameters=[w, b], inputs=[x], targets=[y], start={w: 0.1, "b_{0}": 0.2})
    for derived in (sb.derive(model), pickle.loads(pickle.dumps(sb.derive(model)))):
        assert derived.wrt == (w, b)
        assert sp.expand(derived.expand(w) - 2 * x * (w * x + b - y)) == 0
        assert derived.gradients[model.parameters[0]] == derived.gradients[w]
    assert sp.expand(sb.derive(model, [x]).expand(x) - 2 * w * (w * x + b - y)) == 0
    data = np.array([[1.0], [2.0], [3.0]])
    found, history = sb.derive(model).train(data, 2 * data, epochs=300, learning_rate=0.05)
    assert history[-1] < 1e-2 < history[0]
    assert set(found) == {"w_prime", "b_0"}


def test_a_batch_of_one_symbol_stands_by_itself_beside_odd_names() -> None:
    prime, plain = sp.Symbol("x'", real=True), sp.Symbol("plain", real=True)
    for batch in (plain, "plain", [plain]):
        value, slopes = sb.derive(prime * plain, [plain]).compile(batch=batch)(**{"x'": 2.0, "plain": [1.0, 2.0]})
        assert (value.tolist(), slopes["plain"].tolist()) == ([2.0, 4.0], [2.0, 2.0])
