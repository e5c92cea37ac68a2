"""What a command derives: a network by its widths, a model of the user's own, or an expression as text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..api import Derivation, derive
from ..errors import ArchitectureError, DataError, ExpressionError
from ..expression_text import expression_and_symbols
from ..model_names import is_expression
from ..text_signs import MOST_CHARACTERS
from .models import model_of
from .points import parameters_in

if TYPE_CHECKING:
    import argparse

OF_NETWORKS = ("form", "hidden", "output", "loss", "inputs", "targets")


def asks_for_expression(options: argparse.Namespace) -> bool:
    """Whether the command is about an expression."""
    return options.widths is not None and is_expression(options.widths, options.wrt is not None)


def derivation_of(options: argparse.Namespace, most: int) -> Derivation:
    """The derivation that a command is about; of networks and models as `model_of` has it.

    Raises:
        ArchitectureError: an option of networks is given with an expression, or --wrt with a network.
        ExpressionError: the text is no expression.
        UnknownNameError: --wrt names no symbol of the expression.
    """
    if asks_for_expression(options):
        check_options(options)
        expression, symbols = expression_and_symbols(*text_and_names(options, options.widths))
        found: Derivation = derive(expression, symbols, method=options.method)
        return found
    if options.wrt is not None:
        raise ArchitectureError("--wrt goes with an expression, and here is none: write one, x*y say")
    return derive(model_of(options, most), method=options.method)


def check_options(options: argparse.Namespace) -> None:
    """Refuse what describes networks, by an ArchitectureError."""
    given = [name for name in OF_NETWORKS if getattr(options, name, None) is not None]
    given += ["widths"] if getattr(options, "named", None) is not None else []
    if given:
        raise ArchitectureError(f"--{given[0]} describes a network: leave it out with an expression")


def text_and_names(options: argparse.Namespace, text: str) -> tuple[str, list[str] | None]:
    """The text of an expression, of standard input for `-`, and the names of --wrt."""
    names = None if options.wrt is None else [name.strip() for name in options.wrt.split(",")]
    return _read() if text == "-" else text, names


def _read() -> str:
    """Standard input, or as much of it as is too much."""
    try:
        return sys.stdin.read(MOST_CHARACTERS + 1)
    except (OSError, ValueError, AttributeError) as error:
        raise ExpressionError("standard input cannot be read, or is no UTF-8: write the expression as text") from error


def point_of(text: str) -> dict[str, Any]:
    """The values of --at for an expression: x=1,y=-0.5, or a file of them as for a model.

    Raises:
        DataError: a number is none, or the file cannot be read.
    """
    if "=" not in text:
        return parameters_in(text)
    return dict(_pair(part) for part in text.split(","))


def _pair(part: str) -> tuple[str, float]:
    name, _, number = part.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError as error:
        raise DataError(f"--at: {part.strip()[:40]!r} is no name=number: write x=1,y=-0.5") from error
