"""A LaTeX fragment that goes into a plain article with amsmath."""

from __future__ import annotations

from collections.abc import Sequence

from .aligned import Aligned
from .content import Equation, Table
from .latex import escaped


class Article(Aligned):
    """The document as LaTeX; equations may be broken over pages."""

    def heading(self, depth: int, title: str) -> str:
        """A heading without a number."""
        return rf"\{'sub' * depth}section*{{{escaped(title)}}}" + ("" if depth else "\n\n\\allowdisplaybreaks")

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations, the `=` signs one below the other."""
        return f"\\begin{{align*}}\n{self.rows(lines)}\n\\end{{align*}}"

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """One paragraph each; all begin alike, where LaTeX would indent all but the first below a heading."""
        start = r"\noindent " if is_first and len(sentences) > 1 else ""
        return "\n\n".join(start + sentence for sentence in sentences)

    def table(self, table: Table) -> str:
        """A table in the middle of the line."""
        return f"\\[\n{self.array(table)}\n\\]"

    def words(self, words: str) -> str:
        """Words in a sentence."""
        return escaped(words)
