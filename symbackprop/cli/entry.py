"""Where the command line begins: parse, and only then import what the command needs."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import SymbackpropError
from ..lazy_imports import imported
from .arguments import parser
from .commands import COMMANDS
from .messages import one_line

if TYPE_CHECKING:
    import argparse


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 for anything that was wrong with the input."""
    _open_streams()
    try:
        return _status(argv)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130


def _open_streams() -> None:
    """Streams that can be written to, closed ones too; in UTF-8, as formulas need more letters than a pipe may have."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for as long as Python runs
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def _run_of(command: str) -> Callable[[argparse.Namespace], int | None]:
    """What a command does: its module is imported here, and with it all that it needs."""
    run: Callable[[argparse.Namespace], int | None] = getattr(
        imported(__package__, COMMANDS[command].module), f"run_{command}"
    )
    return run


def _status(argv: Sequence[str] | None) -> int:
    try:
        options = _parsed(argv)
        status = _run_of(options.command)(options) or 0
        sys.stdout.flush()
    except SymbackpropError as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        return _without_output(0)
    except OSError as error:  # a full disk behind the output
        print(f"error: cannot write the output: {one_line(error.strerror)}; make room, or give -o", file=sys.stderr)
        return _without_output(2)
    return status


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    try:
        return parser().parse_args(argv)
    except SystemExit:  # help was asked for: it is written here, or an error
        sys.stdout.flush()
        raise


def _without_output(status: int) -> int:
    """The status, after which Python has nothing left to write, and so nothing to complain of."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status
