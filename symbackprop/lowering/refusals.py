"""What cannot be lowered, by name, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sympy as sp
from sympy.integrals.transforms import IntegralTransform

from ..errors import UnsupportedError, listed
from ..named_quantities import MADE
from ..partial_derivatives import PartialDerivative
from .functions_of_time import first_functions, has_functions, in_symbols, is_of_time
from .symbol_search import parts_of, symbols_of, weight


def refusal(piece: Any, around: Any = (), known: Collection[Any] = ()) -> UnsupportedError:
    """The error for a piece that cannot be lowered, by name and with what to do about it.

    Args:
        piece: what cannot be lowered.
        around: all that it was given with, so that functions of time are told all at once: a part of them that is
            replaced before its derivatives leaves derivatives of a symbol, which `doit` takes for 0.
        known: the symbols that equations define.
    """
    return UnsupportedError(
        f"{type(piece).__name__} cannot be lowered, in {shown(piece)}: {_advice(piece, around, known)}"
    )


def refuse_functions(given: Any, around: Any) -> None:
    """Refuse undefined functions and derivatives of them where symbols are wanted: all that `around` holds as well.

    Raises:
        UnsupportedError: there is one in `given`, by itself or in lists and matrices.
    """
    found = next(first_functions(given), None)
    if found is not None:
        raise refusal(found, (given, around))


def _advice(piece: Any, around: Any, known: Collection[Any]) -> str:
    if is_of_time(piece):
        return in_symbols(piece, [piece, around])
    if isinstance(piece, sp.Indexed):
        return _in_place_of(piece)
    if isinstance(piece, _UNEVALUATED):
        return _evaluated(piece, known)
    usual = "write it with elementary functions, or give it a class with fdiff"
    return next((advice for kinds, advice in _ADVICE if isinstance(piece, kinds)), usual)


# --- what SymPy has not worked out, and what it would work out wrong ---


def _evaluated(piece: Any, known: Collection[Any]) -> str:
    """What to do about it: `doit` only where no symbol in it stands for something that SymPy does not know."""
    derivative = next((part for part in parts_of(piece) if isinstance(part, sp.Derivative) and _is_left(part)), None)
    derivative = piece if isinstance(piece, sp.Derivative) and derivative is None else derivative
    held = [one for one in symbols_of(piece) if isinstance(one, MADE) or one in known]
    if derivative is not None and (held or _is_left(derivative)):
        return _waiting(derivative, bool(held))
    if held:
        return f"{held[0].name} in it stands for an expression: put that in its place, then call .doit()"
    unknown = _unknown_bounds(piece) if isinstance(piece, sp.Sum | sp.Product) else []
    if unknown:
        values = ", ".join(f"{one}: {place}" for place, one in enumerate(unknown, start=10))
        return (
            f"how many terms it has, {listed(list(map(str, unknown)))} would tell: put numbers in the place, "
            f".subs({{{values}}}).doit()"
        )
    return "it is unevaluated; call .doit() on it first"


def _unknown_bounds(piece: Any) -> list[Any]:
    """The symbols in the bounds of a sum or product, which `doit` cannot do without."""
    found = {one for limit in piece.limits for bound in limit[1:] for one in bound.free_symbols}
    return sorted(found, key=lambda one: (one.name, str(one.sort_key())))


def _is_left(derivative: Any) -> bool:
    """Whether it is one by what does not stand in it: `doit` says 0, though a symbol may stand for q(t)."""
    return not {*derivative.variables} <= {*symbols_of(derivative.expr)} and not has_functions(derivative.expr)


def _waiting(derivative: Any, is_known: bool) -> str:
    inner = derivative.expr
    orders = ", ".join(f"{by}, {count}" if count != 1 else str(by) for by, count in derivative.variable_count)
    text = f"sb.d({inner}, {orders})"
    if is_known:
        return f"it knows no equations; write {text}, which does"
    return (
        f"SymPy takes {inner} for a constant, and it for 0; if {inner} came in the place of a function, put a symbol "
        f"in the place of the derivative before that; if an equation is to define {inner}, write {text}"
    )


def _in_place_of(piece: Any) -> str:
    """What to do about x[0], an entry of an array of unknown size."""
    parts = [str(piece.base), *map(str, piece.indices)]
    name = "_".join(parts) if all(part.isalnum() for part in parts) else "v"
    return f'it is indexed; put a symbol in its place: .subs({{{shown(piece)[1:-1]}: Symbol("{name}")}})'


def shown(piece: Any, limit: int = 60) -> str:
    """A piece of an expression for a message: short, on one line, and never a walk over a huge tree."""
    text = str(piece.func.__name__ if weight(piece) > 200 else piece)
    line = " ".join(text.split())
    return repr(line if len(line) <= limit else line[: limit - 3] + "...")


_UNEVALUATED = (sp.Derivative, sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Subs, IntegralTransform)

_ADVICE: tuple[tuple[Any, str], ...] = (
    (
        (PartialDerivative,),
        "inside a Lambda there are no derivatives; write it outside, or call .doit(independent=True)",
    ),
    ((sp.IndexedBase,), "it is a whole array: name its entries, as in x[0]*x[1]"),
    ((sp.Adjoint,), "entries are real: write .T"),
    ((sp.FunctionMatrix, sp.PermutationMatrix), "call .as_explicit() on it first"),
    ((sp.MatrixExpr,), "write it with products, sums, transposes and inverses"),
    (
        (sp.core.numbers.ImaginaryUnit, sp.re, sp.im, sp.arg, sp.conjugate),
        "only real expressions are differentiated; write out the real part",
    ),
    ((sp.Number, sp.core.numbers.ComplexInfinity), "only finite numbers can stand in an expression"),
)
