"""Many quantities, each differentiated by several symbols inside of a loss: the work grows as they do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

x, y, z, L = sp.symbols("x y z L", real=True)


def chain(length: int) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    below = x
    for place in range(length):
        symbol = sp.Symbol(f"s{place}", real=True)
        found.append((symbol, sp.sin(below) * y + below * z))
        below = symbol
    return found


def loss_of(equations: list[tuple[Any, Any]], by: tuple[Any, ...]) -> Any:
    return sp.Add(*(sb.d(symbol, one) ** 2 for symbol, _ in equations for one in by))


def operations(length: int, by: tuple[Any, ...]) -> int:
    equations = chain(length)
    return int(sb.derive([*equations, (L, loss_of(equations, by))], [x, y]).cost.total)


@pytest.mark.parametrize("by", [(x,), (x, y), (x, y, z)])
def test_operations_grow_in_proportion(by: tuple[Any, ...]) -> None:
    first, second, third = (operations(length, by) for length in (10, 20, 30))
    assert third - second == pytest.approx(second - first, rel=0.05)


@pytest.mark.parametrize("by", [(x, y), (x, y, z)])
@pytest.mark.parametrize("length", [2, 3])  # back from each quantity, and along each symbol
def test_it_is_the_derivative_that_sympy_finds(length: int, by: tuple[Any, ...]) -> None:
    equations, written = chain(length), {}
    for symbol, expression in equations:
        written[symbol] = expression.xreplace(written)
    expected = sum(sp.diff(value, one) ** 2 for value in written.values() for one in by)
    point = {x: sp.Rational(3, 7), y: sp.Rational(5, 4), z: sp.Rational(-2, 3)}
    derived = sb.derive([*equations, (L, loss_of(equations, by))], [x, y])
    for symbol in (x, y):
        want = expected.diff(symbol).subs(point).evalf(40)
        assert abs(derived.expand(symbol).subs(point).evalf(40) - want) < 1e-32 * (1 + abs(want))


def test_one_energy_of_many_coordinates_is_swept_back_once() -> None:
    places = sp.symbols("q1:25", real=True)
    energy = sp.Symbol("E", real=True)
    pairs = [sp.cos(one - other) for one, other in pairwise(places)]
    forces = [(energy, sp.Add(*pairs)), (L, sp.Add(*(sb.d(energy, one) ** 2 for one in places)))]
    assert sb.derive(forces, [places[0]]).cost.total < 8 * len(places) + 40
