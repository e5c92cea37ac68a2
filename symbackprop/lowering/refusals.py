"""What cannot be lowered, by name, and what to do about it."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.integrals.transforms import IntegralTransform

from ..errors import UnsupportedError
from ..partial_derivatives import PartialDerivative


def refusal(piece: Any) -> UnsupportedError:
    """The error for a piece that cannot be lowered, by name and with what to do about it."""
    usual = "write it with elementary functions, or give it a class with fdiff"
    advice = next((advice for kinds, advice in _ADVICE if isinstance(piece, kinds)), usual)
    if _is_of_time(piece):
        advice = _in_symbols(piece)
    return UnsupportedError(f"{type(piece).__name__} cannot be lowered, in {shown(piece)}: {advice}")


def _is_of_time(piece: Any) -> bool:
    """Whether it is an undefined function, or a derivative of one, which `doit` leaves as it is."""
    return isinstance(piece.expr if isinstance(piece, sp.Derivative) else piece, AppliedUndef)


def _in_symbols(piece: Any) -> str:
    """What to do about q(t), of dynamicsymbols say, or about its derivative."""
    inner = piece.expr if isinstance(piece, sp.Derivative) else piece
    name, text, whole = inner.func.__name__, shown(inner)[1:-1], shown(piece)[1:-1]
    if inner is piece:
        return (
            f"it is an undefined function; put a symbol, or what it stands for, in its place: .subs({{{text}: {name}}})"
        )
    return f"it stays a derivative; put symbols in the place of both: .subs({{{whole}: {name}_t, {text}: {name}}})"


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
    ((PartialDerivative,), "inside a Lambda there are no derivatives; write it outside, or call .doit() on it first"),
    (
        (sp.Derivative, sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Subs, IntegralTransform),
        "it is unevaluated; call .doit() on it first",
    ),
    ((sp.Adjoint,), "entries are real: write .T"),
    ((sp.FunctionMatrix, sp.PermutationMatrix), "call .as_explicit() on it first"),
    ((sp.MatrixExpr,), "write it with products, sums, transposes and inverses"),
    (
        (sp.core.numbers.ImaginaryUnit, sp.re, sp.im, sp.arg, sp.conjugate),
        "only real expressions are differentiated; write out the real part",
    ),
    (sp.Number, "only finite numbers can stand in an expression"),
)
