"""Weights and other arrays in files: whole or not there, and without pickle."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .generated_modules import Array, Params, trainable
from .parameters import check_shapes

Place = str | Path
CHECKPOINT = frozenset({"identity", "progress", "history"})
"""What each checkpoint holds, and no file of weights does."""


def save(path: Place, params: Mapping[str, npt.ArrayLike], **notes: npt.ArrayLike) -> None:
    """Write parameters (and notes: arrays or strings) as .npz, aside first, so that no half file is left.

    Raises:
        DataError: the path cannot be written, or a value would need pickle.
    """
    save_arrays(path, {**params, **prefixed("note_", notes)}, "--weights")


def load(path: Place, module: ModuleType) -> tuple[Params, dict[str, Array]]:
    """Read what save() wrote: (parameters, notes). No pickle is read.

    Raises:
        DataError: the file is none of weights, is damaged, or holds those of another model.
    """
    known = trainable(module)
    params, notes = load_weights(path)
    check_shapes(path, known, params)
    dtypes = sorted({str(value.dtype) for value in params.values()})
    if len(dtypes) > 1:
        raise DataError(f"{path} holds weights of {' and '.join(dtypes)}: they must be of one kind")
    for name, value in params.items():
        if not np.isfinite(value).all():
            raise DataError(f"{path}: {name} holds numbers that are not finite; train again")
    return {name: params[name] for name in known.SHAPES}, notes


def load_weights(path: Place) -> tuple[Params, dict[str, Array]]:
    """The (parameters, notes) of a file of weights, of whatever model."""
    arrays = load_arrays(path, "weights")
    if set(arrays) >= CHECKPOINT:
        raise DataError(f"{path} is a checkpoint, not weights: name what --weights wrote, or go on with --resume")
    params = {name: value for name, value in arrays.items() if not name.startswith("note_")}
    return params, stripped("note_", arrays)


def prefixed(prefix: str, arrays: Mapping[str, npt.ArrayLike]) -> dict[str, npt.ArrayLike]:
    """The same under longer names."""
    return {f"{prefix}{name}": value for name, value in arrays.items()}


def stripped(prefix: str, arrays: Mapping[str, Array]) -> Params:
    """Those whose names begin so, under their short names."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def save_arrays(path: Place, values: Mapping[str, npt.ArrayLike], option: str) -> None:
    """Write arrays as .npz; `option` is what names the path on the command line."""
    arrays: dict[str, Any] = {name: np.asarray(value) for name, value in values.items()}
    if any(value.dtype.kind == "O" for value in arrays.values()):
        raise DataError(
            f"cannot save {', '.join(arrays)}: one is no array of numbers or strings, and pickle is not used"
        )
    write_whole(path, lambda file: np.savez(file, **arrays), option)


def load_arrays(path: Place, what: str) -> dict[str, Array]:
    """Read arrays from .npz; `what` says in a message which ones."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or 'it is no .npz file'}") from error
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is no .npz file of {what}, or is damaged ({type(error).__name__})") from error


def write_whole(path: Place, write: Callable[[BinaryIO], object], option: str) -> None:
    """Write a file aside, put it on the disk, and only then in its place: a kill leaves the old file or the new."""
    place = os.path.realpath(path)
    aside = _aside(place)
    try:
        with open(aside, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, place)
        _sync_folder(os.path.dirname(place))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise DataError(f"cannot write {path}: {error.strerror}; choose another {option} path") from error


def _aside(place: str) -> str:
    """A path beside a file, for this process alone; what a killed process of the same number left is taken away."""
    aside = f"{place}.{os.getpid()}.part"
    with contextlib.suppress(OSError):
        os.unlink(aside)
    return aside


def _sync_folder(folder: str) -> None:
    """Put the new name on the disk too, where folders can be opened for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def check_writable(path: Place, option: str, others: Mapping[str, Place | None]) -> None:
    """Refuse a path for the results before any work is done for them; `others` are files that must stay, by name."""
    place = os.path.realpath(path)
    for name, other in others.items():
        if other and place == os.path.realpath(other):
            raise DataError(f"cannot write {path}: it is the same file as {name}; choose another {option} path")
    refused = os.path.exists(place) and not os.path.isfile(place)
    try:
        aside = _aside(place)
        open(aside, "xb").close()
        os.unlink(aside)
    except OSError:
        refused = True
    if refused:
        raise DataError(f"cannot write {path}: choose another {option} path, in a folder that exists")
