"""Training on JAX: on one CPU, on a GPU, on many devices of many machines, with the loop of `runtime`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy.typing as npt

from .. import runtime
from ..runtime.checkpoints import Checkpoints, identity
from ..runtime.generated_modules import Params, trainable
from ..runtime.settings import Settings, check_names
from ..runtime.training_loop import Engine, OnEpoch, Samples, begun, trained
from ..runtime.training_run import Pair
from .installed import needed
from .jax_mesh import force, mesh_of, told
from .jax_places import Mesh, Places, places
from .jax_processes import check_agreement, connect
from .jax_run import JaxRun, check_dtype
from .jax_store import Kept

jax = needed("jax")


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
    devices: int | None = None,
    mesh: Mesh = None,
    **others: Any,
) -> tuple[Params, list[float]]:
    """As runtime.train(), on JAX: the same batches, to the same parameters but for rounding; these come in NumPy.

    `devices` are as many as take part, the batch split over them (default: 1); `mesh` says how they lie, as
    {"data": 4, "model": 2} or "data=4,model=2". JAX must have them: its settings stay what they are.

    Raises:
        DataError: parameters, data, settings, devices or a checkpoint that do not fit; or parameters in float64, while
            JAX has that switched off.
        Diverged: the loss stopped being finite.
        ModuleError: the module is one of an expression, or of another engine.
        UnsupportedError: optax is not installed, or orbax where a checkpoint needs it.
    """
    check_names(others)
    settings = Settings(epochs, batch_size, learning_rate, seed, **others)
    engine = Engine("jax", partial(_begin, places=places(devices, mesh)), Kept())
    return trained(*begun(module, params, (X, Y), settings, validation, checkpoints, engine), on_epoch)


def start_values(module: ModuleType, seed: int = 0) -> Params:
    """Those of `runtime`, in the largest floats that JAX has switched on."""
    return runtime.start_values(module, seed, dtype=jax.dtypes.canonicalize_dtype("float64"))


def engine_of(chosen: Places, options: Mapping[str, object]) -> Engine:
    """What the command trains with; `options` are all that processes must have been given alike."""
    begin = partial(_begin, places=chosen, options=options)
    return Engine("jax", begin, Kept(chosen.coordinator is not None), chosen.writes)


def _begin(
    module: ModuleType,
    start: Params,
    settings: Settings,
    data: Pair,
    held: Pair | None,
    *,
    places: Places,
    options: Mapping[str, object] | None = None,
) -> JaxRun:
    """The run where it begins: JAX starts here, when the data have been found to fit."""
    check_dtype(start)
    if options is not None:
        force(places)
        connect(places)
    mesh = mesh_of(places)
    check_agreement(
        {**(options or {}), **_facts(module, start, settings, (*data, *(held or ()))), "devices": places[:3]}
    )
    run = JaxRun(module, start, settings, data, held, mesh=mesh)
    run.said = told(places)
    return run


def _facts(module: ModuleType, start: Params, settings: Settings, data: Any) -> dict[str, object]:
    """What processes must have in common, by name: each may have read a file of its own."""
    known = identity(trainable(module), settings, start, [*data])
    return {"module": _text(module), "data": known.pop("data"), "start values": known.pop("start values")}


def _text(module: ModuleType) -> object:
    """What the module says; one that has no file, what it computes."""
    try:
        return Path(str(module.__file__)).read_bytes()
    except OSError:
        return str(module.MODEL["program"])


def allow_float64() -> None:
    """Let JAX have float64, for all of this Python."""
    jax.config.update("jax_enable_x64", True)
