"""Products and quotients of gamma, and sin(x)/x with its derivatives: what NumPy lacks, as `special_functions` has it.

Far out gammas overflow where their quotient does not: there the difference of their logarithms is taken from Stirling's
series (Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41), so that large numbers do not cancel. The
spherical Bessel functions come from their series (10.1.2), from the recurrence upwards (10.1.19), or downwards as
J. C. P. Miller has it (9.12), whichever is stable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .special_functions import _each, _exp_of, _gamma_of


def _pairs(function: Callable[[float, float], float], x: Any, y: Any) -> Any:
    """A function of two Python floats on all entries."""
    dtype = np.result_type(x, y)
    dtype = dtype if np.issubdtype(dtype, np.floating) else np.dtype(np.float64)
    x, y = np.broadcast_arrays(x, y)
    found = [function(*pair) for pair in zip(x.ravel().tolist(), y.ravel().tolist(), strict=True)]
    return np.array(found, dtype=dtype).reshape(x.shape)


def _factorial(x: Any) -> Any:
    return _each(_factorial_of, x)


def _factorial_of(x: float) -> float:
    return _gamma_of(x + 1.0)


def _beta(x: Any, y: Any) -> Any:
    return _pairs(_beta_of, x, y)


def _beta_of(x: float, y: float) -> float:
    """gamma(x) gamma(y) / gamma(x + y)."""
    if min(x, y) > 0 and max(x, y) >= 20.0:
        return _beta_far_out(max(x, y), min(x, y))
    return _of_gammas([x, y], [x + y])


def _beta_far_out(x: float, y: float) -> float:
    """Of x >= y > 0: the logarithm by Stirling's series, in terms that are no larger than it is."""
    if x == math.inf:
        return 0.0
    rest = _beyond_stirling(x) - _beyond_stirling(x + y) - (x + y - 0.5) * math.log1p(y / x)
    if y < 20.0:
        return _gamma_of(y) * math.exp(rest + y - y * math.log(x))
    size = 0.9189385332046727 + (y - 0.5) * math.log(y / x) - 0.5 * math.log(x)
    return math.exp(size + rest + _beyond_stirling(y))


def _beyond_stirling(x: float) -> float:
    """What log(gamma(x)) is more than (x - 1/2) log(x) - x + log(2 pi)/2, of x >= 20."""
    t = 1.0 / (x * x)
    return (1 / 12 - t * (1 / 360 - t * (1 / 1260 - t * (1 / 1680 - t / 1188)))) / x


def _binomial(n: Any, k: Any) -> Any:
    return _pairs(_binomial_of, n, k)


def _binomial_of(n: float, k: float) -> float:
    """gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1)); of a whole k its limit, wherever gamma has poles."""
    if not (math.isfinite(n) and math.isfinite(k)):
        return math.nan
    is_whole = k == math.floor(k)
    if is_whole and k < 30.0:
        return math.prod([(n - i) / (i + 1) for i in range(int(k))]) if k >= 0 else 0.0
    if is_whole and n < 0:
        return (1.0 - 2.0 * (k % 2)) * _binomial_of(k - n - 1.0, k)
    if min(n - k, k) > -1 and n > 20.0:
        below = (n + 1.0) * _beta_of(n - k + 1.0, k + 1.0)
        return 1.0 / below if below else math.inf
    return _of_gammas([n + 1.0], [k + 1.0, n - k + 1.0])


def _of_gammas(above: list[float], below: list[float]) -> float:
    """Gammas over gammas: nan where one above is infinite, 0 where one below is."""
    if not all(map(math.isfinite, above + below)) or any(x <= 0 and x == math.floor(x) for x in above):
        return math.nan
    if any(x <= 0 and x == math.floor(x) for x in below):
        return 0.0
    if max(map(abs, above + below)) < 85.0:
        return math.prod(map(_gamma_of, above)) / math.prod(map(_gamma_of, below))
    sign = -1.0 if sum(x < 0 and math.floor(x) % 2 == 1 for x in above + below) % 2 else 1.0
    return sign * _exp_of(sum(map(math.lgamma, above)) - sum(map(math.lgamma, below)))


# --- sin(x)/x ---


def _sinc(x: Any) -> Any:
    """sin(x)/x, 1 at 0 and 0 where x is infinite."""
    divisor = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, np.sin(np.where(np.isinf(x), 0.0, x)) / divisor)


def _sinc_of(x: float) -> float:
    return math.sin(x) / x if x else 1.0


def _spherical_jn(order: Any, x: Any) -> Any:
    return _each(lambda value: _jn_of(int(order), value), x)


def _jn_of(order: int, x: float) -> float:
    """The spherical Bessel function of the first kind, of a whole order."""
    size = abs(x)
    if not size < math.inf:
        return math.nan if math.isnan(x) else 0.0
    if size * size <= 4.0 * order + 6.0:
        value = _jn_of_small(order, size)
    elif size > order:
        value = _jn_upwards(order, size)
    else:
        value = _jn_downwards(order, size)
    return -value if x < 0 and order % 2 else value


def _jn_of_small(order: int, x: float) -> float:
    term = math.prod([x / (2 * k + 1) for k in range(1, order + 1)])
    total, k = term, 0
    while abs(term) > 1e-17 * abs(total):
        k += 1
        term *= -x * x / (2 * k * (2 * order + 2 * k + 1))
        total += term
    return total


def _jn_upwards(order: int, x: float) -> float:
    value = math.sin(x) / x
    after = (value - math.cos(x)) / x
    for k in range(1, order + 1):
        value, after = after, (2 * k + 1) / x * after - value
    return value


def _jn_downwards(order: int, x: float) -> float:
    """From where it does not matter what is there down to sin(x)/x, which tells the scale, or the next one."""
    above, value, found = 0.0, 1e-300, 0.0
    for k in range(order + 20 + int(math.sqrt(160.0 * order)), 0, -1):
        above, value = value, (2 * k + 1) / x * value - above
        found = value if k - 1 == order else found
        if abs(value) > 1e250:
            above, value, found = above * 1e-250, value * 1e-250, found * 1e-250
    first = math.sin(x) / x
    second = (first - math.cos(x)) / x
    return found * (first / value if abs(first) > abs(second) else second / above)


NEEDS: dict[str, tuple[str, ...]] = {
    "_factorial": ("_each", "_factorial_of", "_gamma_of"),
    "_beta": ("_pairs", "_beta_of", "_beta_far_out", "_beyond_stirling", "_of_gammas", "_gamma_of", "_exp_of"),
    "_binomial": (
        *("_pairs", "_binomial_of", "_beta_of", "_beta_far_out", "_beyond_stirling", "_of_gammas", "_gamma_of"),
        "_exp_of",
    ),
    "_spherical_jn": ("_each", "_jn_of", "_jn_of_small", "_jn_upwards", "_jn_downwards"),
}
"""What a function here calls of the others."""
