"""`compare`: counts that hold whether a method was run or not, processes that end, and every way to read the rows."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas
import pytest
from rich.console import Console

import symbackprop as sb
from symbackprop import atomic_writes, cli, codegen
from symbackprop.comparison import (
    Comparison,
    Law,
    Row,
    compared_networks,
    measuring,
    plot,
    processes,
    report,
    running,
)
from symbackprop.comparison.forward_count import forward_operations
from symbackprop.comparison.measuring import figures_of
from symbackprop.comparison.rows import COLUMNS, COUNTED, RUN, SKIPPED, UNKNOWN, ModelSubject, Subject
from symbackprop.errors import SymbackpropError
from symbackprop.python_files import model_of, named

from ..cli_support import refusal
from ..support import slow_unless

ROOT = Path(__file__).resolve().parents[2]
SCALAR = ("naive", "naive+cse", "sympy-forward", "forward", "backprop")
COUNTS = ("parameters", "paths", "edges", "derived")


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Two units wide, all five methods, all of them run."""
    return sb.compare(width=2, depths=[1, 2], budget=60)


@pytest.fixture(scope="module")
def counted() -> Comparison:
    """Stopped at the first network, two hundred layers deep, and counted there and on from there."""
    return sb.compare(width=3, depths=range(196, 201), methods=["naive", "backprop"], budget=0.001)


def derived(row: Row, method: str, output: str = "tanh") -> sb.Derivation:
    return sb.derive(sb.Network(row.widths, "tanh", output), method=method)


# --- counts ---


def test_one_row_for_each_network_and_method(found: Comparison) -> None:
    assert [(row.size, row.method) for row in found.rows] == [(n, method) for n in (1, 2) for method in SCALAR]
    assert [row.widths for row in found.rows_of("naive")] == [(2, 2), (2, 2, 2)]
    assert {row.status for row in found.rows} == {RUN}
    assert found.finished
    assert found.methods == list(SCALAR)


def test_counts_of_rows_that_were_run(found: Comparison) -> None:
    """Derived again here, in this process, and counted by `cost`, which other tests compare with brute force."""
    for row in found.rows:
        cost = derived(row, row.method).cost
        swept = derived(row, "backprop").cost
        assert (row.parameters, row.paths, row.edges) == (6 * row.size, swept.paths, swept.edges)
        wanted = {
            "naive": (swept.naive, swept.naive, cost.written_out),
            "naive+cse": (swept.naive, cost.total, row.sympy),
            "sympy-forward": (row.sympy, cost.total, row.sympy),
            "forward": (cost.total, cost.total, None),
            "backprop": (cost.total, cost.total, None),
        }
        assert (row.derived, row.evaluated, row.sympy) == wanted[row.method]


def test_what_sympy_gives_is_counted_as_it_comes(found: Comparison) -> None:
    """Between `cse` and written out: every replacement once, and each derivative written out in them."""
    for row in found.rows_of("sympy-forward") + found.rows_of("naive+cse"):
        assert row.evaluated is not None
        assert row.sympy is not None
        assert row.evaluated <= row.sympy <= (found.rows_of("naive")[row.size - 1].sympy or 0)


def test_measurements_are_there(found: Comparison) -> None:
    for row in found.rows:
        assert row.seconds is not None
        assert row.gradient_seconds is not None
        assert 0 < row.seconds < 60
        assert 0 < row.gradient_seconds < 1
        assert (row.source_bytes or 0) > 500
        assert row.peak_bytes is None or row.peak_bytes >= 0
        assert row.note == ""
    source = codegen.sweep_text(derived(found.rows[-1], "backprop").sweep)
    assert found.rows[-1].source_bytes == len(source.encode())


