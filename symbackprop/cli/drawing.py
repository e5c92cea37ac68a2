"""The command diagram: a derivation as a picture, written or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..atomic_writes import check_writable
from ..diagrams import DIGITS
from ..diagrams.diagram import format_of
from ..model_names import is_named
from .deriving import MOST_PRINTED, values_for
from .given_derivation import asks_for_expression, derivation_of
from .messages import wrote
from .points import check_together

if TYPE_CHECKING:
    import argparse


def run_diagram(options: argparse.Namespace) -> None:
    check_together(options)
    if options.output_file is not None:
        format_of(options.output_file)
        check_writable(options.output_file)
    derived = derivation_of(_in_layers(options), MOST_PRINTED)
    values = None if options.at is None else values_for(derived, options)
    digits = DIGITS if options.digits is None else options.digits
    shown = derived.diagram(values, options.parameter, digits=digits, layers=options.layers)
    print(shown if options.output_file is None else wrote(shown.write(options.output_file)))


def _in_layers(options: argparse.Namespace) -> argparse.Namespace:
    """With layers asked for, the network is made of them: one of any size has no more symbols than that."""
    own = is_named(options.widths or "") or asks_for_expression(options)
    if options.layers and options.form is None and not own:
        options.form = "matrix"
    return options
