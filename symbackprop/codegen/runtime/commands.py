"""What the command line does: train, predict.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import argparse
import csv
import io
import os
import sys

import numpy as np

from .files import Checkpoints, _check_writable, _write_whole, load, save
from .loop import _trained
from .optimizers import OPTIMIZERS, SCHEDULES, Settings, _completed
from .start import DataError, Diverged, _counted, init
from .tables import _parts, _predictions, _standard_targets, read_csv, score

NETWORK: str
WIDTHS: tuple[int, ...]

# ----------------------------------------------------------------------------------------------------------

# --- the command line ---


def fit(options, on_epoch=None):
    """Read, split, train, measure and save as the command line's options say; returns the lines of a report.

    The targets of a regression are standardised like the inputs; the loss is then that of the standard targets, and
    the RMSE is in the units of the file. Raises DataError for all that does not fit, and when training diverges.
    """
    settings = _completed(Settings(**{name: getattr(options, name) for name in Settings._fields}))
    _check_places(options)
    parts = _parts(
        read_csv(options.data, options.target), options.validation_fraction, options.test_fraction, options.seed
    )
    training, validation, test = _standard_targets(parts)
    held = (validation.X, validation.Y) if len(validation.X) else None
    notes = {name: getattr(training, name) for name in _NOTED}
    places = Checkpoints(options.checkpoint or options.resume, options.checkpoint_every, options.resume, notes)
    try:
        start = init(options.seed, options.init, options.dtype)
        run = _trained(start, training.X, training.Y, settings, on_epoch, held, places)
    except Diverged as stop:
        place = options.weights if not os.path.exists(options.weights) else _beside(options.weights)
        save(place, stop.params, **notes)
        raise DataError(f"{stop}; the last good weights are in {place}") from stop
    save(options.weights, run.outcome(), **notes)
    return _report(run, training, test, options.weights)


_NOTED = ("mean", "scale", "target_mean", "target_scale", "inputs", "targets", "classes")


def _check_places(options):
    """Refuse places for the results that cannot be written, or that would cost another file."""
    kept = {"this module": __file__, "the data file": options.data}
    states = {"the --checkpoint file": options.checkpoint, "the --resume file": options.resume}
    _check_writable(options.weights, "--weights", {**kept, **states})
    if options.checkpoint:
        _check_writable(options.checkpoint, "--checkpoint", kept)
    elif options.resume and os.path.exists(options.resume):  # one that is absent is told of later
        _check_writable(options.resume, "--resume", kept)


def _beside(path):
    """Where the weights of a run that diverged go when there are weights already, which may be better."""
    stem, end = os.path.splitext(path)
    return f"{stem}.diverged{end}"


def _report(run, training, test, place):
    params, history = run.outcome(), run.history
    best = f"best epoch      {run.best_epoch} (validation loss: {run.best_loss:.6f})"
    return [
        f"loss            {history[-1]:.6f} after {_counted(len(history), 'epoch')} (first epoch: {history[0]:.6f})",
        *([best] if run.best else []),
        _scored("train", params, training),
        *([_scored("test", params, test)] if len(test.X) else []),
        f"weights         {place}",
    ]


def _scored(part, params, data):
    name, value = score(params, data)
    figure = f"{value:.1%}" if data.classes else f"{value:.6g}"
    return f"{part + ' ' + name:<15} {figure} of {_counted(len(data.X), 'row')}"


def predict(options):
    """What the trained network says about each line of a CSV file, as lines of CSV, or where they were written."""
    if options.output_file:
        kept = {"this module": __file__, "the weights": options.weights, "the data file": options.data}
        _check_writable(options.output_file, "--output-file", kept)
    params, notes = load(options.weights)
    if not {*_NOTED} <= set(notes):
        raise DataError(f"{options.weights} holds no names of columns: name a file that the train command wrote")
    _check_notes(options.weights, notes)
    text = io.StringIO()
    header, rows = _predictions(params, notes, options.data)
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    if not options.output_file:
        return text.getvalue().splitlines()
    _write_whole(options.output_file, lambda file: file.write(text.getvalue().encode()), "--output-file")
    return [f"wrote {options.output_file}"]


def _check_notes(path, notes):
    """Refuse notes on columns that cannot be what training wrote about this network."""
    widths = {"mean": WIDTHS[0], "scale": WIDTHS[0], "target_mean": WIDTHS[-1], "target_scale": WIDTHS[-1]}
    for name, width in widths.items():
        note = notes.get(name, np.ones(()))
        fits = note.dtype.kind == "f" and note.shape in ((), (width,)) and np.isfinite(note).all()
        if not fits or (name.endswith("scale") and not (note > 0).all()):
            raise DataError(f"{path} is damaged: its note {name!r} cannot be of {NETWORK}; train again")
    if notes["inputs"].shape != (WIDTHS[0],):
        raise DataError(f"{path} is damaged: it does not name the {WIDTHS[0]} inputs of {NETWORK}; train again")


_OPTIONS = {
    "data": [
        ("data", {"help": "a CSV file with a line of column names"}),
        ("--target", {"help": "the column to predict, or several with commas between (default: the last)"}),
        ("--test-fraction", {"type": float, "default": 0.2, "help": "rows kept for the test (default: 0.2)"}),
        (
            "--validation-fraction",
            {"type": float, "default": 0.0, "help": "rows kept to choose the best epoch by (default: 0)"},
        ),
    ],
    "training": [
        ("--epochs", {"type": int, "default": 200, "help": "passes over the training rows (default: 200)"}),
        ("--batch-size", {"type": int, "default": 16, "help": "rows in one step (default: 16)"}),
        ("--patience", {"type": int, "help": "stop after so many epochs without a lower validation loss"}),
        ("--seed", {"type": int, "default": 0, "help": "seed of start weights, split and order (default: 0)"}),
        (
            "--init",
            {"choices": ("random", "equal"), "default": "random", "help": "start weights (default: random)"},
        ),
        (
            "--dtype",
            {"choices": ("float32", "float64"), "default": "float64", "help": "kind of numbers (default: float64)"},
        ),
    ],
    "optimizer": [
        ("--optimizer", {"choices": tuple(OPTIMIZERS), "default": "sgd", "help": "(default: sgd)"}),
        (
            "--learning-rate",
            {"type": float, "help": "step size (default: sgd 0.1, momentum and nesterov 0.01, others 0.001)"},
        ),
        ("--weight-decay", {"type": float, "help": "pull of all parameters to 0 (default: 0; adamw: 0.01)"}),
        ("--momentum", {"type": float, "help": "of momentum and nesterov (default: 0.9)"}),
        ("--decay", {"type": float, "help": "of rmsprop's average of squares (default: 0.9)"}),
        ("--beta1", {"type": float, "help": "of adam's and adamw's average (default: 0.9)"}),
        ("--beta2", {"type": float, "help": "of adam's and adamw's average of squares (default: 0.999)"}),
        ("--epsilon", {"type": float, "help": "what rmsprop, adam and adamw add to a divisor (default: 1e-8)"}),
    ],
    "learning rate over the epochs": [
        ("--schedule", {"choices": tuple(SCHEDULES), "default": "constant", "help": "(default: constant)"}),
        ("--step-every", {"type": int, "help": "epochs between the steps of step (default: 50)"}),
        ("--step-factor", {"type": float, "help": "what step multiplies the rate by (default: 0.5)"}),
        ("--lowest-rate", {"type": float, "help": "where cosine ends (default: 0)"}),
    ],
    "files": [
        ("--weights", {"help": "where the trained weights go (default: the module's name with .npz)"}),
        ("--checkpoint", {"help": "where the state of the run is kept, to go on after a kill"}),
        ("--checkpoint-every", {"type": int, "default": 10, "help": "epochs from one to the next (default: 10)"}),
        ("--resume", {"help": "a checkpoint to go on from; it is kept up to date unless --checkpoint names another"}),
    ],
}


def add_options(parser):
    """The options of the train command, in groups."""
    for title, options in _OPTIONS.items():
        group = parser.add_argument_group(title)
        for name, details in options:
            group.add_argument(name, **details)


def add_predict_options(parser):
    """The options of the predict command."""
    parser.add_argument("weights", help="what the train command wrote")
    parser.add_argument("data", help="a CSV file with the input columns, in any order and among others")
    parser.add_argument("-o", "--output-file", help="write the predictions here instead of printing them")


def default_weights(module):
    """Where the weights go unless told otherwise: into this folder, under the module's name."""
    return os.path.splitext(os.path.basename(module))[0] + ".npz"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {' '.join(message.split())}; see --help\n")


