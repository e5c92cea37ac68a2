"""The model that a command is about, as its options describe it."""

from __future__ import annotations

from itertools import pairwise
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import sympy as sp

from ..derivation import WAYS
from ..errors import ArchitectureError, SizeError
from ..model_names import check_apart, is_named
from ..networks import Model, Network
from ..python_files import named_model

if TYPE_CHECKING:
    import argparse


def model_of(options: argparse.Namespace, most: int) -> Model:
    """What is to be derived: a network by its widths, or a model of the user's own.

    Raises:
        ArchitectureError, UnknownNameError: the options describe no network, or both a network and a model.
        ModelError: there is no such file or name, or it stands for something else.
        OutputError: the model would be written over.
        SizeError: there are more than `most` parameters with a symbol of their own.
    """
    if options.widths is not None and options.widths.endswith(".py"):
        raise ArchitectureError(f"{options.widths!r} may hold several models: write {options.widths}:NAME")
    if options.widths is None or not is_named(options.widths):
        model: Model = _network(options, most)
    else:
        given = [name for name in ("named", "form", "hidden", "output", "loss") if getattr(options, name) is not None]
        if given:
            option = "widths" if given[0] == "named" else given[0]
            raise ArchitectureError(f"--{option} describes a network by its widths: leave it out with FILE.py:NAME")
        check_apart(options.widths, options.output_file)
        model = named_model(options.widths)
        if model.form == "scalar":
            _check_size(f"{options.widths[:80]!r} has", len(model.parameters), most)
    _check_method(options.method, model)
    return model


def _check_method(method: str, model: Model) -> None:
    if model.form == "matrix" and method in WAYS and not WAYS[method].takes_matrices:
        instead = "leave --form matrix" if isinstance(model, Network) else "write the model in scalars,"
        raise ArchitectureError(f"method {method} takes each weight by itself: {instead} or --method {method} out")


def _network(options: argparse.Namespace, most: int) -> Network:
    text = _given_widths(options)
    names = any(part.isidentifier() for part in text.split("-"))
    form = options.form or ("matrix" if names and options.named else "scalar")
    widths = _widths(text, form == "matrix")
    if form == "scalar":
        _check_size(f"widths {text[:40]!r} make", sum(above * (below + 1) for below, above in pairwise(widths)), most)
    hidden, output = ("tanh" if options.hidden is None else options.hidden), options.output
    network = Network(widths, hidden, "sigmoid" if output is None else output, options.loss, form)
    _check_width_names(network)
    return network


def _check_width_names(network: Network) -> None:
    """A width called like a quantity would be printed like it."""
    taken = {symbol.name for symbol, _ in network.equations}
    taken |= {symbol.name for symbol in (*network.inputs, *network.targets, *network.parameters)}
    for width in network.widths:
        if str(width) in taken:
            raise ArchitectureError(f"a width is called {width}, as something in the network is: choose another name")


def _given_widths(options: argparse.Namespace) -> str:
    given: list[str] = [text for text in (options.widths, options.named) if text is not None]
    if len(given) != 1:
        raise ArchitectureError(f"widths are given {'twice' if given else 'nowhere'}: write them once, as in 2-2-1")
    return given[0]


def _check_size(which: str, parameters: int, most: int) -> None:
    if parameters > most:
        raise SizeError(
            f"{which} {parameters:,} parameters, each a symbol of its own: "
            f"choose smaller widths, for at most {most:,}, or --form matrix"
        )


def _widths(text: str, named: bool) -> list[Any]:
    """Numbers; and names, which become symbols as they stand, where the form has a use for them."""
    widths = [_width(part, named) for part in text.split("-")]
    if None not in widths:
        return widths
    if not named and all(part.isdigit() or part.isidentifier() for part in text.split("-")):
        raise ArchitectureError(
            f"widths {text[:40]!r} have names, and only --form matrix takes names: write 2-2-1; an expression has --wrt"
        )
    raise ArchitectureError(
        f"widths {text[:40]!r} are not positive integers {'or names ' if named else ''}with hyphens between: "
        f"write {'784-128-10 or n0-n1-n2' if named else '2-2-1'}"
    )


def _width(part: str, named: bool) -> Any:
    if part.isascii() and part.isdigit() and len(part) < 10:
        return int(part)
    plain = part.isascii() and part.isidentifier() and not iskeyword(part) and len(part) < 10
    return sp.Symbol(part, integer=True, positive=True) if named and plain else None
