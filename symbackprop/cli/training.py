"""The commands train and predict: what a generated module in NumPy needs is NumPy, and so it is here."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import DataError
from ..lazy_imports import imported
from ..model_names import is_named
from ..runtime.fitting_and_predicting import fit, told_predictions
from ..runtime.generated_modules import load_module
from ..runtime.options import PLACES, default_weights
from ..runtime.training_loop import NUMPY, Engine
from .messages import printable

if TYPE_CHECKING:
    import argparse


def run_train(options: argparse.Namespace) -> int | None:
    """Train, and print the report."""
    if options.coordinator is None:
        train_here(options)
        return None
    status: int = imported(__package__, "training_processes").run(options)
    return status


def train_here(options: argparse.Namespace) -> None:
    """The same in this process; of several, one has a report."""
    module = _module(options.module)
    options.weights = options.weights or default_weights(options.module)
    report = _fitted(module, options, _engine(module, options))
    if report:
        print("\n".join(map(printable, report)))


def _engine(module: ModuleType, options: argparse.Namespace) -> Engine:
    """What the module runs on."""
    if _runs_on_jax(module):
        engine: Engine = imported(__package__, "training_on_jax").engine(options)
        return engine
    given = [f"--{name}" for name in PLACES if getattr(options, name) is not None]
    if given:
        raise DataError(f"{' and '.join(given)} {_GOES}, and {options.module!r} runs on NumPy: leave it out")
    return NUMPY


_GOES = "is for modules that run on JAX"


def _runs_on_jax(module: ModuleType) -> bool:
    return hasattr(module, "MODEL") and module.MODEL["engine"] == "jax"


def _fitted(module: ModuleType, options: argparse.Namespace, engine: Engine) -> list[str]:
    """The report, with a progress bar on the way there if somebody may see it."""
    if not _may_show_progress():
        return fit(module, options, engine=engine)
    report: list[str] = imported(__package__, "progress").fit_on_stderr(module, options, engine)
    return report


def run_predict(options: argparse.Namespace) -> None:
    """Print the predictions, or write them."""
    module = _module(options.module)
    if _runs_on_jax(module):
        imported(__package__, "training_on_jax").prepare(module, options)
    print("\n".join(map(printable, told_predictions(module, options))))


def _module(text: str) -> ModuleType:
    """The module that a file holds, or that is generated for a model of the user's own."""
    if not is_named(text):
        return load_module(text)
    module: ModuleType = imported(__package__, "own_modules").module_of_model(text)
    return module


_FORCING = {"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
"""What makes rich take a pipe for a terminal."""


def _may_show_progress() -> bool:
    """Whether stderr may be a terminal or a notebook: else the library that draws on them need not be imported."""
    return sys.stderr.isatty() or "IPython" in sys.modules or not _FORCING.isdisjoint(os.environ)
