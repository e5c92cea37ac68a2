"""Sums in which like terms are one, 2 T + T as 3 T, and what terms share stands in front, f a + f b as f (a + b)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from .operation_ledger import Ledger
from .product_parts import ABOVE, BELOW, OPENED, Common, Factors, factors_of, rejoined, without
from .vanishing_parts import VanishingParts


@dataclass
class Term:
    """A term of a sum: its sign, its node, and its factors."""

    sign: int
    node: Node
    factors: Factors

    @property
    def number(self) -> Any:
        """What it is a multiple by, its sign included."""
        return self.sign * self.factors.number


class Sums:
    """Rewrites the sums of some derivatives; every step saves operations."""

    def __init__(self, ledger: Ledger, vanishing: VanishingParts) -> None:
        self.ledger, self.vanishing = ledger, vanishing
        self.graph: Graph = ledger.graph

    def collected(self, node: Node) -> Node:
        """What takes the place of a sum, or the sum itself."""
        graph = self.graph
        if self._is_plain(graph.args(node)):
            return node
        terms = self._terms(node)
        rows, columns = ops.rows_and_columns(graph.shape(node))
        found = self._taken_out(self._like(terms, sp.S(rows) * columns), sp.S(rows) * columns)
        if found == terms:
            return node
        made = graph.sum([_signed(graph, term.sign, term.node) for term in found])
        made = graph.spread(made, graph.shape(node))
        self.ledger.replaced(node, [term.node for term in found], made)
        return made

    def _is_plain(self, terms: Sequence[Node]) -> bool:
        """Whether all terms are products of parts that are different, or no products: told at once, as most are."""
        keys, is_closed = self.graph.keys, self.ledger.is_closed
        found: list[Node] = []
        for term in terms:
            op, *args = keys[term]
            if op is ops.MUL:
                if any(keys[arg][0] in OPENED and not is_closed(arg) for arg in args):
                    return False
                found += args
            elif op in _LOOKED_INTO:
                return False
            else:
                found.append(term)
        return len(set(found)) == len(found)

    # --- terms ---

    def _term(self, sign: int, node: Node) -> Term:
        return Term(sign, node, factors_of(self.graph, node, self.ledger.is_closed))

    def _terms(self, node: Node) -> list[Term]:
        """The terms of a sum; those of a sum in a difference, if that is used here alone."""
        found: list[tuple[int, Node]] = [(1, node)]
        for _ in range(2):
            found = [term for sign, part in found for term in self._opened(sign, part, part == node)]
        return [self._term(*pair) for pair in found]

    def _opened(self, sign: int, part: Node, is_whole: bool) -> list[tuple[int, Node]]:
        graph = self.graph
        op, *args = graph.inside(part)
        is_sum = op in (ops.ADD, ops.SUB)
        fits = is_sum and all(graph.shape(arg) == graph.shape(part) for arg in args)
        if not is_sum or not (is_whole or (fits and not self.ledger.is_closed(part))):
            return [(sign, part)]
        return [(sign, args[0]), *((sign if op is ops.ADD else -sign, arg) for arg in args[1:])]

    def _exchanged(self, group: Sequence[Term], into: Node | None, bonus: Any) -> bool:
        opened = (part for term in group for part in term.factors.opened)
        return self.ledger.exchanged([term.node for term in group], opened, into, bonus)

    # --- like terms ---

    def _like(self, terms: list[Term], entries: Any) -> list[Term]:
        """Terms that differ by a number alone as one; each addition less saves as many operations as `entries`."""
        groups: defaultdict[Any, list[Term]] = defaultdict(list)
        for term in terms:
            groups[term.factors.key].append(term)
        if len(groups) == len(terms):
            return terms
        return [term for group in groups.values() for term in self._as_one(group, entries)]

    def _as_one(self, group: list[Term], entries: Any) -> list[Term]:
        graph, first = self.graph, group[0]
        number = sum(term.number for term in group)
        is_lost = number == 0 and self.vanishing.of(first.node).undefined
        if len(group) == 1 or not (first.factors.above or first.factors.below) or is_lost:
            return group
        into: Node | None = None
        if number != 0:
            into = rejoined(graph, without(graph, first.factors, Common(numbers=True)), Common(), abs(number))
            into = graph.spread(into, graph.shape(first.node))
        if not self._exchanged(group, into, (len(group) - (into is not None)) * entries):
            return group
        return [] if into is None else [self._term(1 if number > 0 else -1, into)]

    # --- shared factors ---

    def _taken_out(self, terms: list[Term], entries: Any) -> list[Term]:
        """Terms that share factors as one product: each goes into one at most, into that with the most terms first.

        A denominator comes out where all terms have it: a quotient among others is no easier to read.
        """
        holders: dict[Any, list[int]] = defaultdict(list)
        for place, term in enumerate(terms):
            for mark in _marks(term.factors):
                holders[mark].append(place)
        holders = {mark: places for mark, places in holders.items() if mark[0] != BELOW or len(places) == len(terms)}
        found = {place: [term] for place, term in enumerate(terms)}
        free = set(found)
        for places in sorted((places for places in holders.values() if len(places) > 1), key=len, reverse=True):
            group = [place for place in places if place in free]
            made = self._as_product([terms[place] for place in group], entries) if len(group) > 1 else None
            if made is not None:
                free.difference_update(group)
                found |= {place: [] for place in group} | {group[0]: [made]}
        return [term for place in range(len(terms)) for term in found[place]]

    def _as_product(self, group: Sequence[Term], entries: Any) -> Term | None:
        """The factors that all terms have, times the sum of the rests; None if that saves nothing."""
        graph = self.graph
        common, number = _shared(group)
        if not common:
            return None
        rests = [without(graph, term.factors, common) for term in group]
        signs = [sp.sign(term.number) if common.numbers else term.sign for term in group]
        outside = 1 if 1 in signs else -1
        pairs = zip(signs, rests, strict=True)
        inner = graph.sum([_signed(graph, outside * sign, graph.one if rest is None else rest) for sign, rest in pairs])
        if inner == graph.zero:  # like terms that had to stay apart
            return None
        shape = max((graph.shape(term.node) for term in group), key=len)
        into = graph.spread(rejoined(graph, inner, common, number), shape)
        return self._term(outside, into) if self._exchanged(group, into, (len(group) - 1) * entries) else None


_LOOKED_INTO = frozenset({ops.DIV, ops.NEG, ops.POW, ops.ADD, ops.SUB})


def _signed(graph: Graph, sign: int, node: Node) -> Node:
    return node if sign > 0 else graph.neg(node)


def _marks(factors: Factors) -> Iterator[Any]:
    """What terms are grouped by: their bases on either side of the line, and their numbers."""
    yield from ((ABOVE, base) for base in factors.above)
    yield from ((BELOW, base) for base in factors.below)
    if abs(factors.number) != 1:
        yield "number", abs(factors.number)


def _shared(group: Sequence[Term]) -> tuple[Common, Any]:
    """The factors that all terms have, and the number if it is that of all."""
    first = group[0].factors
    above, below = Counter(first.above), Counter(first.below)
    for term in group[1:]:
        above &= term.factors.above
        below &= term.factors.below
    size = abs(first.number)
    numbers = size != 1 and all(abs(term.factors.number) == size for term in group)
    return Common(above, below, numbers), size if numbers else 1
