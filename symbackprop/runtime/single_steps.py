"""One step of gradient descent by itself, with all of its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from ..errors import DataError, Diverged
from .generated_modules import Params, trainable
from .optimizers import completed
from .parameters import copied, dtype_of
from .samples import samples
from .settings import Settings
from .training_run import Stepper


@dataclass(frozen=True)
class SingleStep:
    """The numbers of one step.

    old, gradients, new: arrays by name, of the shapes in SHAPES. before, after: the mean loss of the samples.
    rate: what the gradients were multiplied by. rows: how many samples there are.
    """

    old: Params
    gradients: Params
    new: Params
    before: float
    after: float
    rate: float
    rows: int


def single_step(
    module: ModuleType,
    params: Mapping[str, npt.ArrayLike],
    X: npt.ArrayLike,
    Y: npt.ArrayLike | None = None,
    learning_rate: float | None = None,
) -> SingleStep:
    """One step of plain gradient descent on all samples together, as `train` takes it with optimizer="sgd".

    Args:
        module: a generated module for NumPy.
        params: where the step begins, arrays by name; left as they are.
        X: (samples, columns of the inputs).
        Y: (samples, columns of the targets that are no inputs), or None if there are none.
        learning_rate: by default that of sgd.

    Raises:
        DataError: parameters, data or the rate do not fit.
        Diverged: the loss is not finite, before the step or after it.
        ModuleError: the module is one of an expression.
    """
    known, settings = trainable(module), completed(Settings(1, learning_rate=learning_rate))
    old = copied(known, params)
    for name, value in old.items():
        if not np.isfinite(value).all():
            raise DataError(f"params: {name} holds numbers that are not finite: give others")
    X, Y = samples(known, X, Y, dtype_of(old))
    stepper = Stepper(module, old, settings)
    with np.errstate(all="ignore"):
        before, gradients = known.loss_and_grad(old, X, Y)
        stepper.step(X, Y, stepper.settings.learning_rate, stepper.workspace(len(X)))
        new = {name: np.array(view) for name, view in stepper.params.items()}
        after = known.loss(new, X, Y)
    for epoch, loss in enumerate((before, after)):
        if not math.isfinite(loss):
            raise Diverged(epoch, old)
    return SingleStep(old, dict(gradients), new, float(before), float(after), stepper.settings.learning_rate, len(X))
