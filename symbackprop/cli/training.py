"""Training on the command line: what this adds to the runtime is the progress bar."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .. import runtime


def fit(module: ModuleType, options: argparse.Namespace, console: Console) -> list[str]:
    """Train a generated module as its options say, with a progress bar; returns the lines of the report.

    Raises:
        DataError: the data, the weights' path or a setting does not fit; or the loss stopped being finite, and then
            the last good weights have been saved.
    """
    bar = _bar(console)
    task = bar.add_task("training", total=options.epochs, loss="")
    try:
        return runtime.fit(module, options, _shown_on(bar, task))
    finally:
        if bar.live.is_started:
            bar.stop()


def _bar(console: Console) -> Progress:
    """A progress bar; it starts with the first epoch, and a file or pipe gets none."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not (console.is_terminal or console.is_jupyter),
    )


def _shown_on(bar: Progress, task: Any) -> Callable[[int, float], None]:
    def show(epoch: int, loss: float) -> None:
        bar.start()
        bar.update(task, completed=epoch, loss=f"{loss:.6f}")

    return show
