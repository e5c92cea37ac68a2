"""The training loop.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .files import Checkpoints, _check_replaced, _identity, _restore, _set_down
from .optimizers import SCHEDULES, Settings, _check_names, _completed, _Steps
from .start import DataError, Diverged, _checked, _copied, _counted, _dtype_of
from .tables import _check_targets, _numbers

WIDTHS: tuple[int, ...]
loss: Callable[..., float]
batch_function: Callable[..., Any]
packed: Callable[..., Any]

# ----------------------------------------------------------------------------------------------------------

# --- training ---


def train(
    params,
    X,
    Y,
    epochs=200,
    batch_size=16,
    learning_rate=None,
    seed=0,
    on_epoch=None,
    *,
    validation=None,
    checkpoints=None,
    **others,
):
    """Train in mini-batches; returns (trained parameters, the mean loss of each epoch).

    X is (samples, inputs), Y is (samples, outputs); both are converted once to the dtype of `params`, in which all
    of the training is done. `params` is left as it was. `on_epoch(epoch, loss)` is called after each epoch, counted
    from 1. `others` are further settings, by the names of Settings: optimizer="adam", say. With `validation`, a pair
    (X, Y), the parameters returned are those of the epoch with the lowest validation loss. `checkpoints` (of class
    Checkpoints) says where to keep the state of the run, and where to go on from.

    Raises:
        DataError: parameters, data, settings or a checkpoint that do not fit.
        Diverged: the loss stopped being finite.
    """
    _check_names(others)
    settings = Settings(epochs, batch_size, learning_rate, seed, **others)
    run = _trained(params, X, Y, settings, on_epoch, validation, checkpoints)
    return run.outcome(), run.history


def _trained(params, X, Y, settings, on_epoch=None, validation=None, checkpoints=None):
    """The finished run."""
    settings, start = _completed(settings), packed(_copied(params))
    dtype = _dtype_of(start)
    X, Y = _samples(X, Y, dtype)
    held = _held(validation, dtype)
    if settings.patience is not None and held is None:
        raise DataError("patience goes with validation rows: set --validation-fraction, or leave --patience out")
    keeper = _Keeper(checkpoints or Checkpoints(), settings, start, (X, Y, *(held or ())))
    run = _Run(start, settings)
    keeper.resume(run)
    _train_on(run, _Batches(X, Y, settings.batch_size), held, keeper, on_epoch)
    return run


def _train_on(run, batches, held, keeper, on_epoch):
    """The epochs that are left, each with its looks at the outcome."""
    good = {name: value.copy() for name, value in run.params.items()}
    while not run.is_over():
        for name, value in run.params.items():
            np.copyto(good[name], value)
        run.one_epoch(batches)
        if not all(np.isfinite(value).all() for value in (run.history[-1], *run.params.values())):
            raise Diverged(run.epoch, good)
        if held is not None:
            run.validate(*held)
        keeper.after_epoch(run)
        if on_epoch is not None:
            on_epoch(run.epoch, run.history[-1])


class _Run:
    """What changes from epoch to epoch, all of which a checkpoint holds."""

    def __init__(self, params, settings):
        self.params, self.settings = params, settings
        self.steps = _Steps(params, settings)
        self.rng = np.random.default_rng(settings.seed)
        self.epoch, self.history = 0, []
        self.best, self.best_epoch, self.best_loss = {}, 0, math.inf

    def one_epoch(self, batches):
        """One pass over the samples in a new order; notes the mean loss."""
        self.epoch += 1
        rate = SCHEDULES[self.settings.schedule].rate(self.settings, self.epoch)
        total = 0.0
        with np.errstate(all="ignore"):  # the outcome is looked at when the epoch is over
            for function, X, Y in batches.of(self.rng.permutation(batches.rows)):
                total += self.steps.take(function, self.params, X, Y, rate) * len(X)
        self.history.append(total / batches.rows)

    def validate(self, X, Y):
        """Keep the parameters if they are the best so far on rows that are not trained on."""
        with np.errstate(all="ignore"):
            value = float(loss(self.params, X, Y))
        if value < self.best_loss:
            self.best, self.best_epoch = {name: array.copy() for name, array in self.params.items()}, self.epoch
            self.best_loss = value

    def is_over(self):
        """Whether the epochs are done, or the validation loss has not fallen for as long as patience lasts."""
        patience = self.settings.patience
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.settings.epochs or (patience is not None and waited >= patience)

    def outcome(self):
        """The best parameters where there is validation, else the last."""
        return self.best or self.params


class _Batches:
    """The samples in mini-batches; each batch is put where the one before it was, and the last may be smaller."""

    def __init__(self, X, Y, size):
        self.X, self.Y, self.rows = X, Y, len(X)
        self.size = min(size, self.rows)
        self.rooms = {rows: self._room(rows) for rows in (self.size, self.rows % self.size) if rows}

    def _room(self, rows):
        X, Y = (np.empty((rows, array.shape[1]), array.dtype) for array in (self.X, self.Y))
        return batch_function(rows, X.dtype), X, Y

    def of(self, order):
        """(the function for so many rows, their X, their Y) for each batch."""
        for start in range(0, self.rows, self.size):
            rows = order[start : start + self.size]
            function, X, Y = self.rooms[len(rows)]
            np.take(self.X, rows, axis=0, out=X, mode="clip")  # "raise" would fill a copy first
            np.take(self.Y, rows, axis=0, out=Y, mode="clip")
            yield function, X, Y


class _Keeper:
    """Keeps the checkpoints of one run, and knows what a run must have in common with them."""

    def __init__(self, places, settings, start, data):
        self.places, self.every = places, _checked("checkpoint_every", places.every)
        if places.path is not None or places.resume is not None:
            self.identity = _identity(settings, start, data)
        if places.path != places.resume:
            _check_replaced(places.path)

    def resume(self, run):
        """Put the run where the checkpoint left it."""
        if self.places.resume is not None:
            _restore(self.places.resume, run, self.identity)

    def after_epoch(self, run):
        """Write a checkpoint when one is due, and when the run is over."""
        if self.places.path is not None and (run.epoch % self.every == 0 or run.is_over()):
            _set_down(self.places.path, run, self.identity, self.places.notes)


def _held(validation, dtype):
    if validation is None:
        return None
    X, Y = validation
    return _samples(X, Y, dtype, ("the validation X", "the validation Y"))


def _samples(X, Y, dtype, names=("X", "Y")):
    """Both as arrays of `dtype`, after every check that training can do without looking at the network."""
    arrays = [np.atleast_1d(values) for values in (X, Y)]
    rows = [len(array) for array in arrays]
    if rows[0] != rows[1] or not rows[0]:
        pair, found = " and ".join(names), f"{rows[0]} and {_counted(rows[1], 'row')}"
        raise DataError(f"{pair} must have a row for each sample, and at least one: got {found}")
    X, Y = (_numbers(*each, dtype) for each in zip(arrays, names, (WIDTHS[0], WIDTHS[-1]), strict=True))
    _check_targets(names[1], Y)
    return X, Y
