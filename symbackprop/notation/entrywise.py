"""Products and sums entry by entry: what multiplies and divides a matrix, what cancels, like terms of a sum."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from .forest import Forest
from .sums_and_products import in_order, ordered, product, quotient, repeated, sides, total
from .tree import Kind, Tree, are_odd, is_digits, is_negative, is_whole, shaped, unsigned


@dataclass(frozen=True)
class Factored:
    """A product taken apart: numbers above and below the line, and what it multiplies and divides by entry by entry."""

    above: tuple[Tree, ...] = ()
    below: tuple[Tree, ...] = ()
    over: tuple[Tree, ...] = ()
    under: tuple[Tree, ...] = ()


def has_matrix(trees: Iterable[Tree]) -> bool:
    """Whether one of these is no scalar."""
    return any(tree.shape for tree in trees)


def factored(tree: Tree) -> Factored:
    """The factors of a tree, without its sign."""
    tree = unsigned(tree)
    if not tree.shape:
        numbers, divisors = sides([tree])
        return Factored((*numbers,), (*divisors,))
    top, *line = tree.parts if tree.kind is Kind.QUOTIENT else (tree,)
    above, over = _front(top)
    below, under = _front(line[0]) if line else ((), ())
    return Factored(above, below, over, under)


def _front(tree: Tree) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
    """Numbers, and what stands behind them, entry by entry."""
    if not tree.shape:
        return (*sides([tree])[0],), ()
    if tree.kind is Kind.MULTIPLE:
        front, rest = tree.parts
        numbers, over = _front(rest)
        return (*sides([front])[0], *numbers), over
    if tree.kind is Kind.ENTRYWISE:
        numbers, over = _front(tree.parts[0])
        return numbers, (*over, *tree.parts[1:])
    if tree.kind is Kind.MATRIX_PRODUCT and not tree.parts[-1].shape:  # a column and its only entry
        return tree.parts[1:], tree.parts[:1]
    return (), (tree,)


def _unfolded(parts: Factored) -> Factored:
    """With powers of digits, and of what is multiplied entry by entry, as so many factors."""
    sides_of = (parts.above, parts.below, parts.over, parts.under)
    return Factored(*(tuple(factor for tree in side for factor in _folds(tree)) for side in sides_of))


def _folds(tree: Tree) -> Sequence[Tree]:
    folds = tree.kind is Kind.POWER and (tree.parts[0].shape or is_digits(tree.parts[0]))
    is_power = folds and is_whole(tree.parts[1])
    return [tree.parts[0]] * int(tree.parts[1].value) if is_power and tree.parts[1].value < _MOST_FOLDS else [tree]


_MOST_FOLDS = 10


def multiplied(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """x*y: a multiple if one is a scalar, else the product entry by entry."""
    if not has_matrix(trees):
        return product(forest, trees)
    x, y = (_unfolded(factored(tree)) for tree in trees)
    parts = Factored(x.above + y.above, x.below + y.below, x.over + y.over, x.under + y.under)
    return assembled(forest, parts, are_odd(trees))


def divided(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """x/y, entry by entry."""
    if not has_matrix(trees):
        return quotient(forest, *trees)
    x, y = (_unfolded(factored(tree)) for tree in trees)
    parts = Factored(x.above + y.below, x.below + y.above, x.over + y.under, x.under + y.over)
    return assembled(forest, parts, are_odd(trees))


def assembled(forest: Forest, parts: Factored, negative: bool = False) -> Tree:
    """The tree of a product that was taken apart; what stands above and below the line cancels."""
    above, below = _cancelled(parts.above, parts.below)
    over, under = _cancelled(parts.over, parts.under)
    shape = next((tree.shape for tree in (*parts.over, *parts.under)), ())
    top = multiple(forest, above, _entrywise(forest, sorted(_folded(forest, over), key=_place)))
    bottom = multiple(forest, below, _entrywise(forest, _folded(forest, under)))
    if is_whole(bottom, 1):
        return forest.signed(top, negative)
    return forest.signed(forest.make(Kind.QUOTIENT, top, bottom, shape=shape), negative)


def _cancelled(above: Sequence[Tree], below: Sequence[Tree]) -> tuple[list[Tree], list[Tree]]:
    over, under = list(above), list(below)
    for tree in below:
        twin = next((other for other in over if other.look == tree.look), None)
        if twin is not None:
            over.remove(twin)
            under.remove(tree)
    return over, under


def _place(tree: Tree) -> int:
    """What comes from the loss stands first, as in δ ⊙ a: it is what the rest is multiplied by."""
    if tree.carries and tree.kind is not Kind.SUM:
        return 0
    is_square = tree.kind is Kind.POWER and is_whole(tree.parts[1], 2)
    return 1 if tree.kind in (Kind.MATRIX_PRODUCT, Kind.TRANSPOSED, Kind.IDENTITY) or is_square else 2


def _folded(forest: Forest, trees: Sequence[Tree]) -> list[Tree]:
    """Factors that are alike as powers."""
    times = Counter(tree.look for tree in trees)
    once = {tree.look: tree for tree in trees}
    return [shaped(repeated(forest, once[look], count), once[look].shape) for look, count in times.items()]


def _entrywise(forest: Forest, trees: Sequence[Tree]) -> Tree | None:
    if len(trees) < 2:
        return trees[0] if trees else None
    return forest.make(Kind.ENTRYWISE, *trees, shape=trees[0].shape)


def multiple(forest: Forest, numbers: Sequence[Tree], matrix: Tree | None) -> Tree:
    """Numbers, and a matrix behind them; a matrix of one entry stands behind a column, as in any product: W x."""
    if matrix is not None and numbers:
        numbers, matrix = _followed(forest, numbers, matrix)
    front = ordered(forest, sorted(numbers, key=lambda tree: not is_digits(tree)))
    if matrix is None:
        return front
    return matrix if is_whole(front, 1) else forest.make(Kind.MULTIPLE, front, matrix, shape=matrix.shape)


def _followed(forest: Forest, numbers: Sequence[Tree], matrix: Tree) -> tuple[list[Tree], Tree]:
    """The numbers that stay in front of a matrix, and it with the name of a matrix of one entry behind its column."""
    entries = [tree for tree in numbers if tree.kind is Kind.NAME and tree.value.entry]
    column, *others = matrix.parts if matrix.kind is Kind.ENTRYWISE else (matrix,)
    is_column = column.kind in (Kind.NAME, Kind.TRANSPOSED) and column.shape[1:] == (1,)
    if len(entries) != 1 or not is_column:
        return list(numbers), matrix
    product = shaped(forest.make(Kind.MATRIX_PRODUCT, column, *entries), column.shape)
    whole = forest.make(Kind.ENTRYWISE, product, *others, shape=matrix.shape) if others else product
    return [tree for tree in numbers if tree not in entries], whole


# --- sums ---


def summed(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """x + y."""
    return _gathered(forest, trees, in_order(forest, trees))


def subtracted(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """x - y."""
    return _gathered(forest, trees, total(forest, (trees[0], forest.negative(trees[1]))))


def _gathered(forest: Forest, trees: Sequence[Tree], found: Tree) -> Tree:
    return _over_one_line(forest, _collected(forest, found)) if has_matrix(trees) else _multiplied(forest, found)


def _multiplied(forest: Forest, tree: Tree) -> Tree:
    """x + x of numbers as 2 x."""
    times = Counter(term.look for term in tree.parts)
    if tree.kind is not Kind.SUM or len(times) == len(tree.parts):
        return tree
    once = {term.look: term for term in tree.parts}
    numbers = {look: [forest.number(sp.Integer(count))] * (count > 1) for look, count in times.items()}
    return total(forest, [product(forest, [*numbers[look], term]) for look, term in once.items()])


def _collected(forest: Forest, tree: Tree) -> Tree:
    """X + X as 2 X."""
    times = Counter(term.look for term in tree.parts)
    if tree.kind is not Kind.SUM or len(times) == len(tree.parts):
        return tree
    once = {term.look: term for term in tree.parts}
    return total(forest, [_counted(forest, once[look], count) for look, count in times.items()])


def _counted(forest: Forest, term: Tree, times: int) -> Tree:
    """A term so many times; a whole number before it is multiplied."""
    if times == 1:
        return term
    parts = (
        factored(term)
        if term.shape or unsigned(term).kind is not Kind.MATRIX_PRODUCT
        else Factored(over=(unsigned(term),))
    )
    whole = [tree for tree in parts.above if is_whole(tree)]
    count = math.prod((int(tree.value) for tree in whole), start=times)
    rest = tuple(tree for tree in parts.above if tree not in whole)
    number = forest.number(sp.Integer(count))
    return shaped(assembled(forest, replace(parts, above=(number, *rest)), is_negative(term)), term.shape)


def _over_one_line(forest: Forest, tree: Tree) -> Tree:
    """a/n - y/n as (a - y)/n."""
    terms = tree.parts if tree.kind is Kind.SUM else ()
    products = [factored(term) for term in terms if term.shape]
    lines = {tuple(sorted(part.look for part in one.below)) for one in products}
    is_plain = len(products) == len(terms) and not any(one.under for one in products)
    if not is_plain or len(lines) != 1 or not all(one.below for one in products):
        return tree
    tops = [
        assembled(forest, replace(one, below=()), is_negative(term)) for one, term in zip(products, terms, strict=True)
    ]
    line = shaped(total(forest, tops), terms[0].shape)
    return assembled(forest, Factored(below=products[0].below, over=(line,)))
