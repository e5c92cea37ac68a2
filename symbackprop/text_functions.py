"""The functions of one argument that SymPy has and a text may call, by the names that people write."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import sympy as sp
from sympy.codegen import cfunctions, numpy_nodes

_SAME = (
    *("exp", "sqrt", "cbrt", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "asech", "acsch"),
    *("erf", "erfc", "erfinv", "gamma", "loggamma", "factorial", "sinc", "sign", "floor", "ceiling", "frac"),
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
    **{name: getattr(cfunctions, name) for name in ("expm1", "log1p", "exp2", "log2", "log10")},
}
"""By name: the function."""
OF_TWO: dict[str, Any] = {
    "atan2": sp.atan2,
    "beta": sp.beta,
    "binomial": sp.binomial,
    "logaddexp": numpy_nodes.logaddexp,
    "logaddexp2": numpy_nodes.logaddexp2,
    "mod": sp.Mod,
    "Mod": sp.Mod,
    "polygamma": sp.polygamma,
}
"""Those of two arguments."""
GROWING = frozenset({"exp2", "gamma", "loggamma", "polygamma", "factorial", "beta", "binomial"})
"""Those that are whole numbers of many digits at whole numbers."""


def nearest_function(name: str, known: Iterable[str]) -> str:
    """The name that may have been meant, or nothing."""
    return next(iter(get_close_matches(name.lower(), list(known), n=1, cutoff=0.8)), "")
