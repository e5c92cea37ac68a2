"""The value of a node for one sample or for all: entry by entry, or by an operation on matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import ops
from ..errors import UnsupportedError
from ..graph import Node
from ..ops import Shape
from .arrays import (
    BATCH,
    EYE,
    INPUT,
    LINALG,
    MATMUL,
    NUMBER,
    PLACED,
    SPREAD,
    TRACE,
    VECDOT,
    Arrays,
    Dims,
    Step,
)
from .batching import PLAIN, Batching, Rule
from .entrywise import ENTRYWISE
from .numpy_source import constant_text


def plain(batching: Batching, node: Node) -> Rule:
    op = batching.graph.op(node)
    if op.leaf or batching.constant[node]:
        return _leaf(batching, node)
    row = _MATRIX.get(op)
    return _entrywise(batching, node) if row is None else row(batching, node)


def _leaf(batching: Batching, node: Node) -> Rule:
    yield from ()
    graph, arrays = batching.graph, batching.arrays
    name = batching.inputs.get(node)
    shape = graph.shape(node)
    if name is not None:
        return arrays.make(INPUT, name, (), batching.dims_of(node, shape))
    if shape:
        return arrays.make(EYE, None, (), batching.dims_of(node, shape))
    if not batching.constant[node]:  # a size that is a symbol, as a number of the kind that all arrays hold
        return arrays.make(INPUT, f"dtype.type({batching.size_text(graph.value(node))})", (), ())
    return arrays.make(NUMBER, constant_text(graph, node), (), ())


def _entrywise(batching: Batching, node: Node) -> Rule:
    op, args = batching.graph.op(node), batching.graph.args(node)
    if op not in ENTRYWISE:
        raise _unsupported(op)
    xs = yield from batching.gathered(node, [PLAIN] * len(args))
    return batching.combined(op, args, xs)


def _unsupported(op: ops.Op) -> UnsupportedError:
    """The error for an operation that has no NumPy source."""
    return UnsupportedError(
        f"{op.name} has no NumPy source, so no code can be generated for it: "
        "use the formulas, or write the function out in elementary functions"
    )


def multiplied(batching: Batching, node: Node, x: Step, y: Step, summed: bool = False) -> Step:
    """The matrix product of two operands, each of one sample or of many, or summed over the samples."""
    arrays, graph = batching.arrays, batching.graph
    left, right = graph.args(node)
    (rows, inner), (_, columns) = map(ops.rows_and_columns, (graph.shape(left), graph.shape(right)))
    sampled = not summed and bool(batching.batched[left]), not summed and bool(batching.batched[right])
    if inner == 1:  # a column times a row
        shape = graph.shape(node)
        return arrays.ufunc(
            "np.multiply", batching.fitted(x, left, shape, sampled[0]), batching.fitted(y, right, shape, sampled[1])
        )
    return _PRODUCTS[sampled](arrays, x, y, rows == 1, columns == 1)


def _of_none(arrays: Arrays, x: Step, y: Step, row: bool, column: bool) -> Step:
    return arrays.dot(x, y)


def _of_samples_right(arrays: Arrays, x: Step, y: Step, row: bool, column: bool) -> Step:
    """P q for each sample q: all at once as Q Pᵀ."""
    if column:
        return arrays.dot(y, arrays.transposed(x))
    return _stacked(arrays, x, y, (BATCH, *arrays.dims[x][:-1], arrays.dims[y][-1]))


def _of_samples_left(arrays: Arrays, x: Step, y: Step, row: bool, column: bool) -> Step:
    if row:
        return arrays.dot(x, y)
    return _stacked(arrays, x, y, (*arrays.dims[x][:-1], *arrays.dims[y][1:]))


def _of_both(arrays: Arrays, x: Step, y: Step, row: bool, column: bool) -> Step:
    x_dims, y_dims = arrays.dims[x], arrays.dims[y]
    if row and column:
        return arrays.make(VECDOT, None, (x, y), (BATCH,))
    if column:
        wide = arrays.view(y, "[:, :, None]", (*y_dims, 1))
        return arrays.view(_stacked(arrays, x, wide, (*x_dims[:2], 1)), "[:, :, 0]", x_dims[:2])
    if row:
        wide = arrays.view(x, "[:, None, :]", (BATCH, 1, x_dims[1]))
        return arrays.view(_stacked(arrays, wide, y, (BATCH, 1, y_dims[2])), "[:, 0, :]", (BATCH, y_dims[2]))
    return _stacked(arrays, x, y, (*x_dims[:2], y_dims[2]))


def _stacked(arrays: Arrays, x: Step, y: Step, dims: Dims) -> Step:
    return arrays.make(MATMUL, None, (x, y), dims)


_PRODUCTS: dict[tuple[bool, bool], Callable[..., Step]] = {
    (False, False): _of_none,
    (False, True): _of_samples_right,
    (True, False): _of_samples_left,
    (True, True): _of_both,
}
"""By which of the operands have a value for each sample."""


def _matmul(batching: Batching, node: Node) -> Rule:
    left, right = batching.graph.args(node)
    x = yield PLAIN, left
    y = yield PLAIN, right
    return multiplied(batching, node, x, y)


Unary = Callable[[Batching, Node, Step], Step]


def _unary(batching: Batching, node: Node) -> Rule:
    x = yield PLAIN, batching.graph.args(node)[0]
    return UNARY[batching.graph.op(node)](batching, node, x)


def _turned(batching: Batching, node: Node, x: Step) -> Step:
    return batching.arrays.transposed(x)


def _axes(batching: Batching, node: Node, which: Iterable[int]) -> tuple[int, ...]:
    """The axes of an operand's array that its rows (0) or columns (1) lie along."""
    [arg, *_] = batching.graph.args(node)
    places = [place for place, size in enumerate(batching.graph.shape(arg)) if size != 1]
    first = 1 if batching.batched[arg] else 0
    return tuple(first + places.index(place) for place in which if place in places)


