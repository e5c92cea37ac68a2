"""What each operation of `symbackprop.ops` is, one row for each: the judge of rules, counts, texts and generated code.

A new operation gets a row here; `test_operations.py` names the one that is missing, and holds the columns of a row
against each other and against SymPy. Nothing here is computed by the library.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

import symbackprop as sb

Array = Any
Function = Callable[..., Any]
Operands = tuple[Any, ...]
Size = tuple[Any, Any]

R = sp.Rational
ANYWHERE = (R(-7, 3), R(-2, 5), R(3, 7), R(19, 9))
POSITIVE = (R(1, 9), R(3, 7), R(2), R(17, 3))
INSIDE_ONE = (R(-9, 10), R(-1, 3), R(1, 7), R(4, 5))
BEYOND_ONE = (R(-7, 2), R(-11, 10), R(8, 5), R(9))

PLANE = tuple(product((R(-7, 3), R(2, 5), R(3)), (R(-1, 2), R(9, 4))))
SLOPED = (*PLANE, (R(-3, 2), R(3, 10)), (R(5, 2), R(3, 10)))
RAISED = (
    *((R(1, 3), R(-5, 2)), (R(2), R(7, 3)), (R(9, 4), R(1, 2)), (R(5), R(3))),
    *((R(3, 10), R(-5, 2)), (R(2), R(13, 4)), (R(11, 2), R(1, 2))),
)
SEVERAL = ((R(1, 3), R(2)), (R(2), R(-7, 3), R(5)))
MANY = (*SEVERAL, (R(5), R(2), R(4)), (R(3, 10), R(5, 2), R(1)), (R(4), R(-1), R(2)))
REMAINDERS = (*PLANE[:4], (R(5, 2), R(-2, 3)), (R(3), R(9, 4)))
AT_ZERO = ((R(0),),)
TIED = ((R(2), R(2)), (R(2), R(2), R(-1)), (R(1, 10), R(3), R(3), R(-2), R(1)))
COMPARED = ((R(-13, 5), R(-13, 5)), (R(-7, 10), R(3)), (R(2, 5), R(2, 5)), (R(19, 10), R(1, 10)))
TRUTHS = (sp.true, sp.false)
GENERAL = sp.Matrix(2, 3, [R(1, 3), R(-2), R(5, 7), R(4), R(-1, 9), R(2, 3)]).as_immutable()
SQUARE = sp.Matrix(3, 3, [R(4), R(-2), R(5, 7), R(1, 3), R(5), R(-1), R(2), R(1, 2), R(7)]).as_immutable()
WINDOW = (slice(0, 2, 1), slice(0, 3, 2))


def _each(points: tuple[Any, ...]) -> tuple[Operands, ...]:
    """Points of one operand as all are written."""
    return tuple(point if isinstance(point, tuple) else (point,) for point in points)


def _once(*sizes: Size) -> Any:
    """One operation for each entry of what has the most."""
    return max((rows * columns for rows, columns in sizes), default=1)


def _stepwise(*sizes: Size) -> Any:
    """One less than there are operands, for each entry."""
    return (len(sizes) - 1) * _once(*sizes)


def _free(*sizes: Size) -> int:
    return 0


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation in every way in which the tests ask for it.

    exact: in mpmath, in its textbook form; of matrices, in SymPy's with numbers for entries. floats: in NumPy's floats,
    in a stable form. arrays: of arrays of two dimensions, which are repeated to fit; where it is complex_safe, a
    complex step goes through it (conditions look at real parts alone). analytic: `exact` of complex numbers, or None.

    points: where it is tried, inside its domain and off its kinks; kinks: where only its value is. interval: floats to
    draw from. cost: how many operations it counts as, by the sizes of its operands. sizes: those of operands that fit,
    out of three sizes; example: of an operation on matrices, what makes one of a 3 x 3 and a 3 x 2 matrix.
    """

    exact: Function
    floats: Function
    arrays: Function
    complex_safe: bool = True
    analytic: Function | None = None
    points: tuple[Operands, ...] = _each(ANYWHERE)
    kinks: tuple[Operands, ...] = ()
    interval: tuple[float, float] = (0.2, 0.8)
    cost: Callable[..., Any] = _once
    sizes: Callable[[Any, Any, Any], list[Size]] = lambda rows, columns, inner: [(rows, columns)]
    example: Callable[[Any, Any], Any] | None = None


