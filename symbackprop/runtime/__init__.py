"""What training needs beside a generated module: starts, optimizers, the loop, checkpoints, data. NumPy alone.

In goes a generated module, which is an argument of everything here, with arrays or a CSV file; out come trained
parameters, scores and predictions. It must not know anything else of this package but `errors`: neither SymPy nor how
the module was made. Read `generated_modules`, `training_loop`, `training_run`, in this order.
"""

from .array_files import load, save
from .checkpoints import Checkpoints
from .commands import (
    add_options,
    add_predict_options,
    default_weights,
    fit,
    predict,
    told_predictions,
)
from .generated_modules import Trainable, load_module, module_of, trainable
from .optimizers import OPTIMIZERS, SCHEDULES
from .parameters import start_values
from .samples import Data, parted, read_csv, split
from .scores import score
from .settings import Settings
from .training_loop import idle, train
from .training_run import Stepper

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Checkpoints",
    "Data",
    "Settings",
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
    "split",
    "start_values",
    "told_predictions",
    "train",
    "trainable",
]
