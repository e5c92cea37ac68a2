"""What training needs beside a generated module: starts, optimizers, the loop, checkpoints, data. NumPy alone."""

from .checkpoints import Checkpoints
from .commands import add_options, add_predict_options, default_weights, fit, predict, told_predictions
from .data import Data, parted, read_csv, split
from .loop import idle, train
from .modules import Trainable, load_module, module_of, trainable
from .optimizers import OPTIMIZERS, SCHEDULES
from .parameters import start_values
from .runs import Stepper
from .scores import score
from .settings import Settings
from .storage import load, save

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
