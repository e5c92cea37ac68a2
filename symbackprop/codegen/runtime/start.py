"""Errors, start values, and the checks of parameters.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

NETWORK: str
SHAPES: dict[str, tuple[int, ...]]
VARIANCE: float
loss: Callable[..., float]
loss_and_grad: Callable[..., tuple[float, dict[str, Any]]]

# ----------------------------------------------------------------------------------------------------------

# --- errors, start values, checks of parameters ---


class DataError(ValueError):
    """Data, weights or settings that do not fit this network; the message says what, where and what to do."""


class Diverged(ArithmeticError):
    """The loss stopped being finite. `epoch` is where, `params` are the last good weights."""

    def __init__(self, epoch, params):
        super().__init__(f"the loss is no longer finite in epoch {epoch}: try a smaller --learning-rate")
        self.epoch, self.params = epoch, params


def init(seed=0, scheme="random", dtype=np.float64):
    """Start values for all parameters: a dict of arrays of the shapes in SHAPES.

    scheme "random" draws weights from a normal distribution of variance VARIANCE / fan-in (LeCun et al. 1998,
    "Efficient BackProp", section 4.6; He et al. 2015, eq. 10, for rectifiers) and sets biases to 0; "equal" gives
    all weights of a layer one value, to show why that cannot work.
    """
    if scheme not in ("random", "equal"):
        raise DataError(f"unknown init scheme {scheme!r}: choose random or equal")
    kind, rng = _kind(dtype), np.random.default_rng(_checked("seed", seed))
    params = {}
    for name, shape in SHAPES.items():
        spread = math.sqrt(VARIANCE / shape[-1]) if len(shape) == 2 else 0.0
        values = rng.standard_normal(shape) if scheme == "random" else np.ones(shape)
        params[name] = (spread * values).astype(kind)
    return params


def _kind(dtype):
    """The dtype that is meant, which must be one of floats."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or kind.kind != "f":
        raise DataError(f"the dtype must be one of floats, float32 or float64, got {dtype!r}")
    return kind


def check_grad(params, X, Y, step=1e-5):
    """The largest difference between loss_and_grad and central differences, relative to the largest derivative."""
    _, grads = loss_and_grad(params, X, Y)
    params = {name: np.array(value, dtype=np.float64) for name, value in params.items()}
    worst = 0.0
    for name, value in params.items():
        for index in np.ndindex(value.shape):
            kept, sides = value[index], []
            for sign in (1, -1):
                value[index] = kept + sign * step
                sides.append(loss(params, X, Y))
            value[index] = kept
            worst = max(worst, abs((sides[0] - sides[1]) / (2 * step) - grads[name][index]))
    return worst / max(1e-8, *(np.abs(grad).max() for grad in grads.values()))


def _copied(params):
    """The parameters as arrays of one kind of floats, each a copy; whole numbers become float64."""
    params = {name: _floats(value).copy() for name, value in params.items()}
    _check_shapes("params", params)
    kinds = sorted({str(value.dtype) for value in params.values()})
    if len(kinds) > 1:
        raise DataError(f"params mix {' and '.join(kinds)}: give all of them one dtype")
    return {name: params[name] for name in SHAPES}


def _dtype_of(params):
    return next(iter(params.values())).dtype


def _floats(values):
    """As an array that keeps its kind of floats; whole numbers become floats, since small steps would be lost."""
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def _check_shapes(path, params):
    found = {name: value.shape for name, value in params.items()}
    for name in [*SHAPES, *found]:
        if found.get(name) != SHAPES.get(name):
            wrong = f"{name} should be {SHAPES.get(name, 'absent')}, is {found.get(name, 'absent')}"
            raise DataError(f"{path} does not fit {NETWORK}: {wrong}")
        if params[name].dtype.kind != "f":
            raise DataError(f"{path} does not fit {NETWORK}: {name} should hold floats, holds {params[name].dtype}")


# --- checks of settings ---


_COUNT = (int, lambda value: value >= 1, "a whole number, at least 1")
_NATURAL = (int, lambda value: value >= 0, "a whole number, 0 or more")
_POSITIVE = (float, lambda value: 0 < value < math.inf, "a positive number")
_AMOUNT = (float, lambda value: 0 <= value < math.inf, "a number, 0 or more")
_SHARE = (float, lambda value: 0 <= value < 1, "at least 0 and below 1")

_LIMITS = {
    **dict.fromkeys(("epochs", "batch_size", "step_every", "patience", "checkpoint_every"), _COUNT),
    **dict.fromkeys(("learning_rate", "epsilon", "step_factor"), _POSITIVE),
    **dict.fromkeys(("weight_decay", "lowest_rate"), _AMOUNT),
    **dict.fromkeys(("momentum", "decay", "beta1", "beta2"), _SHARE),
    "seed": _NATURAL,
}


def _checked(name, value):
    if value is None or name not in _LIMITS:
        return value
    kind, holds, words = _LIMITS[name]
    fits = isinstance(value, (int, np.integer) if kind is int else (int, float, np.integer, np.floating))
    if not fits or isinstance(value, bool) or not holds(value):
        raise DataError(f"{_worded(name, 'the ')} must be {words}, got {value!r}")
    return kind(value)


def _worded(name, article=""):
    """A setting in words, or as its option where its words alone would be no noun."""
    return f"--{name.replace('_', '-')}" if name.endswith("_every") else article + name.replace("_", " ")


def _counted(count, thing):
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
