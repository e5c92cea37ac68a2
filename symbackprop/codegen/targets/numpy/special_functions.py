"""What NumPy lacks, as small functions of their own; a generated module carries those that it calls.

Each keeps the dtype of its argument. Sources: the trigonometric and hyperbolic ones are SymPy's definitions;
polygamma follows Abramowitz and Stegun 6.3.18, 6.4.6, 6.4.7 and 6.4.11; the quotient of erfc 7.2.5, upwards, and a
continued fraction (Gautschi, "Efficient computation of the complex error function", SIAM J. Numer. Anal. 7 (1970));
log1mexp Maechler, "Accurately computing log(1 - exp(-|a|))" (2012).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) without overflow on either side."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _leaky_relu(x: Any, slope: Any) -> Any:
    """x where x > 0, slope * x elsewhere."""
    return np.where(x > 0, x, slope * x)


def _elu(x: Any, alpha: Any) -> Any:
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _log1mexp(x: Any) -> Any:
    """log(1 - exp(x)) for x < 0; nan for x > 0."""
    near = x > -0.6931471805599453
    far = np.log1p(-np.exp(np.where(near, -1.0, x)))
    return np.where(near, np.log(-np.expm1(np.where(near, x, -1.0))), far)


def _log_cosh(x: Any) -> Any:
    """log(cosh(x)): log(1 + 2*sinh(x/2)**2) where x is small."""
    size = np.abs(x)
    near = np.log1p(2.0 * np.sinh(np.minimum(size, 1.0) / 2.0) ** 2)
    return np.where(size < 1, near, size - 0.6931471805599453 + np.log1p(np.exp(-2.0 * size)))


def _bose(x: Any) -> Any:
    """1 / (exp(x) - 1) without overflow."""
    return np.where(x >= 0, np.exp(-np.abs(x)), -1.0) / -np.expm1(-np.abs(x))


def _placed(x: Any, shape: Any, index: Any, dtype: Any) -> Any:
    """x in a part of an array of zeros."""
    result = np.zeros(shape, dtype)
    result[index] = x
    return result


def _cot(x: Any) -> Any:
    return 1.0 / np.tan(x)


def _sec(x: Any) -> Any:
    return 1.0 / np.cos(x)


def _csc(x: Any) -> Any:
    return 1.0 / np.sin(x)


def _acot(x: Any) -> Any:
    return np.arctan(np.divide(1.0, x))


def _asec(x: Any) -> Any:
    return np.arccos(np.divide(1.0, x))


def _acsc(x: Any) -> Any:
    return np.arcsin(np.divide(1.0, x))


def _coth(x: Any) -> Any:
    return 1.0 / np.tanh(x)


def _sech(x: Any) -> Any:
    """1 / cosh(x) without overflow."""
    small = np.exp(-np.abs(x))
    return 2.0 * small / (1.0 + small * small)


def _csch(x: Any) -> Any:
    """1 / sinh(x) without overflow."""
    size = np.abs(x)
    return np.copysign(2.0 * np.exp(-size), x) / -np.expm1(-2.0 * size)


def _acoth(x: Any) -> Any:
    return np.arctanh(np.divide(1.0, x))


def _asech(x: Any) -> Any:
    return np.arccosh(np.divide(1.0, x))


def _acsch(x: Any) -> Any:
    return np.arcsinh(np.divide(1.0, x))


def _each(function: Callable[[float], float], x: Any) -> Any:
    """A function of one Python float on every entry of x."""
    x = np.asarray(x)
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    return np.array([function(value) for value in x.ravel().tolist()], dtype=dtype).reshape(x.shape)


def _erf(x: Any) -> Any:
    return _each(math.erf, x)


def _erfc(x: Any) -> Any:
    return _each(math.erfc, x)


def _erfinv(x: Any) -> Any:
    return _each(_erfinv_of, x)


def _erfinv_of(x: float) -> float:
    """The y of which the error function is x: a first guess (Winitzki 2008, equation 7), then steps of Halley's."""
    if not abs(x) < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    size, rest = abs(x), 1 - abs(x)
    low = math.log(rest * (1 + size))
    half = 2 / (math.pi * 0.147) + low / 2
    y = math.sqrt(math.sqrt(half * half - low / 0.147) - half)
    for _ in range(3):
        error = math.erf(y) - size if size < 0.5 else rest - math.erfc(y)
        step = error * math.sqrt(math.pi) / 2 * math.exp(y * y)
        y -= step / (1 + y * step)
    return math.copysign(y, x)


