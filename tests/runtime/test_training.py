"""Training: start values, batches, CSV files, weights, and what happens when the loss runs away."""

from __future__ import annotations

import csv
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import cli, runtime

from ..runtime_modules import ROOT, written
from ..support import slow_unless
from .support import XOR, options, table

IRIS = ROOT / "examples" / "data" / "iris.csv"


@pytest.fixture
def xor(tmp_path: Path) -> ModuleType:
    return written(tmp_path, [2, 3, 1], "tanh", "sigmoid", "bce")


# --- start values ---


@slow_unless(lambda hidden: hidden == "relu")
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


# --- training ---


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


def test_mixed_kinds_of_parameters_are_refused_and_data_follow_the_parameters(xor: ModuleType) -> None:
    params = xor.init()
    with pytest.raises(sb.DataError, match="params mix float32 and float64"):
        runtime.train(xor, {**params, "b1": params["b1"].astype(np.float32)}, *XOR)
    small, _ = runtime.train(xor, xor.init(dtype=np.float32), *XOR, epochs=3)
    assert {value.dtype for value in small.values()} == {np.dtype(np.float32)}
    whole, _ = runtime.train(xor, params, *(values.astype(int) for values in XOR), epochs=3)
    plain, _ = runtime.train(xor, params, *XOR, epochs=3)
    assert all(np.array_equal(whole[name], plain[name]) for name in plain)


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


# --- the whole way, both ways ---


@pytest.mark.slow
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_iris_by_the_command_and_in_python_gives_the_same_figures(tmp_path: Path, style: str) -> None:
    module = written(tmp_path, [4, 8, 3], "tanh", "softmax", "cross_entropy", name="iris.py", style=style)
    arguments = [str(IRIS), "--target", "species", "--epochs", "200"]
    ours = ran(["-m", "symbackprop", "train", "iris.py", *arguments], tmp_path)
    assert ours.startswith("columns         sepal_length, sepal_width, petal_length, petal_width in the file's order;")
    train, test = runtime.split(runtime.read_csv(IRIS, module, "species"))
    params, history = runtime.train(module, runtime.start_values(module), train.X, train.Y)
    found, notes = runtime.load(tmp_path / "iris.npz", module)
    assert all(np.array_equal(params[name], found[name]) for name in params)
    assert figures(ours) == {
        "loss": f"{history[-1]:.6f} after 200 epochs (first epoch: {history[0]:.6f})",
        "train accuracy": f"{runtime.score(module, params, train)[1]:.1%} of 120 rows",
        "test accuracy": f"{runtime.score(module, params, test)[1]:.1%} of 30 rows",
    }
    assert all(float(figures(ours)[part].split("%")[0]) >= 95 for part in ("test accuracy", "train accuracy"))
    assert notes["classes"].tolist() == ["setosa", "versicolor", "virginica"]
    assert iris_accuracy(module, params, notes) >= 0.95
    assert sorted(path.name for path in tmp_path.iterdir()) == ["iris.npz", "iris.py"]


def ran(arguments: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-B", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def figures(report: str) -> dict[str, str]:
    """The lines of a report that do not name the weights."""
    lines = [line for line in report.splitlines() if line.startswith(("loss   ", "train acc", "test acc"))]
    assert len(lines) == 3
    return {line[:15].strip(): line[15:].strip() for line in lines}


def iris_accuracy(module: ModuleType, params: dict[str, Any], notes: dict[str, Any]) -> float:
    """On all rows, from the saved file alone: weights, mean, scale and the order of the classes."""
    with IRIS.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    X = np.array([[float(cell) for cell in row[:4]] for row in rows])
    outputs = module.forward(params, (X - notes["mean"]) / notes["scale"])
    names = notes["classes"][outputs.argmax(axis=1)]
    return float(np.mean(names == np.array([row[4] for row in rows])))


def test_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 3))
    y = X @ [1.0, -2.0, 0.5] + 3.0
    data = table(
        tmp_path / "d.csv",
        [["p", "y", "q", "r"], *([row[0], value, *row[1:]] for row, value in zip(X, y, strict=True))],
    )
    module = written(tmp_path, [3, 1], "tanh", "identity", "mse")
    lines = runtime.fit(module, options(str(data), "--target", "y", "--weights", str(tmp_path / "w.npz")))
    assert lines[3].startswith("test RMSE")
    assert float(lines[3].split()[2]) < 1e-6
    _, notes = runtime.load(tmp_path / "w.npz", module)
    assert notes["inputs"].tolist() == ["p", "q", "r"]
    assert notes["classes"].size == 0


