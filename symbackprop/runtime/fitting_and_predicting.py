"""What the command line does by its options: train and predict."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, Diverged
from .array_files import Place, check_writable, load, save, write_whole
from .checkpoints import Checkpoints, Store
from .csv_files import Form
from .generated_modules import Array, Params, Trainable, count, own_targets, trainable
from .optimizers import completed
from .parameters import start_values
from .samples import Data, parted, read_csv
from .scores import NOTED, Rows, predictions, score
from .settings import Settings, counted
from .training_loop import NUMPY, Engine, OnEpoch, begun, finish
from .training_run import Run

if TYPE_CHECKING:
    import argparse


def fit(
    module: ModuleType, options: argparse.Namespace, on_epoch: OnEpoch | None = None, engine: Engine = NUMPY
) -> list[str]:
    """Read, split, train, measure and save as the command line's options say; returns the lines of a report.

    Where targets are standardised, the loss is that of the standard targets, and the RMSE in the units of the file.
    Of several processes one saves, and has something to report.

    Raises:
        DataError: the data, a path or a setting does not fit; or the loss stopped being finite, and then the last
            good weights have been saved.
        ModuleError: the module is one of an expression, or of another engine.
    """
    standardize = _standardize(trainable(module), options.standardize)
    settings = completed(Settings(**{name: getattr(options, name) for name in Settings._fields}))
    _check_places(module, options, engine.store)
    data = read_csv(options.data, module, options.target, options.separator, options.header)
    training, validation, test = parted(
        data, options.validation_fraction, options.test_fraction, options.seed, standardize
    )
    held = (validation.X, validation.Y) if len(validation.X) else None
    notes = {name: getattr(training, name) for name in NOTED}
    places = Checkpoints(options.checkpoint or options.resume, options.checkpoint_every, options.resume, notes)
    start = start_values(module, options.seed, options.init, options.dtype)
    run, keeper = begun(module, start, (training.X, training.Y), settings, held, places, engine)
    try:
        finish(run, keeper, on_epoch)
    except Diverged as stop:
        raise _saved(stop, options.weights, notes, engine.writes) from stop
    outcome = run.outcome()  # which all processes have to ask for together
    if not engine.writes:
        return []
    save(options.weights, outcome, **notes)
    return _report(module, run, outcome, (training, test), options.weights)


def _saved(stop: Diverged, weights: str, notes: Mapping[str, Array], writes: bool) -> DataError:
    """The error to tell when the last good weights have been saved."""
    stem, end = os.path.splitext(weights)  # weights that are there already may be better
    place = f"{stem}.diverged{end}" if os.path.exists(weights) else weights
    if writes:
        save(place, stop.params, **notes)
    return DataError(f"{stop}; the last good weights are in {place}")


def _standardize(module: Trainable, chosen: bool | None) -> set[str]:
    """What is standardised: what the module says, at least the inputs if that is asked for, nothing if refused."""
    return set() if chosen is False else {*module.MODEL["standardize"], *(["X"] if chosen else [])}


def _check_places(module: ModuleType, options: argparse.Namespace, store: Store) -> None:
    """Refuse places for the results that cannot be written, or that would cost another file."""
    kept = {"this module": module.__file__, "the data file": options.data}
    states = {"the --checkpoint file": options.checkpoint, "the --resume file": options.resume}
    check_writable(options.weights, "--weights", {**kept, **states})
    if options.checkpoint:
        store.check_writable(options.checkpoint, "--checkpoint", kept)
    elif options.resume and os.path.exists(options.resume):  # one that is absent is told of later
        store.check_writable(options.resume, "--resume", kept)


def _report(module: ModuleType, run: Run, outcome: Params, parts: tuple[Data, Data], place: Place) -> list[str]:
    history, (data, test) = run.history, parts
    first, last = map(_figure, (history[0], history[-1]))
    best = f"best epoch      {run.best_epoch} (validation loss: {run.best_loss:.6f})"
    return [
        data.columns,
        *run.said,
        *([f"note: {run.note}"] if run.note else []),
        f"loss            {last} after {counted(len(history), 'epoch')} (first epoch: {first})",
        *([best] if run.best else []),
        _scored("train", module, outcome, data),
        *([_scored("test", module, outcome, test)] if len(test.X) else []),
        f"weights         {place}",
    ]


def _figure(value: float) -> str:
    """A loss with six places, or as a power of ten where it has run away."""
    return f"{value:.6f}" if abs(value) < 1e9 else f"{value:.6e}"


def _scored(part: str, module: ModuleType, params: Params, data: Data) -> str:
    name, value = score(module, params, data)
    figure = f"{value:.1%}" if name == "accuracy" else f"{value:.6g}"
    return f"{part + ' ' + name:<15} {figure} of {counted(len(data.X), 'row')}"


def predict(
    module: ModuleType, weights: Place, data: Place, separator: str | None = None, header: str | None = None
) -> Rows:
    """What trained weights say about each line of a CSV file: (names of columns, rows of texts).

    Classes with their probability; else the outputs, in the units of the targets as they were read; where there are no
    outputs, the loss.

    Raises:
        DataError: the weights or the data do not fit.
        ModuleError: the module is one of an expression.
    """
    known = trainable(module)
    params, notes = load(weights, module)
    if not {*NOTED} <= set(notes):
        raise DataError(f"{weights} holds no names of columns: name a file that the train command wrote")
    _check_notes(known, weights, notes)
    return predictions(known, params, notes, data, Form(separator, header))


def told_predictions(module: ModuleType, options: argparse.Namespace) -> list[str]:
    """The predictions as lines of CSV, or where the command line's options had them written; raises as predict does."""
    if options.output_file:
        kept = {"this module": module.__file__, "the weights": options.weights, "the data file": options.data}
        check_writable(options.output_file, "--output-file", kept)
    header, rows = predict(module, options.weights, options.data, options.separator, options.header)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    if not options.output_file:
        return text.getvalue()[:-1].split("\n")  # splitlines would cut names at more than that
    write_whole(options.output_file, lambda file: file.write(text.getvalue().encode()), "--output-file")
    return [f"wrote {options.output_file}"]


def _check_notes(module: Trainable, path: Place, notes: Mapping[str, Array]) -> None:
    """Refuse notes on columns that cannot be what training wrote about this model."""
    title, inputs, targets = module.MODEL["title"], count(module.MODEL["inputs"]), count(own_targets(module))
    for name, width in {"mean": inputs, "scale": inputs, "target_mean": targets, "target_scale": targets}.items():
        note = notes[name]
        fits = note.dtype.kind == "f" and note.shape in ((), (width,)) and np.isfinite(note).all()
        if not fits or (name.endswith("scale") and not (note > 0).all()):
            raise DataError(f"{path} is damaged: its note {name!r} cannot be of {title}; train again")
    if notes["inputs"].shape != (inputs,):
        raise DataError(f"{path} was trained on other columns than the {inputs} of {title}: train this model")
    classes, named = notes["classes"].size, notes["targets"].shape
    if named != ((1,) if classes else (targets,)) or classes not in (0, max(2, targets)):
        raise DataError(f"{path} is damaged: it does not name the targets or classes of {title}; train again")
