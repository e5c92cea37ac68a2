"""The values of the quantities and derivatives of a derivation at one point, to many digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..errors import ParameterError, UnsupportedError
from ..graph import Graph, Node
from .sweep import Sweep

DIGITS = 30
"""Decimal digits that values are computed with."""


class Point:
    """Values of the symbols of a derivation between numbers, and all that follows from them.

    Args:
        derivation: made by backprop.
        values: by symbol or name: of every parameter and of the data. Arrays go by the names of the model's parameter
            arrays, W1: (out, in), b1: (out,).

    Raises:
        ParameterError: a value is missing, unknown, given twice or no number, or an array has another shape.
        UnsupportedError: there are matrices, or the method forms no adjoints.
    """

    def __init__(self, derivation: Sweep, values: Mapping[Any, Any]) -> None:
        if derivation.graph.shapes:
            raise UnsupportedError("numbers are put into formulas of numbers, and here are matrices: take form=scalar")
        if not derivation.way.forms_adjoints:
            raise UnsupportedError(f"method {derivation.method!r} forms no adjoints to put in: use method='backprop'")
        self.derivation, self._given = derivation, _values(derivation, values)
        self._found: dict[Node, Any] = {}

    def of(self, node: Node) -> Any:
        """The value of a node."""
        return _value(self.derivation.graph, node, self._given, self._found)

    @cached_property
    def by_name(self) -> dict[str, Any]:
        """The values of data, parameters, quantities, adjoints and derivatives, by the name of each line."""
        found = {symbol.name: value for symbol, value in self._given.items()}
        return found | {line.symbol.name: self.of(line.node) for line in self.derivation.definitions}

    def adjoint(self, symbol: sp.Symbol) -> Any:
        """dL/d(symbol)."""
        if symbol == self.derivation.loss:
            return sp.S.One
        node = self.derivation.adjoint_node(symbol)
        return sp.S.Zero if node is None else self.of(node)

    @cached_property
    def adjoints(self) -> dict[str, Any]:
        """dL/d(symbol) of every quantity and parameter, by name."""
        symbols = dict.fromkeys((*self.derivation.quantities, *self.derivation.wrt))
        return {symbol.name: self.adjoint(symbol) for symbol in symbols}

    def difference(self, symbol: sp.Symbol) -> Any:
        """dL/d(symbol) of a parameter by a central difference: its error falls with the square of the step, 1e-10."""
        step = sp.Float("1e-10", DIGITS)
        above, below = (self._loss_at(symbol, self._given[symbol] + sign * step) for sign in (1, -1))
        return ((above - below) / (2 * step)).evalf(DIGITS // 2)

    def _loss_at(self, symbol: sp.Symbol, value: Any) -> Any:
        return _value(self.derivation.graph, self.derivation.loss_node, {**self._given, symbol: value}, {})


def _value(graph: Graph, root: Node, given: Mapping[sp.Symbol, Any], found: dict[Node, Any]) -> Any:
    for node in graph.reachable([root], found):
        if node not in found:
            args = [found[arg] for arg in graph.args(node)]
            value = graph.op(node).sympy(*args) if args else given.get(graph.value(node), graph.value(node))
            found[node] = value.evalf(DIGITS) if isinstance(value, sp.Expr) else value
    return found[root]


# --- what is given ---


def _values(derivation: Sweep, values: Mapping[Any, Any]) -> dict[sp.Symbol, Any]:
    """A number for each symbol."""
    if not isinstance(values, Mapping):
        raise ParameterError(f"values is a {type(values).__name__}: give {{name: number}}")
    given = {getattr(key, "name", key): value for key, value in values.items()}
    entries = {} if derivation.model is None else derivation.model.entries
    found: dict[sp.Symbol, Any] = {}
    used = set()
    for symbol in dict.fromkeys((*derivation.wrt, *derivation.graph.symbols)):
        array, index = entries.get(symbol, (symbol.name, ()))
        name = symbol.name if symbol.name in given else array
        if name not in given:
            raise ParameterError(
                f"there is no value for {symbol.name}: give one, by its name{_or_array(array, symbol)}"
            )
        used.add(name)
        found[symbol] = _number(name, given[name], index if name == array else ())
    _check_shapes(derivation, given)
    unknown = [str(name) for name in given if name not in used]
    if unknown:
        raise ParameterError(f"{unknown[0]} is no symbol here: choose from {', '.join(map(str, found))}")
    return found


def _check_shapes(derivation: Sweep, given: Mapping[Any, Any]) -> None:
    shapes = {} if derivation.model is None else derivation.model.shapes
    for name, value in given.items():
        if name in shapes and np.shape(value) != shapes[name]:
            raise ParameterError(f"{name} should be {shapes[name]}, is {np.shape(value)}")


def _or_array(array: str, symbol: sp.Symbol) -> str:
    return f", or the array {array}" if array != symbol.name else ""


def _number(name: str, value: Any, index: tuple[int, ...]) -> Any:
    try:
        entry = np.asarray(value)[index] if index else value
        number = sp.Float(str(float(entry)), DIGITS) if not isinstance(entry, sp.Expr) else entry.evalf(DIGITS)
    except (IndexError, TypeError, ValueError):
        place = f"[{', '.join(map(str, index))}]" if index else ""
        raise ParameterError(f"{name}{place} is no number: {str(value)[:60]}") from None
    if not (number.is_real and number.is_finite):
        raise ParameterError(f"{name} is {number}: give a finite real number")
    return number
