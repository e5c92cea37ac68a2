"""Documents with LaTeX for maths: equations aligned, their right sides one below the other, long ones broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from . import latex
from .content import Equation, Line, Note, Table
from .latex import WIDE, escaped, width
from .line_breaks import Tokens
from .walker import Walker

TOKENS = Tokens(
    token=re.compile(r"\\(?:left|right|[bB]igl|[bB]igr|begin|end)\b|[{}]|(?= [+-] | \\cdot | \\odot | \\to )"),
    firm={"{": 1, "}": -1, r"\left": 1, r"\right": -1, r"\begin": 1, r"\end": -1},
    soft={r"\bigl": 1, r"\bigr": -1, r"\Bigl": 1, r"\Bigr": -1},
    width=width,
    is_product=lambda source, place: source[place + 1] == "\\",
)
"""Where TeX can break a line."""


class Aligned(Walker):
    """A document in a format that takes LaTeX for its maths."""

    notation = latex.NOTATION

    def rows(self, lines: Iterable[Line]) -> str:
        """The equations among the lines, as the rows of one environment."""
        equations = (line for line in lines if isinstance(line, Equation))
        return " \\\\\n".join(row for equation in equations for row in self._rows(equation))

    def _rows(self, equation: Equation) -> Iterator[str]:
        left, sides = self.sides(equation)
        room = max(WIDE - width(left), WIDE // 2)
        start = f"{left} &=" if left else r"&\phantom{=}\;"
        for side in sides:
            first, *rest = TOKENS.broken(side, room)
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

    def maths(self, source: str) -> str:
        """Maths in a sentence."""
        return f"${source}$"
