"""Models of a file or of Python: by depth, alone, of matrices, and those that are refused."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop.comparison import Law, running
from symbackprop.comparison.forward_count import forward_operations
from symbackprop.comparison.rows import COUNTED, RUN, UNKNOWN, ModelSubject
from symbackprop.python_files import model_of, named

from ..cli_support import refusal
from ..support import slow_unless
from .support import RECURRENT, RESIDUAL, SCALAR, nothing_is_measured

NETS = """from __future__ import annotations

import sys
from dataclasses import dataclass

import sympy as sp

import symbackprop as sb

print("this goes nowhere", file=sys.stdout)
sys.stdin.readline()


@dataclass
class Sizes:
    width: int = 2


w, x, L = sp.symbols("w x L", real=True)
one = sb.Network([2, 3, 1])
number = 3


def layered(depth):
    return sb.Network([Sizes().width] * (depth + 1), form="matrix")


def changing(depth):
    return sb.Network([2, 2], form="matrix" if depth > 1 else "scalar")


def failing(depth):
    return 1 / (depth - 2)


def refused(depth):
    return sb.Network([2] * (3 - depth))


def symbolic(depth):
    return sb.Network([sp.Symbol("n", integer=True, positive=True), depth], form="matrix")


def strange(depth):
    return sb.Model([(L, sp.Function("F")(w * x) if depth > 1 else w * x)], inputs=[x])


def large(depth):
    return sb.Network([400] * (depth + 1))
