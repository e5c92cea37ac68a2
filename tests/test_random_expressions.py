"""A sample of the random expressions, and those that were wrong once: what `python -m tests.random_expressions` judges.

Each of FOUND is what was left when an expression that failed had been made as small as it gets.
"""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

from .expression_judge import Verdict, judged
from .expression_maker import Case
from .random_expressions import verdict_on

FIRST, BLOCK = 320, 10
"""Where the sample begins, whose expressions are quick, and how many are one test."""

R = sp.Rational
x, y, z, w, L = sp.symbols("x y z w L", real=True)
e = sp.Symbol("e1", real=True)
choice = sp.Piecewise((y, z > 0), (y**2, True))
partly = sp.Piecewise((x**2, x >= 0), (sp.nan, x < -2), (x, True))

FOUND: dict[str, tuple[Any, dict[Any, Any]]] = {
    "a choice of a negative choice": ([(L, sb.leaky_relu(-choice))], {y: R(3, 2), z: R(1, 4)}),
    "of a choice with a factor": ([(L, sb.elu(1 - 3 * choice))], {y: R(3, 2), z: R(-1, 4)}),
    "a choice that is given a name": ([(e, choice), (L, sb.leaky_relu(-2 * e))], {y: R(-3, 2), z: R(1, 4)}),
    "a tie with a choice": ([(L, sp.Max(0, partly))], {x: R(3, 4)}),
    "a tie of three": ([(L, sp.Abs(sp.Min(z, y, partly)))], {x: R(-1, 4), y: R(5, 4), z: R(3, 2)}),
    "a tie with a quotient": ([(L, sp.Max(0, 1 / sp.Piecewise((x, x > 0))))], {x: R(3, 4)}),
    "a condition on what is not real": (
        [(L, sp.Piecewise((w, sp.log(sp.exp(-(x**2) - 1) / 2) ** R(2, 3) > 0), (w**2, True)))],
        {w: R(3, 4), x: R(1, 2)},
    ),
    "the root of a negative number": ([(e, sp.Integer(-2)), (L, x * sp.log(1 + e ** R(1, 3)))], {x: R(3, 2)}),
    "a root in a softplus": ([(L, x * sb.softplus(sp.log(1 - sb.sigmoid(2)) ** R(1, 3)))], {x: R(3, 2)}),
    "an extremum of roots": ([(e, sp.Integer(-2)), (L, sp.Min(x, 1 / sp.sqrt(e)))], {x: R(11, 8)}),
    "a root in a step": ([(e, -sp.pi), (L, x * sp.Heaviside(e ** R(1, 3), 1))], {x: R(3, 2)}),
    "a division by a number that is 0": ([(e, sp.Integer(0)), (L, x / e)], {x: R(3, 2)}),
    "a root of a number that is 0": ([(e, sp.Integer(0)), (L, x * e ** R(-1, 3))], {x: R(3, 2)}),
    "a power too large for floats": ([(e, sp.Integer(10)), (L, x * e**400)], {x: R(3, 2)}),
    "and one too large by its root": ([(e, sp.Integer(10)), (L, x * e ** R(801, 2))], {x: R(3, 2)}),
}


def check(verdict: Verdict) -> None:
    assert verdict.faults == [], verdict.case
    assert "undefined, yet finite" not in verdict.words.values(), verdict.case


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FIRST, FIRST + 8 * BLOCK, BLOCK))
def test_random_expressions_are_right(first: int) -> None:
    for seed in range(first, first + BLOCK):
        check(verdict_on(seed, thorough=seed == first))


@pytest.mark.every_row
@pytest.mark.parametrize("name", FOUND)
def test_what_was_wrong_once_is_right(name: str) -> None:
    equations, point = FOUND[name]
    check(judged(Case(0, tuple(equations), point, 1), thorough=True))


def test_a_choice_of_a_negative_choice_has_the_slope_of_its_side() -> None:
    """Judged without the judge: the comparison -choice > 0 had been turned into choice > 0."""
    formula = sb.derive(sb.leaky_relu(-choice), [y]).expand(y)
    assert formula.subs({y: 4, z: 1}) == R(-1, 100)
    assert formula.subs({y: -4, z: 1}) == -1