def _gamma(x: Any) -> Any:
    return _each(_gamma_of, x)


def _gamma_of(x: float) -> float:
    """The gamma function; inf where it overflows, nan at its poles."""
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _loggamma(x: Any) -> Any:
    return _each(_loggamma_of, x)


def _loggamma_of(x: float) -> float:
    """log(gamma(x)) for x > 0; nan elsewhere, where it is not real."""
    try:
        return math.lgamma(x) if x > 0 else math.nan
    except OverflowError:
        return math.inf


def _log_gamma(x: Any) -> Any:
    return _each(_log_gamma_of, x)


def _log_gamma_of(x: float) -> float:
    """log(gamma(x)) wherever gamma is positive; inf at its poles, nan where it is negative."""
    if x > 0 or not math.isfinite(x):
        return _loggamma_of(x)
    return math.inf if x == int(x) else math.lgamma(x) if math.floor(x) % 2 == 0 else math.nan


def _log_erfc(x: Any) -> Any:
    return _each(_log_erfc_of, x)


def _log_erfc_of(x: float) -> float:
    """log(erfc(x)), however small erfc(x) is."""
    if x > 1e9:
        return -x * x
    return math.log(2 / math.sqrt(math.pi) / _erfc_quotient_of(0, x)) - x * x if x > 1 else math.log1p(-math.erf(x))


def _log_half_erfc(x: Any) -> Any:
    return _each(_log_half_erfc_of, x)


def _log_half_erfc_of(x: float) -> float:
    """log(erfc(x) / 2), however close to 0 or to 1 that is."""
    return math.log1p(-math.erfc(-x) / 2) if x < 0 else _log_erfc_of(x) - math.log(2)


def _erfc_quotient(order: int, x: Any) -> Any:
    return _each(lambda value: _erfc_quotient_of(order, value), x)


def _erfc_quotient_of(order: int, x: float) -> float:
    """A repeated integral of erfc over that of the next order: by a continued fraction, or the recurrence upwards."""
    if x > 1e9:
        return 2 * x
    if x > (0.5 if order else 2):
        ratio = 0.0
        last = order + 1 + round(8 + 200 / x**2)
        for n in range(last, order, -1):
            ratio = 1 / (x + math.sqrt(x * x + 2 * n)) if n == last else 0.5 / (x + (n + 1) * ratio)
        return 2 * (x + (order + 1) * ratio)
    before, value = 2 / math.sqrt(math.pi) * math.exp(-x * x), math.erfc(x)
    for n in range(1, order + 1):
        before, value = value, (before - 2 * x * value) / (2 * n)
    return before / value


def _exp_of(x: float) -> float:
    return math.exp(x) if x < 709.78 else math.inf


def _polygamma(order: Any, x: Any) -> Any:
    if np.ndim(order) == 0:
        return _each(lambda value: _polygamma_of(_whole(float(order)), value), x)
    orders, values = np.broadcast_arrays(order, x)
    pairs = zip(orders.ravel().tolist(), values.ravel().tolist(), strict=True)
    return np.array([_polygamma_of(_whole(each), value) for each, value in pairs], values.dtype).reshape(values.shape)


def _whole(order: float) -> int:
    if not (order >= 0 and order % 1 == 0):
        raise ValueError(f"the order of polygamma must be a whole number >= 0, got {order:g}")
    return int(order)


