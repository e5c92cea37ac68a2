"""SymPy expressions into nodes, one visit per distinct object and without recursion.

The memo goes by `id`: hashing and comparing SymPy expressions walks them, and a shared part is the same object
in practice. Equal parts that are different objects meet again in the graph's own table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy import Mul, Symbol
from sympy.core.function import AppliedUndef
from sympy.integrals.transforms import IntegralTransform
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from .. import ops
from ..errors import ShapeError
from ..graph import FOLDING, Graph, Node, next_of
from ..leaf_symbols import LeafSymbol
from ..ops import MUL
from ..partial_derivatives import PartialDerivative
from ..sympy_functions import row_functions
from . import conditions, from_sympy_matrices, special_cases
from .conditions import compared
from .entries_of_arrays import EntriesBeside
from .from_derivatives import Differentiation, lowered_derivative
from .from_sympy_matrices import shape_of, short_or
from .leaf_nodes import leaf_node, leaves_last
from .refusals import refusal

Recogniser = Callable[[Graph, Node], Node]
"""Turns a new node into a numerically better one of equal value, or returns it as it is."""


class Lowering:
    """One graph under construction, and what has been lowered into it so far."""

    differentiation: Differentiation | None = None
    surroundings: Any = ()  # all that is lowered, for refusals

    def __init__(self, graph: Graph, recognisers: Mapping[ops.Op, Recogniser] | None = None) -> None:
        self.graph = graph
        self.recognisers = recognisers or {}
        self.quantities: dict[sp.Symbol, Node] = {}
        self.root_from = Node(0)  # what is older than this is a part that other equations may use
        self.varied: Collection[Any] = ()  # what is differentiated by
        self._defined: set[str] = set()  # the names of the quantities: a string is hashed in C, a symbol in Python
        self._memo: dict[int, Any] = {}
        self.entries = EntriesBeside()
        self.rolled: dict[Any, Any] = {}  # sums that were written out, and what they are again
        self._kept: list[Any] = []  # an id is worth something only while its object lives

    def equations(self, equations: Iterable[tuple[Any, Any]]) -> None:
        """Lower every `name = expression` in turn; a symbol may be used in the equations after its own."""
        for name, expression in equations:
            self.equation(name, expression)

    def equation(self, name: sp.Symbol, expression: Any) -> Node:
        """Lower `name = expression`."""
        graph = self.graph
        self.root_from = next_of(graph.keys)
        lowered = self.expression(expression)
        if graph.shapes or type(name) is not Symbol:
            wanted, given = shape_of(name), graph.shape(lowered)
            if wanted != given:
                raise ShapeError(f"{name.name} is {ops.shown(wanted)}, but its equation gives {ops.shown(given)}")
        node = graph.claim(lowered, self.root_from)
        self.define(name, node)
        return node

    def define(self, name: sp.Symbol, node: Node) -> None:
        """From here on a symbol stands for this node."""
        self.quantities[name] = self._memo[id(name)] = node
        self._defined.add(name.name)
        self._kept.append(name)

    def onto(self, graph: Graph, quantities: Mapping[sp.Symbol, Node]) -> Lowering:
        """The same on another graph, which has the quantities already."""
        other = Lowering(graph, self.recognisers)
        other.quantities = dict(quantities)
        other._defined = {name.name for name in quantities}
        return other

    def symbols(self, symbols: Sequence[Any]) -> Sequence[Node]:
        """The leaves of distinct symbols, before any expression is lowered."""
        nodes = self.graph.new_symbols(symbols)
        self._memo.update(zip(map(id, symbols), nodes, strict=True))
        self._kept.append(symbols)
        self.varied = symbols
        if set(map(type, symbols)) != {Symbol}:
            for leaf in (one for one in symbols if type(one) is LeafSymbol):  # in expressions it may be tied
                del self._memo[id(leaf)]
            shapes = zip(nodes, map(shape_of, symbols), strict=True)
            self.graph.shapes.update((node, shape) for node, shape in shapes if shape)
        return nodes

    def expression(self, expression: Any) -> Node:
        """The node of a SymPy expression.

        Raises:
            UnsupportedError: a piece of it has no place in the graph; the message names the piece.
        """
        if not isinstance(expression, sp.Basic):
            if not isinstance(expression, sp.MatrixBase):
                raise refusal(expression, self.surroundings)
            expression = expression.as_immutable()
        self._kept.append(expression)
        if not expression.args:
            return self._leaf(expression)
        memo, stack = self._memo, [expression]
        node: Any = None
        while stack:
            top = stack[-1]
            handler = _HANDLERS.get(type(top)) or self._handler(type(top))
            if handler is _refuse or (handler is _function and _has_tuples(top)):
                around = (expression, self.surroundings)  # and before its parts: the whole is what users know by name
                raise refusal(top, around, self.quantities)
            parts = top.args if type(top) not in _PARTS else _PARTS[type(top)](top)
            nodes = list(map(memo.get, map(id, parts)))
            if None in nodes:
                if parts is not top.args:
                    self._kept.append(parts)
                waiting = self._fill(nodes, parts)
                if waiting:
                    stack += waiting
                    continue
            if len(stack) == 1:
                self.root_from = next_of(self.graph.keys)
            node = handler(self, top, nodes)
            stack.pop()
            if stack:  # not the root: it may become a named quantity, which an equal part elsewhere is not
                memo[id(top)] = node
        lowered: Node = node
        return lowered

    def _fill(self, nodes: list[Any], parts: Sequence[Any]) -> list[Any]:
        """Put nodes in the place of each None where that takes no descent; returns the parts that wait for one.

        A descent meets the last of the parts first. Products of two symbols, of which the sums of a network consist,
        are therefore made here, so that the first one is the first of the graph as well.
        """
        waiting = []
        for place, part in enumerate(parts):
            if nodes[place] is None:
                if not part.args:
                    nodes[place] = self._remembered(part)
                elif type(part) is Mul and [factor.is_Symbol for factor in part.args] == [True, True]:
                    nodes[place] = self.graph.product(*map(self._remembered, part.args))
                else:
                    waiting.append(part)
        return waiting

    def _remembered(self, leaf: Any) -> Node:
        """The node of a leaf, looked up once for each object."""
        if id(leaf) not in self._memo:
            self._memo[id(leaf)] = self._leaf(leaf)
        node: Node = self._memo[id(leaf)]
        return node

    def _leaf(self, leaf: Any) -> Node:
        if type(leaf) is not Symbol and not leaf.is_Symbol:
            return self._constant(leaf)
        if leaf.name in self._defined and leaf in self.quantities:
            return self.quantities[leaf]
        return leaf_node(self, leaf) if type(leaf) is LeafSymbol else self.graph.symbol(leaf)

    def _constant(self, leaf: Any) -> Node:
        if leaf.is_Number or leaf.is_NumberSymbol:
            if leaf.is_finite or leaf is sp.S.NaN:
                return self.graph.constant(leaf)
        elif isinstance(leaf, BooleanTrue | BooleanFalse):
            return self.graph.constant(leaf)
        raise refusal(leaf)

    def _handler(self, kind: type) -> Callable[[Lowering, Any, list[Any]], Any]:
        handler = _HANDLERS.get(kind)
        if handler is None:
            handler = _HANDLERS[kind] = _inherited(kind)
        return handler

    def known(self, symbol: Any) -> Node | None:
        """The node of a quantity that an equation has defined; None for any other symbol."""
        return self.quantities.get(symbol) if symbol.name in self._defined else None

    def inlined(self, function: Any, *arguments: Node) -> Node:
        """The node of a Lambda's body with nodes in the place of its variables: entry by entry if one is a matrix."""
        if not isinstance(function, sp.Lambda):
            variable = sp.Dummy("x", real=True)
            function = sp.Lambda(variable, function(variable))
        self._kept.append(function)
        variables, body = function.variables, function.expr
        if body.args == variables:  # one function, as nearly every activation is: a tenth of a matrix net's time
            node: Node = self._handler(type(body))(self, body, list(arguments))
            return node
        inner = Lowering(self.graph, self.recognisers)
        used = {symbol: self.quantities[symbol] for symbol in function.free_symbols if symbol in self.quantities}
        inner.quantities = {**used, **dict(zip(variables, arguments, strict=True))}
        inner._defined = {symbol.name for symbol in inner.quantities}
        return inner.expression(body)

    def applied(self, op: ops.Op, nodes: Iterable[Node]) -> Node:
        """The node of `op`, in the stable form where one is recognised."""
        return self.recognised(self.graph.apply(op, tuple(nodes)))

    def recognised(self, node: Node) -> Node:
        """The node, or the stable form of equal value."""
        recognise = self.recognisers.get(self.graph.op(node))
        if recognise is None:
            return node
        found = recognise(self.graph, node)
        if found != node:
            self.graph.remembered["written"].setdefault(found, node)
        return found


