"""Checkpoints of orbax: a folder, in which each process writes what lies on its devices."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..runtime.array_files import Place
from ..runtime.generated_modules import Array
from .installed import needed

jax, orbax = needed("jax"), needed("orbax.checkpoint")
for _name in ("absl", "asyncio"):  # they tell each step of each save, and of a damaged file more than its error does
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def load(path: Place) -> Mapping[str, Array]:
    """The newest checkpoint of a folder, whole in NumPy; DataError where there is none, or it is damaged."""
    try:
        with _manager(path) as manager:
            newest = manager.latest_step()
            if newest is None:
                raise DataError(f"{path} holds no checkpoint: name a folder that --checkpoint wrote")
            _check_manifests(os.path.join(path, str(newest)))
            return _loaded(manager, newest)
    except DataError:
        raise
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is a damaged checkpoint ({type(error).__name__}){_earlier(path)}") from error


def _check_manifests(folder: str) -> None:
    """Tell a list of contents that was cut off before TensorStore reads it, whose threads print when that fails."""
    for inside, _, names in os.walk(folder):
        if any(name == "manifest.ocdbt" and not os.path.getsize(os.path.join(inside, name)) for name in names):
            raise ValueError("an empty manifest")


def _earlier(path: Place) -> str:
    """How to go on from the checkpoint before the newest, if there is one."""
    numbers = sorted(int(name) for name in os.listdir(path) if name.isdecimal())
    return f": remove {numbers[-1]} in it to go on from {numbers[-2]}" if len(numbers) > 1 else ""


def _loaded(manager: Any, number: int) -> dict[str, Array]:
    about = manager.restore(number, args=orbax.args.Composite(about=orbax.args.JsonRestore()))["about"]
    like = {name: np.empty(shape, dtype) for name, (shape, dtype) in about["arrays"].items()}
    wanted = orbax.args.Composite(arrays=orbax.args.StandardRestore(like))
    arrays = manager.restore(number, args=wanted)["arrays"]
    others = {name: np.array(value, dtype) for name, (value, dtype) in about["others"].items()}
    return {**others, **{name: np.asarray(arrays[name]) for name in like}}


def _manager(path: Place) -> Any:
    options = orbax.CheckpointManagerOptions(max_to_keep=2, enable_async_checkpointing=False)
    return orbax.CheckpointManager(os.path.realpath(path), options=options)


class Folder:
    """A folder that checkpoints are written into, numbered as they come; the newest two are kept.

    Arrays of JAX are written by the processes that have them; what else there is, texts and notes, by one of them.
    """

    def __init__(self, path: Place) -> None:
        self._path, self._manager = path, _manager(path)

    def save(self, values: Mapping[str, npt.ArrayLike]) -> None:
        """One more checkpoint; a kill leaves those before it."""
        arrays = {name: value for name, value in values.items() if isinstance(value, jax.Array)}
        others = {name: np.asarray(value) for name, value in values.items() if name not in arrays}
        about = {
            "arrays": {name: (array.shape, str(array.dtype)) for name, array in arrays.items()},
            "others": {name: (value.tolist(), value.dtype.str) for name, value in others.items()},
        }
        both = orbax.args.Composite(
            arrays=orbax.args.StandardSave(arrays), about=orbax.args.JsonSave(json.loads(json.dumps(about)))
        )
        try:
            self._manager.save((self._manager.latest_step() or 0) + 1, args=both)
        except OSError as error:
            raise DataError(f"cannot write {self._path}: {error.strerror}; choose another --checkpoint path") from error
