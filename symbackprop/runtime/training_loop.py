"""The training loop."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import DataError, Diverged, ModuleError
from .checkpoints import Checkpoints, Files, Keeper, Store
from .generated_modules import Array, Params, trainable
from .optimizers import completed
from .parameters import copied, dtype_of
from .samples import samples
from .settings import Settings, check_names
from .training_run import NumpyRun, Pair, Run

OnEpoch = Callable[[int, float], None]
Samples = tuple[npt.ArrayLike, npt.ArrayLike | None]

LOOKED_AT = 256
"""Rows at a time, when derivatives are looked for that are not 0."""


def train(
    module: ModuleType,
    params: Mapping[str, npt.ArrayLike],
    X: npt.ArrayLike,
    Y: npt.ArrayLike | None = None,
    epochs: int = 200,
    batch_size: int = 16,
    learning_rate: float | None = None,
    seed: int = 0,
    on_epoch: OnEpoch | None = None,
    *,
    validation: Samples | None = None,
    checkpoints: Checkpoints | str | Path | None = None,
    **others: Any,
) -> tuple[Params, list[float]]:
    """Train in mini-batches; returns (trained parameters, the mean loss of each epoch).

    X is (samples, columns of the inputs), Y (samples, columns of the targets that are no inputs), or None if there are
    none; both are converted once to the dtype of `params`, in which all of the training is done. `params` is left as
    it was. `on_epoch(epoch, loss)` is called after each epoch, counted from 1. `others` are further settings, by the
    names of Settings: optimizer="adam", say. With `validation`, a pair (X, Y), the parameters returned are those of
    the epoch with the lowest validation loss. `checkpoints` says where to keep the state of the run, and where to go
    on from. A parameter that cannot move, all of its derivatives being 0 at the start, is warned of.

    Raises:
        DataError: parameters, data, settings or a checkpoint that do not fit.
        Diverged: the loss stopped being finite.
        ModuleError: the module is one of an expression, or of another engine.
    """
    check_names(others)
    settings = Settings(epochs, batch_size, learning_rate, seed, **others)
    return trained(*begun(module, params, (X, Y), settings, validation, checkpoints), on_epoch)


def trained(run: Run, keeper: Keeper, on_epoch: OnEpoch | None = None) -> tuple[Params, list[float]]:
    """What train() returns of a run, for whoever called the function that calls this one."""
    if run.note:
        warnings.warn(run.note, stacklevel=3)
    finish(run, keeper, on_epoch)
    return run.outcome(), run.history


class Engine(NamedTuple):
    """What trains the modules that name it in MODEL."""

    name: str
    begin: Callable[[ModuleType, Params, Settings, Pair, Pair | None], Run]
    store: Store
    writes: bool = True  # whether this process writes the weights and the report: one of several does


NUMPY = Engine("numpy", NumpyRun, Files())


def begun(
    module: ModuleType,
    params: Mapping[str, npt.ArrayLike],
    data: Samples,
    settings: Settings,
    validation: Samples | None = None,
    checkpoints: Checkpoints | str | Path | None = None,
    engine: Engine = NUMPY,
) -> tuple[Run, Keeper]:
    """A run that is checked and stands where it begins, or where its checkpoint left it."""
    known, settings = trainable(module), completed(settings)
    _check_engine(module, engine)
    start = copied(known, params)
    X, Y = samples(known, *data, dtype_of(start))
    if validation is not None and not (isinstance(validation, tuple | list) and len(validation) == 2):
        raise DataError(f"validation should be a pair (X, Y), is {type(validation).__name__}")
    held = None if validation is None else samples(known, *validation, dtype_of(start), "the validation ")
    if settings.patience is not None and held is None:
        raise DataError("patience goes with validation rows: set --validation-fraction, or leave --patience out")
    places = Checkpoints(checkpoints) if isinstance(checkpoints, str | Path) else checkpoints or Checkpoints()
    keeper = Keeper(places, known, settings, start, (X, Y, *(held or ())), engine.store)
    run = engine.begin(module, start, settings, (X, Y), held)
    run.note = idle(module, start, X, Y)
    keeper.resume(run)
    return run, keeper


def _check_engine(module: ModuleType, engine: Engine) -> None:
    """Refuse a module that is another engine's."""
    named = trainable(module).MODEL["engine"]
    if named != engine.name:
        face = "runtime" if named == "numpy" else f"engines.{named}"
        advice = f"'symbackprop train MODULE DATA' trains it, and in Python symbackprop.{face}.train"
        wanted = "NumPy" if engine.name == "numpy" else engine.name
        raise ModuleError(f"{str(module.__file__)!r} runs on {named}, not on {wanted}: {advice}")


def finish(run: Run, keeper: Keeper, on_epoch: OnEpoch | None = None) -> None:
    """Train to the end; Diverged has the parameters from before the epoch that failed."""
    while not run.is_over():
        run.mark()
        run.one_epoch()
        if not run.is_finite():
            raise _diverged(run, run.marked())
        run.validate()
        keeper.after_epoch(run)
        if on_epoch is not None:
            on_epoch(run.epoch, run.history[-1])


def _diverged(run: Run, good: Params) -> Diverged:
    """What to say of a loss that is not finite: whether it ever was."""
    with np.errstate(all="ignore"):
        was_finite = run.epoch > 1 or np.isfinite(run.module.loss(good, *run.data))
    return Diverged(run.epoch if was_finite else 0, good)


def idle(module: ModuleType, params: Params, X: Array, Y: Array | None = None) -> str:
    """A line on the parameters that do not move from where they are, their derivatives being 0 for every row; or "".

    X and Y are as the module's loss_and_grad takes them. As few rows are looked at as show that there are none.
    """
    still = [*params]
    for rows in _looks(len(X)):
        with np.errstate(all="ignore"):
            grads = _tried(module, params, X[rows], None if Y is None else Y[rows])
        still = [name for name in still if not np.any(grads[name])]
        if not still:
            return ""
    named = f"all derivatives by {' and '.join(still)} are 0 at the start"
    return f"{named}, and training moves nothing whose derivatives are 0: try other start values"


def _tried(module: ModuleType, params: Params, X: Array, Y: Array | None) -> Params:
    """The derivatives, which a module that was changed by hand may be unable to compute."""
    try:
        return trainable(module).loss_and_grad(params, X, Y)[1]
    except Exception as error:
        found = f"{str(module.__file__)!r} fails at the start values ({type(error).__name__}: {error})"
        raise ModuleError(f"{found}: generate it again if it was changed, or try other start values") from error


def _looks(rows: int) -> Iterator[slice]:
    """The first rows together, each of them alone, since those of a symmetric table cancel out, and the others."""
    yield slice(LOOKED_AT)
    yield from (slice(row, row + 1) for row in range(min(rows, LOOKED_AT)))
    yield from (slice(start, start + LOOKED_AT) for start in range(LOOKED_AT, rows, LOOKED_AT))
