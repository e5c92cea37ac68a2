"""The numbers that a command is given for formulas: parameters from a file, inputs and targets from the line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..networks import Model
from ..runtime.array_files import load_weights
from ..runtime.settings import counted

if TYPE_CHECKING:
    import argparse


def values_of(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """By name: the arrays of the file, and the numbers of inputs and targets.

    Raises:
        DataError: the file cannot be read, or there are more or fewer numbers than inputs or targets.
    """
    targets = [symbol for symbol in model.targets if symbol not in model.inputs]
    return {
        **_arrays(options.at),
        **_paired("--inputs", [symbol.name for symbol in model.inputs], options.inputs),
        **_paired("--targets", [symbol.name for symbol in targets], options.targets),
    }


def check_together(options: argparse.Namespace) -> None:
    """Refuse numbers that nothing is put into, by a DataError."""
    given = [f"--{name}" for name in ("inputs", "targets", "digits", "check") if getattr(options, name)]
    if given and options.at is None:
        raise DataError(f"{given[0]} goes with --at FILE, which has the parameters")


def _arrays(path: str) -> dict[str, Any]:
    if os.path.splitext(path)[1] != ".json":
        return dict(load_weights(path)[0])
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f'{path} holds no parameters by name: write {{"W1": [[0.15, 0.2], ...], "b1": [0.35, ...]}}')
    return found


def _paired(option: str, names: list[str], text: str | None) -> dict[str, float]:
    """Numbers with commas between, for so many names."""
    parts = text.split(",") if text else []
    if len(parts) != len(names):
        wanted = f"a number for each of {', '.join(names)}, with commas between" if names else "none"
        raise DataError(f"{option} has {counted(len(parts), 'number')}: give {wanted}")
    try:
        return {name: float(part) for name, part in zip(names, parts, strict=True)}
    except ValueError as error:
        raise DataError(f"{option}: {str(error).rpartition(': ')[2]} is no number") from error
