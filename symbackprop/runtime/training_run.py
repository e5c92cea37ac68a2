"""A run of training: its single steps, its samples in mini-batches, and what changes from epoch to epoch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from .generated_modules import Array, Params, trainable
from .optimizers import OPTIMIZERS, SCHEDULES, Moment, completed, sgd
from .parameters import FlatParameters, copied, dtype_of
from .settings import Settings

Sweep = Callable[[Params, Array, Array | None, float, Any], tuple[float, Params]]
Pair = tuple[Array, Array]
_USUAL = Settings()


class Stepper:
    """An optimizer at work on a net: its parameters, the arrays that it keeps, and how many steps it has taken.

    `params` is copied; the attribute of that name holds views of `flat`, which a step changes. X and Y must be arrays
    of the dtype of the parameters, and of two axes: a step checks nothing. `work` is what `workspace(len(X))` made.

    Raises:
        DataError: parameters or settings that do not fit.
    """

    def __init__(self, module: ModuleType, params: Mapping[str, npt.ArrayLike], settings: Settings = _USUAL) -> None:
        self.settings, self.count, self._module = completed(settings), 0, trainable(module)
        self._sweep: Sweep = getattr(module, "_sweep", None) or self._checked_sweep
        start = copied(self._module, params)
        self.flat_parameters = FlatParameters(self._module, dtype_of(start))
        self.flat = self.flat_parameters.flat
        self.params = self.flat_parameters.views(self.flat)
        for name, view in self.params.items():
            view[...] = start[name]
        self._first = next(iter(self.params))
        self._row = OPTIMIZERS[self.settings.optimizer]
        self._kept = [np.zeros_like(self.flat) for _ in self._row.kept]
        decays = bool(self.settings.weight_decay) and not self._row.decoupled
        self._spare = None if self._row.step is sgd and not decays else np.empty_like(self.flat)
        self._other = np.empty_like(self.flat) if decays else None

    def _checked_sweep(self, params: Params, X: Array, Y: Array | None, scale: float, _: Any) -> tuple[float, Params]:
        return self._module.loss_and_grad(params, X, Y, scale)

    def workspace(self, rows: int) -> Any:
        """The arrays that the module writes into, for batches of so many rows; None if it makes new ones each time."""
        workspace = getattr(self._module, "Workspace", None)
        return None if workspace is None else workspace(rows, self.flat.dtype)

    def kept(self) -> Params:
        """The arrays that the optimizer keeps, by its name for them and the parameter's."""
        pairs = zip(self._row.kept, self._kept, strict=True)
        return {
            f"{kept}_{name}": view for kept, flat in pairs for name, view in self.flat_parameters.views(flat).items()
        }

    def step(self, X: Array, Y: Array | None, rate: float, work: Any = None) -> float:
        """One step on one batch: changes the parameters, and returns the mean loss before it."""
        self.count += 1
        plain = self._spare is None  # then the step is the gradient times the rate, and nothing is left to multiply
        value, grads = self._sweep(self.params, X, Y, rate if plain else 1.0, work)
        grad: Any = grads[self._first].base if work is None else work.flat
        if plain:
            np.subtract(self.flat, grad, out=self.flat)
        else:
            now = Moment(rate, self.count, self.settings)
            self._row.step(self.flat, self._decayed(grad), self._spare, now, *self._kept)
        return value

    def _decayed(self, grad: Array) -> Array:
        """With the derivative of weight_decay / 2 times the square of the parameters."""
        if self._other is None:
            return grad
        np.multiply(self.flat, self.settings.weight_decay, out=self._other)
        self._other += grad
        return self._other


