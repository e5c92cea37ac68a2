"""The commands derive and paths: formulas, printed or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..api import Derivation
from ..atomic_writes import write_text
from ..errors import ArchitectureError
from ..formulas import rendered
from ..networks import Network
from .choices import DEFAULT_DIGITS
from .given_derivation import derivation_of, point_of
from .messages import wrote
from .points import check_known_sizes, check_together, values_of

if TYPE_CHECKING:
    import argparse

MOST_PRINTED = 5_000
"""Parameters whose formulas take seconds: beyond them come minutes."""


def run_derive(options: argparse.Namespace) -> None:
    check_together(options)
    derived = derivation_of(options, MOST_PRINTED)
    if options.at is None:
        print_or_write(_told(derived, options), options.output_file)
        return
    digits = DEFAULT_DIGITS if options.digits is None else options.digits
    values, chosen = values_for(derived, options), {"check": options.check, "notation": options.notation}
    shown = derived.at(values, options.parameter, digits=digits, **chosen)
    print_or_write(rendered(shown.document, options.format, **looks_of(options)), options.output_file)


def run_paths(options: argparse.Namespace) -> None:
    derived = derivation_of(options, MOST_PRINTED)
    model = derived.model
    if model is not None and model.form == "matrix":
        instead = "leave --form matrix and names of widths out" if isinstance(model, Network) else "write it in scalars"
        raise ArchitectureError(f"paths lead from one number to the next, and this model has matrices: {instead}")
    told = derived.paths(options.parameter, options.most, notation=options.notation)
    print_or_write(rendered(told.document, options.format, **looks_of(options)), options.output_file)


def values_for(derived: Derivation, options: argparse.Namespace) -> dict[str, Any]:
    """The numbers that a command puts in, by name."""
    if derived.model is None:
        return point_of(options.at)
    check_known_sizes(derived.model)
    return values_of(derived.model, options)


def _told(derived: Derivation, options: argparse.Namespace) -> str:
    return derived.formulas(options.format, options.parameter, notation=options.notation, **looks_of(options))


def looks_of(options: argparse.Namespace) -> dict[str, Any]:
    """What is chosen of how a document looks."""
    return {name: getattr(options, name) for name in ("width", "headings", "labels", "equations_only")}


def print_or_write(text: str, path: str | None) -> None:
    """A text where the options have it: on the screen or in a file."""
    if path is None:
        print(text.rstrip("\n"))
    else:
        print(wrote(write_text(path, text.rstrip("\n") + "\n")))