def _polygamma_of(order: int, x: float) -> float:
    """The derivative of this order of the digamma function; nan at the poles 0, -1, -2, ..."""
    if not x > -math.inf or (x <= 0 and x == int(x)):
        return math.nan
    if order and x < math.inf and (order + 17) * math.log10(abs(x) + order + 25) > 300:  # powers of x overflow
        return _polygamma_of_high_order(order, x)
    if x < 0.5:
        return (-1.0) ** order * _polygamma_of(order, 1 - x) - math.pi ** (order + 1) * _cotangent(order, x)
    sign, total = (-1.0) ** (order + 1), 0.0
    while x < 25 + order:  # step up to where the series converges to the last digit
        total += sign * math.factorial(order) / x ** (order + 1)
        x += 1
    return total + (sign * _series(order, x) if order else _digamma_series(x))


def _polygamma_of_high_order(order: int, x: float) -> float:
    """order! * sum((x + k)**-(order + 1)) in units of its largest term, of which the powers alone would overflow."""
    largest = math.log(x if x > 0.5 else min(abs(x - round(x)), abs(x)))

    total = 0.0
    while x < 25 + order:
        size = math.exp((order + 1) * (largest - math.log(abs(x))))
        total += size if x > 0 or order % 2 else -size
        x += 1
    series, rising = 1 + order / (2 * x), 1.0
    for k, b in enumerate(_BERNOULLI, start=1):
        rising *= (order + 2 * k - 2) * (order + 2 * k - 1) / (x * x) / ((2 * k - 1) * 2 * k)
        series += b * rising
    total += math.exp((order + 1) * largest - order * math.log(x)) / order * series
    size = math.lgamma(order + 1.0) - (order + 1) * largest + (math.log(abs(total)) if total else 0.0)
    return math.copysign(_exp_of(size) if total else 0.0, total if order % 2 else -total)


def _cotangent(order: int, x: float) -> float:
    """The derivative of this order of the cotangent, at pi * x: a polynomial in the cotangent itself."""
    cotangent, powers = 1 / math.tan(math.pi * (x - round(x))), [0.0, 1.0]
    for _ in range(order):
        slope = [k * factor for k, factor in enumerate(powers)][1:]
        powers = [-(a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    value = powers.pop()
    while powers:  # a product is infinite where a power would raise
        value = value * cotangent + powers.pop()
    return value


def _raised(x: float, power: int) -> float:
    """x**power of x > 0, infinite where it overflows."""
    try:
        return x**power
    except OverflowError:
        return math.inf


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _digamma_series(x: float) -> float:
    tail = sum(b / (2 * k * _raised(x, 2 * k)) for k, b in enumerate(_BERNOULLI, start=1))
    return math.log(x) - 1 / (2 * x) - tail


def _series(order: int, x: float) -> float:
    head = math.factorial(order - 1) / x**order + math.factorial(order) / (2 * x ** (order + 1))
    rising = [math.factorial(2 * k + order - 1) / math.factorial(2 * k) for k in range(1, 9)]
    return head + sum(
        b * r / x ** (2 * k + order) for k, (b, r) in enumerate(zip(_BERNOULLI, rising, strict=True), start=1)
    )


NEEDS: dict[str, tuple[str, ...]] = {
    "_erf": ("_each",),
    "_erfc": ("_each",),
    "_erfinv": ("_each", "_erfinv_of"),
    "_gamma": ("_each", "_gamma_of"),
    "_loggamma": ("_each", "_loggamma_of"),
    "_log_gamma": ("_each", "_log_gamma_of", "_loggamma_of"),
    "_log_erfc": ("_each", "_log_erfc_of", "_erfc_quotient_of"),
    "_log_half_erfc": ("_each", "_log_half_erfc_of", "_log_erfc_of", "_erfc_quotient_of"),
    "_erfc_quotient": ("_each", "_erfc_quotient_of"),
    "_polygamma": (
        *("_each", "_whole", "_polygamma_of", "_polygamma_of_high_order", "_cotangent"),
        *("_raised", "_series", "_digamma_series", "_BERNOULLI", "_exp_of"),
    ),
}
"""What a function here calls of the others."""
