"""Two processes over the loopback: they come to the weights of one, and a lost one ends the other with one line."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbackprop import runtime
from symbackprop.engines.jax_places import Places, places
from symbackprop.errors import DataError

from .support import command, files, outcome, pair

pytest.importorskip("jax")
pytest.importorskip("orbax.checkpoint")

ADAM = ("--optimizer", "adam", "--epochs", "9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files(tmp_path)


def distance(folder: Path, first: str, second: str) -> float:
    module = runtime.load_module(folder / "net_jax.py")
    (one, _), (other, _) = (runtime.load(folder / name, module) for name in (first, second))
    return max(float(np.max(abs(one[name] - other[name]) / (1e-9 + abs(other[name])))) for name in one)


def worker(running: subprocess.Popen[str]) -> int:
    return int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0])


def test_places_follow_from_what_was_asked_for() -> None:
    assert places() == Places()
    assert places(mesh={"data": 4, "model": 2}) == Places(4, 2, 8)
    assert places(4, None, "here:80", 1, 2, 5.0) == Places(8, 1, 4, 2, 1, "here:80", 5.0)
    assert places(None, "data=8", "here:80", 0, 2).devices == 4
    with pytest.raises(DataError, match="2 processes, as many for each"):
        places(None, "data=3", "here:80", 0, 2)


@pytest.mark.slow
def test_a_process_is_killed_and_another_number_goes_on_to_the_same_weights(folder: Path) -> None:
    running = pair(folder, *ADAM[:2], "--epochs", "100000", "--checkpoint-every", "3", "--weights", "parts.npz")
    limit = time.monotonic() + 60
    while not any(path.name.isdecimal() for path in folder.glob("parts.checkpoint/*")):
        assert time.monotonic() < limit
        time.sleep(0.05)
    os.kill(worker(running[1]), signal.SIGKILL)
    (status, out, err), (other, _, reason) = map(outcome, running)
    assert (status, out, other) == (2, "", 2)
    assert err.startswith("error: another process was lost")
    assert err.count("\n") == 1
    assert "--resume parts.checkpoint" in err
    assert "killed by SIGKILL" in reason
    assert not (folder / "parts.npz").exists()
    on = (*ADAM[:2], "--resume", "parts.checkpoint")
    reached = re.search(r"has (\d+) epochs? behind it", outcome(command(folder, *on, "--epochs", "1"))[2])
    assert reached is not None
    until = ("--epochs", str(int(reached[1]) + 3))
    assert outcome(command(folder, *on, *until, "--devices", "2", "--weights", "parts.npz"))[0] == 0
    assert outcome(command(folder, *ADAM[:2], *until, "--weights", "whole.npz"))[0] == 0
    assert distance(folder, "parts.npz", "whole.npz") < 1e-12


@pytest.mark.slow
def test_checkpoints_of_either_kind_are_gone_on_from(folder: Path) -> None:
    assert outcome(command(folder, *ADAM, "--weights", "whole.npz"))[0] == 0
    ends = [outcome(one) for one in pair(folder, *ADAM[:2], "--epochs", "4", "--weights", "two.npz")]
    assert [(status, err) for status, _, err in ends] == [(0, ""), (0, "")]
    assert ends[0][1].count("\n") == 6
    assert ends[1][1] == ""
    assert outcome(command(folder, *ADAM, "--weights", "two_one.npz", "--resume", "two.checkpoint"))[0] == 0
    state = ("--checkpoint", "one_state.npz", "--weights", "one.npz")
    assert outcome(command(folder, *ADAM[:2], "--epochs", "4", *state))[0] == 0
    ends = [outcome(one) for one in pair(folder, *ADAM, "--resume", "one_state.npz", "--weights", "one_two.npz")]
    assert [status for status, *_ in ends] == [0, 0]
    for name in ("two_one.npz", "one_two.npz"):
        assert distance(folder, name, "whole.npz") < 1e-12
    refused = outcome(command(folder, "--resume", "two.checkpoint", "--learning-rate", "0.3", *ADAM))
    assert refused[0] == 2
    assert "is the checkpoint of another run" in refused[2]
    newest = max((path for path in (folder / "two.checkpoint").iterdir()), key=lambda path: int(path.name))
    (newest / "arrays" / "manifest.ocdbt").write_bytes(b"")
    status, _, err = outcome(command(folder, "--resume", "two.checkpoint", *ADAM))
    assert (status, err.count("\n")) == (2, 1)
    assert "two.checkpoint is a damaged checkpoint" in err
    assert f"remove {newest.name} in it to go on from {int(newest.name) - 1}" in err


@pytest.mark.slow
def test_processes_that_were_told_different_things_do_not_begin(folder: Path) -> None:
    running = pair(folder, "--epochs", "2", own=((), ("--learning-rate", "0.3")))
    for status, out, err in map(outcome, running):
        assert (status, out) == (2, "")
        assert err.startswith("error: process 1 differs from process 0 in --learning-rate")
        assert err.count("\n") == 1


@pytest.mark.slow
def test_a_coordinator_that_does_not_answer_is_not_waited_for(folder: Path) -> None:
    where = ("--coordinator", "127.0.0.1:9", "--process", "1", "--processes", "2", "--wait", "1")
    status, out, err = outcome(command(folder, *where))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "the coordinator, which is process 0, does not answer at 127.0.0.1:9 within 1 seconds" in err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        status, out, err = outcome(command(folder, "--coordinator", place, "--process", "0", "--processes", "2"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "process 0 cannot listen on port" in err


@pytest.mark.slow
def test_a_jax_that_cannot_start_says_so_in_a_line(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", "none_such")
    status, out, err = outcome(command(folder))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "JAX_PLATFORMS is none_such" in err
