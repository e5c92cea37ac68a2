"""What a picture consists of: boxes and arrows with places, and what they say as presentation trees.

Lengths are in pixels of a screen, from the top left corner; a format that has other units takes them by a factor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from ..notation.tree import Tree

Point = tuple[float, float]

PLAIN, LIT, FADED = "plain", "lit", "faded"
"""How something is drawn: as it is; or on the paths that are asked for, or beside them."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its left upper corner."""

    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends, downwards."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """What is equal, from left to right, as one line of a label.

    role: what it says, "name" (and formula), "value", "adjoint", "shape" or, on an arrow, "partial".
    x, y: where it begins, on the line that letters stand on; of a partial derivative its middle. width: about how much
    room it takes.
    """

    role: str
    sides: tuple[Tree, ...]
    width: float = 0
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class Node:
    """One named thing of a derivation.

    Attributes:
        symbol: its name.
        role: "data", "parameter", "quantity" or "loss".
        lines: what it says.
        told: its whole formula, where `lines` has it shortened.
        value, adjoint: the numbers, where there are values; an adjoint only of what the loss depends on.
        mark: how it is drawn.
    """

    symbol: sp.Symbol
    role: str
    lines: tuple[Line, ...]
    told: Line | None = None
    value: Any = None
    adjoint: Any = None
    mark: str = PLAIN
    box: Box = field(default_factory=Box)


@dataclass(frozen=True)
class Edge:
    """An arrow: a step of the chain rule, with its local partial derivative; or data going into an equation, without.

    Attributes:
        start, end: from which symbol to which.
        is_step: whether it is a step of the chain rule.
        line: the partial derivative, and its value where there are values; between matrices, where it is no matrix,
            what the step contributes.
        local: the value of the partial derivative.
        track: the points that it goes through; between those that are far apart it is bent.
        box: where the label stands.
        mark: how it is drawn.
    """

    start: sp.Symbol
    end: sp.Symbol
    is_step: bool
    line: Line | None = None
    local: Any = None
    mark: str = PLAIN
    track: tuple[Point, ...] = ()
    box: Box = field(default_factory=Box)


@dataclass(frozen=True)
class Picture:
    """All of it; captions: sentences below."""

    title: str
    captions: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float = 0
    height: float = 0

    @property
    def told(self) -> str:
        """What it shows, in words."""
        steps = sum(edge.is_step for edge in self.edges)
        return f"{self.title}: {len(self.nodes)} boxes, {steps} steps of the chain rule. {' '.join(self.captions)}"


BENT = 24
"""From such a distance on, both ways, the way between two points is a curve that leaves and arrives level."""


def is_bent(start: Point, end: Point) -> bool:
    """Whether the way between two points is a curve."""
    return abs(end[0] - start[0]) >= BENT and start[1] != end[1]
