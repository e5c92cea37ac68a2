"""Kronecker products against NumPy's own, by central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

K = sp.KroneckerProduct
n, m = sp.symbols("n m", integer=True, positive=True)
A, B, C, D = (
    sp.MatrixSymbol(name, *shape) for name, shape in zip("ABCD", ((2, 2), (3, 3), (2, 3), (3, 2)), strict=True)
)
P, Q, G = sp.MatrixSymbol("P", n, n), sp.MatrixSymbol("Q", m, m), sp.MatrixSymbol("G", 6, 6)
s = sp.Symbol("s", real=True)
SHAPES = {"A": (2, 2), "B": (3, 3), "C": (2, 3), "D": (3, 2), "P": (3, 3), "Q": (2, 2), "G": (6, 6), "s": ()}
RANDOM = np.random.default_rng(0)
VALUES = {name: RANDOM.normal(size=shape) for name, shape in SHAPES.items()}
a, b, c, d, p, q, g = (VALUES[name] for name in "ABCDPQG")
kron = np.kron

CASES: dict[str, tuple[Any, Any]] = {
    "trace": (sp.Trace(K(A, B)), np.trace(kron(a, b))),
    "trace of unknown sizes": (sp.Trace(K(P, Q)), np.trace(kron(p, q))),
    "sum": (sb.Total(K(C, B)), kron(c, b).sum()),
    "trace of oblong ones": (sp.Trace(K(C, D)), np.trace(kron(c, d))),
    "square and sum": (
        sp.Trace(K(P, Q) * K(P, Q) + 2 * s * K(Q, P)),
        np.trace(kron(p, q) @ kron(p, q) + 2 * VALUES["s"] * kron(q, p)),
    ),
    "transpose": (sp.Trace(K(P, Q).T * K(P, Q)), np.trace(kron(p, q).T @ kron(p, q))),
    "inverse": (sp.Trace(K(P, Q).I), np.trace(np.linalg.inv(kron(p, q)))),
    "times another": (sp.Trace(K(A, B) * G), np.trace(kron(a, b) @ g)),
    "form": (sp.Trace(K(A, B).T * G * K(A, B)), np.trace(kron(a, b).T @ g @ kron(a, b))),
    "three": (sb.Total(K(A, B, C).applyfunc(sp.sin)), np.sin(kron(kron(a, b), c)).sum()),
    "determinant": (sp.Determinant(K(A, B)), np.linalg.det(kron(a, b))),
    "beside others": (
        sb.Total(K(C, D) + G) + sp.Trace(K(P, Q)) ** 2,
        (kron(c, d) + g).sum() + np.trace(kron(p, q)) ** 2,
    ),
}


def slope(function: Callable[..., Any], given: dict[str, Any], name: str) -> Any:
    """Central differences by each entry."""
    whole = np.asarray(given[name])
    found = np.zeros(whole.shape)
    for place in np.ndindex(whole.shape):
        moved = [whole.copy(), whole.copy()]
        moved[0][place] += 1e-6
        moved[1][place] -= 1e-6
        found[place] = (function(**{**given, name: moved[0]})[0] - function(**{**given, name: moved[1]})[0]) / 2e-6
    return found


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str) -> None:
    loss, wanted = CASES[name]
    derived = sb.derive(loss)
    given = {symbol.name: VALUES[symbol.name] for symbol in derived.wrt}
    value, gradients = derived.compile()(**given)
    assert value == pytest.approx(wanted, rel=1e-12)
    for one in given:
        np.testing.assert_allclose(gradients[one], slope(derived.compile(), given, one), rtol=1e-6, atol=1e-6)


def test_under_a_trace_it_is_not_formed() -> None:
    derived = sb.derive(sp.Trace(K(P, Q)))
    assert derived.expand(P).doit() == (sp.Trace(Q) * sp.Identity(n)).doit()


def test_of_unknown_size_elsewhere_it_is_refused_with_what_helps() -> None:
    loss = sb.Total(K(P, Q).applyfunc(sp.exp))
    with pytest.raises(sb.UnsupportedError, match=r"first factor of n x n .* \.subs"):
        sb.derive(loss)
    value, _ = sb.derive(loss.subs({n: 3, m: 2})).compile()(P=p, Q=q)
    assert value == pytest.approx(np.exp(kron(p, q)).sum())
