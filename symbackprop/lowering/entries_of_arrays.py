"""Entries of one array beside each other: x[i] is x[j] where i is j, so that neither is a constant by the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from ..errors import UnsupportedError
from ..leaf_symbols import LeafSymbol


class EntriesBeside:
    """Entries that vary or that equations define, by array and kind of places: read once, not for each entry."""

    def __init__(self) -> None:
        self._seen = [0, 0]
        self._varied: dict[Any, list[LeafSymbol]] = {}
        self._defined: dict[Any, list[LeafSymbol]] = {}
        self._others: set[Any] = set()  # what varies and is no entry

    def met(
        self, leaf: LeafSymbol, varied: Collection[Any], inside: Collection[Any], defined: Collection[Any]
    ) -> tuple[LeafSymbol, ...]:
        """Of what varies, also inside of an expression: other entries of the same array that may be this one.

        Raises:
            UnsupportedError: an index of the entry varies, or an equation defines an entry that may be it.
        """
        self._read(varied, defined)
        _check_indices(leaf, [self._others, {getattr(one, "own", one) for one in inside}])
        same = _same(leaf, self._beside(leaf, self._defined))
        if same:
            raise UnsupportedError(
                f"{leaf.own} stands beside an equation that defines {same[0].own}, which may be it: put numbers in the "
                "place of the indices"
            )
        more = [one for one in inside if _array(one) == leaf.own.args[0]]
        return tuple(dict.fromkeys(_same(leaf, [*self._beside(leaf, self._varied), *more])))

    def _beside(self, leaf: LeafSymbol, found: dict[Any, list[LeafSymbol]]) -> list[LeafSymbol]:
        """Entries of the same array: those with an index that is a symbol, and where it is such a one itself all."""
        array = leaf.own.args[0]
        return found.get((array, False), []) + ([] if _is_counted(leaf) else found.get((array, True), []))

    def _read(self, varied: Collection[Any], defined: Collection[Any]) -> None:
        for place, (given, found) in enumerate(((varied, self._varied), (defined, self._defined))):
            if len(given) > self._seen[place]:
                for one in islice(given, self._seen[place], None):
                    self._enter(one, found, place == 0)
                self._seen[place] = len(given)

    def _enter(self, one: Any, found: dict[Any, list[LeafSymbol]], is_varied: bool) -> None:
        array = _array(one)
        if array is not None:
            found.setdefault((array, _is_counted(one)), []).append(one)
        elif is_varied:
            self._others.add(getattr(one, "own", one))


def _array(one: Any) -> Any:
    """The array that a symbol of ours is an entry of; None of others."""
    own = getattr(one, "own", None)
    return own.args[0] if isinstance(own, sp.Indexed | MatrixElement) else None


def _check_indices(leaf: LeafSymbol, others: Sequence[Collection[Any]]) -> None:
    within = [] if _is_counted(leaf) else [one for place in leaf.own.args[1:] for one in place.free_symbols]
    varied = [one for one in within if any(one in some for some in others)]
    if varied:
        raise UnsupportedError(
            f"{varied[0]} is an index of {leaf.own}: an index counts, there is no derivative by it; leave it out of wrt"
        )


def _is_counted(leaf: LeafSymbol) -> bool:
    """Whether all places of an entry are numbers."""
    return all(place.is_Integer for place in leaf.own.args[1:])


def _same(leaf: LeafSymbol, others: Sequence[Any]) -> list[Any]:
    """Other entries of an array that may be this one."""
    return [one for one in others if one.own != leaf.own and slope_of_entry(leaf, one) != 0]


def slope_of_entry(leaf: LeafSymbol, by: Any) -> Any:
    """x[i] by x[j], KroneckerDelta(i, j) as SymPy has it; of several indices the product of theirs."""
    pairs = zip(leaf.own.args[1:], by.own.args[1:], strict=False)
    is_like = len(leaf.own.args) == len(by.own.args)
    return sp.Mul(*(sp.KroneckerDelta(one, other) for one, other in pairs)) if is_like else sp.S.Zero
