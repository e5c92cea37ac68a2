"""Models of a file in the place of networks of layers: one by itself, or what a function makes of each depth."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..derivation import derive_equations
from ..errors import ArchitectureError, ExpressionError, ModelError, SymbackpropError
from ..model_names import is_named
from ..networks import Model
from ..python_files import model_of, named
from .compared_networks import check_size, numbers_of
from .expression_models import expression_model
from .rows import DEPTH, PARAMETERS, ExpressionSubject, ModelSubject


def model_subjects(models: Any, sizes: Mapping[str, Any], others: Mapping[str, Any]) -> tuple[str, list[ModelSubject]]:
    """What grows, and the models by its size. That runs their file.

    Args:
        models: "FILE.py:FUNCTION", the function itself, or "FILE.py:NAME".
        sizes: width, depths, widths, depth: for a function numbers of layers or steps, by default 1 to 8.
        others: what else describes networks of layers, and must be None here.

    Raises:
        ArchitectureError: width, widths or anything else is given that a model of one's own has no use for.
        ModelError: the file does not run, the name is of something else, the function fails or returns something
            else, or models of different forms.
        SizeError: a model has too many parameters.
        SymbackpropError: a model cannot be derived.
        UnknownNameError: the file has no such name.
    """
    text, place = _located(models)
    _refuse({"width": sizes["width"], "widths": sizes["widths"], **others}, f"{text!r} makes its own model")
    found = named(text if isinstance(models, str) else place)
    if not callable(found):
        _refuse({name: sizes[name] for name in ("depths", "depth")}, f"{text!r} is one model, no function of a depth")
        return PARAMETERS, [_checked(text, place, None, model_of(found, None, text))]
    depths = numbers_of(sizes, "depth", range(1, 9))
    subjects = [_checked(text, place, depth, model_of(found, depth, text)) for depth in depths]
    if len({subject.form for subject in subjects}) > 1:
        raise ModelError(f"{text!r} returns models of matrices at some depths, of scalars at others: choose one form")
    return DEPTH, subjects


def expression_subjects(
    text: Any, wrt: Sequence[str] | None, others: Mapping[str, Any]
) -> tuple[str, list[ExpressionSubject]]:
    """What grows, nothing that is, and an expression.

    Raises:
        ArchitectureError: something is given that an expression has no use for.
        ExpressionError: the text is no expression.
        UnknownNameError: it has no symbol of a name in `wrt`.
        UnsupportedError: it cannot be derived.
    """
    _refuse(others, "an expression is compared by itself")
    if not isinstance(text, str) or isinstance(wrt, str):
        raise ExpressionError("an expression is compared as text, its symbols are a list of names: 'x*y', wrt=['x']")
    model = expression_model(text, wrt)
    derive_equations(model.equations, model.parameters, model=model)
    names = tuple(symbol.name for symbol in model.parameters)
    line = " ".join(text.split())
    return PARAMETERS, [ExpressionSubject(line if len(line) <= SHOWN else f"{line[:SHOWN]}…", text, None, model, names)]


SHOWN = 40
"""Characters of an expression that stand in a table."""


def _refuse(options: Mapping[str, Any], why: str) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise ArchitectureError(f"{why}: leave {' and '.join(given)} out")


def _located(models: Any) -> tuple[str, str]:
    """FILE.py:NAME as it is shown, and from wherever it is read."""
    if isinstance(models, str) and is_named(models):
        path, _, name = models.rpartition(":")
        shown = "".join(sign if sign.isprintable() else "?" for sign in models)
        return shown, f"{Path(path).absolute()}:{name}"
    code, name = getattr(inspect.unwrap(models), "__code__", None), getattr(models, "__name__", "")
    if code is None:
        raise ModelError(f"models is {str(models)[:60]!r}: write 'FILE.py:FUNCTION' or 'FILE.py:NAME'")
    file = Path(code.co_filename)
    if not os.path.isfile(file) or getattr(models, "__qualname__", "") != name or not name.isidentifier():
        raise ModelError(
            f"the function {name} must be one that other processes find by its name in a file: write it into one, and "
            "models='FILE.py:FUNCTION'"
        )
    return f"{file.name}:{name}", f"{file.absolute()}:{name}"


def _checked(text: str, place: str, depth: int | None, model: Model) -> ModelSubject:
    """What is known of a model; refused at the door is what no method could derive."""
    subject = ModelSubject(text, place, depth, model)
    if not isinstance(subject.parameters, int):
        raise ModelError(f"{text!r} has matrices whose sizes are symbols: give them numbers")
    check_size(subject)
    try:
        derive_equations(model.equations, model.parameters, model=model)
    except SymbackpropError as error:
        raise type(error)(f"{subject.name} cannot be derived: {error}") from error
    return subject
