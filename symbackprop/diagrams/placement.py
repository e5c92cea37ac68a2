"""Boxes and arrows in their places: blocks in columns from left to right, as the forward pass goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import sympy as sp

from .blocks import AROUND, TIP, blocks_of, label_width, labelled
from .layering import columns_of, heights_of, ordered
from .picture import FADED, LIT, PLAIN, Edge, Node, Picture, Point
from .quantity_graph import QuantityGraph
from .text_width import text_width

MARGIN, TITLE, CAPTION = 18, 40, 20
"""Around everything; above the first box; of each line below the last."""
TITLE_SIZE, CAPTION_SIZE = 15, 12
_PORT = 23
"""From one arrow that arrives at a box to the next."""
_BETWEEN = 26
"""The least room between a block and the one below it."""
_BEND = 10
"""The room around an arrow that passes a column."""
_NEAR, _FAR = 60, 130
"""The least and the most room between two columns, for arrows to go up and down in."""
_EACH = 5
"""The room that each arrow adds to that."""
_ORDER = {FADED: 0, PLAIN: 1, LIT: 2}

Bend = tuple[sp.Symbol, bool, str, int]
"""Where arrows that come from one place, and look alike, pass a column: they do so as one."""


def placed(
    title: str, captions: Sequence[str], drawn: QuantityGraph, nodes: Mapping[sp.Symbol, Node], edges: Sequence[Edge]
) -> Picture:
    """The picture of these boxes and arrows."""
    found = _Placement(drawn, nodes, edges)
    boxes, arrows = list(found.boxes()), sorted(found.arrows(), key=lambda edge: _ORDER[edge.mark])
    order = {symbol: number for number, symbol in enumerate(nodes)}
    boxes.sort(key=lambda node: order[node.symbol])
    widths = [text_width(title, TITLE_SIZE), *(text_width(line, CAPTION_SIZE) for line in captions)]
    width = max(found.width, *(width + 2 * MARGIN for width in widths))
    height = found.bottom + MARGIN / 2 + CAPTION * len(captions) + MARGIN
    return Picture(title, tuple(captions), tuple(boxes), tuple(arrows), width, height)


class _Placement:
    """Where everything is: stops are blocks, and behind them the bends of arrows that pass columns."""

    def __init__(self, drawn: QuantityGraph, nodes: Mapping[sp.Symbol, Node], edges: Sequence[Edge]) -> None:
        self.blocks = blocks_of(drawn, nodes, edges)
        self.block_of = {symbol: number for number, block in enumerate(self.blocks) for symbol in block.symbols}
        self.outer = [edge for edge in edges if self.block_of[edge.start] != self.block_of[edge.end]]
        self.column_of = self._columns(drawn)
        self.bends: dict[Bend, int] = {}
        self.stops = {self._key(edge): self._stops(edge) for edge in self.outer}
        self.arriving: dict[int, list[Edge]] = {number: [] for number in range(len(self.blocks))}
        for edge in self.outer:
            self.arriving[self.block_of[edge.end]].append(edge)
        self.columns = self._ordered()
        self._place()

    @staticmethod
    def _key(edge: Edge) -> tuple[sp.Symbol, sp.Symbol]:
        return edge.start, edge.end

    # --- columns ---

    def _columns(self, drawn: QuantityGraph) -> list[int]:
        links = [(self.block_of[edge.start], self.block_of[edge.end]) for edge in self.outer]
        leaves = {number for number, block in enumerate(self.blocks) if drawn.roles[block.head.symbol] in _LEAVES}
        columns = columns_of(len(self.blocks), links, leaves)
        loss = self.block_of.get(drawn.derivation.loss)
        if loss is not None:  # it stands last, and alone
            others = [column for number, column in enumerate(columns) if number != loss]
            columns[loss] = max(columns[loss], *(column + 1 for column in others), 0) if others else 0
        return columns

    def _stops(self, edge: Edge) -> list[int]:
        """What an arrow passes, from block to block."""
        start, end = self.block_of[edge.start], self.block_of[edge.end]
        between = range(self.column_of[start] + 1, self.column_of[end])
        return [start, *(self._bend((edge.start, edge.is_step, edge.mark, column)) for column in between), end]

    def _bend(self, bend: Bend) -> int:
        return self.bends.setdefault(bend, len(self.blocks) + len(self.bends))

    @property
    def _hops(self) -> list[tuple[int, int]]:
        found = (hop for stops in self.stops.values() for hop in pairwise(stops))
        return list(dict.fromkeys(found))

    def _ordered(self) -> list[list[int]]:
        columns: list[list[int]] = [[] for _ in range(max(self.column_of) + 1)]
        for number, column in enumerate(self.column_of):
            columns[column].append(number)
        for (*_, column), number in self.bends.items():
            columns[column].append(number)
        return ordered(columns, self._hops)

    # --- lengths ---

    def _place(self) -> None:
        bends = self.bends.values()
        sizes = {**{at: self._size(at) for at in range(len(self.blocks))}, **dict.fromkeys(bends, (_BEND, _BEND))}
        ports = {**{at: block.port for at, block in enumerate(self.blocks)}, **dict.fromkeys(bends, 0.0)}
        heights = heights_of(self.columns, self._hops, sizes, ports)
        top = min(heights[stop] - size[0] for stop, size in sizes.items())
        self.height_of = {stop: height - top + TITLE for stop, height in heights.items()}
        self.bottom = max(self.height_of[stop] + size[1] for stop, size in sizes.items())
        self._place_columns()

    def _size(self, number: int) -> tuple[float, float]:
        block, ports = self.blocks[number], len(self.arriving[number]) * _PORT / 2
        return max(block.above, ports) + _BETWEEN / 2, max(block.below, ports) + _BETWEEN / 2

    def _place_columns(self) -> None:
        """By column: where its arrows arrive, where its boxes begin, how wide these are."""
        inside = [[self.blocks[stop] for stop in column if stop < len(self.blocks)] for column in self.columns]
        self.docks = [max((self._dock(stop) for stop in column), default=0.0) for column in self.columns]
        self.widths = [max((block.width for block in blocks), default=0.0) for blocks in inside]
        crowds = [0] * len(self.columns)
        for stop, _ in self._hops:
            crowds[self._column(stop)] += 1
        gaps = [min(_NEAR + _EACH * crowd, _FAR) for crowd in crowds]
        whole = [sum(lengths) for lengths in zip(self.docks, self.widths, gaps, strict=True)]
        self.lefts = list(accumulate(whole[:-1], initial=float(MARGIN)))
        self.width = self.lefts[-1] + self.docks[-1] + self.widths[-1] + MARGIN

    def _column(self, stop: int) -> int:
        return self.column_of[stop] if stop < len(self.blocks) else self._bend_columns[stop]

    @property
    def _bend_columns(self) -> dict[int, int]:
        return {number: column for (*_, column), number in self.bends.items()}

    def _dock(self, stop: int) -> float:
        """The room for the labels of what arrives."""
        arriving = self.arriving.get(stop, ())
        return max((label_width(edge) for edge in arriving), default=-AROUND) + TIP + AROUND if arriving else 0.0

    # --- what stands there ---

    def boxes(self) -> Iterator[Node]:
        """Every box in its place."""
        for number, block in enumerate(self.blocks):
            yield from block.nodes(*self._at(number))

    def _at(self, number: int) -> tuple[float, float, float]:
        column = self.column_of[number]
        return self.lefts[column] + self.docks[column], self.height_of[number], self.widths[column]

    def arrows(self) -> Iterator[Edge]:
        """Every arrow in its place."""
        boxes = {node.symbol: node.box for node in self.boxes()}
        for number, block in enumerate(self.blocks):
            yield from block.edges(*self._at(number))
            ways = [
                (edge, self._way(edge, (boxes[edge.start].right, boxes[edge.start].middle)))
                for edge in self.arriving[number]
            ]
            ways.sort(key=lambda one: one[1][-1][1])
            first = boxes[block.head.symbol].middle - _PORT * (len(ways) - 1) / 2
            for place, (edge, way) in enumerate(ways):
                yield self._arriving(edge, way, first + _PORT * place, number)

    def _way(self, edge: Edge, start: Point) -> list[Point]:
        """The points that an arrow goes through up to the column where it ends."""
        points = [start]
        for bend in self.stops[self._key(edge)][1:-1]:
            column, height = self._column(bend), self.height_of[bend]
            left = self.lefts[column]
            points += [(left, height), (left + self.docks[column] + self.widths[column], height)]
        return points

    def _arriving(self, edge: Edge, way: Sequence[Point], height: float, number: int) -> Edge:
        """An arrow to its end: past its label, and straight to the box, or along a bracket where many come together."""
        left, middle, _ = self._at(number)
        half, many = self.blocks[number].head_height / 2, len(self.arriving[number])
        dock, bus = self.lefts[self.column_of[number]], left - TIP + AROUND
        if _PORT * (many - 2) / 2 > half:
            end: tuple[Point, ...] = ((bus, height), (bus, middle), (left, middle))
        else:
            end = ((left - TIP, height), (left, min(max(height, middle - half + AROUND), middle + half - AROUND)))
        return labelled(replace(edge, track=(*way, (dock, height), *end)), left - TIP - label_width(edge), height)


_LEAVES = ("data", "parameter")
