"""The naive way: SymPy's own `diff` on the written-out loss, one parameter at a time, nothing remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from ..errors import SizeError, UnsupportedError


def derivatives(loss: Any, wrt: Sequence[sp.Symbol]) -> dict[sp.Symbol, Any]:
    """Each parameter's derivative as SymPy gives it.

    Raises:
        SizeError: SymPy recursed too deep for this loss.
        UnsupportedError: SymPy left a derivative unevaluated.
    """
    return {symbol: _derivative(loss, symbol) for symbol in wrt}


def _derivative(loss: Any, symbol: sp.Symbol) -> Any:
    try:
        derivative = sp.diff(loss, symbol)
    except RecursionError:
        raise SizeError(
            f"SymPy's diff recursed too deep for the derivative by {symbol.name}: use method='backprop'"
        ) from None
    if derivative.has(sp.Derivative, sp.Subs):
        raise UnsupportedError(
            f"SymPy's diff left the derivative by {symbol.name} unevaluated: use method='backprop', "
            "or symbols with real=True"
        )
    return derivative
