"""The command generate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import derive
from .messages import wrote
from .models import model_of

if TYPE_CHECKING:
    import argparse

MOST_GENERATED = 100_000
"""Parameters whose code takes seconds: beyond them come minutes."""


def run_generate(options: argparse.Namespace) -> None:
    derived = derive(model_of(options, MOST_GENERATED), method=options.method)
    print(wrote(derived.write(options.output_file, options.style, target=options.target)))
