"""Checkpoints: all that a run needs to go on as if it had never stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .array_files import CHECKPOINT, Place, check_writable, load_arrays, prefixed, save_arrays, stripped
from .generated_modules import Array, Params, Trainable
from .optimizers import SCHEDULES
from .settings import Settings, checked, counted
from .training_run import Run


class Checkpoints(NamedTuple):
    """Where the state of a run is kept, after how many epochs each time, and the file to go on from."""

    path: Place | None = None
    every: int = 10
    resume: Place | None = None
    notes: Mapping[str, npt.ArrayLike] | None = None  # arrays or strings that are kept beside it


class Store(Protocol):
    """How the arrays of a checkpoint are read and written, by name; texts are among them."""

    def load(self, path: Place) -> Mapping[str, Array]:
        """What a checkpoint holds; DataError where it cannot be read."""

    def save(self, path: Place, arrays: Mapping[str, npt.ArrayLike]) -> None:
        """Write a checkpoint so that a kill leaves the old one or the new one."""

    def is_replaceable(self, path: Place) -> bool:
        """Whether there is nothing, or a checkpoint, which a new one may replace."""

    def check_writable(self, path: Place, option: str, others: Mapping[str, Place | None]) -> None:
        """Refuse a path for checkpoints before any work is done; `others` are files that must stay, by name."""


class Files:
    """Checkpoints in .npz files."""

    def load(self, path: Place) -> Mapping[str, Array]:
        """The arrays of a file."""
        return load_arrays(path, "a checkpoint")

    def save(self, path: Place, arrays: Mapping[str, npt.ArrayLike]) -> None:
        """Whole, or not at all."""
        save_arrays(path, arrays, "--checkpoint")

    def is_replaceable(self, path: Place) -> bool:
        """Whether there is no file, or one of a checkpoint."""
        try:
            return not os.path.exists(path) or set(self.load(path)) >= CHECKPOINT
        except DataError:
            return False

    def check_writable(self, path: Place, option: str, others: Mapping[str, Place | None]) -> None:
        """Refuse what cannot be written, or would cost another file."""
        if os.path.isdir(path):
            raise DataError(f"cannot write {path}: it is a folder, in which modules that run on JAX keep checkpoints")
        check_writable(path, option, others)


class Keeper:
    """Keeps the checkpoints of one run, and knows what a run must have in common with them."""

    def __init__(
        self,
        places: Checkpoints,
        module: Trainable,
        settings: Settings,
        start: Params,
        data: Iterable[Array],
        store: Store,
    ) -> None:
        self.path, self.origin, self.notes, self.store = places.path, places.resume, places.notes or {}, store
        self.every, self.identity = checked("checkpoint_every", places.every), dict[str, Any]()
        if self.path is not None or self.origin is not None:
            self.identity = identity(module, settings, start, [*data])
        if self.path is not None and self.path != self.origin and not store.is_replaceable(self.path):
            advice = "choose another --checkpoint path"
            raise DataError(f"cannot write {self.path}: it exists and is no checkpoint; {advice}")

    def after_epoch(self, run: Run) -> None:
        """Write a checkpoint when one is due, and when the run is over."""
        if self.path is None or (run.epoch % self.every and not run.is_over()):
            return
        progress = {
            "epoch": run.epoch,
            "steps": run.steps,
            "generator": run.rng.bit_generator.state,
            "best epoch": run.best_epoch,
            "best loss": run.best_loss,
        }
        arrays = {
            "identity": json.dumps(self.identity),
            "progress": json.dumps(progress),
            "history": np.array(run.history, dtype=np.float64),
            **prefixed("param_", run.parameters()),
            **prefixed("kept_", run.kept()),
            **prefixed("best_", run.best),
            **prefixed("note_", self.notes),
        }
        self.store.save(self.path, arrays)

    def resume(self, run: Run) -> None:
        """Put a new run where the checkpoint's stood; one of another model, data or settings is refused."""
        path = self.origin
        if path is None:
            return
        arrays = self.store.load(path)
        if not set(arrays) >= CHECKPOINT:
            raise DataError(f"{path} is no checkpoint: name a file that --checkpoint wrote")
        try:
            found = dict(json.loads(str(arrays["identity"])))
            _check_identity(path, found, self.identity)
            _restore(run, json.loads(str(arrays["progress"])), arrays)
        except DataError:
            raise
        except Exception as error:  # a damaged file can fail in any way
            raise DataError(f"{path} is a damaged checkpoint ({type(error).__name__})") from error
        if run.epoch > run.settings.epochs:
            raise DataError(f"{path} has {counted(run.epoch, 'epoch')} behind it: set --epochs to that or more")


def identity(module: Trainable, settings: Settings, start: Params, data: list[Array]) -> dict[str, Any]:
    """What two runs must share for one to go on where the other stopped, as a dict that JSON can hold."""
    chosen = settings._asdict()
    if not SCHEDULES[settings.schedule].looks_ahead:
        del chosen["epochs"]  # to train for longer changes nothing about the epochs before
    return {
        "model": module.MODEL["title"],
        **{name: module.MODEL[name] for name in ("program", "style", "engine")},
        "dtype": str(data[0].dtype),
        **chosen,
        "start values": _digest(start.values()),
        "data": _digest(data),
    }


def _digest(arrays: Iterable[Array]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _check_identity(path: Place, found: dict[str, Any], identity: dict[str, Any]) -> None:
    names = [name for name in {**identity, **found} if found.get(name) != identity.get(name)]
    if "model" in names:  # then much else differs too
        names = ["model"]
    shown = [name for name in names if name not in ("start values", "data")]
    if names:
        texts = [f"{name.replace('_', ' ')} {found.get(name)} there and {identity.get(name)} here" for name in shown]
        differs = "; ".join(texts) or " and ".join(names)
        raise DataError(f"{path} is the checkpoint of another run, which differs in: {differs}")


def _restore(run: Run, progress: Any, arrays: Mapping[str, Array]) -> None:
    """The state of a run from what a checkpoint holds; whatever does not fit raises."""
    run.history, run.epoch, run.steps = arrays["history"].tolist(), int(progress["epoch"]), int(progress["steps"])
    if run.epoch < 1 or arrays["history"].shape != (run.epoch,):
        raise ValueError("not a loss for each epoch")
    run.rng.bit_generator.state = progress["generator"]
    run.best_epoch, run.best_loss = int(progress["best epoch"]), float(progress["best loss"])
    params, kept, best = (stripped(prefix, arrays) for prefix in ("param_", "kept_", "best_"))
    _check_alike(run.parameters(), params)
    _check_alike(run.kept(), kept)
    _check_alike(run.parameters() if run.best_epoch else {}, best)
    run.restore(params, kept, best)


def _check_alike(arrays: Params, found: Params) -> None:
    """Each must be the like of the one of its name."""
    if set(arrays) != set(found):
        raise ValueError("other arrays than expected")
    for name, array in arrays.items():
        if (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            raise ValueError(f"{name} is of another kind than expected")
