"""Sums of what holds under conditions: what stands under one condition, or under its opposite, stands in one choice.

The derivative of `Piecewise((x**2, x < 0), (x**3, x < 1), (x, True))` has a term from each branch, which holds where
that branch is taken. Written as choices between a term and 0 they would be a sum of n choices up to n deep; together
they are one choice, {2x if x < 0; 3x^2 if x < 1; 1 otherwise}. Only the conditions at which ways part are looked at, so
that the time is that of the terms, however deep they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ..graph import Graph, Node
from ..ops import SELECT
from .condition_chains import Chain
from .guards import within


class Term(NamedTuple):
    """A value that counts where the conditions of a chain hold, and how many of them are known to."""

    value: Node
    chain: Chain
    outer: Chain


def summed(graph: Graph, terms: Sequence[Term]) -> Node:
    """The sum of terms."""
    if all(term.chain is term.outer for term in terms):
        return graph.sum([term.value for term in terms])
    by_outer: dict[Chain, list[Term]] = {}
    for term in terms:
        by_outer.setdefault(term.outer, []).append(term)
    return graph.sum([_by_case(graph, outer, own) for outer, own in by_outer.items()])


@dataclass
class _Case:
    """What holds under a chain: terms by the place of the first one in the sum; and choices, by their condition."""

    first: int
    terms: list[tuple[int, Node]] = field(default_factory=list)
    choices: dict[Node, dict[bool, tuple[int, Chain]]] = field(default_factory=dict)


def _by_case(graph: Graph, outer: Chain, terms: Sequence[Term]) -> Node:
    if len(terms) == 1:
        return within(graph, terms[0].value, terms[0].chain, outer)
    cases = {chain: _Case(len(terms)) for chain in _partings(outer, [term.chain for term in terms])}
    for place, term in enumerate(terms):
        case = cases[term.chain]
        case.terms.append((place, term.value))
        case.first = min(case.first, place)
    around = _around(list(cases))
    for chain, case in reversed(cases.items()):  # the innermost first
        value = _value(graph, chain, case, cases)
        case.terms = [(case.first, value)]
        if chain in around:
            above = around[chain]
            condition, truth = chain.upto(above.depth + 1).guard or (graph.zero, True)
            cases[above].choices.setdefault(condition, {})[truth] = case.first, chain
            cases[above].first = min(cases[above].first, case.first)
    return cases[outer].terms[0][1]


def _partings(outer: Chain, chains: Sequence[Chain]) -> list[Chain]:
    """Chains, and where two of them part, in order: each behind what it begins with."""
    found = sorted({outer, *chains}, key=_place)
    partings = [one.common(other) for one, other in pairwise(found)]
    return sorted({*found, *partings}, key=_place)


def _place(chain: Chain) -> int:
    return chain.place


def _around(chains: Sequence[Chain]) -> dict[Chain, Chain]:
    """By chain, in order: the longest of the others that it begins with."""
    found: dict[Chain, Chain] = {}
    stack: list[Chain] = []
    for chain in chains:
        while stack and chain.upto(stack[-1].depth) is not stack[-1]:
            stack.pop()
        if stack:
            found[chain] = stack[-1]
        stack.append(chain)
    return found


def _value(graph: Graph, chain: Chain, case: _Case, cases: dict[Chain, _Case]) -> Node:
    """The sum of what holds under a chain: its own terms, and choices."""
    parts = list(case.terms)
    for condition, sides in case.choices.items():
        first = min(place for place, _ in sides.values())
        if len(sides) == 1:
            [(_, inner)] = sides.values()
            parts.append((first, within(graph, cases[inner].terms[0][1], inner, chain)))
            continue
        yes, no = (_side(graph, sides[truth][1], chain, cases) for truth in (True, False))
        parts.append((first, yes if yes == no else graph.make((SELECT, condition, yes, no))))
    return graph.sum([value for _, value in sorted(parts)])


def _side(graph: Graph, inner: Chain, chain: Chain, cases: dict[Chain, _Case]) -> Node:
    return within(graph, cases[inner].terms[0][1], inner, inner.upto(chain.depth + 1))
