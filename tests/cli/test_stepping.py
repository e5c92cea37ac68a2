"""The command step: its numbers are those of the training that it shows, and of a published example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli, runtime

MAZUR = Path(__file__).resolve().parents[2] / "examples" / "mazur.json"
NEW = {
    "W1": [[0.149780716, 0.19956143], [0.24975114, 0.29950229]],
    "W2": [[0.35891648, 0.408666186], [0.511301270, 0.561370121]],
}
"""What Matt Mazur prints after one step ("A Step by Step Backpropagation Example", 2015): weights, and no biases."""
NETWORKS = (
    ([2, 2, 1], {}),
    ([2, 2, 1], {"form": "matrix"}),
    ([2, 3, 3], {"output": "softmax", "hidden": "relu", "form": "matrix"}),
    ([3, 2], {"output": "identity", "loss": "huber"}),
    ([2, 4, 2], {"hidden": "silu", "output": "sigmoid", "loss": "half_sse"}),
)


def rows_of(network: Any, count: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(count)
    wide = len(network.targets) if network.form == "scalar" else network.widths[-1]
    X = rng.normal(size=(count, network.widths[0]))
    Y = np.eye(wide)[rng.integers(0, wide, count)] if wide > 1 else rng.uniform(0, 1, (count, 1))
    return X, Y


@pytest.mark.parametrize(("widths", "options"), NETWORKS)
def test_one_row_is_a_step_of_training_bit_for_bit(
    widths: Any, options: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    network = sb.Network(widths, **options)
    derived = sb.derive(network)
    derived.write("net.py")
    X, Y = rows_of(network, 1)
    names = [f"c{place}" for place in range(X.shape[1] + Y.shape[1])]
    rows = [*names], [*map(repr, map(float, (*X[0], *Y[0])))]
    Path("row.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    targets = ",".join(names[X.shape[1] :])
    how = ["--optimizer", "sgd", "--epochs", "1", "--batch-size", "1", "--test-fraction", "0", "--learning-rate", "0.3"]
    assert cli.main(["train", "net.py", "row.csv", "--target", targets, *how]) == 0
    trained, _ = runtime.load("net.npz", runtime.load_module("net.py"))
    step = derived.step(X, Y, learning_rate=0.3)
    assert {name: value.tobytes() for name, value in step.new.items()} == {
        name: value.tobytes() for name, value in trained.items()
    }


@pytest.mark.parametrize(("widths", "options"), NETWORKS)
def test_several_rows_are_a_step_on_their_mean(widths: Any, options: Any) -> None:
    network = sb.Network(widths, **options)
    derived = sb.derive(network)
    X, Y = rows_of(network, 7)
    step = derived.step(X, Y, learning_rate=0.3)
    trained, (before,) = derived.train(X, Y, epochs=1, batch_size=7, learning_rate=0.3)
    assert step.before == pytest.approx(before, rel=1e-14)
    assert step.after == pytest.approx(derived.module().loss(trained, X, Y), rel=1e-13)
    for name, value in step.new.items():
        np.testing.assert_allclose(value, trained[name], rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(step.old[name] - 0.3 * step.gradients[name], value, rtol=1e-13, atol=1e-14)


def test_a_published_step_by_one_command(tmp_path: Path, capsys: Any) -> None:
    new = tmp_path / "new.npz"
    command = ["step", "2-2-2", "--hidden", "sigmoid", "--loss", "half_sse", "--at", str(MAZUR), "--rate", "0.5"]
    numbers = ["--inputs", "0.05,0.10", "--targets", "0.01,0.99", "--digits", "9", "--weights", str(new)]
    assert cli.main([*command, *numbers]) == 0
    told = capsys.readouterr().out
    printed = {cells[0]: cells[1:] for line in told.splitlines() if len(cells := line.split()) >= 3}
    assert printed["w²₁₁"] == ["0.4", "0.0821670406", "0.35891648"]
    assert printed["L"][0] == "0.298371109"
    params, _ = runtime.load(new, sb.derive(sb.Network([2, 2, 2], "sigmoid", "sigmoid", "half_sse")).module())
    for name, value in NEW.items():
        np.testing.assert_allclose(params[name], value, atol=5e-9)
    assert cli.main([*command, *numbers, "--at", str(new)]) == 0  # and again from there
    assert float(capsys.readouterr().out.splitlines()[-1].split()[1]) == pytest.approx(0.280471447, abs=5e-10)


def test_a_wide_table_is_set_in_small_letters(capsys: Any) -> None:
    row = ["--inputs", "0.3,1.1", "--targets", "0.7", "--digits", "12", "--format", "latex"]
    assert cli.main(["step", "2-2-1", *row]) == 0
    assert capsys.readouterr().out.isascii()
    assert cli.main(["step", "2-2-1", *row, "--width", "22"]) == 0
    assert r"{\tiny\arraycolsep=3pt" in capsys.readouterr().out


@pytest.mark.parametrize("format", ["text", "latex", "markdown"])
def test_entries_of_matrices_and_their_loss_in_every_format(format: str, capsys: Any) -> None:
    rows = ["--inputs", "0,1; 1,1", "--targets", "1;0"]
    assert cli.main(["step", "2-2-1", "--form", "matrix", *rows, "--format", format]) == 0
    told = capsys.readouterr().out
    step = sb.derive(sb.Network([2, 2, 1], form="matrix")).step([[0, 1], [1, 1]], [[1], [0]])
    assert f"{step.gradients['W1'][1, 0]:.6g}" in told
    assert f"{step.after:.6g}" in told
    assert "mean over 2 samples" in told


def test_a_model_of_ones_own_without_targets() -> None:
    w, x = sp.symbols("w x")
    step = sb.derive(sb.Model((w * x - 1) ** 2, inputs=[x], start={w: 2})).step([[3.0]], learning_rate=0.01)
    assert step.gradients["w"] == pytest.approx(30)
    assert step.new["w"] == pytest.approx(1.7)


REFUSED = {
    "--inputs 0,1 --targets 1 --rate -1": "the learning rate must be a positive number, got -1.0",
    "--inputs 0,1;1 --targets 1": "--inputs has 1 number: give a number for each of x1, x2, with commas between",
    "--inputs 0,1;1,1 --targets 1": "X and Y must have a row for each sample, and at least one: got 2 and 1 row",
    "--inputs 0,1 --targets a": "--targets: 'a' is no number",
    "--inputs 0,inf --targets 1": "X must hold finite numbers of float64: there is inf in row 1, column 2",
    "--inputs 0,1 --targets 1 --digits 40": "digits is 40: give a whole number from 1 to 15",
    "--inputs 0,1 --targets 1 --at absent.npz": "cannot read absent.npz: No such file or directory",
}


@pytest.mark.parametrize("options", REFUSED)
def test_bad_numbers_get_one_line(options: str, capsys: Any) -> None:
    assert cli.main(["step", "2-2-1", *options.split()]) == 2
    said = capsys.readouterr().err
    assert REFUSED[options] in said
    assert said.count("\n") == 1


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, capsys: Any) -> None:
    start = tmp_path / "start.json"
    for text, says in (
        ('{"W1": [[1, 2]], "b1": [1e400]}', "b1 holds numbers that are not finite"),
        ("[" * 3000, "is no JSON"),
    ):
        start.write_text(text)
        assert cli.main(["step", "2-1", "--inputs", "0,1", "--targets", "1", "--at", str(start)]) == 2
        assert says in capsys.readouterr().err


def test_what_at_names_is_kept(tmp_path: Path, capsys: Any) -> None:
    start = tmp_path / "start.json"
    start.write_text(json.dumps({"W1": [[1, 2]], "b1": [0]}))
    before = start.read_text()
    given = ["step", "2-1", "--inputs", "0,1", "--targets", "1", "--at", str(start)]
    assert cli.main([*given, "--weights", str(start)]) == 2
    assert "is the same file as the JSON that --at names" in capsys.readouterr().err
    assert start.read_text() == before
    assert cli.main([*given, "--weights", str(tmp_path / "new.npz")]) == 0
