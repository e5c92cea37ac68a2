"""Markdown with formulas between dollar signs, as GitHub and Jupyter show it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .aligned import Aligned
from .content import Equation, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


class Markdown(Aligned):
    """The document as Markdown."""

    def heading(self, depth: int, title: str) -> str:
        """A heading."""
        return f"{'#' * depth}# {title}"

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations, the `=` signs one below the other."""
        return f"$$\n\\begin{{aligned}}\n{self.rows(lines)}\n\\end{{aligned}}\n$$"

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """A paragraph each."""
        return "\n\n".join(sentences)

    def table(self, table: Table) -> str:
        """A table, as maths."""
        return f"$$\n{self.array(table)}\n$$"

    def words(self, words: str) -> str:
        """Words as Markdown shows them."""
        return _SPECIAL.sub(r"\\\1", words)
