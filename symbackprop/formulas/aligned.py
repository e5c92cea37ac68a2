"""Documents with LaTeX for maths: equations aligned, their right sides one below the other, long ones broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from . import latex
from .appearance import USUAL, Appearance
from .content import Document, Equation, Line, Note, Side, Table
from .latex import WIDE, escaped, width
from .line_breaks import Tokens
from .walker import Walker

TOKENS = Tokens(
    token=re.compile(r"\\(?:left|right|[bB]igl|[bB]igr|begin|end)\b|[{}]|(?= [+-] | \\cdot | \\odot | \\to )"),
    firm={"{": 1, "}": -1, r"\left": 1, r"\right": -1, r"\begin": 1, r"\end": -1}.get,
    soft={r"\bigl": 1, r"\bigr": -1, r"\Bigl": 1, r"\Bigr": -1}.get,
    width=width,
    is_product=lambda source, place: source[place + 1] == "\\",
)
"""Where TeX can break a line."""


_SIGNS = ["cdot", "odot", "to", "text", "le", "ge", "ne", "land", "lor", "times"]
_OPENING = ["lVert", "lfloor", "lceil", "lbrace", "bigl", "Bigl", "left"]
_NO_FACTORS = [*_SIGNS, *_OPENING, "neg", "sum", "ln"]
_BESIDE = (
    r"(?<=[}\w)|])(?<!if })(?<!else })"
    + "".join(rf"(?<!\\{word})" for word in _NO_FACTORS)
    + rf"(?= (?:[A-Za-z]|\\(?!(?:{'|'.join(_SIGNS)}|right|[bB]igr|[lr]Vert|rbrace)\b)))"
)
STRICT = replace(
    TOKENS,
    token=re.compile(rf"{TOKENS.token.pattern[:-1]}| / | \\text)|{_BESIDE}"),
    is_product=lambda source, place: source[place + 1] not in "+-",
    sign=r"\cdot ",
    has_sign=re.compile(r" (?:[+-] |/ |\\,|\\(?:cdot|odot|to|text)\b)"),
)
"""Where a line can be broken at all: also between factors without a sign, which then get one."""
_QUAD = 2
"""Characters that a line is moved by which goes on."""
_OF_AN_EM = 1.52
"""Characters, about, in an em: as few as there are in a line of tall ones."""


class Aligned(Walker):
    """A document in a format that takes LaTeX for its maths."""

    takes = frozenset({"equations_only", "width"})

    def __init__(self, document: Document, appearance: Appearance = USUAL) -> None:
        super().__init__(document, appearance)
        self.wide, self.notation, self.tokens = WIDE, latex.NOTATION, TOKENS
        self.is_strict = appearance.width is not None
        if appearance.width is not None:
            self.wide = int(appearance.width * _OF_AN_EM)
            self.notation, self.tokens = latex.notation(self.wide), STRICT

    def rows(self, lines: Iterable[Line]) -> str:
        """The equations among the lines, as the rows of one environment."""
        equations = [line for line in lines if isinstance(line, Equation)]
        edge = self.edge(equations)
        return " \\\\\n".join(row for equation in equations for row in self.rows_of(equation, edge))

    def edge(self, equations: Iterable[Equation]) -> int:
        """Where the right sides begin, if no line may be wider than asked."""
        lefts = (self.sides(equation)[0] for equation in equations)
        return max(map(width, lefts), default=0) if self.is_strict else 0

    def rows_of(self, equation: Equation, edge: int) -> Iterator[str]:
        """The rows of one equation, whose right sides begin there or behind the left one."""
        left, sides = self.sides(equation)
        room = max(self.wide - max(edge, width(left)), self.wide // 2) - _QUAD * self.is_strict
        start = f"{left} &=" if left else r"&\phantom{=}\;"
        for side in sides:
            first, *rest = self.tokens.broken(side, room)
            yield f"{start} {first}"
            yield from (rf"&\quad {line}" for line in rest)
            start = "&="

    def array(self, table: Table) -> str:
        """The table as an array, to stand where maths stands."""
        heads, *rest = (" & ".join(map(self.line, row)) for row in table.rows)
        body = rf"{heads} \\ \hline" + "\n" + " \\\\[1.5ex]\n".join(rest)
        return f"\\begin{{array}}{{{'r' * len(table.rows[0])}}}\n{body}\n\\end{{array}}"

    def line(self, note: Note) -> str:
        """A sentence in maths."""
        return "".join(map(self.side, note.parts))

    def spelled(self, words: str) -> str:
        """Words in the place of maths."""
        return rf"\text{{{escaped(words)}}}"

    def inline(self, side: Side) -> str:
        """Maths in a sentence."""
        return f"${self.formula(side)}$"
