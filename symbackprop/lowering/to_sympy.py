"""Nodes back into SymPy expressions, bottom-up and without recursion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..graph import Graph, Node
from .to_sympy_matrices import built, of_entries, scalar


def raised(graph: Graph, node: Node, names: Mapping[Node, Any]) -> Any:
    """The SymPy expression of `node`; a node in `names` (other than `node` itself) appears as its name.

    A node with a shape becomes a matrix expression of that shape; one without, a scalar expression.
    """
    done: dict[Node, Any] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        args = graph.args(top)
        waiting = [arg for arg in args if arg not in done and arg not in names]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        for arg in args:
            if arg in names:
                done[arg] = names[arg]
            if arg not in graph.shapes:
                done[arg] = scalar(done[arg])
        done[top] = _built(graph, top, done)
    return done[node]


def _built(graph: Graph, node: Node, done: dict[Node, Any]) -> Any:
    """One operation of SymPy on arguments that are SymPy already; some may be matrices."""
    op, args = graph.op(node), graph.args(node)
    if op.leaf:
        return graph.value(node)
    if graph.shapes and (op in ops.MATRIX or not graph.shapes.keys().isdisjoint(args)):
        return built(graph, node, done)
    return of_entries(op, [done[arg] for arg in args])
