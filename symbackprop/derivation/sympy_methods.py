"""SymPy's own ways: `diff` of the written-out loss by each parameter; `cse` after it; its private forward mode."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import sympy as sp

try:
    from sympy.simplify._cse_diff import _forward_jacobian_cse as forward_accumulator
except ImportError:  # it is private, and came with SymPy 1.14
    forward_accumulator = None

from ..errors import SizeError, SymbackpropError, UnsupportedError
from ..lowering import symbols_of
from ..named_quantities import Origin, quantity

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
    except SymbackpropError:
        raise
    except RecursionError:
        raise SizeError(
            f"SymPy's diff recursed too deep for the derivative by {symbol.name}: use method='backprop'"
        ) from None
    except Exception as error:  # of a class in the loss, a user's too
        raise UnsupportedError(
            f"SymPy's diff fails at the derivative by {symbol.name}, with {type(error).__name__}: write out the "
            "function that it differentiates"
        ) from error


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
    """`sympy.cse`, with names of ours for its replacements, that the loss has no symbol of."""
    taken, origin = {symbol.name for symbol in symbols_of(loss)}, Origin()
    names = (f"t{number}" for number in count())
    free = (quantity(name, origin, real=True) for name in names if name not in taken)
    try:
        replacements, reduced = sp.cse(expressions, symbols=free)
    except RecursionError:
        raise SizeError("SymPy's cse recursed too deep for this loss: use method='backprop'") from None
    origin.told = lambda: replacements
    return replacements, reduced