def _parser():
    name = os.path.basename(__file__)
    parser = _Parser(prog=f"python {name}", description=f"Train {NETWORK} with NumPy alone, and use it.")
    commands = parser.add_subparsers(dest="command", required=True)
    says = {"train": "train on a CSV file and save the weights", "predict": "say what the network makes of a CSV file"}
    examples = {"train": "data.csv --epochs 100", "predict": f"{default_weights(name)} data.csv"}
    for command, add in (("train", add_options), ("predict", add_predict_options)):
        example = f"example: python {name} {command} {examples[command]}"
        add(commands.add_parser(command, help=says[command], description=_sentence(says[command]), epilog=example))
    return parser


def _sentence(text):
    return f"{text[0].upper()}{text[1:]}."


def main(argv=None):
    """The command line: python THIS_FILE train data.csv --target column, or predict weights.npz data.csv."""
    options = _parser().parse_args(argv)
    try:
        print("\n".join(predict(options) if options.command == "predict" else _fitted(options)))
    except DataError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


def _fitted(options):
    options.weights = options.weights or default_weights(__file__)

    def progress(epoch, value):
        if epoch % max(1, options.epochs // 10) == 0 or epoch == 1:
            print(f"epoch {epoch:>5}  loss {value:.6f}")

    return fit(options, progress)


if __name__ == "__main__":
    sys.exit(main())
