"""The signs of matrices that not every reader knows. A tree says which of them stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from .. import ops
from ..notation.tree import Kind, Tree, walked

Sign = Enum(
    "Sign",
    "ENTRYWISE TRANSPOSE INVERSE TOTAL LOG_TOTAL NORM ROW_SUMS COLUMN_SUMS SOFTMAX_COLUMNS SOFTMAX_ROWS DETERMINANT "
    "TRACE ENTRY ENTRY_OF_LINE RANGE ALL TABLE IDENTITY SHAPED PLACED",
)
"""A sign that a document explains where it shows it, in the order in which it does.

ENTRY, ENTRY_OF_LINE: a part of a matrix, or of a column or row, in which rows and columns are counted. RANGE, ALL:
several rows or columns, or all of them. TABLE: a matrix of blocks. SHAPED: ones or zeros with their shape.
"""

Signs = frozenset[Sign]


_OF_KINDS = {
    Kind.ENTRYWISE: Sign.ENTRYWISE,
    Kind.TRANSPOSED: Sign.TRANSPOSE,
    Kind.TOTAL: Sign.TOTAL,
    Kind.LOG_TOTAL: Sign.LOG_TOTAL,
    Kind.NORM: Sign.NORM,
    Kind.TABLE: Sign.TABLE,
    Kind.IDENTITY: Sign.IDENTITY,
    Kind.ONES: Sign.SHAPED,
    Kind.PLACED: Sign.PLACED,
}
_OF_CALLS: dict[Any, Sign] = {
    ops.INVERSE: Sign.INVERSE,
    ops.DETERMINANT: Sign.DETERMINANT,
    ops.TRACE: Sign.TRACE,
    ops.SOFTMAX_COLUMNS: Sign.SOFTMAX_COLUMNS,
    ops.SOFTMAX_ROWS: Sign.SOFTMAX_ROWS,
    "rowsums": Sign.ROW_SUMS,
    "colsums": Sign.COLUMN_SUMS,
}


def signs_of(root: Tree) -> Iterator[Sign]:
    """The signs of matrices that stand in a tree."""
    for tree in walked(root):
        sign = _OF_KINDS.get(tree.kind) or (_OF_CALLS.get(tree.value) if tree.kind is Kind.CALL else None)
        if sign is not None:
            yield sign
        elif tree.kind is Kind.PART:
            yield Sign.ENTRY_OF_LINE if len(tree.parts) == 2 else Sign.ENTRY
        elif tree.kind is Kind.SPAN and len(tree.value) != 1:
            yield Sign.RANGE if tree.value else Sign.ALL
        elif tree.kind is Kind.ZEROS and tree.value:
            yield Sign.SHAPED
