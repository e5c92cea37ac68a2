"""The command compare: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from symbackprop import cli
from symbackprop.cli import comparing
from symbackprop.comparison import running

from ..cli_support import refusal
from ..comparison.support import FIGURES, Replies, nothing_is_measured


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda *_: {**FIGURES}))


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


def test_rows_are_printed_though_a_file_fails_late(quick: None, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Every other file is written all the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("symbackprop.cli.comparing.check_writable", lambda path: None)
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
    assert comparing.numbers_in("depths", text) == numbers
