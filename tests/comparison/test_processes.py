"""Processes: what is stopped, killed or interrupted ends, and leaves the rows so far."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop import cli
from symbackprop.comparison import processes
from symbackprop.comparison.rows import COUNTED, RUN, Subject

from .support import ROOT


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
    # From a stream the working folder is on the path, first of all: only the imports are made before going there.
    text = SCRIPT.replace("\n", f"\nimport os; sb.compare; os.chdir({str(tmp_path)!r})\n", 1)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(path) if way == "script" else "-"],
        input=text if way == "stdin" else None, cwd=tmp_path if way == "script" else tmp_path / "elsewhere",
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"['run'] {sb.derive(sb.Network((1, 1), 'tanh', 'tanh')).cost.total}\n"
