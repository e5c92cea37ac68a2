"""The functions of one argument that SymPy has and a text may call, by the names that people write."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import sympy as sp

_SAME = (
    *("exp", "sqrt", "cbrt", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "asech", "acsch"),
    *("erf", "erfc", "erfinv", "gamma", "loggamma", "sign", "floor", "ceiling"),
)
FUNCTIONS_OF_SYMPY: dict[str, Any] = {
    **{name: getattr(sp, name) for name in _SAME},
    "abs": sp.Abs,
    "Abs": sp.Abs,
    "ln": sp.log,
    "arcsin": sp.asin,
    "arccos": sp.acos,
    "arctan": sp.atan,
    "ceil": sp.ceiling,
}
"""By name: the function."""


def nearest_function(name: str, known: Iterable[str]) -> str:
    """The name that may have been meant, or nothing."""
    return next(iter(get_close_matches(name.lower(), list(known), n=1, cutoff=0.8)), "")
