"""Functions of a difference, a square or a scaled argument that is not rounded before they are taken.

exp and erfc of an argument u change by u*eps, or 2*u**2*eps, of themselves where u does by its last digit: 700 units
in the last place for a normal density at 37. What rounding takes from u is known exactly, and put back to first order.
A generated module carries those that it calls. Sources: Dekker, "A floating-point technique for extending the available
precision", Numer. Math. 18 (1971), for the exact product; Knuth, TAOCP 2, 4.2.2, for the exact difference; Cody,
"Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), for exp(-x**2) in two factors;
Abramowitz and Stegun, 7.1.23, for erfc far out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .special_functions import _erfc


def _exp_of_difference(x: Any, y: Any) -> Any:
    """exp(x - y), y finite; x may be -inf."""
    power = x - y
    result = np.exp(power)
    with np.errstate(invalid="ignore"):  # inf - inf
        back = power - x
        return result + result * np.fmin((x - (power - back)) - (y + back), 1.0)


def _bell(k: Any, x: Any, c: float) -> Any:
    """k * exp(-c*x*x) for c = 1/2 or another power of 2."""
    x = np.clip(x, -60.0, 60.0)
    near = np.round(x * 16.0) / 16.0  # of which the square is exact
    half = np.exp(-c / 2.0 * (near * near))
    return k * np.exp(-c * ((x - near) * (x + near))) * half * half


def _erfc_of_root(x: Any) -> Any:
    """erfc(x / sqrt(2)): c + 4.8e-17 less than sqrt(1/2) is, x * c is exact in four parts, and r is erfc'/erfc."""
    x = np.asarray(x)
    wide = np.clip(x.astype(np.float64), -60.0, 60.0)
    t = wide * 0.7071067811865476
    head = wide * 134217729.0 - (wide * 134217729.0 - wide)
    tail = wide - head
    lost = head * 0.7071067839860916 - t + head * -2.7995440410322203e-09 + tail * 0.7071067839860916
    lost = lost + tail * -2.7995440410322203e-09 - wide * 4.833646656726457e-17
    return (_erfc(t) * (1.0 - lost * (t + np.sqrt(t * t + 2.0)))).astype(x.dtype)


def _times_erfc_of_root(k: Any, erfc: Any, x: Any) -> Any:
    """k * erfc(x / sqrt(2)), of which erfc itself may be too small for all its digits."""
    found = k * erfc
    if not np.any(np.asarray(x) > 37.0):
        return found
    far = np.clip(x, 37.0, 60.0)
    t = 1.0 / (far * far)
    series = 1.0 - t * (
        1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t * (1.0 - 9.0 * t * (1.0 - 11.0 * t * (1.0 - 13.0 * t)))))
    )
    return np.where(x > 37.0, _bell(k * 0.7978845608028654 / far * series, far, 0.5), found)


NEEDS: dict[str, tuple[str, ...]] = {
    "_erfc_of_root": ("_erfc", "_each"),
    "_times_erfc_of_root": ("_bell",),
}
"""What a function here calls of the others, and of `special_functions`."""
