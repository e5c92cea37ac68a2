"""How large a formula is, and a side of an equation in one format: a tree is made of it, and the format writes that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np

from .. import cost
from ..derivation import Point, is_defined
from ..graph import Node
from ..notation.formula_tree import Planting
from ..notation.operations import linked
from ..notation.quantities import Formula
from ..notation.substitution import as_row, put_in
from ..notation.sums_and_products import total
from ..notation.tree import Kind, Named, Tree
from .content import Numbers, Product, Sum
from .labels import Labels
from .writing import Notation, Writer

# --- a whole formula ---


def fits(formula: Formula, most: int, deep: int | None = None) -> bool:
    """Whether a formula shows at most so many operations, at most so many one in the other; the search ends early."""
    graph, names = formula.graph, formula.names
    limit = most if deep is None else deep
    count, stack = 0, [(formula.node, 0)]
    while stack and count <= most:
        node, depth = stack.pop()
        if node == formula.node or node not in names:
            args = graph.args(node)
            count += cost.operations(graph.op(node), len(args))
            if depth > limit:
                return False
            stack.extend((arg, depth + 1) for arg in args)
    return count <= most


def size(formula: Formula) -> int:
    """How many operations a formula shows; a part that it shows twice counts twice."""
    graph, names = formula.graph, formula.names
    sizes: dict[Node, int] = {}
    for node in graph.reachable([formula.node], names):
        args = () if node in names and node != formula.node else graph.args(node)
        sizes[node] = cost.operations(graph.op(node), len(args)) + sum(sizes[arg] for arg in args) if args else 0
    return sizes[formula.node]


# --- the chain rule ---


def tree_of(planting: Planting, side: Sum) -> Tree:
    """A sum of products whose factors keep their order and have a sign between them."""
    forest = planting.forest
    return total(forest, [linked(forest, list(_factors(planting, term))) for term in side.terms])


def _factors(planting: Planting, term: Product) -> Iterator[Tree]:
    """The factors of a product with their marks, if it has any."""
    return (planting.forest.marked(planting.factor(what), mark) for what, mark in zip_longest(term.factors, term.marks))


def written_side(notation: Notation, labels: Labels, side: Sum | Numbers) -> str:
    """A side of an equation in one format."""
    planting = Planting(labels, notation.units)
    if isinstance(side, Sum):
        return Writer(notation).line(tree_of(planting, side))
    value_of = partial(_value_in, side.point, labels.rows)
    return Writer(notation).line(put_in(planting.forest, tree_of(planting, side.side), value_of, side.digits))


MOST_ENTRIES = 48
"""Entries of the largest matrix that is written out."""


def is_shown(value: Any) -> bool:
    """Whether there are numbers to show, no more than can be read."""
    return is_defined(value) and (not isinstance(value, np.ndarray) or value.size <= MOST_ENTRIES)


def _value_in(point: Point, are_rows: bool, tree: Tree) -> Any:
    """The value of a name or of a derivative of the loss; None of anything else, and of what is too large."""
    found = _OF_KINDS[tree.kind](point, tree.value) if tree.kind in _OF_KINDS else None
    if found is None or not is_shown(found[0]):
        return None
    return as_row(*found) if are_rows else found[0]


def _of_name(point: Point, named: Named) -> tuple[Any, Named] | None:
    return (point.by_name[named.name], named) if named.name in point.by_name else None


def _of_ratio(point: Point, value: Any) -> tuple[Any, Named] | None:
    top, bottom, is_direct, _ = value
    is_known = not is_direct and top.name == point.derivation.loss.name and bottom.name in point.adjoints
    return (point.adjoints[bottom.name], bottom) if is_known else None


_OF_KINDS: dict[Kind, Callable[[Point, Any], tuple[Any, Named] | None]] = {
    Kind.NAME: _of_name,
    Kind.RATIO: _of_ratio,
}
"""What has a value, and whose it is."""
