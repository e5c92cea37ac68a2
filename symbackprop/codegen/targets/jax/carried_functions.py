"""What JAX lacks, as small functions of their own; a generated module carries those that it calls.

The package reads this file as text and never imports it: JAX is needed only where generated code runs. Each function
keeps the dtype of its argument and works under jit and vmap, so that a branch is a choice between values. Sources are
those of NumPy's functions of the same names, where every branch is a branch; the polygamma function is that of
Abramowitz and Stegun 6.3.18, 6.4.6, 6.4.7 and 6.4.11.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..python_arrays.shape_checks import _arranged


def _leaky_relu(x: Any, slope: Any) -> Any:
    """x where x > 0, slope * x elsewhere."""
    return jnp.where(x > 0, x, slope * x)


def _elu(x: Any, alpha: Any) -> Any:
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    return jnp.where(x > 0, x, alpha * jnp.expm1(jnp.minimum(x, 0.0)))


def _sech(x: Any) -> Any:
    """1 / cosh(x) without overflow."""
    small = jnp.exp(-jnp.abs(x))
    return 2.0 * small / (1.0 + small * small)


def _csch(x: Any) -> Any:
    """1 / sinh(x) without overflow."""
    size = jnp.abs(x)
    return jnp.copysign(2.0 * jnp.exp(-size), x) / -jnp.expm1(-2.0 * size)


def _log1mexp(x: Any) -> Any:
    """log(1 - exp(x)) for x < 0; nan for x > 0."""
    near = x > -0.6931471805599453
    far = jnp.log1p(-jnp.exp(jnp.where(near, -1.0, x)))
    return jnp.where(near, jnp.log(-jnp.expm1(jnp.where(near, x, -1.0))), far)


def _log_cosh(x: Any) -> Any:
    """log(cosh(x)): log(1 + 2*sinh(x/2)**2) where x is small."""
    size = jnp.abs(x)
    near = jnp.log1p(2.0 * jnp.sinh(jnp.minimum(size, 1.0) / 2.0) ** 2)
    return jnp.where(size < 1, near, size - 0.6931471805599453 + jnp.log1p(jnp.exp(-2.0 * size)))


def _bose(x: Any) -> Any:
    """1 / (exp(x) - 1) without overflow."""
    return jnp.where(x >= 0, jnp.exp(-jnp.abs(x)), -1.0) / -jnp.expm1(-jnp.abs(x))


# --- sums of exponentials, from the largest exponent ---


def _top(*xs: Any) -> Any:
    """The largest, or 0 where that is infinite: what exponents are measured from."""
    top = xs[0]
    for x in xs[1:]:
        top = jnp.maximum(top, x)
    return jnp.where(jnp.isfinite(top), top, 0.0)


def _below(x: Any, top: Any) -> Any:
    """x - top, and 0 where x is the top: a compiled program may round a product and the difference from it once."""
    return jnp.where(x == top, 0.0, x - top)


def _rest_of_sum(top: Any, *xs: Any) -> Any:
    """exp(x1 - top) + exp(x2 - top) + ... - 1, where the one that is the top is left out, not subtracted."""
    total, missing = jnp.zeros_like(top), jnp.ones(jnp.shape(top), bool)
    for x in xs:
        largest = missing & (x == top)
        total = total + jnp.where(largest, 0.0, jnp.exp(x - top))
        missing = missing & ~largest
    return total - jnp.where(missing, 1.0, 0.0)


def _logsumexp(*xs: Any) -> Any:
    """log(exp(x1) + exp(x2) + ...) without overflow: the largest, if it is finite, is taken out first."""
    top = _top(*xs)
    found = top + jnp.log(sum(jnp.exp(_below(x, top)) for x in xs))
    return jnp.where(jnp.abs(found) < 0.5, top + jnp.log1p(_rest_of_sum(top, *xs)), found)


def _weighted_exp(c: Any, x: Any) -> Any:
    """c * exp(x); 0 where c is 0, whatever x is."""
    return c * jnp.exp(jnp.where(c != 0, x, -jnp.inf))


def _weighted_sum(top: Any, *terms: Any) -> Any:
    """c1 * exp(u1 - top) + c2 * exp(u2 - top) + ...; a term of weight 0 is 0."""
    return sum(_weighted_exp(c, _below(u, top)) for c, u in zip(terms[::2], terms[1::2], strict=True))


def _weighted_top(*terms: Any) -> Any:
    """The exponent of the largest term, or 0 where that is infinite; a term of weight 0 is none."""
    top: Any = -jnp.inf
    largest: Any = -jnp.inf
    for c, u in zip(terms[::2], terms[1::2], strict=True):
        size = jnp.where(c != 0, u, -jnp.inf) + jnp.log(jnp.abs(jnp.where(c != 0, c, 1.0)))
        top = jnp.where(size > largest, u, top)
        largest = jnp.maximum(size, largest)
    return jnp.where(jnp.isfinite(top), top, 0.0)


def _weighted_log(top: Any, *terms: Any) -> Any:
    """log(c1 * exp(u1 - top) + ...); of a sum that is almost 1, the 1 is taken from the weight of the largest."""
    whole = jnp.asarray(_weighted_sum(top, *terms))
    pairs = list(zip(terms[::2], terms[1::2], strict=True))
    weight = jnp.zeros_like(whole)
    for c, u in pairs:
        weight = jnp.maximum(weight, jnp.where(u == top, c, 0.0))
    near = (jnp.abs(whole - 1.0) < 0.5) & (weight > 0)
    rest, missing = jnp.zeros_like(whole), near
    for c, u in pairs:
        largest = missing & (u == top) & (c == weight)
        rest = rest + jnp.where(largest, c - 1.0, _weighted_exp(c, u - top))
        missing = missing & ~largest
    return jnp.where(near, jnp.log1p(jnp.where(near, rest, 0.0)), jnp.log(jnp.where(near, 1.0, whole)))


def _weighted_logsumexp(*terms: Any) -> Any:
    """log(c1 * exp(u1) + c2 * exp(u2) + ...) of c1, u1, c2, u2, ...: the largest exponent is taken out first."""
    top = _weighted_top(*terms)
    return top + _weighted_log(top, *terms)


# --- of an argument that is not rounded before ---


def _exp_of_difference(x: Any, y: Any) -> Any:
    """exp(x - y), y finite; x may be -inf."""
    power = _below(x, y)
    result = jnp.exp(power)
    back = power - x
    return result + result * jnp.fmin((x - (power - back)) - (y + back), 1.0)


def _bell(k: Any, x: Any, c: float) -> Any:
    """k * exp(-c*x*x) for c = 1/2 or another power of 2."""
    x = jnp.clip(x, -60.0, 60.0)
    near = jnp.round(x * 16.0) / 16.0  # of which the square is exact
    half = jnp.exp(-c / 2.0 * (near * near))
    return k * jnp.exp(-c * ((x - near) * (x + near))) * half * half


def _erfc_of_root(x: Any) -> Any:
    """erfc(x / sqrt(2)): c + 4.8e-17 less than sqrt(1/2) is, x * c is exact in four parts, and r is erfc'/erfc."""
    x = jnp.asarray(x)
    wide = jnp.clip(x, -60.0, 60.0)
    t = wide * 0.7071067811865476
    head = wide * 134217729.0 - (wide * 134217729.0 - wide)
    tail = wide - head
    lost = head * 0.7071067839860916 - t + head * -2.7995440410322203e-09 + tail * 0.7071067839860916
    lost = lost + tail * -2.7995440410322203e-09 - wide * 4.833646656726457e-17
    exact = jnp.where(x.dtype == jnp.float64, lost, 0.0).astype(x.dtype)  # the parts are those of doubles
    return jax.scipy.special.erfc(t) * (1.0 - exact * (t + jnp.sqrt(t * t + 2.0)))


