"""Nodes back into SymPy expressions, bottom-up and without recursion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node


def raised(graph: Graph, node: Node, names: Mapping[Node, Any]) -> Any:
    """The SymPy expression of `node`; a node in `names` (other than `node` itself) appears as its name."""
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
        done[top] = _built(graph, top, [names[arg] if arg in names else done[arg] for arg in args])
    return done[node]


def _built(graph: Graph, node: Node, args: list[Any]) -> Any:
    """One operation of SymPy on arguments that are SymPy already."""
    op = graph.op(node)
    if op.leaf:
        return graph.value(node)
    if op is ops.SELECT and args[2].func is sp.Piecewise:
        return sp.Piecewise((args[1], args[0]), *args[2].args)
    return op.sympy(*args)
