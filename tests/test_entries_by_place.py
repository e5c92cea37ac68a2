"""Entries of matrix symbols, as they were given, name derivatives afterwards: against SymPy on matrices of symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

x = sp.Symbol("x", real=True)
A = sp.MatrixSymbol("A", 2, 2)
TAKEN = sp.Symbol("A_0_0", real=True)  # what an entry would be called
LOSS = (A.as_explicit() ** 3).trace() * x + TAKEN**3 * x
PLAIN = sp.Matrix(2, 2, sp.symbols("p q r s", real=True))
AT = dict(zip([*PLAIN, x, TAKEN], [sp.Rational(place, 7) for place in (3, -2, 5, 8, 4, 9)], strict=True))


def by_hand(*by: Any) -> Any:
    return sp.diff((PLAIN**3).trace() * x + TAKEN**3 * x, *by)


def near(found: Any, wanted: Any) -> None:
    """Whether an expression in entries, whatever they are called, has the value of one in `PLAIN`."""
    names = {f"A_{i}_{j}": PLAIN[i, j] for i in range(2) for j in range(2)} | {"A_0_0_": PLAIN[0, 0], "A_0_0": TAKEN}
    found = sp.sympify(found).xreplace({A[i, j]: PLAIN[i, j] for i in range(2) for j in range(2)})
    values = {one: AT[names.get(one.name, one)] for one in found.free_symbols}
    assert abs(sp.N(found.subs(values) - wanted.subs(AT), 40)) < sp.Float("1e-35")


@pytest.mark.parametrize("made", [lambda: sb.derivatives(LOSS, [A[0, 0], A[0, 1]], 3), lambda: sb.hessian(LOSS, [A])])
def test_of_higher_derivatives(made: Callable[[], Any]) -> None:
    found = made()
    for one, other in ((A[0, 0], A[0, 0]), (A[0, 0], A[0, 1])):
        wanted = by_hand(*(PLAIN[part.i, part.j] for part in (one, other)))
        near(found.expand(one, other), wanted)
        assert found[one, other] == found.entry(one, other) == found[other, one]
        assert "∂" in str(found.explain(one, other))


def test_of_jacobians_vectors_and_lists() -> None:
    wrt = [A[0, 0], A[1, 0], x]
    jacobian = sb.jacobian([LOSS, LOSS * x], wrt)
    assert jacobian[0, A[1, 0]] == jacobian[0, 1]
    assert "∂" in str(jacobian.explain(0, A[1, 0]))
    wanted = by_hand(PLAIN[1, 0])
    near(sb.gradient(LOSS, wrt).expand(A[1, 0]), wanted)
    near(sb.vjp([LOSS], wrt, [1]).expand(A[1, 0]), wanted)
    near(sb.hvp(LOSS, wrt, [0, 1, 0]).expand(A[0, 0]), by_hand(PLAIN[1, 0], PLAIN[0, 0]))
    derived = sb.derive([LOSS, x], wrt)
    near(derived.expand(A[1, 0])[0], wanted)
    assert derived.adjoint(A[1, 0]) == derived.gradients[derived.wrt[1]]
    assert "∂" in str(derived.explain(A[1, 0]))


def test_an_entry_that_was_not_given_is_refused() -> None:
    with pytest.raises(sb.ParameterError, match="is none of what there is"):
        sb.derivatives(LOSS, [A[0, 0]], 2).entry(A[1, 1])
    with pytest.raises(sb.ParameterError, match="is none of what there is"):
        sb.derivatives(x**2, [x], 2).entry(A[1, 1])
