"""What training needs beside a generated module: starts, optimizers, the loop, checkpoints, data. NumPy alone.

In goes a generated module, which is an argument of everything here, with arrays or a CSV file; out come trained
parameters, scores and predictions. It must not know anything else of this package but `errors`: neither SymPy nor how
the module was made. Read `generated_modules`, `training_loop`, `training_run`, in this order. Imported is what is
asked for: the options of the command line need no NumPy, and training needs no argparse.
"""

from typing import TYPE_CHECKING

from ..lazy_imports import attributes

if TYPE_CHECKING:
    from .array_files import load, save
    from .checkpoints import Checkpoints
    from .fitting_and_predicting import fit, predict, told_predictions
    from .generated_modules import Trainable, load_module, module_of, trainable
    from .optimizers import OPTIMIZERS, SCHEDULES
    from .options import add_options, add_predict_options, default_weights
    from .parameters import start_values
    from .samples import Data, parted, read_csv, split
    from .scores import score
    from .settings import Settings
    from .single_steps import SingleStep, single_step
    from .training_loop import idle, train
    from .training_run import Stepper

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Checkpoints",
    "Data",
    "Settings",
    "SingleStep",
    "Stepper",
    "Trainable",
    "add_options",
    "add_predict_options",
    "default_weights",
    "fit",
    "idle",
    "load",
    "load_module",
    "module_of",
    "parted",
    "predict",
    "read_csv",
    "save",
    "score",
    "single_step",
    "split",
    "start_values",
    "told_predictions",
    "train",
    "trainable",
]

_WHERE = {
    "Checkpoints": "checkpoints",
    "Data": "samples",
    "OPTIMIZERS": "optimizers",
    "SCHEDULES": "optimizers",
    "Settings": "settings",
    "SingleStep": "single_steps",
    "Stepper": "training_run",
    "Trainable": "generated_modules",
    "add_options": "options",
    "add_predict_options": "options",
    "default_weights": "options",
    "fit": "fitting_and_predicting",
    "idle": "training_loop",
    "load": "array_files",
    "load_module": "generated_modules",
    "module_of": "generated_modules",
    "parted": "samples",
    "predict": "fitting_and_predicting",
    "read_csv": "samples",
    "save": "array_files",
    "score": "scores",
    "single_step": "single_steps",
    "split": "samples",
    "start_values": "parameters",
    "told_predictions": "fitting_and_predicting",
    "train": "training_loop",
    "trainable": "generated_modules",
}
"""The module that each name comes from."""

if not TYPE_CHECKING:
    __getattr__, __dir__ = attributes(__name__, _WHERE)
