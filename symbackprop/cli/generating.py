"""The command generate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .given_derivation import derivation_of
from .messages import wrote

if TYPE_CHECKING:
    import argparse

MOST_GENERATED = 100_000
"""Parameters whose code takes seconds: beyond them come minutes."""


def run_generate(options: argparse.Namespace) -> None:
    derived = derivation_of(options, MOST_GENERATED)
    print(wrote(derived.write(options.output_file, options.style, target=options.target)))
