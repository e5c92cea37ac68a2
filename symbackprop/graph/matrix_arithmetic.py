"""Matrix operations on nodes, folded where a person would not write them out: (Aᵀ)ᵀ, A I, a sum over ones.

Each function takes nodes of any shape: a 1 x 1 matrix is a scalar to the graph, so that a product with it is a
multiple, its transpose and trace are it itself, its inverse is a quotient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from ..ops import Op, Shape
from .arithmetic import Graph, Node

Window = tuple[Any, Any, Any]
"""Start, stop and step of the rows or columns of a part of a matrix."""


def matmul(graph: Graph, x: Node, y: Node) -> Node:
    """The matrix product; numbers, signs, scalar factors go out in front, identities vanish; may raise ShapeError."""
    if _is_plain(graph, x) and _is_plain(graph, y):
        return graph.make((ops.MATMUL, x, y))
    if not graph.shape(x) or not graph.shape(y):
        return graph.mul(x, y)
    for factor, other, first in ((x, y, True), (y, x, False)):
        if _is_identity(graph, factor):
            return other
        outside, inside = _scalar_part(graph, factor)
        if outside is not None:
            return graph.mul(outside, matmul(graph, inside, y) if first else matmul(graph, x, inside))
    return _summed(graph, x, y) or graph.make((ops.MATMUL, x, y))


_TAKEN_APART = frozenset({ops.CONSTANT, ops.NEG, ops.DIV, ops.MUL, ops.SPREAD})
"""The operations of which a product or a transpose may take something out."""


def _is_plain(graph: Graph, node: Node) -> bool:
    """Whether a node is a matrix that nothing folds into, as most are: told at once, a tenth of a matrix net's time."""
    key, shapes = graph.keys[node], graph.shapes
    op = key[0]
    return node in shapes and (op not in _TAKEN_APART or (op is ops.MUL and key[1] in shapes and key[2] in shapes))


def _is_identity(graph: Graph, node: Node) -> bool:
    op, *args = graph.keys[node]
    return op is ops.CONSTANT and isinstance(args[0], sp.Identity)


def _scalar_part(graph: Graph, node: Node) -> tuple[Node | None, Node]:
    """A factor of one matrix that can stand in front of the whole product, and what is left; None if there is none."""
    op, *args = graph.inside(node)
    if op is ops.NEG:
        return graph.constant(sp.S.NegativeOne), args[0]
    if op is ops.DIV and not graph.shape(args[1]) and graph.shape(args[0]):
        return graph.div(graph.one, args[1]), args[0]
    if op is ops.MUL:
        for scalar, matrix in (args, args[::-1]):
            if not graph.shape(scalar):
                return scalar, matrix
    return None, node


def _summed(graph: Graph, x: Node, y: Node) -> Node | None:
    """A product with a matrix that repeats a row, a column or a number, as sums; None if neither does."""
    shapes = graph.shape(x), graph.shape(y)
    if graph.inside(y)[0] is ops.SPREAD:
        own = graph.args(y)[0]
        repeats_rows = ops.rows_and_columns(graph.shape(own))[0] == 1
        product = graph.mul(row_sums(graph, x), own) if repeats_rows else matmul(graph, x, own)
        return graph.spread(product, ops.MATMUL.shape("", shapes))
    if graph.inside(x)[0] is ops.SPREAD:
        own = graph.args(x)[0]
        repeats_columns = ops.rows_and_columns(graph.shape(own))[1] == 1
        product = graph.mul(own, column_sums(graph, y)) if repeats_columns else matmul(graph, own, y)
        return graph.spread(product, ops.MATMUL.shape("", shapes))
    return None


def transpose(graph: Graph, x: Node) -> Node:
    """The transpose; signs and scalar factors go out."""
    op, *args = graph.inside(x)
    if op is ops.TRANSPOSE:
        inner: Node = args[0]
        return inner
    if _is_plain(graph, x):
        return graph.make((ops.TRANSPOSE, x))
    if not graph.shape(x) or _is_identity(graph, x):
        return x
    if op is ops.SPREAD:
        rows, columns = graph.shape(x)
        return graph.spread(transpose(graph, args[0]), (columns, rows))
    outside, inside = _scalar_part(graph, x)
    if outside is not None:
        return graph.mul(outside, transpose(graph, inside))
    return graph.make((ops.TRANSPOSE, x))


def inverse(graph: Graph, x: Node) -> Node:
    """The inverse; raises ShapeError where the matrix is not square."""
    if not graph.shape(x):
        return graph.div(graph.one, x)
    if _is_identity(graph, x):
        return x
    op, *args = graph.inside(x)
    return args[0] if op is ops.INVERSE else graph.make((ops.INVERSE, x))


def determinant(graph: Graph, x: Node) -> Node:
    """The determinant; raises ShapeError where the matrix is not square."""
    if _is_identity(graph, x):
        return graph.one
    return graph.make((ops.DETERMINANT, x)) if graph.shape(x) else x


def trace(graph: Graph, x: Node) -> Node:
    """The trace; raises ShapeError where the matrix is not square."""
    if not graph.shape(x):
        return x
    if _is_identity(graph, x):
        return size(graph, graph.shape(x)[0])
    return _linear(graph, x, trace) or graph.make((ops.TRACE, x))


def total(graph: Graph, x: Node) -> Node:
    """The sum of all entries."""
    shape = graph.shape(x)
    if not shape:
        return x
    if graph.inside(x)[0] is ops.SPREAD:
        return _times_entries(graph, total, graph.args(x)[0], shape, (0, 1))
    return _linear(graph, x, total) or graph.make((ops.TOTAL, x))


