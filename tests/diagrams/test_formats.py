"""SVG, DOT and TikZ: well-formed whatever a name is, accepted by the programs that read them, the same every time."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.diagrams import FORMATS, Diagram, Line, Picture, palette
from symbackprop.diagrams.line_text import line_text
from symbackprop.notation.symbol_labels import Label
from symbackprop.notation.tree import Kind, Named, Tree

from ..goldens import DOCS, PICTURES, XOR
from ..programs import in_a_browser, needs
from ..test_hostile import PAYLOADS
from .support import CASES, OF_NUMBERS, drawn, expression, network

SVG = "{http://www.w3.org/2000/svg}"
ADVICE = "run 'python tests/goldens.py' and look at the difference"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


# --- SVG ---


@pytest.mark.parametrize("name", CASES)
def test_svg_has_all_text_as_text_and_a_title(name: str) -> None:
    diagram = drawn(name, with_values=name in OF_NUMBERS)
    root = parsed(diagram.svg())
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [child.tag for child in root][:3] == [f"{SVG}title", f"{SVG}desc", f"{SVG}style"]
    assert root[0].text == diagram.picture.title
    lines = [line for node in diagram.picture.nodes for line in node.lines]
    lines += [edge.line for edge in diagram.picture.edges if edge.line is not None]
    shown = [text.text for text in root.iter(f"{SVG}text")]
    assert sorted(filter(None, shown)) == sorted(
        [diagram.picture.title, *diagram.picture.captions, *map(line_text, lines)]
    )
    boxes = len(diagram.picture.nodes) + sum(edge.line is not None for edge in diagram.picture.edges)
    assert len(list(root.iter(f"{SVG}rect"))) == boxes


def test_svg_paints_no_page_and_has_colours_for_both_kinds() -> None:
    svg = drawn("2-2-1").svg()
    width = parsed(svg).get("width")
    assert not re.search(rf'<rect[^>]* width="{width}"', svg)
    assert svg.count("@media (prefers-color-scheme:dark)") == 1
    assert "id=" not in svg  # several pictures may stand on one page
    assert "url(" not in svg
    assert all(line.startswith((".symbackprop ", "@media", "}")) for line in parsed(svg)[2].text.strip().splitlines())  # type: ignore[union-attr]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_told_from_what_they_stand_on() -> None:
    for boxes, lines in ((palette.BOXES, palette.LINES), (palette.DARK_BOXES, palette.DARK_LINES)):
        for role, shade in boxes.items():
            for colour in lines.values():
                assert contrast(shade.fill, colour) >= 4.5, (role, colour)
    for page, colour in (("#ffffff", palette.PAGE), ("#0d1117", palette.DARK_PAGE)):
        assert contrast(page, colour) >= 4.5
    for page in ("#ffffff", "#0d1117"):
        assert contrast(page, palette.ARROW) >= 3
        assert contrast(page, palette.STRONG) >= 3
        assert contrast(page, palette.PAGE) >= 4
    assert contrast(palette.FADED.fill, palette.FADED_LINE) >= 2.5
    assert contrast(palette.DARK_FADED.fill, palette.DARK_FADED_LINE) >= 2.5


# --- names that are tricks ---


def renamed(tree: Tree, name: str) -> Tree:
    """The tree with this name for all that have one."""
    parts = tuple(renamed(part, name) for part in tree.parts)
    if tree.kind is Kind.NAME:
        return replace(tree, value=Named(name, Label(name, literal=True)), parts=parts)
    if tree.kind is Kind.RATIO:
        named = Named(name, Label(name, literal=True))
        return replace(tree, value=(named, named, *tree.value[2:]), parts=parts)
    return replace(tree, parts=parts)


def disguised(picture: Picture, name: str) -> Picture:
    def line(one: Line | None) -> Any:
        return None if one is None else replace(one, sides=tuple(renamed(side, name) for side in one.sides))

    nodes = [replace(node, lines=tuple(map(line, node.lines)), told=line(node.told)) for node in picture.nodes]
    edges = [replace(edge, line=line(edge.line)) for edge in picture.edges]
    return replace(picture, title=name, captions=(name, name), nodes=tuple(nodes), edges=tuple(edges))


def skeleton(dot: str) -> str:
    """A graph in DOT without its strings, and without the text between tags."""
    without = re.sub(r'"(?:[^"\\]|\\.)*"', '""', dot)
    return re.sub(r">[^<>]+</font>", "></font>", without)


HOSTILE = [payload[:60] for payload in PAYLOADS if payload] + [
    "<script>alert(1)</script>",
    "]]>",
    "&amp;",
    'a"];b',
    "\\N\\n\\l",
    "\x00\x0b",
]


@pytest.mark.every_row
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_more_than_a_name(name: str) -> None:
    picture = drawn("expression", with_values=True).picture
    disguise = disguised(picture, name)
    root, plain = parsed(FORMATS["svg"](disguise)), parsed(FORMATS["svg"](picture))
    assert [element.tag for element in root.iter()] == [element.tag for element in plain.iter()]
    assert [element.attrib.keys() for element in root.iter()] == [element.attrib.keys() for element in plain.iter()]
    assert skeleton(FORMATS["dot"](disguise)) == skeleton(FORMATS["dot"](picture))
    tikz = FORMATS["tikz"](disguise)
    assert len(tikz.splitlines()) >= len(FORMATS["tikz"](picture).splitlines())
    assert not re.search(r"\\(?:input|write|immediate|end\{aligned\})", tikz)


def test_a_name_that_is_no_identifier_is_drawn_as_it_is() -> None:
    for name in ("x); import os", "<script>", "x'"):
        diagram = sb.derive(sp.Symbol(name) ** 2).diagram()
        assert name in "".join(parsed(diagram.svg()).itertext())
        assert "<script>" not in diagram.svg()


# --- the programs that read them ---


@pytest.mark.slow
@needs("dot")
@pytest.mark.parametrize("name", CASES)
def test_graphviz_draws_the_dot_file(name: str, tmp_path: Path) -> None:
    diagram = drawn(name, with_values=name in OF_NUMBERS)
    done = dot(diagram.dot(), tmp_path)
    edges = [edge for edge in done.splitlines() if edge.startswith("edge ")]
    nodes = [node for node in done.splitlines() if node.startswith("node ")]
    assert (len(nodes), len(edges)) == (len(diagram.picture.nodes), len(diagram.picture.edges))


def dot(source: str, folder: Path) -> str:
    (folder / "picture.dot").write_text(source, encoding="utf-8")
    command = ["dot", "-Tplain", "picture.dot"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
@needs("dot")
def test_graphviz_shows_hostile_names_as_they_are(tmp_path: Path) -> None:
    picture = drawn("one symbol").picture
    for name in HOSTILE:
        (tmp_path / "picture.dot").write_text(FORMATS["dot"](disguised(picture, name)), encoding="utf-8")
        command = ["dot", "-Tsvg", "picture.dot"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stderr) == (0, ""), name
        shown = {text.text for text in parsed(done.stdout).iter(f"{SVG}text")}
        printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
        if "\n" not in name and name.strip():
            assert printable in {str(text).replace("\N{NO-BREAK SPACE}", " ") for text in shown}, name
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.slow
@needs("pdflatex")
def test_latex_sets_every_picture_on_a_page_of_its_size(tmp_path: Path) -> None:
    """Documents of one picture, and one document of all pictures that uses nothing but amsmath and tikz."""
    pictures = [drawn(name, with_values=name in OF_NUMBERS) for name in CASES]
    pictures += [network(2, 2, 1).diagram(parameter="w1_2_1")]
    body = "\n\n".join(rf"\resizebox{{\textwidth}}{{!}}{{{diagram.tikz()}}}" for diagram in pictures)
    whole = (
        "\\documentclass{article}\\usepackage{amsmath}\\usepackage{tikz}\\parindent0pt\\begin{document}\n"
        + body
        + "\n\\end{document}\n"
    )
    (tmp_path / "all.tex").write_text(whole, encoding="utf-8")
    assert "Output written" in latex(tmp_path, "all.tex")
    pictures[0].write(tmp_path / "one.tex")
    assert "Output written on one.pdf (1 page" in latex(tmp_path, "one.tex")


@pytest.mark.slow
@needs("pdflatex")
def test_latex_sets_hostile_names_and_runs_nothing(tmp_path: Path) -> None:
    picture = drawn("one symbol").picture
    for name in HOSTILE:
        if name.isascii() and name.isprintable():
            (tmp_path / "one.tex").write_text(FORMATS["tex"](disguised(picture, name)), encoding="utf-8")
            assert "Output written on one.pdf (1 page" in latex(tmp_path, "one.tex"), name
    assert not (tmp_path / "PWNED").exists()


def latex(folder: Path, name: str) -> str:
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Overfull" not in done.stdout
    return done.stdout


@pytest.mark.slow
@needs("chromium")
def test_a_browser_draws_the_text_within_its_boxes(tmp_path: Path) -> None:
    """What the browser measures, by its own fonts, in boxes and in labels."""
    script = """<script>
