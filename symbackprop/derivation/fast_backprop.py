"""The reverse sweep of `backprop` over numbers alone, written out: the same nodes in a quarter of the time.

Its inner loops run once per edge of the graph, sums and products being nearly all of it: what `Graph.mul` and
`Graph.make` do stands in them as code, not as calls. Read `backprop` first, which says what all this is for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ..graph import Graph, Node, next_of
from ..ops import MUL, POW, SELECT, Op
from . import powers_of_quotients
from .pullbacks import BARRIERS, CROSSED, PASSED, Row, row_of
from .result_types import Adjoints


def adjoints(graph: Graph, root: Node, wrt: Collection[Node]) -> Adjoints | None:
    """What `backprop.plain_adjoints` gives, and raises; None where a node needs more care."""
    active = None if graph.shapes else _depending(graph, root, wrt)
    return None if active is None else _sweep(graph, root, active)


def _depending(graph: Graph, root: Node, wrt: Collection[Node]) -> bytearray | None:
    """One flag per node: does it depend on `wrt` along differentiable operations? None if any node is a choice, or a
    power of a quotient."""
    active = bytearray(max(len(graph.keys), root + 1))
    for node in wrt:
        active[node] = 1
    for place, key in enumerate(graph.keys[: root + 1]):
        op = key[0]
        if op in BARRIERS:
            continue
        if op is SELECT or (op is POW and powers_of_quotients.base_of(graph, Node(place))):
            return None
        if active[key[1]]:  # mostly the first one decides
            active[place] = 1
            continue
        for arg in key[2:]:
            if active[arg]:
                active[place] = 1
                break
    return active


def _sweep(graph: Graph, root: Node, active: bytearray) -> Adjoints:  # noqa: PLR0912
    found: Adjoints = [None] * (root + 1)  # of a node still ahead: its first contribution
    found[root] = graph.one
    others: defaultdict[Node, list[Node]] = defaultdict(list)  # the contributions after the first
    rows: dict[Op, Row] = {}  # an operation on any number of operands has here the row for the last number met
    keys, folding, mul, enter = graph.keys, graph.folding, graph.mul, graph.table.setdefault
    for node in reversed(graph.upto(root)):
        upstream = found[node]
        if upstream is None:
            continue
        if node in others:
            found[node] = upstream = graph.sum([*others[node][::-1], upstream])
        key = keys[node]
        op = key[0]
        if op.leaf:
            continue
        row = rows.get(op)
        if row is None:
            row = rows[op] = row_of(graph, op, len(key) - 1)
        if row is PASSED:
            for arg in key[1:]:
                if active[arg]:
                    if found[arg] is None:
                        found[arg] = upstream
                    else:
                        others[arg].append(upstream)
        elif row is CROSSED:
            folds = upstream in folding
            _, x, y = key
            for arg in (x, y):
                if active[arg]:
                    other = y if arg is x else x
                    if folds or other in folding:
                        term = mul(upstream, other)
                    else:
                        product = (MUL, upstream, other) if upstream <= other else (MUL, other, upstream)
                        fresh = next_of(keys)
                        term = enter(product, fresh)
                        if term == fresh:
                            keys.append(product)
                    if found[arg] is None:
                        found[arg] = term
                    else:
                        others[arg].append(term)
        else:
            if len(row) != len(key) - 1:
                row = rows[op] = row_of(graph, op, len(key) - 1)
            for arg, local in zip(key[1:], row, strict=True):
                if active[arg]:
                    term = mul(upstream, local(node))
                    if found[arg] is None:
                        found[arg] = term
                    else:
                        others[arg].append(term)
    return found
