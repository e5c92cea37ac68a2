"""Bad input is refused at the door: one line that says what and where, status 2, nothing written or changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import runtime

from .cli_support import refusal
from .runtime.support import options
from .runtime_modules import written
from .support import shown_as

ROOT = Path(__file__).resolve().parent.parent
a, b, w, x = sp.symbols("a b w x", real=True)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module for each kind of target."""
    folder = tmp_path_factory.mktemp("modules")
    for name, network in {
        "two.py": ([2, 1], "tanh", "sigmoid", "bce"),
        "three.py": ([2, 3], "tanh", "softmax", "cross_entropy"),
        "real.py": ([2, 1], "tanh", "identity", "mse"),
        "pair.py": ([1, 2], "tanh", "sigmoid", "bce"),
        "shares.py": ([1, 2], "tanh", "softmax", "cross_entropy"),
    }.items():
        written(folder, *network, name=name)
    return folder


@pytest.fixture
def folder(tmp_path: Path, modules: Path, monkeypatch: Any) -> Path:
    """A working folder with the modules, a sound CSV file, a folder and a file that is no module."""
    for path in modules.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "good.csv").write_text("p,q,y\n" + "".join(f"{n},{-n},{n % 2}\n" for n in range(20)), encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.py").write_text("raise SystemExit('this must not run')\n", encoding="utf-8")
    (tmp_path / "there.txt").write_text("what stood there\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


NETWORKS = [
    (["0"], "inputs and outputs"),
    (["2"], "inputs and outputs"),
    ([""], "''"),
    (["-1"], "'-1'"),
    (["2-0-1"], "width 2 is 0"),
    (["2-a"], "'2-a'"),
    (["2--1"], "'2--1'"),
    (["2-1-"], "'2-1-'"),
    (["2.5-1"], "'2.5-1'"),
    (["2-²"], "'2-²'"),
    (["２-１"], "'２-１'"),
    (["2 - 1"], "'2 - 1'"),
    (["9999999999999-1"], "'9999999999999-1'"),
    (["99999-99999-1"], "10,000,0|9,999,"),
    (["2-1", "--hidden", "tahn"], "did you mean 'tanh'"),
    (["2-1", "--hidden", "softmax"], "softmax takes a whole layer"),
    (["2-1", "--output", "sigmoyd"], "did you mean 'sigmoid'"),
    (["2-1", "--output", "softmax", "--loss", "mse"], "softmax of one output"),
    (["2-1", "--loss", "bcee"], "did you mean 'bce'"),
    (["2-1", "--output", "tanh", "--loss", "bce"], "loss 'bce' needs output 'sigmoid', got 'tanh'"),
    (["2-2", "--loss", "cross_entropy"], "loss 'cross_entropy' needs output 'softmax'"),
    (["2-1", "--method", "backprob"], "did you mean 'backprop'"),
    (["2-1", "--hidden"], "--hidden"),
    (["2-1", "--nonsense"], "--nonsense"),
    ([], "widths"),
]


@pytest.mark.parametrize("command", ["derive", "generate"])
@pytest.mark.parametrize(("arguments", "says"), NETWORKS, ids=lambda value: str(value)[:40])
def test_network_that_is_none(command: str, arguments: list[str], says: str, folder: Path, capsys: Any) -> None:
    output = ["--output-file", "out.py"]
    error = refusal([command, *output, *arguments], folder, capsys)
    assert any(part in error for part in says.split("|")), error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["derive", "2-1", "--format", "latx"], "did you mean 'latex'"),
        (["derive", "2-1", "--format", "pdf"], "unknown format 'pdf'"),
        (["derive", "2-2-1", "--parameter", "w1_9_9"], "w1_9_9"),
        (["derive", "2-2-1", "--parameter", ""], "neither a parameter"),
        (["derive", "2-2-1", "--parameter", "w1_9_9", "--method", "naive"], "w1_9_9"),
        (["generate", "2-1"], "-o"),
        (["deriv", "2-1"], "deriv"),
        ([], "command"),
    ],
)
def test_other_arguments(arguments: list[str], says: str, folder: Path, capsys: Any) -> None:
    assert says in refusal(arguments, folder, capsys)


