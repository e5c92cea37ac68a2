"""What a text on the command line is: FILE.py:NAME of a model of one's own, an expression, or else widths."""

from __future__ import annotations

import os
import re

from .errors import OutputError


def is_named(text: str) -> bool:
    """Whether a text is FILE.py:NAME."""
    return ".py:" in text


def is_expression(text: str, symbols_given: bool = False) -> bool:
    """Whether a text is an expression: `-` for one from standard input, or what has letters, operators or brackets.

    Digits, names and hyphens without blanks, 2-2-1 or n0-n1, are widths, unless symbols to differentiate by are given.
    """
    if text == "-" or symbols_given:
        return True
    if is_named(text) or text.endswith(".py") or re.fullmatch(r"[\w-]*", text):
        return False
    return re.search(r"[^\W\d]|[+*/()^]", text) is not None


def check_apart(text: str, *paths: str | None) -> None:
    """Refuse to write over the file of FILE.py:NAME.

    Raises:
        OutputError: one of the paths is that file.
    """
    own = os.path.realpath(text.rpartition(":")[0])
    for path in paths:
        if path and os.path.realpath(path) == own:
            raise OutputError(f"cannot write {path!r}: the model stands in it; choose another path")
