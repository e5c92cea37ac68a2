"""Nodes back into SymPy expressions, bottom-up and without recursion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..errors import SymbackpropError, UnsupportedError
from ..graph import Graph, Node
from ..leaf_symbols import own
from .refusals import shown
from .to_sympy_matrices import built, of_entries, rivals_of, scalar


def raised(graph: Graph, node: Node, names: Mapping[Node, Any], *, restores: bool = True) -> Any:
    """The SymPy expression of `node`; a node in `names` (other than `node` itself) appears as its name.

    restores: whether what stands in the place of a leaf of the user's, q(t), is that leaf again.

    A node with a shape becomes a matrix expression of that shape; one without, a scalar expression.
    """
    done: dict[Node, Any] = {}
    leaf = own if restores else lambda symbol: symbol
    stack = [node]
    while stack:
        top = stack[-1]
        args = (*graph.args(top), *rivals_of(graph, top))
        waiting = [arg for arg in args if arg not in done and arg not in names]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        for arg in args:
            if arg in names:
                done[arg] = leaf(names[arg])
            if arg not in graph.shapes:
                done[arg] = scalar(done[arg])
        done[top] = leaf(graph.value(top)) if graph.op(top).leaf else _accepted(graph, top, done)
    return done[node]


def _accepted(graph: Graph, node: Node, done: dict[Node, Any]) -> Any:
    """One operation of SymPy, which may refuse what the graph takes: a step, say, at a root of a negative number."""
    try:
        return _built(graph, node, done)
    except SymbackpropError:
        raise
    except (TypeError, ValueError) as error:
        [reason, *_] = str(error).strip().splitlines() or [type(error).__name__]
        pieces = ", ".join(shown(done[arg]) for arg in graph.args(node))
        raise UnsupportedError(f"SymPy writes no {graph.op(node).name} of {pieces}: {reason}") from None


def _built(graph: Graph, node: Node, done: dict[Node, Any]) -> Any:
    """One operation of SymPy on arguments that are SymPy already; some may be matrices."""
    op, args = graph.op(node), graph.args(node)
    if graph.shapes and (op in ops.MATRIX or not graph.shapes.keys().isdisjoint(args)):
        return built(graph, node, done)
    return of_entries(graph, node, done)
