"""The command step: one step of gradient descent with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import derive
from ..errors import ArchitectureError
from ..formulas import rendered
from ..model_names import is_expression
from ..runtime.array_files import check_writable, save
from .choices import DEFAULT_DIGITS
from .deriving import MOST_PRINTED, looks_of, print_or_write
from .models import model_of
from .points import check_known_sizes, parameters_in, samples_of

if TYPE_CHECKING:
    import argparse


def run_step(options: argparse.Namespace) -> None:
    if is_expression(options.widths or ""):
        raise ArchitectureError(
            "step trains a network or a model, and an expression has no data: make an sb.Model of it"
        )
    model = model_of(options, MOST_PRINTED)
    check_known_sizes(model)
    if options.weights:
        check_writable(options.weights, "--weights", {"the JSON that --at names": _kept(options.at)})
    params = None if options.at is None else parameters_in(options.at)
    X, Y = samples_of(model, options)
    digits = DEFAULT_DIGITS if options.digits is None else options.digits
    chosen = {"digits": digits, "notation": options.notation}
    taken = derive(model).step(X, Y, params, learning_rate=options.rate, seed=options.seed, **chosen)
    print_or_write(rendered(taken.document, options.format, **looks_of(options)), options.output_file)
    if options.weights:
        save(options.weights, taken.new)


def _kept(path: str | None) -> str | None:
    """A file of parameters that new ones may not replace, as they are written in another format."""
    return path if path and path.endswith(".json") else None
