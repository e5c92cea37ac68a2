"""What sums and products share, as nodes of their own: x + y in x + y + z, a b in a b c, a/b in a c/b.

SymPy flattens sums and products, so what two of them share is no object that both hold, and the graph cannot see it.
Here each sum and product is one row of operands (what it is nested of is opened where nothing else uses it), and
`common_pairs` finds what rows share. A row that shares nothing stays the node that it was. Numbers stay where they are
in a sum: log(1 + x + y), exp(x) - 1 keep the digits that they are written for.

A part saves an operation in each row but one. That is exact for one part and a forecast for many, so at the end the
whole is counted anew: it takes fewer operations, or it stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from .. import cost, ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import maker
from .product_parts import product
from .regrouping import PRODUCTS, SUMS, Kind, Operands, Regrouped, Whole, row_of

MOST_ROUNDS = 3
"""How often the whole is gone through: what a round has shared can make operands alike that were not."""

_KINDS = {op: kind for kind in (SUMS, PRODUCTS) for op in kind.made_of}


def shared(
    graph: Graph, roots: Sequence[Node], given: Sequence[Node] = (), rounds: int = MOST_ROUNDS
) -> dict[Node, Node]:
    """What takes the place of nodes, so that sums and products share their parts.

    Args:
        graph: of scalars. It gains the nodes that take the place of others.
        roots: what is asked for; all of it together takes fewer operations than before, or nothing is replaced.
        given: what is computed anyway, with all that it is made of, and stays as it is.
        rounds: how often the whole is gone through.

    Returns:
        By node below the roots: what has taken its place; what stays is not in it.
    """
    moved: dict[Node, Node] = {}
    there = graph.reachable(given)
    least = None
    for _ in range(rounds):
        now = [moved.get(root, root) for root in roots]
        found = _Round(graph, now, there).moved
        if not found:
            break
        least = _operations(graph, [*there, *now]) if least is None else least
        operations = _operations(graph, [*there, *(found.get(root, root) for root in now)])
        if operations >= least:
            break
        least = operations
        moved = found | {node: found.get(one, one) for node, one in moved.items()}
    return moved


def _operations(graph: Graph, roots: Sequence[Node]) -> int:
    total: int = cost.total(graph, roots)
    return total


class _Round:
    """One walk over all that some roots are made of; `moved` has what took the place of what."""

    def __init__(self, graph: Graph, roots: Sequence[Node], there: Sequence[Node]) -> None:
        self.graph, self.there = graph, set(there)
        self.region = [node for node in graph.reachable(roots, self.there) if node not in self.there]
        self.uses = Counter(chain(roots, *map(graph.args, self.region)))
        self.moved: dict[Node, Node] = {}
        wholes = self._wholes(there)
        self._regrouped = {kind: Regrouped(graph, kind, self.moved, *wholes[kind]) for kind in (SUMS, PRODUCTS)}
        if any(regrouped.parts for regrouped in self._regrouped.values()):
            self._rewrite()

    # --- rows ---

    def _wholes(self, there: Sequence[Node]) -> dict[Kind, tuple[list[Whole], list[Whole]]]:
        """The sums and products that may be written anew, and the pairs that are there anyway; operands first."""
        found: dict[Kind, tuple[list[Whole], list[Whole]]] = {SUMS: ([], []), PRODUCTS: ([], [])}
        inner: set[Node] = set()
        for node in reversed(self.region):
            kind = _KINDS.get(self.graph.op(node))
            if kind is not None and node not in inner:
                whole = self._whole(node, kind)
                inner.update(whole.inner)
                found[kind][0].append(whole)
        for node in there:
            kind = _KINDS.get(self.graph.op(node))
            if kind is not None and len(self.graph.args(node)) == 2:
                found[kind][1].append(self._whole(node, kind))
        return {kind: (wholes[::-1], pairs) for kind, (wholes, pairs) in found.items()}

    def _whole(self, node: Node, kind: Kind) -> Whole:
        graph, opens = self.graph, kind.made_of
        operands: Operands = []
        inner: list[Node] = []
        stack = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            op, *args = graph.keys[part]
            if part == node or (op in opens and self.uses[part] == 1 and part not in self.there):
                inner.append(part)
                later = -sign if op in (ops.SUB, ops.DIV) else sign
                stack += [(arg, later) for arg in args[:0:-1]]
                stack.append((args[0], sign))
            elif op is ops.NEG and kind is SUMS:
                stack.append((args[0], -sign))
            else:
                operands.append((part, sign))
        return Whole(node, operands, inner[1:], row_of(graph, operands, kind))

    # --- rewriting ---

    def _rewrite(self) -> None:
        changed = {node: regrouped for regrouped in self._regrouped.values() for node in regrouped.changed}
        gone = {part for node, one in changed.items() for part in one.changed[node][0].inner}
        for node in self.region:
            made = node
            if node in changed:
                made = changed[node].made(node)
            elif node not in gone and not self.moved.keys().isdisjoint(self.graph.args(node)):
                made = self._on_new_operands(node)
            if made != node:
                self.moved[node] = made

    def _on_new_operands(self, node: Node) -> Node:
        graph = self.graph
        op, args = graph.op(node), [self.moved.get(arg, arg) for arg in graph.args(node)]
        if op is ops.MUL:
            return product(graph, *args)
        if ops.NEG not in map(graph.op, args):
            return graph.make((op, *args))
        made: Node = maker(op)(graph, *args)
        return made