@pytest.mark.parametrize("widths", [(1, 1), (1, 2), (2, 3, 2), (3, 1, 2, 2), (2,) * 8], ids=str)
@pytest.mark.parametrize(
    ("hidden", "output"),
    [("identity", "gelu"), ("tanh", "tanh"), ("relu", "sigmoid"), ("gelu", "identity"), ("softsign", "relu")],
)
def test_forward_sweeps_are_counted_as_they_derive(hidden: str, output: str, widths: tuple[int, ...]) -> None:
    network = sb.Network(widths, hidden, output)
    assert forward_operations(network) == sb.derive(network, method="forward").cost.total


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_paths_and_edges_by_their_formulas(depth: int) -> None:
    """Each weight of layer l leads on along width^(depth - l) paths; each layer has the same edges."""
    row = running._exact(Subject((3,) * (depth + 1), depth, "tanh", "tanh", None, "scalar"))["naive"]
    assert row.paths == sum(12 * 3 ** (depth - layer) for layer in range(1, depth + 1))
    assert row.edges == 24 * depth - 6


@pytest.mark.slow
def test_counts_of_two_hundred_layers_at_once(counted: Comparison) -> None:
    assert {row.status for row in counted.rows} == {COUNTED}
    last = counted.rows_of("naive")[-1]
    assert last.paths == 12 * (3**200 - 1) // 2
    assert len(str(last.derived)) == 102
    assert counted.rows[-1].derived == derived(last, "backprop").cost.total == 54 * 200 - 6
    law = counted.laws["naive"]["derived"]
    assert (law.kind, round(law.factor, 1)) == ("exponential", 3.0)
    assert counted.laws["backprop"]["derived"].kind == "linear"
    assert "exponential, ×3.03" in str(counted)
    assert "3^L (about 10^96 at depth 200)" in counted.sentence


@pytest.mark.slow
def test_a_stopped_method_goes_on_counted() -> None:
    """The same counts as where it runs, marked, and with a word at the depth where it was stopped."""
    seen: list[tuple[int, int, str]] = []
    stopped = sb.compare(
        width=2, depths=[1, 2], budget=0.001, progress=lambda done, total, what: seen.append((done, total, what))
    )
    for row in stopped.rows:
        assert row.status == (UNKNOWN if row.method == "sympy-forward" else COUNTED)
        assert row.note == ("stopped after 0.001 s of deriving, writing and running" if row.size == 1 else "")
        assert (row.seconds, row.source_bytes, row.gradient_seconds) == (None, None, None)
    assert seen[0] == (0, 10, "2-2: naive")
    assert [done for done, _, _ in seen] == list(range(11))
    assert "naive: stopped after 0.001 s of deriving, writing and running, at depth 1." in str(stopped)
    assert (str(stopped).count("counted  "), str(stopped).count("not run  ")) == (8, 2)


@pytest.mark.parametrize("method", ["naive", "naive+cse", "forward", "backprop"])
def test_counts_are_the_same_run_or_counted(found: Comparison, method: str) -> None:
    for row in found.rows_of(method):
        subject = Subject(row.widths, row.size, "tanh", "tanh", None, "scalar")
        exact = running._with_forward_count(running._exact(subject)[method], subject)
        assert [getattr(exact, name) for name in COUNTS] == [getattr(row, name) for name in COUNTS]
        assert exact.evaluated in (row.evaluated, None)


@pytest.mark.slow
def test_a_missing_method_is_skipped_with_a_word(monkeypatch: Any) -> None:
    monkeypatch.setattr(compared_networks, "has_private_forward", lambda: False)
    skipped = sb.compare(width=1, depths=[1, 2], methods=["sympy-forward", "backprop"])
    assert [row.status for row in skipped.rows] == [SKIPPED, RUN] * 2
    assert {row.note for row in skipped.rows_of("sympy-forward")} == {
        "this SymPy has no private forward mode; 1.14 has"
    }
    assert {row.derived for row in skipped.rows_of("sympy-forward")} == {None}
    assert "skipped" in str(skipped)
    assert "sympy-forward: this SymPy has no private forward mode; 1.14 has, at depth 1 to 2." in str(skipped)


