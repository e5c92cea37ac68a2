"""A LaTeX fragment that goes into an article with amsmath."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ..notation.quantities import Formula, Name, Ratio
from .aligned import Aligned
from .appearance import HEADINGS, USUAL, Appearance
from .content import Document, Equation, Table, factors
from .latex import escaped, width

_GAP = 2
"""Characters between two columns of a table."""
_SIZES = {0.7: r"\tiny", 0.8: r"\scriptsize", 0.9: r"\footnotesize", 1: r"\small"}
"""Letters for tables that are too wide in the next larger ones, by how wide these are."""
_LEVELS = (*HEADINGS[:-1], "subparagraph")


class Article(Aligned):
    """The document as LaTeX; equations may be broken over pages."""

    takes = frozenset({"equations_only", "width", "headings", "labels"})

    def __init__(self, document: Document, appearance: Appearance = USUAL) -> None:
        super().__init__(document, appearance)
        self._labels: Counter[str] = Counter()

    def heading(self, depth: int, title: str) -> str:
        """A heading without a number."""
        start = "" if depth else "\\allowdisplaybreaks"
        if self.appearance.headings not in _LEVELS:
            return start
        level = _LEVELS[min(_LEVELS.index(self.appearance.headings) + depth, len(_LEVELS) - 1)]
        ragged = r"\raggedright " if self.is_strict and level.endswith("section") else ""
        return "\n\n".join(filter(None, (rf"\{level}*{{{ragged}{title}}}", start)))

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations, the `=` signs one below the other; numbered if they have names to refer to them by."""
        if self.appearance.labels is None:
            return f"\\begin{{align*}}\n{self.rows(lines)}\n\\end{{align*}}"
        edge = self.edge(lines)
        rows = (row for line in lines for row in self._labelled(line, edge))
        return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"

    def _labelled(self, equation: Equation, edge: int) -> Iterator[str]:
        """The rows of an equation: the first has its number."""
        first, *rest = self.rows_of(equation, edge)
        yield rf"{first} \label{{{self._label(equation)}}}"
        yield from (rf"{row} \notag" for row in rest)

    def _label(self, equation: Equation) -> str:
        name = f"{self.appearance.labels}{label_name(equation)}"
        self._labels[name] += 1
        return name if self._labels[name] == 1 else self._unused(f"{name}-{self._labels[name]}")

    def _unused(self, name: str) -> str:
        self._labels[name] += 1  # names have no hyphen, so that none is made twice
        return name

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """One paragraph each; all begin alike, where LaTeX would indent all but the first below a heading."""
        start = r"\noindent " if is_first and len(sentences) > 1 else ""
        told = "\n\n".join(start + sentence for sentence in sentences)
        return rf"{{\sloppy {told}\par}}" if self.is_strict else told

    def table(self, table: Table) -> str:
        """A table in the middle of the line; in smaller letters if it is wider than that, where lines have a width."""
        told = f"\\[\n{self.array(table)}\n\\]"
        sizes = (size for share, size in _SIZES.items() if self.across(table) * share > self.wide)
        size = next(sizes, "") if self.is_strict else ""
        return f"{{{size}\\arraycolsep=3pt\n{told}\n}}" if size else told

    def across(self, table: Table) -> int:
        """About how many characters wide a table is."""
        columns = zip(*(map(self.line, row) for row in table.rows), strict=True)
        return sum(max(map(width, column)) + _GAP for column in columns)

    def words(self, words: str) -> str:
        """Words in a sentence."""
        return escaped(words)


def label_name(equation: Equation) -> str:
    """A name for an equation from what it begins with, in letters that LaTeX takes: z1_2, dL_dw1_2_1, sigmoid."""
    (first, *_) = (*factors(equation.left), None)
    if isinstance(first, Ratio):
        name = f"d{first.top.name}_d{first.bottom.name}"
    elif isinstance(first, Formula):
        name = first.graph.op(first.node).name
    else:
        name = first.symbol.name if isinstance(first, Name) else "product"
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"u{ord(match[0]):04x}", name)
