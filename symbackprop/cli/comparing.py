"""The command `compare`: ranges as text, a progress bar, and where the figures go."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..atomic_writes import check_writable
from ..comparison import PAGE, plot
from ..comparison.presentation import Comparison
from ..comparison.rows import NETWORKS
from ..comparison.running import compare
from ..errors import ArchitectureError, unknown_name
from ..model_names import check_apart, is_expression, is_named
from .given_derivation import text_and_names
from .progress import rows_shown

if TYPE_CHECKING:
    import argparse

_RANGE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
_MOST_IN_A_ROW = 12
"""Sizes of one range that are all taken: of a longer one every size is twice the one before."""


def run_compare(options: argparse.Namespace) -> int:
    """Compare; 130, as for any program that was interrupted, if the rows end early."""
    wide = None if sys.stdout.isatty() else PAGE
    return 0 if run(options, Console(width=wide), Console(stderr=True)) else 130


def run(options: argparse.Namespace, console: Console, errors: Console) -> bool:
    """Compare, print, write; returns whether it was left to finish.

    Raises:
        ArchitectureError, ModelError, SizeError, UnknownNameError: as `compare`, and for ranges that cannot be read.
        OutputError: a file cannot be written: the rows are printed all the same.
        UnsupportedError: a plot is asked for and matplotlib is not installed.
    """
    asked = _asked(options)
    _check_files(options)
    with rows_shown(errors) as progress:
        found = compare(**asked, progress=progress)
    if console.is_terminal:
        console.print(found)
    else:  # a file, or the next program: no line ends in blanks
        console.print(str(found), markup=False, highlight=False, soft_wrap=True)
    _write(found, options)
    return found.finished


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `compare`."""
    asked: dict[str, Any] = {name: getattr(options, name) for name in ("form", "hidden", "output", "loss")}
    asked["budget"] = _seconds(options.budget)
    asked["methods"] = None if options.methods is None else [part.strip() for part in options.methods.split(",")]
    for name, read in _READ.items():
        text = getattr(options, name)
        asked[name] = None if text is None else read(name, text)
    named = [text for text in options.networks if is_named(text)]
    if named and len(options.networks) > 1:
        raise ArchitectureError(f"{named[0][:40]!r} is compared by itself: leave the other networks out")
    if named_expression(options):
        asked["expression"], asked["wrt"] = text_and_names(options, options.networks[0])
    elif options.networks:
        asked["models" if named else "architectures"] = named[0] if named else options.networks
    _check_over(options, "architectures" in asked)
    return asked


def named_expression(options: argparse.Namespace) -> bool:
    """Whether an expression is compared; it stands alone.

    Raises:
        ArchitectureError: it does not, or there is none and --wrt.
    """
    found = [text for text in options.networks if is_expression(text, options.wrt is not None)]
    if found and len(options.networks) > 1:
        raise ArchitectureError(f"{found[0][:40]!r} is compared by itself: leave the others out")
    if options.wrt is not None and not found:
        raise ArchitectureError("--wrt goes with an expression, and here is none: write one, x*y say")
    return bool(found)


def _check_over(options: argparse.Namespace, networks: bool) -> None:
    """What grows follows from the rest; said as well, it must be the same."""
    grows = "parameters" if networks else "width" if options.widths else "depth"
    if options.over is not None and options.over not in NETWORKS.steps:
        raise unknown_name("size to compare over", options.over, NETWORKS.steps)
    if options.over not in (None, grows):
        raise ArchitectureError(f"--over {options.over} needs {_NEEDS[options.over]}")


_NEEDS = {"parameters": "networks: 2-2-1 8-8-8-1", "width": "--widths 1-64", "depth": "--depths 1-8"}


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArchitectureError(f"budget {text[:40]!r} is not a positive number of seconds: 10, say") from None


def _number(name: str, text: str) -> int:
    numbers = numbers_in(name, text)
    if len(numbers) != 1:
        raise ArchitectureError(f"--{name} {text[:40]!r} is not one number: --{name}s takes several")
    return numbers[0]


def numbers_in(name: str, text: str) -> list[int]:
    """The sizes of "3", "1-8", "1,2,4" or "1-4,8"; of a long range every size is twice the one before.

    Raises:
        ArchitectureError: it is none of these, a range is reversed, or a number is 0.
    """
    return [number for part in text.split(",") for number in _range(name, text, part.strip())]


def _range(name: str, text: str, part: str) -> list[int]:
    match = _RANGE.fullmatch(part)
    if match is None:
        raise ArchitectureError(f"--{name} {text[:40]!r} is no list of whole numbers from 1 up: write 1-8 or 1,2,4")
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    if first < 1:
        raise ArchitectureError(f"--{name} {text[:40]!r} holds 0: sizes are whole numbers from 1 up")
    if last < first:
        raise ArchitectureError(f"--{name} {text[:40]!r} runs backwards: write {last}-{first}")
    return _steps(first, last)


def _steps(first: int, last: int) -> list[int]:
    if last - first < _MOST_IN_A_ROW:
        return list(range(first, last + 1))
    return [*(first << power for power in range((last // first).bit_length()) if first << power < last), last]


_READ: dict[str, Callable[[str, str], Any]] = {
    "width": _number,
    "depths": numbers_in,
    "widths": numbers_in,
    "depth": _number,
}
"""How each size is read."""


def _check_files(options: argparse.Namespace) -> None:
    """Refuse now what could not be written in two minutes."""
    for text in filter(is_named, options.networks):
        check_apart(text, options.csv, options.json, options.plot)
    if options.plot is not None:
        plot.check(options.plot)
    for path in (options.csv, options.json):
        if path is not None:
            check_writable(path)


def _write(found: Comparison, options: argparse.Namespace) -> None:
    """Write what is asked for; one file that cannot be written keeps no other from it."""
    with ExitStack() as files:  # what fails in one callback is raised after all of them
        for write, path in ((found.to_csv, options.csv), (found.to_json, options.json), (found.plot, options.plot)):
            if path is not None:
                files.callback(write, path)
