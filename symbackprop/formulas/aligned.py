"""Documents with LaTeX for maths: equations aligned, their right sides one below the other, long ones broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from .content import Document, Equation, Line, Note, Side, Table, Words
from .labels import Labels
from .latex import NOTATION, WIDE, escaped, width
from .layout import Break, broken_at
from .printer import written_side

_TOKEN = re.compile(r"\\(?:left|right|[bB]igl|[bB]igr|begin|end)\b|[{}]|(?= [+-] | \\cdot | \\odot | \\to )")
_FIRM = {"{": 1, "}": -1, r"\left": 1, r"\right": -1, r"\begin": 1, r"\end": -1}
"""What a line break may not come between, as TeX sees it."""
_SOFT = {r"\bigl": 1, r"\bigr": -1, r"\Bigl": 1, r"\Bigr": -1}
"""What a line break should rather not come between."""


def side_latex(labels: Labels, side: Side) -> str:
    """One right side, or one part of a sentence, in maths."""
    if isinstance(side, Words):
        return rf"\text{{{escaped(side.words)}}}"
    return written_side(NOTATION, labels, side)


def rows(labels: Labels, lines: Iterable[Line]) -> str:
    """The equations among the lines, as the rows of one environment."""
    equations = (line for line in lines if isinstance(line, Equation))
    return " \\\\\n".join(row for equation in equations for row in _rows(labels, equation))


def _rows(labels: Labels, equation: Equation) -> Iterator[str]:
    written = partial(side_latex, labels)
    left = " = ".join(map(written, equation.left))
    room = max(WIDE - width(left), WIDE // 2)
    start = f"{left} &=" if left else r"&\phantom{=}\;"
    for side in dict.fromkeys(map(written, equation.sides)):
        first, *rest = broken(side, room)
        yield f"{start} {first}"
        yield from (rf"&\quad {line}" for line in rest)
        start = "&="


def table_latex(labels: Labels, table: Table) -> str:
    """The table as an array, to stand where maths stands."""
    heads, *rest = (" & ".join(note_latex(labels, cell) for cell in row) for row in table.rows)
    body = rf"{heads} \\ \hline" + "\n" + " \\\\[1.5ex]\n".join(rest)
    return f"\\begin{{array}}{{{'r' * len(table.rows[0])}}}\n{body}\n\\end{{array}}"


def note_latex(labels: Labels, sentence: Note) -> str:
    """A sentence in maths."""
    return "".join(side_latex(labels, part) for part in sentence.parts)


@dataclass(frozen=True)
class Markup:
    """What a format puts around its maths.

    heading: of a depth, 0 for the title of the whole. paragraphs: of sentences, and whether a heading is above them.
    """

    heading: Callable[[int, str], str]
    equations: Callable[[str], str]
    table: Callable[[str], str]
    paragraphs: Callable[[Sequence[str], bool], str]
    escaped: Callable[[str], str]


def written(document: Document, markup: Markup) -> str:
    """The document in a format that takes LaTeX for its maths."""
    blocks = [markup.heading(0, markup.escaped(document.title))]
    for section in document.sections:
        blocks.append(markup.heading(section.depth, markup.escaped(section.title)))
        for number, (_, group) in enumerate(groupby(section.lines, type)):
            blocks.append(_block(document.labels, list(group), markup, number == 0))
    return "\n\n".join(blocks) + "\n"


def _block(labels: Labels, lines: Sequence[Line], markup: Markup, is_first: bool) -> str:
    """Lines of one kind."""
    if isinstance(lines[0], Equation):
        return markup.equations(rows(labels, lines))
    tables = [markup.table(table_latex(labels, line)) for line in lines if isinstance(line, Table)]
    sentences = [_sentence(labels, line, markup) for line in lines if isinstance(line, Note)]
    return "\n\n".join(tables) or markup.paragraphs(sentences, is_first)


def _sentence(labels: Labels, sentence: Note, markup: Markup) -> str:
    sides = ((part, side_latex(labels, part)) for part in sentence.parts)
    return "".join(markup.escaped(part.words) if isinstance(part, Words) else f"${side}$" for part, side in sides)


def broken(source: str, room: int) -> list[str]:
    """The lines of one formula, broken before outermost operators where it is wider than `room`."""
    if width(source) <= room:
        return [source]
    *places, end = _breaks(source)
    return broken_at(places, source, end.column, room, room // 3)


def _breaks(source: str) -> Iterator[Break]:
    """Cheap is a break outside brackets, and before a sum's operator; the last one is the end of the formula."""
    firm = soft = last = column = 0
    for match in _TOKEN.finditer(source):
        firm += _FIRM.get(match[0], 0)
        soft += _SOFT.get(match[0], 0)
        if not match[0] and not firm:
            column += width(source[last : match.start()])
            last = match.start()
            yield Break(last, last + 1, column, column, 2 * soft + (source[last + 1] == "\\"))
    column += width(source[last:])
    yield Break(len(source), len(source), column, column, 0)
