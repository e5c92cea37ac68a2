"""The doors for several outputs and higher orders: `sb.jacobian`, `sb.hessian`, `sb.derivatives`."""

from __future__ import annotations

from typing import Any

from .. import derivation
from ..errors import ShapeError
from ..partial_derivatives import checked_order
from .checked_care import care_for
from .derivative_arrays import Hessian, HigherDerivatives, Jacobian
from .given_outputs import Given, one_output, several_outputs
from .unevaluated_derivatives import derivative_nodes, hessian_nodes, jacobian_nodes, waits
from .user_leaves import takes_leaves


@takes_leaves
def jacobian(exprs: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Jacobian | Any:
    """Differentiate several expressions by several symbols, on one graph: whatever they share is formed once.

    Vertex elimination in the order of Markowitz degrees, or forward or reverse mode if that takes fewer operations
    (Griewank and Walther 2008, "Evaluating Derivatives", chapters 9 and 10).

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a Matrix of them.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

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
    if waits(exprs, wrt):
        return jacobian_nodes(exprs, wrt)
    given = several_outputs(exprs, wrt)
    if given.shape is not None and 1 not in given.shape:
        rows, columns = given.shape
        raise ShapeError(f"the outputs are a {rows} x {columns} matrix: give a column or a list")
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by(wrt)
    made = derivation.derive_outputs(given.equations, given.outputs, symbols, care, letter="J")
    return Jacobian(made, given.asked(care))


@takes_leaves
def hessian(expr: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Hessian | Any:
    """The second derivatives of one expression, with its value and gradient, on one graph; each mixed one once.

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a Matrix of them.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

    Args:
        expr: as for `derive`: an expression, or equations of which the last is differentiated.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default every symbol. A matrix symbol
            stands for its entries, row by row.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice.
        ShapeError: the expression is a matrix of several entries.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    if waits(expr, wrt):
        return hessian_nodes(expr, wrt)
    return worked_out_hessian(one_output(expr, "sb.hessian"), wrt, stable, accurate)


def worked_out_hessian(given: Given, wrt: Any, stable: bool, accurate: bool | None) -> Hessian:
    """The second derivatives of what is given, of a name too: for what is computed, nothing waits."""
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by_entries(wrt)
    return Hessian(derivation.derive_orders(given.equations, symbols, 2, care, "H"), given.asked(care))


@takes_leaves
def derivatives(
    expr: Any, wrt: Any = None, order: int = 2, *, stable: bool = True, accurate: bool | None = None
) -> HigherDerivatives | Any:
    """All derivatives of one expression up to some order, each from the shared graph of the order before.

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a dict, by the symbols that each is differentiated by.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

    Args:
        expr: as for `derive`.
        wrt: the symbols to differentiate by; by default every symbol.
        order: the highest one, a whole number from 1 to 20.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice, or the order is no whole number from 1 to 20.
        ShapeError: the expression is a matrix of several entries.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    order = checked_order(order)
    if waits(expr, wrt):
        return derivative_nodes(expr, wrt, order)
    given = one_output(expr, "sb.derivatives")
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by_entries(wrt)
    made = derivation.derive_orders(given.equations, symbols, order, care)
    return HigherDerivatives(made, given.asked(care))


__all__ = ["Hessian", "HigherDerivatives", "Jacobian", "derivatives", "hessian", "jacobian"]
