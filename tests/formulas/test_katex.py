"""KaTeX, which notebooks and web pages typeset by, takes every formula of LaTeX and Markdown without a complaint.

It is looked for in the folder that SYMBACKPROP_KATEX names, on NODE_PATH, and among npm's global packages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from symbackprop.formulas import NOTATIONS, document, rendered

from ..programs import absent
from .cases import ALL, asked

NODE, NPM = shutil.which("node"), shutil.which("npm")
SCRIPT = """
const katex = require('katex');
const sources = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const told = [];
for (const [source, displayMode] of sources) {
  try { katex.renderToString(source, {displayMode, throwOnError: true, strict: 'error'}); }
  catch (error) { told.push([source, String(error)]); }
}
console.log(JSON.stringify(told));
"""


def folders() -> Iterator[Path]:
    """Where packages of Node may be."""
    yield Path(os.environ.get("SYMBACKPROP_KATEX", "no folder")) / "node_modules"
    yield from map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))
    if NPM is not None:
        yield Path(subprocess.run([NPM, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip())


def complaints(sources: list[tuple[str, bool]]) -> list[list[str]]:
    """What KaTeX refuses, each with why."""
    found = next((folder for folder in folders() if NODE is not None and (folder / "katex").is_dir()), None)
    if found is None or NODE is None:
        absent("there is no KaTeX: install tests/package.json, and name the folder in SYMBACKPROP_KATEX")
    done = subprocess.run(
        [NODE, "-e", SCRIPT],
        input=json.dumps(sources),
        env={**os.environ, "NODE_PATH": str(found)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: list[list[str]] = json.loads(done.stdout)
    return told


def maths(told: str) -> Iterator[tuple[str, bool]]:
    """The formulas of a document, and whether each stands by itself."""
    display = r"\$\$\n(.*?)\n\$\$|(\\begin\{align\*\}.*?\\end\{align\*\})|\\\[\n(.*?)\n\\\]"
    for match in re.finditer(display, told, re.DOTALL):
        yield next(filter(None, match.groups())), True
    for source in re.findall(r"(?<!\\)\$([^$]+)\$", re.sub(display, "", told, flags=re.DOTALL)):
        yield source, False


def test_formulas_are_found_in_a_document() -> None:
    told = "$$\na + b\n$$\n\nIt costs \\$3, $x$ and $y_1$.\n\n\\[\nz\n\\]\n"
    assert list(maths(told)) == [("a + b", True), ("z", True), ("x", False), ("y_1", False)]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["latex", "markdown"])
def test_katex_takes_every_formula(format: str) -> None:
    derivations = [make() for make in ALL.values()]
    told = [rendered(document(d, which), format) for d in derivations for which in asked(d)[:2]]
    sources = [source for one in told for source in maths(one)]
    assert len(sources) > len(told)
    assert complaints(sources) == []


@pytest.mark.slow
def test_katex_takes_narrow_lines_and_every_notation() -> None:
    derivations = [ALL[name]() for name in ("elu", "gelu", "attention", "3-2-4", "tanh-softmax-huber")]
    told = [rendered(document(d, d.wrt[0]), "latex", width=22) for d in derivations]
    told += [rendered(document(d, notation=notation), "markdown") for d in derivations for notation in NOTATIONS]
    assert complaints([source for one in told for source in maths(one)]) == []


@pytest.mark.slow
def test_katex_complains_of_what_is_wrong() -> None:
    assert len(complaints([(r"\frac{1}", True), (r"\left( x", False), ("x", True)])) == 2
