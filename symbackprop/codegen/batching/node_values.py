"""The value of a node for one sample or for all: entry by entry, or by an operation on matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ... import ops
from ...graph import Node
from ...graph.matrix_arithmetic import window_of
from ...ops import Shape
from .. import views
from ..steps import BATCH, FILL, LINALG, PLACE, Axes, Labels, Step, Steps
from ..views import Part, View
from .driver import PLAIN, Batching, Rule, plain_size


def plain(batching: Batching, node: Node) -> Rule:
    """The value of a node: of a leaf, of an operation on matrices, or entry by entry."""
    op = batching.graph.op(node)
    if op.leaf:
        return _leaf(batching, node)
    row = _MATRIX.get(op)
    return _entrywise(batching, node) if row is None else row(batching, node)


def _leaf(batching: Batching, node: Node) -> Rule:
    yield from ()
    return batching.leaf(node)


def _entrywise(batching: Batching, node: Node) -> Rule:
    xs = yield from batching.gathered(node, [PLAIN] * len(batching.graph.args(node)))
    return batching.entrywise(node, xs)


# --- products ---


def multiplied(batching: Batching, node: Node, x: Step, y: Step, summed: bool = False) -> Step:
    """The matrix product of two operands, each of one sample or of many, or summed over the samples."""
    graph = batching.graph
    left, right = graph.args(node)
    (rows, inner), (_, columns) = map(ops.rows_and_columns, (graph.shape(left), graph.shape(right)))
    sampled = not summed and bool(batching.batched[left]), not summed and bool(batching.batched[right])
    if inner == 1:  # a column times a row
        shape, beside = graph.shape(node), any(sampled)
        pairs = zip((x, y), (left, right), sampled, strict=True)
        return batching.steps.map(ops.MUL, *(batching.fitted(z, arg, shape, own, beside) for z, arg, own in pairs))
    return _PRODUCTS[sampled](batching.steps, x, y, rows == 1, columns == 1)


def _of_none(steps: Steps, x: Step, y: Step, row: bool, column: bool) -> Step:
    return steps.dot(x, y)


def _of_samples_right(steps: Steps, x: Step, y: Step, row: bool, column: bool) -> Step:
    """P q for each sample q: all at once as Q Pᵀ."""
    if column:
        return steps.dot(y, steps.transposed(x))
    return _stacked(steps, x, y)


def _of_samples_left(steps: Steps, x: Step, y: Step, row: bool, column: bool) -> Step:
    return steps.dot(x, y) if row else _stacked(steps, x, y)


def _of_both(steps: Steps, x: Step, y: Step, row: bool, column: bool) -> Step:
    if row and column:
        return steps.contract(x, y, (0, 1), (0, 1), (0,))
    if column:
        wide = steps.view(y, views.widened((True, True, False)))
        return steps.view(_stacked(steps, x, wide), views.picked(3, 2))
    if row:
        wide = steps.view(x, views.widened((True, False, True)))
        return steps.view(_stacked(steps, wide, y), views.picked(3, 1))
    return _stacked(steps, x, y)


def _stacked(steps: Steps, x: Step, y: Step) -> Step:
    """The product for each sample of two operands, one of which is the same for all, or neither."""
    left, right = (_stack(steps, operand) for operand in (x, y))
    rows = (*left[0], *(1,) * (len(left[1]) > 1), 2)
    columns = (*right[0], 2, *(3,) * (len(right[1]) > 1))
    return steps.contract(x, y, rows, columns, tuple(sorted({*rows, *columns} - {2})))


def _stack(steps: Steps, x: Step) -> tuple[Labels, Axes]:
    """The label of the samples, if an operand has them, and its axes beside them."""
    axes = steps.axes[x]
    return ((0,), axes[1:]) if axes[:1] == (BATCH,) else ((), axes)


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


# --- operations on one matrix ---

Unary = Callable[[Batching, Node, Step], Step]


def _unary(batching: Batching, node: Node) -> Rule:
    x = yield PLAIN, batching.graph.args(node)[0]
    return UNARY[batching.graph.op(node)](batching, node, x)


def _turned(batching: Batching, node: Node, x: Step) -> Step:
    return batching.steps.transposed(x)


def _axes(batching: Batching, node: Node, which: Iterable[int]) -> tuple[int, ...]:
    """The axes of an operand's array that its rows (0) or columns (1) lie along."""
    [arg, *_] = batching.graph.args(node)
    places = [place for place, size in enumerate(batching.graph.shape(arg)) if size != 1]
    first = 1 if batching.batched[arg] else 0
    return tuple(first + places.index(place) for place in which if place in places)


