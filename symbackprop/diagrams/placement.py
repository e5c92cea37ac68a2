"""Boxes and arrows in their places: blocks in columns from left to right, as the forward pass goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import sympy as sp

from .arrow_stops import ArrowStops
from .blocks import AROUND, TIP, blocks_of, label_width, labelled
from .layering import heights_of
from .picture import FADED, LIT, PLAIN, Box, Edge, Node, Picture, Point
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


def placed(
    title: str, captions: Sequence[str], drawn: QuantityGraph, nodes: Mapping[sp.Symbol, Node], edges: Sequence[Edge]
) -> Picture:
    """The picture of these boxes and arrows."""
    found = _Placement(ArrowStops(drawn, blocks_of(drawn, nodes, edges), edges))
    boxes, arrows = list(found.boxes()), sorted(found.arrows(), key=lambda edge: _ORDER[edge.mark])
    order = {symbol: number for number, symbol in enumerate(nodes)}
    boxes.sort(key=lambda node: order[node.symbol])
    widths = [text_width(title, TITLE_SIZE), *(text_width(line, CAPTION_SIZE) for line in captions)]
    width = max(found.width, *(width + 2 * MARGIN for width in widths))
    height = found.bottom + MARGIN / 2 + CAPTION * len(captions) + MARGIN
    return Picture(title, tuple(captions), tuple(boxes), tuple(arrows), width, height)


class _Placement:
    """Where everything is."""

    def __init__(self, stops: ArrowStops) -> None:
        self.stops, self.blocks = stops, stops.blocks
        self._place_heights()
        self._place_columns()

    # --- lengths ---

    def _place_heights(self) -> None:
        bends = self.stops.bends.values()
        sizes = {**dict(enumerate(map(self._size, range(len(self.blocks))))), **dict.fromkeys(bends, (_BEND, _BEND))}
        ports = {**{at: block.port for at, block in enumerate(self.blocks)}, **dict.fromkeys(bends, 0.0)}
        heights = heights_of(self.stops.columns, self.stops.hops, sizes, ports)
        top = min(heights[stop] - size[0] for stop, size in sizes.items())
        self.height_of = {stop: height - top + TITLE for stop, height in heights.items()}
        self.bottom = max(self.height_of[stop] + size[1] for stop, size in sizes.items())

    def _size(self, number: int) -> tuple[float, float]:
        block, ports = self.blocks[number], len(self.stops.arriving[number]) * _PORT / 2
        return max(block.above, ports) + _BETWEEN / 2, max(block.below, ports) + _BETWEEN / 2

    def _place_columns(self) -> None:
        """By column: where its arrows arrive, the room for their labels, and how wide its boxes are."""
        inside = [[stop for stop in column if stop < len(self.blocks)] for column in self.stops.columns]
        self.docks = [max(map(self._dock, numbers), default=0.0) for numbers in inside]
        self.widths = [max((self.blocks[number].width for number in numbers), default=0.0) for numbers in inside]
        crowds = Counter(self.stops.column_of[stop] for stop, _ in self.stops.hops)
        gaps = [min(_NEAR + _EACH * crowds[column], _FAR) for column in range(len(inside))]
        whole = [sum(lengths) for lengths in zip(self.docks, self.widths, gaps, strict=True)]
        self.lefts = list(accumulate(whole[:-1], initial=float(MARGIN)))
        self.width = self.lefts[-1] + self.docks[-1] + self.widths[-1] + MARGIN

    def _dock(self, number: int) -> float:
        """The room for what arrives: a label, and the last piece of its arrow."""
        return max((AROUND + label_width(edge) + TIP for edge in self.stops.arriving[number]), default=0.0)

    # --- what stands there ---

    def boxes(self) -> Iterator[Node]:
        """Every box in its place."""
        for number, block in enumerate(self.blocks):
            yield from block.nodes(*self._at(number))

    def _at(self, number: int) -> tuple[float, float, float]:
        column = self.stops.column_of[number]
        return self.lefts[column] + self.docks[column], self.height_of[number], self.widths[column]

    def arrows(self) -> Iterator[Edge]:
        """Every arrow in its place."""
        boxes = {node.symbol: node.box for node in self.boxes()}
        for number, block in enumerate(self.blocks):
            yield from block.edges(*self._at(number))
            ways = [(edge, self._way(edge, boxes[edge.start])) for edge in self.stops.arriving[number]]
            ways.sort(key=lambda one: one[1][-1][1])  # as they come in, from above
            first = boxes[block.head.symbol].middle - _PORT * (len(ways) - 1) / 2
            for place, (edge, way) in enumerate(ways):
                yield self._arriving(edge, way, first + _PORT * place, number)

    def _way(self, edge: Edge, start: Box) -> list[Point]:
        """The points that an arrow goes through up to the column where it ends."""
        points = [(start.right, start.middle)]
        for bend in self.stops.passed(edge):
            column, height = self.stops.column_of[bend], self.height_of[bend]
            left = self.lefts[column]
            points += [(left, height), (left + self.docks[column] + self.widths[column], height)]
        return points

    def _arriving(self, edge: Edge, way: Sequence[Point], height: float, number: int) -> Edge:
        """An arrow to its end: past its label, and straight to the box, or along a bracket where many come together."""
        left, middle, _ = self._at(number)
        half, many = self.blocks[number].head_height / 2, len(self.stops.arriving[number])
        dock, bus = self.lefts[self.stops.column_of[number]], left - TIP + AROUND
        if _PORT * (many - 2) / 2 > half:
            end: tuple[Point, ...] = ((bus, height), (bus, middle), (left, middle))
        else:
            end = ((left - TIP, height), (left, min(max(height, middle - half + AROUND), middle + half - AROUND)))
        return labelled(replace(edge, track=(*way, (dock, height), *end)), left - TIP - label_width(edge), height)
