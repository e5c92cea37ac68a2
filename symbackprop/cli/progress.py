"""How far a training run or a comparison is, on a terminal; a file or a pipe gets nothing, not even an empty line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..runtime import fitting_and_predicting
from ..runtime.training_loop import NUMPY, Engine

if TYPE_CHECKING:
    import argparse


def fit(module: ModuleType, options: argparse.Namespace, console: Console, engine: Engine = NUMPY) -> list[str]:
    """Train a generated module as its options say, with a progress bar; returns the lines of the report.

    Raises:
        DataError: the data, the weights' path or a setting does not fit; or the loss stopped being finite, and then
            the last good weights have been saved.
    """
    if not (console.is_terminal or console.is_jupyter):
        return fitting_and_predicting.fit(module, options, engine=engine)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeElapsedColumn(),
        console=console,
    )
    task = bar.add_task("training", total=options.epochs, loss="")
    try:
        return fitting_and_predicting.fit(module, options, _shown_on(bar, task), engine)
    finally:
        if bar.live.is_started:
            bar.stop()


def fit_on_stderr(module: ModuleType, options: argparse.Namespace, engine: Engine = NUMPY) -> list[str]:
    """The same, with the bar where errors go."""
    return fit(module, options, Console(stderr=True), engine)


def _shown_on(bar: Progress, task: Any) -> Callable[[int, float], None]:
    """What shows an epoch; the bar starts with the first one, so that what is refused before is told on one line."""

    def show(epoch: int, loss: float) -> None:
        bar.start()
        bar.update(task, completed=epoch, loss=f"{loss:.6f}")

    return show


@contextmanager
def rows_shown(console: Console) -> Iterator[Callable[[int, int, str], None] | None]:
    """What `compare` tells before each row, drawn as a bar; None where nobody looks.

    A bar that is merely disabled will not do: rich 13.0 ends it with an empty line.
    """
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)
