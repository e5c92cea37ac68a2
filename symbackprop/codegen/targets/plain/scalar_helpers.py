"""What `math` lacks, as functions of Python floats; a generated module carries those that it calls.

They are those of `numpy.special_functions`, `exponential_sums` and `compensated_functions`, which name the sources, on
one number. Where NumPy has infinity or nan and `math` raises, they raise: NumPy is asked then.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..numpy.gamma_functions import _jn_of
from ..numpy.special_functions import _polygamma_of, _whole


def _floats(*values: Any) -> list[float]:
    """Plain numbers as Python's floats; a TypeError if one is an array, of another dtype, or no number at all."""
    return [x if type(x) is float else float(x) if type(x) is int else _float(x) for x in values]


def _float(value: Any) -> float:
    is_double = isinstance(value, np.float64 | np.ndarray) and value.dtype == float and value.ndim == 0
    if is_double or isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no plain number")


def _items(values: Any) -> Any:
    """The entries of a list of plain numbers; a TypeError if it is none."""
    if isinstance(values, np.ndarray) and values.dtype in (float, int):
        return values.tolist()
    if type(values) in (list, tuple):
        return values
    raise TypeError(f"{type(values).__name__} is no list of plain numbers")


def _tried_first(on_floats: Any) -> Any:
    """A function that is computed on floats where all arguments are plain numbers and `math` has their value."""

    def decorated(function: Any) -> Any:
        def evaluate(*values: Any, **named: Any) -> Any:
            try:
                return on_floats(*values, **named)
            except (TypeError, ArithmeticError, ValueError):
                pass
            return function(*values, **named)

        evaluate.__dict__.update(__wrapped__=function)  # of which the signature is
        return evaluate

    return decorated


def _maximum_of(x: float, y: float) -> float:
    return float(x if x > y or math.isnan(x) else y)


def _minimum_of(x: float, y: float) -> float:
    return float(x if x < y or math.isnan(x) else y)


def _relu_of(x: float) -> float:
    return 0.0 if x <= 0 else x


