"""Writing files so that nothing half-written is ever left: aside first, then put in place."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from .errors import OutputError


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file whole, or leave whatever stood there as it was.

    Raises:
        OutputError: the folder does not exist or cannot be written, or the path is a folder.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Write a file whole, or leave whatever stood there as it was.

    Raises:
        OutputError: the folder does not exist or cannot be written, or the path is a folder, or none.
    """
    if not isinstance(path, str | os.PathLike):
        raise OutputError(f"cannot write to {path!r}, which is {type(path).__name__}: pass a path as text or as a Path")
    target = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    aside = None
    try:
        if _is_device(target):  # one such as /dev/null stays what it is
            target.write_bytes(data)
            return target
        handle, aside = tempfile.mkstemp(dir=target.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, target)
    except (OSError, ValueError) as error:
        if aside is not None and os.path.exists(aside):
            os.unlink(aside)
        raise _cannot_write(path, error) from error
    return target


def check_writable(path: str | Path) -> None:
    """Refuse a path that could not be written, before there is anything to write.

    Raises:
        OutputError: the folder does not exist or cannot be written, or the path is a folder.
    """
    target = Path(os.path.realpath(path))
    try:
        if not str(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_device(target):
            tempfile.TemporaryFile(dir=target.parent).close()
    except (OSError, ValueError) as error:
        raise _cannot_write(path, error) from error


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _cannot_write(path: str | Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"cannot write {str(path)!r}: {reason}; choose a path in a folder that exists")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