@pytest.mark.slow
def test_matrices_are_derived_the_same_at_every_width() -> None:
    found = sb.compare(widths=[1, 2, 3, 8, 100], depth=3, form="matrix")
    assert found.methods == ["backprop"]
    assert {row.status for row in found.rows} == {RUN}
    [many] = {row.derived for row in found.rows[1:]}
    assert f"the same {many} operations at every width from 2 on" in found.sentence
    scalar = sb.derive(sb.Network((8, 8, 8, 8), "tanh", "tanh")).cost
    assert found.rows[3].evaluated == scalar.total
    assert found.rows[3].parameters == 216
    assert "in matrix form" in str(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hidden": "relu", "output": "softmax", "loss": "cross_entropy"}, "loss cross_entropy"),
        ({"hidden": "sigmoid", "output": "relu", "loss": "mse"}, "hidden sigmoid, output relu, loss mse"),
    ],
)
def test_options_reach_the_network(options: dict[str, str], says: str) -> None:
    found = sb.compare(architectures=[(2, 3, 2)], methods=["naive", "forward", "backprop"], **options)  # type: ignore[arg-type]
    network = sb.Network((2, 3, 2), **options)  # type: ignore[arg-type]
    assert {row.status for row in found.rows} == {RUN}
    assert found.rows[-1].derived == sb.derive(network).cost.total
    assert found.rows[-2].derived == sb.derive(network, method="forward").cost.total
    assert says in str(found)


def figures(method: str, **options: Any) -> dict[str, Any]:
    given = {"hidden": "tanh", "output": "tanh", "loss": None, "form": "scalar"} | options
    whole: dict[str, Any] = {}
    for more in figures_of(Subject((2, 2, 2), 2, **given).model, method):
        whole |= more
    return whole


@pytest.mark.slow
def test_a_method_that_fails_is_a_note_and_no_crash(monkeypatch: Any) -> None:
    assert figures("backprop")["complete"]
    assert "method 'naive'" in figures("naive", form="matrix")["error"]

    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("in\nthe midst of it")

    monkeypatch.setattr("symbackprop.comparison.measuring.derive_equations", fails)
    assert figures("backprop") == {"error": "ZeroDivisionError: in the midst of it"}


@slow_unless(lambda method, hidden: (method, hidden) == ("naive+cse", "softsign"))
@pytest.mark.parametrize("hidden", ["gelu", "elu", "leaky_relu", "softsign"])
@pytest.mark.parametrize("method", ["naive", "naive+cse", "sympy-forward"])
def test_every_activation_has_figures_or_a_reason(method: str, hidden: str) -> None:
    whole = figures(method, hidden=hidden, output="identity")
    assert ("gradient_seconds" in whole) != ("error" in whole)


# --- processes ---


class Replies:
    """Stands for the worker: the figures that are expected of it, at once."""

    def __init__(self, answer: Callable[[Subject, str], dict[str, Any]]) -> None:
        self.answer = answer

    def __call__(self) -> Replies:
        return self

    def __enter__(self) -> Replies:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def figures(self, subject: Subject, method: str, budget: float) -> tuple[dict[str, Any], bool]:
        return self.answer(subject, method), True


FIGURES = {"seconds": 0.25, "source_bytes": 4321, "gradient_seconds": 2e-5, "peak_bytes": 10**6}


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda *_: {**FIGURES}))


def children(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in listed.splitlines()]
    own = [int(child) for child, parent, stat in pairs if int(parent) == pid and not stat.startswith("Z")]
    return [*own, *(grandchild for child in own for grandchild in children(child))]


def measuring_children(pid: int) -> list[int]:
    return [child for child in children(pid) if "symbackprop.comparison.worker" in command_of(child)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if "symbackprop" in command_of(pid)]


