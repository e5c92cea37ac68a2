"""Programs that some tests ask, which need not be there: such a test is skipped, and says what is missing.

Where SYMBACKPROP_PROGRAMS is "all", as in `.ci/run`, which installs them, they must be there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ALL = os.environ.get("SYMBACKPROP_PROGRAMS") == "all"


def needs(program: str) -> Any:
    """Mark a test that runs a program."""
    return pytest.mark.skipif(not ALL and shutil.which(program) is None, reason=f"there is no {program}")


def in_a_browser(page: str, folder: Path) -> str:
    """What a page has become when a browser has drawn it and run its scripts."""
    place = folder / "page.html"
    place.write_text(page, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", str(place)], capture_output=True, encoding="utf-8", check=False)
    assert done.stdout, done.stderr[-2000:]
    return done.stdout


def absent(what: str) -> None:
    """Skip a test that asks for something that is not there, or fail where it has to be."""
    (pytest.fail if ALL else pytest.skip)(what)


def module(name: str, extra: str) -> ModuleType:
    """A module of an extra."""
    try:
        return import_module(name)
    except ImportError:
        absent(f"there is no {name}: it comes with the extra {extra}")
        raise
