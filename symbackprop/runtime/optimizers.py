"""Optimizers and learning-rate schedules: a new one is a function and a row of its table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError
from .generated_modules import Array
from .settings import Settings, checked, worded


class Moment(NamedTuple):
    """Which step it is, counted from 1, and how large."""

    rate: float
    number: int
    settings: Settings


class Optimizer(NamedTuple):
    """How the parameters take one step.

    step(value, grad, spare, now, *kept) changes the flat array `value` and the arrays it keeps in place; it reads
    `grad`, and may write into `spare`, all of one length.
    """

    step: Callable[..., None]
    rate: float  # the usual learning rate
    kept: tuple[str, ...] = ()  # the names of the arrays that it keeps; they start at 0
    settings: tuple[tuple[str, Any], ...] = ()  # (name, usual value) of each setting of its own
    decoupled: bool = False  # it takes care of weight decay itself


def sgd(value: Array, grad: Array, spare: Array, now: Moment) -> None:
    """w <- w - rate g: stochastic gradient descent (Robbins and Monro 1951)."""
    np.multiply(grad, now.rate, out=spare)
    np.subtract(value, spare, out=value)


def _momentum(value: Array, grad: Array, spare: Array, now: Moment, velocity: Array) -> None:
    """v <- m v + g, w <- w - rate v: the heavy ball of Polyak 1964, as PyTorch's SGD(momentum=m)."""
    velocity *= now.settings.momentum
    velocity += grad
    sgd(value, velocity, spare, now)


def _nesterov(value: Array, grad: Array, spare: Array, now: Moment, velocity: Array) -> None:
    """v <- m v + g, w <- w - rate (g + m v): Nesterov 1983 as in Sutskever et al. 2013, eq. 3 and 4.

    In the form of PyTorch's SGD(nesterov=True), which keeps the point that is looked ahead to.
    """
    velocity *= now.settings.momentum
    velocity += grad
    np.multiply(velocity, now.settings.momentum, out=spare)
    spare += grad
    sgd(value, spare, spare, now)


def _rmsprop(value: Array, grad: Array, spare: Array, now: Moment, square: Array) -> None:
    """s <- d s + (1 - d) g^2, w <- w - rate g / (sqrt(s) + epsilon): Tieleman and Hinton 2012, lecture 6.5."""
    _average(square, grad, now.settings.decay, spare, squared=True)
    np.sqrt(square, out=spare)
    spare += now.settings.epsilon
    np.divide(grad, spare, out=spare)
    sgd(value, spare, spare, now)


def _adam(value: Array, grad: Array, spare: Array, now: Moment, mean: Array, square: Array) -> None:
    """Kingma and Ba 2015, Algorithm 1: m and s average g and g^2, both corrected for their start at 0.

    w <- w - rate m' / (sqrt(s') + epsilon) with m' = m / (1 - beta1^t) and s' = s / (1 - beta2^t).
    """
    chosen = now.settings
    _average(mean, grad, chosen.beta1, spare)
    _average(square, grad, chosen.beta2, spare, squared=True)
    np.sqrt(square, out=spare)
    spare /= math.sqrt(1 - chosen.beta2**now.number)
    spare += chosen.epsilon
    np.divide(mean, spare, out=spare)
    spare *= now.rate / (1 - chosen.beta1**now.number)
    np.subtract(value, spare, out=value)


def _adamw(value: Array, grad: Array, spare: Array, now: Moment, mean: Array, square: Array) -> None:
    """Loshchilov and Hutter 2019, Algorithm 2: Adam, with w <- w - rate decay w beside the step.

    The decay is multiplied by the whole rate, as in PyTorch; the paper's lambda is `rate` times this one.
    """
    value *= 1 - now.rate * now.settings.weight_decay
    _adam(value, grad, spare, now, mean, square)


def _average(average: Array, grad: Array, decay: float, spare: Array, squared: bool = False) -> None:
    """average <- decay average + (1 - decay) grad, or grad squared."""
    average *= decay
    np.multiply(grad, 1 - decay, out=spare)
    if squared:
        spare *= grad
    average += spare