class Run(ABC):
    """What changes from epoch to epoch, all of which a checkpoint holds; `settings` are complete.

    `data` is the X and Y that are trained on, `held` those that validate; `note` is what idle() says of the start, and
    `said` what the report should have of the engine. An engine's own Run has the methods that are abstract here.
    """

    def __init__(self, module: ModuleType, settings: Settings, data: Pair, held: Pair | None = None) -> None:
        self.module, self.settings, self.data, self.held = module, settings, data, held
        self.note, self.said = "", list[str]()
        self.rng = np.random.default_rng(settings.seed)
        self.epoch, self.history, self.steps = 0, list[float](), 0
        self.best, self.best_epoch, self.best_loss = Params(), 0, math.inf

    @abstractmethod
    def swept(self, order: Array, rate: float) -> float:
        """One step on each batch of the samples in this order; returns the sum of their losses."""

    @abstractmethod
    def parameters(self) -> Params:
        """The parameters as they stand, which the next step may change."""

    @abstractmethod
    def kept(self) -> Params:
        """The arrays that the optimizer keeps, by its name for them and the parameter's."""

    @abstractmethod
    def copied(self, params: Params) -> Params:
        """The same arrays, which no step changes."""

    @abstractmethod
    def restore(self, params: Params, kept: Params, best: Params) -> None:
        """Put parameters, what the optimizer keeps and the best parameters in the place of those that there are."""

    @abstractmethod
    def mark(self) -> None:
        """Remember the parameters as they stand."""

    @abstractmethod
    def marked(self) -> Params:
        """What was remembered, in NumPy."""

    @abstractmethod
    def are_finite(self) -> bool:
        """Whether all parameters are."""

    def held_loss(self, held: Pair) -> float:
        """The mean loss of the rows that are not trained on."""
        with np.errstate(all="ignore"):
            return float(self.module.loss(self.parameters(), *held))

    def one_epoch(self) -> None:
        """One pass over the samples in a new order; notes the mean loss."""
        self.epoch += 1
        rate, rows = SCHEDULES[self.settings.schedule].rate(self.settings, self.epoch), len(self.data[0])
        self.history.append(self.swept(self.rng.permutation(rows), rate) / rows)

    def is_finite(self) -> bool:
        """Whether the last epoch left numbers behind."""
        return math.isfinite(self.history[-1]) and self.are_finite()

    def validate(self) -> None:
        """Keep the parameters if they are the best so far on the rows that are not trained on, if there are any."""
        if self.held is None:
            return
        value = self.held_loss(self.held)
        if value < self.best_loss:
            self.best, self.best_epoch, self.best_loss = self.copied(self.parameters()), self.epoch, value

    def is_over(self) -> bool:
        """Whether the epochs are done, or the validation loss has not fallen for as long as patience lasts."""
        patience = self.settings.patience
        waited = self.epoch - self.best_epoch
        return bool(self.epoch >= self.settings.epochs or (patience is not None and waited >= patience))

    def outcome(self) -> Params:
        """The best parameters where there is validation, else the last."""
        return self.best or self.parameters()


class NumpyRun(Run):
    """A run on NumPy."""

    def __init__(
        self, module: ModuleType, params: Params, settings: Settings, data: Pair, held: Pair | None = None
    ) -> None:
        super().__init__(module, settings, data, held)
        self.stepper = Stepper(module, params, settings)
        self.batches = Batches(*data, settings.batch_size, self.stepper)
        self._good = self.stepper.flat.copy()

    def swept(self, order: Array, rate: float) -> float:
        """One step on each batch of the samples in this order; returns the sum of their losses."""
        step, total = self.stepper.step, 0.0
        with np.errstate(all="ignore"):  # the outcome is looked at when the epoch is over
            for work, X, Y in self.batches.of(order):
                total += step(X, Y, rate, work) * len(X)
        self.steps = self.stepper.count
        return total

    def parameters(self) -> Params:
        """Views of the flat array that a step changes."""
        return self.stepper.params

    def kept(self) -> Params:
        """The arrays that the optimizer keeps, by its name for them and the parameter's."""
        return self.stepper.kept()

    def copied(self, params: Params) -> Params:
        """Views of a flat array of their own."""
        views = self.stepper.flat_parameters.views(np.empty_like(self.stepper.flat))
        _fill(views, params)
        return views

    def restore(self, params: Params, kept: Params, best: Params) -> None:
        """Copied into the arrays that there are, so that nothing but their numbers changes."""
        _fill(self.stepper.params, params)
        _fill(self.stepper.kept(), kept)
        self.best, self.stepper.count = self.copied(best) if best else {}, self.steps

    def mark(self) -> None:
        """Remember the parameters as they stand."""
        np.copyto(self._good, self.stepper.flat)

    def marked(self) -> Params:
        """What was remembered."""
        return self.stepper.flat_parameters.views(self._good)

    def are_finite(self) -> bool:
        """Whether all parameters are."""
        return bool(np.isfinite(self.stepper.flat).all())


def _fill(places: Params, found: Params) -> None:
    for name, place in places.items():
        np.copyto(place, found[name])


class Batches:
    """The samples in mini-batches; each batch is put where the one before it was, and the last may be smaller."""

    def __init__(self, X: Array, Y: Array, size: int, stepper: Stepper) -> None:
        self.X, self.Y, self.rows = X, Y, len(X)
        self.size = min(size, self.rows)
        sizes = {rows for rows in (self.size, self.rows % self.size) if rows}
        self.rooms = {
            rows: (stepper.workspace(rows), *(np.empty((rows, data.shape[1]), data.dtype) for data in (X, Y)))
            for rows in sizes
        }

    def of(self, order: Array) -> Iterator[tuple[Any, Array, Array]]:
        """(the workspace for so many rows, their X, their Y) for each batch."""
        for start in range(0, self.rows, self.size):
            rows = order[start : start + self.size]
            work, X, Y = self.rooms[len(rows)]
            np.take(self.X, rows, axis=0, out=X, mode="clip")  # "raise" would fill a copy first
            np.take(self.Y, rows, axis=0, out=Y, mode="clip")
            yield work, X, Y
