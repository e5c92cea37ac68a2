"""What the command line says, on one line each."""

from __future__ import annotations


def one_line(message: object) -> str:
    """A message on one line, without the control characters that a file name may hold."""
    return printable(" ".join(str(message).split()))


def printable(line: str) -> str:
    """A line with a question mark for what no terminal should be sent."""
    return "".join(character if character.isprintable() else "?" for character in line)


def wrote(path: object) -> str:
    """What is said of a file that was written."""
    return printable(f"wrote {path}")
