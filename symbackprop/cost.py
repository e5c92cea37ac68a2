"""Operation counts: what a derivation costs to evaluate, shared and written out, and how many paths it sums over.

Nothing is written out to be counted. The written-out count is found by dynamic programming: an expression that is a
tree costs what its parts cost together, and the graph gives each part once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from . import ops
from .graph import Graph, Node

KINDS: dict[ops.Op, str] = {
    **{op: name for name, op in ops.OPS.items() if not op.leaf},
    ops.SUB: "add",  # one kind for a sum's steps, whichever sign they have
    ops.ADD: "add",
}
"""What each operation is listed as."""

_FREE = {op: 0 for op in ops.OPS.values() if op.leaf} | {ops.COPY: 0}
_PER_STEP: dict[ops.Op, Callable[[int], int]] = dict.fromkeys(
    (ops.ADD, ops.MAX, ops.MIN, ops.AND, ops.OR), lambda operands: operands - 1
)


def operations(op: ops.Op, operands: int) -> int:
    """How many operations one node is: n - 1 for a sum of n terms, 0 for a leaf or a copy, else 1."""
    if op in _PER_STEP:
        return _PER_STEP[op](operands)
    return _FREE.get(op, 1)


def counted(graph: Graph, roots: Iterable[Node]) -> Counter[str]:
    """Operations by kind that compute all `roots`, each shared node once."""
    kinds: Counter[str] = Counter()
    for node in graph.reachable(roots):
        op, *args = graph.keys[node]
        kinds[KINDS.get(op, op.name)] += operations(op, len(args))
    return +kinds


def written_out(graph: Graph, roots: Iterable[Node]) -> int:
    """Operations of all `roots` when each is written out in full, with nothing shared, as one tree."""
    roots = list(roots)
    size: dict[Node, int] = {}
    for node in graph.reachable(roots):
        op, args = graph.op(node), graph.args(node)
        size[node] = operations(op, len(args)) + sum(size[arg] for arg in args)
    return sum(size[root] for root in roots)
