"""Training models of any kind, in Python."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from ..example_models import drawn, example_model
from ..networks.model_support import LINE
from ..support import check_side_by_side

a, b, x, y, p, L = sp.symbols("a b x y p L", real=True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"X": [[1.0], [1.0, 2.0]]}, "X is no array"),
        ({"X": 3}, r"X should be \(1, 1\), is \(\)|must have a row"),
        ({"params": [1]}, "params should be a dict of arrays by name, is list"),
        ({"params": {"a": "x", "b": 1.0}}, "a should hold numbers"),
        ({"validation": 3}, r"validation should be a pair \(X, Y\), is int"),
        ({"optimizer": []}, r"unknown optimizer \[\]"),
        ({"Y": None}, "Y is missing"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_on_is_one_line(changes: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"X": [[1.0], [2.0]], "Y": [[1.0], [2.0]], **changes}
    with pytest.raises(sb.DataError, match=says):
        sb.derive(sb.Model(LINE, inputs=[x], targets=[y])).train(given.pop("X"), given.pop("Y"), **given)


def test_a_loss_that_never_was_finite_says_so() -> None:
    derived = sb.derive(sb.Model([(p, sp.log(a * x)), (L, (p - y) ** 2)], inputs=[x], targets=[y], start={a: 1}))
    with pytest.raises(sb.Diverged, match="the loss is not finite at the start: look at the data"):
        derived.train([[0.0], [1.0]], [[0.0], [0.0]], epochs=2)


def test_training_finds_the_line_and_the_start_is_left_alone() -> None:
    X = np.linspace(-1, 1, 40)[:, None]
    derived = sb.derive(sb.Model(LINE, inputs=[x], targets=[y], outputs=[p]))
    start = {"a": np.array(0.0), "b": np.array(0.0)}
    params, history = derived.train(X, 3 * X - 1, start, epochs=100, learning_rate=0.3)
    assert (float(params["a"]), float(params["b"])) == (pytest.approx(3, abs=1e-6), pytest.approx(-1, abs=1e-6))
    assert history[-1] < 1e-10 < history[0]
    assert not any(value.any() for value in start.values())
    np.testing.assert_allclose(derived.predict(params, X), 3 * X - 1, atol=1e-5)
    with pytest.raises(sb.DataError, match=r"X should be numbers of \(40, 1\), is float64 of \(40, 2\)"):
        derived.predict(params, np.hstack([X, X]))


def test_what_does_not_move_at_the_start_is_said_in_one_line() -> None:
    equations = [(p, a * sp.exp(-b * x)), (L, (p - y) ** 2)]
    still = sb.derive(sb.Model(equations, inputs=[x], targets=[y], start={a: 0, b: 0}))
    X = np.linspace(0, 1, 9)[:, None]
    with pytest.warns(UserWarning, match="all derivatives by b are 0 at the start") as told:
        still.train(X, np.exp(-X), epochs=2)
    assert len(told) == 1
    assert "\n" not in str(told[0].message)


def test_two_threads_train_two_models() -> None:
    models = [
        (sb.derive(example_model(name)), drawn(example_model(name), samples=30)) for name in ("residual", "recurrent")
    ] * 2
    check_side_by_side(
        [
            partial(derived.train, X, Y, params, epochs=20, seed=seed)
            for seed, (derived, (params, X, Y)) in enumerate(models)
        ]
    )
