"""Documents on the web: a fragment of headings, sentences, tables and MathML, and a page of its own around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import mathml, text
from .content import Equation, Remarked, Side, Table, Words
from .line_breaks import Tokens
from .mathml import escaped
from .printer import written_side
from .walker import Walker

_TOKENS = Tokens(
    token=re.compile(r"</?(?!m[ino]\b|mtext|/)[^>]*>|(?= <mo>[+−⋅⊙→]</mo>)"),
    firm=lambda token: 0 if not token else -1 if token.startswith("</") else 1,
    soft=lambda token: 0,
    width=mathml.width,
    is_product=lambda source, place: not source.startswith((" <mo>+", " <mo>−"), place),
)
"""A line can be broken before an operator that stands in no element."""
_XMLNS = "http://www.w3.org/1998/Math/MathML"


class Fragment(Walker):
    """The document as headings, paragraphs and MathML, to stand in a page or a slide.

    Each formula has the line of text for it as `alttext`, for readers that do not know MathML.
    """

    notation = mathml.NOTATION
    takes = frozenset({"equations_only", "width"})
    equal = " <mo>=</mo> "
    first_heading = 2

    def bound(self, blocks: Sequence[str]) -> str:
        """The blocks as one element."""
        return "<article>\n" + "\n".join(filter(None, blocks)) + "\n</article>\n"

    def heading(self, depth: int, title: str) -> str:
        """A heading."""
        level = self.first_heading + depth
        return f"<h{level}>{title}</h{level}>"

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations, the `=` signs one below the other: a grid of left and right sides."""
        told = "\n".join(cell for line in lines for cell in self._cells(line))
        return _scrolling(f"\n{told}\n", "equations", _GRID)

    def _cells(self, line: Equation) -> Iterator[str]:
        left, sides = self.sides(line)
        name = self._math(left, " = ".join(map(self._spoken, line.left))) if left else ""
        spoken = list(dict.fromkeys(map(self._spoken, line.sides)))
        for number, (side, told) in enumerate(zip(sides, spoken, strict=True)):
            sign = "=" if left or number else ""
            yield f'<span style="justify-self: end">{"" if number else name}</span>'
            yield f"<span>{self._math(self._lines(side, sign), f'{sign} {told}'.strip())}</span>"

    def _lines(self, side: str, sign: str) -> str:
        """A right side behind its sign; in several lines where it is wide."""
        start = f"<mo>{sign}</mo>" if sign else _INDENT
        first, *rest = _TOKENS.broken(side, self.appearance.width or mathml.WIDE)
        if not rest:
            return f"{start}<mrow>{first}</mrow>"
        return mathml.rows([[f"{start}<mrow>{first}</mrow>"], *([f"{_INDENT}<mrow>{more}</mrow>"] for more in rest)])

    def _math(self, body: str, spoken: str, style: bool = True) -> str:
        displayed = ' displaystyle="true"' if style else ""
        return f'<math xmlns="{_XMLNS}"{displayed} alttext="{escaped(spoken)}"><mrow>{body}</mrow></math>'

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """A paragraph each."""
        return "\n".join(f"<p>{sentence}</p>" for sentence in sentences)

    def table(self, table: Table) -> str:
        """A table, the heads of its columns first."""
        heads, *rest = (list(map(self.sentence, row)) for row in table.rows)
        columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
        body = "\n".join(_row(cells) for cells in rest)
        rows = f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}\n</tbody>"
        return _scrolling(f"<table>\n{rows}\n</table>", "table", _SCROLLED)

    def words(self, words: str) -> str:
        """Words in a sentence."""
        return escaped(words)

    def spelled(self, words: str) -> str:
        """Words in the place of maths."""
        return f"<mtext>{escaped(words)}</mtext>"

    def inline(self, side: Side) -> str:
        """Maths in a sentence."""
        return self._math(self.formula(side), self._spoken(side), style=False)

    def told(self, side: Side, written: str) -> str:
        """What a right side says as text."""
        return self._spoken(side)

    def _spoken(self, side: Side) -> str:
        if isinstance(side, Remarked):
            return f"{self._spoken(side.side)} {side.remark}"
        if isinstance(side, Words):
            return side.words
        return written_side(text.NOTATION, self.document.labels, side).replace("\N{FOUR-PER-EM SPACE}", " ")


_INDENT = '<mspace width="2em"></mspace>'
_SCROLLED = "overflow: auto hidden; padding: 0.4em 0"
_GRID = (
    "display: grid; grid-template-columns: max-content max-content; gap: 0.6em 0.3em; align-items: baseline; "
    + _SCROLLED
)
"""Styles stand in the elements, so that a fragment needs no style sheet."""


def _scrolling(body: str, label: str, style: str) -> str:
    """What may be wider than the page, for the keyboard to reach."""
    return f'<div role="group" aria-label="{label}" tabindex="0" style="{style}">{body}</div>'


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"


_STYLE = """\
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.6 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; } h3 { font-size: 1.05rem; }
math { font-size: 1.1em; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.8rem; text-align: right; font-weight: inherit; }
thead th { border-bottom: 1px solid; }
"""


class Page(Fragment):
    """The document as one HTML page by itself, without scripts and other files."""

    first_heading = 1

    def bound(self, blocks: Sequence[str]) -> str:
        """The page around the blocks."""
        title = escaped(self.document.title)
        body = "\n".join(filter(None, blocks))
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        )
