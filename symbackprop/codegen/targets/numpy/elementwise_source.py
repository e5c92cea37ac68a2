"""The NumPy text of every operation that acts entry by entry."""

from __future__ import annotations

from collections.abc import Sequence

from .... import ops
from ...precedence import OPERATORS, Call, Fold, Infix, Row, Text
from ..python_arrays.common_operations import common_rows
from ..python_arrays.dialect import Helper
from .scipy_rows import OF_SCIPY

SOURCES: dict[ops.Op, Row] = {
    **common_rows("np"),
    ops.COT: Helper("_cot"),
    ops.SEC: Helper("_sec"),
    ops.CSC: Helper("_csc"),
    ops.ACOT: Helper("_acot"),
    ops.ASEC: Helper("_asec"),
    ops.ACSC: Helper("_acsc"),
    ops.COTH: Helper("_coth"),
    ops.ACOTH: Helper("_acoth"),
    ops.ASECH: Helper("_asech"),
    ops.ACSCH: Helper("_acsch"),
    ops.ERF: Helper("_erf"),
    ops.ERFC: Helper("_erfc"),
    ops.ERFINV: Helper("_erfinv"),
    ops.POLYGAMMA: Helper("_polygamma"),
    ops.SPHERICAL_JN: Helper("_spherical_jn"),
    ops.SIGMOID: Helper("_sigmoid"),
    ops.ERFC_QUOTIENT: Helper("_erfc_quotient"),
    **OF_SCIPY,
}
"""One row per operation: operand texts to text; here stand those that other libraries spell differently."""

_OF_SIGNS = {
    "+": "np.add",
    "-": "np.subtract",
    "*": "np.multiply",
    "/": "np.divide",
    "<": "np.less",
    "<=": "np.less_equal",
    ">": "np.greater",
    ">=": "np.greater_equal",
    "==": "np.equal",
    "!=": "np.not_equal",
    "&": "np.logical_and",
    "|": "np.logical_or",
}
"""The functions that operators stand for."""


def _called(row: Row) -> str | None:
    """The function of a row that is one of NumPy's, which takes `out=`."""
    if isinstance(row, Infix):
        return _OF_SIGNS[row.sign]
    return row.function if isinstance(row, Call | Fold) and not isinstance(row, Helper) else None


UFUNCS: dict[ops.Op, str] = {op: name for op, row in SOURCES.items() if (name := _called(row)) is not None}
"""The functions of NumPy that write where they are told to."""
UFUNCS |= {ops.NEG: "np.negative", ops.POW: "np.power"}
del UFUNCS[ops.SELECT]


def of_numbers(op: ops.Op, args: Sequence[Text]) -> Text:
    """Computed from numbers alone: a Python float, since one of NumPy's own would turn float32 arrays into float64.

    But Python raises where NumPy gives infinity or nan, and its (-2.0) ** (1 / 3) is complex.
    """
    if op is ops.POW:
        return Call("float")([Call("np.float_power")(args)])
    if op is ops.DIV and not args[1].positive:
        return Call("float")([Call("np.divide")(args)])
    text = SOURCES[op](args)
    return text if op in OPERATORS or op in ops.CONDITIONS else Call("float")([text])
