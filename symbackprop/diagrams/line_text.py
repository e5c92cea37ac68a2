"""A line of a label as text, which a screen shows."""

from __future__ import annotations

from ..formulas.layout import BESIDE
from ..formulas.text import NOTATION
from ..formulas.writing import Writer
from ..notation.tree import Tree
from .picture import Line


def side_texts(line: Line) -> list[str]:
    """Its sides; each is written by a writer of its own, as trees of several pictures may look alike."""
    return [tree_text(side) for side in line.sides]


def tree_text(tree: Tree) -> str:
    """A formula; there is room for all of it, so nothing is said of where it may be broken."""
    return Writer(NOTATION).line(tree).replace(BESIDE, " ")


def line_text(line: Line) -> str:
    """The whole of it."""
    return " = ".join(side_texts(line))
