"""The walk over a document, the same for every format: sections, lines of one kind together, sides and sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, ClassVar

from .appearance import USUAL, Appearance
from .content import Document, Equation, Line, Note, Remarked, Section, Side, Table, Words
from .printer import written_side
from .writing import Notation


class Walker:
    """Walks one document; a format is a subclass that says what becomes of each part of it.

    notation: how its maths is written. equal: between names of one thing. takes: what of the appearance one may choose.
    """

    notation: Notation
    equal: ClassVar[str] = " = "
    takes: ClassVar[frozenset[str]] = frozenset({"equations_only"})

    def __init__(self, document: Document, appearance: Appearance = USUAL) -> None:
        self.document, self.appearance = appearance.of(document), appearance

    def written(self) -> str:
        """The whole document."""
        return self.bound(list(self.blocks()))

    def blocks(self) -> Iterator[str]:
        """Its headings, and what stands between them, lines of one kind in one block."""
        yield self.heading(0, self.words(self.document.title))
        for section in self.document.sections:
            yield self.heading(section.depth, self.title(section))
            for number, (kind, lines) in enumerate(groupby(section.lines, type)):
                yield self._BLOCKS[kind](self, list(lines), number == 0)

    # --- what a format says ---

    def bound(self, blocks: Sequence[str]) -> str:
        """The blocks with an empty line between them."""
        return "\n\n".join(filter(None, blocks)) + "\n"

    def title(self, section: Section) -> str:
        """The title of a section, with its symbols as they are called in formulas."""
        return self.words(section.title) if isinstance(section.title, str) else self.sentence(section.title)

    def heading(self, depth: int, title: str) -> str:
        """A title of the whole, where the depth is 0, or of a section."""
        raise NotImplementedError

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations that stand together."""
        raise NotImplementedError

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """Sentences that stand together; is_first: below a heading."""
        raise NotImplementedError

    def table(self, lines: Table) -> str:
        """A table."""
        raise NotImplementedError

    def words(self, words: str) -> str:
        """Words in a sentence."""
        raise NotImplementedError

    def spelled(self, words: str) -> str:
        """Words in the place of maths."""
        raise NotImplementedError

    def inline(self, side: Side) -> str:
        """Maths in a sentence."""
        raise NotImplementedError

    def told(self, side: Side, written: str) -> str:
        """What tells a right side from others: two that differ in marks alone say the same."""
        return written

    # --- what all formats share ---

    def side(self, side: Side) -> str:
        """One right side, or one part of a sentence, in maths."""
        if isinstance(side, Remarked):
            return self.formula(side.side) + self.spelled(f" {side.remark}")
        return self.spelled(side.words) if isinstance(side, Words) else self.formula(side)

    def formula(self, side: Any) -> str:
        """A formula in the format's notation."""
        return written_side(self.notation, self.document.labels, side)

    def sides(self, equation: Equation) -> tuple[str, list[str]]:
        """The names on the left, and the right sides, each once."""
        told: dict[str, str] = {}
        for side in equation.sides:
            written = self.side(side)
            told.setdefault(self.told(side, written), written)
        return self.equal.join(map(self.side, equation.left)), list(told.values())

    def sentence(self, note: Note) -> str:
        """A sentence with maths in it."""
        return "".join(self.words(part.words) if isinstance(part, Words) else self.inline(part) for part in note.parts)

    def _equations(self, lines: Sequence[Any], is_first: bool) -> str:
        return self.equations(lines)

    def _sentences(self, lines: Sequence[Any], is_first: bool) -> str:
        return self.paragraphs(list(map(self.sentence, lines)), is_first)

    def _tables(self, lines: Sequence[Any], is_first: bool) -> str:
        return "\n\n".join(map(self.table, lines))

    _BLOCKS: ClassVar[dict[type[Line], Callable[[Walker, Sequence[Any], bool], str]]] = {
        Equation: _equations,
        Note: _sentences,
        Table: _tables,
    }
