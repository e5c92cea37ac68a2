"""Chains of conditions, one inside the other, as paths in a tree: however deep it is, it takes one place.

A thousand branches are a thousand conditions deep. So a chain is a vertex that knows the chain around it; two that
begin alike share that beginning, and what two have in common is found by jumps. Source of the jumps: Myers, "An
applicative random-access stack", Information Processing Letters 17 (1983).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..graph import Graph, Node
from ..ops import AND, NOT

Guard = tuple[Node, bool]
"""A condition, and the truth value that it must have."""


class Chain:
    """Conditions from the outermost inwards, each with the truth value that it must have; equal ones are one object.

    Attributes:
        outer: the chain without its last condition; of the empty chain, itself.
        guard: the last condition; of the empty chain, None.
        depth: how many conditions there are.
        is_impossible: whether a condition would have to hold and not to hold: a branch of one choice inside the other
            one's.
    """

    __slots__ = ("_condition", "_far", "_place", "_tree", "depth", "guard", "inner", "is_impossible", "outer")

    def __init__(self, outer: Chain | None = None, guard: Guard | None = None) -> None:
        self.outer: Chain = self if outer is None else outer
        self.guard = guard
        self.inner: dict[Guard, Chain] = {}  # the chains of one condition more
        self._condition: Node | None = None
        self._place = 0
        if outer is None or guard is None:
            self.depth, self._far, self._tree, self.is_impossible = 0, self, _Tree(), False
            return
        far = outer._far  # far away, so that what is above is reached in few jumps
        self.depth, self._tree = outer.depth + 1, outer._tree
        self._far = far._far if outer.depth - far.depth == far.depth - far._far.depth else outer
        self._tree.enter(self, guard)
        self.is_impossible = outer.is_impossible or self._tree.holds(outer, (guard[0], not guard[1]))

    def under(self, guard: Guard) -> Chain:
        """This chain and one condition more."""
        found = self.inner.get(guard)
        if found is None:
            found = self.inner[guard] = Chain(self, guard)
        return found

    @property
    def everywhere(self) -> Chain:
        """The empty chain that this one begins with."""
        return self.upto(0)

    @property
    def beside(self) -> Chain | None:
        """The chain whose last condition has the other truth value; None if nothing is needed under that."""
        return None if self.guard is None else self.outer.inner.get((self.guard[0], not self.guard[1]))

    def upto(self, depth: int) -> Chain:
        """So many conditions, from the outermost on."""
        chain = self
        while chain.depth > depth:
            chain = chain._far if chain._far.depth >= depth else chain.outer
        return chain

    def common(self, other: Chain) -> Chain:
        """What two chains both begin with."""
        depth = min(self.depth, other.depth)
        one, two = self.upto(depth), other.upto(depth)
        while one is not two:
            one, two = (one._far, two._far) if one._far is not two._far else (one.outer, two.outer)
        return one

    def behind(self, outer: Chain) -> Iterator[Chain]:
        """The chains between one that this begins with and this one, itself included, the innermost first."""
        chain = self
        while chain is not outer:
            yield chain
            chain = chain.outer

    def guards(self, outer: Chain) -> list[Guard]:
        """The conditions behind a chain that this one begins with."""
        return [chain.guard for chain in self.behind(outer) if chain.guard is not None][::-1]

    def __iter__(self) -> Iterator[Guard]:
        return iter(self.guards(self.everywhere))

    def __len__(self) -> int:
        return self.depth

    @property
    def place(self) -> int:
        """Where it stands if chains are put in order: each behind what it begins with, and with all that begin so."""
        self._tree.put_in_order(self.everywhere)
        return self._place

    def condition(self, graph: Graph) -> Node:
        """The node that all conditions hold: of each chain it is that of the chain around, and one more."""
        missing = []
        chain = self
        while chain._condition is None and chain.guard is not None:
            missing.append(chain)
            chain = chain.outer
        whole = chain._condition
        for chain in reversed(missing):
            assert chain.guard is not None
            own = wanted(graph, chain.guard)
            whole = chain._condition = own if whole is None else graph.make((AND, whole, own))
        assert whole is not None, "no condition is asked of the empty chain"
        return whole


class _Tree:
    """All chains that begin with one empty chain."""

    def __init__(self) -> None:
        self._by_guard: defaultdict[Guard, list[Chain]] = defaultdict(list)
        self._count = self._in_order = 0

    def enter(self, chain: Chain, guard: Guard) -> None:
        self._by_guard[guard].append(chain)
        self._count += 1

    def holds(self, chain: Chain, guard: Guard) -> bool:
        """Whether a condition is one of a chain, with that truth value: by whichever is the shorter way."""
        ends = self._by_guard.get(guard, ())
        if len(ends) > chain.depth:
            return guard in chain.guards(chain.everywhere)
        return any(chain.upto(end.depth) is end for end in ends)

    def put_in_order(self, everywhere: Chain) -> None:
        """Number the chains, if any has come since that was done last."""
        if self._in_order < self._count:
            self._in_order, stack, place = self._count, [everywhere], 0
            while stack:
                chain = stack.pop()
                chain._place = place = place + 1
                stack.extend(reversed(chain.inner.values()))


def wanted(graph: Graph, guard: Guard) -> Node:
    """The node that a condition has the truth value that it must have."""
    condition, truth = guard
    return condition if truth else graph.make((NOT, condition))
