"""Start values, and parameters and weights that must fit."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime

from ..runtime_modules import written
from .support import XOR


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "variance"), [("tanh", 1.0), ("relu", 2.0), ("leaky_relu", 2.0), ("identity", 1.0)])
def test_random_start_is_scaled_to_fan_in(tmp_path: Path, hidden: str, variance: float) -> None:
    module = written(tmp_path, [50, 40, 10], hidden, "identity", "mse")
    params = runtime.start_values(module, seed=11)
    for name, fan_in in (("W1", 50), ("W2", 40)):
        weights = params[name].ravel()
        assert weights.var() == pytest.approx(variance / fan_in, rel=4 * np.sqrt(2 / weights.size))
        assert abs(weights.mean()) < 4 * np.sqrt(variance / fan_in / weights.size)
    assert not params["b1"].any()
    assert not params["b2"].any()


def test_start_depends_on_the_seed_alone(xor: ModuleType) -> None:
    one, same, other = runtime.start_values(xor, 5), xor.init(seed=5), runtime.start_values(xor, 6)
    assert all((one[name] == same[name]).all() for name in xor.SHAPES)
    assert not np.array_equal(one["W1"], other["W1"])
    assert runtime.start_values(xor, dtype=np.float32)["W1"].dtype == np.float32


def test_equal_start_keeps_hidden_units_equal(xor: ModuleType) -> None:
    params = runtime.start_values(xor, scheme="equal")
    assert np.unique(params["W1"]).size == np.unique(params["W2"]).size == 1
    assert params["W1"].all()
    trained, _ = runtime.train(xor, params, *XOR, epochs=50, batch_size=4, learning_rate=0.5)
    assert not np.array_equal(trained["W1"], params["W1"])
    np.testing.assert_allclose(trained["W1"], trained["W1"][:1].repeat(3, axis=0), rtol=1e-12)
    with pytest.raises(sb.DataError, match="random or equal"):
        runtime.start_values(xor, scheme="zero")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"seed": "a"}, "the seed must be a whole number, 0 or more, got 'a'"),
        ({"seed": -1}, "the seed must be"),
        ({"dtype": "int32"}, "the dtype must be one of floats, float32 or float64, got 'int32'"),
        ({"dtype": "floaty"}, "the dtype must be one of floats.*got 'floaty'"),
    ],
    ids=str,
)
def test_start_that_makes_no_sense_is_refused(xor: ModuleType, bad: dict[str, Any], says: str) -> None:
    with pytest.raises(sb.DataError, match=says):
        runtime.start_values(xor, **bad)


@pytest.mark.parametrize("method", ["backprop", "naive"])
def test_every_function_refuses_parameters_of_other_shapes(tmp_path: Path, method: str) -> None:
    derived = sb.derive(sb.Network([2, 3, 1], "tanh", "sigmoid", "bce"), method=method)
    module = written(tmp_path, [2, 3, 1])
    X, Y = XOR
    params = module.init()
    absent = {name: value for name, value in params.items() if name != "b2"}
    for wrong, says in (
        ({**params, "W1": np.zeros((4, 2))}, r"W1 should be \(3, 2\), is \(4, 2\)"),
        ({**params, "b2": np.zeros((1, 1))}, r"b2 should be \(1,\), is \(1, 1\)"),
        (absent, r"b2 should be \(1,\), is (absent|no array)"),
    ):
        for use in (module.loss, module.loss_and_grad, derived.compile()):
            with pytest.raises(ValueError, match=says):
                use(wrong, X, Y)
        with pytest.raises(ValueError, match=says):
            module.forward(wrong, X)
        with pytest.raises(sb.DataError, match=says):
            runtime.train(module, wrong, X, Y)


def test_mixed_kinds_of_parameters_are_refused_and_data_follow_the_parameters(xor: ModuleType) -> None:
    params = xor.init()
    with pytest.raises(sb.DataError, match="params mix float32 and float64"):
        runtime.train(xor, {**params, "b1": params["b1"].astype(np.float32)}, *XOR)
    small, _ = runtime.train(xor, xor.init(dtype=np.float32), *XOR, epochs=3)
    assert {value.dtype for value in small.values()} == {np.dtype(np.float32)}
    whole, _ = runtime.train(xor, params, *(values.astype(int) for values in XOR), epochs=3)
    plain, _ = runtime.train(xor, params, *XOR, epochs=3)
    assert all(np.array_equal(whole[name], plain[name]) for name in plain)
