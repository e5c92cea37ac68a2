"""What stands together: a quantity, above it what it alone is made of, below it what is made of it alone.

A unit of a network reads from top to bottom: its weights and bias, each a row with its own step of the chain rule, then
its weighted sum, then its output. Anything else is a block by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import sympy as sp

from .picture import Box, Edge, Line, Node, Point
from .quantity_graph import QuantityGraph

LINE, LETTERS = 19, 14
"""From one line of a box to the next; from the top of a line down to where its letters stand."""
PAD = 10
"""Between the side of a box and its text."""
ROW, CHIP = 26, 21
"""From one row above a quantity to the next; the height of its box."""
LABEL, LABEL_LETTERS, AROUND = 18, 13, 5
"""The height of a label on an arrow, where its letters stand, and the room beside them."""
TIP = 16
"""The length of the last, straight piece of an arrow."""
_BUS, _BESIDE = 14, 12
"""Where the arrow of the rows comes down, and the room on both sides of their labels."""
_STEP = 44
"""From a quantity down to what is made of it alone."""


def label_width(edge: Edge) -> float:
    """The width of the label of an arrow, 0 if there is none."""
    return 0 if edge.line is None else edge.line.width + 2 * AROUND


def labelled(edge: Edge, x: float, middle: float) -> Edge:
    """The arrow with its label there: from its left side on, around half its height."""
    if edge.line is None:
        return edge
    box = Box(x, middle - LABEL / 2, label_width(edge), LABEL)
    return replace(edge, box=box, line=replace(edge.line, x=x + box.width / 2, y=box.y + LABEL_LETTERS))


def _card_height(node: Node) -> float:
    return LINE * len(node.lines) + PAD


def _card(node: Node, x: float, y: float, width: float) -> Node:
    """A box with one line below the other."""
    tops = (y + PAD / 2 + LINE * number for number in range(len(node.lines)))
    lines = [replace(line, x=x + PAD, y=top + LETTERS) for line, top in zip(node.lines, tops, strict=True)]
    return replace(node, box=Box(x, y, width, _card_height(node)), lines=tuple(lines))


def _cells(node: Node, box: Box, widths: Sequence[float]) -> Node:
    """A box with its lines side by side, in columns of such widths."""
    starts = accumulate((width + PAD for width in widths), initial=box.x + PAD)
    lines = [replace(line, x=x, y=box.y + LETTERS + 1) for line, x in zip(node.lines, starts, strict=False)]
    return replace(node, box=box, lines=tuple(lines))


@dataclass(frozen=True)
class Block:
    """A quantity, or whatever else it is, and what stands above and below, each with the arrow between them.

    It is placed by the left side of its boxes and half the height of its head.
    """

    head: Node
    rows: tuple[tuple[Node, Edge], ...] = ()
    tail: tuple[Node, Edge] | None = None

    @property
    def symbols(self) -> list[sp.Symbol]:
        """All that it consists of."""
        return [node.symbol for node in (self.head, *(node for node, _ in self.rows), *self._below)]

    @property
    def _below(self) -> list[Node]:
        return [] if self.tail is None else [self.tail[0]]

    @property
    def width(self) -> float:
        """The least width of its boxes."""
        cards = [line.width + 2 * PAD for node in (self.head, *self._below) for line in node.lines]
        cells = self._cell_widths
        rows = [self._rows_start + sum(cells) + PAD * (len(cells) + 1)] if cells else []
        return max(*cards, *rows, 0)

    @property
    def _cell_widths(self) -> list[float]:
        """The widths of the columns that the lines of its rows stand in."""
        most = max((len(node.lines) for node, _ in self.rows), default=0)
        lines: list[list[Line]] = [
            [node.lines[at] for node, _ in self.rows if at < len(node.lines)] for at in range(most)
        ]
        return [max(line.width for line in column) for column in lines]

    @property
    def _labels(self) -> float:
        return max((label_width(edge) for _, edge in self.rows), default=0)

    @property
    def _rows_start(self) -> float:
        """From the left side to the boxes of the rows."""
        return _BUS + _BESIDE + (self._labels + _BESIDE if self._labels else 0)

    @property
    def above(self) -> float:
        """From the middle of the head up to the top."""
        return self.head_height / 2 + (ROW * len(self.rows) + TIP if self.rows else 0)

    @property
    def below(self) -> float:
        """From the middle of the head down to the bottom."""
        return self.head_height / 2 + sum(_STEP + _card_height(node) for node in self._below)

    @property
    def port(self) -> float:
        """From the middle of the head down to where arrows leave."""
        return self.below - _card_height(self.tail[0]) / 2 if self.tail else 0

    @property
    def head_height(self) -> float:
        """That of the box that it is placed by."""
        return _card_height(self.head)

    # --- in its place ---

    def nodes(self, x: float, middle: float, width: float) -> Iterator[Node]:
        """The boxes in their places, all of one width."""
        top = middle - self.head_height / 2
        yield _card(self.head, x, top, width)
        for node, _, y in self._places(top):
            box = Box(x + self._rows_start, y - CHIP / 2, width - self._rows_start, CHIP)
            yield _cells(node, box, self._cell_widths)
        for node in self._below:
            yield _card(node, x, middle + self.below - _card_height(node), width)

    def edges(self, x: float, middle: float, width: float) -> Iterator[Edge]:
        """The arrows within it, in their places."""
        top, bus = middle - self.head_height / 2, x + _BUS
        for _, edge, y in self._places(top):
            track: tuple[Point, ...] = ((x + self._rows_start, y), (bus, y), (bus, top))
            yield labelled(replace(edge, track=track), bus + _BESIDE, y)
        if self.tail is not None:
            centre, bottom = x + width / 2, middle + self.head_height / 2
            edge = replace(self.tail[1], track=((centre, bottom), (centre, bottom + _STEP)))
            yield labelled(edge, centre - label_width(edge) / 2, bottom + _STEP / 2 - TIP / 4)

    def _places(self, top: float) -> Iterator[tuple[Node, Edge, float]]:
        """The rows with the middle of each, above the top of the head."""
        first = top - TIP - ROW * len(self.rows) + ROW / 2
        return ((node, edge, first + ROW * number) for number, (node, edge) in enumerate(self.rows))


# --- what stands together ---


def blocks_of(drawn: QuantityGraph, nodes: Mapping[sp.Symbol, Node], edges: Sequence[Edge]) -> list[Block]:
    """The blocks that boxes make, each after those that lead to it."""
    leaving: dict[sp.Symbol, list[Edge]] = {symbol: [] for symbol in nodes}
    for edge in edges:
        leaving[edge.start].append(edge)
    hanging = {symbol: leaving[symbol][0] for symbol in _own(drawn) if len(leaving.get(symbol, ())) == 1}
    tails = {edge.start: edge for edge in edges if _is_tail(drawn, edge)}
    within = {*hanging, *(edge.end for edge in tails.values())}
    return [
        Block(
            node,
            tuple((nodes[one], edge) for one, edge in hanging.items() if edge.end == symbol),
            (nodes[tails[symbol].end], tails[symbol]) if symbol in tails else None,
        )
        for symbol, node in nodes.items()
        if symbol not in within
    ]


def _own(drawn: QuantityGraph) -> list[sp.Symbol]:
    """What may belong to one quantity: parameters and targets of a model; its inputs, and variables, stand alone."""
    model = drawn.derivation.model
    if model is None:
        return []
    return [symbol for symbol in (*model.parameters, *model.targets) if symbol not in model.inputs]


def _is_tail(drawn: QuantityGraph, edge: Edge) -> bool:
    """Whether an arrow leads from the weighted sum of a unit, or layer, to its output, which is made of that alone."""
    network = drawn.derivation.network
    numbers = {} if network is None else network.layer_numbers
    is_within = edge.start in numbers and numbers.get(edge.end) == numbers[edge.start]
    return is_within and drawn.roles[edge.start] == "quantity" and drawn.sources[edge.end] == [edge.start]
