"""Training: the loop, its settings, and the samples that it takes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import cli, runtime

from ..runtime_modules import written
from .support import XOR, options, table


def test_training_repeats_itself_and_leaves_its_start_alone(xor: ModuleType) -> None:
    params = xor.init(seed=1)
    kept = {name: value.copy() for name, value in params.items()}
    first, history = runtime.train(xor, params, *XOR, epochs=20, batch_size=2, seed=3)
    again, same_history = runtime.train(xor, params, *XOR, epochs=20, batch_size=2, seed=3)
    other, _ = runtime.train(xor, params, *XOR, epochs=20, batch_size=2, seed=4)
    assert all(np.array_equal(params[name], kept[name]) for name in kept)
    assert all(np.array_equal(first[name], again[name]) for name in kept)
    assert history == same_history
    assert not np.array_equal(first["W1"], other["W1"])


def test_xor_is_learnt_from_a_table_when_no_row_is_kept_back(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "xor.csv", [["p", "q", "odd"], [0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    arguments = [
        "--test-fraction",
        "0",
        "--epochs",
        "2000",
        "--learning-rate",
        "0.5",
        "--weights",
        str(tmp_path / "w.npz"),
    ]
    lines = runtime.fit(xor, options(str(data), *arguments))
    assert [line.split()[0] for line in lines] == ["columns", "loss", "train", "weights"]
    assert lines[2] == "train accuracy  100.0% of 4 rows"


def test_one_step_of_a_whole_batch_is_gradient_descent(xor: ModuleType) -> None:
    params = xor.init(seed=1)
    value, grads = xor.loss_and_grad(params, *XOR)
    trained, history = runtime.train(xor, params, *XOR, epochs=1, batch_size=4, learning_rate=0.25)
    assert history == [pytest.approx(value, rel=1e-14)]
    for name, grad in grads.items():
        np.testing.assert_allclose(trained[name], params[name] - 0.25 * grad, rtol=1e-13)


@pytest.mark.slow
def test_two_layers_learn_xor_and_one_cannot(tmp_path: Path, xor: ModuleType) -> None:
    params, history = runtime.train(xor, xor.init(seed=0), *XOR, epochs=2000, batch_size=4, learning_rate=1.0)
    assert ((xor.forward(params, XOR[0]) > 0.5) == (XOR[1] > 0.5)).all()
    assert history[-1] < 0.02
    single = written(tmp_path, [2, 1], "tanh", "sigmoid", "bce", name="single.py")
    _, history = runtime.train(single, single.init(seed=0), *XOR, epochs=2000, batch_size=4, learning_rate=1.0)
    assert history[-1] == pytest.approx(np.log(2), abs=1e-3)


def test_every_epoch_is_told(xor: ModuleType) -> None:
    told: list[tuple[int, float]] = []
    _, history = runtime.train(xor, xor.init(), *XOR, epochs=5, on_epoch=lambda epoch, loss: told.append((epoch, loss)))
    assert told == list(enumerate(history, start=1))


@pytest.mark.parametrize(
    "bad", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": -0.1}, {"learning_rate": float("nan")}]
)
def test_settings_that_make_no_sense_are_refused(xor: ModuleType, bad: dict[str, Any]) -> None:
    with pytest.raises(sb.DataError):
        runtime.train(xor, xor.init(), *XOR, **bad)


def test_samples_and_parameters_must_fit(xor: ModuleType) -> None:
    X, Y = XOR
    for data in ((X, Y[:3]), (X[:0], Y[:0]), (X[:1], Y)):
        with pytest.raises(sb.DataError, match="row for each sample"):
            runtime.train(xor, xor.init(), *data)
    with pytest.raises(sb.DataError, match="W1 should be"):
        runtime.train(xor, {**xor.init(), "W1": np.zeros((4, 2))}, X, Y)
    with pytest.raises(ValueError, match="X should be"):
        xor.loss_and_grad(xor.init(), X[0], Y)


def test_a_mean_over_no_rows_is_refused(xor: ModuleType) -> None:
    X, Y = np.zeros((0, 2)), np.zeros((0, 1))
    for use in (xor.loss, xor.loss_and_grad, sb.derive(sb.Network([2, 3, 1])).compile()):
        with pytest.raises(ValueError, match=r"no rows|samples'?, 2\)"):
            use(xor.init(), X, Y)


@pytest.mark.parametrize("what", ["X", "Y"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_by_place(xor: ModuleType, what: str, bad: float) -> None:
    data = {"X": XOR[0].copy(), "Y": XOR[1].copy()}
    column = data[what].shape[1]
    data[what][2, column - 1] = bad
    with pytest.raises(sb.DataError, match=rf"^{what} must hold finite.*{bad} in row 3, column {column}$"):
        runtime.train(xor, xor.init(), **data)
    with pytest.raises(sb.DataError, match=rf"^the validation {what} must hold finite"):
        runtime.train(xor, xor.init(), *XOR, validation=(data["X"], data["Y"]))


def test_data_of_other_kinds_and_shapes_are_refused(xor: ModuleType) -> None:
    X, Y = XOR
    for bad, says in (
        ((X.astype(str), Y), "X should hold numbers, holds <U"),
        ((X + 1j, Y), "X should hold numbers, holds complex128"),
        ((X[:, :1], Y), r"X should be \(4, 2\), is \(4, 1\)"),
        ((X, Y[:, 0]), r"Y should be \(4, 1\), is \(4,\)"),
        ((X, Y.repeat(2, axis=1)), r"Y should be \(4, 1\), is \(4, 2\)"),
    ):
        with pytest.raises(sb.DataError, match=says):
            runtime.train(xor, xor.init(), *bad)
    small = xor.init(dtype=np.float32)
    with pytest.raises(sb.DataError, match="finite numbers of float32: there is inf in row 2, column 2"):
        runtime.train(xor, small, np.where(np.arange(8).reshape(4, 2) == 3, 1e300, X), Y)


def test_targets_that_the_loss_is_not_defined_for_are_refused(tmp_path: Path, xor: ModuleType) -> None:
    X, Y = XOR
    for bad in (-0.5, 2.0):
        with pytest.raises(
            sb.DataError, match=f"^Y, row 2: the target is {bad:g}, but the targets of .* lie between 0 and 1:"
        ):
            runtime.train(xor, xor.init(), X, np.where(np.arange(4)[:, None] == 1, bad, Y))
    shares = written(tmp_path, [2, 3], "tanh", "softmax", "cross_entropy", name="shares.py")
    even = np.full((4, 3), 1 / 3)
    for dtype in (np.float64, np.float32, np.float16):
        runtime.train(shares, shares.init(dtype=dtype), X, even.astype(dtype), epochs=1)
    with pytest.raises(sb.DataError, match=r"^Y, row 4: .* sum to 1 in every row, those here sum to 1\.2$"):
        runtime.train(shares, shares.init(), X, np.where(np.arange(4)[:, None] == 3, 0.4, even))
    with pytest.raises(sb.DataError, match="between 0 and 1"):
        runtime.train(shares, shares.init(), X, np.array([[-1.0, 1.0, 1.0]] * 4))


def test_divergence_keeps_the_last_good_weights_and_names_the_epoch(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 1], "tanh", "identity", "half_sse")
    X, Y = np.array([[1e3], [-1e3]]), np.array([[1.0], [2.0]])
    told: list[int] = []
    with pytest.raises(sb.Diverged, match=r"epoch \d+.*learning rate") as caught:
        runtime.train(
            module, module.init(), X, Y, epochs=500, learning_rate=1.0, on_epoch=lambda epoch, _: told.append(epoch)
        )
    assert caught.value.epoch == told[-1] + 1
    before, _ = runtime.train(module, module.init(), X, Y, epochs=told[-1], learning_rate=1.0)
    for name, value in caught.value.params.items():
        assert np.isfinite(value).all()
        assert np.array_equal(value, before[name])


@pytest.mark.slow
def test_divergence_on_the_command_line_saves_the_last_good_weights(tmp_path: Path, capsys: Any) -> None:
    module = written(tmp_path, [1, 1], "tanh", "identity", "half_sse")
    data = table(tmp_path / "d.csv", [["x", "y"], *([n, n**3 * 1e6] for n in range(1, 30))])
    weights = tmp_path / "w.npz"
    arguments = [str(data), "--learning-rate", "1e9", "--weights", str(weights)]
    assert cli.main(["train", str(tmp_path / "net.py"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the loss is no longer finite in epoch ")
    assert "smaller learning rate" in error
    assert str(weights) in error
    assert error.count("\n") == 1
    params, _ = runtime.load(weights, module)
    assert all(np.isfinite(value).all() for value in params.values())
    trained = weights.read_bytes()
    assert cli.main(["train", str(tmp_path / "net.py"), *arguments]) == 2
    assert str(tmp_path / "w.diverged.npz") in capsys.readouterr().err
    assert weights.read_bytes() == trained  # they may be better
    runtime.load(tmp_path / "w.diverged.npz", module)
