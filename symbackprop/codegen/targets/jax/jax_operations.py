"""The JAX text of every operation, and JAX among the libraries of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .... import ops
from ....errors import UnsupportedError
from ...passes.expanding import Expanding
from ...passes.further_operations import (
    COFACTORS,
    SMALL_COFACTORS,
    SMALL_DETERMINANT,
    SMALL_INVERSE,
)
from ...precedence import ATOM, PRODUCT, Call, Infix, Row, Text
from ...steps import Step, Steps
from ..python_arrays.common_operations import common_rows
from ..python_arrays.dialect import Dialect, Helper
from ..python_arrays.step_expressions import DOT, MATMUL, TENSORDOT, VDOT, VECDOT, shared_axes
from .jax_helpers import helper_names


def _inverse_of(function: str) -> Row:
    """1 / f(x)"""
    return lambda args: Infix("/", PRODUCT)([Text("1.0"), Call(function)(args)])


def _of_inverse(function: str) -> Row:
    """f(1 / x)"""
    return lambda args: Call(function)([Infix("/", PRODUCT)([Text("1.0"), *args])])


def _of_whole_order(row: Row, name: str) -> Row:
    """A function of an order, which JAX has to know when it traces."""

    def spelled(args: Sequence[Text]) -> Text:
        if not args[0].source.isdecimal():
            raise UnsupportedError(f"JAX has no {name} of an order that is not a whole number: compile it for NumPy")
        return row(args)

    return spelled


_SPECIAL = "jax.scipy.special."

SOURCES: dict[ops.Op, Row] = {
    **common_rows("jnp"),
    ops.COT: _inverse_of("jnp.tan"),
    ops.SEC: _inverse_of("jnp.cos"),
    ops.CSC: _inverse_of("jnp.sin"),
    ops.ACOT: _of_inverse("jnp.arctan"),
    ops.ASEC: _of_inverse("jnp.arccos"),
    ops.ACSC: _of_inverse("jnp.arcsin"),
    ops.COTH: _inverse_of("jnp.tanh"),
    ops.ACOTH: _of_inverse("jnp.arctanh"),
    ops.ASECH: _of_inverse("jnp.arccosh"),
    ops.ACSCH: _of_inverse("jnp.arcsinh"),
    ops.ERF: Call(f"{_SPECIAL}erf"),
    ops.ERFC: Call(f"{_SPECIAL}erfc"),
    ops.ERFINV: Call(f"{_SPECIAL}erfinv"),
    ops.POLYGAMMA: _of_whole_order(Helper("_polygamma"), "polygamma"),
    ops.SPHERICAL_JN: _of_whole_order(Helper("_spherical_jn"), "spherical_jn"),
    ops.SIGMOID: Call("jax.nn.sigmoid"),
    ops.ERFC_QUOTIENT: _of_whole_order(Helper("_erfc_quotient"), "quotient of erfc"),
}
"""One row per operation: operand texts to text; here stand those that other libraries spell differently."""

_HELPERS: dict[ops.Op, str] = {
    ops.POLYGAMMA: "_polygamma",
    ops.SPHERICAL_JN: "_spherical_jn",
    ops.ERFC_QUOTIENT: "_erfc_quotient",
}
"""The functions of ours behind rows that look at their operands first."""


class _Jax(Dialect):
    """JAX: some of its rows look at what they are given."""

    def helper_of(self, op: ops.Op) -> str | None:
        return _HELPERS.get(op) or super().helper_of(op)


def _of_numbers(op: ops.Op, args: Sequence[Text]) -> Text:
    """Computed from numbers alone, when it is traced: JAX lets these follow the dtype of arrays.

    Python raises where others give infinity or nan, and its (-2.0) ** (1 / 3) is complex; and not all of JAX's
    functions take whole numbers.
    """
    if op is ops.POW:
        return Call("jnp.float_power")(args)
    if op is ops.DIV and not args[1].positive:
        return Call("jnp.divide")(args)
    return SOURCES[op]([_of_float(arg) for arg in args] if len(args) == 1 else args)


def _of_float(number: Text) -> Text:
    return Text(f"{number.source}.0") if number.source.isdecimal() else number


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
    SMALL_INVERSE: Helper("_small_inverse"),
    SMALL_DETERMINANT: Helper("_small_determinant"),
    SMALL_COFACTORS: Helper("_small_cofactors"),
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
