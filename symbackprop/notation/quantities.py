"""What a formula may be about: nodes of a graph, names, and derivatives of one by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp

from ..graph import Graph, Node
from .symbol_labels import Label


@dataclass(frozen=True)
class Formula:
    """One node written out down to the names; the node itself is always opened.

    upright: a column that stays one also where columns are written as rows, that of a weight.
    """

    graph: Graph
    node: Node
    names: Mapping[Node, Any]
    upright: bool = False


@dataclass(frozen=True)
class Name:
    """A symbol by itself."""

    symbol: sp.Symbol


@dataclass(frozen=True)
class Ratio:
    """The partial derivative d(top)/d(bottom).

    direct: only through the equation of `top` itself, where the whole derivative would be written the same.
    """

    top: sp.Symbol
    bottom: sp.Symbol
    direct: bool = False


@dataclass(frozen=True)
class Shape:
    """Rows and columns."""

    rows: Any
    columns: Any


@dataclass(frozen=True)
class Chain:
    """Symbols with arrows between them, each leading to the next; None stands for some that are left out."""

    symbols: tuple[sp.Symbol | None, ...]


@dataclass(frozen=True)
class Value:
    """A number, or an array of numbers, with so many digits; upright: as for Formula."""

    number: Any
    digits: int
    upright: bool = False


Factor = Formula | Name | Ratio | Shape | Chain | Value

Names = Mapping[Node, sp.Symbol | Name | Ratio]
"""Nodes that a formula shows by name; an adjoint as a name or a ratio."""


@dataclass(frozen=True)
class Mark:
    """Which factor of which step of the chain rule something is: of the edge from a part to what is made of it.

    role: "local", the partial derivative along the edge; "upstream", the derivative of the loss by its upper end;
    "tangent", that of its lower end, read forwards; "term", where they are matrices, all of the step in one.
    """

    lower: str
    upper: str
    role: str


class Labelling(Protocol):
    """What symbols are called; identity: the name of identity matrices. rows: whether columns are written as rows."""

    identity: str
    rows: bool

    def of(self, symbol: sp.Symbol) -> Label:
        """The label of a symbol."""

    def is_weight(self, symbol: sp.Symbol) -> bool:
        """Whether a symbol is a weight of a network."""
