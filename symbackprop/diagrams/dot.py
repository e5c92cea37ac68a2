"""DOT, for Graphviz, which chooses the places itself."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from . import palette
from .line_text import line_text
from .picture import FADED, LIT, Edge, Line, Node, Picture

_FAINT = f"{palette.ARROW}{round(255 * palette.FAINT):02x}"


def as_dot(picture: Picture) -> str:
    """The picture as a directed graph; the nodes are n0, n1, ..., whatever they are called in it."""
    names = {node.symbol: f"n{number}" for number, node in enumerate(picture.nodes)}
    label = quoted("\n".join([picture.title, *picture.captions]))
    body = [
        "digraph derivation {",
        f'  graph [rankdir=LR, bgcolor="transparent", fontname="DejaVu Sans", fontsize=12, label={label}];',
        '  node [shape=box, style="rounded,filled", fontname="DejaVu Sans", fontsize=12];',
        f'  edge [fontname="DejaVu Sans", fontsize=11, color="{palette.ARROW}"];',
        *(f"  {names[node.symbol]} [{', '.join(_box(node))}];" for node in picture.nodes),
        *(f"  {names[edge.start]} -> {names[edge.end]} [{', '.join(_arrow(edge))}];" for edge in picture.edges),
        "}",
    ]
    return "\n".join(body) + "\n"


def quoted(words: str) -> str:
    """A string as DOT reads it: no escape and no entity of its own in it, one line below the other."""
    plain = words.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(_letter(letter) for letter in plain) + '"'


def _letter(letter: str) -> str:
    return "\\n" if letter == "\n" else _shown(letter)


def _shown(letter: str) -> str:
    return letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _line(line: Line, mark: str) -> str:
    """A line of a box in its colour, in what DOT has of HTML."""
    colour = palette.FADED_LINE if mark == FADED else palette.LINES[line.role]
    return f'<font color="{colour}">{escape("".join(map(_shown, line_text(line))))}</font>'


def _box(node: Node) -> Iterator[str]:
    shade = palette.FADED if node.mark == FADED else palette.BOXES[node.role]
    yield f"label=<{'<br/>'.join(_line(line, node.mark) for line in node.lines)}>"
    yield f'fillcolor="{shade.fill}"'
    yield f'color="{palette.STRONG if node.mark == LIT else shade.border}"'
    yield f"tooltip={quoted(line_text(node.told or node.lines[0]))}"


def _arrow(edge: Edge) -> Iterator[str]:
    if edge.line is not None:
        yield f"label={quoted(line_text(edge.line))}"
    if not edge.is_step:
        yield "style=dashed"
    if edge.mark == LIT:
        yield f'color="{palette.STRONG}", penwidth=2'
    if edge.mark == FADED:
        yield f'color="{_FAINT}", fontcolor="{palette.FADED_LINE}"'
