"""What a derivation consists of: its named lines, the steps of a chain rule, what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sympy as sp

from .. import cost as costs
from ..graph import Node


@dataclass(frozen=True)
class Definition:
    """One named line of a derivation: `symbol = node`.

    kind: "quantity" (forward), "shared" (a part that several lines use), "adjoint" or "gradient".
    of: for an adjoint or gradient, the symbol that the loss is differentiated by.
    """

    symbol: sp.Symbol
    node: Node
    kind: str
    of: sp.Symbol | None = None


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
class Cost:
    """What a derivation costs.

    operations: by kind, for the loss and all derivatives together. total: their sum. forward: those of the loss
    alone. written_out: the loss and every derivative, each written out in full and nothing shared.
    sympy_operations: what SymPy's `count_ops` finds in the derivatives as its `diff` made them (naive method only).
    Where sizes are symbols, the counts of operations are polynomials in them.
    nodes: of the graph. paths: from all parameters to the loss, along named quantities. edges: between named
    quantities, which is what one sweep visits. seconds: the time the derivation took.
    """

    operations: Counter[str]
    total: costs.Count
    forward: costs.Count
    written_out: costs.Count
    sympy_operations: int | None
    nodes: int
    paths: int
    edges: int
    seconds: float
