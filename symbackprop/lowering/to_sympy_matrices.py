"""Nodes with shapes back into SymPy matrix expressions.

What the graph repeats to fit (a column added to a matrix) is written with a matrix of ones, since SymPy adds only what
has one shape. A function, or a choice, of one matrix becomes an elementwise application; a choice between several
becomes a product with an indicator.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import window_of
from ..ops import Shape
from ..sympy_functions.matrix_function_base import ENTRY
from ..sympy_functions.matrix_functions import ColumnSums, Elementwise, LogSumExp, RowSums, Softmax, Total
from .refusals import shown
from .symbol_search import parts_of
from .to_sympy_blocks import placed, tiled


def built(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any:
    """The SymPy expression of a node that has a shape, or an operand with one; its operands are `done`."""
    op, args = graph.op(node), graph.args(node)
    if op is ops.PLACE:
        return placed(graph, node, done)
    if op is ops.ADD and (tiles := tiled(graph, node, done)) is not None:
        return tiles
    row = _ROWS.get(op)
    if row is not None:
        return row(graph, node, [done[arg] for arg in args])
    return None if op in ops.CONDITIONS else _applied(graph, node, done)


def scalar(expression: Any) -> Any:
    """A 1 x 1 matrix expression as its entry, which SymPy does not write out like this; a scalar as it is."""
    return MatrixElement(expression, 0, 0) if getattr(expression, "is_Matrix", False) else expression


def fitted(expression: Any, own: Shape, shape: Shape) -> Any:
    """An expression repeated to a shape, by products with ones."""
    if own == shape:
        return expression
    rows, columns = shape
    if not own:
        return _multiple(expression, sp.OneMatrix(rows, columns))
    left = () if own[0] == rows else (sp.OneMatrix(rows, 1),)
    right = () if own[1] == columns else (sp.OneMatrix(1, columns),)
    return sp.MatMul(*left, expression, *right)


def _multiple(factor: Any, matrix: Any) -> Any:
    """A scalar times a matrix; SymPy's own `*` evaluates all of the matrix below it, each time anew."""
    return sp.MatMul(factor, matrix).doit(deep=False)


def _fit(graph: Graph, node: Node, args: Sequence[Any]) -> list[Any]:
    shape = graph.shape(node)
    return [fitted(arg, graph.shape(of), shape) for arg, of in zip(args, graph.args(node), strict=True)]


