"""What cannot be lowered, by name, and what to do about it."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.integrals.transforms import IntegralTransform

from ..errors import UnsupportedError


def refusal(piece: Any) -> UnsupportedError:
    """The error for a piece that cannot be lowered, by name and with what to do about it."""
    usual = "write it with elementary functions, or give it a class with fdiff"
    advice = next((advice for kinds, advice in _ADVICE if isinstance(piece, kinds)), usual)
    if isinstance(piece, sp.Derivative) and isinstance(piece.expr, AppliedUndef):
        advice = "it stays a derivative; put symbols in, e.subs({Derivative(q(t), t): u, q(t): q})"
    return UnsupportedError(f"{type(piece).__name__} cannot be lowered, in {shown(piece)}: {advice}")


def shown(piece: Any, limit: int = 60) -> str:
    """A piece of an expression for a message: short, on one line, and never a walk over a huge tree."""
    text = str(piece.func.__name__ if _weight(piece) > 200 else piece)
    line = " ".join(text.split())
    return repr(line if len(line) <= limit else line[: limit - 3] + "...")


def _weight(piece: Any, enough: int = 201) -> int:
    """How many parts a tree has, counted no further than `enough`."""
    stack, count = [piece], 0
    while stack and count < enough:
        count += 1
        stack.extend(getattr(stack.pop(), "args", ()))
    return count


_ADVICE: tuple[tuple[Any, str], ...] = (
    (
        (sp.Derivative, sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Subs, IntegralTransform),
        "it is unevaluated; call .doit() on it first",
    ),
    (AppliedUndef, "it is an undefined function; put a symbol in its place, e.subs({q(t): q}), or what it stands for"),
    ((sp.Adjoint,), "entries are real: write .T"),
    ((sp.FunctionMatrix, sp.PermutationMatrix), "call .as_explicit() on it first"),
    ((sp.MatrixExpr,), "write it with products, sums, transposes and inverses"),
    (
        (sp.core.numbers.ImaginaryUnit, sp.re, sp.im, sp.arg, sp.conjugate),
        "only real expressions are differentiated; write out the real part",
    ),
    (sp.Number, "only finite numbers can stand in an expression"),
)
