"""`math` among the languages: how each operation is spelled on Python floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .... import ops
from ...passes.expanding import Expanding
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
from ...precedence import COMPARE, OPERATORS, POWER, PRODUCT, Call, Fold, Infix, Row, Text
from ...steps import Step, Steps
from ..numpy.carried_helpers import HELPERS
from ..python_arrays.dialect import Dialect, Helper
from . import scalar_helpers

_CALLS = (
    ops.SQRT,
    ops.CBRT,
    ops.EXP,
    ops.LOG,
    ops.SIN,
    ops.COS,
    ops.TAN,
    ops.ASIN,
    ops.ACOS,
    ops.ATAN,
    ops.ATAN2,
    ops.HYPOT,
    ops.SINH,
    ops.COSH,
    ops.TANH,
    ops.ASINH,
    ops.ACOSH,
    ops.ATANH,
    ops.ERF,
    ops.ERFC,
    EXPM1,
    LOG1P,
)
"""Functions that `math` has under the name of the operation."""

_RECIPROCALS = {ops.COT: "tan", ops.SEC: "cos", ops.CSC: "sin", ops.COTH: "tanh"}
_OF_RECIPROCALS = {
    **{ops.ACOT: "atan", ops.ASEC: "acos", ops.ACSC: "asin"},
    **{ops.ACOTH: "atanh", ops.ASECH: "acosh", ops.ACSCH: "asinh"},
}

_HELPERS = {
    ops.SIGN: "_sign_of",
    ops.HEAVISIDE: "_heaviside_of",
    ops.FLOOR: "_floor_of",
    ops.CEILING: "_ceil_of",
    ops.RELU: "_relu_of",
    ops.LEAKY_RELU: "_leaky_relu_of",
    ops.ELU: "_elu_of",
    ops.SIGMOID: "_sigmoid_of",
    ops.SECH: "_sech_of",
    ops.CSCH: "_csch_of",
    ops.LOG1MEXP: "_log1mexp_of",
    ops.LOG_COSH: "_log_cosh_of",
    ops.BOSE: "_bose_of",
    ops.POLYGAMMA: "_polygamma_at",
    ops.LOGSUMEXP: "_logsumexp_of",
    ops.WEIGHTED_LOGSUMEXP: "_weighted_logsumexp_of",
    ops.WEIGHTED_EXP: "_weighted_exp_of",
    LOGADDEXP: "_logaddexp_of",
    TOP[ops.LOGSUMEXP]: "_top_of",
    TOP[ops.WEIGHTED_LOGSUMEXP]: "_weighted_top_of",
    WEIGHTED_SUM: "_weighted_sum_of",
    WEIGHTED_LOG: "_weighted_log_of",
    REST_OF_SUM: "_rest_of_sum_of",
    EXP_OF_DIFFERENCE: "_exp_of_difference_of",
    BELL: "_bell_of",
    ERFC_OF_ROOT: "_erfc_of_root_of",
    # of one number anyway, in NumPy's code too
    ops.ERFINV: "_erfinv_of",
    ops.GAMMA: "_gamma_of",
    ops.LOGGAMMA: "_loggamma_of",
    ops.LOG_GAMMA: "_log_gamma_of",
    ops.FACTORIAL: "_factorial_of",
    ops.BETA: "_beta_of",
    ops.BINOMIAL: "_binomial_of",
    ops.SINC: "_sinc_of",
    ops.SPHERICAL_JN: "_spherical_jn_at",
    ops.LOG_ERFC: "_log_erfc_of",
    ops.ERFC_QUOTIENT: "_erfc_quotient_of",
    LOG_HALF_ERFC: "_log_half_erfc_of",
}
"""Functions that code carries."""


CHOICE = COMPARE - 1
"""How loosely words bind."""


def _reciprocal(function: str) -> Row:
    return lambda args: Text(f"1.0 / {Call(f'math.{function}')(args).source}", PRODUCT, args[0].depth + 1)


def _of_reciprocal(function: str) -> Row:
    return lambda args: Text(f"math.{function}(1.0 / {args[0].within(POWER).source})", depth=args[0].depth + 1)


def _power(args: Sequence[Text]) -> Text:
    """x ** y; what `math` calculates is never complex, and never a whole number of a thousand digits."""
    base, exponent = args
    if base.fixed or not exponent.source.lstrip("-").isdigit() or len(exponent.source) > 3:
        return Call("math.pow")(args)
    if exponent.source in ("2", "3") and base.source.isidentifier():
        return Text(" * ".join([base.source] * int(exponent.source)), PRODUCT)
    return OPERATORS[ops.POW](args)


POWER_BELOW = ops.Op("power_below", lambda power, x, exponent: x**exponent, 3, ops.elementwise)
"""x**(n - 1) where there is x**n."""


def _power_below(args: Sequence[Text]) -> Text:
    """By a division, unless x**n is too small for all its digits, infinite or negative."""
    power, x, exponent = args
    if exponent.source.isdigit():
        return _power([x, exponent])
    quotient = Infix("/", PRODUCT)([power, x])
    return Text(f"{quotient.source} if 1e-290 < {power.source} < 1e308 else {_power([x, exponent]).source}", CHOICE, 1)


def _times_erfc(args: Sequence[Text]) -> Text:
    """k * erfc, of which erfc itself may be too small for all its digits; far out only is that a function."""
    k, erfc, x = args
    near = Infix("*", PRODUCT)([k, erfc])
    far = Call("_times_erfc_far_out")([k, x])
    return Text(f"{far.source} if {x.source} > 37.0 else {near.source}", CHOICE, far.depth)


def _joined(word: str) -> Row:
    """Conditions, of which one may tell; with `&` both are computed."""
    return lambda args: Text(f" {word} ".join(arg.within(COMPARE).source for arg in args), CHOICE)


def _chosen(args: Sequence[Text]) -> Text:
    """What is not chosen is not computed."""
    condition, *parts = (arg.within(COMPARE) for arg in args)
    x, y = (part.source for part in parts)
    whole = x.isdigit() and y.isdigit()
    x, y = (part if whole or not part.isdigit() else f"{part}.0" for part in (x, y))
    depth = max(condition.depth, *(part.depth for part in parts))
    return Text(f"{x} if {condition.source} else {y}", CHOICE, depth)


SOURCES: dict[ops.Op, Row] = {
    **OPERATORS,
    **{op: Call(f"math.{op.name}") for op in _CALLS},
    **{op: _reciprocal(name) for op, name in _RECIPROCALS.items()},
    **{op: _of_reciprocal(name) for op, name in _OF_RECIPROCALS.items()},
    **{op: Helper(name) for op, name in _HELPERS.items()},
    ops.ABS: Call("abs"),
    ops.MOD: Infix("%", PRODUCT),
    ops.MAX: Fold("_maximum_of"),
    ops.MIN: Fold("_minimum_of"),
    ops.SOFTPLUS: lambda args: Call("_logaddexp_of")([*args, Text("0.0")]),
    ops.NOT: lambda args: Text(f"(not {args[0].within(COMPARE).source})", depth=args[0].depth + 1),
    ops.AND: _joined("and"),
    ops.OR: _joined("or"),
    ops.SELECT: _chosen,
    TIMES_ERFC_OF_ROOT: _times_erfc,
    ops.POW: _power,
    POWER_BELOW: _power_below,
    SQUARE: lambda args: _power([*args, Text("2")]),
}
"""One row per operation: operand texts to text."""

_CALLED = {
    **{ops.MAX: "_maximum_of", ops.MIN: "_minimum_of", ops.SOFTPLUS: "_logaddexp_of"},
    TIMES_ERFC_OF_ROOT: "_times_erfc_far_out",
}
"""The functions in rows that are no calls of them alone."""


class _Floats(Dialect):
    def helper_of(self, op: object) -> str | None:
        return _CALLED.get(op) or super().helper_of(op)  # type: ignore[call-overload]


def _of_numbers(op: ops.Op, args: Sequence[Text]) -> Text:
    return SOURCES[op](args)


def _not_silenced(steps: Steps, order: Iterable[Step], whole: bool = False) -> list[str]:
    return []


def _no_arrays(source: str, sizes: str, index: str, dtype: str) -> str:
    raise NotImplementedError


FLOATS = _Floats(
    language="plain Python",
    module="math",
    sources=SOURCES,
    linear={},
    of_numbers=_of_numbers,
    products={},
    expansion=Expanding,
    placed=_no_arrays,
    helpers=frozenset({*HELPERS, *(name for name in vars(scalar_helpers) if name.startswith("_"))}),
    silenced=_not_silenced,
)
