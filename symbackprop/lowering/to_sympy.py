"""Nodes back into SymPy expressions, bottom-up and without recursion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy as sp

from .. import ops
from ..errors import SymbackpropError, UnsupportedError
from ..graph import Graph, Node
from ..leaf_symbols import own
from ..ops import AND, MUL, OR, SELECT
from .refusals import shown
from .to_sympy_matrices import built, of_entries, rivals_of, scalar


def raised(graph: Graph, node: Node, names: Mapping[Node, Any], *, restores: bool = True) -> Any:
    """The SymPy expression of `node`; a node in `names` (other than `node` itself) appears as its name.

    restores: whether what stands in the place of a leaf of the user's, q(t), is that leaf again.

    A node with a shape becomes a matrix expression of that shape; one without, a scalar expression.
    """
    done: dict[Node, Any] = {}
    leaf = own if restores else lambda symbol: symbol
    runs = {} if graph.shapes else runs_of(graph, node, names)
    stack = [node]
    while stack:
        top = stack[-1]
        args = (*runs.get(top, graph.args(top)), *rivals_of(graph, top))
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
        if graph.op(top).leaf:
            done[top] = leaf(graph.value(top))
        elif top in runs:
            done[top] = _at_once(graph, top, [done[arg] for arg in args])
        else:
            done[top] = _accepted(graph, top, done)
    return done[node]


RUN = 24
"""So many factors, or cases, are put together one by one, as SymPy orders and joins them; more of them at once."""


def runs_of(graph: Graph, node: Node, names: Mapping[Node, Any]) -> dict[Node, list[Node]]:
    """What stands in each long product, condition of conditions, or choice after choice that `node` is made of.

    One by one, SymPy would put all factors in order for each of them, and compare each with all others.
    """
    kept = graph.reachable([node], names)
    inner = [part for part in kept if part == node or part not in names]
    uses = Counter(arg for part in inner for arg in graph.args(part))
    found: dict[Node, list[Node]] = {}
    within: set[Node] = set()
    for part in reversed(inner):
        op = graph.op(part)
        if part in within or op not in (MUL, AND, OR, SELECT):
            continue
        run: list[Node] = []
        stack = [part]
        while stack:
            one = stack.pop()
            if one == part or (graph.op(one) is op and one not in names and uses[one] == 1):
                within.add(one)
                *others, last = graph.args(one)
                stack += [last] if op is SELECT else [last, *others[::-1]]
                run += others if op is SELECT else []
            else:
                run.append(one)
        if len(run) > RUN:
            found[part] = run
    return found


def _at_once(graph: Graph, node: Node, parts: list[Any]) -> Any:
    """A product of many factors, a condition of many, or a choice between many cases, as they stand."""
    if graph.op(node) is SELECT:
        *pairs, other = parts
        rest = other.args if other.func is sp.Piecewise else ((other, sp.true),)
        return sp.Piecewise(*zip(pairs[1::2], pairs[::2], strict=True), *rest, evaluate=False)
    if graph.op(node) is not MUL:
        return graph.op(node).sympy(*parts, evaluate=False)
    times = Counter(parts)
    factors = [part if count == 1 else part**count for part, count in times.items()]
    numbers = [factor for factor in factors if factor.is_Number]
    number = sp.Mul(*numbers)
    others = [factor for factor in factors if not factor.is_Number]
    return sp.Mul(*([] if number == 1 else [number]), *others, evaluate=False)


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
