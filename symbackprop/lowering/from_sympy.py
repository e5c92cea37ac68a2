"""SymPy expressions into nodes, one visit per distinct object and without recursion.

The memo goes by `id`: hashing and comparing SymPy expressions walks them, and a shared part is the same object
in practice. Equal parts that are different objects meet again in the graph's own table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy import Mul, Symbol
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from .. import ops
from ..errors import ShapeError, UnsupportedError
from ..graph import FOLDING, Graph, Key, Node
from ..ops import ADD, MUL
from . import matrix_expressions
from .matrix_expressions import PARTS, shape_of

Recogniser = Callable[[Graph, Node], Node]
"""Turns a new node into a numerically better one of equal value, or returns it as it is."""


class Lowering:
    """One graph under construction, and what has been lowered into it so far."""

    def __init__(self, graph: Graph, recognisers: Mapping[ops.Op, Recogniser] | None = None) -> None:
        self.graph = graph
        self.recognisers = recognisers or {}
        self.quantities: dict[sp.Symbol, Node] = {}
        self._root_from = 0
        self._defined: set[str] = set()  # the names of the quantities: a string is hashed in C, a symbol in Python
        self._memo: dict[int, Any] = {}
        self._kept: list[Any] = []  # an id is worth something only while its object lives

    def equations(self, equations: Sequence[tuple[Any, Any]]) -> None:
        """Lower every `name = expression` in turn; a symbol may be used in the equations after its own.

        Most are one function of a symbol, or a sum of symbols and products of two: done here, and not by `equation`
        like the others, they save 8 % of a network's derivation. Their nodes enter the table with `Graph.release`.
        """
        graph, keys, memo = self.graph, self.graph.keys, self._memo
        self._kept.append(tuple(equations))
        self._defined.update([name.name for name, _ in equations])
        for name, expression in equations:
            key = None if graph.shapes or type(name) is not Symbol else self._plain_key(expression)
            if key is None or key in graph.table:
                self.equation(name, expression)
                continue
            node = self.quantities[name] = memo[id(name)] = len(keys)
            graph.claimed.add(node)
            keys.append(key)

    def _plain_key(self, expression: Any) -> Key | None:
        """The key of a sum or function that does not fold, of symbols and products of two; None for anything else."""
        op = _PLAIN.get(type(expression))
        if op is None or op in self.recognisers:
            return None
        parts = expression.args
        nodes: list[Any] = list(map(self._memo.get, map(id, parts)))
        if None in nodes and self._fill(nodes, parts):
            return None
        if op is not ADD:
            return (op, *nodes)
        nodes = _leaves_last(self.graph, nodes)
        plain = self.graph.folding.isdisjoint(nodes) and (len(nodes) > 2 or len(set(nodes)) == 2)
        return (ADD, *nodes) if plain else None

    def equation(self, name: sp.Symbol, expression: Any) -> Node:
        """Lower `name = expression`; from here on the symbol `name` stands for this node."""
        graph = self.graph
        self._root_from = len(graph.keys)
        lowered = self.expression(expression)
        if graph.shapes or type(name) is not Symbol:
            _check_shape(graph, name, lowered)
        node = graph.claim(lowered, self._root_from)
        self.quantities[name] = self._memo[id(name)] = node
        self._defined.add(name.name)
        self._kept.append(name)
        return node

    def symbols(self, symbols: Sequence[Any]) -> Sequence[Node]:
        """The leaves of distinct symbols, before any expression is lowered."""
        nodes = self.graph.new_symbols(symbols)
        if set(map(type, symbols)) != {Symbol}:
            shapes = zip(nodes, map(shape_of, symbols), strict=True)
            self.graph.shapes.update((node, shape) for node, shape in shapes if shape)
        self._memo.update(zip(map(id, symbols), nodes, strict=True))
        self._kept.append(symbols)
        return nodes

    def expression(self, expression: Any) -> Node:
        """The node of a SymPy expression.

        Raises:
            UnsupportedError: a piece of it has no place in the graph; the message names the piece.
        """
        if not isinstance(expression, sp.Basic):
            if not isinstance(expression, sp.MatrixBase):
                raise refusal(expression)
            expression = expression.as_immutable()
        self._kept.append(expression)
        if not expression.args:
            return self._leaf(expression)
        memo, stack = self._memo, [expression]
        node: Any = None
        while stack:
            top = stack[-1]
            handler = _HANDLERS.get(type(top)) or self._handler(type(top))
            if handler is _refuse:  # before its parts are looked at: the whole is what the user knows by name
                raise refusal(top)
            parts = top.args if type(top) not in PARTS else PARTS[type(top)](top)
            nodes = list(map(memo.get, map(id, parts)))
            if None in nodes:
                if parts is not top.args:
                    self._kept.append(parts)
                waiting = self._fill(nodes, parts)
                if waiting:
                    stack += waiting
                    continue
            if len(stack) == 1:  # what is older than this is a part that other equations may use
                self._root_from = len(self.graph.keys)
            node = handler(self, top, nodes)
            stack.pop()
            if stack:  # not the root: it may become a named quantity, which an equal part elsewhere is not
                memo[id(top)] = node
        lowered: Node = node
        return lowered

    def _fill(self, nodes: list[Any], parts: Sequence[Any]) -> list[Any]:
        """Put nodes in the place of each None where that takes no descent; returns the parts that wait for one.

        Products of two symbols are the bulk of a network: what `Graph.mul` does for them stands here as code.
        `_args` is `args` without a call.
        """
        memo, graph = self._memo, self.graph
        keys, known, enter = graph.keys, memo.get, graph.table.setdefault
        waiting = []
        for place, part in enumerate(parts):
            if nodes[place] is not None:
                continue
            below = part._args
            if not below:
                nodes[place] = memo[id(part)] = self._leaf(part)
            elif type(part) is Mul and len(below) == 2 and below[0].is_Symbol and below[1].is_Symbol:
                first, second = below
                x, y = known(id(first)), known(id(second))
                if x is None:
                    x = memo[id(first)] = self._leaf(first)
                if y is None:
                    y = memo[id(second)] = self._leaf(second)
                key = (MUL, x, y) if x <= y else (MUL, y, x)
                fresh = len(keys)
                nodes[place] = node = enter(key, fresh)
                if node == fresh:
                    keys.append(key)
                    if graph.shapes:
                        graph.find_shape(node)
            else:
                waiting.append(part)
        return waiting

    def _leaf(self, leaf: Any) -> Node:
        if type(leaf) is not Symbol and not leaf.is_Symbol:
            return self._constant(leaf)
        if leaf.name in self._defined and leaf in self.quantities:
            return self.quantities[leaf]
        return self.graph.symbol(leaf)

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

    def inlined(self, function: Any, argument: Node) -> Node:
        """The node of a Lambda's body with a node in the place of its variable: entry by entry if that is a matrix."""
        if not isinstance(function, sp.Lambda):
            variable = sp.Dummy("x", real=True)
            function = sp.Lambda(variable, function(variable))
        self._kept.append(function)
        [variable], body = function.variables, function.expr
        if body.args == (variable,):  # one function, as nearly every activation is: a tenth of a matrix net's time
            node: Node = self._handler(type(body))(self, body, [argument])
            return node
        inner = Lowering(self.graph, self.recognisers)
        used = {symbol: self.quantities[symbol] for symbol in function.free_symbols if symbol in self.quantities}
        inner.quantities = {**used, variable: argument}
        inner._defined = {symbol.name for symbol in inner.quantities}
        return inner.expression(body)

    def applied(self, op: ops.Op, nodes: Iterable[Node]) -> Node:
        """The node of `op`, in the stable form where one is recognised."""
        return self.recognised(self.graph.apply(op, tuple(nodes)))

    def recognised(self, node: Node) -> Node:
        """The node, or the stable form of equal value."""
        recognise = self.recognisers.get(self.graph.op(node))
        return node if recognise is None else recognise(self.graph, node)


