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
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import SymbackpropError
from .measuring import Figures
from .rows import AnySubject

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


class WorkerLostError(SymbackpropError):
    """The worker has ended, and with it what it measured."""


class Measurer:
    """Measures one job after the other in a worker; to be used as a context, so that the worker ends.

    Raises:
        SymbackpropError: the worker cannot be started.
    """

    def __init__(self) -> None:
        self._worker: _Worker | None = None

    def __enter__(self) -> Measurer:
        return self

    def __exit__(self, *_: object) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def figures(self, subject: AnySubject, method: str, budget: float) -> tuple[Figures, bool]:
        """What was found within `budget` seconds, and whether that was all there is to find.

        Where the worker is killed from outside, the figure "error" says so, and the next job has a new worker.
        """
        if self._worker is None or not self._worker.alive:
            self.__exit__()
            self._worker = _Worker()
            self._worker.wait()
        found: Figures = {}
        try:
            return found, self._worker.work({"subject": subject.job, "method": method, "budget": budget}, found)
        except WorkerLostError as error:
            self.__exit__()
            return {**found, "error": str(error)}, True


class _Worker:
    """A process that measures, and a thread that passes on what it says: reading waits, and only that thread may.

    Ctrl-C does not reach it: it is this process that decides what to do then. It is isolated (-I): neither the working
    folder nor what is set for other programs changes how it starts.
    """

    def __init__(self) -> None:
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 `end` closes it
        self._lines: queue.Queue[str | None] = queue.Queue()  # None when it will say no more
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, json.dumps(list(map(str, sys.path))), str(_ROOT), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                start_new_session=True,
                env={**os.environ, **threads},
            )
        except OSError as error:
            raise SymbackpropError(f"cannot start a process to measure in: {error.strerror}") from error
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(ValueError):  # closed while it was waiting
            for line in self._process.stdout or ():
                self._lines.put(line)
        self._lines.put(None)

    @property
    def alive(self) -> bool:
        """Whether it can take another job."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Until it is ready: what goes wrong before is no job's fault.

        Raises:
            SymbackpropError: it is not ready in time, or has ended.
        """
        try:
            self._message(_START)
        except queue.Empty:
            raise SymbackpropError(f"the process that measures is not ready after {_START:g} s: try again") from None

    def work(self, job: dict[str, Any], found: Figures) -> bool:
        """Do a job and add to `found` as figures come; returns whether that was all within the budget.

        Raises:
            WorkerLostError: the worker has ended.
        """
        self._send(job)
        child = self._message(_START)["pid"]
        try:
            status = self._listen(job["budget"], found)
        except queue.Empty:
            self._stop(child, found)
            return "complete" in found
        if status != 0:
            found.setdefault("error", f"the process {_manner(status)}")
        return True

    def _send(self, job: dict[str, Any]) -> None:
        try:
            print(json.dumps(job), file=self._process.stdin, flush=True)
        except OSError:
            raise WorkerLostError(self._why()) from None

    def _listen(self, seconds: float, found: Figures) -> int:
        """Until a job is done; returns its status."""
        end = monotonic() + seconds
        while "done" not in (message := self._message(end - monotonic())):
            found |= message
        return int(message["done"])

    def _message(self, seconds: float) -> dict[str, Any]:
        line = self._lines.get(timeout=max(seconds, 0))
        if line is None:
            raise WorkerLostError(self._why())
        message: dict[str, Any] = json.loads(line)
        return message

    def _why(self) -> str:
        """How the worker ended, with the last that it said about it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        status = self._process.returncode
        said = self._last_line() if (status or 0) > 0 else ""
        return f"the process that measures {_manner(status)}{': ' if said else ''}{said}"

    def _last_line(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")

    def _stop(self, child: int, found: Figures) -> None:
        """Kill a job, and wait until its worker has seen the end of it; what it still said counts."""
        if child == self._process.pid:
            self.end()
            return
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(queue.Empty):
            self._listen(_START, found)

    def end(self) -> None:
        """Kill the worker and its child, which are a session of their own."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with suppress(OSError):  # what was to be sent has nobody to go to
                stream.close()  # type: ignore[union-attr]


def _manner(status: int | None) -> str:
    """How a process ended, and what may be done."""
    if status is None:
        return "has ended"
    if status < 0:
        return f"was killed by signal {-status}: is memory short? Try smaller sizes"
    return f"ended with status {status}"
