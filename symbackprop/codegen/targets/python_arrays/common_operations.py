"""What libraries of arrays call alike: the text of an operation that acts entry by entry, whichever library it is."""

from __future__ import annotations

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
from ...precedence import OPERATORS, Call, Fold, Row, Text
from .dialect import Helper

_CALLS = {
    ops.SQRT: "sqrt",
    ops.CBRT: "cbrt",
    ops.EXP: "exp",
    ops.LOG: "log",
    ops.SIN: "sin",
    ops.COS: "cos",
    ops.TAN: "tan",
    ops.ASIN: "arcsin",
    ops.ACOS: "arccos",
    ops.ATAN: "arctan",
    ops.ATAN2: "arctan2",
    ops.HYPOT: "hypot",
    ops.SINH: "sinh",
    ops.COSH: "cosh",
    ops.TANH: "tanh",
    ops.ASINH: "arcsinh",
    ops.ACOSH: "arccosh",
    ops.ATANH: "arctanh",
    ops.ABS: "abs",
    ops.SIGN: "sign",
    ops.HEAVISIDE: "heaviside",
    ops.FLOOR: "floor",
    ops.MOD: "mod",
    ops.CEILING: "ceil",
    ops.NOT: "logical_not",
    ops.SELECT: "where",
    SQUARE: "square",
    EXPM1: "expm1",
    LOGADDEXP: "logaddexp",
    LOG1P: "log1p",
}
"""Functions that the libraries have under one name."""

_FOLDS = {
    ops.MAX: "maximum",
    ops.MIN: "minimum",
}
"""Functions of two operands, for any number of them."""

_BESIDE_ZERO = {
    ops.SOFTPLUS: "logaddexp",
    ops.RELU: "maximum",
}
"""Functions of one operand and 0."""

_HELPERS = {
    ops.SECH: "_sech",
    ops.CSCH: "_csch",
    ops.GAMMA: "_gamma",
    ops.LOGGAMMA: "_loggamma",
    ops.FACTORIAL: "_factorial",
    ops.BETA: "_beta",
    ops.BINOMIAL: "_binomial",
    ops.SINC: "_sinc",
    ops.LEAKY_RELU: "_leaky_relu",
    ops.ELU: "_elu",
    ops.LOGSUMEXP: "_logsumexp",
    ops.WEIGHTED_LOGSUMEXP: "_weighted_logsumexp",
    ops.WEIGHTED_EXP: "_weighted_exp",
    ops.LOG1MEXP: "_log1mexp",
    ops.LOG_COSH: "_log_cosh",
    ops.LOG_GAMMA: "_log_gamma",
    ops.LOG_ERFC: "_log_erfc",
    ops.BOSE: "_bose",
    LOG_HALF_ERFC: "_log_half_erfc",
    TOP[ops.LOGSUMEXP]: "_top",
    TOP[ops.WEIGHTED_LOGSUMEXP]: "_weighted_top",
    WEIGHTED_SUM: "_weighted_sum",
    WEIGHTED_LOG: "_weighted_log",
    REST_OF_SUM: "_rest_of_sum",
    EXP_OF_DIFFERENCE: "_exp_of_difference",
    BELL: "_bell",
    ERFC_OF_ROOT: "_erfc_of_root",
    TIMES_ERFC_OF_ROOT: "_times_erfc_of_root",
}
"""Functions of ours that the code carries: each library has its own text of them."""


def _beside_zero(function: str) -> Row:
    """A function of one operand and 0."""
    return lambda args: Call(function)([*args, Text("0.0")])


def common_rows(module: str) -> dict[ops.Op, Row]:
    """One row per operation, operand texts to text, of a library that code calls `module`."""
    return {
        **OPERATORS,
        **{op: Call(f"{module}.{name}") for op, name in _CALLS.items()},
        **{op: Fold(f"{module}.{name}") for op, name in _FOLDS.items()},
        **{op: _beside_zero(f"{module}.{name}") for op, name in _BESIDE_ZERO.items()},
        **{op: Helper(name) for op, name in _HELPERS.items()},
    }
