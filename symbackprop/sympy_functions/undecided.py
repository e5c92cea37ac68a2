"""Comparisons that SymPy's assumptions do not decide: C = 0 where C is declared positive.

SymPy's own `Eq(C, 0)` is false at once, and what a derivative is at the edge, where code, `subs` and `lambdify` may
well go, would be lost.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class _Undecided:
    """A comparison that is decided between numbers alone, and that nothing rearranges."""

    args: tuple[Any, ...]

    def __new__(cls, lhs: Any, rhs: Any, **options: Any) -> Any:
        if lhs.is_number and rhs.is_number:
            return (sp.Eq if issubclass(cls, sp.Eq) else sp.Ne)(lhs, rhs)
        return sp.Rel.__new__(cls, lhs, rhs)

    @property
    def canonical(self) -> Any:
        """Itself."""
        return self

    @property
    def negated(self) -> Any:
        """The opposite, as undecided."""
        return (Unequal if isinstance(self, Equal) else Equal)(*self.args)


class Equal(_Undecided, sp.Eq):  # type: ignore[misc]
    """lhs = rhs."""


class Unequal(_Undecided, sp.Ne):  # type: ignore[misc]
    """lhs != rhs."""


def equal(lhs: Any, rhs: Any) -> Any:
    """SymPy's equality, or an undecided one where assumptions say that it never holds."""
    evaluated = sp.Eq(lhs, rhs)
    return Equal(lhs, rhs) if evaluated is sp.false else evaluated


def unequal(lhs: Any, rhs: Any) -> Any:
    """SymPy's inequality, or an undecided one where assumptions say that it always holds."""
    evaluated = sp.Ne(lhs, rhs)
    return Unequal(lhs, rhs) if evaluated is sp.true else evaluated