def _summed_along(*which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        return batching.steps.reduce(ops.ADD, x, _axes(batching, node, which))

    return row


def _kept(batching: Batching, x: Step, axis: int) -> Step:
    """An array that lost an axis, with an axis of one entry in its place."""
    rank = len(batching.steps.axes[x])
    if not rank:
        return x
    return batching.steps.view(x, views.widened(tuple(place != axis for place in range(rank + 1))))


def _shifted(batching: Batching, x: Step, axis: int) -> tuple[Step, Step, Step]:
    """The largest entry along an axis, exp(x - largest), and the sum of that: what softmax and logsumexp share."""
    steps = batching.steps
    largest = steps.reduce(ops.MAX, x, (axis,))
    powers = steps.map(ops.EXP, steps.map(ops.SUB, x, _kept(batching, largest, axis)))
    return largest, powers, steps.reduce(ops.ADD, powers, (axis,))


def _softmax(which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        [axis] = _axes(batching, node, (which,))
        _, powers, total = _shifted(batching, x, axis)
        return batching.steps.map(ops.DIV, powers, _kept(batching, total, axis))

    return row


def _logsumexp(which: int) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        [axis] = _axes(batching, node, (which,))
        largest, _, total = _shifted(batching, x, axis)
        return batching.steps.map(ops.ADD, batching.steps.map(ops.LOG, total), largest)

    return row


def _linalg(op: ops.Op, keeps: bool, turns: bool = True) -> Unary:
    def row(batching: Batching, node: Node, x: Step) -> Step:
        steps, axes = batching.steps, batching.steps.axes[x]
        turned = turns and steps.is_turned(x)  # of a transpose: of the matrix itself, which may be known already
        found = steps.make(LINALG, op, steps.operands(x) if turned else (x,), axes if keeps else axes[:-2])
        return steps.transposed(found) if turned and keeps else found

    return row


def _repeated(batching: Batching, node: Node, x: Step) -> Step:
    arg = batching.graph.args(node)[0]
    axes = batching.axes_of(node, batching.graph.shape(node))
    return batching.steps.make(FILL, None, (batching.aligned(x, arg, node),), axes)


# --- parts ---


def _window(batching: Batching, window: Node, whole: Shape, part: Shape, batched: bool) -> View:
    """The view of a part of a matrix in its array: where the part has one row or column, it has no axis for it."""
    triples = zip(window_of(batching.graph, window), whole, ops.rows_and_columns(part), strict=True)
    spans = [(tuple(map(plain_size, span)), size) for span, length, size in triples if length != 1]
    parts: list[Part] = [0] * batched
    dropped = []
    for axis, (span, size) in enumerate(spans, batched):
        if size == 1:
            dropped.append((axis, span[0]))
        else:
            parts.append((axis, span))
    return tuple(parts), tuple(dropped)


def _sliced(batching: Batching, node: Node, x: Step) -> Step:
    arg, window, _ = batching.graph.args(node)
    shape = batching.graph.shape(node)
    view = _window(batching, window, batching.graph.shape(arg), shape, bool(batching.batched[arg]))
    return batching.steps.view(x, view, batching.axes_of(node, shape))


def _placed(batching: Batching, node: Node, x: Step) -> Step:
    arg, window, _ = batching.graph.args(node)
    shape = batching.graph.shape(node)
    if shape == batching.graph.shape(arg):
        return x
    view = _window(batching, window, shape, batching.graph.shape(arg), bool(batching.batched[node]))
    return batching.steps.make(PLACE, view, (x,), batching.axes_of(node, shape))


UNARY: dict[ops.Op, Unary] = {
    ops.TRANSPOSE: _turned,
    ops.TOTAL: _summed_along(0, 1),
    ops.ROW_SUMS: _summed_along(1),
    ops.COLUMN_SUMS: _summed_along(0),
    ops.SOFTMAX_COLUMNS: _softmax(0),
    ops.SOFTMAX_ROWS: _softmax(1),
    ops.LSE_COLUMNS: _logsumexp(0),
    ops.LSE_ROWS: _logsumexp(1),
    ops.INVERSE: _linalg(ops.INVERSE, keeps=True),
    ops.DETERMINANT: _linalg(ops.DETERMINANT, keeps=False),
    ops.TRACE: _linalg(ops.TRACE, keeps=False, turns=False),
    ops.SPREAD: _repeated,
    ops.SLICE: _sliced,
    ops.PLACE: _placed,
    ops.NEG: lambda batching, node, x: batching.steps.map(ops.NEG, x),
}

_MATRIX: dict[ops.Op, Callable[[Batching, Node], Rule]] = {
    ops.MATMUL: _matmul,
    **dict.fromkeys((op for op in UNARY if op in ops.MATRIX), _unary),
}
"""One row per operation that does not act entry by entry."""
