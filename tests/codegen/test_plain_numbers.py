"""What is computed from numbers alone is what NumPy gives, nan and infinity too: Python raises, or turns complex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, e, L = sp.symbols("x e L", real=True)
R = sp.Rational

NUMBERS: dict[str, tuple[Any, Any, float]] = {
    "the root of a negative number": (-2, sp.log(1 + e ** R(1, 3)), np.nan),
    "its root in a softplus": (-sp.pi, sb.softplus(e ** R(1, 3)), np.nan),
    "its root in a step": (sp.Float(-5.2), sp.Heaviside(e ** R(1, 3), 1), np.nan),
    "a division by 0": (0, 1 / e, np.inf),
    "a root of 0 below": (0, e ** R(-1, 3), np.inf),
    "a power that is too large": (10, e**400, np.inf),
    "a root of one": (10, e ** R(801, 2), np.inf),
    "what takes the reciprocal of 0": (0, sp.acsch(e), np.inf),
    "another that does": (0, sp.acoth(e), np.nan),
    "a power below 0": (-2, e**-3, -0.125),
}


@pytest.mark.every_row
@pytest.mark.parametrize("method", ["backprop", "forward"])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_alone_are_computed_as_numpy_computes_them(name: str, method: str) -> None:
    number, factor, expected = NUMBERS[name]
    function = sb.derive([(e, sp.S(number)), (L, x * factor)], [x], method=method).compile()
    with np.errstate(all="ignore"):
        value, gradients = function(1.0)
        values, _ = function(np.array([1.0, 2.0], dtype=np.float32))
    np.testing.assert_equal([value, gradients["x"]], [expected, expected])
    assert values.dtype == np.float32


def test_what_is_safe_is_written_with_operators() -> None:
    assert "np.pi / 3" in sb.derive(x * sp.cos(sp.pi / 3 + sp.exp(1)), [x]).compile().source
