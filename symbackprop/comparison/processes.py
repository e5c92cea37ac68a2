"""Measuring in another process, which is stopped when the time for it is up."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import IO, Any

from ..errors import SymbackpropError
from .measuring import Figures
from .rows import Subject

_START = 60.0
"""Seconds that a new worker may take to import what it needs."""
_PACKAGE = __package__.partition(".")[0]
_ROOT = Path(__file__).resolve().parents[1] / "__init__.py"
_BOOT = f"""import importlib.util, json, sys
sys.path[:] = json.loads(sys.argv[1])
spec = importlib.util.spec_from_file_location({_PACKAGE!r}, sys.argv[2])
sys.modules[{_PACKAGE!r}] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from {__package__}.worker import main
main(int(sys.argv[3]))"""
"""What a worker runs: the very package that this process runs, with modules from where this process finds them."""

Lines = queue.Queue[str | None]
"""What a worker has said; None when it will say no more."""


class WorkerLostError(SymbackpropError):
    """The worker has ended, and with it what it measured."""


class Measurer:
    """Measures one job after the other in a worker; to be used as a context, so that the worker ends.

    Raises:
        SymbackpropError: the worker cannot be started.
    """

    def __init__(self) -> None:
        self._worker: subprocess.Popen[str] | None = None
        self._lines: Lines = queue.Queue()
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Measurer:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def figures(self, subject: Subject, method: str, budget: float) -> tuple[Figures, bool]:
        """What was found within `budget` seconds, and whether that was all there is to find.

        Where the worker is killed from outside, the figure "error" says so, and the next job has a new worker.
        """
        self._start()
        found: Figures = {}
        try:
            return found, self._ask(subject, method, budget, found)
        except WorkerLostError as error:
            self._end()
            return {**found, "error": str(error)}, True

    def _ask(self, subject: Subject, method: str, budget: float, found: Figures) -> bool:
        worker = self._worker
        assert worker is not None
        self._send({"subject": asdict(subject), "method": method, "budget": budget})
        child = self._message(_START)["pid"]
        end = monotonic() + budget
        try:
            while "done" not in (message := self._message(end - monotonic())):
                found |= message
        except queue.Empty:
            self._stop(child, worker, found)
            return "complete" in found
        if message["done"] != 0:
            found.setdefault("error", _ending(message["done"]))
        return True

    def _send(self, job: dict[str, Any]) -> None:
        assert self._worker is not None
        assert self._worker.stdin is not None  # it was opened as a pipe
        try:
            self._worker.stdin.write(json.dumps(job) + "\n")
            self._worker.stdin.flush()
        except OSError:
            raise WorkerLostError(self._why()) from None

    def _message(self, seconds: float) -> dict[str, Any]:
        line = self._lines.get(timeout=max(seconds, 0))
        if line is None:
            raise WorkerLostError(self._why())
        message: dict[str, Any] = json.loads(line)
        return message

    def _start(self) -> None:
        """Have a worker that is ready: what goes wrong before is no job's fault."""
        if self._worker is not None and self._worker.poll() is None:
            return
        self._end()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 `_end` closes it
        self._worker = _new_worker(self._errors)
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._worker, self._lines), daemon=True).start()
        try:
            self._message(_START)
        except queue.Empty:
            raise SymbackpropError(f"the process that measures is not ready after {_START:g} s: try again") from None

    def _why(self) -> str:
        """How the worker ended, with the last that it said about it."""
        assert self._worker is not None
        with suppress(subprocess.TimeoutExpired):
            self._worker.wait(timeout=1)
        said = _last_line(self._errors) if (self._worker.returncode or 0) > 0 else ""
        return f"the process that measures {_manner(self._worker.returncode)}{': ' if said else ''}{said}"

    def _stop(self, child: int, worker: subprocess.Popen[str], found: Figures) -> None:
        """Kill a job, and wait until its worker has seen the end of it; what it still said counts."""
        if child == worker.pid:
            self._end()
            return
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(queue.Empty):
            while "done" not in (message := self._message(_START)):
                found |= message

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if hasattr(os, "killpg"):
            _kill_group(worker.pid)
        worker.kill()
        worker.wait()
        for stream in (worker.stdin, worker.stdout, self._errors):
            if stream is not None:
                with suppress(OSError):  # what was to be sent has nobody to go to
                    stream.close()


def _ending(status: int) -> str:
    return f"the process {_manner(status)}"


def _manner(status: int | None) -> str:
    """How a process ended, and what may be done."""
    if status is None:
        return "has ended"
    if status < 0:
        return f"was killed by signal {-status}: is memory short? Try smaller sizes"
    return f"ended with status {status}"


def _last_line(file: IO[bytes] | None) -> str:
    if file is None:
        return ""
    file.seek(0)
    lines = file.read().decode(errors="replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


def _kill_group(leader: int) -> None:
    """The worker and its child, which are a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _new_worker(errors: IO[bytes]) -> subprocess.Popen[str]:
    """A worker that Ctrl-C does not reach: it is this process that decides what to do then.

    It is isolated (-I): neither the working folder nor what is set for other programs changes how it starts.
    """
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, json.dumps(list(map(str, sys.path))), str(_ROOT), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            env={**os.environ, **threads},
        )
    except OSError as error:
        raise SymbackpropError(f"cannot start a process to measure in: {error.strerror}") from error


def _read(worker: subprocess.Popen[str], lines: Lines) -> None:
    """Pass on what the worker says; reading waits, and only a thread of its own may."""
    assert worker.stdout is not None  # it was opened as a pipe
    try:
        for line in worker.stdout:
            lines.put(line)
    except ValueError:  # closed while it was waiting
        pass
    lines.put(None)
