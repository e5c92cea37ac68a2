"""What users pass to be differentiated, checked and brought into one form: a list of equations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from .completed_equations import completed
from .errors import ParameterError, ShapeError, UnsupportedError
from .lowering import refusal, shown, sizes_of, symbols_of
from .named_quantities import Equation, Origin, free_name, made_among, quantity

SYMBOLS = (sp.Symbol, sp.MatrixSymbol)
"""What can be differentiated by, and defined by an equation."""


_HOLDERS: dict[Any, Callable[[Any], Any]] = {
    sp.Equality: lambda equation: equation.lhs - equation.rhs,
    sp.Lambda: lambda function: function.expr,
    sp.Poly: lambda polynomial: polynomial.as_expr(),
}
"""What is no expression and holds one: an equation what is to be 0, a function its body."""


def held(what: Any) -> Any:
    """The expression of an equation (lhs - rhs), a Lambda (its body) or a Poly; anything else as it is."""
    row = next((row for kind, row in _HOLDERS.items() if isinstance(what, kind)), None)
    return what if row is None else row(what)


def is_bare(what: Any) -> bool:
    """Whether it is an expression by itself, or what holds one, not equations or a model of them."""
    return isinstance(what, sp.Expr | sp.MatrixBase | sp.MatrixExpr | sp.Equality | sp.Poly)


def equations_of(what: Any) -> list[Equation]:
    if is_bare(what):
        what = held(what)
        return [(loss_symbol(what), what)]
    if isinstance(what, Boolean) and not isinstance(what, sp.Symbol):
        sides = ": pass the difference of its sides" if isinstance(what, sp.Rel) else ""
        raise UnsupportedError(f"cannot derive {shown(what)}: it is true or false, no number{sides or _AS_NUMBER}")
    if isinstance(what, str) or not isinstance(what, Iterable) or hasattr(what, "_sympy_"):  # derivatives of ours
        told = " ".join(str(what).split())[:40]
        raise UnsupportedError(
            f"cannot derive {type(what).__name__} {told!r}: pass a SymPy expression, a list of "
            "(symbol, expression) pairs, or a Network or Model"
        )
    equations = list(what)
    if not equations:
        raise UnsupportedError("there are no equations: the list needs at least the loss")
    if _plain(equations):
        return equations
    return [_equation(position, pair) for position, pair in enumerate(equations, start=1)]


_AS_NUMBER = ": write Piecewise((1, condition), (0, True))"


def scalar_loss(expression: Any) -> Any:
    """The loss as it is; a 1 x 1 matrix counts as a scalar."""
    rows, columns = matrix_shape(expression)
    if (rows, columns) != (1, 1):
        raise ShapeError(
            f"the loss is a {rows} x {columns} matrix, it must be a scalar or 1 x 1: take its Trace or Total"
        )
    return expression


def matrix_shape(expression: Any) -> tuple[Any, Any]:
    """(rows, columns) of a matrix, (1, 1) of anything else: an Indexed has a shape of another kind, or none at all."""
    if isinstance(expression, sp.MatrixBase | sp.MatrixExpr):
        rows, columns = expression.shape
        return rows, columns
    return 1, 1


def _plain(equations: list[Any]) -> bool:
    """Whether all are (Symbol, Expr) already, as nearly always: asked of the few types, not of thousands of pairs."""
    if set(map(type, equations)) != {tuple} or set(map(len, equations)) != {2}:
        return False
    symbols, expressions = zip(*equations, strict=True)
    return set(map(type, symbols)) == {sp.Symbol} and all(
        issubclass(kind, sp.Expr) and kind is not sp.Lambda for kind in set(map(type, expressions))
    )


def _equation(position: int, pair: Any) -> Equation:
    sides = (pair.lhs, pair.rhs) if isinstance(pair, sp.Equality) else pair
    if isinstance(pair, sp.Equality) and not isinstance(pair.lhs, SYMBOLS):
        raise UnsupportedError(
            f"equation {position} defines no symbol, as others do: write it as Eq(z, w*x + b); or write lhs - rhs for "
            "each, if all are to be 0"
        )
    if not isinstance(sides, tuple | list) or len(sides) != 2 or not isinstance(sides[0], SYMBOLS):
        raise UnsupportedError(f"equation {position} is no (symbol, expression) pair: write it as (z, w*x + b)")
    symbol, expression = sides
    return symbol, expression_of(expression, f"equation {position}, {symbol.name}: the right side")


def expression_of(value: Any, what: str) -> Any:
    """A SymPy expression as it is, a number as one; nothing else, and no text is ever read.

    Raises:
        UnsupportedError: it is neither; the message says `what`.
    """
    value = held(value)
    if isinstance(value, sp.Expr | sp.MatrixBase):
        return value
    if isinstance(value, Real) and not isinstance(value, bool):  # NumPy's numbers are of this kind, too
        return sp.Integer(int(value)) if isinstance(value, Integral) else sp.Float(float(value))
    raise UnsupportedError(f"{what} is {type(value).__name__}, it must be a SymPy expression")


def loss_symbol(expression: Any, others: Iterable[Any] = ()) -> Any:
    """L, or the first of L_, L__, ... that no symbol is called; of the shape of the expression, if that is a matrix."""
    taken = {getattr(symbol, "name", "") for symbol in (*symbols_of(expression), *others)}
    shape = matrix_shape(expression)
    return quantity(free_name("L", taken), Origin(), () if shape == (1, 1) else shape)


def needed_by(equations: Sequence[Equation]) -> set[Any]:
    """What the last equation is computed from, by way of the others; its own symbol as well."""
    found = {equations[-1][0]}
    for symbol, expression in reversed(equations):
        if symbol in found:
            found.update(symbols_of(expression))
    return found


def mentioned_in(equations: list[Equation]) -> list[sp.Symbol]:
    """The symbols that equations mention and do not define."""
    found = {symbol for _, expression in equations for symbol in symbols_of(expression)}
    if made_among(found - {symbol for symbol, _ in equations}):
        return mentioned_in(completed(equations))
    return _by_name(found, equations)


def free_symbols_of(equations: list[Equation]) -> list[sp.Symbol]:
    """What the last equation is computed from in the end; what only others mention is none of it."""
    found = needed_by(equations)
    if made_among(found - {symbol for symbol, _ in equations}):
        return free_symbols_of(completed(equations))
    return _by_name(found, equations)


def _by_name(symbols: set[Any], equations: list[Equation]) -> list[sp.Symbol]:
    found = symbols - {symbol for symbol, _ in equations}
    found = found.difference(*(sizes_of(part) for equation in equations for part in equation))
    if not found:
        infinite = [part for _, expression in equations for part in expression.atoms(*_INFINITE)]
        if infinite:
            raise refusal(infinite[0])
        raise ParameterError("there is nothing to differentiate by: the loss contains no symbol")
    return sorted(found, key=lambda symbol: (symbol.name, str(symbol.sort_key())))


_INFINITE = (sp.core.numbers.Infinity, sp.core.numbers.NegativeInfinity, sp.core.numbers.ComplexInfinity)


def checked_wrt(wrt: Any, name: str = "wrt", around: Any = ()) -> list[sp.Symbol]:
    """What is differentiated by: a list of symbols; `name` is what the user calls it, `around` what is differentiated.

    Raises:
        ParameterError: it is no list of symbols, or is empty.
        UnsupportedError: there is a function of time, q(t), in it.
    """
    symbols = [wrt] if isinstance(wrt, SYMBOLS) else wrt
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise ParameterError(f"{name} must be a list of SymPy symbols, got {type(wrt).__name__}")
    symbols = list(symbols)
    if not symbols:
        raise ParameterError(f"{name} is empty: name at least one symbol")
    if set(map(type, symbols)) == {sp.Symbol}:
        return symbols
    for symbol in symbols:
        if isinstance(symbol, AppliedUndef | sp.Derivative | sp.Indexed | sp.IndexedBase):  # what to do is known
            raise refusal(symbol, (symbols, around))
        if not isinstance(symbol, SYMBOLS):
            raise ParameterError(f"{name} holds {type(symbol).__name__} {str(symbol)[:40]!r}: pass the symbol itself")
    return symbols


def batch_names(batch: Any) -> list[Any]:
    """The names of what has a value for each sample, given as symbols or by name, in a list or one by itself.

    Raises:
        ParameterError: it is no list, or is empty.
    """
    listed = [batch] if isinstance(batch, str | sp.Basic) else batch
    if not isinstance(listed, Iterable):
        raise ParameterError(
            f"batch is {str(batch)[:40]}: list the symbols that have a value for each sample, or their names, as in "
            "batch=[x]; how many samples there are, the values tell"
        )
    names = [getattr(one, "name", one) for one in listed]
    if not names:
        raise ParameterError("batch is empty: name the symbols that have a value for each sample, or leave it out")
    return names