def _check_shape(graph: Graph, name: Any, node: Node) -> None:
    if graph.shape(node) != shape_of(name):
        raise ShapeError(
            f"{name.name} is {ops.shown(shape_of(name))}, but its equation gives {ops.shown(graph.shape(node))}"
        )


def refusal(piece: Any) -> UnsupportedError:
    """The error for a piece that cannot be lowered, by name and with what to do about it."""
    return UnsupportedError(f"{type(piece).__name__} cannot be lowered, in {shown(piece)}: {_advice(piece)}")


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


def _advice(piece: Any) -> str:
    for kinds, advice in _ADVICE:
        if isinstance(piece, kinds):
            return advice
    return "write it with elementary functions, or give it a class with fdiff"


_ADVICE: tuple[tuple[Any, str], ...] = (
    (
        (sp.Derivative, sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Subs),
        "it is unevaluated; call .doit() on it first",
    ),
    (AppliedUndef, "it is an undefined function; write out what it stands for"),
    ((sp.Adjoint,), "entries are real: write .T"),
    ((sp.FunctionMatrix, sp.PermutationMatrix), "call .as_explicit() on it first"),
    ((sp.MatrixExpr,), "write it with products, sums, transposes and inverses"),
    (
        (sp.core.numbers.ImaginaryUnit, sp.re, sp.im, sp.arg, sp.conjugate),
        "only real expressions are differentiated; write out the real part",
    ),
    (sp.Number, "only finite numbers can stand in an expression"),
)


