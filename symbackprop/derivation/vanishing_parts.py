"""Which nodes may be 0, or undefined, all along a stretch: those do not cancel."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from .. import ops
from ..graph import Graph, Node

FLAT = frozenset({ops.HEAVISIDE, ops.SELECT, ops.FLOOR, ops.CEILING, ops.RELU, ops.MAX, ops.MIN})
"""What may be 0 all along a stretch."""


class Vanishing(NamedTuple):
    """What stands below a node: something that may be 0 along a stretch; a piece that is missing."""

    flat: bool
    undefined: bool


class VanishingParts:
    """Looks at each node of a graph once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._known: dict[Node, Vanishing] = {}

    def of(self, node: Node) -> Vanishing:
        """What stands below a node, or is it."""
        graph, known, stack = self.graph, self._known, [node]
        while stack:
            op, args = graph.op(stack[-1]), graph.args(stack[-1])
            waiting = [arg for arg in args if arg not in known]
            stack += waiting
            if not waiting:
                is_nan = graph.keys[stack[-1]][:2] == (ops.CONSTANT, sp.S.NaN)
                below = [known[arg] for arg in args]
                flat = op in FLAT or any(part.flat for part in below)
                known[stack.pop()] = Vanishing(flat, is_nan or any(part.undefined for part in below))
        return known[node]
