"""What an expression and its derivatives are, by mpmath and SymPy's own diff, with as many digits as it takes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb


def exact(expression: Any, point: Mapping[Any, Any]) -> Any:
    """The number of an expression: digits are doubled until two settings agree to 45 of them."""
    symbols = list(point)
    function = sp.lambdify(symbols, expression.doit(), "mpmath")
    digits, found = 80, None
    while digits < 30_000:
        with mp.workdps(digits):
            try:
                value = mp.re(function(*(mp.mpf(float(number)) for number in point.values())))
            except (ZeroDivisionError, ValueError):
                value = mp.nan
            settled = found is not None and mp.isfinite(value) and (value or digits > 2_000)
            if settled and abs(value - found) <= mp.mpf(10) ** -45 * abs(value):
                return value
        found, digits = value, 2 * digits
    raise ArithmeticError(f"no digits are enough for {expression} at {point}")


def check_right(expression: Any, point: Mapping[Any, Any], rel: float = 1e-12, scale: float = 0.0) -> None:
    """Value and derivatives of the compiled function against exact ones; no NumPy warning on the way.

    scale: of the largest term of a last sum that cancels, whose rounding is no fault.
    """
    function = sb.derive(expression, list(point)).compile()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, gradients = function(**{symbol.name: float(number) for symbol, number in point.items()})
    for found, part in [
        (value, expression),
        *((gradients[one.name], sp.diff(expression.doit(), one)) for one in point),
    ]:
        close(found, exact(part, point) if part != 0 else mp.mpf(0), rel, scale, (part, point))


def close(found: float, expected: Any, rel: float, scale: float, what: Any) -> None:
    """Equal to a relative error, or below the smallest normal number."""
    tolerance = max(rel * abs(expected), rel * scale, mp.mpf(2) ** -1022)
    assert mp.isfinite(found), f"{what}: found {found}, exact {mp.nstr(expected, 20)}"
    assert abs(mp.mpf(found) - expected) <= tolerance, f"{what}: found {found}, exact {mp.nstr(expected, 20)}"


def is_lost(expression: Any, point: Mapping[Any, Any], rel: float = 1e-9) -> bool:
    """Whether the expression as it is written goes wrong in floats, in value or derivative, or has no code at all."""
    try:
        function = sb.derive(expression, list(point), stable=False).compile()
    except sb.UnsupportedError:
        return True
    with np.errstate(all="ignore"):
        value, gradients = function(**{symbol.name: float(number) for symbol, number in point.items()})
    if not np.isfinite([value, *gradients.values()]).all():
        return True
    expected = exact(expression, point)
    return bool(abs(mp.mpf(value) - expected) > rel * abs(expected))


def refuses(expression: Any) -> str:
    """The message with which code of an expression is refused."""
    with pytest.raises(sb.UnsupportedError) as caught:
        sb.derive(expression).compile()
    return str(caught.value)