def _times_erfc_of_root(k: Any, erfc: Any, x: Any) -> Any:
    """k * erfc(x / sqrt(2)), of which erfc itself may be too small for all its digits."""
    far = jnp.clip(x, 37.0, 60.0)
    t = 1.0 / (far * far)
    series = 1.0 - t * (
        1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t * (1.0 - 9.0 * t * (1.0 - 11.0 * t * (1.0 - 13.0 * t)))))
    )
    return jnp.where(x > 37.0, _bell(k * 0.7978845608028654 / far * series, far, 0.5), k * erfc)


# --- special functions ---


def _gamma(x: Any) -> Any:
    """The gamma function; nan at its poles."""
    x = jnp.asarray(x)
    return jnp.where((x <= 0) & (x == jnp.floor(x)), jnp.nan, jax.scipy.special.gamma(x))


def _loggamma(x: Any) -> Any:
    """log(gamma(x)) for x > 0; nan elsewhere, where it is not real."""
    return jnp.where(x > 0, jax.scipy.special.gammaln(jnp.where(x > 0, x, 1.0)), jnp.nan)


def _log_gamma(x: Any) -> Any:
    """log(gamma(x)) wherever gamma is positive; inf at its poles, nan where it is negative."""
    below = jnp.floor(x)
    negative = (x < 0) & (below % 2 != 0) & (x != below)
    return jnp.where(negative, jnp.nan, jax.scipy.special.gammaln(x))


