"""TikZ: a picture for a slide or an article in LaTeX, with formulas as LaTeX sets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from ..formulas import latex
from ..formulas.latex import escaped
from ..formulas.writing import Writer, Written, in_rows
from ..notation.levels import Level
from ..notation.tree import Kind, Tree
from . import palette
from .picture import FADED, LIT, Box, Edge, Line, Node, Picture, Point, is_bent
from .placement import CAPTION, MARGIN


def _in_one_line(writer: Writer, tree: Tree) -> Written:
    """A matrix of numbers row by row, as a box has lines of letters."""
    rows = (r",\, ".join(row) for row in in_rows(writer.bodies(tree.parts), tree.value))
    return Written("[" + r";\; ".join(rows) + "]", Level.CALL, loose=True)


NOTATION = replace(latex.NOTATION, kinds={**latex.NOTATION.kinds, Kind.TABLE: _in_one_line})
_ACROSS, _DOWN = 0.75, 1.0
"""Points in a pixel: LaTeX sets formulas narrower than a screen does, and fractions higher."""
_RISE = 5
"""From the line that letters stand on, on a screen, up to half the height of small ones."""
_PAPER = r"""\documentclass{{article}}
\usepackage{{amsmath}}
\usepackage{{tikz}}
\usepackage[paperwidth={width}pt,paperheight={height}pt,margin=0pt]{{geometry}}
\pagestyle{{empty}}
\setlength{{\parindent}}{{0pt}}
\setlength{{\topskip}}{{0pt}}
\begin{{document}}
{picture}\end{{document}}
"""


def as_tikz(picture: Picture) -> str:
    """The picture as one environment, for a document that uses amsmath and tikz."""
    body = [
        rf"\begin{{tikzpicture}}[x={_ACROSS}pt,y=-{_DOWN}pt,line cap=round,every node/.style={{inner sep=0pt}},",
        r"  sb said/.style={anchor=mid west,font=\fontsize{9}{11}\selectfont},",
        *_styles(),
        r"  baseline=(current bounding box.center)]",
        rf"\path[use as bounding box] (0,0) rectangle ({_number(picture.width)},{_number(picture.height)});",
        _words(rf"\textbf{{{escaped(picture.title)}}}", MARGIN, MARGIN + 2),
        *map(_arrow, picture.edges),
        *(line for node in picture.nodes for line in _box(node)),
        *(line for edge in picture.edges for line in _label(edge)),
        *_captions(picture),
        r"\end{tikzpicture}",
    ]
    return "\n".join(body) + "\n"


def as_tex(picture: Picture) -> str:
    """The picture as a document of its own, with a page of its size."""
    width, height = _number(picture.width * _ACROSS + 1), _number(picture.height * _DOWN + 1)
    return _PAPER.format(width=width, height=height, picture=as_tikz(picture))


def _styles() -> Iterator[str]:
    """The styles that lines of the picture use, by names that no other picture has."""
    for role, shade in palette.BOXES.items():
        fill, border = _colour(shade.fill), _colour(shade.border)
        yield f"  sb {role}/.style={{fill={fill},draw={border},rounded corners={_CORNERS[role == 'label']}}},"
    for role, colour in palette.LINES.items():
        anchor = r",anchor=mid,font=\fontsize{8}{10}\selectfont" if role == "partial" else ""
        yield f"  sb {role} text/.style={{sb said,text={_colour(colour)}{anchor}}},"
    arrow, strong = _colour(palette.ARROW), _colour(palette.STRONG)
    yield f"  sb step/.style={{draw={arrow},line width=.9pt,->,>=stealth}},"
    yield f"  sb given/.style={{draw={arrow},line width=.6pt,dashed,->,>=stealth}},"
    yield f"  sb {LIT}/.style={{draw={strong},line width=1.5pt}},"
    fill, border, text = map(_colour, (*palette.FADED, palette.FADED_LINE))
    yield f"  sb {FADED}/.style={{fill={fill},draw={border}}},"
    yield f"  sb {FADED} text/.style={{text={text}}},"
    yield f"  sb {FADED} arrow/.style={{opacity={palette.FAINT}}},"


_CORNERS = ("3pt", "6pt")


def _colour(code: str) -> str:
    """A colour without a name: red, green and blue."""
    red, green, blue = (int(code[start : start + 2], 16) for start in (1, 3, 5))
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _at(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _words(words: str, x: float, y: float, style: str = "sb said") -> str:
    return rf"\node[{style}] at {_at((x, y - _RISE))} {{{words}}};"


def _line(line: Line, mark: str) -> str:
    maths = " = ".join(Writer(NOTATION).line(side) for side in line.sides)
    faded = f",sb {FADED} text" if mark == FADED else ""
    return _words(f"${maths}$", line.x, line.y, f"sb {line.role} text{faded}")


def _rectangle(box: Box, role: str, mark: str) -> str:
    marked = f",sb {mark}" if mark in (LIT, FADED) else ""
    return rf"\path[sb {role}{marked}] {_at((box.x, box.y))} rectangle {_at((box.right, box.bottom))};"


def _box(node: Node) -> Iterator[str]:
    yield _rectangle(node.box, node.role, node.mark)
    for line in node.lines:
        yield _line(line, node.mark)


def _arrow(edge: Edge) -> str:
    marked = {LIT: f",sb {LIT}", FADED: f",sb {FADED} arrow"}.get(edge.mark, "")
    return (
        rf"\path[sb {'step' if edge.is_step else 'given'}{marked}] {_at(edge.track[0])}{''.join(_pieces(edge.track))};"
    )


def _pieces(track: Iterable[Point]) -> Iterator[str]:
    for start, end in pairwise(track):
        middle = (start[0] + end[0]) / 2
        bent = f" .. controls {_at((middle, start[1]))} and {_at((middle, end[1]))} .. {_at(end)}"
        yield bent if is_bent(start, end) else f" -- {_at(end)}"


def _label(edge: Edge) -> Iterator[str]:
    if edge.line is not None:
        yield _rectangle(edge.box, "label", edge.mark)
        yield _line(edge.line, edge.mark)


def _captions(picture: Picture) -> Iterator[str]:
    first = picture.height - MARGIN - CAPTION * (len(picture.captions) - 1)
    for number, words in enumerate(picture.captions):
        yield _words(escaped(words), MARGIN, first + CAPTION * number)