# --- what some of them are ---


def _weighted(*xs: Any) -> Any:
    """log(c1*exp(u1) + c2*exp(u2) + ...)."""
    return mp.log(mp.fsum(c * mp.exp(u) for c, u in zip(xs[::2], xs[1::2], strict=True)))


def _erfc_quotient(order: Any, x: Any) -> Any:
    """A repeated integral of erfc over that of the next order: Abramowitz and Stegun 7.2.1 and 7.2.5."""
    before, value = 2 / mp.sqrt(mp.pi) * mp.exp(-x * x), mp.erfc(x)
    for n in range(1, int(order) + 1):
        before, value = value, (before - 2 * x * value) / (2 * n)
    return before / value


def _spherical_bessel(order: Any, x: Any) -> Any:
    """Of x < 0 by its parity: Abramowitz and Stegun 10.1.1."""
    return mp.sign(x) ** int(order) * mp.sqrt(mp.pi / (2 * abs(x))) * mp.besselj(order + mp.mpf(1) / 2, abs(x))


# --- how rows are made ---


def _arithmetic(exact: Function, arrays: Function, points: Any = PLANE, analytic: bool = False, **parts: Any) -> Any:
    """An operation that is the same on numbers of any kind."""
    made = {"exact": exact, "floats": exact, "analytic": exact if analytic else None, **parts}
    return Operation(arrays=arrays, points=_each(points), **made)


def _numpy(name: str, points: Any = ANYWHERE, known_as: str = "") -> dict[str, Operation]:
    """A function that mpmath and NumPy have, both for complex numbers."""
    exact, theirs = getattr(mp, name), getattr(np, known_as or name)
    return {name: Operation(exact=exact, floats=theirs, arrays=theirs, analytic=exact, points=_each(points))}


def _mpmath(name: str, points: Any = ANYWHERE, analytic: bool = True, **parts: Any) -> dict[str, Operation]:
    """A function that mpmath alone has: arrays go through it entry by entry, and have to be real."""
    exact = getattr(mp, name)
    floats = lambda *xs: float(exact(*xs))  # noqa: E731
    made: dict[str, Any] = {
        "floats": floats,
        "arrays": np.vectorize(floats, otypes=[float]),
        "complex_safe": False,
        "analytic": exact if analytic else None,
        "points": _each(points),
    }
    return {name: Operation(exact=exact, **{**made, **parts})}


def _in_mpmath(exact: Function, points: Any = ANYWHERE, analytic: bool = True, **parts: Any) -> Operation:
    """An operation of a formula in mpmath: arrays go through it entry by entry, and have to be real."""
    floats = lambda *xs: float(exact(*map(mp.mpf, xs)))  # noqa: E731
    arrays = np.vectorize(floats, otypes=[float])
    known = exact if analytic else None
    made = {"floats": floats, "arrays": arrays, "complex_safe": False, "analytic": known, "points": _each(points)}
    return Operation(exact=exact, **made, **parts)


def _jump(exact: Function, arrays: Function, **parts: Any) -> Operation:
    return Operation(exact=exact, floats=exact, arrays=arrays, complex_safe=False, **parts)


def _condition(exact: Function, arrays: Function) -> Operation:
    return _arithmetic(exact, arrays, COMPARED)