def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """What a question is answered with once it is something; nothing after so many seconds."""
    end = time.monotonic() + seconds
    while not (answer := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


posix = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks into /proc")
SLOW = {"width": 6, "depths": [1, 5], "methods": ["backprop", "naive"]}
"""Networks of which the second takes the naive way minutes."""


@pytest.mark.slow
@posix
def test_a_stopped_method_is_dead() -> None:
    seen: list[int] = []
    times: list[float] = []

    def look(*_: Any) -> None:
        seen.extend(measuring_children(os.getpid()))
        times.append(time.monotonic())

    found = sb.compare(**SLOW, budget=0.5, progress=look)  # type: ignore[arg-type]
    assert [row.status for row in found.rows] == [RUN, RUN, COUNTED, RUN]
    assert times[3] - times[2] < 4  # half a second; left alone it would go on for five more at least
    assert seen
    assert not alive(seen)
    assert not measuring_children(os.getpid())


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`symbackprop compare` in a process of its own, at work on what takes minutes."""
    options = ["--width", "6", "--depths", "1,5", "--methods", "backprop,naive", "--budget", "600"]
    process = subprocess.Popen(
        [sys.executable, "-m", "symbackprop", "compare", *options, "--csv", str(tmp_path / "rows.csv")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=heed_interrupts,  # noqa: PLW1509 -- this process has no thread that holds a lock
    )
    yield process
    process.kill()
    process.communicate()


def heed_interrupts() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would all that it starts: these tests too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def at_work(process: subprocess.Popen[str]) -> list[int]:
    """The worker and its child, once the child has been at it for a while."""

    def busy() -> list[int]:
        pids = measuring_children(process.pid)
        if len(pids) < 2:
            return []
        ticks = Path(f"/proc/{pids[-1]}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return pids if int(ticks[11]) > 100 else []  # a second of the processor's time: more than backprop takes

    return list(until(busy))


@pytest.mark.slow
@posix
def test_ctrl_c_keeps_the_rows_so_far(command: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = at_work(command)
    assert len(pids) == 2
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=20)
    assert command.returncode == 130, err
    assert err == ""
    assert "Interrupted: these are the rows so far." in out
    with (tmp_path / "rows.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["size"], row["method"]) for row in rows] == [("1", "naive"), ("1", "backprop")]
    assert not alive(pids)


@pytest.mark.slow
@posix
def test_the_worker_ends_with_its_parent(command: subprocess.Popen[str]) -> None:
    pids = at_work(command)
    assert len(pids) == 2
    command.kill()
    assert until(lambda: not alive(pids), 10)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("which", [0, -1], ids=["worker", "child"])
def test_a_killed_worker_is_a_note(which: int) -> None:
    """One clear line, all rows there, and the next method measured by a new one."""

    def kill() -> None:
        assert until(lambda: len(measuring_children(os.getpid())) == 2)  # the worker and its child, in this order
        os.kill(measuring_children(os.getpid())[which], signal.SIGKILL)

    with processes.Measurer() as measurer:
        small = Subject((2, 2), 1, "tanh", "tanh", None, "scalar")
        large = Subject((6,) * 6, 5, "tanh", "tanh", None, "scalar")
        assert measurer.figures(small, "backprop", 60)[1]
        timer = processes.threading.Timer(0.5, kill)
        timer.start()
        figures, finished = measurer.figures(large, "naive", 60)
        timer.join()
        assert finished
        assert re.fullmatch(
            r"the process( that measures)? was killed by signal 9: is memory short\? Try smaller sizes",
            figures["error"],
        )
        assert measurer.figures(small, "backprop", 60)[0]["complete"]
    assert not measuring_children(os.getpid())


def test_a_worker_that_cannot_start_is_one_line(monkeypatch: Any, tmp_path: Path, capsys: Any) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert cli.main(["compare", "2-1"]) == 2
    assert capsys.readouterr().err == "error: cannot start a process to measure in: No such file or directory\n"


def test_a_worker_that_cannot_import_is_one_line(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(processes, "_BOOT", "import nothing_of_that_name")
    assert cli.main(["compare", "2-1"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("error: the process that measures ended with status 1: ModuleNotFoundError")
    assert line.count("\n") == 1


SCRIPT = """import symbackprop as sb
found = sb.compare(width=1, depths=[1], methods=["backprop"])
print([row.status for row in found.rows], found.rows[0].derived)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["script", "stdin"])
def test_it_works_from_anywhere(way: str, tmp_path: Path) -> None:
    """No guard for the main module, files in the way by their names, and every warning an error."""
    (tmp_path / "json.py").write_text("raise SystemExit('this is not json')\n", encoding="utf-8")
    (tmp_path / "symbackprop").mkdir()
    (tmp_path / "symbackprop" / "__init__.py").write_text("raise SystemExit('nor symbackprop')\n", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "script.py"
    path.write_text(SCRIPT if way == "script" else "", encoding="utf-8")
    # From a stream the working folder is on the path, first of all: only the import is made before going there.
    text = SCRIPT.replace("\n", f"\nimport os; os.chdir({str(tmp_path)!r})\n", 1)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(path) if way == "script" else "-"],
        input=text if way == "stdin" else None, cwd=tmp_path if way == "script" else tmp_path / "elsewhere",
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"['run'] {sb.derive(sb.Network((1, 1), 'tanh', 'tanh')).cost.total}\n"


