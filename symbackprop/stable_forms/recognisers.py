"""Which form is looked for where: by the operation that ends it, as an expression is read."""

from __future__ import annotations

from collections.abc import Callable

from .. import ops
from ..graph import Graph, Node
from .logarithms import logarithm
from .quotients import stable_product


def stable_log(graph: Graph, node: Node) -> Node:
    """The stable form of a logarithm, or the logarithm as it is."""
    inner = graph.args(node)[0]
    found = None if graph.op(inner).leaf else logarithm(graph, inner)
    return node if found is None else graph.spread(found, graph.shape(node))


RECOGNISERS: dict[ops.Op, Callable[[Graph, Node], Node]] = {
    ops.MUL: stable_product,
    ops.NEG: stable_product,
    ops.DIV: stable_product,
    ops.LOG: stable_log,
}
"""From a new node to one of equal value that is numerically better, or to itself."""
