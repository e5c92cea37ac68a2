"""The signs of matrices that not every reader knows. A piece says which of them stand in it."""

from __future__ import annotations

from enum import Enum, auto


class Sign(Enum):
    """A sign that a document explains where it shows it, in the order in which it does.

    ENTRY, ENTRY_OF_LINE: a part of a matrix, or of a column or row, in which rows and columns are counted. RANGE, ALL:
    several rows or columns, or all of them. TABLE: a matrix of blocks. SHAPED: ones or zeros with their shape.
    """

    ENTRYWISE = auto()
    TRANSPOSE = auto()
    INVERSE = auto()
    TOTAL = auto()
    LOG_TOTAL = auto()
    NORM = auto()
    ROW_SUMS = auto()
    COLUMN_SUMS = auto()
    SOFTMAX_COLUMNS = auto()
    SOFTMAX_ROWS = auto()
    DETERMINANT = auto()
    TRACE = auto()
    ENTRY = auto()
    ENTRY_OF_LINE = auto()
    RANGE = auto()
    ALL = auto()
    TABLE = auto()
    IDENTITY = auto()
    SHAPED = auto()
    PLACED = auto()


Signs = frozenset[Sign]