def _log_erfc(x: Any) -> Any:
    """log(erfc(x)), however small erfc(x) is."""
    far = jnp.maximum(x, 1.0)
    tail = jnp.log(1.1283791670955126 / _erfc_quotient(0, far)) - far * far
    return jnp.where(x > 1, tail, jnp.log1p(-jax.scipy.special.erf(jnp.minimum(x, 1.0))))


def _log_half_erfc(x: Any) -> Any:
    """log(erfc(x) / 2), however close to 0 or to 1 that is."""
    near = jnp.log1p(-jax.scipy.special.erfc(jnp.maximum(-x, 0.0)) / 2)
    return jnp.where(x < 0, near, _log_erfc(jnp.maximum(x, 0.0)) - 0.6931471805599453)


def _erfc_quotient(order: int, x: Any) -> Any:
    """A repeated integral of erfc over that of the next order: by a continued fraction, or the recurrence upwards."""
    x = jnp.asarray(x)
    least, terms = (0.5, 820) if order else (2.0, 60)
    far = jnp.clip(x, least, 1e9)
    last = order + terms
    start = 1.0 / (far + jnp.sqrt(far * far + 2 * last))
    ratio = jax.lax.fori_loop(1, terms, lambda n, found: 0.5 / (far + (last - n + 1) * found), start)
    near = jnp.clip(x, -30.0, least)
    before, value = 1.1283791670955126 * jnp.exp(-near * near), jax.scipy.special.erfc(near)
    for n in range(1, order + 1):
        before, value = value, (before - 2 * near * value) / (2 * n)
    beyond = 2 * (far + (order + 1) * ratio)
    return jnp.where(x > 1e9, 2 * x, jnp.where(x > least, beyond, before / value))


def _polygamma(order: int, x: Any) -> Any:
    """The derivative of this order of the digamma function; nan at the poles 0, -1, -2, ..."""
    x = jnp.asarray(x)
    reflected = jnp.where(x < 0.5, 1.0 - x, x)
    value = _polygamma_right(order, reflected)
    turned = (-1.0) ** order * value - np.pi ** (order + 1) * _cotangent(order, x)
    found = jnp.where(x < 0.5, turned, value)
    return jnp.where((x <= 0) & (x == jnp.floor(x)), jnp.nan, found)


def _polygamma_right(order: int, x: Any) -> Any:
    """The same for x >= 0.5: step up to where the series converges to the last digit."""
    total, sign, factorial = jnp.zeros_like(x), (-1.0) ** (order + 1), 1.0
    for k in range(1, order + 1):
        factorial *= k
    for _ in range(25 + order):
        small = x < 25 + order
        total = total + jnp.where(small, sign * factorial * x ** -(order + 1.0), 0.0)
        x = jnp.where(small, x + 1.0, x)
    bernoulli: Any = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    square, rising = 1.0 / (x * x), jnp.ones_like(x)
    if order == 0:
        series = jnp.zeros_like(x)
        for k, b in enumerate(bernoulli, start=1):
            rising = rising * square
            series = series + b / (2 * k) * rising
        return total + jnp.log(x) - 0.5 / x - series
    series = 1.0 + order / (2.0 * x)
    for k, b in enumerate(bernoulli, start=1):
        rising = rising * ((order + 2 * k - 2) * (order + 2 * k - 1) / ((2 * k - 1) * 2 * k)) * square
        series = series + b * rising
    return total + sign * factorial / order * x ** -(1.0 * order) * series


