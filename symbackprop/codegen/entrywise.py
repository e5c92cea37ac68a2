"""What acts entry by entry, as steps: mostly one of NumPy's functions, sometimes a few of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from .. import ops
from .arrays import FUNCTION, NUMBER, WHERE, Arrays, Step
from .numpy_source import SOURCES, Call, Fold, Infix, Text, number

Row = Callable[[Arrays, Sequence[Step]], Step]

UFUNCS = {
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
"""NumPy's functions by the operators that stand for them."""


def constant(arrays: Arrays, value: Any) -> Step:
    """The step of a SymPy number."""
    return arrays.make(NUMBER, number(value), (), ())


def _literal(arrays: Arrays, source: str) -> Step:
    return arrays.make(NUMBER, Text(source, fixed=True), (), ())


def _ufunc(name: str, boolean: bool = False) -> Row:
    return lambda arrays, xs: arrays.ufunc(name, *xs, boolean=boolean)


def _folded(name: str, boolean: bool = False) -> Row:
    return lambda arrays, xs: reduce(lambda x, y: arrays.ufunc(name, x, y, boolean=boolean), xs)


def _helper(name: str) -> Row:
    return lambda arrays, xs: arrays.make(FUNCTION, name, xs, arrays.broadcast(xs))


def _power(arrays: Arrays, xs: Sequence[Step]) -> Step:
    """Small whole powers as products: NumPy's power takes ten times as long."""
    base, exponent = xs
    times = _POWERS.get(arrays.detail(exponent).source) if arrays.kind(exponent) == NUMBER else None
    return arrays.ufunc("np.power", *xs) if times is None else times(arrays, base)


def _square(arrays: Arrays, x: Step) -> Step:
    return arrays.ufunc("np.multiply", x, x)


_POWERS: dict[str, Callable[[Arrays, Step], Step]] = {
    "2": _square,
    "3": lambda arrays, x: arrays.ufunc("np.multiply", _square(arrays, x), x),
    "4": lambda arrays, x: _square(arrays, _square(arrays, x)),
}


def _sigmoid(arrays: Arrays, xs: Sequence[Step]) -> Step:
    """1/(1 + exp(-x)): where exp(-x) overflows to inf, the result is 0, as it should be."""
    one = _literal(arrays, "1.0")
    power = arrays.ufunc("np.exp", arrays.ufunc("np.negative", xs[0]))
    return arrays.ufunc("np.divide", one, arrays.ufunc("np.add", power, one))


def _leaky_relu(arrays: Arrays, xs: Sequence[Step]) -> Step:
    positive = arrays.ufunc("np.greater", xs[0], _literal(arrays, "0.0"), boolean=True)
    return where(arrays, (positive, xs[0], arrays.ufunc("np.multiply", *xs)))


def _elu(arrays: Arrays, xs: Sequence[Step]) -> Step:
    """The positive part plus alpha*expm1 of the negative part: exp never sees a large number."""
    zero = _literal(arrays, "0.0")
    below = arrays.ufunc("np.multiply", arrays.ufunc("np.expm1", arrays.ufunc("np.minimum", xs[0], zero)), xs[1])
    return arrays.ufunc("np.add", arrays.ufunc("np.maximum", xs[0], zero), below)


def where(arrays: Arrays, xs: Sequence[Step]) -> Step:
    """The second operand where the first holds, else the third; the detail tells whether both are numbers."""
    return arrays.make(WHERE, not any(arrays.dims[x] for x in xs[1:]), xs, arrays.broadcast(xs))


def _with_zero(name: str) -> Row:
    return lambda arrays, xs: arrays.ufunc(name, xs[0], _literal(arrays, "0.0"))


def _from_source(op: ops.Op, source: Any) -> Row | None:
    """The row of an operation that is one function of NumPy's or ours, by its source."""
    boolean = op in ops.CONDITIONS
    if isinstance(source, Infix):
        return _folded(UFUNCS[source.sign], boolean)
    if isinstance(source, Fold):
        return _folded(source.function)
    if isinstance(source, Call):
        return _ufunc(source.function, boolean) if source.function.startswith("np.") else _helper(source.function)
    return None


ENTRYWISE: dict[ops.Op, Row] = {
    op: row for op, source in SOURCES.items() if op not in ops.MATRIX and (row := _from_source(op, source)) is not None
}
"""One row per operation that acts entry by entry: operands, aligned, to a step."""

ENTRYWISE |= {
    ops.NEG: _ufunc("np.negative"),
    ops.COPY: lambda arrays, xs: xs[0],
    ops.POW: _power,
    ops.SIGMOID: _sigmoid,
    ops.SOFTPLUS: _with_zero("np.logaddexp"),
    ops.RELU: _with_zero("np.maximum"),
    ops.LEAKY_RELU: _leaky_relu,
    ops.ELU: _elu,
    ops.SELECT: where,
}
