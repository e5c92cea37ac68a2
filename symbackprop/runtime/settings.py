"""The settings of training, and what each may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError


class Settings(NamedTuple):
    """How to train; None is the usual value of the optimizer or of the schedule that has such a setting.

    weight_decay holds for all parameters, biases among them, as in PyTorch: its multiple of a parameter is added to
    the gradient (L2), or for adamw taken off the parameter itself. patience is for how many epochs the validation
    loss may fail to fall.
    """

    epochs: Any = 200
    batch_size: Any = 16
    learning_rate: Any = None
    seed: Any = 0
    optimizer: Any = "sgd"
    momentum: Any = None
    decay: Any = None
    beta1: Any = None
    beta2: Any = None
    epsilon: Any = None
    weight_decay: Any = None
    schedule: Any = "constant"
    step_every: Any = None
    step_factor: Any = None
    lowest_rate: Any = None
    patience: Any = None


Limit = tuple[type, Callable[[Any], bool], str]  # what a setting must be, in code and in words
_COUNT: Limit = (int, lambda value: value >= 1, "a whole number, at least 1")
_POSITIVE: Limit = (float, lambda value: 0 < value < math.inf, "a positive number")
_AMOUNT: Limit = (float, lambda value: 0 <= value < math.inf, "a number, 0 or more")
_SHARE: Limit = (float, lambda value: 0 <= value < 1, "at least 0 and below 1")

LIMITS: dict[str, Limit] = {
    **dict.fromkeys(("epochs", "batch_size", "step_every", "patience", "checkpoint_every"), _COUNT),
    **dict.fromkeys(("learning_rate", "epsilon", "step_factor"), _POSITIVE),
    **dict.fromkeys(("weight_decay", "lowest_rate"), _AMOUNT),
    **dict.fromkeys(("momentum", "decay", "beta1", "beta2"), _SHARE),
    "seed": (int, lambda value: value >= 0, "a whole number, 0 or more"),
}


def check_names(given: Iterable[str]) -> None:
    """Refuse a setting that there is none of, with the one that may be meant."""
    for name in given:
        if name not in Settings._fields:
            near = get_close_matches(name, Settings._fields, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(f"unknown setting {name!r}: {hint}choose from {', '.join(Settings._fields)}")


def checked(name: str, value: Any) -> Any:
    """A setting as a plain number; a DataError says what it must be. None stays what it is."""
    if value is None or name not in LIMITS:
        return value
    kind, holds, words = LIMITS[name]
    fits = isinstance(value, (int, np.integer) if kind is int else (int, float, np.integer, np.floating))
    if not fits or isinstance(value, bool) or not holds(value):
        raise DataError(f"{worded(name, 'the ')} must be {words}, got {value!r}")
    return kind(value)


def worded(name: str, article: str = "") -> str:
    """A setting in words, or as its option where its words alone would be no noun."""
    return f"--{name.replace('_', '-')}" if name.endswith("_every") else article + name.replace("_", " ")


def counted(count: int, thing: str) -> str:
    """1 row, 2 rows."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
