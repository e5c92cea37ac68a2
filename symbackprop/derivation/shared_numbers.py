"""Numbers of shared parts that all of those who use them undo: a/2 that is used as 2 (a/2) x and 2 (a/2) y is a.

By itself each of them saves nothing, since the others still need a/2; so all are moved together, or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..graph import Graph, Node
from ..ops import MUL
from .operation_ledger import Ledger
from .product_parts import OPENED, Common, Factors, factors_of, times, without

_NUMBERS = Common(numbers=True)


def undone(ledger: Ledger, region: Iterable[Node]) -> Mapping[Node, Node]:
    """By product of numbers: what takes its place, without a number that undoes that of a shared factor.

    Args:
        ledger: how often each node is used.
        region: the nodes that may be rewritten, operands before what uses them.
    """
    graph: Graph = ledger.graph
    found: defaultdict[Node, list[tuple[Node, Node]]] = defaultdict(list)
    for user in () if graph.shapes else region:
        op, *args = graph.keys[user]
        for shared, other in (args, args[::-1]) if op is MUL else ():
            if _is_shared(ledger, shared) and _undoes(ledger, shared, other):
                found[shared].append((user, other))
    moved: dict[Node, Node] = {}
    for shared, users in found.items():
        bare = without(graph, _factors(ledger, shared), _NUMBERS)
        if bare is not None and len(users) == ledger.uses[shared]:
            moved |= {user: _joined(ledger, bare, shared, other) for user, other in users}
    return moved


def _factors(ledger: Ledger, node: Node) -> Factors:
    return factors_of(ledger.graph, node, ledger.is_closed)


def _is_shared(ledger: Ledger, node: Node) -> bool:
    is_inner = node > ledger.loss and node not in ledger.names
    return is_inner and ledger.uses[node] > 1 and ledger.graph.op(node) in OPENED


def _undoes(ledger: Ledger, shared: Node, other: Node) -> bool:
    number = _factors(ledger, shared).number
    return bool(abs(number) != 1 and abs(number * _factors(ledger, other).number) == 1)


def _joined(ledger: Ledger, bare: Node, shared: Node, other: Node) -> Node:
    graph, factors = ledger.graph, _factors(ledger, other)
    made = times(graph, bare, without(graph, factors, _NUMBERS)) or bare
    return made if _factors(ledger, shared).number * factors.number > 0 else graph.neg(made)