# --- handlers: (lowering, SymPy expression, its lowered arguments) -> node ---


def _add(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    return lowering.graph.sum(_leaves_last(lowering.graph, nodes))


def _leaves_last(graph: Graph, nodes: list[Node]) -> list[Node]:
    """The terms of a sum as people write it, w*x + b: SymPy puts the symbols first."""
    leaves = 0
    while leaves < len(nodes) and graph.keys[nodes[leaves]][0].leaf:
        leaves += 1
    return nodes[leaves:] + nodes[:leaves]


def _mul(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    graph, keys = lowering.graph, lowering.graph.keys
    if len(nodes) == 2 and not (keys[nodes[0]][0].folds or keys[nodes[1]][0].folds):
        return lowering.applied(MUL, nodes)
    above, below = graph.one, graph.one
    if graph.op(nodes[0]) is ops.NUMBER:  # multiplied last, the number ends up in front of all
        nodes = [*nodes[1:], nodes[0]]
    for node in nodes:
        op, *args = graph.inside(node)
        if op is ops.DIV and args[0] == graph.one:
            below = graph.mul(below, args[1])
        else:
            above = graph.mul(above, node)
    return lowering.applied(ops.DIV, (above, below))


def _pow(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    return lowering.applied(ops.POW, nodes)


def _piecewise(lowering: Lowering, expr: Any, branches: list[tuple[Node, Node]]) -> Node:
    graph = lowering.graph
    value = graph.constant(sp.S.NaN)  # where no condition holds
    for branch, condition in reversed(branches):
        if graph.op(condition) is ops.CONSTANT:
            value = branch if graph.value(condition) is sp.true else value
        else:
            value = graph.make((ops.SELECT, condition, branch, value))
    return value


def _polygamma(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    order = expr.args[0]
    if order.is_number and not (order.is_Integer and order.is_nonnegative):
        raise UnsupportedError(f"polygamma of order {shown(order)}: the order must be a whole number >= 0")
    return lowering.applied(ops.POLYGAMMA, nodes)


def _function(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    return lowering.applied(ops.function(expr.func), nodes)


def _refuse(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
    raise refusal(expr)


def _of(op: ops.Op) -> Callable[[Lowering, Any, list[Node]], Node]:
    if op in FOLDING:
        return lambda lowering, expr, nodes: lowering.applied(op, nodes)

    def made(lowering: Lowering, expr: Any, nodes: list[Node]) -> Node:
        node = lowering.graph.make((op, *nodes))
        return lowering.recognised(node) if op in lowering.recognisers else node

    return made


_PLAIN: dict[type, ops.Op] = {
    sp.Add: ADD,
    **{op.sympy: op for op in ops.OPS.values() if op.arity == 1 and isinstance(op.sympy, sp.FunctionClass)},
}
"""Sums, and the functions of one number, which are lowered as they stand where nothing is recognised in them."""

_HANDLERS: dict[type, Callable[[Lowering, Any, list[Any]], Any]] = {
    **{op.sympy: _of(op) for op in ops.OPS.values() if isinstance(op.sympy, type)},
    sp.Add: _add,
    sp.Mul: _mul,
    sp.Pow: _pow,
    sp.Piecewise: _piecewise,
    ExprCondPair: lambda lowering, expr, nodes: (nodes[0], nodes[1]),
    **matrix_expressions.HANDLERS,
    sp.UnevaluatedExpr: lambda lowering, expr, nodes: nodes[0],
    sp.polygamma: _polygamma,
    **dict.fromkeys((sp.re, sp.im, sp.arg, sp.conjugate, sp.Subs), _refuse),
}


def _inherited(kind: type) -> Callable[[Lowering, Any, list[Any]], Any]:
    """A subclass of a known class is lowered like it; any other defined function is kept as it is."""
    for base in kind.__mro__[1:]:
        if base in _HANDLERS:
            PARTS.update({kind: PARTS[base]} if base in PARTS else {})
            return _HANDLERS[base]
    defined = issubclass(kind, sp.Function) and not issubclass(kind, AppliedUndef)
    return _function if defined else _refuse
