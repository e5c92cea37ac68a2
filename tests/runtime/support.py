"""What the tests of training share: the four samples of XOR, tables as files, the options of the command line."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from symbackprop import runtime

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])


def table(path: Path, rows: Iterable[Iterable[Any]]) -> Path:
    """A CSV file of these rows, the header first."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def options(*arguments: str) -> argparse.Namespace:
    """The options of the train command."""
    parser = argparse.ArgumentParser()
    runtime.add_options(parser)
    return parser.parse_args(arguments)
