"""What is placed in windows of larger matrices, back in SymPy: block matrices, and matrices given entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import Window, window_of


def placed(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any:
    """A matrix of zeros around what is placed; with steps, a product with rows and columns of the identity."""
    windows, shape = _windows(graph, node), graph.shape(node)
    content = done[graph.args(node)[0]]
    if any(step != 1 for _, _, step in windows):
        rows, columns = (_picked(span, size) for span, size in zip(windows, shape, strict=True))
        return sp.MatMul(rows.T, _matrix(content), columns)
    if _is_entry(content, shape):
        return _entries(shape, {windows: content})
    # What lies before a window, the window, and what lies behind it, so far as there is any.
    around = [
        ((sp.S.Zero, span[0], 1), span, (span[1], sp.S(size), 1)) for span, size in zip(windows, shape, strict=True)
    ]
    rows, columns = ([part for part in parts if part[0] != part[1]] for parts in around)
    return _blocks(rows, columns, {windows: content})


def tiled(graph: Graph, node: Node, done: Mapping[Node, Any]) -> Any | None:
    """A sum of placements, none of which has a name, as one matrix; None if they do not fit side by side."""
    parts = graph.args(node)
    if any(graph.op(part) is not ops.PLACE or isinstance(done[part], sp.MatrixSymbol) for part in parts):
        return None
    contents = {_windows(graph, part): done[graph.args(part)[0]] for part in parts}
    if len(contents) < len(parts):
        return None
    shape = graph.shape(node)
    if all(_is_entry(content, shape) for content in contents.values()):
        return _entries(shape, contents)
    rows, columns = (_chained((window[axis] for window in contents), shape[axis]) for axis in (0, 1))
    return _blocks(rows, columns, contents) if rows and columns else None


def _windows(graph: Graph, node: Node) -> tuple[Window, Window]:
    return window_of(graph, graph.args(node)[1])


def _is_entry(content: Any, shape: ops.Shape) -> bool:
    return not getattr(content, "is_Matrix", False) and all(isinstance(size, int) for size in shape)


def _entries(shape: ops.Shape, contents: Mapping[Any, Any]) -> Any:
    """A matrix given entry by entry."""
    entries = {(rows[0], columns[0]): content for (rows, columns), content in contents.items()}
    return sp.ImmutableDenseMatrix(*shape, lambda i, j: entries.get((i, j), 0))


def _blocks(rows: list[Window], columns: list[Window], contents: Mapping[Any, Any]) -> Any:
    """A matrix of blocks, zero where there is no content; one block is itself."""
    height, width = ([stop - start for start, stop, _ in spans] for spans in (rows, columns))
    blocks = [
        [_matrix(contents.get((row, column), sp.ZeroMatrix(h, w))) for column, w in zip(columns, width, strict=True)]
        for row, h in zip(rows, height, strict=True)
    ]
    return sp.BlockMatrix(blocks) if len(rows) > 1 or len(columns) > 1 else blocks[0][0]


def _matrix(content: Any) -> Any:
    return content if getattr(content, "is_Matrix", False) else sp.ImmutableDenseMatrix([[content]])


def _chained(spans: Iterable[Window], size: Any) -> list[Window]:
    """Windows in an order in which each begins where the last one ended, from 0 to the size; empty if none is."""
    begins = {span[0]: span for span in spans}
    chain: list[Window] = []
    at: Any = sp.S.Zero
    while at != size:
        if at not in begins:
            return []
        chain.append(begins.pop(at))
        at = chain[-1][1]
    return [] if begins else chain


def _picked(span: Window, size: Any) -> Any:
    """The rows of the identity that a window with steps picks out."""
    if not all(sp.S(part).is_Integer for part in (*span, size)):
        raise UnsupportedError(
            "a slice with steps of a symbolic size has no derivative in SymPy: use compile() instead"
        )
    return sp.ImmutableDenseMatrix([[int(i == j) for j in range(size)] for i in range(*map(int, span))])
