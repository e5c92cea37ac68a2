"""The signs of matrices that not every reader knows. A piece says which of them stand in it."""

from __future__ import annotations

from enum import Enum

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
