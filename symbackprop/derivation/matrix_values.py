"""What the operations on matrices give of numbers, to many digits: arrays of SymPy's floats, (rows, columns)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import window_of

Value = Any
"""A SymPy number, or an array of them."""


def applied(graph: Graph, node: Node, args: list[Value], sizes: Mapping[Any, Any]) -> Value:
    """An operation between matrices, on the values of its operands; a number where the shape says so.

    sizes: what the symbols of rows and columns are.
    """
    op = graph.op(node)
    if op is ops.SLICE or op is ops.PLACE:
        found = _WINDOWED[op](args, _window(graph, node, sizes))
    else:
        found = _ROWS[op](*args) if op in _ROWS else _entrywise(op, args)
    return found if graph.shape(node) else number(found)


def _entrywise(op: ops.Op, args: list[Value]) -> Value:
    """An operation on the entries of all operands that stand in one place, of which there may be thousands."""
    arrays = np.broadcast_arrays(*(np.asarray(arg, dtype=object) for arg in args))
    found = np.empty(arrays[0].shape, dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = op.sympy(*(array[place] for array in arrays))
    return found


def evaluated(value: Value, digits: int) -> Value:
    """A value with so many digits."""
    if isinstance(value, np.ndarray):
        return np.frompyfunc(lambda entry: entry.evalf(digits), 1, 1)(value)
    return value.evalf(digits) if isinstance(value, sp.Expr) else value


def number(value: Value) -> Value:
    """An array of one entry as the entry."""
    return value.item() if isinstance(value, np.ndarray) else value


def constant(value: Any, sizes: Mapping[Any, Any]) -> Value:
    """A matrix of numbers as an array; the windows of a matrix as they are."""
    if isinstance(value, sp.MatrixExpr):
        return _entries(value.subs(sizes).as_explicit())
    return value.subs(sizes) if isinstance(value, sp.Expr) else value


def _entries(matrix: Any) -> Value:
    return np.array(matrix.tolist(), dtype=object).reshape(matrix.shape)


# --- operations ---


def _by_sympy(method: str) -> Callable[[Value], Value]:
    """An operation that SymPy has for explicit matrices."""

    def row(x: Value) -> Value:
        found = getattr(sp.Matrix(np.atleast_2d(x)), method)()
        return _entries(found) if isinstance(found, sp.MatrixBase) else found

    return row


def _exponentials(x: Value) -> Value:
    return np.frompyfunc(sp.exp, 1, 1)(x)


def _softmax(axis: int) -> Callable[[Value], Value]:
    def row(x: Value) -> Value:
        found = _exponentials(x)
        return found / found.sum(axis=axis, keepdims=True)

    return row


def _log_of_sums(axis: int) -> Callable[[Value], Value]:
    return lambda x: np.frompyfunc(sp.log, 1, 1)(_exponentials(x).sum(axis=axis, keepdims=True))


_ROWS: dict[ops.Op, Callable[..., Value]] = {
    ops.MATMUL: lambda x, y: x @ y,
    ops.TRANSPOSE: lambda x: x.T,
    ops.INVERSE: _by_sympy("inv"),
    ops.DETERMINANT: _by_sympy("det"),
    ops.TRACE: _by_sympy("trace"),
    ops.TOTAL: lambda x: x.sum(),
    ops.ROW_SUMS: lambda x: x.sum(axis=1, keepdims=True),
    ops.COLUMN_SUMS: lambda x: x.sum(axis=0, keepdims=True),
    ops.SOFTMAX_ROWS: _softmax(1),
    ops.SOFTMAX_COLUMNS: _softmax(0),
    ops.LSE_ROWS: _log_of_sums(1),
    ops.LSE_COLUMNS: _log_of_sums(0),
    ops.SPREAD: lambda x, like: np.broadcast_to(np.asarray(x, dtype=object), like.shape),
}
"""All others are SymPy's own, entry by entry."""


# --- windows ---


def _window(graph: Graph, node: Node, sizes: Mapping[Any, Any]) -> tuple[slice, slice]:
    rows, columns = window_of(graph, graph.args(node)[1])
    return _span(rows, sizes), _span(columns, sizes)


def _span(window: Any, sizes: Mapping[Any, Any]) -> slice:
    return slice(*(int(sp.S(end).subs(sizes)) for end in window))


def _placed(args: list[Value], window: tuple[slice, slice]) -> Value:
    x, _, like = args
    found = like.copy()
    found[window] = x
    return found


_WINDOWED: dict[ops.Op, Callable[[list[Value], tuple[slice, slice]], Value]] = {
    ops.SLICE: lambda args, window: args[0][window],
    ops.PLACE: _placed,
}
