"""Our own results can be derived again, whatever they contain: second derivatives, from the first written out.

Each operation that the tests of the rules know, by each operand; the activations and losses; and choices, whose
conditions SymPy makes something else of. The judge is mpmath, by differences of the operation itself.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.networks import ACTIVATIONS

from .operations import OPERATIONS, precise
from .support import ACTIVATION_VALUES

X = sp.symbols("x1:6", real=True)
OF_AN_ORDER = {"polygamma": 0, "spherical_jn": 0, "erfc_quotient": 0, "heaviside": 1}
"""The operand that is a number, and not differentiated by."""
WITHOUT = ops.MATRIX | ops.CONDITIONS | {ops.SELECT}
NAMES = [name for name in OPERATIONS if ops.OPS[name] not in WITHOUT]


def written(name: str, operands: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    """The operation of symbols, and these."""
    given: list[Any] = list(X[: len(operands)])
    if name in OF_AN_ORDER:
        given[OF_AN_ORDER[name]] = operands[OF_AN_ORDER[name]]
    return ops.OPS[name].sympy(*given), [x for x in given if x.is_Symbol]


def mixed(name: str, operands: tuple[Any, ...], places: tuple[int, int]) -> Any:
    """The second derivative of an operation by two of its operands, from values alone."""
    numbers, step = list(map(precise, operands)), mp.mpf(10) ** -15

    def at(*signs: int) -> Any:
        moved = list(numbers)
        for place, sign in zip(places, signs, strict=True):
            moved[place] += sign * step
        return OPERATIONS[name].exact(*moved)

    return (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * step * step)


@pytest.mark.parametrize("name", NAMES)
def test_the_derivative_of_every_operation_is_derived_again(name: str) -> None:
    operands = OPERATIONS[name].points[0]
    expression, symbols = written(name, operands)
    values = {x: value for x, value in zip(X, operands, strict=False) if x in symbols}
    for first, second in product(symbols, symbols):
        once = sp.S(sb.derive(expression, symbols).expand(first))
        again = sb.derive(once + second, [second]).expand(second) - 1
        found = sp.S(again).subs(values).evalf(30)
        with mp.workdps(60):
            wanted = mixed(name, operands, (X.index(first), X.index(second)))
        assert abs(found - sp.Float(wanted, 30)) <= 1e-12 * (1 + abs(wanted)), (first, second, again)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_of_every_activation_is_derived_again(name: str) -> None:
    x, point = X[0], sp.Rational(3, 7)
    once = sp.S(sb.derive(ACTIVATIONS[name](x), [x]).expand(x))
    found = (sb.derive(once + x, [x]).expand(x) - 1).subs(x, point).evalf(30)
    with mp.workdps(60):
        wanted = mp.diff(ACTIVATION_VALUES[name], precise(point), 2)
    assert abs(found - sp.Float(wanted, 30)) <= 1e-12


def conditions(x: Any, y: Any) -> list[Any]:
    inner = sp.Piecewise((x * y, x > y), (x + y, True))
    return [
        inner > 1, sp.And(inner > 1, x < 3), sp.Or(inner < 0, y > 2), sp.Not(sp.And(inner > 1, y < 2)),
        sp.Eq(sp.Max(x, y), x), sp.Piecewise((x, inner > 0), (y, True)) < 1, sp.Xor(x > 1, inner > 1),
        sp.ITE(inner > 1, x > 0, y > 0), sp.Contains(x, sp.Interval(0, 2)), sp.Equivalent(x > 1, inner > 0),
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_derivatives_of_choices_are_derived_again(place: int, method: str) -> None:
    """Up to the third; at numbers, as arrays and by `subs`, they are those of the branch that is taken."""
    x, y = X[:2]
    condition = conditions(x, y)[place]
    branches = (x**3 * sp.exp(y), sp.sin(x * y) * x)
    choice = sp.Piecewise((branches[0], condition), (branches[1], True))
    orders, wanted = (x, y, x), list(branches)
    for by in orders:
        choice = sp.S(sb.derive(choice, [x, y], method).expand(by))
        wanted = [branch.diff(by) for branch in wanted]
    function = sb.lambdify([x, y], choice)
    for at in ((0.5, 0.25), (1.5, 0.25), (0.25, 2.5), (-0.75, 1.5), (2.5, 2.75), (1.25, 1.5)):
        given = dict(zip((x, y), map(sp.Rational, at), strict=True))
        truth = bool(condition.subs(given).doit())
        exact = float(wanted[0 if truth else 1].subs(given))
        assert function(*at) == pytest.approx(exact, rel=1e-12, abs=1e-13), at
