"""What one may choose of how a document looks, and what each format takes of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from ..errors import ParameterError, unknown_name
from .content import Document, Equation, Section

HEADINGS = ("section", "subsection", "subsubsection", "paragraph", "none")
"""What the title of a document is in LaTeX: a heading of this level, those of its sections one below; or nothing."""
LEAST_WIDE, MOST_WIDE = 12, 1_000
_PREFIX = re.compile(r"[A-Za-z0-9:._/+-]*")


@dataclass(frozen=True)
class Appearance:
    """How a document looks, where a format leaves a choice.

    width: of a line, in characters of text, in em of LaTeX; None for the usual one. headings: one of HEADINGS. labels:
    what begins the name of each equation, None for no names. equations_only: without sentences and tables.
    """

    width: int | None = None
    headings: str = HEADINGS[0]
    labels: str | None = None
    equations_only: bool = False

    def __post_init__(self) -> None:
        if self.headings not in HEADINGS:
            raise unknown_name("level of headings", self.headings, HEADINGS)
        is_number = isinstance(self.width, int) and not isinstance(self.width, bool)
        if self.width is not None and not (is_number and LEAST_WIDE <= self.width <= MOST_WIDE):
            given = str(self.width)[:40]
            raise ParameterError(f"width is {given}: give a whole number from {LEAST_WIDE} to {MOST_WIDE:,}")
        if self.labels is not None and not _PREFIX.fullmatch(str(self.labels)):
            raise ParameterError(
                f"labels begin with {str(self.labels)[:40]!r}: letters, digits and :._/+- can, eq: say"
            )

    def check(self, format: str, taken: Collection[str]) -> None:
        """Refuse what is chosen and means nothing in a format.

        Raises:
            ParameterError: something is.
        """
        for field in fields(self):
            if field.name not in taken and getattr(self, field.name) != getattr(USUAL, field.name):
                raise ParameterError(f"{field.name} goes with other formats than {format}: leave it out")

    def of(self, document: Document) -> Document:
        """The document without what is not wanted."""
        if not self.equations_only:
            return document
        sections = (replace(one, lines=_equations(one)) for one in document.sections)
        return replace(document, sections=tuple(one for one in sections if one.lines))


USUAL = Appearance()


def _equations(section: Section) -> tuple[Equation, ...]:
    return tuple(line for line in section.lines if isinstance(line, Equation))
