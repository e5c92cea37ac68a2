"""SVG: text that can be selected and searched, colours for light and for dark pages, no background of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import pairwise

from . import palette
from .label_lines import SIZES
from .line_text import line_text
from .picture import FADED, LIT, Box, Edge, Line, Node, Picture, Point, is_bent
from .placement import CAPTION, CAPTION_SIZE, MARGIN, TITLE_SIZE

_FONTS = "'DejaVu Sans','Segoe UI','Helvetica Neue',Arial,sans-serif"
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
_HEAD = 8, 3.5
"""The length of the head of an arrow, and half its width."""


def as_svg(picture: Picture) -> str:
    """The picture as SVG, which needs nothing else."""
    width, height = math.ceil(picture.width), math.ceil(picture.height)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="symbackprop" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" style="max-width: 100%; height: auto">',
        f"<title>{_plain(picture.title)}</title>",
        f"<desc>{_plain(picture.told)}</desc>",
        f"<style>\n{_style()}\n</style>",
        _text(picture.title, MARGIN, MARGIN + 2, "title"),
        *(line for edge in picture.edges for line in _arrow(edge)),
        *(line for node in picture.nodes for line in _box(node)),
        *(line for edge in picture.edges for line in _label(edge)),
        *_captions(picture),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _plain(words: str) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", words))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(words: str, x: float, y: float, kind: str) -> str:
    return f'<text x="{_number(x)}" y="{_number(y)}" class="{kind}">{_plain(words)}</text>'


def _line(line: Line) -> str:
    return _text(line_text(line), line.x, line.y, line.role)


def _rectangle(box: Box, kind: str, round_by: float) -> str:
    numbers = zip(("x", "y", "width", "height"), (box.x, box.y, box.width, box.height), strict=True)
    place = " ".join(f'{name}="{_number(value)}"' for name, value in numbers)
    return f'<rect {place} rx="{_number(round_by)}" class="{kind}"/>'


# --- boxes and arrows ---


def _box(node: Node) -> Iterator[str]:
    yield f'<g class="{node.mark}">'
    if node.told is not None:
        yield f"<title>{_plain(line_text(node.told))}</title>"
    yield _rectangle(node.box, node.role, 5)
    yield from map(_line, node.lines)
    yield "</g>"


def _arrow(edge: Edge) -> Iterator[str]:
    kind = "step" if edge.is_step else "given"
    start, end = edge.track[-2:]
    yield f'<g class="{edge.mark}">'
    yield f'<path d="{_way(edge.track)}" class="{kind}"/>'
    yield f'<path d="{_head(start, end)}" class="head"/>'
    yield "</g>"


def _way(track: Iterable[Point]) -> str:
    """Straight pieces, and curves that leave and arrive level."""
    points = list(track)
    found = [f"M{_at(points[0])}"]
    for start, end in pairwise(points):
        middle = (start[0] + end[0]) / 2
        bent = f"C{_at((middle, start[1]))} {_at((middle, end[1]))} {_at(end)}"
        found.append(bent if is_bent(start, end) else f"L{_at(end)}")
    return "".join(found)


def _head(start: Point, end: Point) -> str:
    """A triangle at the end of the way from one point to the other."""
    long, half = _HEAD
    across, down = end[0] - start[0], end[1] - start[1]
    size = math.hypot(across, down) or 1
    x, y = across / size, down / size
    foot = end[0] - long * x, end[1] - long * y
    sides = (foot[0] - half * y, foot[1] + half * x), (foot[0] + half * y, foot[1] - half * x)
    return f"M{_at(end)}L{_at(sides[0])}L{_at(sides[1])}Z"


def _at(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _label(edge: Edge) -> Iterator[str]:
    if edge.line is not None:
        yield f'<g class="{edge.mark}">'
        yield _rectangle(edge.box, "label", edge.box.height / 2)
        yield _line(edge.line)
        yield "</g>"


def _captions(picture: Picture) -> Iterator[str]:
    first = picture.height - MARGIN - CAPTION * (len(picture.captions) - 1)
    for number, words in enumerate(picture.captions):
        yield _text(words, MARGIN, first + CAPTION * number, "caption")


# --- colours ---


def _style() -> str:
    light = _colours(palette.BOXES, palette.LINES, palette.PAGE)
    dark = _colours(palette.DARK_BOXES, palette.DARK_LINES, palette.DARK_PAGE)
    faded = _faded(palette.FADED, palette.FADED_LINE), _faded(palette.DARK_FADED, palette.DARK_FADED_LINE)
    media = "@media (prefers-color-scheme:dark){"
    return "\n".join([*_scoped([*light, *faded[0]]), media, *_scoped([*dark, *faded[1]]), "}", *_scoped(_rules())])


def _rules() -> Iterator[tuple[str, str]]:
    """What is the same on light and on dark pages."""
    yield "text", f"font-family:{_FONTS}"
    yield ".title", f"font-size:{TITLE_SIZE}px;font-weight:bold"
    yield ".caption", f"font-size:{CAPTION_SIZE}px"
    for role, size in SIZES.items():
        yield f"text.{role}", f"font-size:{size}px"
    yield "text.partial", "text-anchor:middle"
    yield ".step", f"fill:none;stroke:{palette.ARROW};stroke-width:1.5"
    yield ".given", f"fill:none;stroke:{palette.ARROW};stroke-width:1;stroke-dasharray:5 4"
    yield ".head", f"fill:{palette.ARROW}"
    yield f".{LIT} .step", f"stroke:{palette.STRONG};stroke-width:2.5"
    yield f".{LIT} .head", f"fill:{palette.STRONG}"
    yield f".{LIT} rect", f"stroke:{palette.STRONG};stroke-width:2"
    yield f".{FADED} path", f"opacity:{palette.FAINT}"


def _colours(boxes: Mapping[str, palette.Shade], lines: Mapping[str, str], page: str) -> Iterator[tuple[str, str]]:
    yield "text", f"fill:{page}"
    for role, shade in boxes.items():
        yield f"rect.{role}", f"fill:{shade.fill};stroke:{shade.border}"
    for role, colour in lines.items():
        yield f"text.{role}", f"fill:{colour}"


def _faded(shade: palette.Shade, line: str) -> Iterator[tuple[str, str]]:
    yield f".{FADED} rect", f"fill:{shade.fill};stroke:{shade.border}"
    yield f".{FADED} text", f"fill:{line}"


def _scoped(rules: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Rules for this picture and for nothing else on the page that it is part of."""
    return (f".symbackprop {selector}{{{declarations}}}" for selector, declarations in rules)
