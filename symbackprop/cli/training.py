"""The commands train and predict: a generated module needs NumPy alone, and so do these."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from ..lazy_imports import imported
from ..model_names import is_named
from ..runtime.fitting_and_predicting import fit, told_predictions
from ..runtime.generated_modules import load_module
from ..runtime.options import default_weights
from .messages import printable

if TYPE_CHECKING:
    import argparse


def run_train(options: argparse.Namespace) -> None:
    """Train, and print the report."""
    module = _module(options.module)
    options.weights = options.weights or default_weights(options.module)
    print("\n".join(map(printable, _fitted(module, options))))


def _fitted(module: ModuleType, options: argparse.Namespace) -> list[str]:
    """The report, with a progress bar on the way there if somebody may see it."""
    if not _may_show_progress():
        return fit(module, options)
    report: list[str] = imported(__package__, "progress").fit_on_stderr(module, options)
    return report


def run_predict(options: argparse.Namespace) -> None:
    """Print the predictions, or write them."""
    print("\n".join(map(printable, told_predictions(_module(options.module), options))))


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