const out = [];
for (const box of document.querySelectorAll("svg rect")) {
  const outer = box.getBBox();
  for (const text of box.parentNode.querySelectorAll("text")) {
    const inner = text.getBBox();
    if (inner.x < outer.x || inner.x + inner.width > outer.x + outer.width) out.push(text.textContent);
  }
}
const count = document.querySelectorAll("svg text").length;
document.body.innerHTML = "<pre id='told'>" + count + ":" + out.join("|") + "</pre>";
</script>"""
    svgs = [drawn(name, with_values=name in OF_NUMBERS).svg() for name in CASES]
    page = "".join(["<!DOCTYPE html><html><body>", *svgs, script, "</body></html>"])
    told = re.search(r'<pre id="told">(\d+):(.*?)</pre>', in_a_browser(page, tmp_path), re.DOTALL)
    assert told is not None
    assert int(told[1]) == sum(svg.count("<text") for svg in svgs)
    assert told[2] == ""


# --- files, notebooks, pages ---


def test_write_takes_the_format_from_the_name(tmp_path: Path) -> None:
    diagram = expression().diagram()
    for ending, written in FORMATS.items():
        path = diagram.write(tmp_path / f"picture.{ending}")
        assert path.read_text(encoding="utf-8") == written(diagram.picture)
    assert diagram.write(tmp_path / "PICTURE.SVG").read_text(encoding="utf-8") == diagram.svg()
    assert (tmp_path / "picture.tikz").read_text(encoding="utf-8") in (tmp_path / "picture.tex").read_text(
        encoding="utf-8"
    )


def test_a_notebook_shows_the_picture() -> None:
    diagram = expression().diagram()
    assert isinstance(diagram, Diagram)
    assert diagram._repr_mimebundle_() == {"image/svg+xml": diagram.svg(), "text/plain": str(diagram)}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_of_the_pages_are_what_is_drawn_now(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PICTURES[name](), ADVICE


def test_the_commands_of_the_page_draw_its_pictures(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "xor.json").write_text(json.dumps(XOR), encoding="utf-8")
    numbers = ["--at", str(tmp_path / "xor.json"), "--inputs", "1,0", "--targets", "1"]
    commands = {
        "xor.svg": ["2-2-1", *numbers, "--parameter", "w1_2_1"],
        "layers.svg": ["64-32-10", "--output", "softmax", "--layers"],
    }
    for name, command in commands.items():
        assert cli.main(["diagram", *command, "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text(encoding="utf-8") == PICTURES[name]()
        assert " ".join(command[-2:]) in (DOCS / "diagrams.md").read_text(encoding="utf-8")


def test_the_command_draws_what_the_library_draws(tmp_path: Path, capsys: Any) -> None:
    for ending in FORMATS:
        path = tmp_path / f"xor.{ending}"
        assert cli.main(["diagram", "2-2-1", "--parameter", "w1_2_1", "-o", str(path)]) == 0
        assert capsys.readouterr().out == f"wrote {path}\n"
        assert path.read_text(encoding="utf-8") == FORMATS[ending](network(2, 2, 1).diagram(parameter="w1_2_1").picture)
    assert cli.main(["diagram", "2-2-1"]) == 0
    assert capsys.readouterr().out == f"{network(2, 2, 1).diagram()}\n"