# --- reading the rows ---


def read_back(text: str) -> Row | None:
    return None if text == "" else json.loads(text) if re.fullmatch(r"-?[0-9.e+-]+", text) else text  # type: ignore[return-value]


@slow_unless(lambda which: which == "found")
@pytest.mark.parametrize("which", ["found", "counted"])
def test_csv_json_and_pandas_hold_the_same_rows(which: str, request: Any, tmp_path: Path) -> None:
    rows = request.getfixturevalue(which)
    expected = [asdict(row) for row in rows.rows]
    text = rows.to_csv(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == text
    for read, row in zip(csv.DictReader(io.StringIO(text)), expected, strict=True):
        widths = tuple(map(int, read.pop("widths").split("-")))
        assert {name: read_back(cell) for name, cell in read.items()} | {"widths": widths} == {
            name: value if value != "" else None for name, value in row.items()
        }
    whole = json.loads(rows.to_json(tmp_path / "rows.json"))
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8")) == whole
    assert [{**row, "widths": tuple(row["widths"])} for row in whole["rows"]] == expected
    assert (whole["over"], whole["finished"], whole["sentence"]) == ("depth", True, rows.sentence)
    frame = rows.to_pandas()
    assert list(frame.columns) == list(COLUMNS)
    for name in COLUMNS:
        for cell, row in zip(frame[name], expected, strict=True):
            assert pandas.isna(cell) if row[name] is None else cell == row[name]


def made(rows: list[Row], over: str = "depth", finished: bool = True) -> Comparison:
    first = Subject((2, 2), 1, "tanh", "tanh", None, "scalar")
    return Comparison(rows, over, 10.0, first, finished)


@pytest.mark.slow
def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path) -> None:
    """2^60 + 1 is no float, and 10^5000 has more digits than Python writes by itself."""
    row = Row("naive", "scalar", (2, 2), 1, 6)
    rows = made([row, Row("naive", "scalar", (2, 2), 2, 6, derived=2**60 + 1, evaluated=10**5000)])
    frame = rows.to_pandas()
    assert frame["derived"][1] == 2**60 + 1
    assert frame["evaluated"][1] == 10**5000
    assert str(frame["derived"].dtype) == "Int64"
    assert f",{2**60 + 1},1{'0' * 5000}," in rows.to_csv()
    assert f'"evaluated": 1{"0" * 5000},' in rows.to_json()
    assert "about 10^5000" in str(rows)
    assert rows.plot()


@cache
def numbers_of(comparison: Comparison) -> list[str]:
    cells = [report.short(value) for row in comparison.rows for value in (row.parameters, row.derived) if value]
    return cells + [row.method for row in comparison.rows]


@slow_unless(lambda which, width: which == "found" and width in (50, 110))
@pytest.mark.parametrize("width", [50, 60, 80, 110, 200])
@pytest.mark.parametrize("which", ["found", "counted"])
def test_no_number_is_cut_off(which: str, width: int, request: Any) -> None:
    comparison = request.getfixturevalue(which)
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(comparison)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = text.split()
    for number in numbers_of(comparison):
        assert number in words


