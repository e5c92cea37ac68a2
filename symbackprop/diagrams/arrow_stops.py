"""Where arrows go: from block to block, and past the columns between by bends, which take part in the layout."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import sympy as sp

from .blocks import Block
from .layering import columns_of, ordered
from .picture import Edge
from .quantity_graph import QuantityGraph

Bend = tuple[sp.Symbol, bool, str, int]
"""Where arrows that come from one place, and look alike, pass a column: they do so as one."""
_LEAVES = ("data", "parameter")


class ArrowStops:
    """The stops of a picture by number: its blocks, and behind these the bends of arrows.

    Attributes:
        blocks: each after those that lead to it.
        arriving: by block, the arrows that come from others.
        column_of: of each stop.
        bends: the number of each.
    """

    def __init__(self, drawn: QuantityGraph, blocks: Sequence[Block], edges: Sequence[Edge]) -> None:
        self.blocks = blocks
        self._block_of = {symbol: number for number, block in enumerate(blocks) for symbol in block.symbols}
        self._outer = [edge for edge in edges if self._block_of[edge.start] != self._block_of[edge.end]]
        self.arriving: list[list[Edge]] = [[] for _ in blocks]
        for edge in self._outer:
            self.arriving[self._block_of[edge.end]].append(edge)
        self.column_of = self._columns(drawn)
        self.bends: dict[Bend, int] = {}
        self._passed = {(edge.start, edge.end): self._passes(edge) for edge in self._outer}

    def _columns(self, drawn: QuantityGraph) -> list[int]:
        """The column of each block; the loss stands last, and alone."""
        links = [(self._block_of[edge.start], self._block_of[edge.end]) for edge in self._outer]
        leaves = {number for number, block in enumerate(self.blocks) if drawn.roles[block.head.symbol] in _LEAVES}
        *others, loss = columns_of(len(self.blocks), links, leaves)
        return [*others, max(loss, 1 + max(others))] if others else [loss]

    def _passes(self, edge: Edge) -> list[int]:
        """The bends of an arrow."""
        start, end = self._block_of[edge.start], self._block_of[edge.end]
        between = range(self.column_of[start] + 1, self.column_of[end])
        return [self._bend((edge.start, edge.is_step, edge.mark, column)) for column in between]

    def _bend(self, bend: Bend) -> int:
        if bend not in self.bends:
            self.bends[bend] = len(self.column_of)
            self.column_of.append(bend[-1])
        return self.bends[bend]

    def passed(self, edge: Edge) -> list[int]:
        """The bends of an arrow between blocks, in its order."""
        return self._passed[edge.start, edge.end]

    @cached_property
    def hops(self) -> list[tuple[int, int]]:
        """What arrows do between neighbouring columns, each once."""
        ways = ([self._block_of[one.start], *self.passed(one), self._block_of[one.end]] for one in self._outer)
        return list(dict.fromkeys(hop for way in ways for hop in pairwise(way)))

    @cached_property
    def columns(self) -> list[list[int]]:
        """The stops of each column, from top to bottom."""
        given: list[list[int]] = [[] for _ in range(max(self.column_of) + 1)]
        for stop, column in enumerate(self.column_of):
            given[column].append(stop)
        return ordered(given, self.hops)
