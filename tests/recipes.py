"""The recipes of docs/extending.md, carried out: each section's changes are made in a copy of the package and tried."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if __package__:
    from . import pages
else:
    import pages

PAGE = pages.ROOT / "docs" / "extending.md"
COPIED = ("symbackprop", "tests", "pyproject.toml")
NAMES = re.compile(r"^(?P<tests>pytest .*?) +# fails, and names (?P<name>\w+)$")


@dataclass(frozen=True)
class Recipe:
    """A section of the page: its heading, and its text from there on."""

    title: str
    text: str

    def fences(self, kind: str) -> list[str]:
        """The bodies of the fences of one kind, in order."""
        return [body for found, body in pages.fences(self.text) if found == kind]

    def commands(self) -> list[str]:
        """The lines of its sh fences: tests that pass, or that fail and name what has no row yet."""
        return [line for body in self.fences("sh") for line in body.splitlines()]


def split(text: str) -> list[Recipe]:
    """What stands before the first section, then every section."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return [Recipe(part.partition("\n")[0].removeprefix("## "), part) for part in parts]


def recipes() -> list[Recipe]:
    """The sections of the page that change something."""
    return [part for part in split(PAGE.read_text(encoding="utf-8")) if part.fences("diff")]


# --- the applier ---


class UnfitError(AssertionError):
    """A change that fits in no place of its file, or in several."""


def apply(change: str, root: Path) -> None:
    """Make the change of a diff fence: `--- FILE` and hunks behind `@@`, or `+++ FILE` and a new file's lines."""
    head, _, body = change.partition("\n")
    path = root / head[4:].strip()
    if head.startswith("+++ "):
        _create(path, body)
        return
    if not head.startswith("--- "):
        raise UnfitError(f"a diff begins with '--- FILE' or '+++ FILE', not with {head!r}")
    text = path.read_text(encoding="utf-8")
    for hunk in re.split(r"^@@\n", body, flags=re.MULTILINE)[1:]:
        text = _replaced(text, hunk, path)
    path.write_text(text, encoding="utf-8")


def _create(path: Path, body: str) -> None:
    if path.exists():
        raise UnfitError(f"{path} is there already")
    if strange := [line for line in body.splitlines() if not line.startswith("+")]:
        raise UnfitError(f"{path} is new: each line begins with +, not as {strange[0]!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line[1:]}\n" for line in body.splitlines()), encoding="utf-8")


def _replaced(text: str, hunk: str, path: Path) -> str:
    """The text with one hunk's lines in the one place where they stand."""
    old, new = ("".join(f"{line[1:]}\n" for line in _side(hunk, sign)) for sign in "-+")
    places = [found.start() for found in re.finditer(rf"^{re.escape(old)}", text, re.MULTILINE)]
    if len(places) != 1 or not old:
        raise UnfitError(f"{path.name}: {len(places)} places for\n{old}")
    return text[: places[0]] + new + text[places[0] + len(old) :]


def _side(hunk: str, sign: str) -> Iterator[str]:
    """The lines of context, and those of one side."""
    for line in hunk.splitlines():
        if line[:1] not in ("", " ", "-", "+"):
            raise UnfitError(f"a line of a hunk begins with a blank, - or +, not as {line!r}")
        if line[:1] in ("", " ", sign):
            yield line or " "


# --- a changed package ---


def workshop(folder: Path) -> Path:
    """A copy of the package and its tests, to be changed."""
    root = folder / "package"
    root.mkdir()
    for name in COPIED:
        source = pages.ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, root / name)
    return root


def place(folder: Path, recipe: Recipe) -> pages.Place:
    """Where a recipe's blocks are run: all of its changes are made."""
    root = workshop(folder)
    for change in recipe.fences("diff"):
        apply(change, root)
    reader = folder / "reader"
    reader.mkdir()
    return pages.Place(reader, root)


def tried(command: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A pytest command, in a changed package."""
    arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)][1:]
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(run, cwd=root, capture_output=True, encoding="utf-8", check=False)


def shown(recipe: Recipe, where: pages.Place) -> str:
    """A recipe's text with every output as it is now."""
    return pages.Refresh(where, where.python_alone).page(recipe.text)


def refreshed(text: str, folder: Path) -> str:
    """The page with every output as it is now."""
    done = []
    for number, recipe in enumerate(split(text)):
        own = folder / str(number)
        own.mkdir()
        done.append(shown(recipe, place(own, recipe)) if recipe.fences("diff") else recipe.text)
    return "".join(done)
