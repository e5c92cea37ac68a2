"""The doors for several outputs and higher orders: `sb.jacobian`, `sb.hessian`, `sb.derivatives`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from .. import derivation
from ..equation_list import checked_wrt, equations_of, expression_of, free_symbols_of
from ..errors import ParameterError, ShapeError, UnsupportedError
from ..lowering import symbols_of
from ..named_quantities import Origin, quantity
from .checked_care import care_for
from .derivative_arrays import Hessian, HigherDerivatives, Jacobian


def jacobian(exprs: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Jacobian:
    """Differentiate several expressions by several symbols, on one graph: whatever they share is formed once.

    Vertex elimination in the order of Markowitz degrees, or forward or reverse mode if that takes fewer operations
    (Griewank and Walther 2008, "Evaluating Derivatives", chapters 9 and 10).

    Args:
        exprs: a list or a column of SymPy expressions; or equations [(symbol, expression), ...], all of which are
            outputs.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default every symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice, or there is no output.
        ShapeError: an output is a matrix.
        UnsupportedError: an expression cannot be differentiated; the message names the piece.
    """
    equations, outputs = _outputs(exprs)
    care = care_for(exprs if _are_equations(exprs) else equations[0][1], stable, accurate)
    return Jacobian(derivation.derive_outputs(equations, outputs, _symbols(wrt, equations), care, letter="J"))


def hessian(expr: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Hessian:
    """The second derivatives of one expression, with its value and gradient, on one graph; each mixed one once.

    Args:
        expr: as for `derive`: an expression, or equations of which the last is differentiated.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default every symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    equations = equations_of(expr)
    care = care_for(expr, stable, accurate)
    return Hessian(derivation.derive_orders(equations, _symbols(wrt, equations), 2, care, "H"))


def derivatives(
    expr: Any, wrt: Any = None, order: int = 2, *, stable: bool = True, accurate: bool | None = None
) -> HigherDerivatives:
    """All derivatives of one expression up to some order, each from the shared graph of the order before.

    Args:
        expr: as for `derive`.
        wrt: the symbols to differentiate by; by default every symbol.
        order: the highest one, at least 1.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice, or the order is no whole number from 1 up.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ParameterError(f"order is {str(order)[:40]}: give a whole number from 1 up")
    equations = equations_of(expr)
    care = care_for(expr, stable, accurate)
    return HigherDerivatives(derivation.derive_orders(equations, _symbols(wrt, equations), order, care))


def _symbols(wrt: Any, equations: list[Any]) -> list[Any]:
    if wrt is None:
        found = {symbol for symbol, _ in equations}
        every = dict.fromkeys(one for equation in equations for one in free_symbols_of([equation]) if one not in found)
        return sorted(every, key=lambda symbol: str(symbol.name))
    symbols = checked_wrt(list(wrt) if isinstance(wrt, sp.MatrixBase) else wrt)
    if len(set(symbols)) < len(symbols):
        raise ParameterError("wrt names a symbol twice: name each once")
    return symbols


def _outputs(exprs: Any) -> tuple[list[Any], list[Any]]:
    """The equations of several outputs, and the symbols of these."""
    if isinstance(exprs, sp.MatrixBase):
        if 1 not in exprs.shape:
            raise ShapeError(f"the outputs are a {exprs.shape[0]} x {exprs.shape[1]} matrix: give a column or a list")
        exprs = list(exprs)
    given = [exprs] if isinstance(exprs, sp.Expr) else exprs
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UnsupportedError(f"the outputs are {type(exprs).__name__}: give a list of SymPy expressions")
    found = list(given)
    if not found:
        raise ParameterError("there are no outputs: give at least one expression")
    if _are_equations(found):
        equations = equations_of(found)
        return equations, [symbol for symbol, _ in equations]
    checked = [expression_of(one, f"output {place}") for place, one in enumerate(found, start=1)]
    taken = {symbol.name for one in checked for symbol in symbols_of(one)}
    letter = "f"
    while any(f"{letter}{place}" in taken for place in range(1, len(checked) + 1)):
        letter += "_"
    named = [(quantity(f"{letter}{place}", Origin(), ()), one) for place, one in enumerate(checked, start=1)]
    return named, [symbol for symbol, _ in named]


def _are_equations(exprs: Any) -> bool:
    """Whether all items are pairs."""
    is_list = isinstance(exprs, list | tuple)
    return is_list and all(isinstance(one, tuple | list | sp.Equality) for one in exprs)


__all__ = ["Hessian", "HigherDerivatives", "Jacobian", "derivatives", "hessian", "jacobian"]