def _difference(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    first, second = _fit(graph, node, args)
    return sp.MatAdd(first, _multiple(sp.S.NegativeOne, second))


def _product(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    first, second = (graph.shape(arg) for arg in graph.args(node))
    if first and second:
        return sp.HadamardProduct(*_fit(graph, node, args))
    return _multiple(args[0], args[1]) if second else _multiple(args[1], args[0])


def _quotient(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    if not graph.shape(graph.args(node)[1]):
        return _multiple(1 / args[1], args[0])
    above, below = _fit(graph, node, args)
    reciprocal = sp.HadamardPower(below, -1)
    return reciprocal if args[0] == 1 else sp.HadamardProduct(above, reciprocal)


def _power(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    first, second = graph.args(node)
    if not graph.shape(first):
        return Elementwise(sp.Lambda(ENTRY, args[0] ** ENTRY), args[1])
    exponent = args[1] if not graph.shape(second) else fitted(args[1], graph.shape(second), graph.shape(node))
    return sp.HadamardPower(fitted(args[0], graph.shape(first), graph.shape(node)), exponent)


def _matmul(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    product = sp.MatMul(*args)
    return product if graph.shape(node) else scalar(product)


def _reduced(kind: Callable[..., Any], *options: Any) -> Callable[..., Any]:
    def row(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
        result = kind(args[0], *options)
        return result if graph.shape(node) or not result.is_Matrix else Total(result)

    return row


def _spread(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    own, shape = graph.shape(graph.args(node)[0]), graph.shape(node)
    if args[0] == 0:
        return sp.ZeroMatrix(*shape)
    return fitted(args[0], own, shape)


def _slice(graph: Graph, node: Node, args: Sequence[Any]) -> Any:
    """A window; an entry of what is no symbol as a window's trace, since SymPy writes out all of a `MatrixElement`."""
    spans = window_of(graph, graph.args(node)[1])
    if not graph.shape(node) and isinstance(args[0], sp.MatrixSymbol):
        return args[0][spans[0][0], spans[1][0]]
    counts = ops.rows_and_columns(graph.shape(node))
    if not graph.shape(node) and any(isinstance(part, sp.MatrixBase) for part in parts_of(args[0])):
        return args[0][spans[0][0], spans[1][0]]  # of a matrix that is given entry by entry, one is there
    window = MatrixSlice(
        args[0], *((span[0], span[0] + span[2] * n, span[2]) for span, n in zip(spans, counts, strict=True))
    )
    return window if graph.shape(node) else sp.Trace(window)


# --- functions and choices, entry by entry ---


def _applied(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any:
    inner, matrices = _frontier(graph, node, done)
    if len(matrices) == 1:
        return Elementwise(sp.Lambda(ENTRY, _body(graph, inner, matrices[0], done)), done[matrices[0]])
    if graph.op(node) is ops.SELECT:
        return _chosen(graph, node, done)
    raise UnsupportedError(
        f"{graph.op(node).name} of several matrices has no SymPy expression: use the formulas, or compile()"
    )


def _frontier(graph: Graph, node: Node, done: Mapping[Node, Any]) -> tuple[list[Node], list[Node]]:
    """The nodes that are written as functions of single entries to give `node`, and the matrices these are of.

    Conditions and choices have no expression of their own. Where the matrices are several, the latest of them is taken
    apart as well: in atan2(sin(x), cos(x)) both operands are functions of x.
    """
    inner, found = {node}, _shaped(graph, node)
    while opened := _opened(graph, found, done):
        inner |= opened
        found = (found - opened).union(*(_shaped(graph, part) for part in opened))
    return sorted(inner), sorted(found)


_WITHOUT_EXPRESSION = ops.CONDITIONS | {ops.SELECT}


def _shaped(graph: Graph, node: Node) -> set[Node]:
    args = rivals_of(graph, node) or graph.args(node)
    return {arg for arg in (args[:1] if graph.op(node) is ops.SPREAD else args) if graph.shape(arg)}


def _opened(graph: Graph, found: set[Node], done: Mapping[Node, Any]) -> set[Node]:
    nameless = {node for node in found if not isinstance(done.get(node), sp.MatrixSymbol)}
    opened = {node for node in nameless if graph.op(node) in _WITHOUT_EXPRESSION}
    if len(found) > 1:
        opened |= {node for node in nameless if _is_repeated_number(graph, node)}
    if opened or len(found) < 2 or max(found) not in nameless:
        return opened
    latest = max(found)
    own = graph.op(latest).leaf or graph.op(latest) in ops.MATRIX
    return set() if own or any(graph.shape(arg) != graph.shape(latest) for arg in _shaped(graph, latest)) else {latest}


def _is_repeated_number(graph: Graph, node: Node) -> bool:
    return graph.op(node) is ops.SPREAD and not graph.shape(graph.args(node)[0])


def _body(graph: Graph, inner: Sequence[Node], matrix: Node, done: Mapping[Node, Any]) -> Any:
    """The last of the inner nodes as a scalar expression of one entry of the matrix."""
    made: dict[Node, Any] = {matrix: ENTRY}
    for node in inner:
        if graph.op(node) is ops.SPREAD:
            [repeated, *_] = graph.args(node)
            made[node] = made.get(repeated, done.get(repeated))
        else:
            made[node] = of_entries(graph, node, ChainMap(made, done))  # type: ignore[arg-type]  # made alone is written
    return made[inner[-1]]


def of_entries(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any:
    """One operation on scalar expressions; a choice whose other branch is a choice continues that one."""
    op, args = graph.op(node), [done[arg] for arg in graph.args(node)]
    if op is ops.SELECT and args[2].func is sp.Piecewise:
        return sp.Piecewise((args[1], args[0]), *args[2].args)
    if rivals := rivals_of(graph, node):
        return _reaches([done[arg] for arg in rivals], graph.op(max(graph.args(node))))
    return op.sympy(*args) if ops.OPS.get(op.name) is op else _of_class(op, args)


def _of_class(op: ops.Op, args: Sequence[Any]) -> Any:
    """A function that has no row here: SymPy makes hermite(n, x) of a symbol n, and none of -2/3."""
    try:
        return op.sympy(*args)
    except RecursionError:
        raise
    except Exception as error:
        raise UnsupportedError(
            f"{op.name} of {shown(sp.Tuple(*args))}, in the derivative, is no expression of SymPy's, which raises "
            f"{type(error).__name__}: use formulas(), or other numbers"
        ) from error


def rivals_of(graph: Graph, node: Node) -> tuple[Node, ...]:
    """Where a node asks whether one operand is the maximum, or the minimum, of several: that one, then the others."""
    if graph.op(node) is not ops.EQ:
        return ()
    operand, whole = sorted(graph.args(node))  # what is made of others comes after them
    if graph.op(whole) not in _REACHES or operand not in graph.args(whole):
        return ()
    return (operand, *(arg for arg in graph.args(whole) if arg != operand))


_REACHES: dict[ops.Op, ops.Op] = {ops.MAX: ops.GE, ops.MIN: ops.LE}


def _reaches(rivals: Sequence[Any], op: ops.Op) -> Any:
    """x >= a and x >= b, for x == max(x, a, b): that SymPy rearranges, so that it never holds for floats.

    Not x >= max(a, b): a maximum of n is compared by SymPy n^2 times whenever a number is put in.
    """
    relations = [_compared(_REACHES[op].sympy, rivals[0], other) for other in rivals[1:]]
    decided = len(relations) == 1 or any(relation in (sp.true, sp.false) for relation in relations)
    return sp.And(*relations, evaluate=decided)  # else there is nothing to find, in n^2 comparisons again


def _compared(kind: Any, x: Any, y: Any) -> Any:
    """x >= y; as x - y >= 0 where SymPy turns it to and fro without end when it stands in a Piecewise: 3*x >= -7*x."""
    relation = kind(x, y)
    if not relation.is_Relational or relation.canonical.canonical == relation.canonical:
        return relation
    return kind(x - y, sp.S.Zero)


def _is_partial(graph: Graph, node: Node) -> bool:
    """Whether a piece of a choice is undefined."""
    stack = [node]
    while stack:
        choice = stack.pop()
        if graph.op(choice) is ops.SELECT:
            branches = graph.args(choice)[1:]
            if any(map(graph.contents, branches)):
                return True
            stack.extend(branches)
    return False


def _chosen(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any:
    condition, yes, no = graph.args(node)
    shape = graph.shape(node)
    if any(_is_partial(graph, value) for value in (yes, no)):  # a product with 0 does not switch nan off
        raise UnsupportedError(
            "a choice of several matrices with an undefined piece has no SymPy expression: "
            "use the formulas, or compile()"
        )
    terms = []
    for value, other, holds in ((yes, no, True), (no, yes, False)):
        undefined = bool(graph.contents(other))
        if not graph.contents(value) and (value != graph.zero or undefined):
            body = _indicator(graph, condition, done, holds, sp.nan if undefined else sp.S.Zero)
            indicator = fitted(body, graph.shape(condition), shape)
            weighted = sp.HadamardProduct if indicator.is_Matrix else _multiple
            terms.append(weighted(indicator, fitted(done[value], graph.shape(value), shape)))
    return sp.MatAdd(*terms) if len(terms) > 1 else terms[0]


def _indicator(graph: Graph, condition: Node, done: Mapping[Node, Any], holds: bool, elsewhere: Any) -> Any:
    """1 where a condition holds (or does not), 0 or nan elsewhere."""
    yes, no = (sp.S.One, elsewhere) if holds else (elsewhere, sp.S.One)
    if not graph.shape(condition):
        return sp.Piecewise((yes, done[condition]), (no, True))
    inner, matrices = _frontier(graph, condition, done)
    if len(matrices) == 1:
        body = sp.Piecewise((yes, _body(graph, inner, matrices[0], done)), (no, True))
        return Elementwise(sp.Lambda(ENTRY, body), done[matrices[0]])
    if graph.op(condition) not in ops.COMPARISONS:
        raise UnsupportedError(
            f"{graph.op(condition).name} on several matrices has no SymPy expression: use the formulas, or compile()"
        )
    first, second = (fitted(done[arg], graph.shape(arg), graph.shape(condition)) for arg in graph.args(condition))
    body = sp.Piecewise((yes, graph.op(condition).sympy(ENTRY, sp.S.Zero)), (no, True))
    return Elementwise(sp.Lambda(ENTRY, body), sp.MatAdd(first, _multiple(sp.S.NegativeOne, second)))


_ROWS: dict[ops.Op, Callable[..., Any]] = {
    ops.ADD: lambda graph, node, args: sp.MatAdd(*_fit(graph, node, args)),
    ops.SUB: _difference,
    ops.NEG: lambda graph, node, args: _multiple(sp.S.NegativeOne, args[0]),
    ops.MUL: _product,
    ops.DIV: _quotient,
    ops.POW: _power,
    ops.COPY: lambda graph, node, args: args[0],
    ops.MATMUL: _matmul,
    ops.TRANSPOSE: lambda graph, node, args: sp.Transpose(args[0]),
    ops.INVERSE: lambda graph, node, args: sp.Inverse(args[0]),
    ops.DETERMINANT: lambda graph, node, args: sp.Determinant(args[0]),
    ops.TRACE: lambda graph, node, args: sp.Trace(args[0]),
    ops.TOTAL: _reduced(Total),
    ops.ROW_SUMS: _reduced(RowSums),
    ops.COLUMN_SUMS: _reduced(ColumnSums),
    ops.SOFTMAX_ROWS: _reduced(Softmax, 1),
    ops.SOFTMAX_COLUMNS: _reduced(Softmax, 0),
    ops.LSE_ROWS: _reduced(LogSumExp, 1),
    ops.LSE_COLUMNS: _reduced(LogSumExp, 0),
    ops.SPREAD: _spread,
    ops.SLICE: _slice,
}
"""What is no function of single entries: (graph, node, operands as SymPy expressions) to a SymPy expression."""


def whole(expression: Any, shape: Shape, symbol: Any) -> Any:
    """A derivative as SymPy has it for this symbol: a 1 x 1 matrix for one of 1 x 1, a scalar for a scalar."""
    if shape:
        return expression
    if not isinstance(symbol, sp.MatrixSymbol):
        return scalar(expression)
    return expression if getattr(expression, "is_Matrix", False) else sp.ImmutableDenseMatrix([[expression]])
