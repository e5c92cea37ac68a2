"""The whole way from a table to a report, by the command and in Python."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime

from ..runtime_modules import ROOT, written
from .support import options, table

IRIS = ROOT / "examples" / "data" / "iris.csv"


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
