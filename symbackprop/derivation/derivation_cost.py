"""What a derivation costs: counts on its graph, and on the quantities that people follow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial, reduce
from operator import or_
from typing import Any

from .. import cost
from ..graph import Graph, Node
from ..ops import CONDITIONS, SELECT, SUB
from .pullbacks import Row, locals_of


def paths(loss: Any, quantities: Iterable[Any], consumers: Mapping[Any, Sequence[Any]]) -> dict[Any, int]:
    """How many paths lead from each symbol to the loss, by dynamic programming: nothing is enumerated.

    Args:
        loss: where paths end.
        quantities: in the order of the forward pass; a symbol that is none of them starts paths only.
        consumers: by symbol, the quantities whose own equation it stands in.
    """
    found = {loss: 1}
    for symbol in (*reversed(list(quantities)), *consumers):
        if symbol not in found:
            found[symbol] = sum(found[consumer] for consumer in consumers[symbol])
    return found


def longest_last(symbols: Iterable[Any], ahead: Mapping[Any, Sequence[Any]]) -> list[Any]:
    """Symbols by their longest way to the loss: each after all that it leads to, which come before it in `ahead`."""
    distance: dict[Any, int] = {}
    for symbol, consumers in ahead.items():
        distance[symbol] = max((distance[consumer] + 1 for consumer in consumers), default=0)
    return sorted(symbols, key=distance.__getitem__)


def naive_operations(graph: Graph, loss: Node, wrt: Sequence[Node]) -> int:
    """Operations of a loss and its derivatives where each derivative is derived by itself and nothing is remembered.

    That is what the chain rule gives when it is applied at every occurrence of every part: the derivative of a node is
    a sum over its operands of local partial, written out in full, times the operand's derivative, written out in full.
    A factor of 1 is not written, a term of 0 neither; the sign of a subtracted term is part of the sum. Found without
    writing anything out: the sizes for all parameters together follow from those of the operands, once it is known
    which parameters each operand depends on, and by which of them its derivative is 1.

    Args:
        graph: of scalars. It gains the local partials, where they are not there yet.
        loss: a node.
        wrt: the nodes of the parameters.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    return _NaiveCount(graph).of(loss, wrt)


TOGETHER = 16_384
"""So many parameters are counted in one go: a bit for each at each node is 200 megabytes where there are 100,000."""


class _NaiveCount:
    """Sizes by node: of the node as a tree, and of its derivatives by some parameters together."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._trees: dict[Node, int] = {}
        self._locals_of = cache(partial(locals_of, graph))
        self._minus_one = graph.neg(graph.one)

    def of(self, loss: Node, wrt: Sequence[Node]) -> int:
        """Operations of a loss and all its derivatives, those by some parameters after those by others."""
        region = self.graph.reachable([loss])
        starts = range(0, len(wrt), TOGETHER)
        return self._tree(loss) + sum(self._by(region, wrt[start : start + TOGETHER]) for start in starts)

    def _by(self, region: Sequence[Node], wrt: Sequence[Node]) -> int:
        """Operations of the derivatives of a region's last node."""
        self.depends = {node: 1 << place for place, node in enumerate(wrt)}  # a bit for each parameter
        self._ones = dict(self.depends)  # of these, the parameters by which a node's derivative is 1
        self.derived = dict.fromkeys(wrt, 0)
        for node in region:
            op = self.graph.op(node)
            if not op.leaf and op not in CONDITIONS:
                self._derive(node, self._choice if op is SELECT else self._terms)
        return self.derived.get(region[-1], 0)

    def _derive(self, node: Node, terms: Callable[[Node], dict[int, int]]) -> None:
        """Add up the terms of a node: (which parameters they are for, their operations) by position."""
        found = terms(node)
        if not found:
            return
        args = self.graph.args(node)
        masks = [self.depends[args[position]] for position in found]
        union = reduce(or_, masks)
        additions = 0 if self.graph.op(node) is SELECT else sum(map(int.bit_count, masks)) - union.bit_count()
        self.depends[node] = union
        self._ones[node] = self._passed_on(node, found)
        self.derived[node] = sum(found.values()) + additions + sum(self.derived[args[position]] for position in found)

    def _passed_on(self, node: Node, positions: Collection[int]) -> int:
        """The parameters by which a node's derivative is 1: they go through one operand alone, whose partial is 1."""
        if self.graph.op(node) is SELECT:
            return 0
        args, row = self.graph.args(node), self._row(node)
        ones = once = twice = 0
        for position in positions:
            arg = args[position]
            twice |= once & self.depends[arg]
            once |= self.depends[arg]
            if row[position](node) == self.graph.one:
                ones |= self._ones[arg]
        return ones & ~twice

    def _choice(self, node: Node) -> dict[int, int]:
        """A choice between the branches' derivatives, for each parameter that either depends on."""
        condition, *branches = self.graph.args(node)
        found = {position: 0 for position, branch in enumerate(branches, 1) if branch in self.depends}
        masks = [self.depends[branch] for branch in branches if branch in self.depends]
        if found:
            either = masks[0] | masks[-1]
            found[min(found)] = either.bit_count() * (self._tree(condition) + 1)
        return found

    def _terms(self, node: Node) -> dict[int, int]:
        args, row = self.graph.args(node), self._row(node)
        partials = {i: row[i](node) for i, arg in enumerate(args) if arg in self.depends}
        return {i: self._product(node, args[i], local) for i, local in partials.items() if local != self.graph.zero}

    def _product(self, node: Node, arg: Node, local: Node) -> int:
        """Operations of local partials and products, for all parameters that an operand depends on."""
        mask, ones = self.depends[arg], self._ones[arg]
        if local == self.graph.one:
            return 0
        if local == self._minus_one and self.graph.op(node) is SUB:  # a sign, needed where there is no sum
            return (mask & ~ones & ~self.depends.get(self.graph.args(node)[0], 0)).bit_count()
        return mask.bit_count() * (self._tree(local) + 1) - ones.bit_count()

    def _row(self, node: Node) -> Row:
        return self._locals_of(self.graph.op(node), len(self.graph.args(node)))

    def _tree(self, node: Node) -> int:
        """Operations of a node written out: as in `cost.written_out`, which starts anew each time."""
        trees = self._trees
        for part in self.graph.reachable([node], trees) if node not in trees else ():
            if part not in trees:
                trees[part] = cost.price(self.graph, part) + sum(trees[arg] for arg in self.graph.args(part))
        return trees[node]
