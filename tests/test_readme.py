"""README.md says what really comes out: its commands and Python blocks are run and compared.

    python tests/test_readme.py

writes the outputs anew; look at the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import symbackprop

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<output>.*?)```", re.DOTALL)


@pytest.mark.slow
def test_readme_shows_what_its_commands_and_blocks_print() -> None:
    text = README.read_text(encoding="utf-8")
    assert CONSOLE.search(text)
    assert PYTHON.search(text)
    assert refreshed(text) == text


def test_readme_names_the_two_commands_that_do_everything() -> None:
    text = README.read_text(encoding="utf-8")
    assert "pip install . && symbackprop demo" in text
    assert 'pip install ".[test]" && pytest' in text


def refreshed(text: str) -> str:
    """The README with every output as it is now."""
    namespace: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        text = CONSOLE.sub(lambda block: f"```console\n{session(block[1], Path(folder))}```", text)
    return PYTHON.sub(
        lambda block: f"```python\n{block['code']}```\n\n```text\n{printed(block['code'], namespace)}```", text
    )


def prepare(folder: Path) -> None:
    """What the commands find where a reader would run them: in the clone."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "generated", folder / "generated")
    (folder / "bin").mkdir()
    for name, module in (("symbackprop", "-m symbackprop"), ("python", "")):
        launcher = folder / "bin" / name
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        launcher.chmod(0o755)


def session(block: str, folder: Path) -> str:
    """The commands of a console block, each with what it prints now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{output(command, folder)}" for command in commands)


def output(command: str, folder: Path) -> str:
    """What a command prints on its standard output."""
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(Path(symbackprop.__file__).parents[1]),
        "COLUMNS": "80",
    }
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(code: str, namespace: dict[str, object]) -> str:
    """What a Python block prints; later blocks see what earlier ones defined."""
    with contextlib.redirect_stdout(io.StringIO()) as stdout:
        exec(compile(code, str(README), "exec"), namespace)
    return stdout.getvalue()


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
