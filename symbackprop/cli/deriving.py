"""The commands derive and paths: formulas, printed or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import derive
from ..atomic_writes import write_text
from ..errors import ArchitectureError
from ..formulas import rendered
from ..networks import Network
from .messages import wrote
from .models import model_of

if TYPE_CHECKING:
    import argparse

MOST_PRINTED = 5_000
"""Parameters whose formulas take seconds: beyond them come minutes."""


def run_derive(options: argparse.Namespace) -> None:
    derived = derive(model_of(options, MOST_PRINTED), method=options.method)
    _print_or_write(derived.formulas(options.format, options.parameter), options.output_file)


def run_paths(options: argparse.Namespace) -> None:
    model = model_of(options, MOST_PRINTED)
    if model.form == "matrix":
        instead = "leave --form matrix and names of widths out" if isinstance(model, Network) else "write it in scalars"
        raise ArchitectureError(f"paths lead from one number to the next, and this model has matrices: {instead}")
    told = derive(model).paths(options.parameter, options.most)
    _print_or_write(rendered(told.document, options.format), options.output_file)


def _print_or_write(text: str, path: str | None) -> None:
    if path is None:
        print(text.rstrip("\n"))
    else:
        print(wrote(write_text(path, text.rstrip("\n") + "\n")))
