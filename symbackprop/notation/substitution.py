"""Numbers in the place of names: the same tree, so that each stands where its name stood."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import sympy as sp

from .forest import Forest
from .tree import Kind, Named, Tree, walked, written_as


def put_in(forest: Forest, root: Tree, value_of: Callable[[Tree], Any], digits: int) -> Tree:
    """A tree with numbers of so many digits for all parts that have a value."""
    done: dict[Any, Tree] = {}
    for tree in walked(root):
        value = value_of(tree)
        parts = (done[written_as(part)] for part in tree.parts)
        kind = Kind.LINKED if tree.kind is Kind.PRODUCT else tree.kind  # a sign between numbers
        made = forest.make(kind, *parts, value=tree.value, shape=tree.shape) if value is None else None
        done[written_as(tree)] = forest.marked(made or in_digits(forest, value, digits), tree.mark)
    return done[written_as(root)]


def as_row(value: Any, named: Named) -> Any:
    """The numbers of a column as a row, which its name stands for where columns are written so; a weight stays one."""
    return value.T if isinstance(value, np.ndarray) and value.shape[1] == 1 and not named.weight else value


def in_digits(forest: Forest, value: Any, digits: int) -> Tree:
    """A number, or a matrix of numbers row by row."""
    if not isinstance(value, np.ndarray):
        return forest.number(rounded(value, digits))
    entries = (forest.number(rounded(entry, digits)) for entry in value.flat)
    return forest.make(Kind.TABLE, *entries, value=value.shape[1], shape=value.shape)


def rounded(value: Any, digits: int) -> Any:
    """A number with so many digits; a whole one without a point."""
    number = sp.Float(value, MOST_DIGITS)
    if abs(number) < 10**digits and not number - round(number):
        return sp.Integer(round(number))
    mantissa, _, power = f"{Decimal(str(number)):.{digits - 1}e}".partition("e")  # rounded once, in decimal digits
    kept = mantissa.rstrip("0") if "." in mantissa else mantissa
    telling = len(kept.replace(".", "").replace("-", "").lstrip("0"))
    return sp.Float(f"{kept}e{power or 0}", telling or 1)


MOST_DIGITS = 30
"""Digits that values have."""
