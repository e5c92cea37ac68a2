"""Formulas that fit into a box: the middle of long sums becomes dots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..notation.forest import Forest
from ..notation.tree import Kind, Tree, walked, written_as

_FEWEST = 3
"""Terms of the shortest sum that is shortened: the first, dots, the last."""


def shortened(forest: Forest, root: Tree, most: int, length: Callable[[Tree], int]) -> Tree:
    """A formula of at most so many characters, with fewer terms in its longest sums.

    What has no long sums may be half as long again; if it is longer still, it is dots alone.
    """
    while length(root) > most:
        sums = [tree for tree in walked(root) if tree.kind is Kind.SUM and _telling(tree) >= _FEWEST]
        if not sums:
            return root if length(root) <= 1.5 * most else forest.make(Kind.DOTS)
        longest = max(sums, key=lambda tree: len(tree.parts))
        root = _replaced(forest, root, {written_as(longest): _with_dots(forest, longest)})
    return root


def _telling(tree: Tree) -> int:
    """How many terms of a sum are no dots."""
    return sum(part.kind is not Kind.DOTS for part in tree.parts)


def _with_dots(forest: Forest, tree: Tree) -> Tree:
    """The sum without the last but one of its terms, where dots stand now."""
    kept = [part for part in tree.parts if part.kind is not Kind.DOTS]
    return forest.make(Kind.SUM, *kept[:-2], forest.make(Kind.DOTS), kept[-1], shape=tree.shape)


def _replaced(forest: Forest, root: Tree, found: Mapping[Any, Tree]) -> Tree:
    """The tree with others for some of its parts."""
    done: dict[Any, Tree] = dict(found)
    for tree in walked(root):
        if written_as(tree) not in done:
            parts = (done[written_as(part)] for part in tree.parts)
            done[written_as(tree)] = forest.make(tree.kind, *parts, value=tree.value, shape=tree.shape)
    return done[written_as(root)]
