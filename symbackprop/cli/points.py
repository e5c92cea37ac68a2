"""The numbers that a command is given: parameters from a file, inputs and targets from the line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from numpy import ndindex

from ..errors import DataError
from ..networks import Model
from ..networks.model import shape_of
from ..runtime.array_files import load_weights
from ..runtime.settings import counted

if TYPE_CHECKING:
    import argparse


def values_of(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """By name: the arrays of the file, and the numbers of inputs and targets.

    Raises:
        DataError: the file cannot be read, or there are more or fewer numbers than inputs or targets.
    """
    inputs, targets = _data_names(model)
    return {
        **parameters_in(options.at),
        **_paired("--inputs", inputs, options.inputs),
        **_paired("--targets", targets, options.targets),
    }


def samples_of(model: Model, options: argparse.Namespace) -> tuple[list[list[float]], list[list[float]] | None]:
    """The rows of X and of Y, between semicolons; no Y where the model has no targets beside its inputs.

    Raises:
        DataError: there are more or fewer numbers than inputs or targets.
    """
    (inputs, targets), pairs = _data_names(model), []
    for option, names, text in (("--inputs", inputs, options.inputs), ("--targets", targets, options.targets)):
        rows = (text or "").split(";") if names or text else []
        pairs.append([list(_paired(option, names, row).values()) for row in rows])
    return pairs[0], pairs[1] if targets else None


def _data_names(model: Model) -> tuple[list[str], list[str]]:
    """What inputs are called, and targets that are none: of a matrix each entry, row by row."""
    targets = [symbol for symbol in model.targets if symbol not in model.inputs]
    return _entry_names(model.inputs), _entry_names(targets)


def _entry_names(symbols: Iterable[Any]) -> list[str]:
    names = []
    for symbol in symbols:
        shape = shape_of(symbol)
        places = ndindex(shape)
        names += [f"{symbol.name}{list(place)}" if shape else symbol.name for place in places]
    return names


def check_together(options: argparse.Namespace) -> None:
    """Refuse numbers that nothing is put into, by a DataError."""
    given = [f"--{name}" for name in ("inputs", "targets", "digits", "check") if getattr(options, name)]
    if given and options.at is None:
        raise DataError(f"{given[0]} goes with --at FILE, which has the parameters")


def parameters_in(path: str) -> dict[str, Any]:
    """The parameters of a file, by name.

    Raises:
        DataError: it cannot be read.
    """
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
