"""Training by way of generated modules: what this adds to a module's own command line is the progress bar."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .codegen import MARK
from .errors import DataError, ModuleError


def load_module(path: str | Path) -> ModuleType:
    """Import a generated module from its file. That runs the file, so its first line must be ours.

    Raises:
        ModuleError: there is no such file, or symbackprop did not generate it.
    """
    try:
        source = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text file"
        raise ModuleError(f"cannot read {str(path)!r}: {reason}; name a file that generate wrote") from error
    if source.partition("\n")[0] != MARK:
        raise ModuleError(f"{str(path)!r} was not written by this version of 'symbackprop generate': generate it again")
    return _executed(source, path)


def _executed(source: str, path: str | Path) -> ModuleType:
    """The module of a source text: the very text that was checked, with no cached bytecode in between."""
    module = ModuleType("symbackprop_generated")
    module.__file__ = str(path)
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        raise ModuleError(f"{str(path)!r} is damaged ({type(error).__name__}): generate it again") from error
    if not all(hasattr(module, name) for name in ("fit", "predict", "batch_function", "DataError")):
        raise ModuleError(f"{str(path)!r} is damaged, a part of it is missing: generate it again")
    return module


def fit(module: ModuleType, options: argparse.Namespace, console: Console) -> list[str]:
    """Train a generated module as its options say, with a progress bar; returns the lines of the report.

    Raises:
        DataError: the data, the weights' path or a setting does not fit; or the loss stopped being finite, and then
            the last good weights have been saved.
    """
    bar = _bar(console)
    task = bar.add_task("training", total=options.epochs, loss="")
    try:
        lines: list[str] = module.fit(options, _shown_on(bar, task))
    except module.DataError as error:
        raise DataError(str(error)) from error
    finally:
        if bar.live.is_started:
            bar.stop()
    return lines


def predict(module: ModuleType, options: argparse.Namespace) -> list[str]:
    """What a trained module says about each line of a CSV file, as its options say; returns lines to print.

    Raises:
        DataError: the weights or the data do not fit, or the output cannot be written.
    """
    try:
        lines: list[str] = module.predict(options)
    except module.DataError as error:
        raise DataError(str(error)) from error
    return lines


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
