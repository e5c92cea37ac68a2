"""q(t) and its derivatives, u(x, y), coordinates: data and variables at every door, as SymPy's diff has them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.physics.mechanics import LagrangesMethod, Particle, Point, ReferenceFrame, dynamicsymbols
from sympy.physics.mechanics.models import n_link_pendulum_on_cart
from sympy.vector import CoordSys3D

import symbackprop as sb
from symbackprop.errors import ParameterError, SymbolNameError, UnsupportedError

t = dynamicsymbols._t
q, p = dynamicsymbols("q p")
Q, P = q.diff(t), p.diff(t)
m, g, k, x, y, L, z = sp.symbols("m g k x y L z")
f = sp.Function("f")
u = sp.Function("u")(x, y)
ENERGY = m * Q**2 / 2 + m * Q * P * sp.cos(q - p) + k * sp.exp(-q * P) - m * g * sp.sin(q) * t
N = CoordSys3D("N")


def numbers(expression: Any) -> Any:
    """An expression at one point, with a number of its own for each leaf, the highest derivatives first."""
    leaves = expression.atoms(sp.core.function.AppliedUndef, sp.Derivative, sp.Subs)
    for place, leaf in enumerate(sorted(leaves, key=lambda one: (-sp.count_ops(one), str(one)))):
        value = sum(map(ord, str(leaf))) % 97
        expression = expression.xreplace({leaf: sp.Rational(value + 3, 61)}) if leaf in leaves else expression
        assert place < 100
    others = {symbol: sp.Rational(sum(map(ord, symbol.name)) % 89 + 5, 67) for symbol in expression.free_symbols}
    return expression.subs(others).evalf(40)


def assert_same(ours: Any, theirs: Any) -> None:
    difference = sp.expand(sp.S(ours) - sp.S(theirs))
    assert difference == 0 or sp.simplify(difference) == 0, (ours, theirs)


DERIVED: dict[str, tuple[Any, Any]] = {
    "data": (ENERGY, m),
    "a function": (ENERGY, q),
    "a derivative": (ENERGY, Q),
    "time": (ENERGY, t),
    "t q": (t * q, t),
    "by what is not there": (Q, q),
    "second derivative by first": (sp.sin(q.diff(t, 2)) * Q, Q),
    "first by time": (Q**2, t),
    "two variables": (sp.sin(u) * x, x),
    "a partial": (sp.sin(u.diff(x)) * u, u.diff(x)),
    "a partial by the other": (sp.sin(u.diff(x)) * u, y),
    "of a function": (f(q) * t, q),
    "of a function by time": (f(q) * t, t),
    "of a multiple": (f(2 * t) * t, t),
    "of a product": (f(x * y) * x, x),
    "of a sum": (f(x + y) * sp.exp(f(x)), x),
    "at a point": (f(0) * t + f(t), t),
    "by one at a point": (f(0) ** 2 * t + f(t), f(0)),
    "a coordinate": (N.x**2 * sp.sin(N.y), N.x),
    "another coordinate": (N.x**2 * sp.sin(N.y), N.z),
}


@pytest.mark.parametrize("name", DERIVED)
def test_first_and_second_derivatives_are_those_of_sympy(name: str) -> None:
    expression, by = DERIVED[name]
    assert_same(sb.derive(expression, [by]).expand(by), expression.diff(by))
    assert_same(sb.derive(expression, [by], method="forward").expand(by), expression.diff(by))
    assert_same(sb.hessian(expression, [by]).expand()[0, 0], expression.diff(by).diff(by))
    assert_same(sb.gradient(expression, [by]).expand()[0], expression.diff(by))
    assert_same(sb.jacobian([by, expression], [by]).expand()[1, 0], expression.diff(by))
    assert_same(sb.derive(sb.d(expression, by) * z, [z]).expand(z), expression.diff(by))
    ours = sb.derive(expression, [by]).gradients[by]
    assert_same(sb.derive(ours, [by]).expand(by), expression.diff(by).diff(by))


def test_third_derivatives_by_time() -> None:
    assert_same(sb.derivatives(ENERGY, [t], 3).expand(t, t, t), ENERGY.diff(t, 3))
    mixed = sb.derivatives(ENERGY, [t, q, Q], 2)
    for one in (t, q, Q):
        for other in (t, q, Q):
            if sp.S(one) != t:  # SymPy's own mixed ones commute only where time is not among them
                assert_same(mixed.expand(*sorted([one, other], key=str)) if t not in (one, other) else 0,
                            ENERGY.diff(one, other) if t not in (one, other) else 0)  # fmt: skip
    assert_same(mixed.expand(t, t), ENERGY.diff(t, 2))


def test_every_symbol_is_every_leaf() -> None:
    found = sb.derive(m * q * Q)
    assert set(found.wrt) == {m, q, Q}
    assert {by: found.expand(by) for by in found.wrt} == {m: q * Q, q: m * Q, Q: m * q}
    assert set(sb.derive(t * q).wrt) == {t, q}
    assert set(sb.derive(N.x * N.y).wrt) == {N.x, N.y}


def test_products_with_vectors() -> None:
    assert_same(sb.jvp(ENERGY, {q: Q, p: P}).expand(), ENERGY.diff(q) * Q + ENERGY.diff(p) * P)
    [by_q, by_time] = sb.vjp([ENERGY, q], [q, t], [z, k]).expand()
    assert_same(by_q, z * ENERGY.diff(q) + k)
    assert_same(by_time, z * ENERGY.diff(t) + k * Q)
    assert_same(sb.hvp(ENERGY, [q, Q], {Q: z}).expand()[0], z * ENERGY.diff(q, Q))
    [tangent, other] = sb.jvp([ENERGY, q * t], {t: 1}).expand()
    assert_same(tangent, ENERGY.diff(t))
    assert_same(other, q + t * Q)


def test_what_an_equation_defines() -> None:
    """q(z) varies with what z is made of, and q(t) may be given by an equation itself."""
    assert_same(sb.derive([(z, x**2), (L, f(z) * x)], [x]).expand(x).subs(z, x**2).doit(),
                (f(x**2) * x).diff(x).doit())  # fmt: skip
    assert_same(sb.derive([(q, m * t), (L, q**2)], [m]).expand(m), 2 * m * t**2)
    with pytest.raises(UnsupportedError, match=r"write sb.d\(q\(t\), t\), which knows that equation"):
        sb.derive([(q, m * t**2), (L, q * Q)], [m])
    assert_same(sb.derive([(q, m * t**2), (L, q * sb.d(q, t))], [m]).expand(m), 4 * m * t**3)


def test_functions_of_numbers() -> None:
    values = {q: 0.3, p: -0.4, Q: 1.2, P: 0.5, m: 1.3, g: 9.81, k: 0.7, t: 0.6}
    true = {by: float(ENERGY.diff(by).subs({Q: 1.2, P: 0.5}).subs(values)) for by in (q, Q, m)}
    loss = float(ENERGY.subs({Q: 1.2, P: 0.5}).subs(values))
    args = [[q, p], [Q, P], m, g, k, t]
    point = [[0.3, -0.4], [1.2, 0.5], 1.3, 9.81, 0.7, 0.6]
    value, gradient = sb.value_and_grad(args, ENERGY, [q, Q, m])(*point)
    np.testing.assert_allclose([value, *gradient], [loss, *true.values()], rtol=1e-13)
    found = sb.lambdify(args, [ENERGY, sb.jacobian([ENERGY], [q, Q, m]), sb.gradient(ENERGY, [q])])(*point)
    np.testing.assert_allclose(np.ravel(found[1]), [*true.values()], rtol=1e-13)
    np.testing.assert_allclose(found[2], [true[q]], rtol=1e-13)
    np.testing.assert_allclose(sb.value_grad_hess(args, ENERGY, [q, Q, m])(*point)[1], [*true.values()], rtol=1e-13)
    derived = sb.derive(ENERGY, [q, Q, m])
    np.testing.assert_allclose([*derived.compile(args=args)(*point)[1].values()], [*true.values()], rtol=1e-13)
    at = derived.at(values)
    assert abs(float(at.value) - loss) < 1e-12
    copied = pickle.loads(pickle.dumps(derived))
    assert dict(copied.gradients) == dict(derived.gradients)
    by_time = sb.derive(ENERGY, [t])
    assert "q_tt" in by_time.compile().arguments


def test_results_are_asked_for_by_leaf() -> None:
    derived = sb.derive(ENERGY, [q, Q])
    for ask in (derived.adjoint, derived.expand):
        assert_same(sb.derive(ask(q), [m]).expand(m), ENERGY.diff(q, m))
    jacobian = sb.jacobian([ENERGY, q], [q, Q])
    assert jacobian.wrt == (q, Q)
    assert jacobian[1, q] == 1
    assert_same(jacobian.expand()[0, 1], ENERGY.diff(Q))
    assert dict(derived.as_cse()[0])[derived.loss].has(q)
    assert_same(sb.derive(derived.equations_of(q), [Q]).expand(Q), ENERGY.diff(q, Q))


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "another q(t)": (
        lambda: sb.derive(ENERGY, [dynamicsymbols("q", real=True)]),
        SymbolNameError,
        r"two things are called 'q\(t\)'",
    ),
    "SymPy's way by time": (lambda: sb.derive(ENERGY, [t], "naive"), UnsupportedError, "varies with it: use method="),
    "a function of what is bound": (lambda: sb.derive(sp.Sum(f(x), (x, 1, z)) * m, [m]), UnsupportedError, "Sum"),
    "no argument": (lambda: sb.lambdify([q], q * Q), ParameterError, r"args lacks Derivative\(q\(t\), t\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


# --- as sympy.physics.mechanics gives it ---


def double_pendulum() -> Any:
    """Lagrange's equations of two particles on rods."""
    frame, top = ReferenceFrame("N"), Point("O")
    top.set_vel(frame, 0)
    ends, before, energy = [], top, 0
    for angle in (q, p):
        body = frame.orientnew(f"B{angle.func.__name__}", "Axis", [angle, frame.z])
        end = before.locatenew(f"P{angle.func.__name__}", -k * body.y)
        end.v2pt_theory(before, frame, body)
        ends.append(Particle(f"p{angle.func.__name__}", end, m))
        energy += m * g * end.pos_from(top).dot(frame.y)
        before = end
    kinetic = sum(particle.kinetic_energy(frame) for particle in ends)
    return LagrangesMethod(kinetic - energy, [q, p])


