"""The JAX text of every operation, and JAX among the libraries of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .... import ops
from ....errors import UnsupportedError
from ...passes.expanding import Expanding
from ...passes.further_operations import (
    BELL,
    COFACTORS,
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
from ...precedence import ATOM, OPERATORS, PRODUCT, Call, Fold, Infix, Row, Text
from ...steps import Step, Steps
from ..python_arrays.dialect import Dialect, Helper
from ..python_arrays.step_expressions import DOT, MATMUL, TENSORDOT, VDOT, VECDOT, shared_axes
from .jax_helpers import helper_names


def _inverse_of(function: str) -> Row:
    """1 / f(x)"""
    return lambda args: Infix("/", PRODUCT)([Text("1.0"), Call(function)(args)])


def _of_inverse(function: str) -> Row:
    """f(1 / x)"""
    return lambda args: Call(function)([Infix("/", PRODUCT)([Text("1.0"), *args])])


def _beside_zero(function: str) -> Row:
    """A function of one operand and 0."""
    return lambda args: Call(function)([*args, Text("0.0")])


def _of_whole_order(row: Row, name: str) -> Row:
    """A function of an order, which JAX has to know when it traces."""

    def spelled(args: Sequence[Text]) -> Text:
        if not args[0].source.isdecimal():
            raise UnsupportedError(f"JAX has no {name} of an order that is not a whole number: compile it for NumPy")
        return row(args)

    return spelled


_SPECIAL = "jax.scipy.special."

SOURCES: dict[ops.Op, Row] = {
    **OPERATORS,
    ops.SQRT: Call("jnp.sqrt"),
    ops.EXP: Call("jnp.exp"),
    ops.LOG: Call("jnp.log"),
    ops.SIN: Call("jnp.sin"),
    ops.COS: Call("jnp.cos"),
    ops.TAN: Call("jnp.tan"),
    ops.COT: _inverse_of("jnp.tan"),
    ops.SEC: _inverse_of("jnp.cos"),
    ops.CSC: _inverse_of("jnp.sin"),
    ops.ASIN: Call("jnp.arcsin"),
    ops.ACOS: Call("jnp.arccos"),
    ops.ATAN: Call("jnp.arctan"),
    ops.ACOT: _of_inverse("jnp.arctan"),
    ops.ASEC: _of_inverse("jnp.arccos"),
    ops.ACSC: _of_inverse("jnp.arcsin"),
    ops.ATAN2: Call("jnp.arctan2"),
    ops.HYPOT: Call("jnp.hypot"),
    ops.SINH: Call("jnp.sinh"),
    ops.COSH: Call("jnp.cosh"),
    ops.TANH: Call("jnp.tanh"),
    ops.COTH: _inverse_of("jnp.tanh"),
    ops.SECH: Helper("_sech"),
    ops.CSCH: Helper("_csch"),
    ops.ASINH: Call("jnp.arcsinh"),
    ops.ACOSH: Call("jnp.arccosh"),
    ops.ATANH: Call("jnp.arctanh"),
    ops.ACOTH: _of_inverse("jnp.arctanh"),
    ops.ASECH: _of_inverse("jnp.arccosh"),
    ops.ACSCH: _of_inverse("jnp.arcsinh"),
    ops.ERF: Call(f"{_SPECIAL}erf"),
    ops.ERFC: Call(f"{_SPECIAL}erfc"),
    ops.ERFINV: Call(f"{_SPECIAL}erfinv"),
    ops.GAMMA: Helper("_gamma"),
    ops.LOGGAMMA: Helper("_loggamma"),
    ops.POLYGAMMA: _of_whole_order(Helper("_polygamma"), "polygamma"),
    ops.ABS: Call("jnp.abs"),
    ops.SIGN: Call("jnp.sign"),
    ops.HEAVISIDE: Call("jnp.heaviside"),
    ops.FLOOR: Call("jnp.floor"),
    ops.CEILING: Call("jnp.ceil"),
    ops.MAX: Fold("jnp.maximum"),
    ops.MIN: Fold("jnp.minimum"),
    ops.SIGMOID: Call("jax.nn.sigmoid"),
    ops.SOFTPLUS: _beside_zero("jnp.logaddexp"),
    ops.RELU: _beside_zero("jnp.maximum"),
    ops.LEAKY_RELU: Helper("_leaky_relu"),
    ops.ELU: Helper("_elu"),
    ops.LOGSUMEXP: Helper("_logsumexp"),
    ops.WEIGHTED_LOGSUMEXP: Helper("_weighted_logsumexp"),
    ops.WEIGHTED_EXP: Helper("_weighted_exp"),
    ops.LOG1MEXP: Helper("_log1mexp"),
    ops.LOG_COSH: Helper("_log_cosh"),
    ops.LOG_GAMMA: Helper("_log_gamma"),
    ops.LOG_ERFC: Helper("_log_erfc"),
    ops.ERFC_QUOTIENT: _of_whole_order(Helper("_erfc_quotient"), "quotient of erfc"),
    ops.BOSE: Helper("_bose"),
    ops.NOT: Call("jnp.logical_not"),
    ops.SELECT: Call("jnp.where"),
    SQUARE: Call("jnp.square"),
    EXPM1: Call("jnp.expm1"),
    LOGADDEXP: Call("jnp.logaddexp"),
    LOG1P: Call("jnp.log1p"),
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

_HELPERS: dict[ops.Op, str] = {ops.POLYGAMMA: "_polygamma", ops.ERFC_QUOTIENT: "_erfc_quotient"}
"""The functions of ours behind rows that look at their operands first."""


class _Jax(Dialect):
    """JAX: some of its rows look at what they are given."""

    def helper_of(self, op: ops.Op) -> str | None:
        return _HELPERS.get(op) or super().helper_of(op)


def _of_numbers(op: ops.Op, args: Sequence[Text]) -> Text:
    """Computed from numbers alone, when it is traced: JAX lets these follow the dtype of arrays.

    Python raises where others give infinity or nan, and its (-2.0) ** (1 / 3) is complex.
    """
    function = "np.float_power" if op is ops.POW else "np.divide" if op is ops.DIV and not args[1].positive else ""
    return Call("float")([Call(function)(args)]) if function else SOURCES[op](args)


class _AsTheyLie(Expanding):
    """XLA sums over any axis of what it is given; a transpose before would be a copy."""

    turns_samples = False


def _tensordot(what: Any, xs: Sequence[Text]) -> Text:
    axes, depth = shared_axes(what), max(x.depth for x in xs) + 1
    listed = f"({axes[0][0]}, {axes[1][0]})" if len(axes[0]) == 1 else axes
    return Text(f"jnp.tensordot({xs[0].source}, {xs[1].source}, axes={listed})", depth=depth)


def _summed(axis: str) -> Callable[[Any, Sequence[Text]], Text]:
    """The sum of a product, which XLA computes in one go."""

    def row(what: Any, xs: Sequence[Text]) -> Text:
        product = Infix("*", PRODUCT)(xs).within(ATOM)
        return Text(f"{product.source}.sum({axis})", depth=product.depth)

    return row


_PRODUCTS: dict[str, Callable[[Any, Sequence[Text]], Text]] = {
    DOT: lambda what, xs: Infix("@", PRODUCT)(xs),
    MATMUL: lambda what, xs: Infix("@", PRODUCT)(xs),
    VDOT: _summed(""),
    VECDOT: _summed("axis=-1"),
    TENSORDOT: _tensordot,
}


def _placed(source: str, sizes: str, index: str, dtype: str) -> str:
    return f"jnp.zeros({sizes}, {dtype}).at{index}.set({source})"


def _silenced(steps: Steps, order: Iterable[Step], whole: bool) -> list[str]:
    return []


_LINEAR: dict[ops.Op, Row] = {
    ops.INVERSE: Call("jnp.linalg.inv"),
    ops.DETERMINANT: Call("jnp.linalg.det"),
    COFACTORS: Helper("_cofactors"),
}

JAX = _Jax(
    language="JAX",
    module="jnp",
    sources=SOURCES,
    linear=_LINEAR,
    of_numbers=_of_numbers,
    products=_PRODUCTS,
    expansion=_AsTheyLie,
    placed=_placed,
    helpers=helper_names(),
    silenced=_silenced,
)