def test_a_very_narrow_page_loses_nothing(found: Comparison) -> None:
    console = Console(width=12, file=io.StringIO(), record=True)
    console.print(found)
    text = console.export_text()
    assert "…" not in text
    assert not Counter(filter(str.isdigit, str(found))) - Counter(filter(str.isdigit, text))


@pytest.mark.slow
def test_text_has_table_laws_and_sentence(found: Comparison, counted: Comparison) -> None:
    text = str(found)
    assert text.startswith("Networks 2 wide, deeper and deeper: hidden tanh, output tanh, loss half_sse\n")
    assert "No law: that takes 4 sizes at least." in text
    assert "Growth with depth" in str(counted)
    assert text.replace("\n", " ").endswith(" ".join(found.sentence.split()))
    assert repr(found) == text
    assert max(map(len, text.splitlines())) <= report.PAGE
    assert found.rows_of("naive")[1].derived == 3384 or found.sentence.count("3,384") == 0
    naive, swept = (found.rows_of(method)[1].derived or 0 for method in ("naive", "backprop"))
    assert found.sentence == (
        "The naive way multiplies along paths whose number grows like 2^L (18 at depth 2), backprop visits "
        f"12 edges a layer (22): {naive:,} operations against {swept}, {naive // swept} times as many."
    )


def test_html_is_sound_and_says_the_same(found: Comparison) -> None:
    html = found._repr_html_()
    tree = ElementTree.fromstring(html)
    words = "".join(tree.itertext()).split()
    assert words == str(found).split()


def test_growth_over_widths_and_networks(quick: None) -> None:
    wide = sb.compare(widths=[1, 2, 4, 8], depth=2, methods=["backprop"])
    assert wide.over == "width"
    assert [row.size for row in wide.rows] == [1, 2, 4, 8]
    assert (wide.laws["backprop"]["derived"].kind, wide.laws["backprop"]["derived"].degree) == ("polynomial", 2) or (
        wide.laws["backprop"]["derived"].error < 0.2
    )
    some = sb.compare(architectures=[(8, 8, 1), (2, 1), (2, 1), [4, 1, 4]])
    assert some.over == "parameters"
    assert [row.widths for row in some.rows_of("naive")] == [(2, 1), (4, 1, 4), (8, 8, 1)]
    assert [row.size for row in some.rows_of("naive")] == [3, 13, 81]
    assert "8-8-1" in str(some)
    assert "Networks, smallest first" in str(some)


def test_ctrl_c_in_a_notebook_keeps_the_rows(monkeypatch: Any) -> None:
    def answer(subject: Subject, method: str) -> dict[str, Any]:
        if subject.size == 2:
            raise KeyboardInterrupt
        return {**FIGURES}

    monkeypatch.setattr(running, "Measurer", Replies(answer))
    found = sb.compare(width=2, depths=[1, 2], methods=["backprop", "forward"])
    assert not found.finished
    assert [row.method for row in found.rows] == ["forward", "backprop"]
    empty = sb.compare(width=2, depths=[2])
    assert (empty.rows, empty.sentence, empty.laws) == ((), "", {})
    assert "Interrupted" in str(empty)
    assert len(empty.to_csv().splitlines()) == 1
    assert len(empty.plot().axes) == 4


# --- the plot ---


def hollow(panel: Any) -> list[bool]:
    return [bool((face == 1).all()) for collection in panel.collections for face in collection.get_facecolors()]


def test_the_plot_has_four_panels_and_hollow_markers(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda subject, _: {**FIGURES} if subject.size < 3 else {}))
    rows = sb.compare(width=2, depths=[1, 2, 3, 4])
    figure = rows.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(plot.PANELS.values())
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == ["layers", "layers"]
    assert figure.get_suptitle().startswith("Networks 2 wide")
    assert "hollow: counted, not run" in [text.get_text() for text in figure.texts]
    for axes, name in zip(figure.axes, plot.PANELS, strict=True):
        shown = [row for method in rows.methods for row in rows.rows_of(method) if getattr(row, name) is not None]
        assert hollow(axes) == [row.status == COUNTED for row in shown]
        points = [tuple(point) for collection in axes.collections for point in collection.get_offsets()]
        assert points == [(row.size, getattr(row, name)) for row in shown]
    assert hollow(figure.axes[0]).count(True) == 8  # four methods have exact counts where they were not run
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(SCALAR)


