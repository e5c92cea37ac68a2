"""The NumPy text of every operation that acts entry by entry."""

from __future__ import annotations

from collections.abc import Sequence

from .... import ops
from ...passes.further_operations import (
    BELL,
    ERFC_OF_ROOT,
    EXP_OF_DIFFERENCE,
    EXPM1,
    LOG1P,
    LOG_HALF_ERFC,
    LOGADDEXP,
    REST_OF_SUM,
    SQUARE,
    TIMES_ERFC_OF_ROOT,
    TOP,
    WEIGHTED_LOG,
    WEIGHTED_SUM,
)
from ...precedence import OPERATORS, Call, Fold, Infix, Row, Text
from ..python_arrays.dialect import Helper


def _beside_zero(function: str) -> Row:
    """A function of NumPy of one operand and 0."""
    return lambda args: Call(function)([*args, Text("0.0")])


SOURCES: dict[ops.Op, Row] = {
    **OPERATORS,
    ops.SQRT: Call("np.sqrt"),
    ops.EXP: Call("np.exp"),
    ops.LOG: Call("np.log"),
    ops.SIN: Call("np.sin"),
    ops.COS: Call("np.cos"),
    ops.TAN: Call("np.tan"),
    ops.COT: Helper("_cot"),
    ops.SEC: Helper("_sec"),
    ops.CSC: Helper("_csc"),
    ops.ASIN: Call("np.arcsin"),
    ops.ACOS: Call("np.arccos"),
    ops.ATAN: Call("np.arctan"),
    ops.ACOT: Helper("_acot"),
    ops.ASEC: Helper("_asec"),
    ops.ACSC: Helper("_acsc"),
    ops.ATAN2: Call("np.arctan2"),
    ops.HYPOT: Call("np.hypot"),
    ops.SINH: Call("np.sinh"),
    ops.COSH: Call("np.cosh"),
    ops.TANH: Call("np.tanh"),
    ops.COTH: Helper("_coth"),
    ops.SECH: Helper("_sech"),
    ops.CSCH: Helper("_csch"),
    ops.ASINH: Call("np.arcsinh"),
    ops.ACOSH: Call("np.arccosh"),
    ops.ATANH: Call("np.arctanh"),
    ops.ACOTH: Helper("_acoth"),
    ops.ASECH: Helper("_asech"),
    ops.ACSCH: Helper("_acsch"),
    ops.ERF: Helper("_erf"),
    ops.ERFC: Helper("_erfc"),
    ops.ERFINV: Helper("_erfinv"),
    ops.GAMMA: Helper("_gamma"),
    ops.LOGGAMMA: Helper("_loggamma"),
    ops.POLYGAMMA: Helper("_polygamma"),
    ops.ABS: Call("np.abs"),
    ops.SIGN: Call("np.sign"),
    ops.HEAVISIDE: Call("np.heaviside"),
    ops.FLOOR: Call("np.floor"),
    ops.CEILING: Call("np.ceil"),
    ops.MAX: Fold("np.maximum"),
    ops.MIN: Fold("np.minimum"),
    ops.SIGMOID: Helper("_sigmoid"),
    ops.SOFTPLUS: _beside_zero("np.logaddexp"),
    ops.RELU: _beside_zero("np.maximum"),
    ops.LEAKY_RELU: Helper("_leaky_relu"),
    ops.ELU: Helper("_elu"),
    ops.LOGSUMEXP: Helper("_logsumexp"),
    ops.WEIGHTED_LOGSUMEXP: Helper("_weighted_logsumexp"),
    ops.WEIGHTED_EXP: Helper("_weighted_exp"),
    ops.LOG1MEXP: Helper("_log1mexp"),
    ops.LOG_COSH: Helper("_log_cosh"),
    ops.LOG_GAMMA: Helper("_log_gamma"),
    ops.LOG_ERFC: Helper("_log_erfc"),
    ops.ERFC_QUOTIENT: Helper("_erfc_quotient"),
    ops.BOSE: Helper("_bose"),
    ops.NOT: Call("np.logical_not"),
    ops.SELECT: Call("np.where"),
    SQUARE: Call("np.square"),
    EXPM1: Call("np.expm1"),
    LOGADDEXP: Call("np.logaddexp"),
    LOG1P: Call("np.log1p"),
    LOG_HALF_ERFC: Helper("_log_half_erfc"),
    TOP[ops.LOGSUMEXP]: Helper("_top"),
    TOP[ops.WEIGHTED_LOGSUMEXP]: Helper("_weighted_top"),
    WEIGHTED_SUM: Helper("_weighted_sum"),
    WEIGHTED_LOG: Helper("_weighted_log"),
    REST_OF_SUM: Helper("_rest_of_sum"),
    EXP_OF_DIFFERENCE: Helper("_exp_of_difference"),
    BELL: Helper("_bell"),
    ERFC_OF_ROOT: Helper("_erfc_of_root"),
    TIMES_ERFC_OF_ROOT: Helper("_times_erfc_of_root"),
}
"""One row per operation: operand texts to text."""

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
