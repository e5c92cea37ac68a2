"""Entries of one array beside each other: x[i] is x[j] where i is j, so that neither is a constant by the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from ..errors import UnsupportedError
from ..leaf_symbols import LeafSymbol


def entries_met(leaf: LeafSymbol, varied: Iterable[Any], defined: Iterable[Any] = ()) -> tuple[LeafSymbol, ...]:
    """Of what varies: the other entries of the same array that may be this one.

    Raises:
        UnsupportedError: an index of the entry varies, or an equation defines an entry that may be it.
    """
    same = _same(leaf, defined)
    if same:
        raise UnsupportedError(
            f"{leaf.own} stands beside an equation that defines {same[0].own}, which may be it: put numbers in the "
            "place of the indices"
        )
    within = {one for place in leaf.own.args[1:] for one in place.free_symbols}
    for one in varied:
        own = getattr(one, "own", one)
        if own in within:
            raise UnsupportedError(
                f"{own} is an index of {leaf.own}: an index counts, there is no derivative by it; leave it out of wrt"
            )
    return tuple(_same(leaf, varied))


def _same(leaf: LeafSymbol, others: Iterable[Any]) -> list[Any]:
    """Other entries of an array that may be this one."""
    return [
        one
        for one in dict.fromkeys(others)
        if isinstance(one, LeafSymbol)
        and isinstance(one.own, sp.Indexed | MatrixElement)
        and one.own.args[0] == leaf.own.args[0]
        and one.own != leaf.own
        and slope_of_entry(leaf, one) != 0
    ]


def slope_of_entry(leaf: LeafSymbol, by: Any) -> Any:
    """x[i] by x[j], KroneckerDelta(i, j) as SymPy has it; of several indices the product of theirs."""
    pairs = zip(leaf.own.args[1:], by.own.args[1:], strict=False)
    is_like = len(leaf.own.args) == len(by.own.args)
    return sp.Mul(*(sp.KroneckerDelta(one, other) for one, other in pairs)) if is_like else sp.S.Zero
