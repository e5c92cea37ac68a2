"""Outputs that are numbers, or that do not depend on what they are differentiated by, against SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y = sp.symbols("x y", real=True)
A = sp.MatrixSymbol("A", 2, 2)
SHARED = [x / y, x * sp.exp(y), abs(x) / (y**2 + 3), sp.sin(x * y), sp.Max(x, y) * x, 1 / (x + y)]
NUMBERS = [sp.Integer(2), sp.Integer(-2), sp.Rational(1, 3), sp.Integer(-1), sp.Integer(0), sp.pi]
LISTS = [[part, number * part, number] for part, number in product(SHARED, NUMBERS)]
AT = {x: sp.Rational(7, 5), y: sp.Rational(4, 3)}


def near(found: Any, wanted: Any) -> None:
    difference = sp.N((sp.Matrix(found) - sp.Matrix(wanted)).subs(AT), 40)
    assert max(map(abs, difference)) < sp.Float("1e-35"), (found, wanted)


@pytest.mark.parametrize("outputs", LISTS, ids=str)
def test_an_output_may_be_a_number_that_stands_elsewhere(outputs: list[Any]) -> None:
    by_hand = sp.Matrix(3, 2, lambda i, j: sp.diff(outputs[i], (x, y)[j]))
    near(sb.jacobian(outputs, [x, y]).expand(), by_hand)
    derived = sb.derive(outputs, [x, y])
    near(sp.Matrix([derived.expand(x), derived.expand(y)]).T, by_hand)
    near(sb.jvp(outputs, {x: 1, y: 2}).expand(), by_hand * sp.Matrix([1, 2]))
    near([sb.vjp(outputs, [x, y], [0, 2, 1]).expand()], sp.Matrix([[0, 2, 1]]) * by_hand)
    function = sb.lambdify([x, y], outputs)
    np.testing.assert_allclose(function(1.4, 0.6), [float(one.subs({x: 1.4, y: 0.6})) for one in outputs], rtol=1e-14)


def test_an_output_that_is_a_number_may_stay_unstable() -> None:
    by_hand = [[1 / y, -x / y**2], [2 / y, -2 * x / y**2], [0, 0]]
    near(sb.jacobian([x / y, 2 * x / y, 2], [x, y], stable=False).expand(), by_hand)


NOUGHT: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "gradient": (lambda: sb.gradient(sp.Trace(A), [x]), (1,)),
    "gradient of a number": (lambda: sb.gradient(sp.Integer(3), [A]), (4,)),
    "jacobian": (lambda: sb.jacobian([x, sp.Trace(A)], [y]), (2, 1)),
    "jacobian by a matrix": (lambda: sb.jacobian([x * y], [A]), (1, 4)),
    "vjp": (lambda: sb.vjp([x], [y, A]), (5,)),
    "hvp": (lambda: sb.hvp(sp.Trace(A), [A]), (4,)),
    "hessian": (lambda: sb.hessian(sp.Trace(A), [A]), (4, 4)),
}
"""What is 0 everywhere, by matrices or with one about, and its shape."""


@pytest.mark.parametrize("name", NOUGHT)
def test_derivatives_that_are_all_nought_with_matrices_about_compile(name: str) -> None:
    made, shape = NOUGHT[name]
    found = made()
    function = found.compile()
    np.testing.assert_array_equal(function(**_numbers(function.arguments)), np.zeros(shape))
    module: dict[str, Any] = {}
    exec(found.source(), module)
    evaluate = module["evaluate"]
    np.testing.assert_array_equal(evaluate(**_numbers(signature(evaluate).parameters)), np.zeros(shape))


def _numbers(names: Iterable[str]) -> dict[str, Any]:
    return {name: np.eye(2) if name in ("A", "v_A") else 2.0 for name in names}