def row_sums(graph: Graph, x: Node) -> Node:
    """The sum along each row: (rows, 1)."""
    return _line_sums(graph, x, 1)


def column_sums(graph: Graph, x: Node) -> Node:
    """The sum down each column: (1, columns)."""
    return _line_sums(graph, x, 0)


def _line_sums(graph: Graph, x: Node, axis: int) -> Node:
    """The sums along one axis: of what is one line already itself, of what is repeated a multiple."""
    op, again = ((ops.COLUMN_SUMS, column_sums), (ops.ROW_SUMS, row_sums))[axis]
    shape = graph.shape(x)
    if ops.rows_and_columns(shape)[axis] == 1:
        return x
    if graph.inside(x)[0] is ops.SPREAD:
        part = _times_entries(graph, again, graph.args(x)[0], shape, (axis,))
        return graph.spread(part, op.shape("", (shape,)))
    return _linear(graph, x, again) or graph.make((op, x))


def _linear(graph: Graph, x: Node, operation: Callable[[Graph, Node], Node]) -> Node | None:
    """A sum of a multiple as the multiple of the sum; None where x is no multiple."""
    outside, inside = _scalar_part(graph, x)
    return None if outside is None else graph.mul(outside, operation(graph, inside))


def _times_entries(
    graph: Graph, operation: Callable[[Graph, Node], Node], x: Node, shape: Shape, axes: Sequence[int]
) -> Node:
    """A sum of x repeated to a shape: the sum of x itself, as often as it is repeated along these axes."""
    own = ops.rows_and_columns(graph.shape(x))
    for axis in axes:
        if own[axis] == 1:
            x = graph.mul(size(graph, shape[axis]), x)
    return operation(graph, x)


def size(graph: Graph, value: Any) -> Node:
    """A number of rows or columns as a scalar: a number, or a constant with a name."""
    value = sp.S(value)
    if value.is_Symbol:
        return graph.symbol(value)
    return graph.constant(value) if value.is_Number else graph.fixed(value)


def softmax(graph: Graph, x: Node, axis: int) -> Node:
    """exp(x) over its sum, down each column (axis 0) or along each row (axis 1)."""
    if ops.rows_and_columns(graph.shape(x))[axis] == 1:
        return graph.spread(graph.one, graph.shape(x))
    return graph.make(((ops.SOFTMAX_COLUMNS, ops.SOFTMAX_ROWS)[axis], x))


def logsumexp(graph: Graph, x: Node, axis: int) -> Node:
    """The logarithm of the sum of exp(x), down each column (axis 0) or along each row (axis 1)."""
    if ops.rows_and_columns(graph.shape(x))[axis] == 1:
        return x
    return graph.make(((ops.LSE_COLUMNS, ops.LSE_ROWS)[axis], x))


def part(graph: Graph, x: Node, rows: Window, columns: Window, shape: Shape) -> Node:
    """A window of x, of the given shape."""
    if shape == graph.shape(x):
        return x
    op, *args = graph.inside(x)
    if op is ops.SPREAD and not graph.shape(args[0]):
        return graph.spread(args[0], shape)
    return graph.make((ops.SLICE, x, _window(graph, rows, columns), _like(graph, shape)))


def placed(graph: Graph, x: Node, rows: Window, columns: Window, shape: Shape) -> Node:
    """x in a window of a matrix of the given shape that is 0 elsewhere."""
    return graph.make((ops.PLACE, x, _window(graph, rows, columns), _like(graph, shape)))


def is_zero(graph: Graph, node: Node) -> bool:
    """Whether a node is 0, or 0 repeated to a shape."""
    key = graph.inside(node)
    return node == graph.zero or (key[0] is ops.SPREAD and key[1] == graph.zero)


def _window(graph: Graph, rows: Window, columns: Window) -> Node:
    return graph.fixed(sp.Tuple(sp.Tuple(*rows), sp.Tuple(*columns)))


def _like(graph: Graph, shape: Shape) -> Node:
    return graph.fixed(sp.ZeroMatrix(*ops.rows_and_columns(shape)), shape)


def window_of(graph: Graph, node: Node) -> tuple[Window, Window]:
    """The rows and columns of a window leaf."""
    rows, columns = graph.value(node)
    return tuple(rows), tuple(columns)


APPLY: dict[Op, Callable[..., Node]] = {
    ops.MATMUL: matmul,
    ops.TRANSPOSE: transpose,
    ops.INVERSE: inverse,
    ops.DETERMINANT: determinant,
    ops.TRACE: trace,
    ops.TOTAL: total,
    ops.ROW_SUMS: row_sums,
    ops.COLUMN_SUMS: column_sums,
    ops.SOFTMAX_COLUMNS: lambda graph, x: softmax(graph, x, 0),
    ops.SOFTMAX_ROWS: lambda graph, x: softmax(graph, x, 1),
    ops.LSE_COLUMNS: lambda graph, x: logsumexp(graph, x, 0),
    ops.LSE_ROWS: lambda graph, x: logsumexp(graph, x, 1),
    ops.SPREAD: lambda graph, x, ones: graph.spread(x, graph.shape(ones)),
}
"""What makes the node of each operation on any operands, folded where it can be."""


def maker(op: Op) -> Callable[..., Node]:
    """What makes the node of any operation, a matrix one or not, from the graph and the operands."""
    return APPLY.get(op) or (lambda graph, *args: graph.apply(op, args))
