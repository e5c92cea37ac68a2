"""The process that measures: it forks a child for each job, so that no job leaves anything behind for the next.

It reads jobs from its input, one JSON line each, and writes what its children find, one JSON line for each step:
{"ready": 1} once, then for each job {"pid": ...} first, figures, {"done": ...} last. Where there is no fork the job
runs in the worker itself, and the next job gets a new worker. Worker and child look now and then whether the process
that they work for is still there, and end with it. A file of models may print and read: not here, where both would get
among the jobs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

from .measuring import figures_of, limit_seconds, warm_up
from .rows import built

_LOOK = 0.5
"""Seconds between two looks at the parent."""


def main(parent: int) -> None:
    """Do the jobs until there are no more, or nobody is there who wants them done."""
    _end_with(parent, lambda: os.killpg(0, signal.SIGKILL))  # the child as well
    jobs, answers = _kept_apart(sys.stdin, "r", os.O_RDONLY), _kept_apart(sys.stdout, "w", os.O_WRONLY)
    warm_up()
    _tell(answers, {"ready": 1})
    for line in jobs:
        job = json.loads(line)
        if not hasattr(os, "fork"):
            _work(job, answers)
            _tell(answers, {"done": 0})
            return
        _tell(answers, {"done": _forked(job, answers)})


def _kept_apart(stream: IO[str], mode: str, flags: int) -> IO[str]:
    """A stream under a number of its own; what is printed to the old one goes nowhere, and nothing is read from it."""
    kept = os.dup(stream.fileno())
    os.dup2(os.open(os.devnull, flags), stream.fileno())
    return os.fdopen(kept, mode)


def _forked(job: dict[str, Any], answers: IO[str]) -> int:
    """Do a job in a child, and say how that ended."""
    worker = os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _end_with(worker, lambda: os._exit(1))
            limit_seconds(job["budget"] + 5)  # should nobody be there any more to stop it
            _work(job, answers)
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


def _work(job: dict[str, Any], answers: IO[str]) -> None:
    _tell(answers, {"pid": os.getpid()})
    for figures in figures_of(lambda: built(job["subject"]), job["method"]):
        _tell(answers, figures)


def _tell(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
