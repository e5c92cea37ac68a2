"""Sums, products and quotients of numbers, in the order in which people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum

import sympy as sp

from .. import ops
from .forest import Forest
from .levels import ATOM, Level, fits, level_of
from .tree import Kind, Tree, are_odd, is_digits, is_whole, unsigned

Place = IntEnum("Place", "FIRST WEIGHT LETTER GROUPS PLAIN LAST")
"""Where a factor stands: numbers, a network's weights, names and their powers, brackets, calls, nested brackets."""


# --- sums ---


def total(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """A sum; a sum within a sum is part of it."""
    if len(trees) == 1:
        return trees[0]
    terms = [term for tree in trees for term in _terms(forest, tree)]
    return forest.make(Kind.SUM, *terms)


def _terms(forest: Forest, tree: Tree) -> Iterator[Tree]:
    """The terms of a sum, each with the mark of the whole."""
    yield from (forest.marked(term, tree.mark) for term in tree.parts) if tree.kind is Kind.SUM else (tree,)


def in_order(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """A sum whose weights stand first and count upwards: SymPy puts w1_1_10 before w1_1_2."""
    return total(forest, sorted(trees, key=_weight_number))


def _weight_number(tree: Tree) -> tuple[int, ...]:
    first = unsigned(tree)
    first = first.parts[0] if first.kind is Kind.PRODUCT else first
    place, name = place_of(first)
    numbers = re.findall("[0-9]+", name) if place is Place.WEIGHT else ["9" * 9]
    return tuple(map(int, numbers))


# --- products and quotients ---


def product(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """A product in the order in which people write factors, over one line if any of them is a quotient."""
    above, below = sides(trees)
    return _over(forest, above, below, are_odd(trees))


def quotient(forest: Forest, top: Tree, bottom: Tree) -> Tree:
    """x/y, where quotients within quotients become one."""
    above, below = sides([top])
    over, under = sides([bottom])
    return _over(forest, above + under, below + over, are_odd([top, bottom]))


def sides(trees: Iterable[Tree]) -> tuple[list[Tree], list[Tree]]:
    """The factors of all trees above the line, and those below."""
    above: list[Tree] = []
    below: list[Tree] = []
    for tree in map(unsigned, trees):
        top, *bottom = tree.parts if tree.kind is Kind.QUOTIENT else (tree,)
        above += factors(top)
        below += [factor for part in bottom for factor in factors(part)]
    return above, below


def factors(tree: Tree) -> Sequence[Tree]:
    """The factors of a product of numbers."""
    return tree.parts if tree.kind is Kind.PRODUCT else (tree,)


def _over(forest: Forest, above: list[Tree], below: list[Tree], negative: bool) -> Tree:
    for number in [tree for tree in below if is_digits(tree)]:
        twin = next((tree for tree in above if tree.look == number.look), None)
        if twin is not None:
            above.remove(twin)
            below.remove(number)
    top, bottom = ordered(forest, above), ordered(forest, below)
    whole = top if is_whole(bottom, 1) else forest.make(Kind.QUOTIENT, top, bottom)
    return forest.signed(whole, negative)


def ordered(forest: Forest, trees: Iterable[Tree]) -> Tree:
    """A product of factors in their places; whole numbers are one, and a factor 1 says nothing."""
    telling = [tree for tree in trees if not is_whole(tree, 1)]
    wholes = [tree for tree in telling if is_whole(tree)]
    if len(wholes) > 1:
        number = forest.number(sp.Mul(*(tree.value for tree in wholes)))
        telling = [number, *(tree for tree in telling if not is_whole(tree))]
    looks = {tree.look for tree in telling}
    times: Counter[int] = Counter()
    once: dict[int, Tree] = {}
    for tree in sorted(telling, key=place_of):
        base, count = _power_of_another(tree, looks)
        once.setdefault(base.look, base)
        times[base.look] += count
    found = [repeated(forest, once[look], count) for look, count in times.items()]
    if len(found) < 2:
        return found[0] if found else forest.number(sp.S.One)
    return forest.make(Kind.PRODUCT, *found)


def _power_of_another(tree: Tree, looks: Collection[int]) -> tuple[Tree, int]:
    """A factor as a power of another one beside it, so that x² x is x³; else it is there once."""
    if tree.kind is Kind.POWER and tree.parts[0].look in looks and is_whole(tree.parts[1]):
        return tree.parts[0], int(tree.parts[1].value)
    return tree, 1


def repeated(forest: Forest, tree: Tree, times: int) -> Tree:
    """x x as a power of x."""
    return tree if times == 1 else forest.make(Kind.POWER, tree, forest.number(sp.Integer(times)))


# --- the places of factors ---


def place_of(tree: Tree) -> tuple[Place, str]:
    """Where a factor stands among others."""
    if tree.kind is Kind.NUMBER or tree.kind is Kind.CONSTANT:
        return Place.FIRST, ""
    if tree.kind is Kind.NAME:
        return (Place.WEIGHT if tree.value.weight else Place.LETTER), tree.value.name
    if tree.kind is Kind.POWER:
        place, name = place_of(tree.parts[0]) if fits(tree.parts[0], ATOM) else (Place.PLAIN, "")
        return (place, name) if name else (Place.PLAIN, "")
    if tree.kind is Kind.CALL and tree.value is ops.SQRT and level_of(tree.parts[0]) is Level.DIGITS:
        return Place.FIRST, ""
    if tree.kind is Kind.RATIO:
        return Place.LETTER, ""
    if fits(tree, Level.POWER):
        return Place.PLAIN, ""
    return (Place.LAST if tree.bracketed else Place.GROUPS), ""
