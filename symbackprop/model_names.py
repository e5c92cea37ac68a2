"""How a model of one's own is named on the command line: FILE.py:NAME, as a text, with nothing run."""

from __future__ import annotations

import os

from .errors import OutputError


def is_named(text: str) -> bool:
    """Whether a text is FILE.py:NAME."""
    return ".py:" in text


def check_apart(text: str, *paths: str | None) -> None:
    """Refuse to write over the file of FILE.py:NAME.

    Raises:
        OutputError: one of the paths is that file.
    """
    own = os.path.realpath(text.rpartition(":")[0])
    for path in paths:
        if path and os.path.realpath(path) == own:
            raise OutputError(f"cannot write {path!r}: the model stands in it; choose another path")