@pytest.mark.parametrize("loss", ["half_sse", "mse", "mae", "huber"])
def test_targets_of_a_regression_are_standardised_and_taken_back(tmp_path: Path, loss: str) -> None:
    """Targets in the millions would drive plain gradient descent out of its mind."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 2))
    Y = np.column_stack([4e6 + 1e6 * X[:, 0], -3e-4 + 1e-4 * X[:, 1]])
    module = written(tmp_path, [2, 2], "tanh", "identity", loss)
    data = table(tmp_path / "d.csv", [["p", "q", "u", "v"], *np.column_stack([X, Y]).tolist()])
    weights = str(tmp_path / "w.npz")
    rates = ["--learning-rate", "0.05", "--epochs", "300", "--schedule", "cosine"]
    lines = runtime.fit(module, options(str(data), "--target", "u,v", "--weights", weights, *rates))
    training_part, _ = runtime.split(runtime.read_csv(data, module, "u,v"))
    params, notes = runtime.load(weights, module)
    np.testing.assert_allclose(notes["target_mean"], training_part.Y.mean(axis=0))
    np.testing.assert_allclose(notes["target_scale"], training_part.Y.std(axis=0))
    outputs = module.forward(params, (X - notes["mean"]) / notes["scale"])
    found = outputs * notes["target_scale"] + notes["target_mean"]
    assert abs((found - Y) / notes["target_scale"]).max() < 0.02
    error = float(lines[2].split()[2])  # over both targets, so of the larger one
    assert error == pytest.approx(np.sqrt(np.mean((found - Y) ** 2)), rel=0.7)
    assert "Infinity" not in lines[1]


@pytest.mark.parametrize(("output", "loss"), [("sigmoid", "mse"), ("tanh", "half_sse")])
def test_targets_are_left_alone_where_the_output_is_bounded(tmp_path: Path, output: str, loss: str) -> None:
    module = written(tmp_path, [1, 1], "tanh", output, loss)
    data = table(tmp_path / "d.csv", [["x", "y"], *([n / 10, n / 20] for n in range(20))])
    runtime.fit(module, options(str(data), "--weights", str(tmp_path / "w.npz")))
    _, notes = runtime.load(tmp_path / "w.npz", module)
    assert (notes["target_mean"], notes["target_scale"]) == (0.0, 1.0)


def test_dtype_of_the_command_line_is_that_of_the_weights(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, n % 2] for n in range(20))])
    for dtype, arguments in (("float64", []), ("float32", ["--dtype", "float32", "--optimizer", "adam"])):
        runtime.fit(xor, options(str(data), "--epochs", "3", "--weights", str(tmp_path / "w.npz"), *arguments))
        params, _ = runtime.load(tmp_path / "w.npz", xor)
        assert {str(value.dtype) for value in params.values()} == {dtype}


def test_validation_rows_are_neither_trained_on_nor_tested_on() -> None:
    rows = np.arange(40.0)
    data = data_of(rows)
    parts = runtime.parted(data, 0.25, 0.2, seed=3)
    assert [len(part.X) for part in parts] == [22, 10, 8]
    assert sorted(np.concatenate([part.Y[:, 0] for part in parts])) == rows.tolist()
    np.testing.assert_allclose(parts[0].X.mean(axis=0), 0, atol=1e-12)
    test = runtime.split(data, 0.2, seed=3)[1]
    assert np.array_equal(test.Y, parts[2].Y)  # the test rows do not depend on the validation
    with pytest.raises(sb.DataError, match=r"^1 row is too few to train and to test on: give more"):
        runtime.split(data_of(rows[:1]), 0.2)
    with pytest.raises(sb.DataError, match=r"^the test and validation fractions must leave rows to train on"):
        runtime.parted(data, 0.9, 0.2, seed=3)
    for fractions, says in (
        ((0.5, 0.5), "together below 1, got 0.5 and 0.5"),
        ((-0.1, 0.2), "validation fraction"),
        ((1.0, 0.0), "validation"),
    ):
        with pytest.raises(sb.DataError, match=says):
            runtime.parted(data, *fractions, seed=3)


def data_of(rows: Any) -> runtime.Data:
    return runtime.Data(np.column_stack([rows, rows**2]), rows[:, None], ["p", "q"], ["y"], [])


def test_report_names_the_best_epoch(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, n % 2] for n in range(40))])
    arguments = ["--validation-fraction", "0.3", "--patience", "3", "--learning-rate", "2"]
    lines = runtime.fit(xor, options(str(data), "--weights", str(tmp_path / "w.npz"), *arguments))
    assert [line.split()[0] for line in lines] == ["columns", "loss", "best", "train", "test", "weights"]
    epochs, best = int(lines[1].split()[3]), int(lines[2].split()[2])
    assert epochs == best + 3 < 200


@pytest.mark.parametrize("names", [("0", "1"), ("no", "yes"), ("-1", "1"), ("2", "10")])
def test_one_output_tells_two_classes_apart(tmp_path: Path, names: tuple[str, str]) -> None:
    values = [n for n in range(-20, 21) if abs(n) > 3]
    rows = [[n / 10, names[n > 0]] for n in values]
    data = table(tmp_path / "d.csv", [["x", "what"], *rows])
    module = written(tmp_path, [1, 1], "tanh", "sigmoid", "bce")
    read = runtime.read_csv(data, module)
    assert read.classes == list(names)
    assert read.Y[:, 0].tolist() == [float(n > 0) for n in values]
    lines = runtime.fit(module, options(str(data), "--weights", str(tmp_path / "w.npz")))
    assert "test accuracy   100.0% of 7 rows" in lines


def test_several_target_columns(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", [["x", "u, v", "w"], *([n, 2 * n, -n] for n in range(20))])
    module = written(tmp_path, [1, 2], "tanh", "identity", "half_sse")
    assert runtime.read_csv(table(tmp_path / "e.csv", [["x", "u", "w"], [1, 2, 3]]), module, "w,u").Y.tolist() == [
        [3, 2]
    ]
    single = written(tmp_path, [2, 1], "tanh", "identity", "half_sse", name="single.py")
    assert runtime.read_csv(data, single, "u, v").targets == ["u, v"]  # a column of that very name
    with pytest.raises(sb.DataError, match="twice"):
        runtime.read_csv(data, module, "x,x")


def test_quoted_cells_blank_lines_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text('\ufeff"x", y \r\n1,"2"\r\n\r\n"3",4\r\n', encoding="utf-8", newline="")
    read = runtime.read_csv(path, written(tmp_path, [1, 1], "tanh", "identity", "mse"))
    assert (read.inputs, read.targets) == (["x"], ["y"])
    assert (read.X.tolist(), read.Y.tolist()) == ([[1.0], [3.0]], [[2.0], [4.0]])


def test_lines_are_named_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text('x,y\n\n"1",2\n"3",oops\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 4, column y: 'oops'"):
        runtime.read_csv(path, written(tmp_path, [1, 1], "tanh", "identity", "mse"))


def test_standardisation_looks_at_training_rows_only() -> None:
    rng = np.random.default_rng(7)
    X, rows = np.column_stack([rng.normal(5, 3, 50), np.full(50, 4.0)]), np.arange(50.0)[:, None]
    train, test = runtime.split(runtime.Data(X, rows, ["a", "b"], ["y"], []), 0.3, seed=4)
    assert (len(train.X), len(test.X)) == (35, 15)
    kept = X[train.Y[:, 0].astype(int), 0]
    np.testing.assert_allclose(train.X[:, 0], (kept - kept.mean()) / kept.std(), rtol=1e-12)
    held = X[test.Y[:, 0].astype(int), 0]
    np.testing.assert_allclose(test.X[:, 0], (held - kept.mean()) / kept.std(), rtol=1e-12)
    assert not train.X[:, 1].any()  # a constant column becomes 0, not nan
    X[test.Y[:, 0].astype(int)] += 100
    again, _ = runtime.split(runtime.Data(X, rows, ["a", "b"], ["y"], []), 0.3, seed=4)
    assert np.array_equal(again.X, train.X)


def test_split_is_a_partition_that_follows_the_seed() -> None:
    data = runtime.Data(np.arange(20.0)[:, None], np.arange(20.0)[:, None], ["x"], ["y"], [])
    train, test = runtime.split(data, seed=1)
    assert sorted([*train.Y[:, 0], *test.Y[:, 0]]) == list(range(20))
    assert np.array_equal(runtime.split(data, seed=1)[1].Y, test.Y)
    assert not np.array_equal(runtime.split(data, seed=2)[1].Y, test.Y)
    assert [len(part.X) for part in runtime.split(data, 0)] == [20, 0]
    for fraction in (1, -0.5, float("nan")):
        with pytest.raises(sb.DataError, match="fraction"):
            runtime.split(data, fraction)


# --- weights ---


def test_weights_survive_a_round_trip(tmp_path: Path, xor: ModuleType) -> None:
    params = xor.init(seed=9)
    path = tmp_path / "weights.npz"
    runtime.save(path, params, mean=np.array([1.0, 2.0]), classes=["a", "b"])
    found, notes = runtime.load(path, xor)
    assert list(found) == list(params)
    assert all(np.array_equal(found[name], params[name]) for name in params)
    assert (notes["mean"].tolist(), notes["classes"].tolist()) == ([1.0, 2.0], ["a", "b"])
    assert b"pickle" not in path.read_bytes()
    assert not [other for other in tmp_path.iterdir() if other.suffix == ".part"]


def test_weights_that_would_need_pickle_are_not_saved(tmp_path: Path, xor: ModuleType) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(sb.DataError, match="pickle"):
        runtime.save(tmp_path / "w.npz", xor.init(), note=None)
    assert sorted(tmp_path.iterdir()) == before


class Trap:
    """An object that would act when unpickled."""

    sprung = False

    def __reduce__(self) -> Any:
        return setattr, (Trap, "sprung", True)


def test_weights_that_do_not_fit_or_are_damaged_or_pickled_are_refused(tmp_path: Path, xor: ModuleType) -> None:
    other = written(tmp_path, [2, 4, 1], name="other.py")
    runtime.save(tmp_path / "other.npz", other.init())
    runtime.save(tmp_path / "short.npz", {"W1": np.zeros((3, 2))})
    runtime.save(tmp_path / "text.npz", {name: np.full(shape, "7") for name, shape in xor.SHAPES.items()})
    runtime.save(tmp_path / "good.npz", xor.init())
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "noise.npz").write_bytes(bytes(range(256)))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "object.npz", W1=np.array([Trap()], dtype=object))
    np.save(tmp_path / "plain.npy", np.zeros(3))
    for name, what in {
        "other.npz": r"W1 should be \(3, 2\), is \(4, 2\)",
        "short.npz": r"b1 should be \(3,\), is absent",
        "text.npz": "should hold floats",
        "cut.npz": "damaged",
        "empty.npz": "damaged",
        "noise.npz": "damaged",
        "pickle.npz": "damaged",
        "object.npz": "damaged",
        "plain.npy": "damaged",
        "missing.npz": "No such file",
        ".": "directory",
    }.items():
        with pytest.raises(sb.DataError, match=what) as caught:
            runtime.load(tmp_path / name, xor)
        assert name.removesuffix(".") in str(caught.value)
    assert not Trap.sprung


def test_weights_path_is_refused_before_training(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, n % 2] for n in range(20))])
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "no" / "w.npz", tmp_path / "folder", data, data / "w.npz", Path("/dev/null")):
        told: list[int] = []
        chosen = options(str(data), "--weights", str(path))
        with pytest.raises(sb.DataError, match="cannot write"):
            runtime.fit(xor, chosen, lambda epoch, _, told=told: told.append(epoch))
        assert told == []
    assert data.read_text(encoding="utf-8").startswith("p,q,y")


# --- modules ---


def test_module_is_run_from_its_text_and_leaves_no_bytecode(tmp_path: Path) -> None:
    first = written(tmp_path, [2, 2], "tanh", "identity", "mse")
    second = written(tmp_path, [2, 2], "tanh", "identity", "mae")  # the same name, size and second
    assert ["mse" in first.MODEL["title"], "mae" in second.MODEL["title"]] == [True, True]
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
