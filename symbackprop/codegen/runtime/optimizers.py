"""Optimizers, learning-rate schedules, and the settings of both.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disallow-any-generics=False

from __future__ import annotations

import difflib
import math
from typing import Any, NamedTuple

import numpy as np

from .start import DataError, _checked, _worded

SCALED_GRADIENTS: bool

# ----------------------------------------------------------------------------------------------------------

# --- optimizers and schedules: a new one is a function and a row of its table ---


class Optimizer(NamedTuple):
    """How the parameters take one step.

    step(value, grad, rate, count, settings, spare, *kept) changes the array `value` and the arrays it keeps in place;
    it reads `grad`, may write into `spare` (of the same shape), and `count` is the number of the step, from 1.
    """

    step: Any
    rate: float  # the usual learning rate
    kept: tuple = ()  # the names of the arrays that it keeps for each parameter; they start at 0
    settings: Any = ()  # (name, usual value) of each setting of its own
    decoupled: bool = False  # it takes care of weight decay itself


def _sgd(value, grad, rate, count, settings, spare):
    """w <- w - rate g: stochastic gradient descent (Robbins and Monro 1951)."""
    np.multiply(grad, rate, out=spare)
    np.subtract(value, spare, out=value)


def _momentum(value, grad, rate, count, settings, spare, velocity):
    """v <- m v + g, w <- w - rate v: the heavy ball of Polyak 1964, as PyTorch's SGD(momentum=m)."""
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, rate, out=spare)
    np.subtract(value, spare, out=value)


def _nesterov(value, grad, rate, count, settings, spare, velocity):
    """v <- m v + g, w <- w - rate (g + m v): Nesterov 1983 as in Sutskever et al. 2013, eq. 3 and 4.

    In the form of PyTorch's SGD(nesterov=True), which keeps the point that is looked ahead to.
    """
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, settings.momentum, out=spare)
    spare += grad
    spare *= rate
    np.subtract(value, spare, out=value)


def _rmsprop(value, grad, rate, count, settings, spare, square):
    """s <- d s + (1 - d) g^2, w <- w - rate g / (sqrt(s) + epsilon): Tieleman and Hinton 2012, lecture 6.5."""
    _average(square, grad, settings.decay, spare, squared=True)
    np.sqrt(square, out=spare)
    spare += settings.epsilon
    np.divide(grad, spare, out=spare)
    spare *= rate
    np.subtract(value, spare, out=value)


def _adam(value, grad, rate, count, settings, spare, mean, square):
    """Kingma and Ba 2015, Algorithm 1: m and s average g and g^2, both corrected for their start at 0.

    w <- w - rate m' / (sqrt(s') + epsilon) with m' = m / (1 - beta1^t) and s' = s / (1 - beta2^t).
    """
    _average(mean, grad, settings.beta1, spare)
    _average(square, grad, settings.beta2, spare, squared=True)
    np.sqrt(square, out=spare)
    spare /= math.sqrt(1 - settings.beta2**count)
    spare += settings.epsilon
    np.divide(mean, spare, out=spare)
    spare *= rate / (1 - settings.beta1**count)
    np.subtract(value, spare, out=value)


def _adamw(value, grad, rate, count, settings, spare, mean, square):
    """Loshchilov and Hutter 2019, Algorithm 2: Adam, with w <- w - rate decay w beside the step.

    The decay is multiplied by the whole rate, as in PyTorch; the paper's lambda is `rate` times this one.
    """
    value *= 1 - rate * settings.weight_decay
    _adam(value, grad, rate, count, settings, spare, mean, square)


def _average(average, grad, decay, spare, squared=False):
    """average <- decay average + (1 - decay) grad, or grad squared."""
    average *= decay
    np.multiply(grad, 1 - decay, out=spare)
    if squared:
        spare *= grad
    average += spare


_BETAS = (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8))

OPTIMIZERS = {
    "sgd": Optimizer(_sgd, 0.1),
    "momentum": Optimizer(_momentum, 0.01, ("velocity",), (("momentum", 0.9),)),
    "nesterov": Optimizer(_nesterov, 0.01, ("velocity",), (("momentum", 0.9),)),
    "rmsprop": Optimizer(_rmsprop, 0.001, ("square",), (("decay", 0.9), ("epsilon", 1e-8))),
    "adam": Optimizer(_adam, 0.001, ("mean", "square"), _BETAS),
    "adamw": Optimizer(_adamw, 0.001, ("mean", "square"), (*_BETAS, ("weight_decay", 0.01)), decoupled=True),
}


class Schedule(NamedTuple):
    """How the learning rate changes: rate(settings, epoch), with epochs counted from 1."""

    rate: Any
    settings: Any = ()  # (name, usual value) of each setting of its own
    looks_ahead: bool = False  # the rate depends on how many epochs there will be


def _constant_rate(settings, epoch):
    """The same rate in every epoch."""
    return settings.learning_rate


