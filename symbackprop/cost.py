"""Operation counts of nodes: what they cost to evaluate, shared and written out. `derivation_cost` counts derivations.

Nothing is written out to be counted. The written-out count is found by dynamic programming: an expression that is a
tree costs what its parts cost together, and the graph gives each part once. An operation on matrices counts the
operations on numbers that it takes: what acts entry by entry counts once for each entry, what has a row in
`OF_MATRICES` by that row. Where sizes are symbols, the counts are polynomials in them. Sources: Golub and Van Loan,
"Matrix Computations" (2013), 1.1.11 for products, 3.2 for elimination; Higham, "Accuracy and Stability of Numerical
Algorithms" (2002), chapter 14, for the inverse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

import sympy as sp

from . import ops
from .graph import Graph, Node

Count = Any
"""A whole number, or a SymPy polynomial in the symbols that sizes are."""

KINDS: dict[ops.Op, str] = {
    **{op: name for name, op in ops.OPS.items() if not op.leaf},
    ops.SUB: "add",  # one kind for a sum's steps, whichever sign they have
    ops.ADD: "add",
}
"""What each operation is listed as."""

_FREE = {op: 0 for op in ops.OPS.values() if op.leaf}
_PER_STEP: dict[ops.Op, Callable[[int], int]] = dict.fromkeys(
    (ops.ADD, ops.MAX, ops.MIN, ops.AND, ops.OR), lambda operands: operands - 1
)


def operations(op: ops.Op, operands: int) -> int:
    """How many operations one node is: n - 1 for a sum of n terms, 0 for a leaf or a copy, else 1."""
    if op in _PER_STEP:
        return _PER_STEP[op](operands)
    return 0 if op.copies else _FREE.get(op, 1)


OF_MATRICES: dict[ops.Op, Callable[..., Count]] = {
    ops.MATMUL: lambda n, k, _, m: n * m * (2 * k - 1),
    ops.INVERSE: lambda n, _: 2 * n**3 - 2 * n**2 + n,  # Gauss and Jordan
    # by elimination: a quotient for each row, a product and a difference for each entry, the pivots
    ops.DETERMINANT: lambda n, _: n * (n - 1) / 2 + n * (n - 1) * (2 * n - 1) / 3 + n - 1,
    ops.TRACE: lambda n, _: n - 1,
    ops.TOTAL: lambda n, m: n * m - 1,
    ops.ROW_SUMS: lambda n, m: n * (m - 1),
    ops.COLUMN_SUMS: lambda n, m: (n - 1) * m,
    # the largest entry is found and taken out, then: exponentials, their sum, quotients or one logarithm
    ops.SOFTMAX_ROWS: lambda n, m: n * (5 * m - 2),
    ops.SOFTMAX_COLUMNS: lambda n, m: m * (5 * n - 2),
    ops.LSE_ROWS: lambda n, m: n * 4 * m,
    ops.LSE_COLUMNS: lambda n, m: m * 4 * n,
    **dict.fromkeys(
        (ops.TRANSPOSE, ops.SPREAD, ops.SLICE, ops.PLACE), lambda *sizes: 0
    ),  # other views of what there is
}
"""Operations on numbers of each operation on matrices, in the rows and columns of its operands in turn."""


def price(graph: Graph, node: Node) -> Count:
    """How many operations on numbers one node is."""
    op, *args = graph.keys[node]
    if not graph.shapes:
        return operations(op, len(args))
    rule = OF_MATRICES.get(op)
    if rule is not None:
        sizes = (sp.S(size) for arg in args for size in ops.rows_and_columns(graph.shape(arg)))
        count = sp.S(rule(*sizes))
        return int(count) if count.is_Integer else sp.expand(count)
    rows, columns = ops.rows_and_columns(graph.shape(node))
    return rows * columns * operations(op, len(args))


def counted(graph: Graph, roots: Iterable[Node]) -> Counter[str]:
    """Operations by kind that compute all `roots`, each shared node once."""
    kinds: Counter[str] = Counter()
    for node in graph.reachable(roots):
        op = graph.op(node)
        kinds[KINDS.get(op, op.name)] += price(graph, node)
    return Counter({kind: count for kind, count in kinds.items() if count != 0})


def total(graph: Graph, roots: Iterable[Node]) -> Count:
    """Operations that compute nodes, each shared one once."""
    if graph.shapes:
        return sum(price(graph, node) for node in graph.reachable(roots))
    keys, kinds = graph.keys, Counter[tuple[ops.Op, int]]()
    needed = bytearray(len(keys))  # a mark for each node: quicker than a set, which would have to be sorted
    for root in roots:
        needed[root] = 1
    for node in range(len(keys) - 1, -1, -1):
        if needed[node]:
            op, *args = keys[node]
            kinds[op, len(args)] += 1
            for arg in () if op.leaf else args:
                needed[arg] = 1
    return sum(times * operations(*kind) for kind, times in kinds.items())


def written_out(graph: Graph, roots: Iterable[Node], names: Collection[Node] = ()) -> Count:
    """Operations of all `roots` when each is written out in full down to `names`, with nothing shared, as one tree."""
    roots = list(roots)
    size: dict[Node, Count] = {}
    for node in graph.reachable(roots):
        size[node] = price(graph, node) + sum(0 if arg in names else size[arg] for arg in graph.args(node))
    return sum(size[root] for root in roots)


_COUNTED = 10**15


def amount(count: int) -> str:
    """A count; of a very large one only the power of ten, because Python writes no number of thousands of digits."""
    if count < _COUNTED:
        return f"{count:,}"
    return f"about 10^{math.floor(math.log10(count))}"
