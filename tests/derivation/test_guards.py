"""Branches that are not taken spoil nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symbackprop.derivation import derive_equations
from symbackprop.sympy_functions.scalar_functions import relu, sigmoid

from ..support import check_close, evaluated, in_floats
from .sweep_support import known_values

a, e, f, x, y, L = sp.symbols("a e f x y L", real=True)
NESTED = sp.Piecewise((sp.Piecewise((sp.log(x) * sp.log(y), y > 0), (sp.sqrt(x), True)), x > 0), (y**2, True))

GUARDED: list[tuple[Any, dict[Any, float], dict[Any, float]]] = [
    (sp.Piecewise((sp.log(x), x > 0), (0, True)), {x: 0.0}, {x: 0.0}),
    (sp.Piecewise((sp.log(x), x > 0), (0, True)), {x: 2.0}, {x: 0.5}),
    (sp.Piecewise((sp.log(x), x > 0), (0, True)), {x: -3.0}, {x: 0.0}),
    (sp.Piecewise((sp.sqrt(x), x > 0), (x, True)), {x: 0.0}, {x: 1.0}),
    (sp.Piecewise((sp.sin(x) / x, sp.Ne(x, 0)), (1, True)), {x: 0.0}, {x: 0.0}),
    (sp.Piecewise((0, x <= 0), (x * sp.log(x), True)), {x: 0.0}, {x: 0.0}),
    (sp.Piecewise((0, x <= 0), (x * sp.log(x), True)), {x: 1.0}, {x: 1.0}),
    (3 * sp.Piecewise((1 / x, x > 0), (0, True)) ** 2 + x, {x: 0.0}, {x: 1.0}),
    (sp.exp(sp.Piecewise((sp.log(x) + sp.log(x) ** 2, x > 0), (x, True))), {x: 0.0}, {x: 1.0}),
    (NESTED, {x: 0.0, y: 2.0}, {x: 0.0, y: 4.0}),
    (NESTED, {x: 4.0, y: 0.0}, {x: 0.25, y: 0.0}),
    (NESTED, {x: 1.0, y: 1.0}, {x: 0.0, y: 0.0}),
    (sp.Piecewise((sp.log(x), sp.And(x > 0, y > 0)), (x * y, True)), {x: 0.0, y: 3.0}, {x: 3.0, y: 0.0}),
    (
        sp.Piecewise((sp.log(x), sp.Or(x > 1, y > 9)), (y / x, sp.Not(sp.Eq(x, 0))), (y, True)),
        {x: 0.0, y: 3.0},
        {x: 0.0, y: 1.0},
    ),
    (
        sp.Piecewise((sp.log(x) * y, x > 0), (y, True)) * sp.Piecewise((1 / y, y > 0), (x, True)),
        {x: 0.0, y: 0.0},
        {x: 0.0, y: 0.0},
    ),
]


@pytest.mark.parametrize(("expression", "point", "expected"), GUARDED, ids=str)
def test_a_branch_not_taken_spoils_nothing(
    expression: Any, point: dict[Any, float], expected: dict[Any, float]
) -> None:
    found = derive_equations([(L, expression)], list(expected))
    answers = in_floats(found.graph, [found.gradient_nodes[symbol] for symbol in expected], point)
    assert answers == pytest.approx(list(expected.values()))


def test_a_part_inside_and_outside_a_branch_counts_in_both() -> None:
    """log(x) is used under x > 0 and as a whole: only the use in the branch is switched."""
    expression = sp.Piecewise((sp.log(x) ** 2, x > 1), (3, True)) + sp.log(x)
    found = derive_equations([(L, expression)], [x])
    assert in_floats(found.graph, [found.gradient_nodes[x]], {x: 0.5}) == [2.0]
    (inside,) = in_floats(found.graph, [found.gradient_nodes[x]], {x: 2.0})
    check_close(inside, evaluated(sp.log(x) * 2 / x + 1 / x, {x: sp.Integer(2)}), digits=14)


def test_named_quantities_behind_a_branch_are_guarded() -> None:
    equations = [(e, sp.log(x)), (f, e * a), (L, sp.Piecewise((f, x > 0), (a, True)))]
    found = derive_equations(equations, [x, a])
    assert in_floats(found.graph, list(found.gradient_nodes.values()), {x: 0.0, a: 3.0}) == [0.0, 1.0]
    at = {x: sp.Rational(1, 2), a: sp.Integer(3)}
    known = known_values(found, at)
    for symbol, expected in ((e, 3), (f, 1)):
        assert evaluated(found.adjoint(symbol), known) == expected


def test_no_derivative_is_a_dirac_delta() -> None:
    kinks = sp.Abs(x) + sp.sign(x) + sp.Heaviside(x) + relu(x) + sp.Max(x, 0) + sp.floor(x) + sigmoid(x)
    once = derive_equations([(L, kinks)], [x]).expand(x)
    twice = derive_equations([(L, once)], [x]).expand(x)
    assert not once.has(sp.DiracDelta, sp.Derivative)
    assert not twice.has(sp.DiracDelta, sp.Derivative)
    check_close(evaluated(twice, {x: sp.Rational(1, 3)}), evaluated(sp.diff(sigmoid(x), x, 2), {x: sp.Rational(1, 3)}))