# --- handlers: (lowering, SymPy expression, its lowered arguments) -> node ---


def _as_written(graph: Graph, nodes: list[Node]) -> list[Node]:
    """The parts of a product, of which those below its line are recognised with the whole, not each by itself.

    A named quantity is a part as it is: nothing looks into it.
    """
    written, named = graph.remembered["written"], graph.claimed
    pairs = ((node if node in named else written.get(node, node), node) for node in nodes)
    return [before if graph.op(before) is ops.DIV else node for before, node in pairs]


def _mul(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    graph, keys = lowering.graph, lowering.graph.keys
    if len(nodes) == 2 and not (keys[nodes[0]][0].folds or keys[nodes[1]][0].folds or "written" in graph.remembered):
        return lowering.applied(MUL, nodes)
    above, below = graph.one, graph.one
    if "written" in graph.remembered:
        nodes = _as_written(graph, nodes)
    if graph.op(nodes[0]) is ops.NUMBER:  # multiplied last, the number ends up in front of all
        nodes = [*nodes[1:], nodes[0]]
    for node in nodes:
        op, *args = graph.inside(node)
        if op is ops.DIV and args[0] == graph.one:
            below = graph.mul(below, args[1])
        else:
            above = graph.mul(above, node)
    return lowering.applied(ops.DIV, (above, below))


def _piecewise(lowering: Lowering, expr: Any, branches: list[tuple[Node, Node]]) -> Node:
    graph = lowering.graph
    nan = graph.constant(sp.S.NaN)
    values, truths = zip(*branches, strict=True)
    value = missing = graph.undefined([*values, *compared(graph, truths)])  # where no condition holds
    for branch, condition in reversed(branches):
        piece = missing if branch == nan else branch
        if graph.op(condition) is ops.CONSTANT:
            value = piece if graph.value(condition) is sp.true else value
        else:
            value = graph.make((ops.SELECT, condition, piece, value))
    return value


def _function(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    return lowering.applied(ops.function(expr.func), nodes)


def _has_tuples(function: Any) -> bool:
    """Whether arguments are no numbers, as those of a hypergeometric function are."""
    return any(isinstance(argument, sp.Tuple) for argument in function.args)


def _refuse(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    raise refusal(expr)


def _of(op: ops.Op) -> Callable[[Lowering, Any, list[Node]], Node]:
    if op in FOLDING:
        return lambda lowering, expr, nodes: lowering.applied(op, nodes)

    def made(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
        node = lowering.graph.make((op, *nodes))
        return lowering.recognised(node) if op in lowering.recognisers else node

    return made


_PARTS = {**from_sympy_matrices.PARTS, **conditions.PARTS, **special_cases.PARTS}
"""What is lowered before an expression itself, where that is not all of its arguments."""

_HANDLERS: dict[type, Callable[[Lowering, Any, list[Any]], Any]] = {
    **special_cases.DEFINED,
    **{op.sympy: _of(op) for op in ops.OPS.values() if isinstance(op.sympy, type)},
    **{kind: _of(op) for kind, op in ops.OF_COMPARISONS.items()},
    sp.Add: short_or(lambda lowering, expr, nodes: lowering.graph.sum(leaves_last(lowering.graph, nodes))),
    sp.Mul: _mul,
    sp.Piecewise: _piecewise,
    **conditions.HANDLERS,
    **from_sympy_matrices.HANDLERS,
    sp.UnevaluatedExpr: lambda lowering, expr, nodes: nodes[0],
    **special_cases.HANDLERS,
    PartialDerivative: lowered_derivative,
    row_functions.weighted_exp: _of(ops.WEIGHTED_EXP),
    row_functions.bose: _of(ops.BOSE),
    **dict.fromkeys((sp.im, sp.arg, sp.conjugate, sp.Subs, IntegralTransform), _refuse),
}


def _inherited(kind: type) -> Callable[[Lowering, Any, list[Any]], Any]:
    """A subclass of a known class is lowered like it; any other defined function is kept as it is."""
    for base in kind.__mro__[1:]:
        if base in _HANDLERS:
            _PARTS.update({kind: _PARTS[base]} if base in _PARTS else {})
            return _HANDLERS[base]
    defined = issubclass(kind, sp.Function) and not issubclass(kind, AppliedUndef)
    return _function if defined else _refuse
