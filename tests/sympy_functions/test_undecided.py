"""Comparisons of choices, which SymPy would rearrange: what stands in a formula holds where it is written to hold."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.sympy_functions.undecided import comparison

x, y, z, w = sp.symbols("x y z w", real=True)
choice = sp.Piecewise((y, z > 0), (y**2, True))
partly = sp.Piecewise((x**2, x >= 0), (sp.nan, x < -2), (x, True))

SIDES = ((-choice, sp.S(-3)), (1 - 3 * choice, sp.S(2)), (sp.S(3), choice), (sp.S.Zero, 2 * choice), (-choice, choice))


@pytest.mark.every_row
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_a_condition_holds_where_it_is_written_to_hold(sign: str) -> None:
    for left, right in SIDES:
        condition = comparison(sign, left, right)
        formula = sp.Piecewise((1, condition), (0, True))
        for values in ({y: value, z: side} for value in (-3, -1, 0, 1, 3) for side in (-1, 1)):
            expected = sp.Rel(left.subs(values), right.subs(values), sign)
            assert formula.subs(values) == int(bool(expected)), (condition, values)
            assert condition.reversed.subs(values) == expected
            assert condition.negated.subs(values) == sp.Not(expected)


def test_the_slope_of_a_negative_choice() -> None:
    """The comparison -choice > 0 had been turned into choice > 0, and the slope was that of the other side."""
    for loss, slopes in ((sb.leaky_relu(-choice), (-0.01, -1)), (sb.leaky_relu(1 - 3 * choice), (-0.03, -3))):
        formula = sb.derive(loss, [y]).expand(y)
        assert [float(formula.subs({y: value, z: 1})) for value in (4, -4)] == pytest.approx(slopes)


def _tied(loss: Any, values: dict[Any, Any], symbol: Any = x) -> Any:
    return sb.derive(loss, [symbol]).expand(symbol).subs(values)


def test_ties_with_choices_that_are_undefined_somewhere() -> None:
    assert _tied(sp.Max(0, partly), {x: 3}) == 6
    assert _tied(sp.Max(0, partly), {x: -1}) == 0
    assert _tied(sp.Max(z, y, partly), {x: 3, y: 1, z: 2}) == 6
    assert _tied(sp.Max(0, 1 / sp.Piecewise((x, x > 0))), {x: 2}) == sp.Rational(-1, 4)


def test_a_comparison_of_what_is_not_real_stays() -> None:
    """The stable form of the logarithm shows SymPy that its root is not real; to NumPy nan is above nothing."""
    root = sp.log(sp.exp(-(x**2) - 1) / 2) ** sp.Rational(2, 3)
    assert sb.derive(sp.Piecewise((w, root > 0), (w**2, True)), [w]).expand(w).has(sp.Piecewise)
