"""The process that measures: it forks a child for each job, so that no job leaves anything behind for the next.

It reads jobs from its input, one JSON line each, and writes what its children find, one JSON line for each step:
{"ready": 1} once, then for each job {"pid": ...} first, figures, {"done": ...} last. Where there is no fork the job
runs in the worker itself, and the next job gets a new worker. Worker and child look now and then whether the process
that they work for is still there, and end with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from .measuring import figures_of, limit_seconds, warm_up
from .rows import Subject

_LOOK = 0.5
"""Seconds between two looks at the parent."""


def main(parent: int) -> None:
    """Do the jobs until there are no more, or nobody is there who wants them done."""
    _end_with(parent, lambda: os.killpg(0, signal.SIGKILL))  # the child as well
    warm_up()
    _tell({"ready": 1})
    for line in sys.stdin:
        job = json.loads(line)
        if not hasattr(os, "fork"):
            _work(job)
            _tell({"done": 0})
            return
        _tell({"done": _forked(job)})


def _forked(job: dict[str, Any]) -> int:
    """Do a job in a child, and say how that ended."""
    worker = os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _end_with(worker, lambda: os._exit(1))
            limit_seconds(job["budget"] + 5)  # should nobody be there any more to stop it
            _work(job)
            status = 0
        finally:
            os._exit(status)  # nothing of the worker's own is to be done twice
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _end_with(parent: int, end: Callable[[], None]) -> None:
    """Look every `_LOOK` seconds whether a process is still this one's parent, where the system can."""
    if not hasattr(signal, "setitimer"):
        return
    signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == parent else end())
    signal.setitimer(signal.ITIMER_REAL, _LOOK, _LOOK)


def _work(job: dict[str, Any]) -> None:
    _tell({"pid": os.getpid()})
    subject = Subject(**{**job["subject"], "widths": tuple(job["subject"]["widths"])})
    for figures in figures_of(subject, job["method"]):
        _tell(figures)


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
