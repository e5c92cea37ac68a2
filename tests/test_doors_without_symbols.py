"""Doors that are told no symbols to differentiate by: of outputs of a network, by its inputs and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

NET = sb.Network([2, 2, 1], hidden="tanh", output="identity")
[out], (x1, x2) = NET.outputs, NET.inputs
EVERY = sorted([*NET.parameters, x1, x2], key=str)
POINT = {symbol: sp.Rational(place + 1, 17) for place, symbol in enumerate(EVERY)}
DEFINED = dict(NET.equations[:-1])
LOSSES = [out, out**2 * x1, sb.d(out, x1) * x2]


def written(expression: Any) -> Any:
    """In inputs and parameters, by SymPy alone."""
    if hasattr(expression, "orders"):
        return sp.diff(written(expression.expr), *expression.orders.items())
    if expression in DEFINED:
        return written(DEFINED[expression])
    return expression.func(*map(written, expression.args)) if expression.args else expression


def close(found: Any, expected: Any) -> bool:
    difference = sp.Matrix([found]) - sp.Matrix([expected])
    return all(abs(one.subs(POINT).evalf(30)) < 1e-22 for one in difference)


GRADIENTS: dict[str, Callable[[Any], Any]] = {
    "derive": lambda loss: [sb.derive(loss).expand(one) for one in EVERY],
    "gradient": lambda loss: sb.gradient(loss).expand(),
    "jacobian": lambda loss: list(sb.jacobian([loss]).expand()),
    "jacobian of one": lambda loss: list(sb.jacobian(loss).expand()),
    "derivatives": lambda loss: [sb.derivatives(loss).expand(one) for one in EVERY],
    "vjp": lambda loss: sb.vjp([loss], upstream=[1]).expand(),
}


@pytest.mark.parametrize("door", GRADIENTS)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_first_derivatives_by_every_symbol(door: str, loss: Any) -> None:
    value = written(loss)
    assert close(GRADIENTS[door](loss), [value.diff(one) for one in EVERY])


@pytest.mark.parametrize("loss", LOSSES[:2], ids=str)
def test_along_a_direction_and_twice(loss: Any) -> None:
    value = written(loss)
    tangents = {one: sp.Symbol(f"v_{one.name}", real=True) for one in EVERY}
    along = sb.jvp(loss).expand().xreplace(dict.fromkeys(tangents.values(), sp.S.One))
    assert close(along, sum(value.diff(one) for one in EVERY))
    assert close(list(sb.hessian(loss).expand()[0, :]), [value.diff(EVERY[0], one) for one in EVERY])
    times = sb.hvp(loss, along=[1] * len(EVERY)).expand()
    assert close(times[0], sum(value.diff(EVERY[0], one) for one in EVERY))


def test_with_symbols_it_still_waits() -> None:
    assert sb.gradient(out, [x1]) == [sb.d(out, x1)]
    assert sb.jacobian(NET.outputs).shape == (1, len(EVERY))