def test_lagranges_equations() -> None:
    method = double_pendulum()
    equations = method.form_lagranges_equations()
    for by in ([q, p], [Q, P], [q.diff(t, 2), p.diff(t, 2)]):
        ours, theirs = sb.jacobian(equations, by).expand(), equations.jacobian(by)
        assert all(abs(numbers(one)) < 1e-30 for one in (ours - theirs))


def test_lagranges_equations_from_the_lagrangian() -> None:
    lagrangian = double_pendulum()._L
    by_velocity = sb.derive(lagrangian, [Q, P])
    equations = [sb.derive(by_velocity.expand(v), [t]).expand(t) for v in (Q, P)]
    rest = sb.derive(lagrangian, [q, p])
    ours = [one - rest.expand(by) for one, by in zip(equations, (q, p), strict=True)]
    theirs = double_pendulum().form_lagranges_equations()
    assert all(abs(numbers(one - other)) < 1e-30 for one, other in zip(ours, theirs, strict=True))


def test_kanes_equations() -> None:
    kane = n_link_pendulum_on_cart(3, cart_force=False)
    for by in (kane.q, kane.u):
        ours, theirs = sb.jacobian(kane.forcing, by).expand(), kane.forcing.jacobian(by)
        assert all(abs(numbers(one)) < 1e-30 for one in (ours - theirs))
