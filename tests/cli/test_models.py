"""Models on the command line: generated, trained, told, and refused in one line."""

from __future__ import annotations

import csv
import types
from pathlib import Path

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime

from ..cli_support import refusal
from ..example_models import EXAMPLES, PLACES, columns, example_model
from ..networks.model_support import run
from ..support import slow_unless


def tables(folder: Path) -> None:
    """The table of each example in models.py."""
    models = types.ModuleType("models")
    exec((EXAMPLES / "models.py").read_text(encoding="utf-8"), models.__dict__)
    models.write_tables(folder)


def table_of_digits(folder: Path) -> None:
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    with (folder / "autoencoder.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([digits.feature_names, *digits.data[:300].astype(int).tolist()])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("models")
    tables(made)
    return made


ADAM = ("--optimizer", "adam", "--learning-rate", "0.01", "--epochs", "40")


@slow_unless(lambda name: name == "curve")
@pytest.mark.parametrize("name", PLACES)
def test_generate_train_and_predict(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module, weights, data = folder / f"{name}.py", folder / f"{name}.npz", folder / f"{name}.csv"
    if name == "autoencoder":
        table_of_digits(folder)
    assert run("generate", PLACES[name], "-o", module) == 0
    assert run("train", module, data, "--weights", weights, *ADAM) == 0
    assert run("predict", module, weights, data) == 0
    _, columns_, loss, *rest = capsys.readouterr().out.splitlines()
    assert columns_.startswith("columns  ")
    last, first = (
        float(word.strip("()")) for word in loss.replace(":", "").split() if word.strip("()").count(".") == 1
    )
    assert last < first
    assert rest[2].startswith("weights")
    header, *rows = rest[3:]
    model = example_model(name)
    assert len(rows) == len(data.read_text().splitlines()) - 1
    assert header.count(",") == max(1, columns(model.outputs)) - 1
    if name != "autoencoder":
        assert run("train", PLACES[name], data, "--weights", folder / "same.npz", *ADAM) == 0
        same, _ = runtime.load(folder / "same.npz", runtime.load_module(module))
        kept, _ = runtime.load(weights, runtime.load_module(module))
        assert all(np.array_equal(same[key], kept[key]) for key in kept)


def test_a_killed_run_of_a_model_goes_on_bit_for_bit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, state, whole, resumed = (folder / name for name in ("residual.csv", "state.npz", "whole.npz", "resumed.npz"))
    place = PLACES["residual"]
    assert run("train", place, data, "--epochs", "12", "--weights", whole) == 0
    assert run("train", place, data, "--epochs", "5", "--weights", folder / "part.npz", "--checkpoint", state) == 0
    assert run("train", place, data, "--epochs", "12", "--weights", resumed, "--resume", state) == 0
    module = sb.derive(example_model("residual")).module()
    expected, found = (runtime.load(path, module)[0] for path in (whole, resumed))
    assert all(np.array_equal(expected[key], found[key]) for key in expected)
    capsys.readouterr()
    assert run("train", PLACES["layer_norm"], folder / "layer_norm.csv", "--resume", state) == 2
    assert "is the checkpoint of another run" in capsys.readouterr().err


def test_formulas_and_paths_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derive", PLACES["curve"], "--parameter", "b") == 0
    assert "∂L/∂b = ∂L/∂p · ∂p/∂b" in capsys.readouterr().out
    assert run("paths", PLACES["curve"], "--parameter", "b") == 0
    assert "b → p → L" in capsys.readouterr().out
    assert run("derive", PLACES["recurrent"]) == 0
    assert "∂L/∂W" in capsys.readouterr().out
    assert run("paths", PLACES["recurrent"]) == 2
    assert run("derive", PLACES["recurrent"], "--method", "naive") == 2
    assert "method naive takes each weight by itself" in capsys.readouterr().err


NAMED = {
    "absent file": ("nowhere.py:model", "there is no file 'nowhere.py'"),
    "does not run": ("broken.py:model", "'broken.py' does not run: ZeroDivisionError in line 2"),
    "no Python": ("text.py:model", "'text.py' does not run: SyntaxError in line 1"),
    "exits": ("exits.py:model", "'exits.py' does not run: SystemExit"),
    "absent name": ("good.py:modle", "unknown name in good.py 'modle': did you mean 'model'"),
    "another kind": ("good.py:number", "'good.py:number' is of type int, it must be an sb.Model or sb.Network"),
    "a function": ("good.py:made", "'good.py:made' is a function, it must be an sb.Model or sb.Network"),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("command", ["derive", "generate", "paths", "train"])
def test_names_that_are_none_are_refused_in_one_line(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.py").write_text("x = 1\nx / 0\n")
    Path("text.py").write_text("no python here\n")
    Path("exits.py").write_text("raise SystemExit(3)\n")
    Path("good.py").write_text(
        "import sympy as sp, symbackprop as sb\nnumber = 3\na, x = sp.symbols('a x')\n"
        "model = sb.Model(a*x, inputs=[x])\ndef made(depth):\n    return model\n"
    )
    given, says = NAMED[name]
    rest = {"generate": ["-o", "out.py"], "train": ["data.csv"]}.get(command, [])
    assert says in refusal([command, given, *rest], tmp_path, capsys)


@pytest.mark.parametrize("command", ["derive", "generate", "paths", "compare"])
def test_a_model_is_not_written_over(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "import sympy as sp, symbackprop as sb\na, x = sp.symbols('a x')\nmodel = sb.Model(a*x, inputs=[x])\n"
    Path("mine.py").write_text(text)
    option = "--csv" if command == "compare" else "-o"
    assert run(command, "mine.py:model", option, "./mine.py") == 2
    assert "the model stands in it" in capsys.readouterr().err
    assert Path("mine.py").read_text() == text


@pytest.mark.parametrize("option", ["--hidden=tanh", "--output=sigmoid", "--loss=bce", "--form=scalar", "--widths=2-1"])
def test_options_of_networks_are_none_of_models(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derive", PLACES["curve"], option) == 2
    assert f"{option.partition('=')[0]} describes a network by its widths" in capsys.readouterr().err
