"""Writing files so that nothing half-written is ever left: aside first, then put in place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .errors import OutputError


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file whole, or leave whatever stood there as it was.

    Raises:
        OutputError: the folder does not exist or cannot be written, or the path is a folder.
    """
    target = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    aside = None
    try:
        if target.exists() and not target.is_file() and not target.is_dir():  # a device such as /dev/null stays one
            target.write_text(text, encoding="utf-8")
            return target
        handle, aside = tempfile.mkstemp(dir=target.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, target)
    except (OSError, ValueError) as error:
        if aside is not None and os.path.exists(aside):
            os.unlink(aside)
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot write {str(path)!r}: {reason}; choose a path in a folder that exists") from error
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