def test_nothing_is_hollow_where_all_was_run(found: Comparison) -> None:
    figure = found.plot()
    assert not any(any(hollow(axes)) for axes in figure.axes)
    assert not any("hollow" in text.get_text() for text in figure.texts)


@slow_unless(lambda which, suffix: (which, suffix) == ("found", "SVG"))
@pytest.mark.parametrize("which", ["found", "counted"])
@pytest.mark.parametrize("suffix", ["png", "SVG", "pdf"])
@pytest.mark.filterwarnings("error")
def test_a_plot_is_written_whole(which: str, suffix: str, request: Any, tmp_path: Path) -> None:
    rows = request.getfixturevalue(which)
    path = tmp_path / f"cost.{suffix}"
    rows.plot(path)
    begins = {"png": b"\x89PNG", "SVG": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(begins)
    assert os.listdir(tmp_path) == [path.name]
    if suffix == "SVG":
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


@pytest.fixture
def without(monkeypatch: Any) -> None:
    """As if neither matplotlib nor pandas were installed."""
    load = importlib.import_module

    def refuse(name: str, *more: Any) -> Any:
        if name.partition(".")[0] in ("matplotlib", "pandas"):
            raise ModuleNotFoundError(name)
        return load(name, *more)

    monkeypatch.setattr(importlib, "import_module", refuse)


def nothing_is_measured(*_: Any) -> Any:
    raise AssertionError("it came to measuring")


def test_without_matplotlib_and_pandas(without: None, found: Comparison, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    with pytest.raises(sb.errors.UnsupportedError, match="pip install matplotlib"):
        found.plot()
    with pytest.raises(sb.errors.UnsupportedError, match="pip install pandas"):
        found.to_pandas()
    assert cli.main(["compare", "2-1", "--plot", "cost.png"]) == 2
    assert capsys.readouterr().err == "error: a plot needs matplotlib: pip install matplotlib, or the extra 'plot'\n"


def test_forward_sweeps_are_counted_where_two_units_do_not_tell_of_all(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda subject, _: {}))
    for loss in ("mse", "cross_entropy"):
        found = sb.compare(width=3, depths=[1], methods="forward", output="softmax", loss=loss)
        net = sb.Network([3, 3], "tanh", "softmax", loss)
        assert found.rows[0].derived == sb.derive(net, method="forward").cost.total


# --- models of a file ---

EXAMPLES = ROOT / "examples"
RESIDUAL, RECURRENT = (f"{EXAMPLES / name}.py:{name}" for name in ("residual", "recurrent"))

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


@pytest.mark.parametrize(
    ("bounds", "low", "high"), [(None, 0, 1), ((0, 1), 0, 1), ((-1, 1), -1, 1), ((2, None), 2, 3), ((None, -3), -4, -3)]
)
def test_targets_are_such_as_the_loss_takes(bounds: Any, low: float, high: float) -> None:
    model = sb.Network([2, 3])
    model.target_range = bounds
    values = measuring._targets(measuring.np.random.default_rng(0), model)
    assert values.shape == (1, 3)
    assert low < values.min() <= values.max() < high
    model.targets_sum_to_one = True
    assert measuring._targets(measuring.np.random.default_rng(0), model).sum() == pytest.approx(1)


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


# --- bad input ---

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


@pytest.mark.parametrize(("arguments", "says"), WRONG_IN_PYTHON, ids=[str(given)[:60] for given, _ in WRONG_IN_PYTHON])
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


def test_a_path_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    atomic_writes.check_writable(tmp_path / "new.csv")
    atomic_writes.check_writable(os.devnull)
    there = atomic_writes.write_bytes(tmp_path / "there", b"\x00\xff")
    atomic_writes.check_writable(there)
    assert there.read_bytes() == b"\x00\xff"
    assert os.listdir(tmp_path) == ["there"]
