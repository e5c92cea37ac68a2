"""The forms of one shape, as the table has them: matched against a node, and made in its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..lowering import Lowering
from .known_signs import sign
from .table import SEEN, TABLE, Form

Binding = Mapping[Node, Node]
"""By symbol of a pattern, in the pattern's own graph: what it stands for."""

SAID = "said"
"""The name under which a graph remembers what has been done to it."""

_WHOLES = (ops.LOG1MEXP, ops.LOG_COSH, ops.LOG_GAMMA, ops.LOG_ERFC)
"""The operations that are written like their meaning, in terms of one operand."""


def say(graph: Graph, words: str) -> None:
    """Note what has been done to a graph."""
    graph.remembered[SAID][words] = None


def is_rewritten(graph: Graph) -> bool:
    """Whether anything has been done to a graph."""
    return bool(graph.remembered.get(SAID))


def said(graph: Graph, root: Node) -> list[str]:
    """What has been done to a graph and shows in what a root is computed from, in the order of its doing."""
    words = list(graph.remembered[SAID])
    there = {graph.op(node) for node in graph.reachable([root])} if words else set()
    return [form for form in words if form not in SEEN or not there.isdisjoint(SEEN[form])]


@dataclass(frozen=True, eq=False)
class Pattern:
    """A form in graphs of its own."""

    form: Form

    @cached_property
    def _left(self) -> tuple[Graph, Node]:
        graph = Graph()
        return graph, Lowering(graph).expression(self.form.pattern)

    @cached_property
    def _right(self) -> tuple[Graph, Node]:
        graph = Graph()
        return graph, Lowering(graph, {ops.LOG: _whole}).expression(self.form.stable)

    @cached_property
    def inner(self) -> ops.Op:
        """The operation that the pattern is the logarithm of."""
        graph, root = self._left
        return graph.op(graph.args(root)[0])

    def applied(self, graph: Graph, node: Node) -> Node | None:
        """The stable form of the logarithm of a node; None where the pattern does not fit or it need not hold."""
        own, root = self._left
        found = _matched(own, own.args(root)[0], graph, node, {})
        if found is None:
            return None
        bound = {symbol: found[place] for symbol, place in own.symbols.items()}
        if any(sign(graph, bound[symbol]) != 1 for symbol in self.form.nonnegative):
            return None
        say(graph, self.form.said)
        return _made(*self._right, graph, bound)


def _matched(own: Graph, part: Node, graph: Graph, node: Node, bound: Binding) -> Binding | None:
    """The binding with which a part of a pattern is a node; a named quantity is closed."""
    op, *args = own.keys[part]
    if op is ops.SYMBOL:
        return None if bound.get(part, node) != node else {**bound, part: node}
    other, *operands = graph.inside(node)
    if op is not other or len(args) != len(operands):
        return None
    if op.leaf:
        return bound if args == operands else None
    for order in permutations(operands) if op in (ops.ADD, ops.MUL) and len(operands) == 2 else (operands,):
        found: Binding | None = bound
        for one, operand in zip(args, order, strict=True):
            found = None if found is None else _matched(own, one, graph, operand, found)
        if found is not None:
            return found
    return None


def _made(own: Graph, root: Node, graph: Graph, bound: Mapping[object, Node]) -> Node:
    """The nodes of a form in another graph."""
    done: dict[Node, Node] = {}
    for part in own.reachable([root]):
        op, *args = own.keys[part]
        if op is ops.SYMBOL:
            done[part] = bound[args[0]]
        else:
            done[part] = graph.constant(args[0]) if op.leaf else graph.apply(op, tuple(done[arg] for arg in args))
    return done[root]


def _whole(graph: Graph, node: Node) -> Node:
    """A logarithm as the operation that is written like it."""
    inner = graph.args(node)[0]
    for op in _WHOLES:
        own, root, x = _meaning(op)
        found = _matched(own, own.args(root)[0], graph, inner, {})
        if found is not None:
            return graph.make((op, found[x]))
    return node


@cache
def _meaning(op: ops.Op) -> tuple[Graph, Node, Node]:
    graph, x = Graph(), sp.Symbol("x", real=True)
    root = Lowering(graph).expression(op.sympy(x))
    return graph, root, graph.symbol(x)


@cache
def patterns() -> Mapping[ops.Op, list[Pattern]]:
    """The patterns of logarithms by the operation that they are the logarithm of, in the order of the table."""
    found = defaultdict(list)
    for form in TABLE:
        if not form.general and form.pattern.func.__name__ == "log":
            pattern = Pattern(form)
            found[pattern.inner].append(pattern)
    return dict(found)


def logarithm_of_one(graph: Graph, node: Node) -> Node | None:
    """The stable form of the logarithm of a node, by the forms of one shape."""
    op = graph.inside(node)[0]
    for pattern in patterns().get(op, ()):
        found = pattern.applied(graph, node)
        if found is not None:
            return found
    return None