def _sign_of(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else x


def _heaviside_of(x: float, half: float) -> float:
    return 0.0 if x < 0 else 1.0 if x > 0 else float(half) if x == 0 else x


def _floor_of(x: float) -> float:
    return math.copysign(math.floor(x), x)


def _ceil_of(x: float) -> float:
    return math.copysign(math.ceil(x), x)


def _sigmoid_of(x: float) -> float:
    small = math.exp(-abs(x))
    return (1.0 if x >= 0 else small) / (1.0 + small)


def _leaky_relu_of(x: float, slope: float) -> float:
    return x if x > 0 else slope * x


def _elu_of(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * math.expm1(0.0 if x == 0 else x)


def _logaddexp_of(x: float, y: float) -> float:
    """log(exp(x) + exp(y))"""
    return x + 0.6931471805599453 if x == y else max(x, y) + math.log1p(math.exp(-abs(x - y)))


def _log1mexp_of(x: float) -> float:
    return math.log(-math.expm1(x)) if x > -0.6931471805599453 else math.log1p(-math.exp(x))


def _log_cosh_of(x: float) -> float:
    size = abs(x)
    if size < 1:
        return math.log1p(2.0 * math.sinh(size / 2.0) ** 2)
    return size - 0.6931471805599453 + math.log1p(math.exp(-2.0 * size))


def _bose_of(x: float) -> float:
    return (math.exp(-abs(x)) if x >= 0 else -1.0) / -math.expm1(-abs(x))


def _sech_of(x: float) -> float:
    small = math.exp(-abs(x))
    return 2.0 * small / (1.0 + small * small)


def _csch_of(x: float) -> float:
    size = abs(x)
    return math.copysign(2.0 * math.exp(-size), x) / -math.expm1(-2.0 * size)


def _polygamma_at(order: float, x: float) -> float:
    return _polygamma_of(_whole(float(order)), x)


def _spherical_jn_at(order: float, x: float) -> float:
    return _jn_of(int(order), x)


# --- sums of exponentials ---


def _top_of(*xs: float) -> float:
    """The largest; of what is not finite NumPy knows."""
    if not all(map(math.isfinite, xs)):
        raise ValueError("an exponent is not finite")
    return float(max(xs[::-1]))  # of zeros the last, as NumPy has it


def _rest_of_sum_of(top: float, *xs: float) -> float:
    total, missing = 0.0, True
    for x in xs:
        if missing and x == top:
            missing = False
        else:
            total += math.exp(x - top)
    return total - missing


def _logsumexp_of(*xs: float) -> float:
    top = _top_of(*xs)
    found = top + math.log(sum([math.exp(x - top) for x in xs]))
    return found if abs(found) >= 0.5 else top + math.log1p(_rest_of_sum_of(top, *xs))


def _weighted_top_of(*terms: float) -> float:
    """The exponent of the largest term, or 0; a term of weight 0 is none."""
    _top_of(*terms)
    pairs = list(zip(terms[::2], terms[1::2], strict=True))
    return max([(u + math.log(abs(c)), u) for c, u in pairs if c], key=lambda pair: pair[0], default=(0.0, 0.0))[1]


def _weighted_exp_of(c: float, x: float) -> float:
    return c * math.exp(x) if c != 0 else c * 0.0


def _weighted_sum_of(top: float, *terms: float) -> float:
    return sum([_weighted_exp_of(c, u - top) for c, u in zip(terms[::2], terms[1::2], strict=True)])


def _weighted_log_of(top: float, *terms: float) -> float:
    whole = _weighted_sum_of(top, *terms)
    pairs = list(zip(terms[::2], terms[1::2], strict=True))
    weight = max([c for c, u in pairs if u == top], default=0.0)
    if not abs(whole - 1.0) < 0.5 or weight <= 0:
        return math.log(whole)
    largest = pairs.index((weight, top))
    exps = [c - 1.0 if number == largest else _weighted_exp_of(c, u - top) for number, (c, u) in enumerate(pairs)]
    return math.log1p(sum(exps))


def _weighted_logsumexp_of(*terms: float) -> float:
    top = _weighted_top_of(*terms)
    return top + _weighted_log_of(top, *terms)


# --- arguments that are not rounded before ---


def _exp_of_difference_of(x: float, y: float) -> float:
    power = x - y
    result, back = math.exp(power), power - x
    lost = (x - (power - back)) - (y + back)
    return result + result * (lost if lost < 1.0 else 1.0)


def _bell_of(k: float, x: float, c: float) -> float:
    if -1.0 <= x <= 1.0:  # where rounding the square is nothing yet
        return k * math.exp(-c * x * x)
    if not -60.0 <= x <= 60.0:
        x = min(max(x, -60.0), 60.0)
    near = x + 422212465065984.0 - 422212465065984.0  # rounded to sixteenths
    half = math.exp(-c / 2.0 * (near * near))
    return k * math.exp(-c * ((x - near) * (x + near))) * half * half


def _erfc_of_root_of(x: float) -> float:
    if x <= 0.5 or x > 60.0:  # where rounding the argument is nothing yet
        return math.erfc(x * 0.7071067811865476)
    t = x * 0.7071067811865476
    wide = x * 134217729.0
    head = wide - (wide - x)
    tail = x - head
    lost = head * 0.7071067839860916 - t + head * -2.7995440410322203e-09 + tail * 0.7071067839860916
    lost += tail * -2.7995440410322203e-09 - x * 4.833646656726457e-17
    return math.erfc(t) * (1.0 - lost * (t + math.sqrt(t * t + 2.0)))


def _times_erfc_far_out(k: float, x: float) -> float:
    """Of x above 37."""
    far = min(x, 60.0)
    t = 1.0 / (far * far)
    series = 1.0 - t * (
        1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t * (1.0 - 9.0 * t * (1.0 - 11.0 * t * (1.0 - 13.0 * t)))))
    )
    return _bell_of(k * 0.7978845608028654 / far * series, far, 0.5)


_WEIGHTED = ("_weighted_log_of", "_weighted_sum_of", "_weighted_exp_of")
NOT_PLAIN = (TypeError, ArithmeticError, ValueError)
"""What says that NumPy is to be asked: an argument of another type, or a value that `math` lacks."""

OWN: dict[str, Any] = {name: value for name, value in globals().items() if getattr(value, "__module__", "") == __name__}
"""What code may call beside `math` and the functions of one number that NumPy's code carries too."""

NEEDS: dict[str, tuple[str, ...]] = {
    "_floats": ("_float",),
    "_polygamma_at": ("_polygamma",),
    "_spherical_jn_at": ("_spherical_jn",),
    "_logsumexp_of": ("_top_of", "_rest_of_sum_of"),
    "_weighted_top_of": ("_top_of",),
    "_weighted_sum_of": _WEIGHTED[2:],
    "_weighted_log_of": _WEIGHTED[1:],
    "_weighted_logsumexp_of": ("_weighted_top_of", "_top_of", *_WEIGHTED),
    "_times_erfc_far_out": ("_bell_of",),
}
"""What a function here calls of the others, and of NumPy's."""
