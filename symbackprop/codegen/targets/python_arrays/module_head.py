"""What every module of a model begins with, whichever library it needs: what it is, what made it, SHAPES and MODEL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....derivation import Sweep
from ....networks import Model, shape_of
from ...line_comments import SWEPT, rewritten
from . import line_breaking
from .model_source import ModelSource

MARK = "# symbackprop module, format 3"
"""The first line of every generated module, of a model or of an expression."""


def about(source: ModelSource, command: str, cost: str, more: str = "", imports: Iterable[str] = ()) -> str:
    """The docstring and the imports."""
    is_plain, title = source.model.form == "scalar", source.model.title
    says = SWEPT[source.derivation.method] if is_plain else "one backward sweep over whole layers"
    paragraphs = [text for text in (cost, rewritten(source.derivation), more) if text]
    return "\n".join(
        [
            MARK,
            *line_breaking.filled(f'"""{title[0].upper()}{title[1:]}: {says}.', ""),
            "",
            f"Made by: {command}",
            *(line for text in paragraphs for line in line_breaking.filled(text, "")),
            '"""',
            "",
            *imports,
        ]
    )


def operations(derivation: Sweep, shared: Sweep) -> str:
    """How many operations a model of numbers takes, and how many in other ways."""
    of_what = f"operations for the loss and all {len(derivation.wrt)} derivatives of one sample"
    if derivation.way.forms_adjoints:
        return f"{shared.cost.total} {of_what}; {shared.cost.naive} if each were derived alone."
    return f"{derivation.cost.total} {of_what}; {shared.cost.total} in one backward sweep."


def constants(source: ModelSource, engine: str, more: Mapping[str, str] | None = None) -> str:
    """SHAPES and MODEL: what the library reads before it runs anything; `more` is what an engine knows beside it."""
    model = source.model
    named = [
        ("title", f'"{model.title}"'),
        ("engine", f'"{engine}"'),
        ("style", f'"{source.style}"'),
        ("program", f'"{source.digest}"'),
        ("inputs", _shapes_of(model.inputs)),
        ("targets", _shapes_of(model.targets)),
        ("outputs", _shapes_of(model.outputs)),
        ("task", f'"{model.task}"'),
        ("target_range", repr(model.target_range)),
        ("targets_sum_to_one", repr(model.targets_sum_to_one)),
        ("standardize", _listed(model.standardize)),
        *(more or {}).items(),
    ]
    start = line_breaking.called('"start": {', [f'"{name}": {pair}' for name, pair in model.start.items()], "},")
    rows = line_breaking.packed([f'"{name}": {text},' for name, text in named], "    ")
    return "\n".join([*shapes(model), "MODEL = {", *rows, *start, "}"])


def shapes(model: Model) -> list[str]:
    """SHAPES."""
    return line_breaking.called("SHAPES = {", [f'"{name}": {shape}' for name, shape in model.shapes.items()], "}", "")


def _shapes_of(symbols: Sequence[Any]) -> str:
    return dictionary({symbol.name: repr(shape_of(symbol)) for symbol in symbols})


def dictionary(texts: Mapping[str, str]) -> str:
    """A dict of names to what is text already."""
    return "{" + ", ".join(f'"{name}": {text}' for name, text in texts.items()) + "}"


def _listed(names: Sequence[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"({quoted},)" if len(names) == 1 else f"({quoted})"
