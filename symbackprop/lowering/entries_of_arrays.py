"""Entries of one array beside each other: x[i] is x[j] where i is j, so that neither is a constant by the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from ..errors import UnsupportedError
from ..leaf_symbols import LeafSymbol


def entries_met(leaf: LeafSymbol, varied: Iterable[Any]) -> tuple[LeafSymbol, ...]:
    """Of what varies: the other entries of the same array that may be this one.

    Raises:
        UnsupportedError: an index of the entry varies.
    """
    array, *places = leaf.own.args
    within = {one for place in places for one in place.free_symbols}
    found = []
    for one in dict.fromkeys(varied):
        own = getattr(one, "own", one)
        if own in within:
            raise UnsupportedError(
                f"{own} is an index of {leaf.own}: an index counts, there is no derivative by it; leave it out of wrt"
            )
        if isinstance(own, sp.Indexed | MatrixElement) and own.args[0] == array and own != leaf.own:
            found += [one] if slope_of_entry(leaf, one) != 0 else []
    return tuple(found)


def slope_of_entry(leaf: LeafSymbol, by: Any) -> Any:
    """x[i] by x[j], KroneckerDelta(i, j) as SymPy has it; of several indices the product of theirs."""
    pairs = zip(leaf.own.args[1:], by.own.args[1:], strict=False)
    is_like = len(leaf.own.args) == len(by.own.args)
    return sp.Mul(*(sp.KroneckerDelta(one, other) for one, other in pairs)) if is_like else sp.S.Zero
