"""x[0] and x[i] of an IndexedBase, M[0, 1] of a matrix symbol: data and variables at every door, as SymPy has it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, UnsupportedError

x, y = sp.IndexedBase("x"), sp.IndexedBase("y", shape=(2, 2))
i, j = sp.symbols("i j", integer=True)
I, J = sp.Idx("I"), sp.Idx("J", 4)  # noqa: E741
n, m = sp.symbols("n m", integer=True, positive=True)
s = sp.Symbol("s")
M, V = sp.MatrixSymbol("M", 2, 2), sp.MatrixSymbol("V", 2, 1)
N = sp.MatrixSymbol("N", n, m)
LOSS = x[0] ** 2 * sp.sin(x[1]) * s

DERIVED: dict[str, tuple[Any, Any]] = {
    "an entry": (LOSS, x[0]),
    "another entry": (x[0] ** 3, x[1]),
    "data": (LOSS, s),
    "by a like index": (x[i] ** 2 * x[j], x[i]),
    "by the other index": (x[i] ** 2 * x[j], x[j]),
    "only the other one": (sp.exp(x[i]), x[j]),
    "a number and an index": (x[0] ** 2 * x[i], x[i]),
    "by a number": (x[0] ** 2 * x[i], x[0]),
    "two indices": (y[i, 0] ** 2 * y[0, j] + y[1, 1], y[0, j]),
    "another rank": (x[0] * y[0, 0], y[0, 0]),
    "another base": (x[i] * y[i, j], y[i, j]),
    "by Idx": (x[I] ** 2 * x[J], x[J]),
    "an index beside it": (x[i] * i, x[i]),
    "an entry by itself": (x[i], x[i]),
    "an entry of a matrix": (M[0, 1] ** 2 * s * M[1, 1], M[0, 1]),
    "of a vector": (V[0] * V[1] ** 2, V[1]),
    "of unknown size": (N[0, 1] ** 2 * N[1, 0], N[0, 1]),
}


@pytest.mark.parametrize("name", DERIVED)
def test_first_and_second_derivatives_are_those_of_sympy(name: str) -> None:
    expression, by = DERIVED[name]
    wanted = expression.diff(by)
    second = wanted.diff(by).subs(sp.Derivative(J, x[J]), 0)  # SymPy takes an Idx for a function of the entry
    assert_same(sb.derive(expression, [by]).expand(by), wanted)
    assert_same(sb.derive(expression, [by], method="forward").expand(by), wanted)
    assert_same(sb.gradient(expression, [by]).expand()[0], wanted)
    assert_same(sb.jacobian([s, expression], [by]).expand()[1, 0], wanted)
    assert_same(sb.hessian(expression, [by]).expand()[0, 0], second)
    assert_same(sb.jvp(expression, {by: s}).expand(), s * wanted)
    assert_same(sb.vjp([expression], [by], [3]).expand()[0], 3 * wanted)
    assert_same(sb.hvp(expression, [by], [s]).expand()[0], s * second)
    again = sb.derive(expression, [by]).gradients[by]
    assert_same(sb.derive(again + by, [by]).expand(by), second + 1)


def assert_same(ours: Any, theirs: Any) -> None:
    difference = sp.expand(sp.S(ours) - sp.S(theirs))
    assert difference == 0 or sp.simplify(difference) == 0, (ours, theirs)


def test_entries_of_a_matrix_with_symbolic_places() -> None:
    """SymPy's delta says the range of the index too, which changes nothing."""
    found = sb.derive(N[i, j] ** 2 * N[0, 1], [N[i, j], N[0, 1]])
    delta = sp.KroneckerDelta(0, i) * sp.KroneckerDelta(1, j)
    assert_same(found.expand(N[i, j]), 2 * N[i, j] * N[0, 1] + N[i, j] ** 2 * delta)
    assert_same(found.expand(N[0, 1]), N[i, j] ** 2 + 2 * N[i, j] * N[0, 1] * delta)
    assert_same(sb.derive(N[i, j] ** 2 * s).expand(s), N[i, j] ** 2)


WHOLE: dict[str, Any] = {
    "squares": sp.Trace(M.T * M),
    "cube": sp.Trace(M**3) * s,
    "beside an entry": sp.Determinant(M) * M[0, 1] ** 2,
    "entry of a product": (M * V)[0, 0] * sp.exp((V.T * V)[0]),
    "function": sb.Total(M.applyfunc(sp.sin)) + M[1, 0],
}


