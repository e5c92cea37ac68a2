"""The options of the commands train and predict; read without NumPy, as the command line parses first."""

from __future__ import annotations

import argparse
import os
from typing import Any

Options = dict[str, dict[str, Any]]


def _of(kind: type, text: str, default: Any = None) -> dict[str, Any]:
    """An option that takes one value; a default of its own is told behind the text."""
    return {"type": kind, "default": default, "help": text if default is None else f"{text} (default: {default:g})"}


OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "cosine")
SCHEMES = ("random", "equal")
"""The names of what there is, in the order of the tables, which need NumPy; a test keeps them equal."""
KINDS = ("float32", "float64")
SEPARATOR = _of(str, "between cells: , ; or tab (default: what splits the first line the most)")
HEADER: dict[str, Any] = {
    "choices": ("yes", "no"),
    "help": "whether the first line names the columns; no: it is a sample, columns are called 1, 2, ... (default: yes, "
    "and what looks like a sample is refused)",
}
STANDARDIZE = "bring columns to mean 0 and spread 1 (default: as the module says)"
OPTIONS: dict[str, Options] = {
    "data": {
        "data": {"help": "a CSV file, with a line of column names unless --header no"},
        "--target": _of(str, "the column to predict, or several with commas between (default: by name, else the last)"),
        "--separator": SEPARATOR,
        "--header": HEADER,
        "--standardize": {"action": argparse.BooleanOptionalAction, "default": None, "help": STANDARDIZE},
        "--test-fraction": _of(float, "rows kept for the test", 0.2),
        "--validation-fraction": _of(float, "rows kept to choose the best epoch by", 0.0),
    },
    "training": {
        "--epochs": _of(int, "passes over the training rows", 200),
        "--batch-size": _of(int, "rows in one step", 16),
        "--patience": _of(int, "stop after so many epochs without a lower validation loss"),
        "--seed": _of(int, "seed of start values, split and order", 0),
        "--init": {"choices": SCHEMES, "default": "random", "help": "start values (default: random)"},
        "--dtype": {"choices": KINDS, "default": KINDS[1], "help": "kind of numbers (default: float64)"},
    },
    "optimizer": {
        "--optimizer": {"choices": OPTIMIZERS, "default": "sgd", "help": "(default: sgd)"},
        "--learning-rate": _of(float, "step size (default: sgd 0.1, momentum and nesterov 0.01, others 0.001)"),
        "--weight-decay": _of(float, "pull of all parameters to 0 (default: 0; adamw: 0.01)"),
        "--momentum": _of(float, "of momentum and nesterov (default: 0.9)"),
        "--decay": _of(float, "of rmsprop's average of squares (default: 0.9)"),
        "--beta1": _of(float, "of adam's and adamw's average (default: 0.9)"),
        "--beta2": _of(float, "of adam's and adamw's average of squares (default: 0.999)"),
        "--epsilon": _of(float, "what rmsprop, adam and adamw add to a divisor (default: 1e-8)"),
    },
    "learning rate over the epochs": {
        "--schedule": {"choices": SCHEDULES, "default": "constant", "help": "(default: constant)"},
        "--step-every": _of(int, "epochs between the steps of step (default: 50)"),
        "--step-factor": _of(float, "what step multiplies the rate by (default: 0.5)"),
        "--lowest-rate": _of(float, "where cosine ends (default: 0)"),
    },
    "files": {
        "--weights": _of(str, "where the trained weights go (default: the module's name with .npz)"),
        "--checkpoint": _of(
            str, "where the state of the run is kept, to go on after a kill (with --coordinator: by the weights' name)"
        ),
        "--checkpoint-every": _of(int, "epochs from one to the next", 10),
        "--resume": _of(str, "a checkpoint to go on from; it is kept up to date unless --checkpoint names another"),
    },
    "devices, for modules that run on JAX": {
        "--devices": _of(int, "of this process, which share each batch (default: 1, or as the mesh says)"),
        "--mesh": _of(str, "how all devices lie: data=8, or data=4,model=2 where wide layers are split, too"),
        "--coordinator": _of(str, "HOST:PORT where process 0 listens, if there are several processes"),
        "--process": _of(int, "which of them this is, from 0; 0 writes the weights and the report"),
        "--processes": _of(int, "how many there are; they keep checkpoints in a folder that all must reach"),
        "--wait": _of(float, "seconds for the others to come (default: 60)"),
    },
}
PLACES = ("devices", "mesh", "coordinator", "process", "processes", "wait")
"""The last of these by name, which NumPy has no use for."""
PREDICTING: Options = {
    "weights": {"help": "what the train command wrote"},
    "data": {"help": "a CSV file with the input columns, in any order and among others"},
    "--separator": SEPARATOR,
    "--header": HEADER,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the train command, in groups."""
    for title, options in OPTIONS.items():
        _add(parser.add_argument_group(title), options)


def add_predict_options(parser: argparse.ArgumentParser) -> None:
    """The options of the predict command."""
    _add(parser, PREDICTING)
    parser.add_argument("-o", "--output-file", help="write the predictions here instead of printing them")


def _add(group: argparse._ActionsContainer, options: Options) -> None:
    for name, details in options.items():
        group.add_argument(name, **details)


def default_weights(path: str) -> str:
    """Where the weights go unless told otherwise: into this folder, as NAME.npz for NAME.py and for FILE.py:NAME."""
    file, _, name = path.rpartition(".py:")
    return f"{name if file else os.path.splitext(os.path.basename(path))[0]}.npz"


def checkpoint_folder(options: argparse.Namespace) -> str:
    """Where several processes keep the state of their run unless told otherwise: what they go on from, or a new one."""
    if options.resume and os.path.isdir(options.resume):
        return str(options.resume)
    return f"{os.path.splitext(options.weights or default_weights(options.module))[0]}.checkpoint"
