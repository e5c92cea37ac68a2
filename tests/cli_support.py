"""What the command line answers to what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symbackprop import cli


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: each file's bytes, and None for a folder."""
    paths = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in paths}


def refusal(arguments: list[str], folder: Path, capsys: Any, said: str = "") -> str:
    """The one line on stderr, after the checks that hold for every refusal: no output, and the folder as it was.

    said: what a file of the user's prints, if it is read at all.
    """
    before = contents(folder)
    capsys.readouterr()
    try:
        status = cli.main(arguments)
    except SystemExit as left:
        status = left.code
    captured = capsys.readouterr()
    assert (status, captured.out.removeprefix(said)) == (2, ""), captured
    assert captured.err.startswith("error: ")
    assert captured.err.endswith("\n")
    assert len(captured.err.splitlines()) == 1, captured.err
    assert "Traceback" not in captured.err
    assert contents(folder) == before
    return str(captured.err)
