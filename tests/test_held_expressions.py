"""What holds an expression and is none, at every door: `Eq` as lhs - rhs, `Lambda` as its body, `Poly`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import UnsupportedError

x, y = sp.symbols("x y", real=True)
HELD: dict[str, tuple[Any, Any]] = {
    "an equation": (sp.Eq(x**2 * y, 3 * y**3 + x), x**2 * y - 3 * y**3 - x),
    "one that would define x": (sp.Eq(x, x * y**2), x - x * y**2),
    "a function": (sp.Lambda((x, y), sp.sin(x) * y**2), sp.sin(x) * y**2),
    "a function of x with y in it": (sp.Lambda(x, sp.exp(x * y)), sp.exp(x * y)),
    "a polynomial": (sp.Poly(x**3 * y - 2 * x + y**2, x, y), x**3 * y - 2 * x + y**2),
    "one whose coefficients are symbols": (sp.Poly(x**3 * y - 2 * x, x), x**3 * y - 2 * x),
}
DOORS: dict[str, Callable[[Any], Any]] = {
    "derive": lambda given: [sb.derive(given, [x, y]).compile()(0.5, 2.0)[1][name] for name in "xy"],
    "derive, of all symbols": lambda given: [sb.derive(given).compile()(x=0.5, y=2.0)[1][name] for name in "xy"],
    "derive, naive": lambda given: [
        sb.derive(given, [x, y], "naive").expand(one).subs({x: 0.5, y: 2}) for one in (x, y)
    ],
    "gradient": lambda given: sb.gradient(given, [x, y]).compile()(0.5, 2.0),
    "jacobian": lambda given: sb.jacobian(given, [x, y]).compile()(0.5, 2.0)[0],
    "jacobian, of a list": lambda given: sb.jacobian([given, 1 / x], [x, y]).compile()(0.5, 2.0)[0],
    "hessian": lambda given: sb.hessian(given, [x, y]).compile()(0.5, 2.0),
    "hvp": lambda given: [sb.hvp(given, [x, y], along).compile()(0.5, 2.0) for along in ([1, 0], [0, 1])],
    "derivatives": lambda given: sb.lambdify([x, y], [sb.derivatives(given, [x, y], 2).entry(one) for one in (x, y)])(
        0.5, 2.0
    ),
    "jvp": lambda given: [sb.jvp(given, {one: 1}).expand().subs({x: 0.5, y: 2}) for one in (x, y)],
    "jvp, of a list": lambda given: [sb.jvp([given, x], {one: 1}).compile()(x=0.5, y=2.0)[1][0] for one in (x, y)],
    "vjp": lambda given: sb.vjp(given, [x, y], [1]).compile()(0.5, 2.0),
    "value_and_grad": lambda given: sb.value_and_grad([x, y], given, [x, y])(0.5, 2.0)[1],
    "value_grad_hess": lambda given: sb.value_grad_hess([x, y], given, [x, y])(0.5, 2.0)[1],
    "d": lambda given: sb.lambdify([x, y], [sb.d(given, x), sb.d(given, y)])(0.5, 2.0),
    "a right side": lambda given: [
        sb.derive([(sp.Symbol("u"), given), (sp.Symbol("L"), 1 * sp.Symbol("u"))], [x, y]).compile()(0.5, 2.0)[1][name]
        for name in "xy"
    ],
    "the loss of a model": lambda given: [
        sb.derive(sb.Model([(sp.Symbol("u"), x * y)], [x, y], loss=given)).expand(one).subs({x: 0.5, y: 2})
        for one in (x, y)
    ],
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", HELD)
def test_every_door_takes_what_holds_an_expression(door: str, name: str) -> None:
    given, meant = HELD[name]
    at = {x: sp.Rational(1, 2), y: 2}
    second = [float(meant.diff(one, other).subs(at)) for one in (x, y) for other in (x, y)]
    wanted = second if door in ("hessian", "hvp") else [float(meant.diff(one).subs(at)) for one in (x, y)]
    found = DOORS[door](given)
    np.testing.assert_allclose(np.array(found, dtype=float).ravel(), wanted, rtol=1e-13)


def test_it_is_said_what_is_differentiated() -> None:
    text = str(sb.derive(sp.Eq(x**2, y), [x]).explain(x))
    assert "L = x² − y" in text
    assert "lhs - rhs" in (sb.derive.__doc__ or "")


def test_a_list_of_equations_that_define_nothing_is_their_differences() -> None:
    system = [sp.Eq(x**2 + y**2, 4), sp.Eq(sp.exp(x) * y, x)]
    wanted = sp.Matrix([one.lhs - one.rhs for one in system]).jacobian([x, y])
    found = sb.jacobian(system, [x, y]).expand()
    assert sp.simplify(found - wanted) == sp.zeros(2, 2)
    _, jacobian = sb.lambdify([x, y], [system[0].lhs - 4, sb.jacobian(system, [x, y])])(0.5, 2.0)
    np.testing.assert_allclose(jacobian, np.array(wanted.subs({x: 0.5, y: 2}), dtype=float), rtol=1e-13)
    derived = sb.derive(system, [x, y])
    np.testing.assert_allclose(derived.compile()(0.5, 2.0)[0], [0.25, np.exp(0.5) * 2 - 0.5], rtol=1e-14)


def test_a_list_of_equations_that_define_symbols_stays_one() -> None:
    u, L = sp.symbols("u L")
    found = sb.derive([sp.Eq(u, x * y), sp.Eq(L, u**2)], [x, y]).compile()(0.5, 2.0)
    assert found == (1.0, {"x": 4.0, "y": 1.0})


def test_a_list_of_both_is_refused_with_what_to_do() -> None:
    both = [sp.Eq(y, x**2), sp.Eq(x * y, 2)]
    with pytest.raises(UnsupportedError, match=r"^equation 2 defines no symbol.*write lhs - rhs for each"):
        sb.jacobian(both, [x])
    assert sb.jacobian([one.lhs - one.rhs for one in both], [x]).expand() == sp.Matrix([-2 * x, y])


@pytest.mark.parametrize("condition", [x > y, sp.Ne(x, y), sp.And(x > 1, y > 1), sp.Not(sp.Eq(x, y)), sp.true])
def test_what_is_true_or_false_is_refused_with_what_to_do(condition: Any) -> None:
    with pytest.raises(UnsupportedError, match="it is true or false, no number: ") as error:
        sb.derive(condition, [x])
    if isinstance(condition, sp.Rel):
        assert "pass the difference of its sides" in str(error.value)
        assert sb.derive(condition.lhs - condition.rhs, [x]).expand(x) == 1
    else:
        assert "write Piecewise((1, condition), (0, True))" in str(error.value)
        assert sb.derive(sp.Piecewise((1, condition), (0, True)) + x, [x]).expand(x) == 1


def test_a_function_of_several_outputs() -> None:
    both = sp.Lambda((x, y), (x * y, x + y))
    assert sb.jacobian(both, [x, y]).expand() == sp.Matrix([[y, x], [1, 1]])
    assert sb.derive(both, [x, y]).compile()(2.0, 3.0)[0].tolist() == [6.0, 5.0]