def _cotangent(order: int, x: Any) -> Any:
    """The derivative of this order of the cotangent, at pi * x: a polynomial in the cotangent itself."""
    cotangent: Any = 1.0 / jnp.tan(np.pi * (x - jnp.round(x)))
    powers = [0.0, 1.0]
    for _ in range(order):
        slope = [k * factor for k, factor in enumerate(powers)][1:]
        powers = [-(a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    value: Any = powers.pop()
    while powers:
        value = value * cotangent + powers.pop()
    return value


# --- arguments and results ---


def _arrays(shapes: Any, params: Any, *data: Any) -> Any:
    """The parameters and the data as arrays of one dtype, that of the parameters."""
    params = {name: jnp.asarray(params[name]) for name in shapes}
    dtype = jnp.result_type(*params.values())
    if not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"params should be floats, are {dtype}")
    return (params, *(None if array is None else jnp.asarray(array, dtype) for array in data))


def _broadcast(*given: Any) -> Any:
    """The arguments as arrays of one dtype of floats, and the shape that they have together."""
    dtype = jnp.result_type(*given)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        raise ValueError(f"arguments must be real numbers, are {dtype}")
    dtype = dtype if jnp.issubdtype(dtype, jnp.floating) else jnp.result_type(float)
    return [jnp.asarray(value, dtype) for value in given], jnp.broadcast_shapes(*map(jnp.shape, given)), dtype


def _full(value: Any, shape: Any, dtype: Any) -> Any:
    """A result in the shape of the arguments."""
    return jnp.broadcast_to(jnp.asarray(value, dtype), shape)


def _real(name: Any, value: Any) -> Any:
    array = jnp.asarray(value)
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise ValueError(f"{name} must hold real numbers, holds {array.dtype}")
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(float)


def _dtype(arrays: Any) -> Any:
    """The one dtype of all arrays; numbers follow it."""
    whole = {name: array.dtype for name, array in arrays.items() if array.ndim}
    if len(set(whole.values())) > 1:
        listed = ", ".join(f"{name} is {kind}" for name, kind in whole.items())
        raise ValueError(f"arrays of different dtypes: {listed}; convert them to one")
    return jnp.result_type(*(whole.values() or [array.dtype for array in arrays.values()]))


def _alike(gradient: Any, like: Any, dtype: Any) -> Any:
    return jnp.asarray(gradient, dtype).reshape(jnp.shape(like))


def _shaped(gradients: Any, given: Any, dtype: Any) -> Any:
    """Each derivative in the shape of what it was taken by."""
    return {name: _alike(gradient, given.get(name, gradient), dtype) for name, gradient in gradients.items()}


def _shaped_samples(gradients: Any, given: Any, dtype: Any, batched: Any) -> Any:
    """Each derivative with the samples in front and then in the shape of what it was taken by."""
    return {name: _of_each(name, gradient, given, dtype, batched) for name, gradient in gradients.items()}


def _of_each(name: Any, gradient: Any, given: Any, dtype: Any, batched: Any) -> Any:
    front = () if name in batched else (len(gradient),)
    shape = (*front, *jnp.shape(given[name])) if name in given else jnp.shape(gradient)
    return jnp.asarray(gradient, dtype).reshape(shape)


def _checked(given: Any, shapes: Any, batched: Any) -> Any:
    """The arguments as arrays of one dtype without axes of one entry, what each size is, and that dtype."""
    arrays = {name: _real(name, value) for name, value in given.items()}
    dtype = _dtype(arrays)
    return *_arranged({name: array.astype(dtype) for name, array in arrays.items()}, shapes, batched), dtype
