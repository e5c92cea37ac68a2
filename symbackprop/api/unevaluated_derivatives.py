"""Derivatives as parts of expressions and losses: `sb.d`, and what the other doors give where a name is to be defined.

A name stands for whatever the equations say that it is put into later, or those of the network that it is an output
of. So nothing is differentiated here: each derivative is a node of SymPy's, `PartialDerivative`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from ..derivation.symbol_names import check_namesakes
from ..equation_list import SYMBOLS, checked_wrt, expression_of, held
from ..errors import ParameterError, ShapeError, UnsupportedError
from ..lowering import refusal, refuse_functions, symbols_of
from ..named_quantities import MADE, declared_among, made_among
from ..networks import Model
from ..partial_derivatives import (
    PartialDerivative,
    checked_order,
    checked_variable,
    entry_of_one,
    holds_derivative,
    variable_counts,
)


def d(expr: Any, *variables: Any) -> Any:
    """A derivative as a part of an expression, an equation or a loss: d(u, x), d(u, x, 2), d(u, x, y).

    It is not worked out before it is derived or made a Model of: `u` stands for what the equations that it is put into
    say, or, if it is an output of a network, for the network's. What no equation defines is independent of everything
    else, as in `sympy.diff`. By a quantity that an equation defines it is the partial derivative with that quantity
    held as the variable.

    Args:
        expr: a symbol, or an expression; no matrix of several entries.
        variables: symbols, or entries of matrix symbols, each with the order behind it if that is not 1; also
            (symbol, order).

    Raises:
        ParameterError: there is no symbol to differentiate by, or one is none; an order is no whole number from 1 to
            20.
        ShapeError: the expression is a matrix of several entries.
        SymbolNameError: a symbol that it is taken by is not there, but one of the same name.
        UnsupportedError: the expression is none.
    """
    expr, pairs = _scalar(expr), variable_counts(variables)
    _check_names((symbol for symbol, _ in pairs), symbols_of(expr))
    return PartialDerivative(expr, *pairs)


def _check_names(asked: Iterable[Any], standing: Iterable[Any] = ()) -> None:
    """Refuse x where another x, real say, is there: a derivative by it would be 0. Names that we made may be equal."""
    named = dict.fromkeys(symbol for symbol in asked if not isinstance(symbol, MADE))
    there = {symbol for symbol in standing if isinstance(symbol, SYMBOLS) and not isinstance(symbol, MADE)}
    check_namesakes(named, there)


def _scalar(expr: Any) -> Any:
    """An expression; a matrix of one entry as that."""
    if isinstance(expr, sp.MatrixExpr | sp.MatrixBase) and tuple(expr.shape) == (1, 1):
        return expr[0, 0]
    return expr if isinstance(expr, sp.MatrixExpr) else expression_of(expr, "what is differentiated")


# --- what the other doors ask ---


def waits(exprs: Any, wrt: Any) -> bool:
    """Whether an expression, or one of a list of them, has to wait for equations before it can be differentiated.

    It does if an output of a network stands in it, or a derivative that waits; or if it is given by itself, and is a
    name that is none of `wrt`. In a list or a matrix a symbol is an output like any other, as in SymPy. Equations,
    models and networks have all that they need. Who names no symbol to differentiate by means all that are there, a
    network's inputs and parameters too: nothing waits then.
    """
    exprs = held(exprs)
    if wrt is None or isinstance(exprs, Model | str):
        return False
    if not isinstance(exprs, sp.MatrixBase | list | tuple):
        return isinstance(exprs, sp.Expr | sp.MatrixExpr) and (_is_open(exprs) or _is_name(exprs, wrt))
    items = [one for one in exprs if isinstance(one, sp.Expr | sp.MatrixExpr)]
    return len(items) == len(exprs) and any(map(_is_open, items))


def _is_open(expr: Any) -> bool:
    """Whether something stands in an expression that only equations tell."""
    return bool(declared_among(symbols_of(expr))) or holds_derivative(expr)


def _is_name(expr: Any, wrt: Any) -> bool:
    """Whether it is a symbol of the user's that is not differentiated by."""
    is_function = bool(getattr(expr, "inner", None))  # q(t): nothing is to define it
    return isinstance(expr, SYMBOLS) and not is_function and not made_among([expr]) and expr not in _all_of(wrt)


def _all_of(wrt: Any) -> list[Any]:
    if isinstance(wrt, Mapping):
        return list(wrt)
    return list(wrt) if isinstance(wrt, Iterable) and not isinstance(wrt, (str, *SYMBOLS)) else [wrt]


def gradient_nodes(expr: Any, wrt: Any) -> Any:
    """The derivatives of one expression, one for each symbol: a list, or a Matrix if `wrt` is one or a matrix symbol;
    of a matrix symbol in a list, the Matrix of derivatives by its entries.
    """
    _columns(wrt)
    if isinstance(wrt, sp.MatrixSymbol):
        return _by_entries(expr, wrt)
    if isinstance(wrt, sp.MatrixBase):
        return wrt.applyfunc(lambda symbol: d(expr, symbol))
    return [_by_entries(expr, one) if isinstance(one, sp.MatrixSymbol) else d(expr, one) for one in _symbols(wrt)]


def jacobian_nodes(exprs: Any, wrt: Any) -> Any:
    """The derivatives of several expressions, a Matrix: a row for each, a column for each symbol or entry."""
    rows = _entries(exprs)
    return sp.Matrix([[d(row, one) for one in _columns(wrt)] for row in rows])


