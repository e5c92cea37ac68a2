"""Weights and checkpoints: files that are whole or not there, and that need no pickle.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import Any, NamedTuple

import numpy as np

from .optimizers import SCHEDULES
from .start import DataError, _check_shapes, _counted

NETWORK: str
PROGRAM: str
SHAPES: dict[str, tuple[int, ...]]
HIDDEN: str
OUTPUT: str
LOSS: str

# ----------------------------------------------------------------------------------------------------------

# --- weights ---


def save(path, params, **notes):
    """Write parameters (and notes: arrays or strings) as .npz, aside first, so that no half file is left."""
    _save_arrays(path, {**params, **_prefixed("note_", notes)}, "--weights")


def load(path):
    """Read what save() wrote: (parameters, notes). No pickle is read."""
    arrays = _load_arrays(path, "weights")
    if set(arrays) >= _CHECKPOINT:
        raise DataError(f"{path} is a checkpoint, not weights: name what --weights wrote, or go on with --resume")
    params = {name: value for name, value in arrays.items() if not name.startswith("note_")}
    _check_shapes(path, params)
    _check_numbers(path, params)
    return {name: params[name] for name in SHAPES}, _stripped("note_", arrays)


def _check_numbers(path, params):
    """Refuse weights that no training leaves behind."""
    dtypes = sorted({str(value.dtype) for value in params.values()})
    if len(dtypes) > 1:
        raise DataError(f"{path} holds weights of {' and '.join(dtypes)}: they must be of one kind")
    for name, value in params.items():
        if not np.isfinite(value).all():
            raise DataError(f"{path}: {name} holds numbers that are not finite; train again")


def _prefixed(prefix, arrays):
    return {f"{prefix}{name}": value for name, value in arrays.items()}


def _stripped(prefix, arrays):
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _save_arrays(path, arrays, option):
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    if any(value.dtype.kind == "O" for value in arrays.values()):
        raise DataError(
            f"cannot save {', '.join(arrays)}: one is no array of numbers or strings, and pickle is not used"
        )
    _write_whole(path, lambda file: np.savez(file, **arrays), option)


def _load_arrays(path, what):
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or 'it is no .npz file'}") from error
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is no .npz file of {what}, or is damaged ({type(error).__name__})") from error


def _write_whole(path, write, option):
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


def _aside(place):
    """A path beside a file, for this process alone; what a killed process of the same number left is taken away."""
    aside = f"{place}.{os.getpid()}.part"
    with contextlib.suppress(OSError):
        os.unlink(aside)
    return aside


def _sync_folder(folder):
    """Put the new name on the disk too, where folders can be opened for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_writable(path, option, others):
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


# --- checkpoints: all that a run needs to go on as if it had never stopped ---


class Checkpoints(NamedTuple):
    """Where the state of a run is kept, after how many epochs each time, and the file to go on from."""

    path: Any = None
    every: int = 10
    resume: Any = None
    notes: Any = ()  # a dict of arrays or strings that are kept beside it


_CHECKPOINT = {"identity", "progress", "history"}  # what each holds, and no file of weights does


def _check_replaced(path):
    """Refuse to write checkpoints over a file that is none."""
    if path is None or not os.path.exists(path):
        return
    try:
        is_ours = set(_load_arrays(path, "a checkpoint")) >= _CHECKPOINT
    except DataError:
        is_ours = False
    if not is_ours:
        raise DataError(f"cannot write {path}: it exists and is no checkpoint; choose another --checkpoint path")


def _identity(settings, start, data):
    """What two runs must share for one to go on where the other stopped, as a dict that JSON can hold."""
    chosen = settings._asdict()
    if not SCHEDULES[settings.schedule].looks_ahead:
        del chosen["epochs"]  # to train for longer changes nothing about the epochs before
    return {
        "network": f"{NETWORK}, hidden {HIDDEN}, output {OUTPUT}, loss {LOSS}",
        "functions": PROGRAM,
        "dtype": str(data[0].dtype),
        **chosen,
        "start values": _digest(start.values()),
        "data": _digest(data),
    }


def _digest(arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    return digest.hexdigest()


def _set_down(path, run, identity, notes):
    """Write the checkpoint of a run between two epochs."""
    progress = {
        "epoch": run.epoch,
        "steps": run.steps.count,
        "generator": run.rng.bit_generator.state,
        "best epoch": run.best_epoch,
        "best loss": run.best_loss,
    }
    arrays = {
        "identity": json.dumps(identity),
        "progress": json.dumps(progress),
        "history": np.array(run.history, dtype=np.float64),
        **_prefixed("param_", run.params),
        **_prefixed("kept_", run.steps.kept),
        **_prefixed("best_", run.best),
        **_prefixed("note_", dict(notes)),
    }
    _save_arrays(path, arrays, "--checkpoint")


def _restore(path, run, identity):
    """Put a new run where the checkpoint's stood; one of another network, data or settings is refused."""
    arrays = _load_arrays(path, "a checkpoint")
    if not set(arrays) >= _CHECKPOINT:
        raise DataError(f"{path} is no checkpoint: name a file that --checkpoint wrote")
    try:
        found, progress = (json.loads(str(arrays[name])) for name in ("identity", "progress"))
        _check_identity(path, dict(found), identity)
        _restore_progress(run, progress, arrays["history"])
        _fill(run.params, _stripped("param_", arrays))
        _fill(run.steps.kept, _stripped("kept_", arrays))
        run.best = {name: np.empty_like(value) for name, value in run.params.items()} if run.best_epoch else {}
        _fill(run.best, _stripped("best_", arrays))
    except DataError:
        raise
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is a damaged checkpoint ({type(error).__name__})") from error
    if run.epoch > run.settings.epochs:
        raise DataError(f"{path} has {_counted(run.epoch, 'epoch')} behind it: set --epochs to that or more")


def _check_identity(path, found, identity):
    names = [name for name in {**identity, **found} if found.get(name) != identity.get(name)]
    if "network" in names:  # then much else differs too
        names = ["network"]
    shown = [name for name in names if name not in ("start values", "data")]
    if names:
        texts = [f"{name.replace('_', ' ')} {found.get(name)} there and {identity.get(name)} here" for name in shown]
        differs = "; ".join(texts) or " and ".join(names)
        raise DataError(f"{path} is the checkpoint of another run, which differs in: {differs}")


def _restore_progress(run, progress, history):
    run.epoch, run.steps.count, run.history = int(progress["epoch"]), int(progress["steps"]), history.tolist()
    if run.epoch < 1 or history.shape != (run.epoch,):
        raise ValueError("not a loss for each epoch")
    run.rng.bit_generator.state = progress["generator"]
    run.best_epoch, run.best_loss = int(progress["best epoch"]), float(progress["best loss"])


def _fill(arrays, found):
    """Copy each array into the one of its name, which must be its like."""
    if set(arrays) != set(found):
        raise ValueError("other arrays than expected")
    for name, array in arrays.items():
        if (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            raise ValueError(f"{name} is of another kind than expected")
        np.copyto(array, found[name])
