"""Products and quotients of gamma, and sin(x)/x with its derivatives, on JAX: what generated code carries as text.

Sources: those of `numpy/gamma_functions`, of which these are the same without a branch.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def _factorial(x: Any) -> Any:
    return jax.scipy.special.gamma(x + 1.0)


def _sign_of_gamma(x: Any) -> Any:
    """Nan at the poles."""
    below = jnp.where(jnp.floor(x) % 2 == 1, -1.0, 1.0)
    return jnp.where(x > 0, 1.0, jnp.where(x == jnp.floor(x), jnp.nan, below))


def _reciprocal_sign(x: Any) -> Any:
    """That of 1/gamma(x), 0 at the poles."""
    return jnp.nan_to_num(_sign_of_gamma(x), nan=0.0)


def _log_of_gamma(x: Any) -> Any:
    """log(abs(gamma(x))), 0 at the poles."""
    is_pole = (x <= 0) & (x == jnp.floor(x))
    return jax.scipy.special.gammaln(jnp.where(is_pole, 1.0, x))


def _beyond_stirling(x: Any) -> Any:
    """What log(gamma(x)) is more than (x - 1/2) log(x) - x + log(2 pi)/2, of x >= 20."""
    t = 1.0 / (x * x)
    return (1 / 12 - t * (1 / 360 - t * (1 / 1260 - t * (1 / 1680 - t / 1188)))) / x


def _beta(x: Any, y: Any) -> Any:
    """gamma(x) gamma(y) / gamma(x + y); far out by Stirling's series."""
    large, small = jnp.maximum(jnp.maximum(x, y), 20.0), jnp.where(jnp.minimum(x, y) > 0, jnp.minimum(x, y), 1.0)
    rest = _beyond_stirling(large) - _beyond_stirling(large + small)
    rest = rest - (large + small - 0.5) * jnp.log1p(small / large)
    near = _log_of_gamma(jnp.minimum(small, 20.0)) + rest + small - small * jnp.log(large)
    far = 0.9189385332046727 + (small - 0.5) * jnp.log(small / large) - 0.5 * jnp.log(large) + rest
    far = far + _beyond_stirling(jnp.maximum(small, 20.0))
    found = jnp.exp(jnp.where(small < 20.0, near, far))
    sign = _sign_of_gamma(x) * _sign_of_gamma(y) * _reciprocal_sign(x + y)
    other = sign * jnp.exp(_log_of_gamma(x) + _log_of_gamma(y) - _log_of_gamma(x + y))
    return jnp.where((jnp.minimum(x, y) > 0) & (jnp.maximum(x, y) >= 20.0), found, other)


def _binomial(n: Any, k: Any) -> Any:
    """gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1)); of a whole k its limit, wherever gamma has poles."""
    is_whole = k == jnp.floor(k)
    turned = is_whole & (n < 0)
    top = jnp.where(turned, k - n - 1.0, n)
    inside = (jnp.minimum(top - k, k) > -1) & (top > -1)
    found = 1.0 / ((top + 1.0) * _beta(jnp.where(inside, top - k, 0.0) + 1.0, jnp.where(inside, k, 0.0) + 1.0))
    sign = _sign_of_gamma(top + 1.0) * _reciprocal_sign(k + 1.0) * _reciprocal_sign(top - k + 1.0)
    logs = _log_of_gamma(top + 1.0) - _log_of_gamma(k + 1.0) - _log_of_gamma(top - k + 1.0)
    other = jnp.where(is_whole & (k < 0), 0.0, sign * jnp.exp(logs))
    return jnp.where(turned, 1.0 - 2.0 * (k % 2), 1.0) * jnp.where(inside, found, other)


def _sinc(x: Any) -> Any:
    """sin(x)/x, 1 at 0 and 0 where x is infinite."""
    inside = jnp.where((x == 0) | jnp.isinf(x), 1.0, x)
    return jnp.where(x == 0, 1.0, jnp.where(jnp.isinf(x), 0.0, jnp.sin(inside) / inside))


def _spherical_jn(order: int, x: Any) -> Any:
    """The spherical Bessel function of the first kind: by its series, or the recurrence upwards or downwards."""
    x = jnp.asarray(x)
    size = jnp.abs(x)
    least = (4.0 * order + 6.0) ** 0.5
    small = jnp.minimum(size, least)
    term = jnp.ones_like(size)
    for k in range(1, order + 1):
        term = term * small / (2 * k + 1)
    total = term
    for k in range(1, 30):
        term = term * (-small * small / (2 * k * (2 * order + 2 * k + 1)))
        total = total + term
    large = jnp.where(jnp.isinf(size), 1.0, jnp.maximum(size, least))
    first = jnp.sin(large) / large
    second = (first - jnp.cos(large)) / large
    value, after = first, second
    for k in range(1, order + 1):
        value, after = after, (2 * k + 1) / large * after - value
    if least < order:  # between both, Miller's way
        between = jnp.minimum(large, 1.0 * order)
        start = order + 20 + int(np.sqrt(160.0 * order))
        above, below, found = jnp.zeros_like(size), jnp.full_like(size, 1e-30), jnp.zeros_like(size)
        for k in range(start, 0, -1):
            above, below = below, (2 * k + 1) / between * below - above
            found = below if k - 1 == order else found
            scale = jnp.where(jnp.abs(below) > 1e20, 1e-20, 1.0)
            above, below, found = above * scale, below * scale, found * scale
        by_first = jnp.abs(first) > jnp.abs(second)
        ratio = jnp.where(by_first, first, second) / jnp.where(by_first, below, above)
        value = jnp.where(size > order, value, found * ratio)
    value = jnp.where(size <= least, total, jnp.where(jnp.isinf(size), 0.0, value))
    return jnp.where(x < 0, (-1.0) ** order, 1.0) * value
