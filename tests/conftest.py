"""How the tests run: one thread in each process, workers for all of them only, fewer examples in the fast lane."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
MOST_WORKERS = 8

settings.register_profile("whole", max_examples=100)
settings.register_profile("fast", max_examples=10)


def pytest_configure(config: pytest.Config) -> None:
    """Before NumPy is imported: threads that wait for each other on shared cores take longer than one alone."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    settings.load_profile("fast" if config.option.markexpr == "not slow" else "whole")


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Iterator[None]:
    """None of them for a file or two, or on one core: there it takes longer to start them than they save."""
    cores = yield
    whole = {Path(given).resolve() for given in config.option.file_or_dir} <= {HERE, HERE.parent}
    return min(cores, MOST_WORKERS) if whole and cores > 1 else 0


def pytest_itemcollected(item: pytest.Item) -> None:
    """A row of a table that `slow_unless` leaves out is slow."""
    for mark in item.iter_markers("slow_unless"):
        [fast] = mark.args
        row = item.callspec.params  # type: ignore[attr-defined]
        if not fast(*(row[name] for name in inspect.signature(fast).parameters)):
            item.add_marker("slow")