_BETAS = (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8))

OPTIMIZERS = {
    "sgd": Optimizer(sgd, 0.1),
    "momentum": Optimizer(_momentum, 0.01, ("velocity",), (("momentum", 0.9),)),
    "nesterov": Optimizer(_nesterov, 0.01, ("velocity",), (("momentum", 0.9),)),
    "rmsprop": Optimizer(_rmsprop, 0.001, ("square",), (("decay", 0.9), ("epsilon", 1e-8))),
    "adam": Optimizer(_adam, 0.001, ("mean", "square"), _BETAS),
    "adamw": Optimizer(_adamw, 0.001, ("mean", "square"), (*_BETAS, ("weight_decay", 0.01)), decoupled=True),
}


class Schedule(NamedTuple):
    """How the learning rate changes: rate(settings, epoch), with epochs counted from 1."""

    rate: Callable[[Settings, int], float]
    settings: tuple[tuple[str, Any], ...] = ()  # (name, usual value) of each setting of its own
    looks_ahead: bool = False  # the rate depends on how many epochs there will be


def _constant_rate(settings: Settings, epoch: int) -> float:
    """The same rate in every epoch."""
    return float(settings.learning_rate)


def _step_rate(settings: Settings, epoch: int) -> float:
    """The rate times step_factor after every step_every epochs, as PyTorch's StepLR."""
    return float(settings.learning_rate * settings.step_factor ** ((epoch - 1) // settings.step_every))


def _cosine_rate(settings: Settings, epoch: int) -> float:
    """Half a cosine from the rate down to lowest_rate, without restarts: Loshchilov and Hutter 2017, eq. 5."""
    span = settings.learning_rate - settings.lowest_rate
    return float(settings.lowest_rate + span * (1 + math.cos(math.pi * (epoch - 1) / settings.epochs)) / 2)


SCHEDULES = {
    "constant": Schedule(_constant_rate),
    "step": Schedule(_step_rate, (("step_every", 50), ("step_factor", 0.5))),
    "cosine": Schedule(_cosine_rate, (("lowest_rate", 0.0),), looks_ahead=True),
}


_NEEDED = {name: Settings._field_defaults[name] for name in ("epochs", "batch_size", "seed")}


def completed(settings: Settings) -> Settings:
    """Settings with every usual value filled in, as plain numbers; what makes no sense is refused by a DataError."""
    optimizer = _row(OPTIMIZERS, "optimizer", settings.optimizer)
    schedule = _row(SCHEDULES, "schedule", settings.schedule)
    usual = {
        **_NEEDED,
        "learning_rate": optimizer.rate,
        "weight_decay": 0.0,
        **dict((*optimizer.settings, *schedule.settings)),
    }
    given = settings._asdict()
    _check_foreign({name for name in given if given[name] is not None} - {*usual}, settings)
    chosen = Settings(
        **{name: checked(name, usual.get(name) if value is None else value) for name, value in given.items()}
    )
    if chosen.lowest_rate is not None and chosen.lowest_rate > chosen.learning_rate:
        raise DataError(f"the lowest rate must not be above the learning rate, got {chosen.lowest_rate}")
    return chosen


def _row(table: Mapping[str, Any], kind: str, name: Any) -> Any:
    if not isinstance(name, str) or name not in table:
        raise DataError(f"unknown {kind} {name!r}: choose one of {', '.join(table)}")
    return table[name]


def _check_foreign(names: set[str], settings: Settings) -> None:
    """Refuse a setting that the chosen optimizer and schedule do not have, rather than let it do nothing."""
    tables: dict[str, Mapping[str, Any]] = {settings.optimizer: OPTIMIZERS, settings.schedule: SCHEDULES}
    for choice, table in tables.items():
        for name in filter(names.__contains__, Settings._fields):
            owners = [key for key, row in table.items() if name in dict(row.settings)]
            if owners:
                raise DataError(f"{choice} has no {worded(name)}: that goes with {' or '.join(owners)}")
