"""Makes the trees of one formula."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from ..ops import Shape
from .levels import has_brackets
from .quantities import Mark
from .tree import Kind, Tree, is_negative, unsigned


class Forest:
    """Makes the trees of one formula; units: the fractions that are a sign of their own, as ½."""

    def __init__(self, units: frozenset[Any] = frozenset()) -> None:
        self.units = units
        self._looks: dict[Any, int] = {}

    def make(self, kind: Kind, *parts: Tree, value: Any = None, shape: Shape = ()) -> Tree:
        """A tree of such parts."""
        key = (kind, value, *(part.look for part in parts))
        carries = any(part.carries for part in parts) or (kind is Kind.NAME and value.adjoint) or kind is Kind.RATIO
        tree = Tree(kind, value, parts, self._looks.setdefault(key, len(self._looks)), shape, carries=carries)
        return replace(tree, bracketed=has_brackets(tree))

    def marked(self, tree: Tree, mark: Mark | None) -> Tree:
        """The same with a mark; a minus sign before it becomes an operator, and what stands behind it has the mark."""
        if mark is None:
            return tree
        if is_negative(tree):
            return self.make(Kind.NEGATIVE, self.marked(unsigned(tree), mark), shape=tree.shape)
        return replace(tree, mark=mark, look=self._looks.setdefault((mark, tree.look), len(self._looks)))

    def number(self, value: Any) -> Tree:
        """A number: a minus sign and a fraction are trees around its digits."""
        size = abs(value)
        if size.is_Float or size.q == 1 or size in self.units:
            tree = self.make(Kind.NUMBER, value=size)
        else:
            above, below = (self.make(Kind.NUMBER, value=sp.Integer(part)) for part in (size.p, size.q))
            tree = self.make(Kind.QUOTIENT, above, below)
        return self.negative(tree) if value < 0 else tree

    def negative(self, tree: Tree) -> Tree:
        """-x; of -x it is x."""
        return unsigned(tree) if is_negative(tree) else self.make(Kind.NEGATIVE, tree, shape=tree.shape)

    def signed(self, tree: Tree, negative: bool) -> Tree:
        """The tree without a minus sign of its own, or with one."""
        return self.negative(unsigned(tree)) if negative else unsigned(tree)
