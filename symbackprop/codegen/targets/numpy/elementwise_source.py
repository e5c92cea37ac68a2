"""The NumPy text of every operation that acts entry by entry, and of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from .... import ops
from ....errors import UnsupportedError
from ...precedence import ATOM, OPERATORS, PRODUCT, SIGN, Call, Fold, Infix, Row, Text


@dataclass(frozen=True)
class Helper(Call):
    """A function of ours, of `special_functions`, which the code has to carry."""


SQUARE = ops.Op("square", lambda x: x**2, 1, ops.elementwise)
EXPM1 = ops.Op("expm1", lambda x: sp.exp(x) - 1, 1, ops.elementwise)
LOGADDEXP = ops.Op("logaddexp", lambda x, y: sp.log(sp.exp(x) + sp.exp(y)), 2, ops.elementwise)
LOG1P = ops.Op("log1p", lambda x: sp.log(1 + x), 1, ops.elementwise)
"""What NumPy has beside the operations of a graph."""
LOG_HALF_ERFC = ops.Op("log_half_erfc", lambda x: sp.log(sp.erfc(x) / 2), 1, ops.elementwise, special=True)
"""The logarithm of the normal distribution function, but for the scale of x."""

TOP = {
    ops.LOGSUMEXP: ops.Op("top", sp.Max, None, ops.elementwise),
    ops.WEIGHTED_LOGSUMEXP: ops.Op("weighted_top", lambda *terms: sp.Max(*terms[1::2]), None, ops.elementwise),
}
"""The largest exponent of a logarithm of a sum of exponentials."""
WEIGHTED_SUM = ops.Op("weighted_sum", lambda *terms: sp.nan, None, ops.elementwise)
"""What is left of a weighted sum of exponentials when that is taken out of it."""
WEIGHTED_LOG = ops.Op("weighted_log", lambda *terms: sp.nan, None, ops.elementwise)
"""The logarithm of that."""
REST_OF_SUM = ops.Op("rest_of_sum", lambda top, *xs: sp.Add(*(sp.exp(x - top) for x in xs)) - 1, None, ops.elementwise)
"""What is left of a sum of exponentials when the largest is taken out of it, and that one itself left out."""
EXP_OF_DIFFERENCE = ops.Op("exp_of_difference", lambda x, y: sp.exp(x - y), 2, ops.elementwise)
BELL = ops.Op("bell", lambda k, x, c: k * sp.exp(-c * x**2), 3, ops.elementwise)
ERFC_OF_ROOT = ops.Op("erfc_of_root", lambda x: sp.erfc(x / sp.sqrt(2)), 1, ops.elementwise, special=True)
TIMES_ERFC_OF_ROOT = ops.Op("times_erfc_of_root", lambda k, erfc, x: k * erfc, 3, ops.elementwise)
"""What takes an argument that is not rounded before."""


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


_ADVICE = dict.fromkeys(
    ("beta", "binomial", "factorial"),
    "write it with gamma, its logarithm with loggamma or of positive symbols",
)


def spelled(op: ops.Op, args: Sequence[Text]) -> Text:
    """The text of one operation on operands that are text already.

    Raises:
        UnsupportedError: NumPy has no such function, nor have we.
    """
    row = SOURCES.get(op)
    if row is None:
        advice = _ADVICE.get(op.name, "write the function out in elementary functions")
        raise UnsupportedError(
            f"{op.name} has no NumPy source, so no code can be generated for it: use the formulas, or {advice}"
        )
    if not (args[0].fixed and all(arg.fixed for arg in args)):
        return row(args)
    return _of_numbers(op, args)._replace(fixed=True, positive=op in _POSITIVE and all(arg.positive for arg in args))


_POSITIVE = frozenset({ops.ADD, ops.SQRT, ops.COPY})
"""The operations that are above 0 where their operands are, in floats too: a product may be too small for them."""


def _of_numbers(op: ops.Op, args: Sequence[Text]) -> Text:
    """Computed from numbers alone: a Python float, since one of NumPy's own would turn float32 arrays into float64.

    But Python raises where NumPy gives infinity or nan, and its (-2.0) ** (1 / 3) is complex.
    """
    if op is ops.POW:
        return Call("float")([Call("np.float_power")(args)])
    if op is ops.DIV and not args[1].positive:
        return Call("float")([Call("np.divide")(args)])
    text = SOURCES[op](args)
    return text if op in OPERATORS or op in ops.CONDITIONS else Call("float")([text])


_CONSTANTS = {sp.pi: "np.pi", sp.E: "np.e", sp.S.NaN: "np.nan", sp.true: "True", sp.false: "False"}


@cache
def number(value: Any) -> Text:
    """The text of a SymPy number or constant."""
    if value in _CONSTANTS:
        return Text(_CONSTANTS[value], fixed=True, positive=value in (sp.pi, sp.E))
    return _literal(value)._replace(fixed=True, positive=value.is_real is True and float(value) > 0)


def _literal(value: Any) -> Text:
    if value.is_Rational and value.q != 1 and max(abs(value.p), value.q) < 2**53:
        return Text(f"{value.p} / {value.q}", PRODUCT)
    if value.is_Integer and abs(value.p) < 2**53:
        return Text(str(value.p), SIGN if value.p < 0 else ATOM)
    return _floating(float(value))


def _floating(value: float) -> Text:
    finite = repr(value) if abs(value) < float("inf") else ("np.inf" if value > 0 else "-np.inf")
    return Text(finite, SIGN if value < 0 else ATOM)
