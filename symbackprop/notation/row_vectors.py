"""Formulas in columns rewritten in rows: W x + b as x Wᵀ + b, as the rows of a batch have it.

The name of a column x stands for the row xᵀ from now on. Of each part of a formula there are two trees, one that has
its value and one that has the transpose of it; the whole of a column takes the second. What would have more transposes
is written as the transpose of the other. Weights of a network stay as they are, whatever their shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import ops
from ..ops import Shape
from .forest import Forest
from .operations import chain
from .sums_and_products import total
from .tree import Kind, Tree, shaped, walked, written_as


@dataclass(frozen=True)
class _Both:
    """A part in rows, and its transpose, and how many transposes stand in each."""

    kept: Tree
    turned: Tree
    in_kept: int = 0
    in_turned: int = 0

    @property
    def shorter(self) -> Tree:
        """Either, where it does not matter which."""
        return self.turned if self.in_turned < self.in_kept else self.kept

    @property
    def fewest(self) -> int:
        """The transposes in that one."""
        return min(self.in_kept, self.in_turned)


def in_rows_of(forest: Forest, root: Tree, upright: bool = False) -> Tree:
    """A formula of columns as one of rows; upright: the whole stays a column, if it is one."""
    done: dict[Any, _Both] = {}
    for tree in walked(root):
        parts = [done[written_as(part)] for part in tree.parts]
        done[written_as(tree)] = _balanced(forest, _OF_KINDS.get(tree.kind, _alike)(forest, tree, parts), tree.shape)
    whole = done[written_as(root)]
    return whole.turned if _is_column(root.shape) and not upright else whole.kept


def _is_column(shape: Shape) -> bool:
    return shape[1:] == (1,)


def _transposed(forest: Forest, tree: Tree) -> Tree:
    return forest.make(Kind.TRANSPOSED, tree, shape=tree.shape[::-1])


def _balanced(forest: Forest, both: _Both, shape: Shape) -> _Both:
    """With the transpose of one for the other, where that is shorter; ln(x)ᵀ rather than ln(xᵀ)."""
    kept, turned = shaped(both.kept, shape), shaped(both.turned, shape[::-1])
    most = 1 if kept.kind is not Kind.CALL else 0
    if shape and both.in_kept > both.in_turned + most:
        return _Both(_transposed(forest, turned), turned, both.in_turned + 1, both.in_turned)
    if shape and both.in_turned > both.in_kept + most:
        return _Both(kept, _transposed(forest, kept), both.in_kept, both.in_kept + 1)
    return _Both(kept, turned, both.in_kept, both.in_turned)


def _made(forest: Forest, tree: Tree, parts: Sequence[Tree], value: Any = None) -> Tree:
    """The same of other parts."""
    return forest.make(tree.kind, *parts, value=tree.value if value is None else value)


def _counts(parts: Sequence[_Both]) -> tuple[int, int]:
    return sum(part.in_kept for part in parts), sum(part.in_turned for part in parts)


_Rewriting = Callable[[Forest, Tree, Sequence[_Both]], _Both]


def _alike(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """What is taken entry by entry: of parts in rows, and of their transposes."""
    kept, turned = (_made(forest, tree, side) for side in _sides(parts))
    return _Both(kept, turned, *_counts(parts))


def _sides(parts: Sequence[_Both]) -> tuple[list[Tree], list[Tree]]:
    return [part.kept for part in parts], [part.turned for part in parts]


def _leaf(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """A name or a derivative: of a column, it is that of the row."""
    named = tree.value if tree.kind is Kind.NAME else tree.value[1]
    if not tree.shape:
        return _Both(tree, tree)
    if _is_column(tree.shape) and not named.weight:
        row = shaped(tree, tree.shape[::-1])
        return _Both(_transposed(forest, row), row, 1, 0)
    return _Both(tree, _transposed(forest, tree), 0, 1)


def _sum(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    kept, turned = _sides(parts)
    return _Both(total(forest, kept), total(forest, turned), *_counts(parts))


def _negative(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    return _Both(forest.negative(parts[0].kept), forest.negative(parts[0].turned), *_counts(parts))


def _chain(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """A product of matrices: the transpose has its factors the other way round."""
    kept, turned = _sides(parts)
    return _Both(chain(forest, kept), chain(forest, turned[::-1]), *_counts(parts))


def _transpose(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    (part,) = parts
    return _Both(part.turned, part.kept, part.in_turned, part.in_kept)


def _number_of(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """A number that a matrix and its transpose share."""
    found = _made(forest, tree, [parts[0].shorter])
    return _Both(found, found, parts[0].fewest, parts[0].fewest)


def _call(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """A function entry by entry, or one that has another for transposes."""
    if tree.value in (ops.DETERMINANT, ops.TRACE):
        return _number_of(forest, tree, parts)
    both = _alike(forest, tree, parts)
    if tree.value not in _ALONG_THE_OTHER:
        return both
    turned = _made(forest, tree, [parts[0].turned], _ALONG_THE_OTHER[tree.value])
    return _Both(both.kept, turned, *_counts(parts))


_ALONG_THE_OTHER: dict[Any, Any] = {
    ops.SOFTMAX_COLUMNS: ops.SOFTMAX_ROWS,
    ops.SOFTMAX_ROWS: ops.SOFTMAX_COLUMNS,
    "rowsums": "colsums",
    "colsums": "rowsums",
}


def _same(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    return _Both(tree, tree)


def _fixed(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """Ones or zeros with their shape."""
    return _Both(tree, forest.make(tree.kind, value=tree.value[::-1]))


def _part(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """Rows and columns of a matrix; of its transpose, columns and rows."""
    whole, *spans = (part.kept for part in parts)
    if parts[0].in_turned < parts[0].in_kept:
        found = _made(forest, tree, [parts[0].turned, *spans[::-1]])
        return _pair(forest, tree, found, is_turned=True, count=parts[0].in_turned)
    return _pair(forest, tree, _made(forest, tree, [whole, *spans]), is_turned=False, count=parts[0].in_kept)


def _pair(forest: Forest, tree: Tree, found: Tree, is_turned: bool, count: int) -> _Both:
    """A tree that has the value of another, or its transpose, and that one's transpose."""
    if not tree.shape:
        return _Both(found, found, count, count)
    found = shaped(found, tree.shape[::-1] if is_turned else tree.shape)
    other = _transposed(forest, found)
    return _Both(other, found, count + 1, count) if is_turned else _Both(found, other, count, count + 1)


