"""Pages of Markdown as tests run them: fences in order, commands and Python blocks with what they print now."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import symbackprop

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```\n", re.DOTALL | re.MULTILINE)
OUTPUT = re.compile(r"\n```text\n(?P<body>.*?)^```\n", re.DOTALL | re.MULTILINE)
KINDS = {"console", "python", "text", "sh", "py", "diff"}
"""What is run (console, python), its output (text), and what is only shown: a long command, a signature, a change."""


class Place:
    """Where a page is run: a folder with what a reader has in the clone, and one Python session.

    Args:
        folder: an empty one.
        package: the folder that the package is imported from.
    """

    def __init__(self, folder: Path, package: Path = Path(symbackprop.__file__).parents[1]) -> None:
        self.folder, self.package = folder, package
        self.commands, self.left_out, self.is_whole = 0, 0, True
        self._namespace: dict[str, object] = {}
        for name in ("examples", "generated"):
            shutil.copytree(ROOT / name, folder / name)
        (folder / "bin").mkdir()
        for name, module in (("symbackprop", "-m symbackprop"), ("python", "")):
            launcher = folder / "bin" / name
            launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
            launcher.chmod(0o755)

    def lacks(self, block: str) -> bool:
        """Whether a block needs JAX, which is not here: it is left as it stands, and noted."""
        needs = find_spec("jax") is None and "jax" in block
        self.left_out += block.count("$ ") if needs else 0
        self.is_whole = self.is_whole and not needs
        return needs

    def console(self, block: str) -> str:
        """The commands of a console block, each with what it prints on its standard output."""
        commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
        return "".join(f"$ {command}\n{self._output(['sh', '-c', command])}" for command in commands)

    def _output(self, command: list[str]) -> str:
        self.commands += 1
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(self.package), "COLUMNS": "80"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stderr}"
        return done.stdout

    def python(self, code: str) -> str:
        """What a Python block prints; later blocks see what earlier ones defined."""
        with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.chdir(self.folder):
            exec(compile(code, "<page>", "exec"), self._namespace)
        return stdout.getvalue()

    def python_alone(self, code: str) -> str:
        """What a Python block prints in a process of its own, which imports this place's package."""
        return self._output([sys.executable, "-c", code])


@dataclass
class Refresh:
    """A page's text with every output as it is now."""

    place: Place
    python: Callable[[str], str]
    parts: list[str] = field(default_factory=list)

    def page(self, text: str) -> str:
        """The whole text; Python blocks are followed by what they print, if they print anything."""
        end = 0
        for fence in FENCE.finditer(text):
            if fence.start() >= end:  # else it is the output of the block before
                self.parts.append(text[end : fence.start()])
                end = self._block(text, fence)
        return "".join([*self.parts, text[end:]])

    def _block(self, text: str, fence: re.Match[str]) -> int:
        """Add a fence as it is now, and say where the text goes on."""
        kind, body = fence["kind"], fence["body"]
        if kind in ("console", "python") and self.place.lacks(body):
            self.parts.append(fence[0])
            shown = OUTPUT.match(text, fence.end())
            self.parts.append(shown[0] if shown else "")
            return shown.end() if shown else fence.end()
        if kind == "console":
            body = self.place.console(body)
        self.parts.append(f"```{kind}\n{body}```\n")
        if kind != "python":
            return fence.end()
        printed, shown = self.python(body), OUTPUT.match(text, fence.end())
        if printed:
            self.parts.append(f"\n```text\n{printed}```\n")
        return shown.end() if shown else fence.end()


def fences(text: str) -> Iterator[tuple[str, str]]:
    """The kind and the body of every fence."""
    for fence in FENCE.finditer(text):
        yield fence["kind"], fence["body"]


def refreshed(text: str, place: Place) -> str:
    """A page with every output as it is now."""
    return Refresh(place, place.python).page(text)


# --- links ---

LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)


def prose(text: str) -> str:
    """A page without its fences, and without code between backticks."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def links(text: str) -> list[str]:
    """What a page links to."""
    return [link["target"] for link in LINK.finditer(prose(text))]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in HEADING.finditer(FENCE.sub("", text)):
        anchor = re.sub(r"[^\w\- ]", "", heading["words"].lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
        if found[anchor]:
            found[f"{anchor}-{found[anchor]}"] = 0
    return set(found)
