"""Derivatives that stand in expressions: whoever lowers these says how they are made, as lowering knows no rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph import Node, next_of
from ..partial_derivatives import PartialDerivative
from .refusals import refusal

Differentiation = Callable[[Any, PartialDerivative, Node], Node]
"""(lowering, derivative, node of what is differentiated) to the node of the derivative."""


def lowered_derivative(lowering: Any, expr: PartialDerivative, nodes: list[Node]) -> Node:
    """What `lowering.differentiation` makes of a derivative.

    Raises:
        UnsupportedError: there is none, inside a Lambda.
    """
    if lowering.differentiation is None:
        raise refusal(expr)
    node: Node = lowering.differentiation(lowering, expr, nodes[0])
    lowering.root_from = next_of(lowering.graph.keys)  # others may use it: an equation names a copy
    return node
