"""Predictions: classes by name and probability, numbers in the units of the file, columns found by their names."""

from __future__ import annotations

import argparse
import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symbackprop import cli, runtime

from ..cli_support import refusal
from ..runtime_modules import ROOT, written

NETWORKS = {
    "two.py": ([2, 1], "tanh", "sigmoid", "bce"),
    "three.py": ([2, 3], "tanh", "softmax", "cross_entropy"),
    "plain.py": ([2, 3], "tanh", "identity", "mse"),
    "real.py": ([2, 2], "tanh", "identity", "mse"),
}
ROWS = np.random.default_rng(8).normal(size=(60, 2)).round(3)
NAMES = np.array(["low, rather", "middle", "high"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained module for each kind of target."""
    folder = tmp_path_factory.mktemp("trained")
    p, q = ROWS.T
    targets = {
        "two": {"sign": np.where(p > 0, "plus", "minus")},
        "three": {"level": NAMES[(p > -0.5).astype(int) + (p > 0.5)]},
        "plain": {"level": NAMES[(p > -0.5).astype(int) + (p > 0.5)]},
        "real": {"u": 1000 + 200 * p - q, "v": q / 1000},
    }
    for name, network in NETWORKS.items():
        written(folder, *network, name=name, style="fast" if name == "three.py" else "readable")
        stem = name.removesuffix(".py")
        columns = {"p": p, "q": q, **targets[stem]}
        write(folder / f"{stem}.csv", columns)
        last = ",".join(targets[stem])
        paths = [str(folder / part) for part in (name, f"{stem}.csv", f"{stem}.npz")]
        assert cli.main(["train", *paths[:2], "--target", last, "--epochs", "60", "--weights", paths[2]]) == 0
    return folder


def write(path: Path, columns: dict[str, Any]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return path


def predicted(folder: Path, stem: str, data: Path, capsys: Any, *arguments: str) -> list[list[str]]:
    """What the command prints, as cells."""
    capsys.readouterr()
    paths = [str(folder / f"{stem}.py"), str(folder / f"{stem}.npz"), str(data)]
    assert cli.main(["predict", *paths, *arguments]) == 0
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))


def outputs(folder: Path, stem: str) -> tuple[ModuleType, Any]:
    """The network's own outputs for ROWS, by way of the saved notes."""
    module = runtime.load_module(folder / f"{stem}.py")
    params, notes = runtime.load(folder / f"{stem}.npz", module)
    return module, module.forward(params, (ROWS - notes["mean"]) / notes["scale"])


def test_two_classes(trained: Path, capsys: Any) -> None:
    header, *rows = predicted(trained, "two", trained / "two.csv", capsys)
    _, found = outputs(trained, "two")
    assert header == ["sign", "probability"]
    for row, value in zip(rows, found[:, 0], strict=True):
        assert row == ["plus" if value > 0.5 else "minus", f"{max(value, 1 - value):.6f}"]
    assert np.mean([row[0] == ("plus" if p > 0 else "minus") for row, p in zip(rows, ROWS[:, 0], strict=True)]) > 0.9


@pytest.mark.parametrize(("stem", "what"), [("three", "probability"), ("plain", "output")])
def test_more_classes(stem: str, what: str, trained: Path, capsys: Any) -> None:
    header, *rows = predicted(trained, stem, trained / f"{stem}.csv", capsys)
    module, found = outputs(trained, stem)
    _, notes = runtime.load(trained / f"{stem}.npz", module)
    assert header == ["level", what]
    assert rows == [[str(notes["classes"][row.argmax()]), f"{row.max():.6f}"] for row in found]


def test_numbers_are_in_the_units_of_the_file(trained: Path, capsys: Any) -> None:
    header, *rows = predicted(trained, "real", trained / "real.csv", capsys)
    found = np.array(rows, dtype=float)
    assert header == ["u", "v"]
    np.testing.assert_allclose(found[:, 0], 1000 + 200 * ROWS[:, 0] - ROWS[:, 1], rtol=1e-4)
    np.testing.assert_allclose(found[:, 1], ROWS[:, 1] / 1000, atol=1e-6)


def test_columns_are_found_by_name_and_others_passed_over(trained: Path, tmp_path: Path, capsys: Any) -> None:
    p, q = ROWS.T
    mixed = write(tmp_path / "mixed.csv", {"note": ["any text"] * len(p), "q": q, "empty": [""] * len(p), "p": p})
    assert predicted(trained, "three", mixed, capsys) == predicted(trained, "three", trained / "three.csv", capsys)
    one = write(tmp_path / "one.csv", {"p": p[:1], "q": q[:1]})
    assert len(predicted(trained, "three", one, capsys)) == 2


@pytest.mark.slow
def test_predictions_are_written_as_they_are_printed_and_may_be_cut_short(
    trained: Path, tmp_path: Path, capsys: Any
) -> None:
    expected = predicted(trained, "three", trained / "three.csv", capsys)
    assert predicted(trained, "three", trained / "three.csv", capsys, "-o", str(tmp_path / "out.csv")) == [
        [f"wrote {tmp_path / 'out.csv'}"]
    ]
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert list(csv.reader(io.StringIO(text))) == expected
    piped = f"'{sys.executable}' -B -m symbackprop predict three.py three.npz three.csv | head -n 1"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.run(
        ["sh", "-c", piped], cwd=trained, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert (first.stdout, first.stderr) == ("level,probability\n", "")


def test_a_class_whose_name_holds_a_line_separator_stays_on_its_line(trained: Path, tmp_path: Path) -> None:
    module, options = runtime.load_module(trained / "two.py"), argparse.ArgumentParser()
    runtime.add_predict_options(options)
    params, notes = runtime.load(trained / "two.npz", module)
    runtime.save(tmp_path / "w.npz", params, **{**notes, "classes": np.array(["mi\u2028nus", "plus"])})
    lines = runtime.told_predictions(module, options.parse_args([str(tmp_path / "w.npz"), str(trained / "two.csv")]))
    assert len(lines) == 1 + len(ROWS)


def test_float32_weights_predict_in_float32(trained: Path, tmp_path: Path, capsys: Any) -> None:
    data, weights = str(trained / "real.csv"), str(tmp_path / "w.npz")
    train = ["train", str(trained / "real.py"), data, "--target", "u,v", "--dtype", "float32", "--weights", weights]
    assert cli.main(train) == 0
    capsys.readouterr()
    assert cli.main(["predict", str(trained / "real.py"), weights, data]) == 0
    found = np.array([line.split(",") for line in capsys.readouterr().out.splitlines()[1:]], dtype=float)
    np.testing.assert_allclose(found[:, 0], 1000 + 200 * ROWS[:, 0] - ROWS[:, 1], rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.npz", "three.csv"], "cannot read missing.npz: No such file"),
        (["three.npz", "missing.csv"], "cannot read missing.csv: No such file"),
        (["three.csv", "three.csv"], "three.csv is no .npz file of weights"),
        (
            ["two.npz", "three.csv"],
            "two.npz does not fit the 2-3 network, hidden tanh, output softmax, loss cross_entropy: W1 should be",
        ),
        (["bare.npz", "three.csv"], "bare.npz holds no names of columns: name a file that the train command wrote"),
        (["three.npz", "short.csv"], "short.csv has no column 'p': the weights were trained on p, q"),
        (["three.npz", "text.csv"], "text.csv, line 3, column q: 'much' is no finite number"),
        (["three.npz", "gap.csv"], "gap.csv, line 2, column q: the value is missing"),
        (["three.npz", "head.csv"], "head.csv has no rows"),
        (["three.npz", "huge.csv"], "column q cannot be standardised"),
        (["state.npz", "three.csv"], "state.npz is a checkpoint, not weights: name what --weights wrote"),
        (["three.npz", "three.csv", "-o", "three.py"], "three.py: it is the same file as this module"),
        (["three.npz", "three.csv", "-o", "no/out.csv"], "cannot write no/out.csv: choose another --output-file path"),
        (
            ["three.npz", "three.csv", "-o", "three.csv"],
            "three.csv: it is the same file as the data file; choose another --output",
        ),
        (
            ["three.npz", "three.csv", "-o", "three.npz"],
            "three.npz: it is the same file as the weights; choose another --output",
        ),
        (["three.npz"], "data"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_does_not_fit_is_refused(
    arguments: list[str], says: str, trained: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(trained)
    module = runtime.load_module("three.py")
    runtime.save("bare.npz", module.init())
    Path("short.csv").write_text("q,r\n1,2\n", encoding="utf-8")
    Path("text.csv").write_text("p,q\n1,2\n3,much\n", encoding="utf-8")
    Path("gap.csv").write_text("p,q\n1,\n", encoding="utf-8")
    Path("huge.csv").write_text("p,q\n1,1e300\n", encoding="utf-8")
    state = {"epochs": 1, "checkpoints": runtime.Checkpoints("state.npz")}
    runtime.train(module, module.init(), ROWS[:3], np.eye(3), **state)
    Path("head.csv").write_text("p,q\n", encoding="utf-8")
    assert says in refusal(["predict", "three.py", *arguments], trained, capsys)


# --- weights that no training wrote ---


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"b1": np.zeros(2, np.float32)}, "weights of float32 and float64"),
        ({"W1": np.full((2, 2), np.nan)}, "W1 holds numbers that are not finite"),
        ({"note_mean": np.array("x")}, "its note 'mean' cannot be"),
        ({"note_scale": np.zeros(2)}, "its note 'scale' cannot be"),
        ({"note_target_mean": np.zeros(7)}, "its note 'target_mean' cannot be"),
        ({"note_inputs": np.array(3)}, "was trained on other columns than the 2 of"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_damaged_weights_are_refused_in_one_line(
    trained: Path, tmp_path: Path, capsys: Any, changed: dict[str, Any], says: str
) -> None:
    with np.load(trained / "real.npz") as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(tmp_path / "damaged.npz", **(arrays | changed))
    assert cli.main(["predict", *map(str, (trained / "real.py", tmp_path / "damaged.npz", trained / "real.csv"))]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
