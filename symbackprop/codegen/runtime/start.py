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
    rng = np.random.default_rng(seed)
    params = {}
    for name, shape in SHAPES.items():
        spread = math.sqrt(VARIANCE / shape[-1]) if len(shape) == 2 else 0.0
        values = rng.standard_normal(shape) if scheme == "random" else np.ones(shape)
        params[name] = (spread * values).astype(dtype)
    return params


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