@pytest.mark.parametrize(
    "path", ["no/such/out.py", "folder", "there.txt/out.py", "", "/proc/out.py", "a" * 300 + ".py", "folder/"]
)
@pytest.mark.parametrize("command", ["derive", "generate"])
def test_output_path_that_cannot_be_written(command: str, path: str, folder: Path, capsys: Any) -> None:
    error = refusal([command, "2-1", "--output-file", path], folder, capsys)
    assert "cannot write" in error
    assert repr(path) in error


@pytest.mark.parametrize("path", ["there.txt", "there.txt/deeper", "/proc/demo", "a" * 300])
def test_demo_folder_that_cannot_be_made(path: str, folder: Path, capsys: Any) -> None:
    assert repr(path) in refusal(["demo", "--folder", path], folder, capsys)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("missing.py", "No such file"),
        ("folder", "directory"),
        ("notes.py", "is no module that symbackprop wrote"),
        ("good.csv", "is no module that symbackprop wrote"),
        ("cut.py", "damaged"),
        ("mark.py", "damaged"),
        ("binary.py", "no text file"),
    ],
)
def test_module_that_is_none_of_ours(module: str, says: str, folder: Path, capsys: Any) -> None:
    text = (folder / "two.py").read_text(encoding="utf-8")
    (folder / "cut.py").write_text(text[: len(text) // 2] + "\n(", encoding="utf-8")
    (folder / "mark.py").write_text(text.splitlines()[0] + "\n", encoding="utf-8")
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00")
    error = refusal(["train", module, "good.csv"], folder, capsys)
    assert says in error
    assert repr(module) in error


ROWS = "".join(f"{n},{-n},{n % 2}\n" for n in range(9))
TABLES = {
    "empty": ("two.py", b"", [], "no rows"),
    "header only": ("two.py", b"p,q,y\n", [], "no rows"),
    "blank lines": ("two.py", b"\n\n\n", [], "no rows"),
    "missing value": ("two.py", b"p,q,y\n1,2,0\n1,,1\n", [], "line 3, column q: the value is missing"),
    "nan": ("two.py", b"p,q,y\n1,2,0\n1,NaN,1\n", [], "line 3, column q: the value is missing"),
    "question mark": ("two.py", b"p,q,y\n1,2,0\n?,2,1\n", [], "line 3, column p: the value is missing"),
    "infinite": ("two.py", b"p,q,y\n1,2,0\n1,inf,1\n", [], "line 3, column q: 'inf' is no finite number"),
    "too large": ("two.py", b"p,q,y\n1,2,0\n1,1e999,1\n", [], "line 3, column q: '1e999' is no finite number"),
    "text for a number": ("two.py", b"p,q,y\n1,2,0\n1,two,1\n", [], "line 3, column q: 'two' is no finite number"),
    "decimal comma": ("two.py", b'p,q,y\n1,2,0\n1,"2,5",1\n', [], "line 3, column q: '2,5' is no finite number"),
    "target missing": ("two.py", b"p,q,y\n1,2,a\n1,3,\n1,2,b\n", [], "line 3, column y: the value is missing"),
    "target nan": ("three.py", b"p,q,y\n1,2,a\n1,3,nan\n1,2,b\n", [], "line 3, column y: the value is missing"),
    "real target missing": ("real.py", b"p,q,y\n1,2,0.5\n1,3,\n", [], "line 3, column y: the value is missing"),
    "real target text": ("real.py", b"p,q,y\n1,2,0.5\n1,3,high\n", [], "line 3, column y: 'high' is no finite number"),
    "one class": ("two.py", b"p,q,y\n1,2,a\n1,3,a\n", [], "one class only, 'a'"),
    "three classes for two": ("two.py", b"p,q,y\n1,2,a\n1,3,b\n2,2,c\n", [], "3 classes"),
    "two classes for three": ("three.py", b"p,q,y\n1,2,a\n1,3,b\n", [], "2 classes"),
    "a column too few": ("two.py", b"p,y\n1,0\n2,1\n", [], "1 column besides the target y"),
    "a column too many": ("two.py", b"p,q,r,y\n1,1,1,0\n2,1,1,1\n", [], "3 columns besides the target y"),
    "short line": ("two.py", b"p,q,y\n1,2,0\n1,2\n", [], "line 3: 2 values for 3 columns"),
    "long line": ("two.py", b"p,q,y\n1,2,0,7\n1,2,1\n", [], "line 2: 4 values for 3 columns"),
    "spaces": ("two.py", b"p q y\n1 2 0\n1 2 1\n", [], "0 columns besides the target"),
    "another separator": ("two.py", b"p,q,y\n1,2,0\n1,2,1\n", ["--separator", ";"], "0 columns besides the target"),
    "duplicate name": ("two.py", b"p,p,y\n1,2,0\n1,2,1\n", [], "line 1: each column needs a name"),
    "nameless column": ("two.py", b"p,,y\n1,2,0\n1,2,1\n", [], "line 1: each column needs a name"),
    "no header, numbers": ("two.py", b"1,2,0\n1,3,1\n", [], "line 1: '1' may be a value or the name of a column"),
    "no header, a class": ("two.py", b"1.5,2,red\n1,3,blue\n", [], "line 1: '1.5' may be a value"),
    "no such target": ("two.py", b"p,q,y\n1,2,0\n1,3,1\n", ["--target", "z"], "no column 'z'"),
    "target twice": ("two.py", b"p,q,y\n1,2,0\n1,3,1\n", ["--target", "y,y"], "'y'"),
    "too many targets": (
        "real.py",
        b"p,q,y,z\n1,2,0,0\n1,3,1,1\n",
        ["--target", "y,z"],
        "1 target, but 2 target columns",
    ),
    "no probability": ("pair.py", b"p,y,z\n1,0.2,1.5\n1,0,1\n", ["--target", "y,z"], "between 0 and 1"),
    "no distribution": ("shares.py", b"p,y,z\n1,0.2,0.5\n1,0,1\n", ["--target", "y,z"], "sum to 1"),
    "one row": ("two.py", b"p,q,y\n1,2,0\n", [], "one class only"),
    "one real row": ("real.py", b"p,q,y\n1,2,0\n", [], "too few"),
    "not UTF-8": ("two.py", b"p,q,y\n1,2,\xff\xfe\n", [], "no CSV file in UTF-8"),
    "UTF-16": ("two.py", "p,q,y\n1,2,0\n".encode("utf-16"), [], "no CSV file in UTF-8"),
}


@pytest.mark.parametrize("name", TABLES)
def test_table_that_does_not_fit(name: str, folder: Path, capsys: Any) -> None:
    module, content, arguments, says = TABLES[name]
    (folder / "bad.csv").write_bytes(content)
    error = refusal(["train", module, "bad.csv", *arguments], folder, capsys)
    assert says in error
    assert "bad.csv" in error or name in ("one real row", "too many targets")


@pytest.mark.parametrize("name", TABLES)
def test_python_refuses_the_same_in_the_same_words(name: str, folder: Path, capsys: Any) -> None:
    module, content, arguments, _ = TABLES[name]
    (folder / "bad.csv").write_bytes(content)
    error = refusal(["train", module, "bad.csv", *arguments], folder, capsys)
    with pytest.raises(sb.DataError) as caught:
        runtime.fit(sb.load(module), options("bad.csv", "--weights", "w.npz", *arguments))
    assert error == f"error: {' '.join(str(caught.value).split())}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.csv"], "missing.csv: No such file"),
        (["folder"], "folder: Is a directory"),
        (["good.csv", "--epochs", "0"], "epochs"),
        (["good.csv", "--epochs", "-3"], "epochs"),
        (["good.csv", "--epochs", "many"], "--epochs"),
        (["good.csv", "--batch-size", "0"], "batch size"),
        (["good.csv", "--learning-rate", "-0.1"], "learning rate"),
        (["good.csv", "--learning-rate", "0"], "learning rate"),
        (["good.csv", "--learning-rate", "nan"], "learning rate"),
        (["good.csv", "--learning-rate", "inf"], "learning rate"),
        (["good.csv", "--learning-rate", "fast"], "--learning-rate"),
        (["good.csv", "--seed", "-1"], "seed"),
        (["good.csv", "--seed", "1.5"], "--seed"),
        (["good.csv", "--test-fraction", "-0.1"], "test fraction"),
        (["good.csv", "--test-fraction", "1"], "test fraction"),
        (["good.csv", "--test-fraction", "nan"], "test fraction"),
        (["good.csv", "--init", "zero"], "--init"),
        (["good.csv", "--weights", "no/w.npz"], "cannot write no/w.npz"),
        (["good.csv", "--weights", "folder"], "cannot write folder"),
        (["good.csv", "--weights", "there.txt/w.npz"], "cannot write there.txt/w.npz"),
        (["good.csv", "--weights", "good.csv"], "cannot write good.csv"),
        (["good.csv", "--weights", "a" * 300], "cannot write aaa"),
        ([], "data"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_setting_that_makes_no_sense(arguments: list[str], says: str, folder: Path, capsys: Any) -> None:
    assert says in refusal(["train", "two.py", *arguments], folder, capsys)


# --- in Python ---

n = sp.Symbol("n")
f = sp.Function("f")


@pytest.mark.parametrize(
    ("what", "wrt", "error", "says"),
    [
        (a * b, [], sb.ParameterError, "empty"),
        (a * b, [a, a], sb.ParameterError, "twice"),
        (a * b, ["a"], sb.ParameterError, "'a'"),
        (a * b, "a", sb.ParameterError, "wrt"),
        (a * b, [a * b], sb.ParameterError, "pass the symbol itself"),
        (a * b, [2], sb.ParameterError, "'2'"),
        (sp.Integer(3), None, sb.ParameterError, "no symbol"),
        ("a*b", None, sb.UnsupportedError, r"'a\*b'"),
        (None, None, sb.UnsupportedError, "NoneType"),
        ([], None, sb.UnsupportedError, "no equations"),
        ([a * b, "a"], None, sb.UnsupportedError, "output 2 is str"),
        ([(a, "b*2")], None, sb.UnsupportedError, "equation 1, a"),
        ([(a, b), (w, None)], None, sb.UnsupportedError, "equation 2, w"),
        ([(a, b * 2), (a, b * 3)], [b], sb.ParameterError, "a is defined by two equations"),
        ([(w, a * x), (a, b * 2)], [b], sb.ParameterError, "a is used before the equation that defines it"),
        ([(w, a * x)], [w], sb.ParameterError, "w is defined by an equation"),
        (a * sp.Integral(sp.exp(-(x**2)), x), [a], sb.UnsupportedError, "Integral"),
        (a * sp.Sum(x, (x, 1, n)), [a], sb.UnsupportedError, "Sum"),
        (a + sp.I * b, [a], sb.UnsupportedError, "ImaginaryUnit"),
        (sp.re(sp.Symbol("z", complex=True)) + a, [a], sb.UnsupportedError, "re"),
        (a * sp.oo + b, [b], sb.UnsupportedError, "Infinity"),
        (sp.Matrix([a, b]), ["a"], sb.ParameterError, "'a'"),
        (sp.MatrixSymbol("M", 2, 2), None, sb.ShapeError, "2 x 2 matrix, it must be a scalar"),
        (sp.And(a > 0, b > 0), [a], sb.UnsupportedError, "true or false"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_derivative_of_what_has_none(what: Any, wrt: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        sb.derive(what, wrt)
    assert isinstance(caught.value, sb.SymbackpropError)
    assert "\n" not in str(caught.value)
    with pytest.raises(sb.SymbackpropError):
        sb.derive(what, wrt, method="naive")


def test_a_network_is_not_trained_by_its_data() -> None:
    net = sb.Network([2, 1])
    for symbol in (*net.inputs, *net.targets):
        with pytest.raises(sb.UnsupportedError, match="needs the derivative by every parameter"):
            sb.derive(net, wrt=[symbol]).compile()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (([2],), sb.ArchitectureError),
        (([],), sb.ArchitectureError),
        ((7,), sb.ArchitectureError),
        (("21",), sb.ArchitectureError),
        (([2, 0],), sb.ArchitectureError),
        (([2, -1],), sb.ArchitectureError),
        (([2, 1.5],), sb.ArchitectureError),
        (([2, True],), sb.ArchitectureError),
        (([2, "1"],), sb.ArchitectureError),
        (([2, 1], "tahn"), sb.UnknownNameError),
        (([2, 1], None), sb.ArchitectureError),
        (([2, 1], 3), sb.ArchitectureError),
        (([2, 1], lambda z: "z"), sb.ArchitectureError),
        (([2, 1], lambda: 0), sb.ArchitectureError),
        (([2, 1], "softmax"), sb.ArchitectureError),
        (([2, 1], "tanh", "tanh", "bce"), sb.ArchitectureError),
        (([2, 1], "tanh", "sigmoid", "bcee"), sb.UnknownNameError),
        (([2, 1], "tanh", "sigmoid", 3), sb.UnknownNameError),
        (([2, 1], "tanh", "sigmoid", "bce", "tensor"), sb.UnknownNameError),
    ],
    ids=lambda value: shown_as(value, 40),
)
def test_network_that_is_none_in_python(arguments: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        sb.Network(*arguments)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, sb.SymbackpropError)


@pytest.mark.parametrize("which", ["w9_9_9", "", "x); import os", sp.Symbol("other"), None, 3, a + b])
def test_quantity_that_is_not_there(which: Any) -> None:
    derived = sb.derive(sb.Network([2, 1]))
    uses = [derived.adjoint, derived.expand, derived.explain, derived.chain, derived.resolve]
    for use in uses:
        with pytest.raises(sb.ParameterError):
            use(which)


def test_unknown_format_and_method() -> None:
    net = sb.Network([1, 1])
    with pytest.raises(sb.UnknownNameError, match="did you mean 'markdown'"):
        sb.derive(net).formulas("markdwn")
    with pytest.raises(sb.UnknownNameError, match="did you mean 'naive'"):
        sb.derive(net, method="naiv")
    with pytest.raises(sb.UnknownNameError):
        sb.derive(net, method=None)  # type: ignore[arg-type]


def test_function_without_numpy_source_is_refused_by_name_and_nothing_is_written(tmp_path: Path) -> None:
    derived = sb.derive(sp.hyper((1, 2), (3,), a) * b, wrt=[a, b])
    for use in (derived.compile, derived.source, lambda: derived.write(tmp_path / "f.py")):
        with pytest.raises(sb.UnsupportedError, match="hyper"):
            use()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["no/f.py", "", "f\0.py"])
def test_write_leaves_nothing_behind(path: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sb.OutputError, match="cannot write") as caught:
        sb.derive(a * b).write(path)
    assert isinstance(caught.value, OSError)
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_stays_if_writing_fails(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "f.py"
    path.write_text("what stood there", encoding="utf-8")

    def failing(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", failing)
    with pytest.raises(sb.OutputError, match="No space left"):
        sb.derive(a * b).write(path)
    with pytest.raises(sb.DataError, match="No space left"):
        runtime.save(tmp_path / "w.npz", {"W1": np.zeros(3)})
    assert [other.name for other in tmp_path.iterdir() if other.is_file()] == ["f.py"]
    assert path.read_text(encoding="utf-8") == "what stood there"
