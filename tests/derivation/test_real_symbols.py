"""What is no real number is refused by name, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import UnsupportedError

x, y, L = sp.symbols("x y L", real=True)
A, B = sp.symbols("A B", commutative=False)
i = sp.Symbol("i", imaginary=True)
c = sp.Symbol("c", complex=True)
f = sp.Symbol("f", real=False)
X = sp.MatrixSymbol("X", 2, 2)
t = sp.Symbol("t", real=True)

NONE = {
    "a commutator": (lambda: sb.derive(x * (A * B - B * A), [x]), "A is declared noncommutative"),
    "a product": (lambda: sb.derive(A * B * A, [A]), "A is declared noncommutative"),
    "what is derived by": (lambda: sb.derive(A**2 + x, [A]), "A is declared noncommutative"),
    "data": (lambda: sb.derive(x**2 * B, [x]), "B is declared noncommutative"),
    "by default": (lambda: sb.derive(x * B), "B is declared noncommutative"),
    "a name": (lambda: sb.derive([(A, x**2), (L, A * x)], [x]), "A is declared noncommutative"),
    "below a function": (lambda: sb.derive(sp.exp(x * A), [x]), "A is declared noncommutative"),
    "in a matrix": (lambda: sb.derive(sp.Trace(X * sp.Matrix([[A, x], [0, 1]])), [X]), "A is declared noncommutative"),
    "an entry's function": (
        lambda: sb.derive(sb.Total(X.applyfunc(sp.Lambda(t, t**2 * A))), [X]),
        "A is declared noncommutative",
    ),
    "along": (lambda: sb.jvp(x**2, {x: A}), "A is declared noncommutative"),
    "a direction": (lambda: sb.jvp(x**2 * A, [x]), "A is declared noncommutative"),
    "forward": (lambda: sb.derive(x * A, [x], method="forward"), "A is declared noncommutative"),
    "naive": (lambda: sb.derive(x * A, [x], method="naive"), "A is declared noncommutative"),
    "a model": (lambda: sb.derive(sb.Model([(L, (x * A - y) ** 2)], inputs=[y])), "A is declared noncommutative"),
    "imaginary": (lambda: sb.derive(x * i, [x]), "i is declared imaginary"),
    "imaginary, of a sign": (lambda: sb.derive(sp.Abs(i), [i]), "i is declared imaginary"),
    "imaginary, in a matrix": (lambda: sb.derive(sb.Total(X * i), [X]), "i is declared imaginary"),
    "an imaginary entry": (lambda: sb.derive(sp.Trace(X * sp.Matrix([[sp.I, 0], [0, 1]])), [X]), "ImaginaryUnit"),
    "the size of a complex": (lambda: sb.derive(sp.Abs(c), [c]), r"'Abs\(c\)' .* c is declared and not real"),
    "the size of a sum": (lambda: sb.derive(x * sp.Abs(c + x), [x]), "c is declared and not real"),
    "the sign of a complex": (lambda: sb.derive(x * sp.sign(c), [x]), "c is declared and not real"),
    "of what is not real": (lambda: sb.derive(sp.Abs(f) * x, [x]), "f is declared and not real"),
    "in a name": (lambda: sb.derive([(y, sp.Abs(c)), (L, y**2 * x)], [x]), "c is declared and not real"),
    "of every entry of a complex matrix": (
        lambda: sb.derive(sb.Total((c * X).applyfunc(sp.Abs)), [X]),
        "c is declared and not real",
    ),
    "of every entry": (
        lambda: sb.derive(sb.Total(X.applyfunc(sp.Lambda(t, sp.Abs(t * c)))), [X]),
        "c is declared and not real",
    ),
}


def test_no_form_of_real_numbers_is_put_in_for_complex_ones() -> None:
    """log(x**2) is 2*log(|x|) of a real x."""
    derivative = sb.derive(sp.log(c**2 * sp.exp(x)), [c]).expand(c)
    assert complex(derivative.subs(c, sp.I)) == pytest.approx(-2j)


@pytest.mark.parametrize("what", NONE)
def test_it_is_refused_by_name(what: str) -> None:
    derived, says = NONE[what]
    with pytest.raises(UnsupportedError, match=says) as caught:
        derived()
    assert "\n" not in str(caught.value)


TAKEN: dict[str, Callable[[], Any]] = {
    "without assumptions": lambda: sb.derive(sp.Abs(sp.Symbol("s")), [sp.Symbol("s")]),
    "an analytic function": lambda: sb.derive(sp.exp(c) * sp.sin(c * x), [c]),
    "a real part of it": lambda: sb.derive(sp.Abs(x) * c, [x, c]),
    "what is real all the same": lambda: sb.derive(x * sp.Abs(x**2 - 1) * c, [x]),
    "matrices": lambda: sb.derive(sp.Trace(X * X), [X]),
    "positive": lambda: sb.derive(sp.Abs(sp.Symbol("p", positive=True) - x), [x]),
    "integer": lambda: sb.derive(sp.Abs(sp.Symbol("n", integer=True) - x), [x]),
    "finite": lambda: sb.derive(sp.Abs(sp.Symbol("n", finite=True) - x), [x]),
}
"""Expressions that differ from the refused ones by what matters alone."""


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_real_or_may_be_is_taken(what: str) -> None:
    d = TAKEN[what]()
    assert all(gradient.free_symbols or gradient.is_number for gradient in d.gradients.values())


def test_the_advice_works() -> None:
    M, N = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 2)
    d = sb.derive(sp.Trace(x * (M * N * M)), [x])
    assert d.compile()(1.0, A=[[1.0, 2.0], [0.0, 1.0]], B=[[0.0, 1.0], [1.0, 0.0]])[1]["x"] == pytest.approx(4.0 - 0.0)
    r = sp.Symbol("c", real=True)
    assert sb.derive(sp.Abs(r), [r]).gradients[r] == sp.sign(r)
