"""The text of each kind of step as a plain expression of NumPy: the readable style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import entrywise
from .arrays import (
    DOT,
    EYE,
    FUNCTION,
    INPUT,
    LINALG,
    MATMUL,
    NUMBER,
    ONES,
    PLACED,
    REDUCE,
    SPREAD,
    TENSORDOT,
    TRACE,
    UFUNC,
    VDOT,
    VECDOT,
    VIEW,
    WHERE,
    Arrays,
    Dims,
    Step,
)
from .numpy_source import BIT_AND, BIT_OR, COMPARE, POWER, PRODUCT, SIGN, SUM, Call, Infix, Text

_BINDS = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "&": BIT_AND, "|": BIT_OR}
_OPERATORS = {name: Infix(sign, _BINDS.get(sign, COMPARE)) for sign, name in entrywise.UFUNCS.items()}
_METHODS = {"np.add": "sum", "np.maximum": "max"}

Row = Callable[[Any, Dims, Sequence[Text]], Text]


def expression(arrays: Arrays, step: Step, operands: Sequence[Text]) -> Text:
    """A step as an expression of the texts of its operands."""
    return _ROWS[arrays.kind(step)](arrays.detail(step), arrays.dims[step], operands)


def sizes(dims: Dims) -> str:
    """Dimensions as a tuple in source."""
    listed = ", ".join(str(size) for size in dims)
    return f"({listed},)" if len(dims) == 1 else f"({listed})"


def _ufunc(name: str, dims: Dims, xs: Sequence[Text]) -> Text:
    if name == "np.negative":
        part = xs[0].within(SIGN)
        return Text(f"-{part.source}", SIGN, part.depth)
    if name == "np.power":
        base, exponent = xs[0].within(POWER + 1), xs[1].within(SIGN)
        return Text(f"{base.source} ** {exponent.source}", POWER, max(base.depth, exponent.depth))
    row = _OPERATORS.get(name)
    return Call(name)(list(xs)) if row is None else row(list(xs))


def _reduced(detail: tuple[str, tuple[int, ...]], dims: Dims, xs: Sequence[Text]) -> Text:
    name, axes = detail
    part = xs[0].within(POWER + 1)
    axis = f"axis={axes[0] if len(axes) == 1 else axes}" if dims else ""
    return Text(f"{part.source}.{_METHODS[name]}({axis})", depth=part.depth)


def _view(suffix: str, dims: Dims, xs: Sequence[Text]) -> Text:
    part = xs[0].within(POWER + 1)
    return Text(part.source + suffix, depth=part.depth)


def _where(numbers: bool, dims: Dims, xs: Sequence[Text]) -> Text:
    """A choice between numbers is made in the dtype of the data: NumPy would make it in float64."""
    chosen = Call("np.where")(list(xs))
    return Text(f"{chosen.source}.astype(dtype)", depth=chosen.depth) if numbers else chosen


def _tensordot(axes: Any, dims: Dims, xs: Sequence[Text]) -> Text:
    return Text(f"np.tensordot({xs[0].source}, {xs[1].source}, axes={axes})", depth=max(x.depth for x in xs) + 1)


def _placed(detail: tuple[str, Dims], dims: Dims, xs: Sequence[Text]) -> Text:
    return Text(f"_placed({xs[0].source}, {sizes(dims)}, np.s_{detail[0]}, dtype)", depth=xs[0].depth + 1)


def _spread(detail: Any, dims: Dims, xs: Sequence[Text]) -> Text:
    """A number is repeated in the dtype of the data: NumPy would take that of the number."""
    if xs[0].fixed:
        return Text(f"np.full({sizes(dims)}, {xs[0].source}, dtype)", depth=1)
    return Text(f"np.broadcast_to({xs[0].source}, {sizes(dims)})", depth=xs[0].depth + 1)


_ROWS: dict[str, Row] = {
    INPUT: lambda name, dims, xs: Text(name),
    NUMBER: lambda text, dims, xs: text,
    UFUNC: _ufunc,
    FUNCTION: lambda name, dims, xs: Call(name)(list(xs)),
    DOT: lambda detail, dims, xs: Infix("@", PRODUCT)(list(xs)),
    MATMUL: lambda detail, dims, xs: Infix("@", PRODUCT)(list(xs)),
    VDOT: lambda detail, dims, xs: Call("np.vdot")(list(xs)),
    VECDOT: lambda detail, dims, xs: Call("np.vecdot")(list(xs)),
    TENSORDOT: _tensordot,
    REDUCE: _reduced,
    VIEW: _view,
    WHERE: _where,
    LINALG: lambda name, dims, xs: Call(name)(list(xs)),
    TRACE: lambda detail, dims, xs: Text(f"np.trace({xs[0].source}, axis1=-2, axis2=-1)", depth=xs[0].depth + 1),
    SPREAD: _spread,
    EYE: lambda detail, dims, xs: Text(f"np.eye({dims[0]}, dtype=dtype)"),
    ONES: lambda detail, dims, xs: Text(f"np.ones({sizes(dims)}, dtype)"),
    PLACED: _placed,
}
"""One row per kind of step."""
