"""The values of the quantities and derivatives of a derivation at one point, to many digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..errors import UnsupportedError
from ..graph import Graph, Node
from .given_values import DIGITS, given_values
from .matrix_values import applied, constant, evaluated
from .sweep import Sweep


class Point:
    """Values of the symbols of a derivation between numbers, and all that follows from them.

    Args:
        derivation: made by backprop.
        values: by symbol or name: of every parameter and of the data. Arrays go by the names of the model's parameter
            arrays, W1: (out, in), b1: (out,), and of matrices: (rows, columns), of a column also (rows,).

    Values of matrices are arrays of SymPy's floats, (rows, columns).

    Raises:
        ParameterError: a value is missing, unknown, given twice or no number, or an array has another shape.
        UnsupportedError: the method forms no adjoints.
    """

    def __init__(self, derivation: Sweep, values: Mapping[Any, Any]) -> None:
        if not derivation.way.forms_adjoints:
            raise UnsupportedError(f"method {derivation.method!r} forms no adjoints to put in: use method='backprop'")
        self.derivation, self._given = derivation, given_values(derivation, values)
        self._found: dict[Node, Any] = {}

    def of(self, node: Node, graph: Graph | None = None) -> Any:
        """The value of a node: of the derivation's graph, or of one that goes on from it with symbols for adjoints."""
        if graph is None or graph is self.derivation.graph:
            return _value(self.derivation.graph, node, self._given, self._found)
        return _value(graph, node, self._with_adjoints, {})

    @cached_property
    def _with_adjoints(self) -> dict[Any, Any]:
        """What is given, and the adjoint of each quantity by its symbol."""
        reached = [symbol for symbol in self.derivation.quantities if self.derivation.adjoint_node(symbol) is not None]
        return {**self._given, **{self.derivation.adjoint_symbol(symbol): self.adjoint(symbol) for symbol in reached}}

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
        if node is not None:
            return self.of(node)
        value = self._given.get(symbol)
        return value * 0 if isinstance(value, np.ndarray) else sp.S.Zero

    @cached_property
    def adjoints(self) -> dict[str, Any]:
        """dL/d(symbol) of every quantity and parameter, by name."""
        symbols = dict.fromkeys((*self.derivation.quantities, *self.derivation.wrt))
        return {symbol.name: self.adjoint(symbol) for symbol in symbols}

    def difference(self, symbol: sp.Symbol) -> Any:
        """dL/d(symbol) of a parameter by a central difference: its error falls with the square of the step, 1e-10."""
        here = self._given[symbol]
        if not isinstance(here, np.ndarray):
            return self._slope(symbol, sp.S.One)
        found = np.empty_like(here)
        for place in np.ndindex(here.shape):
            along = here * 0
            along[place] = sp.S.One
            found[place] = self._slope(symbol, along)
        return found

    def _slope(self, symbol: Any, along: Any) -> Any:
        """How the loss changes along a direction."""
        step = sp.Float("1e-10", DIGITS)
        above, below = (self._loss_at(symbol, self._given[symbol] + sign * step * along) for sign in (1, -1))
        return ((above - below) / (2 * step)).evalf(DIGITS // 2)

    def _loss_at(self, symbol: sp.Symbol, value: Any) -> Any:
        return _value(self.derivation.graph, self.derivation.loss_node, {**self._given, symbol: value}, {})


def _value(graph: Graph, root: Node, given: Mapping[Any, Any], found: dict[Node, Any]) -> Any:
    sizes = {symbol: value for symbol, value in given.items() if getattr(value, "is_Integer", False)}
    for node in graph.reachable([root], found):
        if node not in found:
            args = [found[arg] for arg in graph.args(node)]
            made = _made(graph, node, args, sizes) if args else _leaf(graph.value(node), given, sizes)
            found[node] = evaluated(made, DIGITS)
    return found[root]


def is_defined(value: Any) -> bool:
    """Whether a value, or each entry of it, is a finite real number."""
    entries = value.flat if isinstance(value, np.ndarray) else (value,)
    return all(not isinstance(entry, sp.Expr) or bool(entry.is_real and entry.is_finite) for entry in entries)


def _made(graph: Graph, node: Node, args: list[Any], sizes: Mapping[Any, Any]) -> Any:
    is_of_matrices = any(isinstance(arg, np.ndarray) for arg in args)
    try:
        return applied(graph, node, args, sizes) if is_of_matrices else graph.op(node).sympy(*args)
    except (ArithmeticError, TypeError, ValueError):  # a branch that is not taken may be no number
        return sp.nan if not graph.shape(node) else _undefined(args)


def _undefined(args: list[Any]) -> Any:
    """An array without a value, for an inverse that there is none of."""
    return np.full(np.broadcast(*(arg for arg in args if isinstance(arg, np.ndarray))).shape, sp.nan, dtype=object)


def _leaf(value: Any, given: Mapping[Any, Any], sizes: Mapping[Any, Any]) -> Any:
    return given[value] if value in given else constant(value, sizes)