"""


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: Any) -> Path:
    """A folder with nets.py, and with files that do not run, as working folder."""
    for name, text in {"nets": NETS, "syntax": "net = (", "raises": "raise OSError('in\\nthe midst')\n"}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("text", "own"), [(RESIDUAL, 12), (RECURRENT, 10)], ids=["residual", "recurrent"])
def test_models_of_a_function_by_depth(text: str, own: int) -> None:
    """All methods run, and what they count is derived again here."""
    found = sb.compare(models=text, depths=[1, 2], budget=60)
    assert (found.over, found.methods) == ("depth", list(SCALAR))
    assert {(row.status, row.note, row.widths, row.model) for row in found.rows} == {(RUN, "", (), text)}
    for row in found.rows:
        model = model_of(named(text), row.size, text)
        swept, cost = sb.derive(model).cost, sb.derive(model, method=row.method).cost
        assert (row.paths, row.edges, row.evaluated) == (
            swept.paths, swept.edges, swept.naive if row.method == "naive" else cost.total
        )  # fmt: skip
        assert row.parameters == len(model.parameters)
        assert row.derived == {"sympy-forward": row.sympy}.get(
            row.method, swept.naive if "naive" in row.method else cost.total
        )
        assert row.gradient_seconds
    assert found.rows[-1].parameters == own
    assert found.title == f"{text}, deeper and deeper"
    assert "weights" not in str(found)


def paths_by_walking(model: sb.Model) -> int:
    """Paths from all parameters to the loss, each walked by itself."""
    parts = {symbol: expression.free_symbols for symbol, expression in model.equations}

    def walked(symbol: Any) -> int:
        return (symbol in model.parameters) + sum(map(walked, parts.get(symbol, ())))

    return walked(model.loss_symbol)


@pytest.mark.parametrize("text", [RESIDUAL, RECURRENT], ids=["residual", "recurrent"])
def test_paths_of_models_are_as_many_as_there_are(text: str) -> None:
    for depth in (1, 2, 4):
        model = model_of(named(text), depth, text)
        subject = ModelSubject(text, text, depth, model)
        assert running._exact(subject)["naive"].paths == paths_by_walking(model)


@pytest.mark.slow
def test_models_that_were_stopped_are_counted() -> None:
    """Exactly, and the same as where they run; the laws and the sentence go by what was counted."""
    found = sb.compare(models=RECURRENT, budget=0.001)
    assert {row.status for row in found.rows} == {COUNTED, UNKNOWN}
    model = model_of(named(RECURRENT), 8, RECURRENT)
    last = {row.method: row.derived for row in found.rows[-5:]}
    cost = sb.derive(model).cost
    assert last == {
        "naive": cost.naive,
        "naive+cse": cost.naive,
        "sympy-forward": None,
        "forward": sb.derive(model, method="forward").cost.total,
        "backprop": cost.total,
    }
    assert found.laws["backprop"]["derived"] == Law("linear", 1, 1.0, 0.0, since=2)
    assert found.laws["naive"]["derived"].kind == "exponential"
    assert found.sentence == (
        "The naive way multiplies along paths whose number grows ×2 per step (1,530 at depth 8), backprop visits "
        f"12 edges a step (93): {cost.naive:,} operations against {cost.total}, {(cost.naive or 0) // cost.total} "
        "times as many."
    )
    assert [axes.get_xlabel() for axes in found.plot().axes[2:]] == ["depth", "depth"]
    assert json.loads(found.to_json())["rows"][0]["model"] == RECURRENT
    assert next(csv.DictReader(io.StringIO(found.to_csv())))["model"] == RECURRENT


def test_what_would_take_minutes_to_count_is_not_known(monkeypatch: Any) -> None:
    monkeypatch.setattr("symbackprop.comparison.forward_count._MOST", 1_000)
    assert forward_operations(model_of(named(RECURRENT), 8, RECURRENT)) is None
    assert forward_operations(sb.Network([3] * 9)) == sb.derive(sb.Network([3] * 9), method="forward").cost.total


@pytest.mark.slow
def test_one_model_has_a_block_of_rows(nets: Path) -> None:
    found = sb.compare(models="nets.py:one", methods=["naive", "backprop"])
    assert [(row.method, row.status, row.size, row.parameters) for row in found.rows] == [
        ("naive", RUN, 13, 13),
        ("backprop", RUN, 13, 13),
    ]
    assert str(found).startswith("nets.py:one: the 2-3-1 network, hidden tanh, output sigmoid, loss bce\n")
    assert " one    naive " in str(found)
    assert "Growth" not in str(found)
    assert found.sentence.startswith(
        "The naive way multiplies along 13 paths, backprop visits 20 edges: 554 operations"
    )
    assert found.plot()


@pytest.mark.slow
def test_models_of_matrices_have_one_method(nets: Path) -> None:
    found = sb.compare(models="nets.py:layered", depths=range(1, 5))
    assert (found.methods, {row.status for row in found.rows}) == (["backprop"], {RUN})
    assert str(found).startswith("nets.py:layered, deeper and deeper, in matrix form\n")
    derived = [row.derived or 0 for row in found.rows]
    assert found.sentence == (
        f"In matrix form backprop derives {derived[1] - derived[0]} operations more for each step of depth: "
        f"{derived[3]} operations at depth 4."
    )


@pytest.mark.slow
def test_a_function_is_found_by_its_file_and_name() -> None:
    function = named(RESIDUAL)
    found = sb.compare(models=function, depths=[2], methods="backprop")
    assert (found.title, found.rows[0].status) == ("residual.py:residual, deeper and deeper", RUN)


def test_a_file_that_compares_itself_is_run_once(tmp_path: Path) -> None:
    path = tmp_path / "itself.py"
    path.write_text(
        "import symbackprop as sb\n\n\ndef net(depth):\n    return sb.Network([1] * (depth + 1))\n\n\n"
        "sb.compare(models=net)\n",
        encoding="utf-8",
    )
    with pytest.raises(sb.errors.ModelError, match=r"ModelError in line 8: .* put that under if __name__"):
        sb.compare(models=f"{path}:net")


WRONG_MODELS: list[tuple[list[str], str]] = [
    (["nowhere.py:net"], "there is no file 'nowhere.py'"),
    ([f"{'long' * 100}.py:net"], "there is no file 'long"),
    (["syntax.py:net"], "'syntax.py' does not run: SyntaxError in line 1"),
    (["raises.py:net"], "'raises.py' does not run: OSError in line 1: in the midst"),
    (["nets.py:nett"], "unknown name in nets.py 'nett'"),
    (["nets.py:"], "unknown name in nets.py ''"),
    (["nets.py:number"], "'nets.py:number' is of type int, it must be an sb.Model or sb.Network"),
    (["nets.py:Sizes"], "what 'nets.py:Sizes' returns at depth 1 is of type Sizes"),
    (["nets.py:failing"], "what 'nets.py:failing' returns at depth 1 is of type float"),
    (["nets.py:failing", "--depth", "2"], "'nets.py:failing' fails at depth 2: ZeroDivisionError in line 33: division"),
    (["nets.py:refused"], "'nets.py:refused' at depth 2: a network needs inputs and outputs"),
    (["nets.py:changing"], "'nets.py:changing' returns models of matrices at some depths, of scalars at others"),
    (["nets.py:symbolic"], "'nets.py:symbolic' has matrices whose sizes are symbols"),
    (["nets.py:strange"], "strange at depth 2 cannot be derived: F cannot be lowered"),
    (["nets.py:large"], "large at depth 1 has 160,400 parameters, each a symbol of its own: choose a model of at most"),
    (["nets.py:layered", "--methods", "naive"], "method 'naive' takes each weight by itself"),
    (["nets.py:one", "--depths", "1-3"], "'nets.py:one' is one model, no function of a depth: leave depths out"),
    (["nets.py:layered", "--width", "3", "--loss", "mse"], "makes its own model: leave width and loss out"),
    (["nets.py:layered", "--hidden", "tanh"], "leave hidden out"),
    (["nets.py:layered", "--output", "tanh"], "leave output out"),
    (["nets.py:layered", "--form", "matrix"], "leave form out"),
    (["nets.py:layered", "--widths", "1-4"], "leave widths out"),
    (["nets.py:layered", "2-1"], "'nets.py:layered' is compared by itself: leave the other networks out"),
    (["nets.py:layered", "--depths", "1-3", "--depth", "2"], "leave one out"),
    (["nets.py:layered", "--over", "width"], "--over width needs --widths"),
]


@slow_unless(lambda arguments: arguments != ["nets.py:large"])
@pytest.mark.parametrize(("arguments", "says"), WRONG_MODELS, ids=[" ".join(given) for given, _ in WRONG_MODELS])
def test_bad_models_are_one_line(arguments: list[str], says: str, nets: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    assert says in refusal(["compare", *arguments], nets, capsys, said="this goes nowhere\n")


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ("a\0b.py:net", "there is no file"),
        (lambda depth: None, "the function <lambda> must be one"),
        (3, "models is '3'"),
        ("2-1", "models is '2-1'"),
        (sb.Network([1, 1]), "models is 'Network"),
        (sb.Network, "write 'FILE.py:FUNCTION'"),
    ],
)
def test_models_that_no_process_finds_are_refused(models: Any, says: str) -> None:
    with pytest.raises(sb.errors.ModelError) as caught:
        sb.compare(models=models)
    assert says in str(caught.value)
    with pytest.raises(sb.errors.ArchitectureError, match="leave architectures out"):
        sb.compare(models=RESIDUAL, architectures=["2-1"])
