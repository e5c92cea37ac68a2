"""What SymPy's own functions do with derivatives that are not worked out: no loss comes to mean something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

x, y, u, v, L = sp.symbols("x y u v L", real=True)
NODE = type(sb.d(u, x))
VALUES = {u: x * y**2, v: sp.sin(x) * y}
LOSSES = [
    sb.d(x * u, x) + sb.d(sb.d(u, x) * x, y),
    sb.d(u * v, x) ** 2 + sb.d(u**2, x, y),
    sb.d(u + y, y) * (sb.d(u, x) + x),
    sb.d(sp.exp(u) / x, x) - sb.d(sb.d(u * v, x) + x * u, y, 2) + sb.d(x**3, x),
]
CHANGES: dict[str, Callable[[Any], Any]] = {
    "simplify": sp.simplify,
    "doit": lambda loss: loss.doit(),
    "expand": sp.expand,
    "factor": sp.factor,
    "together": sp.together,
    "trigsimp": sp.trigsimp,
    "doit of a matrix": lambda loss: sp.Matrix([loss]).doit()[0],
    "nsimplify": sp.nsimplify,
}


def meaning(loss: Any) -> Any:
    """A loss with the values put in by SymPy, from the innermost derivative out."""
    if isinstance(loss, NODE):
        return sp.diff(meaning(loss.expr), *loss.orders.items())
    if loss.args:
        return loss.func(*map(meaning, loss.args))
    return VALUES.get(loss, loss)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_what_a_loss_means_stays(name: str, loss: Any) -> None:
    changed = CHANGES[name](loss)
    point = {x: sp.Rational(7, 5), y: sp.Rational(3, 7)}
    expected = meaning(loss).diff(x).subs(point).evalf(40)
    derived = sb.derive([*VALUES.items(), (L, changed)], [x]).expand(x).subs(point).evalf(40)
    assert abs(derived - expected) < 1e-30 * (1 + abs(expected))
    assert abs(meaning(changed).subs(point).evalf(40) - meaning(loss).subs(point).evalf(40)) < 1e-30


def test_what_no_equation_can_change_is_worked_out() -> None:
    assert sp.simplify(sb.d(x**3, x)) == sb.d(x**3, x).doit() == 3 * x**2
    assert sb.d(x * y, x).doit() == sb.d(x * y, x)
    assert sb.d(x * y, x).doit(independent=True) == y
    assert (2 * sb.d(x * y, x) + sb.d(u, x)).doit(independent=True) == 2 * y + sb.d(u, x)
    assert sb.d(x * sb.d(u, x), y).doit(independent=True) == sb.d(x * sb.d(u, x), y)


def test_diff_of_a_derivative_is_one() -> None:
    node = sb.d(u, x)
    assert sp.diff(node, y) == node.diff(y) == sb.d(u, x, y)
    assert sp.diff(node, y, 2) == node.diff((y, 2)) == sb.d(u, x, y, 2)
    assert sp.diff(node, x, (y, 2)) == sb.d(u, x, 2, y, 2)
    assert sp.diff(x * node, x, 2) == 2 * sb.d(u, x, 2) + x * sb.d(u, x, 3)
    q = sp.Function("q")(sp.Symbol("t"))
    assert sp.diff(q * node, q) == node
