"""README.md and docs/ say what really comes out: their commands and Python blocks are run and compared.

    python tests/test_pages.py [PAGE ...]

writes the outputs of these pages, or of all, anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import symbackprop as sb

if __package__:
    from . import pages, recipes
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import pages
    import recipes

ROOT, README, PAGES = pages.ROOT, pages.README, pages.PAGES
EXTENDING = ROOT / "docs" / "extending.md"  # its blocks belong to a changed package: see test_extending
RUN = [page for page in PAGES if page != EXTENDING]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.slow_unless.with_args(lambda page: page.name == "changelog.md")
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_page_shows_what_its_commands_and_blocks_print(page: Path, tmp_path: Path) -> None:
    text, place = read(page), pages.Place(tmp_path)
    assert pages.refreshed(text, place) == text
    assert place.commands + place.left_out == sum(line.startswith("$ ") for line in text.splitlines())
    if not place.is_whole:
        pytest.skip("JAX is not installed: the blocks that need it are left as they stand")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_fence_is_of_a_known_kind_and_closed(page: Path) -> None:
    found = list(pages.fences(read(page)))
    marks = [line for line in read(page).splitlines() if line.lstrip().startswith(("```", "~~~"))]
    assert len(marks) == 2 * len(found)
    assert {kind for kind, _ in found} <= pages.KINDS
    for kind, body in found:
        assert kind != "console" or body.startswith("$ ")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in pages.links(read(page)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        assert not anchor or anchor in pages.anchors(read(there)), target


def test_the_front_page_is_short_and_leads_to_every_other() -> None:
    text = read(README)
    assert len(text.splitlines()) <= 200
    assert {name_of(page) for page in PAGES if page != README} <= set(pages.links(text))


def test_the_front_page_names_the_two_commands_that_do_everything() -> None:
    assert "pip install . && symbackprop demo" in read(README)
    assert 'pip install ".[test]" && pytest' in read(README)


def cells(row: str) -> list[str]:
    return [cell.strip().strip("`") for cell in row.strip().strip("|").split("|")]


def rows_below(heading: str) -> list[list[str]]:
    """The rows of the front page's table with this heading."""
    table = read(README).partition(heading)[2].partition("\n\n")[0]
    return [cells(row) for row in table.splitlines()[2:]]


def test_the_formula_and_the_code_side_by_side_are_printed_and_written() -> None:
    d = sb.derive(sb.Network([2, 2, 1]))
    lines = [" ".join(line.split()) for line in d.formulas().splitlines()]
    start = next(place for place, line in enumerate(lines) if line.startswith("δ¹₂ = "))
    assert lines[start : start + 2] == ["δ¹₂ = ∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂", "= ∂L/∂a¹₂ · (1 − (a¹₂)²)"]
    (rule, comment), (worked, code) = rows_below("| formula | code |")
    assert (rule, worked) == ("∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂", "δ¹₂ = ∂L/∂a¹₂ · (1 − (a¹₂)²)")
    assert f"    {code}  {comment}" in d.source().splitlines()


def test_the_comparison_on_the_front_page_counts_right() -> None:
    found = rows_below("| layers | weights and biases | paths | naive | backprop | naive / backprop |")
    assert len(found) == 4
    for row in found:
        layers = int(row[0])
        d = sb.derive(sb.Network([3] * (layers + 1), "tanh", "tanh", "half_sse"))
        counts = (len(d.wrt), d.cost.paths, d.cost.naive, d.cost.total, d.cost.naive // d.cost.total)
        assert row[1:] == [f"{count:,}" for count in counts]


def test_every_public_name_has_its_place_in_the_reference() -> None:
    headings = {line.split()[1] for line in read(ROOT / "docs" / "api.md").splitlines() if line.startswith("### ")}
    assert {*sb.__all__, *(f"runtime.{name}" for name in sb.runtime.__all__)} <= headings


@pytest.mark.slow
def test_the_reference_that_is_not_what_the_docstrings_say_is_told_of(tmp_path: Path) -> None:
    script = (ROOT / "docs" / "make_api.py").read_text(encoding="utf-8")
    (tmp_path / "make_api.py").write_text(script, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(len(arguments))}
        command = [sys.executable, str(tmp_path / "make_api.py"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout + done.stderr

    advice = "docs/api.md is not what the docstrings say: run python docs/make_api.py\n"
    assert run("--check") == (1, advice)
    assert run() == (0, "")
    assert run("--check") == (0, "")
    with (tmp_path / "api.md").open("a", encoding="utf-8") as file:
        file.write("more\n")
    assert run("--check") == (1, advice)


@pytest.mark.slow
def test_the_reference_is_what_the_docstrings_say() -> None:
    command = [sys.executable, str(ROOT / "docs" / "make_api.py"), "--check"]
    environment = {**os.environ, "PYTHONPATH": str(Path(sb.__file__).parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def write(page: Path) -> None:
    """The page with its outputs as they are now."""
    with tempfile.TemporaryDirectory() as folder:
        text = recipes.refreshed(read(page), Path(folder)) if page == EXTENDING else None
        page.write_text(text or pages.refreshed(read(page), pages.Place(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or PAGES):
        write(path.resolve())