def _placed(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    spans = [part.kept for part in parts[1:]]
    kept, turned = (_made(forest, tree, [inside, *at]) for inside, at in zip(
        (parts[0].kept, parts[0].turned), (spans, spans[::-1]), strict=True
    ))  # fmt: skip
    return _Both(kept, turned, parts[0].in_kept, parts[0].in_turned)


def _table(forest: Forest, tree: Tree, parts: Sequence[_Both]) -> _Both:
    """Blocks: those of the transpose stand column by column."""
    columns = tree.value
    kept, turned = _sides(parts)
    across = [block for column in range(columns) for block in turned[column::columns]]
    return _Both(_made(forest, tree, kept), _made(forest, tree, across, len(parts) // columns), *_counts(parts))


_OF_KINDS: dict[Kind, _Rewriting] = {
    **dict.fromkeys((Kind.NAME, Kind.RATIO), _leaf),
    **dict.fromkeys(
        (Kind.NUMBER, Kind.CONSTANT, Kind.IDENTITY, Kind.SPAN), lambda forest, tree, parts: _Both(tree, tree)
    ),
    **dict.fromkeys((Kind.ONES, Kind.ZEROS), _fixed),
    **dict.fromkeys((Kind.TOTAL, Kind.LOG_TOTAL, Kind.NORM), _number_of),
    Kind.SUM: _sum,
    Kind.NEGATIVE: _negative,
    Kind.MATRIX_PRODUCT: _chain,
    Kind.TRANSPOSED: _transpose,
    Kind.CALL: _call,
    Kind.PART: _part,
    Kind.PLACED: _placed,
    Kind.TABLE: _table,
}
"""What is more than itself of other parts."""
