"""Which columns of a table a model takes: by name or in the file's order, whatever stands between them."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli, runtime

from .. import runtime_modules
from ..runtime_modules import model, written
from .support import options, table


@pytest.fixture
def pair(tmp_path: Path) -> ModuleType:
    """Inputs x1 and x2, one number as the target."""
    return written(tmp_path, [2, 1], "tanh", "identity", "mse")


@pytest.fixture
def form(tmp_path: Path) -> ModuleType:
    """Inputs t and M, which is 3 x 3."""
    return model(tmp_path, runtime_modules.FORM)


# --- separators ---


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_line_of_names_says_what_separates(tmp_path: Path, pair: ModuleType, separator: str) -> None:
    lines = [["p", "a,b" if separator != "," else "q", "y"], [1, -2.5, 3], [4, 5e-1, 6]]
    path = tmp_path / "d.csv"
    path.write_text("".join(separator.join(map(str, line)) + "\n" for line in lines), encoding="utf-8")
    read = runtime.read_csv(path, pair)
    assert (read.X.tolist(), read.Y.tolist()) == ([[1, -2.5], [4, 0.5]], [[3], [6]])
    assert read.inputs[1] == lines[0][1]
    name = "tab" if separator == "\t" else separator
    told = runtime.read_csv(path, pair, "y", name)
    assert np.array_equal(told.X, read.X)
    with pytest.raises(sb.DataError, match=r"d\.csv"):
        runtime.read_csv(path, pair, "y", ";" if separator == "," else ",")


@pytest.mark.parametrize("separator", ["", "ab", '"'])
def test_a_separator_is_one_character(tmp_path: Path, pair: ModuleType, separator: str) -> None:
    path = table(tmp_path / "d.csv", [["p", "q", "y"], [1, 2, 3]])
    if not separator:
        assert runtime.read_csv(path, pair, None, separator).X.tolist() == [[1, 2]]
        return
    with pytest.raises(sb.DataError, match="the separator must be one of , ; tab, or another character"):
        runtime.read_csv(path, pair, None, separator)


def test_another_character_may_separate_when_it_is_named(tmp_path: Path, pair: ModuleType) -> None:
    (tmp_path / "d.csv").write_text("p|q|y\n1|2|3\n", encoding="utf-8")
    assert runtime.read_csv(tmp_path / "d.csv", pair, separator="|").X.tolist() == [[1, 2]]


def test_tabs_from_a_public_report_are_read(tmp_path: Path, capsys: Any) -> None:
    """The file is that of the report, with rows enough to train on and without its two empty columns."""
    module = written(tmp_path, [2, 1], "tanh", "identity", "mse")
    rows = [f"{13 + n / 10:.1f}\t{48 - n / 10:.1f}\t{11 + n / 7:.2f}" for n in range(12)]
    path = tmp_path / "air.tsv"
    path.write_text("T\tRH\tC6H6(GT)\n" + "\n".join(rows) + "\n", encoding="utf-8")
    lines = runtime.fit(module, options(str(path), "--target", "C6H6(GT)", "--weights", str(tmp_path / "w.npz")))
    assert lines[0] == "columns         T, RH in the file's order; target: C6H6(GT)"
    paths = [str(tmp_path / name) for name in ("net.py", "w.npz")]
    for arguments in ([], ["--separator", "tab"]):
        assert cli.main(["predict", *paths, str(path), *arguments]) == 0
        assert capsys.readouterr().out.splitlines()[0] == "C6H6(GT)"
    assert cli.main(["predict", *paths, str(path), "--separator", ";"]) == 2


# --- by name, or in order ---


def test_columns_are_taken_by_name_where_every_input_has_one(tmp_path: Path, pair: ModuleType) -> None:
    path = table(tmp_path / "d.csv", [["id", "x2", "note", "x1", "y"], ["a", 2, "any", 1, 3], ["b", 5, "text", 4, 6]])
    read = runtime.read_csv(path, pair)
    assert (read.X.tolist(), read.Y.tolist(), read.inputs) == ([[1, 2], [4, 5]], [[3], [6]], ["x1", "x2"])
    assert read.columns == "columns         x1, x2 by name; target: y"


def test_an_input_that_stands_last_is_no_target(tmp_path: Path, pair: ModuleType) -> None:
    path = table(tmp_path / "d.csv", [["y", "x1", "x2"], [3, 1, 2]])
    assert runtime.read_csv(path, pair).targets == ["y"]
    assert runtime.read_csv(path, pair, "x2").inputs == ["y", "x1"]  # x2 is no input then, and the rest is in order


def test_columns_are_taken_in_order_where_an_input_has_no_name(tmp_path: Path, pair: ModuleType) -> None:
    read = runtime.read_csv(table(tmp_path / "d.csv", [["x2", "y", "w"], [1, 2, 3]]), pair, "y")
    assert (read.X.tolist(), read.columns) == ([[1, 3]], "columns         x2, w in the file's order; target: y")
    for names, says in (
        (["a", "y"], "has 1 column besides the target y"),
        (["a", "b", "c", "y"], "has 3 columns besides the target y"),
        (["x2", "x1"], "has no column for the target of the 2-1 network, .*, only x1, x2"),
    ):
        with pytest.raises(sb.DataError, match=says.replace("|", r"\|")):
            runtime.read_csv(table(tmp_path / "d.csv", [names, [1] * len(names)]), pair)


def test_an_input_of_several_entries_takes_what_is_left(tmp_path: Path, form: ModuleType) -> None:
    names = [f"m{n}" for n in range(9)]
    path = table(tmp_path / "d.csv", [[*names[:4], "t", *names[4:], "y"], range(11), range(11, 22)])
    read = runtime.read_csv(path, form)
    assert read.inputs == ["t", *names]
    assert read.X[0].tolist() == [4, 0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert read.columns == "columns         t by name, m0, m1, m2, ..., m8 in the file's order; target: y"
    path = table(tmp_path / "d.csv", [["t", *names[:8], "y"], range(10)])
    with pytest.raises(
        sb.DataError, match=r"has 8 columns besides the named inputs and the target y, but .* 9 inputs mor"
    ):
        runtime.read_csv(path, form)
    path = table(tmp_path / "d.csv", [["s", *names, "y"], range(11)])
    assert runtime.read_csv(path, form).X[0].tolist() == [*range(10)]


def test_two_inputs_train_and_predict(tmp_path: Path, form: ModuleType, capsys: Any) -> None:
    rng = np.random.default_rng(1)
    M, t = rng.normal(size=(80, 9)), rng.normal(size=80)
    y = np.einsum("i,nij,j->n", [1.0, -0.5, 2.0], M.reshape(-1, 3, 3), [1.0, -0.5, 2.0]) + 3 * t
    names = ["t", *(f"m{n}" for n in range(9)), "y"]
    path = table(tmp_path / "d.csv", [names, *np.column_stack([t, M, y]).tolist()])
    weights = str(tmp_path / "w.npz")
    rates = ["--optimizer", "adam", "--learning-rate", "0.05", "--epochs", "300"]
    lines = runtime.fit(form, options(str(path), "--weights", weights, *rates))
    assert float(lines[-2].split()[2]) < 1e-3  # the test's RMSE
    mixed = table(tmp_path / "e.csv", [names[::-1], *np.column_stack([t, M, y])[:, ::-1].tolist()])
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(mixed)]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header == "y"
    np.testing.assert_allclose(np.array(rows, float), y, atol=0.01)


# --- targets ---


@pytest.mark.parametrize(
    ("names", "row", "targets"),
    [
        (["a", "b", "u", "v", "w"], [1, 2, 0.5, 0.25, 0.25], ["u", "v", "w"]),
        (["a", "b", "kind"], [1, 2, 1], ["kind"]),
        (["x2", "x1", "kind"], [1, 2, 1], ["kind"]),
        (["x2", "x1", "id", "kind"], [1, 2, 3, "low"], ["kind"]),
        (["x2", "u", "v", "x1", "w"], [1, 0.5, 0.25, 2, 0.25], ["u", "v", "w"]),
        (["x2", "id", "u", "v", "x1", "w"], [1, 7, 0.5, 0.25, 2, 0.25], ["u", "v", "w"]),
    ],
)
def test_the_default_target_is_the_last_column_or_the_last_ones(
    tmp_path: Path, names: list[str], row: list[Any], targets: list[str]
) -> None:
    module = written(tmp_path, [2, 3], "tanh", "softmax", "cross_entropy")
    others = [
        [*row[:-1], value] for value in ({"low": ["mid", "top"]}.get(row[-1], [2, 3]) if len(targets) == 1 else [])
    ]
    read = runtime.read_csv(table(tmp_path / "d.csv", [names, row, *others]), module)
    assert read.targets == targets
    assert read.Y.shape == (1 + len(others), 3)


def test_soft_targets_stay_numbers(tmp_path: Path, capsys: Any) -> None:
    """From a public report: 0.1 and 0.9 were taken for the names of two classes."""
    written(tmp_path, [1, 1], "tanh", "sigmoid", "bce", name="soft.py")
    path = table(tmp_path / "soft.csv", [["u", "y"], *([n % 2, (0.1, 0.9)[n % 2]] for n in range(200))])
    module, weights = str(tmp_path / "soft.py"), str(tmp_path / "soft.npz")
    assert cli.main(["train", module, str(path), "--epochs", "500", "--learning-rate", "1", "--weights", weights]) == 0
    assert "test loss" in capsys.readouterr().out
    assert cli.main(["predict", module, weights, str(path)]) == 0
    header, low, high, *_ = capsys.readouterr().out.splitlines()
    assert header == "y"
    assert (float(low), float(high)) == (pytest.approx(0.1, abs=1e-3), pytest.approx(0.9, abs=1e-3))


def test_whole_numbers_are_classes_only_where_the_model_tells_classes_apart(tmp_path: Path, pair: ModuleType) -> None:
    path = table(tmp_path / "d.csv", [["a", "b", "y"], [1, 2, 0], [2, 1, 1]])
    assert runtime.read_csv(path, pair).classes == []
    assert runtime.read_csv(path, written(tmp_path, [2, 1])).classes == ["0", "1"]
    path = table(tmp_path / "d.csv", [["a", "b", "y"], [1, 2, "no"], [2, 1, "yes"]])
    assert runtime.read_csv(path, pair).classes == ["no", "yes"]
    path = table(tmp_path / "d.csv", [["a", "b", "y"], [1, 2, 0], [2, 1, "yes"]])
    with pytest.raises(sb.DataError, match="line 3, column y: 'yes' stands among numbers"):
        runtime.read_csv(path, written(tmp_path, [2, 1]))


# --- models without targets of their own, or without outputs ---


def test_an_input_that_is_the_target_needs_no_column_of_its_own(tmp_path: Path, capsys: Any) -> None:
    module = model(tmp_path, runtime_modules.AUTOENCODER)
    code = np.random.default_rng(3).normal(size=60)
    rows = np.column_stack([100 + 10 * code, -code, code / 1000])
    path = table(tmp_path / "d.csv", [["a", "b", "c"], *rows.tolist()])
    weights, rates = str(tmp_path / "w.npz"), ["--learning-rate", "0.1"]
    lines = runtime.fit(module, options(str(path), "--weights", weights, *rates))
    assert lines[0] == "columns         a, b, c in the file's order"
    assert lines[-2].startswith("test RMSE")
    assert float(lines[-2].split()[2]) < 0.01  # in the units of the file, where a spreads over 10
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 0
    header, *found = capsys.readouterr().out.splitlines()
    assert header == "a,b,c"
    np.testing.assert_allclose([[*map(float, line.split(","))] for line in found], rows, rtol=1e-3, atol=1e-4)
    with pytest.raises(sb.DataError, match=r"^the model of L has no targets beside its inputs: leave --target out$"):
        runtime.read_csv(path, module, "c")
    params = module.init()
    assert (
        runtime.train(module, params, rows / 100, epochs=2)[1] == runtime.train(module, params, rows / 100, None, 2)[1]
    )


def test_a_model_without_outputs_tells_the_loss_of_each_row(tmp_path: Path, capsys: Any) -> None:
    module = model(tmp_path, runtime_modules.MIXTURE)
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(3, 1, 100), rng.normal(-3, 1, 100)])
    path = table(tmp_path / "d.csv", [["when", "x"], *([n, value] for n, value in enumerate(x.tolist()))])
    weights = str(tmp_path / "w.npz")
    lines = runtime.fit(module, options(str(path), "--weights", weights))
    assert lines[0] == "columns         x by name"
    assert [line.split()[:2] for line in lines[2:4]] == [["train", "loss"], ["test", "loss"]]
    params, _ = runtime.load(weights, module)
    assert float(params["m"]) == pytest.approx(3, abs=0.3)
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 0
    header, *found = capsys.readouterr().out.splitlines()
    p, q = (np.exp(-((x - params[name]) ** 2) / 2) / np.sqrt(2 * np.pi) for name in ("m", "n"))
    assert header == "loss"
    np.testing.assert_allclose(np.array(found, float), -np.log((p + q) / 2), rtol=1e-8)


def test_the_loss_of_each_row_needs_the_targets(tmp_path: Path, capsys: Any) -> None:
    module = model(tmp_path, runtime_modules.TOLD_LOSS)
    path = table(tmp_path / "d.csv", [["x", "z"], *([n, 2 * n + n % 2] for n in range(20))])
    weights = str(tmp_path / "w.npz")
    runtime.fit(module, options(str(path), "--weights", weights, "--learning-rate", "0.001"))
    params, notes = runtime.load(weights, module)
    assert notes["targets"].tolist() == ["z"]
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 0
    found = np.array(capsys.readouterr().out.splitlines()[1:], float)
    np.testing.assert_allclose(found, [(float(params["a"]) * n - 2 * n - n % 2) ** 2 for n in range(20)], rtol=1e-8)
    path = table(tmp_path / "e.csv", [["x", "y"], [1, 2]])
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 2
    assert "e.csv has no column 'z': the weights were trained on x, z" in capsys.readouterr().err


def test_the_loss_of_each_row_may_be_of_classes(tmp_path: Path, capsys: Any) -> None:
    module = model(tmp_path, runtime_modules.TOLD_LOSS.replace("'task': 'numbers'", "'task': 'classes'"))
    names = [str(3 + 4 * (n % 2)) for n in range(20)]
    path = table(tmp_path / "d.csv", [["x", "z"], *([n, name] for n, name in enumerate(names))])
    weights = str(tmp_path / "w.npz")
    runtime.fit(module, options(str(path), "--weights", weights, "--learning-rate", "0.001"))
    params, notes = runtime.load(weights, module)
    assert notes["classes"].tolist() == ["3", "7"]
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 0
    found = np.array(capsys.readouterr().out.splitlines()[1:], float)
    np.testing.assert_allclose(found, [(float(params["a"]) * n - n % 2) ** 2 for n in range(20)], rtol=1e-8)
    path = table(tmp_path / "e.csv", [["x", "z"], [1, 3], [2, 8]])
    assert cli.main(["predict", str(tmp_path / "model.py"), weights, str(path)]) == 2
    assert "e.csv, line 3: '8' is no class: the weights know 3, 7" in capsys.readouterr().err


def test_standardising_can_be_left_out_or_asked_for(tmp_path: Path, pair: ModuleType) -> None:
    path = str(table(tmp_path / "d.csv", [["a", "b", "y"], *([n / 10, -n / 20, n / 5] for n in range(20))]))
    weights = tmp_path / "w.npz"
    curve = model(tmp_path, runtime_modules.CURVE.replace("(0.0, 0.0)", "(0.5, 0.0)"))
    single = str(table(tmp_path / "e.csv", [["x", "y"], *([n / 10, n / 5] for n in range(20))]))
    for module, data, arguments, means in (
        (pair, path, [], (2, 1)),
        (pair, path, ["--no-standardize"], (0, 0)),
        (curve, single, [], (0, 0)),
        (curve, single, ["--standardize"], (1, 0)),
    ):
        runtime.fit(module, options(data, "--weights", str(weights), "--epochs", "2", *arguments))
        _, notes = runtime.load(weights, module)
        assert (notes["mean"].size * notes["mean"].ndim, notes["target_mean"].ndim) == means


# --- wide files ---


@pytest.mark.slow
def test_time_is_linear_in_the_columns_and_memory_a_few_times_the_numbers(tmp_path: Path) -> None:
    """As many cells in more columns took ever longer: 1.7, 3.8 and 10.7 s in a public report."""
    taken = []
    for columns in (100, 1600):
        module = written(tmp_path, [columns, 2, 2], "tanh", "softmax", "cross_entropy", style="fast")
        cells = np.random.default_rng(0).integers(0, 256, (320_000 // columns, columns + 1))
        cells[:, -1] %= 2
        header = ",".join(f"p{n}" for n in range(columns)) + ",y"
        np.savetxt(tmp_path / "w.csv", cells, fmt="%d", delimiter=",", header=header, comments="")
        before, start = _most_memory(), time.perf_counter()
        read = runtime.read_csv(tmp_path / "w.csv", module)
        taken.append(time.perf_counter() - start)
        assert np.array_equal(read.X, cells[:, :-1])
        assert _most_memory() - before < 40 * cells.size
    assert taken[1] < 3 * taken[0] + 0.2


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


# --- what a new user's first file may look like ---


def test_targets_that_bear_the_names_of_columns_are_these(tmp_path: Path) -> None:
    a, b, x, y, z, L = sp.symbols("a b x y z L")
    net = sb.Model([(L, (a * x - z) ** 2 + (b * x - y) ** 2)], parameters=[a, b], inputs=[x], targets=[z, y], loss=L)
    module = sb.derive(net).module()
    path = table(tmp_path / "d.csv", [["y", "k", "x", "z", "id"], [1, 2, 3, 4, 5]])
    read = runtime.read_csv(path, module)
    assert (read.X.tolist(), read.Y.tolist()) == ([[3]], [[4, 1]])
    assert read.columns == "columns         x by name; targets: z, y"
    assert runtime.read_csv(path, module, "y,k").Y.tolist() == [[1, 2]]
    path = table(tmp_path / "d.csv", [["x", "y", "k", "id"], [3, 1, 2, 5]])
    assert runtime.read_csv(path, module).targets == ["k", "id"]  # z is no column, and then the last ones are meant


def test_a_line_of_spaces_is_as_blank_as_an_empty_one(tmp_path: Path, pair: ModuleType) -> None:
    (tmp_path / "d.csv").write_text("  \np,q,y\n1,2,3\n \t \n\n4,5,6\n   \n", encoding="utf-8")
    assert runtime.read_csv(tmp_path / "d.csv", pair).Y.tolist() == [[3], [6]]


def test_an_empty_cell_that_stands_alone_is_no_blank_line(tmp_path: Path) -> None:
    m, x, L = sp.symbols("m x L")
    mean = sb.derive(sb.Model([(L, (x - m) ** 2)], parameters=[m], inputs=[x], targets=[], outputs=[], loss=L))
    (tmp_path / "d.csv").write_text('x\n1\n""\n2\n', encoding="utf-8")
    with pytest.raises(sb.DataError, match="line 3, column x: the value is missing"):
        runtime.read_csv(tmp_path / "d.csv", mean.module())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p|q|y\n1|2|3\n", "has 0 columns besides the target p|q|y, .* 2 inputs; --separator says what stands"),
        ("p;q;y\n1,5;2;3\n", "line 2, column p: '1,5' is no finite number; write decimals with a point"),
        ("p,q,y,note\n1,2,3,old\n1,2,3,old\n", "has 3 columns besides the target note, but .* takes 2 inputs$"),
        ("p,q,note\n1,2,old\n1,2,old\n", "column note holds one class only, 'old'; .* choose another --target"),
    ],
)
def test_a_message_says_what_to_do(tmp_path: Path, pair: ModuleType, text: str, says: str) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    with pytest.raises(sb.DataError, match=says.replace("|", r"\|")):
        runtime.read_csv(tmp_path / "d.csv", pair)
