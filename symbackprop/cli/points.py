"""The numbers that a command is given: parameters from a file, inputs and targets from the line."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArchitectureError, DataError
from ..networks import Model, shape_of
from ..runtime.array_files import load_weights
from ..runtime.settings import counted

if TYPE_CHECKING:
    import argparse


def values_of(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """By name: the arrays of the file, and the numbers of inputs and targets.

    Raises:
        DataError: the file cannot be read, or there are more or fewer numbers than inputs or targets.
    """
    given = parameters_in(options.at)
    inputs = _row("--inputs", model.inputs, options.inputs or "")
    targets = _row("--targets", _own_targets(model), options.targets or "")
    return {**given, **_arrays(model.inputs, inputs), **_arrays(_own_targets(model), targets)}


def samples_of(model: Model, options: argparse.Namespace) -> tuple[list[list[float]], list[list[float]] | None]:
    """The rows of X and of Y, between semicolons; no Y where the model has no targets beside its inputs.

    Raises:
        DataError: there are more or fewer numbers than inputs or targets.
    """
    targets = _own_targets(model)
    X = _rows("--inputs", model.inputs, options.inputs or "")
    Y = _rows("--targets", targets, options.targets or "")
    return X, Y if targets else None


def check_known_sizes(model: Model) -> None:
    """Refuse a model whose widths are names, by an ArchitectureError: there are no numbers for them."""
    if any(getattr(size, "free_symbols", None) for shape in model.shapes.values() for size in shape):
        raise ArchitectureError("numbers are put in where all widths are numbers, and here are names: write 2-2-1")


def _own_targets(model: Model) -> list[Any]:
    """The targets that are no inputs."""
    return [symbol for symbol in model.targets if symbol not in model.inputs]


def _rows(option: str, symbols: Sequence[Any], text: str) -> list[list[float]]:
    return [_row(option, symbols, row) for row in text.split(";")] if symbols or text else []


def _row(option: str, symbols: Sequence[Any], text: str) -> list[float]:
    """Numbers with commas between, one for each entry of the symbols; of a matrix row by row."""
    names = _entry_names(symbols)
    parts = text.split(",") if text else []
    if len(parts) != len(names):
        wanted = f"a number for each of {', '.join(names)}, with commas between" if names else "none"
        raise DataError(f"{option} has {counted(len(parts), 'number')}: give {wanted}")
    try:
        return list(map(float, parts))
    except ValueError as error:
        raise DataError(f"{option}: {str(error).rpartition(': ')[2]} is no number") from error


def _entry_names(symbols: Sequence[Any]) -> list[str]:
    """What the numbers are called: x1, and of a matrix x[1], W[1, 2], counted from 1."""
    named = ((symbol, place) for symbol in symbols for place in np.ndindex(shape_of(symbol)))
    return [symbol.name + (f"[{', '.join(str(at + 1) for at in place)}]" if place else "") for symbol, place in named]


def _arrays(symbols: Sequence[Any], row: Sequence[float]) -> dict[str, Any]:
    """The numbers of one sample by symbol, in arrays of its shape."""
    sizes = [prod(shape_of(symbol)) for symbol in symbols]
    parts = np.split(np.array(row), np.cumsum(sizes)[:-1]) if symbols else []
    pairs = zip(symbols, parts, strict=True)
    return {symbol.name: part.reshape(shape_of(symbol)) if shape_of(symbol) else part.item() for symbol, part in pairs}


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
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f'{path} holds no parameters by name: write {{"W1": [[0.15, 0.2], ...], "b1": [0.35, ...]}}')
    return found
