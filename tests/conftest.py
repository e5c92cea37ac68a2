"""How the tests run: one thread in each process, workers for all of them only, fewer examples in the fast lane."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
MOST_WORKERS = 8
FAST_ROWS = 1
"""Of a long table of tests, as many are in the fast lane."""

COLLECTED = pytest.StashKey[list[pytest.Item]]()

settings.register_profile("whole", max_examples=30)
settings.register_profile("fast", max_examples=3)


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark slow what the fast lane leaves out of each table of tests, before anything is chosen by that mark.

    Of a table it takes a few rows, as far apart as they come; those that `slow_unless` names; or all, if the table is
    marked `every_row`.
    """
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        if hasattr(item, "callspec"):
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for rows in tables.values():
        for row in _left_out(rows):
            row.add_marker("slow")
    config.stash[COLLECTED] = list(items)


def pytest_collection_finish() -> None:
    """Thousands of tests that stay to the end are nothing that each search for garbage has to walk through."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def collected(pytestconfig: pytest.Config) -> list[pytest.Item]:
    """All tests that were found, with their marks, those too that are not chosen to be run."""
    return pytestconfig.stash[COLLECTED]


def _left_out(rows: list[pytest.Item]) -> list[pytest.Item]:
    mark = rows[0].get_closest_marker("slow_unless")
    if mark is not None:
        return [row for row in rows if not _chosen(row, *mark.args)]
    if rows[0].get_closest_marker("every_row"):
        return []
    kept = {place * len(rows) // FAST_ROWS for place in range(FAST_ROWS)}
    return [row for place, row in enumerate(rows) if len(rows) > FAST_ROWS and place not in kept]


def _chosen(row: pytest.Item, fast: Callable[..., bool]) -> bool:
    values = row.callspec.params  # type: ignore[attr-defined]
    return fast(*(values[name] for name in inspect.signature(fast).parameters))
