"""What a derivation consists of: its named lines, the steps of a chain rule, what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import cost as costs
from ..graph import Node

Adjoints = list[Node | None]
"""By node: the derivative of the loss with respect to it, or None where the loss does not depend on it."""


@dataclass(frozen=True)
class Definition:
    """One named line of a derivation: `symbol = node`.

    kind: "quantity" (forward), "shared" (a part that several lines use), "adjoint", "tangent" or "gradient".
    of: for an adjoint or gradient, the symbol that the loss is differentiated by; for a tangent, the quantity that is
    differentiated. by: for a tangent, the parameter along which.
    """

    symbol: sp.Symbol
    node: Node
    kind: str
    of: sp.Symbol | None = None
    by: sp.Symbol | None = None


@dataclass(frozen=True)
class Inner:
    """A derivative that stands inside what is derived.

    of: the symbol of what is differentiated; by: the symbols, and entries of matrices, that it is differentiated by,
    each as often as it is.
    """

    of: sp.Symbol
    by: tuple[Any, ...]

    @property
    def counts(self) -> dict[Any, int]:
        """By symbol: how often it is differentiated by."""
        return dict(Counter(sorted(self.by, key=_spelled)))

    @property
    def name(self) -> str:
        """du_dx, d2u_dx2, d2u_dx_dy."""
        return "_".join(self._parts)

    @property
    def words(self) -> str:
        """du/dx, d2u/dx2, d2u/(dx dy), as a comment has it."""
        above, *below = self._parts
        return f"{above}/{below[0]}" if len(below) == 1 else f"{above}/({' '.join(below)})"

    @property
    def _parts(self) -> list[str]:
        above = "d" if len(self.by) == 1 else f"d{len(self.by)}"
        below = [f"d{_spelled(symbol)}{count if count > 1 else ''}" for symbol, count in self.counts.items()]
        return [above + self.of.name, *below]

    def by_one_more(self, symbol: Any) -> Inner:
        """The derivative of this one."""
        return Inner(self.of, (*self.by, symbol))


def places_of(entry: MatrixElement) -> tuple[int, ...]:
    """Where an entry of a matrix stands, counted from 1; of a column or row, the one number that there is."""
    places = zip(entry.indices, entry.parent.shape, strict=True)
    return tuple(int(index) + 1 for index, size in places if size != 1) or (1,)


def _spelled(symbol: Any) -> str:
    if isinstance(symbol, MatrixElement):
        return "_".join([symbol.parent.name, *map(str, places_of(symbol))])
    return str(symbol.name)


@dataclass(frozen=True)
class ChainStep:
    """One term of the chain rule: the loss depends on a quantity through one `consumer` of it.

    upstream: dL/d(consumer), a node. local: d(consumer)/d(quantity), a node, in named quantities; None where either
    is a matrix, since their derivative is none. contribution: what comes of both, their product for scalars.
    """

    consumer: sp.Symbol
    upstream: Node
    local: Node | None
    contribution: Node


@dataclass(frozen=True)
class TangentStep:
    """One term of the chain rule between scalars, read forwards: a quantity varies as a `part` of its equation does.

    tangent: d(part)/d(parameter), a node, 1 if the part is the parameter itself. local: d(quantity)/d(part), a node,
    in named quantities. contribution: their product.
    """

    part: sp.Symbol
    tangent: Node
    local: Node
    contribution: Node


@dataclass(frozen=True)
class Cost:
    """What a derivation costs; where sizes are symbols, the counts of operations are polynomials in them.

    Attributes:
        operations: by kind, for the loss and all derivatives together.
        total: their sum.
        forward: those of the loss alone.
        written_out: the loss and every derivative as the method has them, each written out in full, nothing shared.
        naive: the same where each derivative is derived by itself; None with matrices, and along a direction.
        sympy_operations: what SymPy's `count_ops` finds in the derivatives as its `diff` made them (method "naive").
        nodes: of the graph.
        paths: from all parameters to the loss, along named quantities.
        edges: between named quantities, which is what one sweep visits.
        seconds: the time the derivation took.
    """

    operations: Counter[str]
    total: costs.Count
    forward: costs.Count
    written_out: costs.Count
    naive: int | None
    sympy_operations: int | None
    nodes: int
    paths: int
    edges: int
    seconds: float

    def rows(self) -> list[tuple[str, str]]:
        """What is counted and how much of it, as a table has it."""
        alone = ("derived each on its own", self.naive) if self.naive is not None else ("written out", self.written_out)
        found = [
            ("operations, shared", self.total),
            ("of these for the loss alone", self.forward),
            (f"operations, {alone[0]}", alone[1]),
            ("paths to the loss", self.paths),
            ("edges that one sweep visits", self.edges),
            ("nodes of the graph", self.nodes),
        ]
        most_first = sorted(self.operations.items(), key=lambda pair: -_size(pair[1]))
        kinds = ", ".join(f"{kind} {count}" for kind, count in most_first)
        return [*((what, _told(count)) for what, count in found), ("kinds", kinds), ("seconds", f"{self.seconds:.4f}")]

    def __str__(self) -> str:
        return "\n".join(f"{what:<36} {count}" for what, count in self.rows())

    def _repr_html_(self) -> str:
        cells = "".join(f"<tr><td>{what}</td><td>{escape(count)}</td></tr>" for what, count in self.rows())
        return f"<table>{cells}</table>"


def _size(count: costs.Count) -> int:
    """A count to sort by; a polynomial comes as it stands."""
    return 0 if getattr(count, "free_symbols", None) else int(count)


def _told(count: costs.Count) -> str:
    """A count; where sizes are symbols, a polynomial; of a very large one only its power of ten."""
    return str(count) if getattr(count, "free_symbols", None) else costs.amount(int(count))
