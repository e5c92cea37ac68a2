"""Tables that a network cannot be trained on: each is refused in one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import symbackprop as sb
from symbackprop import runtime

from ..runtime_modules import ROOT, written
from .support import options, table


@pytest.fixture
def xor(tmp_path: Path) -> ModuleType:
    return written(tmp_path, [2, 3, 1], "tanh", "sigmoid", "bce")


@pytest.mark.parametrize(
    ("output", "outside", "words"),
    [
        ("tanh", -1.5, "lie between -1 and 1"),
        ("sigmoid", 1.25, "lie between 0 and 1"),
        ("softplus", -0.5, "be at least 0"),
        ("relu", -0.5, "be at least 0"),
        ("leaky_relu", -7, ""),
    ],
)
def test_targets_that_the_output_cannot_come_near_are_refused(
    tmp_path: Path, output: str, outside: float, words: str
) -> None:
    module = written(tmp_path, [1, 1], "tanh", output, "mse")
    data = table(tmp_path / "d.csv", [["x", "y"], [1, 0.5], [2, 1], [3, outside], [4, 0]])
    if not words:
        assert len(runtime.read_csv(data, module).Y) == 4
        return
    with pytest.raises(
        sb.DataError, match=rf"d\.csv, line 4, column y: the target is {outside}, but .* {words}: rescale"
    ):
        runtime.read_csv(data, module)
    assert len(runtime.read_csv(table(tmp_path / "e.csv", [["x", "y"], [1, 0], [2, 1]]), module).Y) == 2


def test_shares_must_be_shares_whatever_the_loss(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 2], "tanh", "softmax", "mse")
    data = table(tmp_path / "d.csv", [["x", "u", "v"], [1, 0.5, 0.5], [2, 3, 4]])
    with pytest.raises(
        sb.DataError, match=r"line 3, column u: the target is 3, but the targets of .* must lie between 0 and 1"
    ):
        runtime.read_csv(data, module, "u,v")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("column", ["p", "q", "y"])
@pytest.mark.parametrize("where", ["all", "one"])
def test_columns_that_cannot_be_standardised_are_refused(tmp_path: Path, column: str, where: str) -> None:
    module = written(tmp_path, [2, 1], "tanh", "identity", "mse")
    for row in range(20):  # of the test or of the training
        huge = [1e300 * (n + 1) if n == row or where == "all" else n for n in range(20)]
        columns = [huge if name == column else [n * n for n in range(20)] for name in "pqy"]
        data = table(tmp_path / "d.csv", [["p", "q", "y"], *zip(*columns, strict=True)])
        with pytest.raises(sb.DataError, match=f"^column {column} cannot be standardised: ") as caught:
            runtime.fit(module, options(str(data), "--weights", str(tmp_path / "w.npz")))
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "w.npz").exists()


def test_many_numbers_for_two_classes_are_told_of_regression(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, n] for n in range(60))])
    hint = r"take a network with 60 outputs \(or --output identity, to predict numbers\)"
    with pytest.raises(sb.DataError, match=f"holds 60 classes, but the 2-3-1 network, .* tells 2 apart: {hint}"):
        runtime.read_csv(data, xor)
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, "abc"[n % 3]] for n in range(9))])
    with pytest.raises(sb.DataError, match=r"with 3 outputs, a model with as many targets$"):
        runtime.read_csv(data, xor)


@pytest.mark.parametrize(
    ("text", "target", "says"),
    [
        ("p,q,p\n1,2,0\n", None, "one of its own: 'p' is there twice$"),
        ("p,,y\n1,2,0\n", None, "one of its own: column 2 has none$"),
        ("p;q;y\n1,5;2;0\n", None, "line 2, column p: '1,5' is no finite number"),
        ("p;q;y\n1;2;0;0\n", None, "line 2: 4 values for 3 columns"),
        (
            "p q y\n1 2 0\n",
            None,
            "has 0 columns besides the target p q y, but the 2-3-1 network, .* takes 2 inputs; --sep",
        ),
        ("p,q,y\n1\n", None, "1 value for 3 columns$"),
    ],
)
def test_tables_that_are_laid_out_otherwise(
    text: str, target: str | None, says: str, tmp_path: Path, xor: ModuleType
) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    with pytest.raises(sb.DataError, match=says):
        runtime.read_csv(tmp_path / "d.csv", xor, target)


def test_one_is_no_plural(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 2], "tanh", "identity", "mse")
    data = table(tmp_path / "d.csv", [["x", "y"], [1, 0.5], [2, 1]])
    with pytest.raises(sb.DataError, match="has 2 targets, but 1 target column is named"):
        runtime.read_csv(data, module)
    with pytest.raises(sb.DataError, match=r"has 2 columns besides the target u, v, but .* takes 1 input$"):
        runtime.read_csv(table(tmp_path / "e.csv", [["x", "z", "u", "v"], [1, 0.5, 1, 2]]), module)


@pytest.mark.slow
def test_digits_without_scikit_learn_say_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("raise ImportError('none here')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-B", str(ROOT / "examples" / "digits.py")]
    for arguments, status, says in (([], 2, ""), (["--csv", "d.csv"], 2, ""), (["--help"], 0, "usage: digits.py")):
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        advice = 'error: the images come with scikit-learn: install it with pip install ".[test]"\n' if status else ""
        assert (done.returncode, done.stderr) == (status, advice)
        assert says in done.stdout
