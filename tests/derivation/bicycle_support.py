"""The Whipple bicycle, as SymPy's own test of Kane's method sets it up: stopped when its equations are there."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.physics.mechanics import KanesMethod
from sympy.physics.mechanics.tests import test_kane3


def bicycle() -> tuple[list[Any], list[Any]]:
    """The right-hand sides of the Whipple bicycle by coordinates and speeds, from SymPy's own test: 6 x 10."""

    class DerivedError(Exception):
        """Carries what has been derived out of the test."""

    whole = KanesMethod.kanes_equations

    def stopping(self: Any, *given: Any, **named: Any) -> Any:
        whole(self, *given, **named)
        raise DerivedError(self)

    KanesMethod.kanes_equations = stopping
    try:
        test_kane3.test_bicycle()
    except DerivedError as found:
        [kane] = found.args
    finally:
        KanesMethod.kanes_equations = whole
    names = {one: sp.Symbol(one.func.__name__, real=True) for one in (*kane.q, *kane.u)}
    return list(kane.forcing.xreplace(names)), list(names.values())
