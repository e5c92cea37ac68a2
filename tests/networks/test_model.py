"""Models: what training needs to know of equations, and what makes no model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from .model_support import LINE, matrix

a, b, c, x, y, p, q, L = sp.symbols("a b c x y p q L", real=True)
s = sp.Symbol("s", positive=True)


def test_a_model_tells_what_training_needs() -> None:
    W, u, row, one = matrix("W", 2, 3), matrix("u", 3), matrix("row", 1, 3), matrix("one", 1, 1)
    loss = sb.Total(W * u) * a + (row * u)[0, 0] * s + sp.Trace(one) - y
    model = sb.Model(loss, parameters=[W, row, one, a, s], inputs=[u], targets=[y])
    assert model.shapes == {"W": (2, 3), "row": (1, 3), "one": (1,), "a": (), "s": ()}
    assert model.start == {
        "W": (0.0, 1 / math.sqrt(3)),
        "row": (0.0, 1 / math.sqrt(3)),
        "one": (0.0, 0.0),
        "a": (0.0, 1.0),
        "s": (1.0, 0.0),
    }
    assert (model.form, model.task, model.target_range, model.standardize) == ("matrix", "numbers", None, ())
    assert str(model.loss_symbol) == "L"
    given = sb.Model(loss, [W, row, one, a, s], [u], [y], start={W: (0, 0.1), "a": 2}, task="classes")
    assert (given.start["W"], given.start["a"], given.task) == ((0.0, 0.1), (2.0, 0.0), "classes")


def test_parameters_are_by_default_all_that_is_nothing_else() -> None:
    model = sb.Model(LINE, inputs=[x], targets=[y], outputs=[p])
    assert model.parameters == (a, b)
    assert sb.derive(model).wrt == (a, b)
    assert sb.derive(model).expand(a).subs({x: 2, a: 1, b: 1, y: 1}) == 4


def test_the_loss_is_the_last_equation_or_the_one_that_is_named() -> None:
    by_order = sb.Model(LINE, inputs=[x], targets=[y])
    by_name = sb.Model(
        [(p, a * x + b), (L, (p - y) ** 2 / 2), (q, p + 1)], inputs=[x], targets=[y], loss=L, outputs=[q]
    )
    as_expression = sb.Model([LINE[0]], inputs=[x], targets=[y], loss=(p - y) ** 2 / 2)
    for model in (by_order, by_name, as_expression):
        assert sb.derive(model).expand(a).equals(x * (a * x + b - y))
    assert sb.derive(by_name).module().forward({"a": np.array(2.0), "b": np.array(1.0)}, [[3.0]]).tolist() == [[8.0]]


def test_a_network_is_a_model() -> None:
    net = sb.Network([2, 3, 1])
    assert isinstance(net, sb.Model)
    assert (net.task, net.target_range, net.standardize) == ("classes", (0, 1), ("X",))
    regression = sb.Network([2, 3, 1], output="identity", form="matrix")
    assert (regression.task, regression.target_range, regression.standardize) == ("numbers", None, ("X", "Y"))
    assert sb.Network([2, 3], "relu", "softmax").targets_sum_to_one


V = matrix("V", 3, 3)

WRONG: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "output nowhere": (LINE, {"outputs": [q]}, sb.ModelError, "the output q is defined by no equation"),
    "output an input": (LINE, {"outputs": [x]}, sb.ModelError, "the output x is defined by no equation"),
    "output of targets": ([(q, a * y), *LINE], {"outputs": [q]}, sb.ModelError, "output q depends on a target"),
    "input nowhere": (LINE, {"inputs": [x, q]}, sb.ModelError, "no equation mentions the input q"),
    "target nowhere": (LINE, {"targets": [y, q]}, sb.ModelError, "no equation mentions the target q"),
    "parameter nowhere": (LINE, {"parameters": [a, b, q]}, sb.ModelError, "no equation mentions the parameter q"),
    "parameter defined": (LINE, {"parameters": [a, b, p]}, sb.ModelError, "the parameter p is defined by an equation"),
    "input defined": (LINE, {"inputs": [x, p]}, sb.ModelError, "the input p is defined by an equation"),
    "parameter is data": (LINE, {"parameters": [a, b, x]}, sb.ModelError, "x is data and cannot be a parameter"),
    "nobody's symbol": (LINE, {"parameters": [a]}, sb.ModelError, "b is no parameter, input or target"),
    "no parameters": ([(L, x - y)], {"parameters": []}, sb.ModelError, "there are no parameters"),
    "named twice": (LINE, {"inputs": [x, x]}, sb.ModelError, "inputs names x twice"),
    "text": (LINE, {"inputs": "x"}, sb.ModelError, "inputs must be a list of SymPy symbols, got str"),
    "an expression": (LINE, {"outputs": [p + 1]}, sb.ModelError, r"outputs holds Add 'p \+ 1': pass a symbol"),
    "no scalar": ([(matrix("v", 3), V * matrix("u", 3))], {"inputs": [], "targets": []}, sb.ShapeError, "v is a 3 x 1"),
    "loss nowhere": (LINE, {"loss": q}, sb.ModelError, "the loss q is defined by no equation"),
    "start of nothing": (LINE, {"start": {"q": 1}}, sb.ModelError, r"start holds str 'q', which is no parameter.*a, b"),
    "start no number": (LINE, {"start": {a: "big"}}, sb.ModelError, "the start of a is big: give a number"),
    "start below 0": (LINE, {"start": {a: (0, -1)}}, sb.ModelError, "the start of a"),
    "task": (LINE, {"task": "class"}, sb.UnknownNameError, "unknown task 'class': did you mean 'classes'"),
    "equations": ("L = a*x", {}, sb.UnsupportedError, "cannot derive str"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_model_is_refused_by_name(name: str) -> None:
    equations, changes, error, says = WRONG[name]
    given: dict[str, Any] = {"inputs": [x], "targets": [y], **changes}
    with pytest.raises(error, match=says) as caught:
        sb.Model(equations, **given)
    assert "\n" not in str(caught.value)


def test_an_expression_trains_by_a_model_only() -> None:
    derived = sb.derive(LINE, wrt=[a, b])
    for use in (derived.module, lambda: derived.train([[1.0]], [[1.0]])):
        with pytest.raises(sb.UnsupportedError, match=r"make an sb\.Model"):
            use()
    some = sb.derive(sb.Model(LINE, inputs=[x], targets=[y]), wrt=[a])
    with pytest.raises(sb.UnsupportedError, match="without wrt"):
        some.source()


@pytest.mark.slow
def test_a_model_of_many_symbols_takes_time_in_proportion() -> None:
    """Each symbol is looked up, not searched for: 20,000 of them would take a minute else."""
    weights = sp.symbols("w:20000", real=True)
    loss = sp.Add(*[weight * x for weight in weights], evaluate=False)
    model = sb.Model(loss, weights, [x], start=dict.fromkeys(weights, 1))
    assert len(model.start) == 20_000


MORE: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "start no dict": (LINE, {"start": [1]}, sb.ModelError, "start is list"),
    "start of text": (LINE, {"start": {a: "1"}}, sb.ModelError, "the start of a is 1: give a number"),
    "start too large": (LINE, {"start": {a: 10**400}}, sb.ModelError, "the start of a is 1000"),
    "start twice": (LINE, {"start": {a: 1, "a": 2}}, sb.ModelError, "start has two values for a"),
    "equal names": ([(L, a * x + sp.Symbol("a") * y)], {}, sb.ModelError, "two symbols are called a"),
    "used before": ([(L, p + y), (p, a * x)], {}, sb.ModelError, "p is used before the equation"),
    "behind the loss": ([*LINE, (q, 2 * L)], {"loss": L}, sb.ModelError, "q is computed from the loss L"),
    "no influence": (
        [*LINE[:1], (q, c * x), LINE[1]],
        {"outputs": [q]},
        sb.ModelError,
        "not depend on the parameter c",
    ),
}


@pytest.mark.parametrize("name", MORE)
def test_what_an_attack_found_is_refused_by_name(name: str) -> None:
    equations, changes, error, says = MORE[name]
    given: dict[str, Any] = {"inputs": [x], "targets": [y], **changes}
    with pytest.raises(error, match=says) as caught:
        sb.Model(equations, **given)
    assert "\n" not in str(caught.value)
