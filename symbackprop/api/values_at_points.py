"""Outputs of a network at a point, u(0) of u(x), as parts of expressions and losses: `sb.at`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from ..equation_list import expression_of
from ..errors import ParameterError, ShapeError
from ..leaf_symbols import is_leaf
from ..lowering import parts_of, shown, symbols_of
from ..named_quantities import DeclaredOrigin, Equation, declared_among, made_among, quantity
from ..partial_derivatives import PartialDerivative, checked_variable

_NUMBERS: dict[Any, int] = {}
"""By networks and point: the number of where outputs at the point come from, so that equal ones are equal symbols."""


def at(expr: Any, point: Mapping[Any, Any]) -> Any:
    """An expression at a point: outputs of networks, and derivatives of them, where inputs have certain values.

    at(u, {x: 0}) is u(0), as a boundary condition has it, and at(sb.d(u, x), {x: 0}) is u'(0): symbols, and derivatives
    of symbols, that know the equations of the network at that point. The parameters are those of the network. `subs`
    cannot do this, as u is a symbol to it.

    Args:
        expr: a SymPy expression, or a matrix or list of them.
        point: by symbol, or entry of a matrix symbol: the number or expression in its place.

    Raises:
        ParameterError: the point is no dict of symbols, or names one that stands neither in the expression nor in the
            equations of its outputs; or there are names in the expression that nobody knows the equations of.
        ShapeError: a value has another shape than its symbol.
        UnsupportedError: the expression or a value is none.
    """
    if isinstance(expr, list | tuple):
        return [at(one, point) for one in expr]
    if isinstance(expr, sp.MatrixBase):
        return expr.applyfunc(lambda one: at(one, point))
    expression = expression_of(expr, "what is put at a point")
    return _Placed(expression, _checked(point)).moved(expression)


class _Placed:
    """Names for what the outputs in an expression are made of, at a point."""

    def __init__(self, expression: Any, point: dict[Any, Any]) -> None:
        symbols = symbols_of(expression)
        self.origins = list(dict.fromkeys(one.origin for one in declared_among(symbols)))
        varied, inner = _variables(expression), {one for value in point.values() for one in symbols_of(value)}
        self.point = {**{one: one for one in varied if one in inner}, **point}  # u'(x) at x = y is no derivative by y
        self._check(expression, symbols)
        numbers = tuple(origin.number for origin in self.origins)
        self.held = {one: value for one, value in self.point.items() if one in varied}
        what = (numbers, tuple(self.point.items()), tuple(self.held))
        self.origin = DeclaredOrigin(_NUMBERS.setdefault(what, DeclaredOrigin().number))
        self.origin.told = self._lines
        defined = [symbol for origin in self.origins for symbol in origin.lines]
        self.names = {**self.point, **{one: self._name(one) for one in dict.fromkeys([*self.held, *defined])}}

    def _check(self, expression: Any, symbols: Sequence[Any]) -> None:
        ours = set(declared_among(symbols))
        strange = [one for one in made_among(symbols) if one not in ours]
        if strange:
            raise ParameterError(
                f"{strange[0].name} is a name of a derivation's own: put what .expand() gives at a point"
            )
        known = {*symbols, *(part for origin in self.origins for part in _mentioned(origin))}
        for one in self.point:
            if one not in known:
                raise ParameterError(f"{one.name} stands nowhere in {shown(expression)}, nor in a network behind it")
        for part in parts_of(expression):
            if isinstance(part, PartialDerivative) and not ours.intersection(symbols_of(part.expr)):
                raise ParameterError(
                    f"{part} waits for equations: put its symbols at a point there, (x, 0) as the first equation"
                )

    def _name(self, symbol: Any) -> Any:
        [value, *others] = self.point.values()
        is_whole = not others and getattr(value, "is_Integer", False) and value >= 0
        shape = tuple(symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else ()
        assumed = {} if shape else {"real": symbol.is_real}
        return quantity(f"{symbol.name}_at" + (f"_{value}" if is_whole else ""), self.origin, shape, **assumed)

    def _lines(self) -> Iterator[Equation]:
        """The networks' equations in the new names; before them values of what is differentiated by, which is named."""
        yield from ((self.names[symbol], value) for symbol, value in self.held.items())
        for origin in self.origins:
            for symbol, line in origin.lines.items():
                if symbol not in self.point:
                    yield self.names[symbol], line.xreplace(self.names)

    def moved(self, expression: Any) -> Any:
        """An expression at the point."""
        derivatives = self._derivatives(expression)
        outputs = {one: self.names[one] for one in declared_among(symbols_of(expression))}
        return expression.xreplace({**outputs, **self.point, **derivatives})

    def _derivatives(self, expression: Any) -> dict[Any, Any]:
        """By derivative in an expression: the same at the point."""
        found = (part for part in parts_of(expression) if isinstance(part, PartialDerivative))
        return {part: self._derivative(part) for part in found}

    def _derivative(self, partial: PartialDerivative) -> Any:
        inner = partial.expr.xreplace({**self.names, **self._derivatives(partial.expr)})
        return PartialDerivative(inner, *((one.xreplace(self.names), count) for one, count in partial.orders.items()))


def _variables(expression: Any) -> list[Any]:
    """The symbols that something in an expression is differentiated by."""
    derivatives = [part for part in parts_of(expression) if isinstance(part, PartialDerivative)]
    return list(dict.fromkeys(_whole(one) for part in derivatives for one in part.orders))


def _mentioned(origin: Any) -> Iterator[Any]:
    for symbol, line in origin.lines.items():
        yield symbol
        yield from symbols_of(line)


def _whole(variable: Any) -> Any:
    return variable.parent if isinstance(variable, MatrixElement) else variable


def _checked(point: Any) -> dict[Any, Any]:
    """By symbol, its value; entries of a matrix symbol as a matrix that holds the others as they are."""
    if not isinstance(point, Mapping) or not point:
        raise ParameterError("a point is a dict, a value by symbol: {x1: 0}")
    found: dict[Any, Any] = {}
    for one, value in point.items():
        if is_leaf(one):
            raise ParameterError(f"{one} is no symbol to put a value in the place of: write .subs({{{one}: {value}}})")
        symbol = one if isinstance(one, sp.MatrixSymbol) else checked_variable(one)
        given = sp.ImmutableMatrix(value) if isinstance(value, sp.MatrixBase) else value
        expression = expression_of(given, f"the value of {symbol}")
        if isinstance(symbol, MatrixElement):
            entries = found.get(symbol.parent, symbol.parent.as_explicit()).as_mutable()
            entries[int(symbol.i), int(symbol.j)] = expression
            symbol, expression = symbol.parent, sp.ImmutableMatrix(entries)
        _check_shape(symbol, expression)
        found[symbol] = expression
    return found


def _check_shape(symbol: Any, value: Any) -> None:
    wanted, given = (tuple(getattr(one, "shape", ())) for one in (symbol, value))
    if wanted != given:
        raise ShapeError(f"the value of {symbol.name} has the shape {given}, it must be {wanted}")