def _step_rate(settings, epoch):
    """The rate times step_factor after every step_every epochs, as PyTorch's StepLR."""
    return settings.learning_rate * settings.step_factor ** ((epoch - 1) // settings.step_every)


def _cosine_rate(settings, epoch):
    """Half a cosine from the rate down to lowest_rate, without restarts: Loshchilov and Hutter 2017, eq. 5."""
    span = settings.learning_rate - settings.lowest_rate
    return settings.lowest_rate + span * (1 + math.cos(math.pi * (epoch - 1) / settings.epochs)) / 2


SCHEDULES = {
    "constant": Schedule(_constant_rate),
    "step": Schedule(_step_rate, (("step_every", 50), ("step_factor", 0.5))),
    "cosine": Schedule(_cosine_rate, (("lowest_rate", 0.0),), looks_ahead=True),
}


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


def _check_names(settings):
    """Refuse a setting that there is none of, with the one that may be meant."""
    for name in settings:
        if name not in Settings._fields:
            near = difflib.get_close_matches(name, Settings._fields, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(f"unknown setting {name!r}: {hint}choose from {', '.join(Settings._fields)}")


def _completed(settings):
    """Settings with every usual value filled in, as plain numbers; what makes no sense is refused."""
    optimizer = _row(OPTIMIZERS, "optimizer", settings.optimizer)
    schedule = _row(SCHEDULES, "schedule", settings.schedule)
    usual = {
        "learning_rate": optimizer.rate,
        "weight_decay": 0.0,
        **dict(optimizer.settings),
        **dict(schedule.settings),
    }
    chosen = {name: usual.get(name) if value is None else value for name, value in settings._asdict().items()}
    _check_foreign(settings, usual)
    chosen = {name: _checked(name, value) for name, value in chosen.items()}
    if chosen["lowest_rate"] is not None and chosen["lowest_rate"] > chosen["learning_rate"]:
        raise DataError(f"the lowest rate must not be above the learning rate, got {chosen['lowest_rate']}")
    return Settings(**chosen)


def _row(table, kind, name):
    if name not in table:
        raise DataError(f"unknown {kind} {name!r}: choose one of {', '.join(table)}")
    return table[name]


def _check_foreign(settings, usual):
    """Refuse a setting that the chosen optimizer and schedule do not have, rather than let it do nothing."""
    for table, choice in ((OPTIMIZERS, settings.optimizer), (SCHEDULES, settings.schedule)):
        for name in {name: None for row in table.values() for name, _ in row.settings}:
            if getattr(settings, name) is not None and name not in usual:
                owners = " or ".join(key for key, row in table.items() if name in dict(row.settings))
                raise DataError(f"{choice} has no {_worded(name)}: that goes with {owners}")


class _Steps:
    """The optimizer of one training run: the arrays that it keeps, and how many steps it has taken."""

    def __init__(self, params, settings):
        self.row, self.settings, self.count = OPTIMIZERS[settings.optimizer], settings, 0
        self.kept = {f"{kept}_{name}": np.zeros_like(params[name]) for kept in self.row.kept for name in params}
        decays = bool(settings.weight_decay) and not self.row.decoupled
        self.scaled = SCALED_GRADIENTS and self.row.step is _sgd and not decays
        spares, others = _rooms(params), _rooms(params) if decays else {}
        self._of = {
            name: (spares[name], others.get(name), [self.kept[f"{kept}_{name}"] for kept in self.row.kept])
            for name in params
        }

    def take(self, function, params, X, Y, rate):
        """One step on one batch: changes params in place and returns the mean loss before it."""
        self.count += 1
        if self.scaled:  # the step is the gradient itself: nothing is left to multiply
            value, grads = function(params, X, Y, scale=rate)
            for array, step in _all_of(params, grads):
                np.subtract(array, step, out=array)
            return float(value)
        value, grads = function(params, X, Y)
        for name, array in params.items():
            self._step(name, array, grads[name], rate)
        return float(value)

    def _step(self, name, value, grad, rate):
        spare, other, kept = self._of[name]
        if other is not None:  # the derivative of weight_decay / 2 times the square
            np.multiply(value, self.settings.weight_decay, out=other)
            other += grad
            grad = other
        self.row.step(value, grad, rate, self.count, self.settings, spare, *kept)


def _all_of(params, grads):
    """The pairs of arrays to be changed and what by: one pair where all of them lie in one array."""
    if hasattr(params, "flat") and hasattr(grads, "flat"):
        return ((params.flat, grads.flat),)
    return tuple((array, grads[name]) for name, array in params.items())


def _rooms(params):
    """An array of the shape of each parameter, all in the memory of the largest."""
    values = list(params.values())
    room = np.empty(max(value.size for value in values), values[0].dtype)
    return {name: room[: value.size].reshape(value.shape) for name, value in params.items()}
