"""The first line of a CSV file: names, or a sample; where it may be either nothing is taken for granted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import cli, runtime

from ..runtime_modules import written

BALANCE = "1,5,4,2,R\n4,1,5,3,R\n5,5,1,2,L\n1,1,1,1,B\n2,3,1,1,L\n1,2,4,4,R\n"
CLASS_FIRST = "B,1,1,1,1\nR,1,2,3,4\nL,2,2,1,1\nR,1,1,2,2\n"


@pytest.fixture
def balance(tmp_path: Path) -> Any:
    return written(tmp_path, [4, 2, 3], "tanh", "softmax", "cross_entropy", name="bal.py")


def file(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [BALANCE, CLASS_FIRST, "5.1,3.5,1.4,0.2,setosa\n4.9,3.0,1.4,0.2,virginica\n", "1,2,3,4,0\n4,3,2,1,1\n"],
    ids=["counts and a class", "the class first", "decimals", "numbers alone"],
)
def test_a_first_line_with_a_number_is_taken_for_neither(tmp_path: Path, balance: Any, text: str) -> None:
    with pytest.raises(sb.DataError, match=r"line 1: '[\d.]+' may be a value .* --header no .* --header yes") as caught:
        runtime.read_csv(file(tmp_path, text), balance)
    assert "\n" not in str(caught.value)


def test_no_row_of_a_file_without_names_is_lost(tmp_path: Path, balance: Any) -> None:
    read = runtime.read_csv(file(tmp_path, BALANCE), balance, header="no")
    assert read.X.tolist()[0] == [1, 5, 4, 2]
    assert len(read.X) == 6
    assert (read.inputs, read.targets, read.classes) == (["1", "2", "3", "4"], ["5"], ["B", "L", "R"])
    first = runtime.read_csv(file(tmp_path, CLASS_FIRST), balance, "1", header="no")
    assert (first.targets, first.X.shape) == (["1"], (4, 4))
    assert np.array_equal(first.X[1], [1, 2, 3, 4])


def test_names_that_are_numbers_are_names_where_that_is_said(tmp_path: Path, balance: Any) -> None:
    path = file(tmp_path, "0,1,2,3,kind\n" + BALANCE)
    with pytest.raises(sb.DataError, match="'0' may be a value"):
        runtime.read_csv(path, balance)
    read = runtime.read_csv(path, balance, header="yes")
    assert (read.inputs, read.targets, len(read.X)) == (["0", "1", "2", "3"], ["kind"], 6)
    with pytest.raises(sb.DataError, match="'1' is there twice"):
        runtime.read_csv(file(tmp_path, "1,1,2,3,kind\n" + BALANCE), balance, header="yes")


@pytest.mark.parametrize(
    ("text", "says"), [("", "has no rows"), ("\n\n", "has no rows"), ("1,2\n", "1 column|columns")]
)
def test_what_is_no_table_is_told_without_names_too(tmp_path: Path, balance: Any, text: str, says: str) -> None:
    with pytest.raises(sb.DataError, match=says):
        runtime.read_csv(file(tmp_path, text), balance, header="no")
    with pytest.raises(sb.DataError, match="line 2: 4 values for 5 columns"):
        runtime.read_csv(file(tmp_path, "1,2,3,4,R\n1,2,3,4\n"), balance, header="no")
    with pytest.raises(sb.DataError, match="the header must be yes or no, got 'maybe'"):
        runtime.read_csv(file(tmp_path, BALANCE), balance, header="maybe")


def test_training_and_prediction_without_names(tmp_path: Path, balance: Any, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, BALANCE, "bal.csv")
    assert cli.main(["train", "bal.py", "bal.csv", "--test-fraction", "0", "--epochs", "3"]) == 2
    assert "--header no" in capsys.readouterr().err
    assert cli.main(["train", "bal.py", "bal.csv", "--test-fraction", "0", "--epochs", "3", "--header", "no"]) == 0
    assert "of 6 rows" in capsys.readouterr().out
    assert cli.main(["predict", "bal.py", "bal.npz", "bal.csv"]) == 2
    assert "--header no" in capsys.readouterr().err
    assert cli.main(["predict", "bal.py", "bal.npz", "bal.csv", "--header", "no"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 6


# --- soft targets ---


def test_fractions_are_soft_targets_and_scored_by_their_loss(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 1], "tanh", "sigmoid", "bce", name="soft.py")
    for targets in ((0.1, 0.9), (0.1, 0.5, 0.9), (0, 0.25, 1)):
        rows = [(n % len(targets), targets[n % len(targets)]) for n in range(60)]
        data = runtime.read_csv(file(tmp_path, "u,y\n" + "".join(f"{u},{y}\n" for u, y in rows)), module)
        assert (data.classes, sorted({*data.Y[:, 0].tolist()})) == ([], sorted(targets))
        params = module.init(0)
        kind, value = runtime.score(module, params, data)
        a = 1 / (1 + np.exp(-(data.X @ params["W1"].T + params["b1"])))
        expected = np.mean(-data.Y * np.log(a) - (1 - data.Y) * np.log(1 - a))
        assert (kind, value) == ("loss", pytest.approx(expected, rel=1e-12))


@pytest.mark.parametrize("zero_and_one", [("0", "1"), ("0.0", "1.0")])
def test_a_column_of_0_and_1_alone_is_classes(tmp_path: Path, zero_and_one: tuple[str, str]) -> None:
    module = written(tmp_path, [1, 1], "tanh", "sigmoid", "bce", name="hard.py")
    text = "u,y\n" + "".join(f"{n},{zero_and_one[n % 2]}\n" for n in range(10))
    data = runtime.read_csv(file(tmp_path, text), module)
    assert data.classes == ["0", "1"]
    assert runtime.score(module, module.init(0), data)[0] == "accuracy"


def test_several_columns_of_probabilities(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 2, 3], "tanh", "softmax", "cross_entropy", name="three.py")
    text = "u,p,q,r\n0,0.1,0.2,0.7\n1,0.5,0.25,0.25\n2,1,0,0\n"
    data = runtime.read_csv(file(tmp_path, text), module, "p,q,r")
    assert data.Y.tolist() == [[0.1, 0.2, 0.7], [0.5, 0.25, 0.25], [1, 0, 0]]
    assert runtime.score(module, module.init(0), data)[0] == "loss"


@pytest.mark.parametrize("first", ["nan,inf,0,1,R", "?,-,NA,null,R", "a,b,c,-,y"])
def test_a_first_line_of_what_may_be_missing_is_taken_for_neither(tmp_path: Path, balance: Any, first: str) -> None:
    with pytest.raises(sb.DataError, match="may be a value or the name of a column: say --header no"):
        runtime.read_csv(file(tmp_path, first + "\n" + BALANCE), balance)
    assert len(runtime.read_csv(file(tmp_path, first + "\n" + BALANCE), balance, header="yes").X) == 6


def test_a_whole_number_is_one_class_however_it_is_written(tmp_path: Path) -> None:
    net = written(tmp_path, [1, 3], "tanh", "softmax", "cross_entropy", name="three.py")
    data = runtime.read_csv(file(tmp_path, "u,y\n1,0\n2,1\n3,1.0\n4,2e0\n5,-0\n6,2\n"), net)
    assert data.classes == ["0", "1", "2"]
    assert data.Y.argmax(axis=1).tolist() == [0, 1, 1, 2, 0, 2]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (["1", "2", "x"], "line 4, column y: 'x' stands among numbers: classes are all text, or all whole numbers"),
        (
            ["0", ".5", "2"],
            "line 3, column y: '.5' is the name of no class: take text or whole numbers, or name 3 columns",
        ),
        (["0", "", "2"], "line 3, column y: the value is missing"),
    ],
)
def test_a_column_that_is_no_classes_is_told_by_its_cell(tmp_path: Path, column: list[str], says: str) -> None:
    net = written(tmp_path, [1, 3], "tanh", "softmax", "cross_entropy", name="three.py")
    with pytest.raises(sb.DataError, match=says):
        runtime.read_csv(file(tmp_path, "u,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(column))), net)


def test_whole_numbers_beyond_those_of_floats_are_classes_of_their_own(tmp_path: Path) -> None:
    net = written(tmp_path, [1, 3], "tanh", "softmax", "cross_entropy", name="three.py")
    data = runtime.read_csv(file(tmp_path, "u,y\n1,9007199254740992\n2,9007199254740993\n3,5\n"), net)
    assert len(data.classes) == 3