def _summed_along(*which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        return batching.arrays.reduce("np.add", x, _axes(batching, node, which))

    return row


def _kept(batching: Batching, x: Step, axis: int) -> Step:
    """An array that lost an axis, with an axis of one entry in its place."""
    marks = [":"] * len(batching.arrays.dims[x])
    if axis > 0:  # NumPy adds axes in front by itself
        marks.insert(axis, "None")
    return batching.indexed(x, marks)


def _shifted(batching: Batching, x: Step, axis: int) -> tuple[Step, Step, Step]:
    """The largest entry along an axis, exp(x - largest), and the sum of that: what softmax and logsumexp share."""
    arrays = batching.arrays
    largest = arrays.reduce("np.maximum", x, (axis,))
    powers = arrays.ufunc("np.exp", arrays.ufunc("np.subtract", x, _kept(batching, largest, axis)))
    return largest, powers, arrays.reduce("np.add", powers, (axis,))


def _softmax(which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        [axis] = _axes(batching, node, (which,))
        _, powers, total = _shifted(batching, x, axis)
        return batching.arrays.ufunc("np.divide", powers, _kept(batching, total, axis))

    return row


def _logsumexp(which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        [axis] = _axes(batching, node, (which,))
        largest, _, total = _shifted(batching, x, axis)
        return batching.arrays.ufunc("np.add", batching.arrays.ufunc("np.log", total), largest)

    return row


def _linalg(name: str, keeps: bool) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        arrays, dims = batching.arrays, batching.arrays.dims[x]
        turned = arrays.is_turned(x)  # of a transpose: of the matrix itself, which may be known already
        found = arrays.make(LINALG, name, arrays.operands(x) if turned else (x,), dims if keeps else dims[:-2])
        return arrays.transposed(found) if turned and keeps else found

    return row


def _trace(batching: Batching, node: Node, x: Step) -> Step:
    return batching.arrays.make(TRACE, None, (x,), batching.arrays.dims[x][:-2])


def _repeated(batching: Batching, node: Node, x: Step) -> Step:
    arg = batching.graph.args(node)[0]
    dims = batching.dims_of(node, batching.graph.shape(node))
    return batching.arrays.make(SPREAD, None, (batching.aligned(x, arg, node),), dims)


def _window(batching: Batching, window: Node, whole: Shape, part: Shape, batched: bool) -> str:
    """The index of a part of a matrix in its array: where the part has one row or column, it has no axis for it."""
    triples = zip(batching.graph.value(window), whole, ops.rows_and_columns(part), strict=True)
    parts = [_span([batching.size_text(end) for end in span], size) for span, length, size in triples if length != 1]
    return f"[{', '.join([':'] * batched + parts)}]"


def _span(span: Iterable[Any], size: Any) -> str:
    """A window of rows or columns as an index; one row or column loses its axis."""
    start, stop, step = span
    if size == 1:
        return str(start)
    return f"{start}:{stop}" + (f":{step}" if step != 1 else "")


def _sliced(batching: Batching, node: Node, x: Step) -> Step:
    arg, window, _ = batching.graph.args(node)
    shape = batching.graph.shape(node)
    suffix = _window(batching, window, batching.graph.shape(arg), shape, bool(batching.batched[arg]))
    return batching.arrays.view(x, suffix, batching.dims_of(node, shape))


def _placed(batching: Batching, node: Node, x: Step) -> Step:
    arg, window, _ = batching.graph.args(node)
    shape = batching.graph.shape(node)
    if shape == batching.graph.shape(arg):
        return x
    index = _window(batching, window, shape, batching.graph.shape(arg), bool(batching.batched[node]))
    return batching.arrays.make(PLACED, index, (x,), batching.dims_of(node, shape))


UNARY: dict[ops.Op, Unary] = {
    ops.TRANSPOSE: _turned,
    ops.TOTAL: _summed_along(0, 1),
    ops.ROW_SUMS: _summed_along(1),
    ops.COLUMN_SUMS: _summed_along(0),
    ops.SOFTMAX_COLUMNS: _softmax(0),
    ops.SOFTMAX_ROWS: _softmax(1),
    ops.LSE_COLUMNS: _logsumexp(0),
    ops.LSE_ROWS: _logsumexp(1),
    ops.INVERSE: _linalg("np.linalg.inv", keeps=True),
    ops.DETERMINANT: _linalg("np.linalg.det", keeps=False),
    ops.TRACE: _trace,
    ops.SPREAD: _repeated,
    ops.SLICE: _sliced,
    ops.PLACE: _placed,
    ops.NEG: lambda batching, node, x: batching.arrays.ufunc("np.negative", x),
}

_MATRIX: dict[ops.Op, Callable[[Batching, Node], Rule]] = {
    ops.MATMUL: _matmul,
    **dict.fromkeys((op for op in UNARY if op in ops.MATRIX), _unary),
}
"""One row per operation that does not act entry by entry."""