def _matrix(exact: Function, arrays: Function, cost: Function, example: Any, points: Any = None, **parts: Any) -> Any:
    """An operation that does not act entry by entry."""
    points = points or ((GENERAL,), (GENERAL.T,), (SQUARE,))
    return Operation(exact=exact, floats=arrays, arrays=arrays, cost=cost, example=example, points=points, **parts)


def _square(exact: Function, arrays: Function, cost: Function, example: Any) -> Any:
    return _matrix(exact, arrays, cost, example, ((SQUARE,),), sizes=lambda rows, *_: [(rows, rows)])


# --- what they do to numbers ---


def _heaviside(x: Any, half: Any) -> Any:
    return half if x == 0 else type(half)(x > 0)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _softplus(x: Any) -> Any:
    return mp.log(1 + mp.exp(x))


def _logsumexp(*xs: Any) -> Any:
    return mp.log(mp.fsum(map(mp.exp, xs)))


def _stable_sigmoid(x: Any) -> Any:
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def _stable_logsumexp(*xs: Any) -> Any:
    return max(xs) + math.log(sum(math.exp(x - max(xs)) for x in xs))


# --- what they do to arrays ---


def _to_first_order(function: Callable[[float], float], slope: Function) -> Function:
    """A function of real numbers, with as much of the complex ones as a complex step needs."""
    of_reals = np.vectorize(function, otypes=[float])
    return lambda x: of_reals(x.real) + (1j * slope(x.real) * x.imag if np.iscomplexobj(x) else 0)


def _bell(x: Array) -> Array:
    return 2 / math.sqrt(math.pi) * np.exp(-(x**2))


def _power_of_arrays(x: Array, y: Array) -> Array:
    """By a whole number where the exponent is one and stands still: then the base may be negative."""
    return x ** (int(y.real.item()) if y.size == 1 and not y.imag.any() and y.real.item().is_integer() else y)


def _sigmoid_of_arrays(x: Array) -> Array:
    return np.where(x.real > 0, 1 / (1 + np.exp(-np.abs(x.real) * 0 - x)), np.exp(x) / (1 + np.exp(x)))


def _softplus_of_arrays(x: Array) -> Array:
    return np.where(x.real > 0, x, 0) + np.log1p(np.exp(np.where(x.real > 0, -x, x)))


def _logsumexp_of_arrays(*xs: Array) -> Array:
    top = reduce(np.maximum, [x.real for x in xs])
    return top + np.log(sum(np.exp(x - top) for x in xs))


def _larger(x: Array, y: Array) -> Array:
    return np.where(x.real >= y.real, x, y)


