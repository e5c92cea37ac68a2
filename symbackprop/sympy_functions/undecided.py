"""Comparisons that SymPy leaves alone.

SymPy's own `Eq(C, 0)` is false at once where C is declared positive, and what a derivative is at the edge, where code,
`subs` and `lambdify` may well go, would be lost. And a condition on a `Piecewise` it folds into cases, among which it
compares nan.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class _Undecided:
    """A comparison that is decided between numbers alone, and that nothing rearranges or folds."""

    args: tuple[Any, ...]
    rel_op: str
    is_Relational = False  # noqa: N815  # Piecewise rearranges what is: it divided by the 0 x before 0 >= x

    def __new__(cls, lhs: Any, rhs: Any, **options: Any) -> Any:
        if sp.nan in (lhs, rhs):
            return sp.S(issubclass(cls, sp.Ne))
        decided = _decided(cls.rel_op, lhs, rhs) if lhs.is_number and rhs.is_number else None
        return sp.Rel.__new__(cls, lhs, rhs) if decided is None else decided

    @property
    def canonical(self) -> Any:
        """Itself."""
        return self

    @property
    def negated(self) -> Any:
        """The opposite, as undecided."""
        return _KINDS[_OPPOSITES[self.rel_op]](*self.args)

    @property
    def reversed(self) -> Any:
        """The same with its sides exchanged, as undecided."""
        return _KINDS[_TURNED.get(self.rel_op, self.rel_op)](*self.args[::-1])

    def has(self, *patterns: Any) -> Any:
        """What SymPy's `has` says, but no `Piecewise`, which `ExprCondPair` looks for."""
        return super().has(*(pattern for pattern in patterns if pattern is not sp.Piecewise))  # type: ignore[misc]


class Equal(_Undecided, sp.Eq):  # type: ignore[misc]
    """lhs = rhs."""


class Unequal(_Undecided, sp.Ne):  # type: ignore[misc]
    """lhs != rhs."""


class Less(_Undecided, sp.Lt):  # type: ignore[misc]
    """lhs < rhs."""


class LessOrEqual(_Undecided, sp.Le):  # type: ignore[misc]
    """lhs <= rhs."""


class Greater(_Undecided, sp.Gt):  # type: ignore[misc]
    """lhs > rhs."""


class GreaterOrEqual(_Undecided, sp.Ge):  # type: ignore[misc]
    """lhs >= rhs."""


_KINDS = {kind.rel_op: kind for kind in (Equal, Unequal, Less, LessOrEqual, Greater, GreaterOrEqual)}
_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _decided(sign: str, lhs: Any, rhs: Any) -> Any:
    """SymPy's own comparison; None where it refuses one, since a side is infinite or not real."""
    try:
        return sp.Rel(lhs, rhs, sign)
    except TypeError:
        return None


def comparison(sign: str, lhs: Any, rhs: Any) -> Any:
    """SymPy's own comparison, or an undecided one where SymPy would decide by assumptions or fold a choice."""
    if any(side.has(sp.Piecewise) for side in (lhs, rhs)):
        return _KINDS[sign](lhs, rhs)
    evaluated = _decided(sign, lhs, rhs)
    edge = {"==": sp.false, "!=": sp.true}.get(sign)
    return _KINDS[sign](lhs, rhs) if evaluated in (None, edge) else evaluated
