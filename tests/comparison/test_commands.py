"""The command: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop import cli
from symbackprop.comparison import (
    Comparison,
    running,
)
from symbackprop.errors import SymbackpropError

from ..cli_support import refusal
from ..support import shown_as
from .support import nothing_is_measured

WRONG: list[tuple[list[str], str]] = [
    (["--width", "0"], "'0' holds 0"),
    (["--width", "-1"], "--width"),
    (["--width=-1"], "'-1' is no list of whole numbers"),
    (["--width", "1-3"], "--widths takes several"),
    (["--depths", "0-3"], "holds 0"),
    (["--depths", "8-1"], "runs backwards: write 1-8"),
    (["--depths", ""], "is no list"),
    (["--depths", "1-"], "is no list"),
    (["--depths", "1,,2"], "is no list"),
    (["--depths", "two"], "'two' is no list"),
    (["--depths", "1.5"], "is no list"),
    (["--depths", "²"], "is no list"),
    (["--widths", "1-4", "--depths", "1-4"], "both grow"),
    (["--widths", "1-4", "--width", "3"], "leave one out"),
    (["--depths", "1-4", "--depth", "3"], "leave one out"),
    (["2-1", "--width", "3"], "networks and sizes are both given"),
    (["2"], "'2' is no network"),
    (["2-0"], "'2-0' is no network"),
    (["2-x"], "'2-x' is no network"),
    (["--width", "3000"], "3000-3000 has 9,003,000 parameters"),
    (["--form", "matrix", "--width", "99999"], "at most 100,000,000"),
    (["--over", "widht"], "did you mean 'width'?"),
    (["--over", "width"], "--over width needs --widths 1-64"),
    (["--over", "parameters"], "needs networks: 2-2-1"),
    (["--budget", "0"], "budget 0.0 is not a number of seconds"),
    (["--budget=-3"], "budget -3.0 is not"),
    (["--budget", "nan"], "budget nan is not"),
    (["--budget", "inf"], "budget inf is not"),
    (["--budget", "soon"], "budget 'soon' is not"),
    (["--methods", "naiv"], "unknown method 'naiv': did you mean 'naive'?"),
    (["--methods", ""], "unknown method ''"),
    (["--methods", "naive", "--form", "matrix"], "choose backprop"),
    (["--form", "matrx"], "did you mean 'matrix'?"),
    (["--hidden", "tahn"], "did you mean 'tanh'?"),
    (["--output", "softmx"], "did you mean 'softmax'?"),
    (["--loss", "mce"], "did you mean 'mse'?"),
    (["--loss", "cross_entropy"], "cross_entropy"),
    (["--csv", "nowhere/rows.csv"], "cannot write 'nowhere/rows.csv': No such file or directory"),
    (["--csv", ""], "cannot write ''"),
    (["--json", "."], "Is a directory"),
    (["--plot", "nowhere/cost.png"], "cannot write 'nowhere/cost.png'"),
    (["--plot", "cost.pgn"], "unknown format of a plot 'pgn': did you mean 'png'?"),
    (["--plot", "cost"], "unknown format of a plot ''"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_bad_input_is_one_line(arguments: list[str], says: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    assert says in refusal(["compare", *arguments], tmp_path, capsys)


WRONG_IN_PYTHON: list[tuple[dict[str, Any], str]] = [
    ({"width": 0}, "width '0' is not a whole number from 1 up"),
    ({"width": -2}, "width '-2'"),
    ({"width": True}, "width 'True'"),
    ({"width": 2.0}, "width '2.0'"),
    ({"depths": []}, "the list of depths is empty"),
    ({"depths": range(5, 1)}, "the list of depths is empty"),
    ({"depths": "1-8"}, "depth '1' is not"),
    ({"depths": [1, None]}, "depth 'None'"),
    ({"depths": range(1, 10**12)}, "more than 1000 depths"),
    ({"depth": 0}, "depth '0'"),
    ({"widths": [1, 2], "depths": [1, 2]}, "both grow"),
    ({"widths": [1], "width": 1}, "leave one out"),
    ({"architectures": []}, "nothing to compare"),
    ({"architectures": 5}, "architectures '5' is no list"),
    ({"architectures": [5]}, "'5' are not the widths"),
    ({"architectures": ["2-2"], "methods": "x"}, "unknown method 'x'"),
    ({"architectures": ["2-0-1"]}, "'2-0-1' is no network"),
    ({"hidden": len}, "unknown hidden activation 'len'"),
    ({"architectures": [(2,)]}, "are not the widths"),
    ({"architectures": [(2, 0)]}, "width '0'"),
    ({"architectures": [(2, 1)], "width": 2}, "both given"),
    ({"methods": []}, "methods is empty"),
    ({"methods": "backpropp"}, "did you mean 'backprop'?"),
    ({"methods": [["naive"]]}, "unknown method"),
    ({"methods": 5}, "methods '5' is no list"),
    ({"methods": ["forward"], "form": "matrix"}, "choose backprop"),
    ({"form": "tensor"}, "unknown form"),
    ({"budget": 0}, "budget 0 is not"),
    ({"budget": True}, "budget True is not"),
    ({"budget": 10**400}, "budget 1000"),
    ({"form": []}, "unknown form"),
    ({"progress": "x"}, "progress is str"),
    ({"architectures": [iter(int, 1)]}, "are not the widths"),
    ({"budget": "10"}, "budget 10 is not"),
    ({"budget": float("nan")}, "budget nan is not"),
    ({"hidden": "nothing"}, "unknown"),
    ({"output": "softmax", "loss": "bce"}, "softmax"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG_IN_PYTHON, ids=[shown_as(given) for given, _ in WRONG_IN_PYTHON])
def test_bad_arguments_are_refused(arguments: dict[str, Any], says: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    with pytest.raises(SymbackpropError) as caught:
        sb.compare(**arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("write", [Comparison.to_csv, Comparison.to_json, Comparison.plot])
def test_a_file_that_cannot_be_written(write: Callable[[Any, Path], Any], found: Comparison, tmp_path: Path) -> None:
    with pytest.raises(sb.errors.OutputError, match="No such file"):
        write(found, tmp_path / "nowhere" / "rows.png")
    assert os.listdir(tmp_path) == []


def test_rows_are_printed_though_a_file_fails_late(quick: None, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Every other file is written all the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("symbackprop.comparison.commands.check_writable", lambda path: None)
    assert (
        cli.main(["compare", "2-1", "--csv", "nowhere/rows.csv", "--json", "rows.json", "--methods", "backprop"]) == 2
    )
    captured = capsys.readouterr()
    assert "backprop" in captured.out
    assert captured.err.count("\n") == 1
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"][0]["method"] == "backprop"


def test_the_command_prints_and_writes(quick: None, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--widths", "1-3,5", "--depth", "2", "--methods", "naive, backprop", "--output", "sigmoid"]
    assert cli.main(["compare", *options, "--csv", "r.csv", "--json", "r.json", "--plot", "r.svg"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith("Networks 2 deep, wider and wider: hidden tanh, output sigmoid, loss bce\n")
    assert sorted(os.listdir(tmp_path)) == ["r.csv", "r.json", "r.svg"]
    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8")))
    assert [row["size"] for row in rows] == [n for n in "1235" for _ in range(2)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3", [3]), ("1-4", [1, 2, 3, 4]), ("1,2, 4", [1, 2, 4]), ("1-64", [1, 2, 4, 8, 16, 32, 64]),
     ("1-2,8", [1, 2, 8]), ("3-100", [3, 6, 12, 24, 48, 96, 100]), ("1-12", list(range(1, 13)))],
)  # fmt: skip
def test_ranges(text: str, numbers: list[int]) -> None:
    assert sb.comparison.commands.numbers_in("depths", text) == numbers