def hessian_nodes(expr: Any, wrt: Any) -> Any:
    """The second derivatives of one expression, a symmetric Matrix."""
    columns = _columns(wrt)
    return sp.Matrix([[d(expr, one, other) for other in columns] for one in columns])


def derivative_nodes(expr: Any, wrt: Any, order: int) -> dict[tuple[Any, ...], Any]:
    """All derivatives up to some order, each mixed one once, by the symbols that they are differentiated by."""
    columns = _columns(wrt)
    orders = range(1, checked_order(order) + 1)
    return {by: d(expr, *by) for one in orders for by in combinations_with_replacement(columns, one)}


def jvp_node(expr: Any, along: Any) -> Any:
    """The derivative along a direction: by symbol its tangent, an expression or number."""
    return _summed(_directed(along), lambda symbol: d(expr, symbol))


def hvp_nodes(expr: Any, wrt: Any, along: Any) -> list[Any]:
    """The Hessian times a vector: by symbol, or in the order of `wrt`, an entry for each."""
    columns = _columns(wrt)
    vector = _vector(along, columns, "along")
    return [_summed(vector, lambda other, one=one: d(expr, one, other)) for one in columns]


def vjp_nodes(exprs: Any, wrt: Any, upstream: Any) -> list[Any]:
    """A vector times the Jacobian: an entry for each symbol of `wrt`."""
    rows = _entries(exprs)
    seeds = list(_vector(upstream, rows, "upstream").values())
    return [sp.Add(*(seed * d(row, one) for seed, row in zip(seeds, rows, strict=True))) for one in _columns(wrt)]


def _summed(vector: Mapping[Any, Any], derivative: Any) -> Any:
    return sp.Add(*(value * derivative(symbol) for symbol, value in vector.items()))


def _directed(along: Any) -> dict[Any, Any]:
    if not isinstance(along, Mapping) or not along:
        raise ParameterError("along must be a dict here, a tangent by symbol: {x: v}, as names are not defined yet")
    return {checked_variable(entry_of_one(one)): expression_of(value, "a tangent") for one, value in along.items()}


def _vector(given: Any, owners: Sequence[Any], name: str) -> dict[Any, Any]:
    """By owner: its entry of a vector, which is given in order or by symbol."""
    if isinstance(given, Mapping):
        strange = [one for one in given if one not in owners]
        if strange or not given:
            told = str(strange[0])[:40] if strange else "nothing"
            raise ParameterError(f"{name} names {told}: give an entry for each of what it is a vector of")
        return {one: expression_of(given.get(one, 0), f"an entry of {name}") for one in owners}
    is_listed = isinstance(given, Iterable | sp.MatrixBase) and not isinstance(given, str)
    values = list(given) if is_listed else None
    if values is None or len(values) != len(owners):
        raise ParameterError(f"{name} must be a list of {len(owners)} expressions or numbers, as names wait here")
    return {one: expression_of(value, f"an entry of {name}") for one, value in zip(owners, values, strict=True)}


def _entries(exprs: Any) -> list[Any]:
    """The entries of a list or column; an expression by itself is the only one."""
    exprs = held(exprs)
    if isinstance(exprs, sp.MatrixBase | sp.MatrixExpr):
        rows, columns = exprs.shape
        if 1 not in (rows, columns) or not all(getattr(size, "is_Integer", True) for size in exprs.shape):
            raise ShapeError(f"the outputs are a {rows} x {columns} matrix: give a column of a known size, or a list")
        return [exprs[i, j] for i in range(int(rows)) for j in range(int(columns))]
    if isinstance(exprs, sp.Expr):
        return [exprs]
    if isinstance(exprs, str) or not isinstance(exprs, Iterable):
        raise UnsupportedError(f"the outputs are {type(exprs).__name__}: give a list of SymPy expressions")
    return list(exprs)


def _columns(wrt: Any) -> list[Any]:
    """What is differentiated by, matrices entry by entry."""
    found: list[Any] = []
    for one in _symbols(list(wrt) if isinstance(wrt, sp.MatrixBase) else wrt):
        found += list(_by_entries(None, one)) if isinstance(one, sp.MatrixSymbol) else [checked_variable(one)]
    if len(set(found)) < len(found):
        raise ParameterError("wrt names a symbol twice: name each once")
    _check_names(found)
    return found


def _symbols(wrt: Any) -> list[Any]:
    if wrt is None:
        raise ParameterError("name the symbols to differentiate by: a name that is not defined yet has none of its own")
    given = list(wrt) if isinstance(wrt, Iterable) and not isinstance(wrt, (str, *SYMBOLS)) else wrt
    refuse_functions(given, ())  # of mechanics: what to do is known
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, sp.Indexed):
            raise refusal(one)
    if isinstance(given, list) and given and all(isinstance(one, sp.Expr | sp.MatrixSymbol) for one in given):
        return given
    return checked_wrt(given)


def _by_entries(expr: Any, matrix: Any) -> Any:
    """The derivatives by the entries of a matrix symbol, a Matrix; the entries themselves where there is nothing."""
    if not all(size.is_Integer for size in matrix.shape):
        raise UnsupportedError(
            f"{matrix.name} is {matrix.shape[0]} x {matrix.shape[1]}: derivatives inside expressions are by entries, "
            "and need a size in numbers"
        )
    return sp.Matrix(*matrix.shape, lambda i, j: matrix[i, j] if expr is None else d(expr, matrix[i, j]))