def _softmax_of_arrays(x: Array, axis: int) -> Array:
    powers = np.exp(x - x.real.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _lse_of_arrays(x: Array, axis: int) -> Array:
    top = x.real.max(axis=axis, keepdims=True)
    return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def _placed_in_arrays(x: Array, window: Any, like: Array) -> Array:
    result = np.zeros(like.shape, dtype=x.dtype)
    result[window] = x
    return result


# --- what they do to SymPy's matrices ---


def _lines(x: Any, axis: int, of_line: Function) -> Any:
    """A number for each row, or for each column."""
    if axis == 1:
        return sp.Matrix(x.rows, 1, lambda i, _: of_line(x[i, :]))
    return sp.Matrix(1, x.cols, lambda _, j: of_line(x[:, j]))


def _power_sum(line: Any) -> Any:
    return sum(map(sp.exp, line))


def _softmax(x: Any, axis: int) -> Any:
    return sp.Matrix(*x.shape, lambda i, j: sp.exp(x[i, j]) / _power_sum(x[i, :] if axis == 1 else x[:, j]))


def _spread(x: Any, like: Any) -> Any:
    return sp.Matrix(*like.shape, lambda i, j: x[i % x.rows, j % x.cols])


def _placed(x: Any, window: Any, like: Any) -> Any:
    result = sp.zeros(*like.shape)
    taken = [range(size)[span] for size, span in zip(like.shape, window, strict=True)]
    for (i, row), (j, column) in product(enumerate(taken[0]), enumerate(taken[1])):
        result[row, column] = x[i, j]
    return result


# --- what they cost, counted step by step ---


def _products(first: Size, second: Size) -> Any:
    return first[0] * second[1] * (first[1] + first[1] - 1)


def _elimination(size: Size) -> Any:
    """For each row below a pivot a quotient, and a product and a difference for each entry; then the pivots."""
    rows = size[0]
    return sum((rows - k) * (1 + 2 * (rows - k)) for k in range(1, rows)) + rows - 1


def _gauss_jordan(size: Size) -> Any:
    """For each pivot: its reciprocal; its row and its column times that; a product and a difference for the others."""
    others = size[0] - 1
    return size[0] * (1 + 2 * others + 2 * others**2)


def _softmax_cost(lines: Any, length: Any) -> Any:
    """The largest; differences, exponentials and their sum; quotients."""
    return lines * ((length - 1) + length + length + (length - 1) + length)


def _lse_cost(lines: Any, length: Any) -> Any:
    """The largest; differences, exponentials and their sum; a logarithm, and the largest again."""
    return lines * ((length - 1) + length + length + (length - 1) + 1 + 1)


# fmt: off
OPERATIONS: dict[str, Operation] = {
    # arithmetic
    "add": _arithmetic(lambda *xs: reduce(lambda x, y: x + y, xs), lambda *xs: sum(xs[1:], xs[0]),
        ((R(1, 3),) * 2, *SEVERAL), analytic=True, cost=_stepwise),
    "sub": _arithmetic(lambda x, y: x - y, np.subtract, analytic=True),
    "neg": _arithmetic(lambda x: -x, np.negative, ANYWHERE, analytic=True),
    "mul": _arithmetic(lambda x, y: x * y, np.multiply, analytic=True),
    "div": _arithmetic(lambda x, y: x / y, np.divide, (*PLANE, (R(3, 10), R(-5, 2)), (R(2), R(13, 4)), (R(2), R(2))),
        analytic=True),
    "pow": _arithmetic(lambda x, y: x**y, _power_of_arrays, RAISED, analytic=True),
    **_numpy("sqrt", POSITIVE),
    "cbrt": _arithmetic(lambda x: mp.sign(x) * mp.cbrt(abs(x)), np.cbrt, ANYWHERE, complex_safe=False, floats=np.cbrt),
    "copy": _arithmetic(lambda x: x, lambda x: x, ANYWHERE, analytic=True, cost=_free),
    # elementary functions
    **_numpy("exp"),
    **_numpy("log", POSITIVE),
    **_numpy("sin"),
    **_numpy("cos"),
    **_numpy("tan"),
    **_mpmath("cot"),
    **_mpmath("sec"),
    **_mpmath("csc"),
    **_mpmath("asin", INSIDE_ONE),
    **_mpmath("acos", INSIDE_ONE),
    **_numpy("atan", known_as="arctan"),
    **_mpmath("acot"),
    **_mpmath("asec", BEYOND_ONE, interval=(1.3, 1.8)),
    **_mpmath("acsc", BEYOND_ONE, interval=(1.3, 1.8)),
    # the complex function is another one by a constant, on one half of the plane
    "atan2": Operation(exact=mp.atan2, floats=np.arctan2, arrays=np.arctan2, complex_safe=False,
        analytic=lambda y, x: mp.atan(y / x), points=(*PLANE, (R(3, 10), R(5, 2)), (R(-2), R(1, 4)))),
    "hypot": Operation(exact=mp.hypot, floats=np.hypot, arrays=np.hypot, complex_safe=False,
        analytic=lambda x, y: mp.sqrt(x * x + y * y), points=PLANE),
    **_numpy("sinh"),
    **_numpy("cosh"),
    **_numpy("tanh"),
    **_mpmath("coth"),
    **_mpmath("sech", arrays=lambda x: 1 / np.cosh(x), complex_safe=True),
    **_mpmath("csch", arrays=lambda x: 1 / np.sinh(x), complex_safe=True),
    **_numpy("asinh", known_as="arcsinh"),
    **_mpmath("acosh", (R(11, 10), R(2), R(17, 3)), interval=(1.3, 1.8)),
    **_mpmath("atanh", INSIDE_ONE),
    **_mpmath("acoth", BEYOND_ONE, interval=(1.3, 1.8)),
    **_mpmath("asech", (R(1, 9), R(1, 2), R(9, 10))),
    **_mpmath("acsch"),
    # special functions
    **_mpmath("erf", floats=math.erf, arrays=_to_first_order(math.erf, _bell), complex_safe=True),
    **_mpmath("erfc", floats=math.erfc, arrays=_to_first_order(math.erfc, lambda x: -_bell(x)), complex_safe=True),
    "log_erfc": _in_mpmath(lambda x: mp.log(mp.erfc(x))),
    "erfc_quotient": _in_mpmath(_erfc_quotient, tuple(product((R(0), R(1), R(3)), ANYWHERE)), analytic=False),
    **_mpmath("erfinv", INSIDE_ONE, analytic=False, interval=(0.1, 0.7)),
    **_mpmath("gamma", (R(-5, 3), R(-1, 2), *POSITIVE)),
    **_mpmath("loggamma", POSITIVE),
    "log_gamma": _in_mpmath(lambda x: mp.log(mp.gamma(x)), (R(-3, 2), R(-17, 5), *POSITIVE), analytic=False),
    "polygamma": Operation(exact=lambda order, x: mp.polygamma(int(order), x),
        floats=lambda order, x: float(sp.polygamma(int(order), x)),
        arrays=np.vectorize(lambda order, x: float(sp.polygamma(int(order), x)), otypes=[float]), complex_safe=False,
        points=tuple(product((R(0), R(1), R(2), R(3)), POSITIVE))),
    **_mpmath("factorial", (R(-5, 3), R(-1, 2), *POSITIVE)),
    **_mpmath("beta", (*product(POSITIVE, POSITIVE), (R(-5, 3), R(1, 2)), (R(2, 5), R(-16, 5)))),
    **_mpmath("binomial", (*product(POSITIVE, POSITIVE), (R(-5, 3), R(1, 2)), (R(7, 2), R(-9, 5)))),
    "sinc": _in_mpmath(lambda x: mp.sin(x) / x if x else mp.mpf(1), kinks=AT_ZERO),
    "spherical_jn": _in_mpmath(_spherical_bessel, tuple(product((R(0), R(1), R(2), R(4)), ANYWHERE)), analytic=False),
    # kinks and jumps
    "abs": _arithmetic(abs, lambda x: np.where(x.real > 0, x, -x), ANYWHERE, kinks=AT_ZERO),
    "sign": Operation(exact=mp.sign, floats=np.sign, arrays=lambda x: np.sign(x.real),
        points=_each((*ANYWHERE, R(-3, 2), R(2))), kinks=AT_ZERO),
    "heaviside": _arithmetic(_heaviside, lambda x, half: np.where(x.real == 0, half, np.where(x.real > 0, 1.0, 0.0)),
        kinks=tuple(product((R(0),), (R(0), R(1, 4), R(1, 2), R(1))))),
    "mod": _arithmetic(lambda x, y: x - y * mp.floor(x / y), np.mod, REMAINDERS, complex_safe=False, floats=np.mod),
    "floor": _jump(mp.floor, np.floor, kinks=((R(2),),)),
    "ceiling": _jump(mp.ceil, np.ceil, kinks=((R(2),),)),
    "max": _arithmetic(lambda *xs: max(xs), lambda *xs: reduce(_larger, xs), MANY, kinks=TIED, cost=_stepwise),
    "min": _arithmetic(lambda *xs: min(xs), lambda *xs: -reduce(_larger, [-x for x in xs]), MANY, kinks=TIED,
        cost=_stepwise),
    # activations and stable forms
    "sigmoid": Operation(exact=_sigmoid, floats=_stable_sigmoid, arrays=_sigmoid_of_arrays, analytic=_sigmoid),
    "softplus": Operation(exact=_softplus, floats=lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        arrays=_softplus_of_arrays, analytic=_softplus),
    "relu": _arithmetic(lambda x: max(x, 0 * x), lambda x: np.where(x.real > 0, x, 0), ANYWHERE, kinks=AT_ZERO),
    "leaky_relu": _arithmetic(lambda x, slope: x if x > 0 else slope * x,
        lambda x, slope: np.where(x.real > 0, x, slope * x), SLOPED),
    "elu": Operation(exact=lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
        floats=lambda x, alpha: x if x > 0 else alpha * np.expm1(x),
        arrays=lambda x, alpha: np.where(x.real > 0, x, alpha * (np.exp(np.where(x.real > 0, 0, x)) - 1)),
        points=SLOPED),
    "logsumexp": Operation(exact=_logsumexp, floats=_stable_logsumexp, arrays=_logsumexp_of_arrays, analytic=_logsumexp,
        points=(*SEVERAL, (R(3, 10), R(-5, 2), R(1)), (R(4), R(4), R(4)))),
    "weighted_logsumexp": _in_mpmath(_weighted,
        ((R(1, 3), R(2), R(-1, 5), R(3, 7)), (R(2), R(-7, 3), R(5), R(1), R(0), R(4)))),
    "weighted_exp": _in_mpmath(lambda c, x: c * mp.exp(x), PLANE),
    "log1mexp": _in_mpmath(lambda x: mp.log(1 - mp.exp(x)), (R(-9), R(-7, 3), R(-2, 5), R(-1, 9)),
        interval=(-0.8, -0.2)),
    "log_cosh": _in_mpmath(lambda x: mp.log(mp.cosh(x))),
    "bose": _in_mpmath(lambda x: 1 / mp.expm1(x)),
    # conditions, and the choice between two values by one
    "lt": _condition(lambda x, y: x < y, lambda x, y: x.real < y.real),
    "le": _condition(lambda x, y: x <= y, lambda x, y: x.real <= y.real),
    "gt": _condition(lambda x, y: x > y, lambda x, y: x.real > y.real),
    "ge": _condition(lambda x, y: x >= y, lambda x, y: x.real >= y.real),
    "eq": _condition(lambda x, y: x == y, lambda x, y: x.real == y.real),
    "ne": _condition(lambda x, y: x != y, lambda x, y: x.real != y.real),
    "and": _arithmetic(lambda *xs: all(xs), lambda *xs: reduce(np.logical_and, xs), tuple(product(TRUTHS, repeat=3)),
        cost=_stepwise),
    "or": _arithmetic(lambda *xs: any(xs), lambda *xs: reduce(np.logical_or, xs), tuple(product(TRUTHS, repeat=3)),
        cost=_stepwise),
    "not": _arithmetic(lambda x: not x, np.logical_not, TRUTHS),
    "select": _arithmetic(lambda condition, x, y: x if condition else y, np.where,
        ((sp.true, R(1, 3), R(2)), (sp.false, R(1, 3), R(2)), (sp.true, R(-7, 10), R(4, 5)))),
    # matrices
    "matmul": _matrix(lambda x, y: x * y, np.matmul, _products, lambda A, B: A * B,
        ((GENERAL, SQUARE), (GENERAL, GENERAL.T)),
        sizes=lambda rows, columns, inner: [(rows, inner), (inner, columns)]),
    "transpose": _matrix(lambda x: x.T, np.transpose, _free, lambda A, B: A.applyfunc(sp.sin).T * B),
    "inverse": _square(lambda x: x.inv(), np.linalg.inv, _gauss_jordan, lambda A, B: A.I),
    "determinant": _square(lambda x: sp.Matrix([[x.det()]]), lambda x: np.linalg.det(x).reshape(1, 1), _elimination,
        lambda A, B: sp.Determinant(A) * A),
    "trace": _square(lambda x: sp.Matrix([[x.trace()]]), lambda x: np.trace(x).reshape(1, 1), lambda size: size[0] - 1,
        lambda A, B: sp.Trace(A) * A),
    "total": _matrix(lambda x: sp.Matrix([[sum(x)]]), lambda x: x.sum().reshape(1, 1),
        lambda size: size[0] * size[1] - 1, lambda A, B: sb.Total(A) * A),
    "row_sums": _matrix(lambda x: _lines(x, 1, sum), lambda x: x.sum(axis=1, keepdims=True),
        lambda size: size[0] * (size[1] - 1), lambda A, B: sb.RowSums(A)),
    "column_sums": _matrix(lambda x: _lines(x, 0, sum), lambda x: x.sum(axis=0, keepdims=True),
        lambda size: (size[0] - 1) * size[1], lambda A, B: sb.ColumnSums(A)),
    "softmax_rows": _matrix(lambda x: _softmax(x, 1), lambda x: _softmax_of_arrays(x, 1),
        lambda size: _softmax_cost(*size), lambda A, B: sb.Softmax(A, 1)),
    "softmax_columns": _matrix(lambda x: _softmax(x, 0), lambda x: _softmax_of_arrays(x, 0),
        lambda size: _softmax_cost(*reversed(size)), lambda A, B: sb.Softmax(A)),
    "lse_rows": _matrix(lambda x: _lines(x, 1, lambda line: sp.log(_power_sum(line))), lambda x: _lse_of_arrays(x, 1),
        lambda size: _lse_cost(*size), lambda A, B: sb.LogSumExp(A, 1)),
    "lse_columns": _matrix(lambda x: _lines(x, 0, lambda line: sp.log(_power_sum(line))),
        lambda x: _lse_of_arrays(x, 0), lambda size: _lse_cost(*reversed(size)), lambda A, B: sb.LogSumExp(A)),
    "spread": _matrix(_spread, lambda x, like: np.broadcast_to(x, like.shape), _free,
        lambda A, B: A + sb.RowSums(A) * sp.OneMatrix(1, 3),
        ((GENERAL[:, :1], GENERAL), (GENERAL[:1, :], GENERAL), (GENERAL[:1, :1], GENERAL))),
    "slice": _matrix(lambda x, window, like: x[window], lambda x, window, like: x[window], _free,
        lambda A, B: A[0:2, 1:], ((SQUARE, WINDOW, GENERAL[:, :2]),)),
    "place": _matrix(_placed, _placed_in_arrays, _free, lambda A, B: sp.BlockMatrix([[A, B]]),
        ((GENERAL[:, :2], WINDOW, SQUARE),)),
}
# fmt: on
"""Every operation by its name; leaves have no row."""


def precise(value: Any) -> Any:
    """What a number or a constant of SymPy's is to mpmath: never Python's int, two of which make a float by `/`."""
    return value == sp.true if value.is_Boolean else value._to_mpmath(mp.mp.prec, allow_ints=False)


def _float_of_leaf(value: Any) -> Any:
    return bool(value) if value.is_Boolean else np.float64(float(value))


EXACT: Mapping[str, Function] = {
    **{name: row.exact for name, row in OPERATIONS.items()},
    **dict.fromkeys(("number", "constant"), precise),
}
"""What computes a graph in mpmath."""

FLOATS: Mapping[str, Function] = {
    **{name: row.floats for name, row in OPERATIONS.items()},
    **dict.fromkeys(("number", "constant"), _float_of_leaf),
}
"""What computes a graph in floats."""
