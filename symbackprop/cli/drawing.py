"""The command diagram: a derivation as a picture, written or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import derive
from ..atomic_writes import check_writable
from ..diagrams import DIGITS
from ..diagrams.diagram import format_of
from ..model_names import is_named
from .deriving import MOST_PRINTED
from .messages import wrote
from .models import model_of
from .points import check_known_sizes, check_together, values_of

if TYPE_CHECKING:
    import argparse


def run_diagram(options: argparse.Namespace) -> None:
    check_together(options)
    if options.output_file is not None:
        format_of(options.output_file)
        check_writable(options.output_file)
    model = model_of(_in_layers(options), MOST_PRINTED)
    if options.at is not None:
        check_known_sizes(model)
    values = None if options.at is None else values_of(model, options)
    digits = DIGITS if options.digits is None else options.digits
    shown = derive(model).diagram(values, options.parameter, digits=digits, layers=options.layers)
    print(shown if options.output_file is None else wrote(shown.write(options.output_file)))


def _in_layers(options: argparse.Namespace) -> argparse.Namespace:
    """With layers asked for, the network is made of them: one of any size has no more symbols than that."""
    if options.layers and options.form is None and not is_named(options.widths or ""):
        options.form = "matrix"
    return options
