"""SymPy's own ways: `diff` of the written-out loss by each parameter; `cse` after it; its private forward mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

try:
    from sympy.simplify._cse_diff import _forward_jacobian_cse as forward_accumulator
except ImportError:  # it is private, and came with SymPy 1.14
    forward_accumulator = None

from ..errors import SizeError, UnsupportedError
from ..lowering import symbols_of

Shared = tuple[list[tuple[Any, Any]], list[Any]]
"""Replacements and what is left, in the form of `sympy.cse`: the loss first, then its derivatives."""


def apart(loss: Any, wrt: Sequence[sp.Symbol]) -> Shared:
    """Each derivative by itself, as SymPy gives it.

    Raises:
        SizeError: SymPy recursed too deep for this loss.
        UnsupportedError: SymPy left a derivative unevaluated.
    """
    return [], [loss, *(_derivative(loss, symbol) for symbol in wrt)]


def _derivative(loss: Any, symbol: sp.Symbol) -> Any:
    try:
        return _evaluated(sp.diff(loss, symbol), symbol)
    except RecursionError:
        raise SizeError(
            f"SymPy's diff recursed too deep for the derivative by {symbol.name}: use method='backprop'"
        ) from None


def _evaluated(derivative: Any, symbol: sp.Symbol) -> Any:
    if derivative.has(sp.Derivative, sp.Subs):
        raise UnsupportedError(
            f"SymPy's diff left the derivative by {symbol.name} unevaluated: use method='backprop', "
            "or symbols with real=True"
        )
    return derivative


def shared_afterwards(loss: Any, wrt: Sequence[sp.Symbol]) -> Shared:
    """The derivatives as `apart` gives them, and then what `sympy.cse` finds to share in them; raises as it does."""
    replacements, reduced = _shared(apart(loss, wrt)[1], loss)
    return replacements, reduced


def forward_accumulation(loss: Any, wrt: Sequence[sp.Symbol]) -> Shared:
    """SymPy's private forward mode, `sympy.simplify._cse_diff`, before it puts its replacements back.

    Raises:
        SizeError: SymPy recursed too deep for this loss.
        UnsupportedError: the installed SymPy has no such module, or left a derivative unevaluated.
    """
    if forward_accumulator is None:
        raise UnsupportedError(
            f"SymPy {sp.__version__} has no sympy.simplify._cse_diff: take method='forward', or SymPy 1.14"
        )
    replacements, [reduced] = _shared(sp.Matrix([loss]), loss)
    try:
        replacements, [jacobian] = forward_accumulator(replacements, [reduced], sp.Matrix(wrt))[:2]
    except AttributeError as error:  # it differentiates what cse makes of a condition
        raise UnsupportedError("SymPy's private forward mode fails at conditions: use method='backprop'") from error
    return replacements, [*reduced, *map(_evaluated, jacobian, wrt)]


def has_private_forward() -> bool:
    """Whether the installed SymPy has a forward mode, which is private and may go as it came."""
    return forward_accumulator is not None


def _shared(expressions: Any, loss: Any) -> Any:
    """`sympy.cse`, with names for its replacements that the loss has no symbol of."""
    taken = {symbol.name for symbol in symbols_of(loss)}
    free = (symbol for symbol in sp.numbered_symbols("t", real=True) if symbol.name not in taken)
    try:
        return sp.cse(expressions, symbols=free)
    except RecursionError:
        raise SizeError("SymPy's cse recursed too deep for this loss: use method='backprop'") from None
