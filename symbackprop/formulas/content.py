"""What a document is made of: sections of lines, and in the lines formulas that no format has touched yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..derivation import Point
from ..notation.leaf_labels import spoken
from ..notation.quantities import Factor, Mark, Name
from .labels import Labels


@dataclass(frozen=True)
class Product:
    """Factors of the chain rule, in the order in which they are to be read, and of which step each of them is."""

    factors: tuple[Factor, ...]
    marks: tuple[Mark | None, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Products of the chain rule, one for each way that the loss depends on a quantity."""

    terms: tuple[Product, ...]


@dataclass(frozen=True)
class Words:
    """What stands in a formula's place, or in a sentence."""

    words: str


@dataclass(frozen=True)
class Numbers:
    """A side with the numbers of a point in the place of its names."""

    side: Sum
    point: Point
    digits: int


@dataclass(frozen=True)
class Remarked:
    """A side, and what is said behind it."""

    side: Sum
    remark: str


Side = Sum | Words | Numbers | Remarked


@dataclass(frozen=True)
class Equation:
    """What is equal: names on the left, from the shortest to the longest, and one right side per depth.

    Without names, the first of the sides begins the equation.
    """

    left: tuple[Side, ...]
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Note:
    """A sentence with formulas in it."""

    parts: tuple[Side, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells, the heads of the columns first."""

    rows: tuple[tuple[Note, ...], ...]


Line = Equation | Note | Table


@dataclass(frozen=True)
class Section:
    """A heading, in which symbols may stand, and what stands below it; depth 2 is part of the section before.

    is_aside: its formulas are of another derivation than the document's, or of none.
    """

    title: str | Note
    lines: tuple[Line, ...]
    depth: int = 1
    is_aside: bool = False

    @property
    def name(self) -> str:
        """The heading in words, with symbols by the names that one gives to ask for them."""
        return self.title if isinstance(self.title, str) else "".join(map(_word, self.title.parts))


@dataclass(frozen=True)
class Document:
    """What is said about a derivation, in no format yet."""

    title: str
    sections: tuple[Section, ...]
    labels: Labels
    width: int = 80


def _word(part: Side) -> str:
    if isinstance(part, Words):
        return part.words
    return "".join(spoken(factor.symbol) for factor in factors([part]) if isinstance(factor, Name))


def factors(sides: Iterable[Side]) -> Iterator[Factor]:
    """The factors in some sides."""
    return (factor for side in sides if isinstance(side, Sum) for term in side.terms for factor in term.factors)


def single(factor: Factor) -> Sum:
    """One factor as a right side."""
    return Sum((Product((factor,)),))


def note(*parts: Any) -> Note:
    """A sentence of strings and factors."""
    return Note(tuple(Words(part) if isinstance(part, str) else single(part) for part in parts))