@pytest.mark.parametrize("name", WHOLE)
def test_by_an_entry_where_the_matrix_stands_whole(name: str) -> None:
    loss = WHOLE[name]
    known = loss.xreplace({M: M.as_explicit(), V: V.as_explicit()}).doit()
    for by in (M[0, 1], M[1, 0]):
        wanted = sp.sympify(known).diff(by)
        assert_same(explicit(sb.derive(loss, [by]).expand(by)), wanted)
        assert_same(explicit(sb.jacobian([loss, s], [by]).expand()[0, 0]), wanted)
        assert_same(explicit(sb.hessian(loss, [by]).expand()[0, 0]), wanted.diff(by))
        assert_same(explicit(sb.hvp(loss, [by], [1]).expand()[0]), wanted.diff(by))
        assert_same(explicit(sb.derive(loss, [M]).expand(M))[by.i, by.j], wanted)


def explicit(found: Any) -> Any:
    found = sp.sympify(found)
    found = found.xreplace({one: one.as_explicit() for one in found.atoms(sp.MatrixSymbol)}).doit()
    return found.as_explicit() if isinstance(found, sp.MatrixExpr) else found


def test_many_entries_are_not_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries with numbers: none is asked whether it is another, and each is named a few times at most."""
    count = 200
    named = 0
    own = sp.Indexed._sympystr

    def counted(entry: Any, printer: Any) -> Any:
        nonlocal named
        named += 1
        return own(entry, printer)

    monkeypatch.setattr(sp.Indexed, "_sympystr", counted)
    monkeypatch.setattr(sp, "KroneckerDelta", None)
    derived = sb.derive(sp.Add(*[x[k] ** 2 * x[(k + 1) % count] for k in range(count)]), [x])
    assert len(derived.gradients) == count
    assert named < 20 * count


# --- in code ---

POINT, SLOPES = [1.5, 0.7], [2 * 1.5 * np.sin(0.7) * 3, 1.5**2 * np.cos(0.7) * 3]
VALUE = 1.5**2 * np.sin(0.7) * 3

CALLS: dict[str, Callable[[], Any]] = {
    "by place": lambda: sb.derive(LOSS, [x[0], x[1]]).compile()(1.5, 0.7, s=3),
    "whole array": lambda: sb.derive(LOSS, [x[0], x[1]]).compile()(x=POINT, s=3),
    "either name": lambda: sb.derive(LOSS, [x[0], x[1]]).compile()(**{"x[0]": 1.5, "x_1": 0.7, "s": 3}),
    "by the whole": lambda: sb.derive(LOSS, [x]).compile()(x=np.array(POINT), s=3),
    "args": lambda: sb.derive(LOSS, [x]).compile(args=[s, x])(3, POINT),
    "value and gradient": lambda: sb.value_and_grad([x, s], LOSS, x)(POINT, 3),
    "by entries": lambda: sb.value_and_grad([x, s], LOSS, [x[0], x[1]])(np.array(POINT), 3),
    "arguments of numbers": lambda: sb.value_and_grad([x[0], x[1], s], LOSS, [x[0], x[1]])(1.5, 0.7, 3),
    "gradient": lambda: (VALUE, sb.gradient(LOSS, [x]).compile()(x=POINT, s=3)),
    "jacobian": lambda: (VALUE, sb.jacobian([LOSS], [x]).compile()(x=POINT, s=3)[0]),
    "lambdify": lambda: sb.lambdify([x, s], [LOSS, LOSS.diff(x[0]), LOSS.diff(x[1])])(POINT, 3),
    "hessian's gradient": lambda: sb.value_grad_hess([x, s], LOSS, x)(POINT, 3)[:2],
    "equations": lambda: sb.derive(
        [(sp.Symbol("a"), sp.sin(x[1]) * s), (sp.Symbol("L"), x[0] ** 2 * sp.Symbol("a"))], [x]
    ).compile()(x=POINT, s=3),
}


@pytest.mark.parametrize("name", CALLS)
def test_code(name: str) -> None:
    value, *slopes = CALLS[name]()
    found = slopes[0] if len(slopes) == 1 else slopes
    found = list(found.values()) if isinstance(found, dict) else found
    np.testing.assert_allclose(value, VALUE, rtol=1e-13)
    np.testing.assert_allclose(found, SLOPES, rtol=1e-13)


def test_a_whole_matrix_of_which_entries_are_differentiated_by() -> None:
    at = np.array([[1.0, 2.0], [3.0, 4.0]])
    loss = sp.Trace(M.T * M) * s
    value, slopes = sb.derive(loss, [M[0, 1]]).compile()(M=at, s=2.0)
    assert (value, slopes) == (60.0, {"M[0, 1]": 8.0})
    assert sb.derive(loss, [M[0, 1]]).compile(args=[s, M])(2.0, at) == (60.0, {"M[0, 1]": 8.0})
    np.testing.assert_allclose(sb.value_and_grad([M, s], loss, [M[0, 1], s])(at, 2.0)[1], [8.0, 30.0])
    np.testing.assert_allclose(sb.lambdify([M, s], sb.gradient(loss, [M[0, 1]]))(at, 2.0), [8.0])
    np.testing.assert_allclose(sb.hessian(loss, [M[0, 1], M[1, 0]]).compile()(M=at, s=2.0), np.eye(2) * 4)
    column = sb.derive((V.T * V)[0] * V[0], [V[0]]).compile()
    assert column(V=[1.0, 2.0]) == column(V=[[1.0], [2.0]]) == (5.0, {"V[0, 0]": 7.0})
    assert sb.lambdify([M[0, 1], s], M[0, 1] * s)(2.0, 3.0) == 6.0


def test_shapes_points_and_samples() -> None:
    assert sb.derive(y[0, 1] * y[1, 0]).compile()(y=[[1, 2], [3, 4]])[0] == 6
    points = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(sb.derive(x[0] * x[1]).compile()(x=points)[0], points[0] * points[1])
    value, slopes = sb.derive(x[0] * x[1] * s, [s]).compile(batch=[x])(s=2.0, x=points.T)
    assert (value, slopes["s"]) == (pytest.approx(2 * (0 + 4 + 10) / 3), pytest.approx((0 + 4 + 10) / 3))
    assert sb.lambdify([x], x[0] * x[2])([2.0, 5.0, 7.0]) == 14.0  # an entry that nothing asks for
    assert sb.derive(x[i] ** 2 * s, [x[i]]).compile()(x_i=2.0, s=3.0) == (12.0, {"x[i]": 12.0})


def test_copies_take_whole_arrays() -> None:
    made = pickle.loads(pickle.dumps(sb.lambdify([x, s], LOSS)))
    assert made(POINT, 3) == pytest.approx(VALUE)


def test_print() -> None:
    derived = sb.derive(LOSS, [x[0]])
    assert "∂L/∂x₀ = 2 s x₀ sin(x₁)" in " ".join(str(derived.explain(x[0])).split()).replace("∂L/∂x[0]", "∂L/∂x₀")
    assert r"\frac{\partial L}{\partial x_{0}}" in derived.explain(x[0]).latex()
    text = str(sb.derive(sp.Trace(M.T * M), [M[0, 1]]).explain(M[0, 1]))
    assert "∂L/∂M" in text


# --- what is refused ---


@pytest.mark.parametrize("loss", [x, y, x[i]], ids=str)
def test_a_bare_loss(loss: Any) -> None:
    if isinstance(loss, sp.Indexed):
        assert sb.derive(loss).expand(loss) == 1
    else:
        with pytest.raises(UnsupportedError, match=r"^IndexedBase cannot be lowered, in '[xy]': .* name its entries"):
            sb.derive(loss, [s])


REFUSED: dict[str, tuple[Callable[[], Any], str, Callable[[], Any]]] = {
    "by an index": (
        lambda: sb.derive(x[i] * i, [i]),
        r"i is an index of x\[i\].*leave it out of wrt",
        lambda: sb.derive(x[i] * i, [x[i]]),
    ),
    "how many": (
        lambda: sb.derive(s**2, [x]),
        r"how many entries x has is not known.*IndexedBase\('x', shape=\(2,\)\)",
        lambda: sb.derive(s**2, [sp.IndexedBase("x", shape=(2,))]),
    ),
    "by the whole with an index": (
        lambda: sb.derive(x[i] ** 2, [x]),
        r"x stands with the index of x\[i\].*name the entry itself, x\[i\]",
        lambda: sb.derive(x[i] ** 2, [x[i]]),
    ),
    "unknown size": (
        lambda: sb.derive(sp.Trace(N.T * N), [N[0, 1]]),
        r"N\[0, 1\] is asked for by itself.* sb\.derive\(\.\.\., \[N\]\)\.expand\(N\)\[0, 1\]$",
        lambda: assert_same(sb.derive(sp.Trace(N.T * N), [N]).expand(N)[0, 1], 2 * N[0, 1]),
    ),
    "in a sum": (
        lambda: sb.derive((N * N.T)[0, 1] * N[0, 0], [N[0, 0]]),
        r"N\[0, 0\] is asked for by itself.*expand\(N\)\[0, 0\]$",
        lambda: sb.derive((N * N.T)[0, 1] * N[0, 0], [N]).expand(N)[0, 0],
    ),
    "beside an equation": (
        lambda: sb.derive([(x[0], s**2), (sp.Symbol("L"), x[0] * x[i])], [s]),
        r"x\[i\] stands beside an equation that defines x\[0\].*put numbers",
        lambda: sb.derive([(x[0], s**2), (sp.Symbol("L"), x[0] * x[1])], [s]),
    ),
    "whole and an index": (
        lambda: sb.derive(sp.Trace(M) * M[0, i], [M[0, i]]),
        r"M stands whole beside entries of it with an index that is a symbol.*put numbers",
        lambda: sb.derive(sp.Trace(M) * M[0, 1], [M[0, 1]]),
    ),
    "a direction of the whole": (
        lambda: sb.jvp(x[0] * x[1], {x: 1}),
        r"IndexedBase cannot be lowered, in 'x': it is a whole array: name its entries",
        lambda: sb.jvp(x[0] * x[1], {x[0]: 1, x[1]: 0}),
    ),
    "a sum of unknown length": (
        lambda: sb.derive(sp.Sum(s * x[i] + i, (i, 1, n)), [s]),
        r"how many terms it has, n would tell: .*\.subs\(\{n: 10\}\)\.doit\(\)$",
        lambda: assert_same(
            sb.derive(sp.Sum(s * x[i] + i, (i, 1, n)).subs({n: 10}).doit(), [s]).expand(s),
            sum(x[k] for k in range(1, 11)),
        ),
    ),
    "a sum": (
        lambda: sb.derive(sp.Sum(x[i] * x[0], (i, 0, 2)), [x[0]]),
        r"Sum cannot be lowered.* \.doit\(\)",
        lambda: assert_same(
            sb.derive(sp.Sum(x[i] * x[0], (i, 0, 2)).doit(), [x[0]]).expand(x[0]), 2 * x[0] + x[1] + x[2]
        ),
    ),
    "too few": (
        lambda: sb.derive(x[0] * x[3]).compile()(x=[1.0, 2.0]),
        r"x has shape \(2,\), expected \(4, \.\.\.\) at least",
        lambda: sb.derive(x[0] * x[3]).compile()(x=[1.0, 2.0, 3.0, 4.0]),
    ),
    "another shape": (
        lambda: sb.derive(y[0, 1] * y[1, 0]).compile()(y=[1.0, 2.0]),
        r"y has shape \(2,\), expected \(2, 2, \.\.\.\)$",
        lambda: sb.derive(y[0, 1] * y[1, 0]).compile()(y=np.ones((2, 2))),
    ),
    "twice": (
        lambda: sb.derive(x[0] * x[1]).compile()(x=[1.0, 2.0], x_1=2.0),
        r"x_1 is given twice, by itself and as an entry of x",
        lambda: sb.derive(x[0] * x[1]).compile()(x=[1.0, 2.0]),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_helps(name: str) -> None:
    refused, message, helps = REFUSED[name]
    with pytest.raises((ParameterError, UnsupportedError), match=message):
        refused()
    helps()


def test_samples_of_a_whole_array_come_first_along_a_direction_too() -> None:
    function = sb.jvp(x[0] * x[1], {x[0]: 1}).compile(batch=[x])
    many = np.arange(6.0).reshape(3, 2)
    value, tangent = function(x=many)
    np.testing.assert_allclose(value, many.prod(axis=1))
    np.testing.assert_allclose(tangent, many[:, 1])
