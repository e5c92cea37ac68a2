"""A node as what it multiplies and divides by, down to a few factors, and the same node without some of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from ..graph import Graph, Node
from ..ops import DIV, MUL, NEG, NUMBER, POW, SELECT, SPREAD

MOST = 16
"""Parts of one node that are looked at: what stands further inside is one factor, so that each node takes its time."""

OPENED = frozenset({MUL, DIV, NEG})
ABOVE, BELOW = 1, -1
"""The sides of the line."""


@dataclass
class Common:
    """Factors that are taken out: how often each, above the line and below it; whether the numbers go too."""

    above: Counter[Node] = field(default_factory=Counter)
    below: Counter[Node] = field(default_factory=Counter)
    numbers: bool = False

    def __bool__(self) -> bool:
        return bool(self.above or self.below or self.numbers)


@dataclass
class Factors:
    """The factors of one node.

    Attributes:
        parts: the node and its products and quotients, outermost first, then their factors; each with its side.
        inner: by place of a part that was opened: the places of its operands.
        above, below: the exponent of each base on either side, numbers and signs apart.
        number: what numbers and signs are together.
        numerals: how many numbers and signs are written.
    """

    parts: list[tuple[Node, int]]
    inner: dict[int, range] = field(default_factory=dict)
    above: Counter[Node] = field(default_factory=Counter)
    below: Counter[Node] = field(default_factory=Counter)
    number: Any = sp.S.One
    numerals: int = 0

    @property
    def key(self) -> tuple[frozenset[Any], frozenset[Any]]:
        """What two terms have in common that differ by a number alone."""
        return frozenset(self.above.items()), frozenset(self.below.items())

    @property
    def opened(self) -> Iterator[Node]:
        """The products and quotients that were looked into."""
        return (self.parts[place][0] for place in self.inner)

    def exponents(self, side: int) -> Counter[Node]:
        """The exponents of the bases on one side."""
        return self.above if side == ABOVE else self.below


def factors_of(graph: Graph, node: Node, closed: Callable[[Node], bool] = lambda node: False) -> Factors:
    """The factors of a node; nothing looks into a named quantity, nor into a part that is closed."""
    parts = [(node, ABOVE)]
    found = Factors(parts)
    for place, (part, side) in enumerate(parts):  # which grows meanwhile
        op, *args = graph.inside(part)
        if op in OPENED and len(parts) < MOST and not (place and closed(part)):
            found.inner[place] = range(len(parts), len(parts) + len(args))
            parts += [(args[0], side), *((arg, side if op is MUL else -side) for arg in args[1:])]
            if op is NEG:
                found.number, found.numerals = -found.number, found.numerals + 1
        elif _is_exact(graph, part):
            value = graph.value(part)
            found.number, found.numerals = found.number * value**side, found.numerals + 1
        else:
            base, exponent = power_of(graph, part)
            found.exponents(side)[base] += exponent
    return found


def _is_exact(graph: Graph, node: Node) -> bool:
    """Whether a node is a number that can be multiplied by others without being rounded, and is not 0."""
    return graph.op(node) is NUMBER and graph.value(node).is_Rational and node != graph.zero


def power_of(graph: Graph, node: Node) -> tuple[Node, Any]:
    """Base and exponent; where the exponent is no number from 1 up the node is a base by itself."""
    op, *args = graph.inside(node)
    if op is POW and graph.op(args[1]) is NUMBER:
        exponent = graph.value(args[1])
        if exponent.is_Integer:
            return args[0], int(exponent)
        if exponent.is_Rational and exponent > 1:
            return args[0], exponent
    return node, 1


def without(graph: Graph, factors: Factors, common: Common) -> Node | None:
    """A node without some of its factors; what has lost none stays the node that it was. None: nothing is left."""
    left = {ABOVE: Counter(common.above), BELOW: Counter(common.below)}
    made: dict[int, Node | None] = {}
    for place in reversed(range(len(factors.parts))):
        part, side = factors.parts[place]
        if place in factors.inner:
            made[place] = _rejoined(graph, part, [made[inner] for inner in factors.inner[place]], common.numbers)
        elif _is_exact(graph, part):
            made[place] = None if common.numbers else part
        else:
            made[place] = _lessened(graph, part, left[side])
    return made[0]


def _lessened(graph: Graph, node: Node, left: Counter[Node]) -> Node | None:
    base, exponent = power_of(graph, node)
    taken = min(left[base], exponent)
    if not taken:
        return node
    left[base] -= taken
    return None if taken == exponent else graph.pow(base, graph.constant(sp.S(exponent - taken)))


def _rejoined(graph: Graph, node: Node, made: Sequence[Node | None], numbers: bool) -> Node | None:
    """A product, quotient or sign of what its operands have become."""
    op, *args = graph.keys[node]
    if op is NEG and numbers:
        return made[0]
    if list(made) == args:
        return node
    if op is MUL:
        return times(graph, *made)
    top = graph.one if made[0] is None else made[0]
    if op is NEG:
        return graph.neg(top)
    return made[0] if made[1] is None else graph.div(top, made[1])


def times(graph: Graph, x: Node | None, y: Node | None) -> Node | None:
    """x*y, where None is 1."""
    if x is None or y is None:
        return y if x is None else x
    return product(graph, x, y)


def product(graph: Graph, x: Node, y: Node) -> Node:
    """x*y as one operation: a quotient stays the factor that it is, as others may share it; signs go out."""
    for factor, other in ((x, y), (y, x)):
        if graph.inside(factor)[0] is NEG:
            return graph.neg(product(graph, graph.args(factor)[0], other))
    return graph.mul(x, y) if {graph.op(x), graph.op(y)} & _FOLDED else graph.product(x, y)


_FOLDED = frozenset({NUMBER, SELECT, SPREAD})


def rejoined(graph: Graph, inner: Node | None, common: Common, number: Any = sp.S.One) -> Node:
    """The product of what is left with the factors that were taken out, and with a number in front."""
    above, below = (_product(graph, side) for side in (common.above, common.below))
    whole = times(graph, above, inner)
    whole = graph.one if whole is None else whole
    whole = whole if below is None else graph.div(whole, below)
    return whole if number == 1 else graph.mul(graph.constant(number), whole)


def _product(graph: Graph, powers: Counter[Node]) -> Node | None:
    whole: Node | None = None
    for base, exponent in powers.items():
        whole = times(graph, whole, graph.pow(base, graph.constant(sp.S(exponent))))
    return whole
