"""A branch that is not taken cannot spoil a derivative, also where it shares a part with its condition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z, t = sp.symbols("x y z t", real=True)
p = sp.Matrix(sp.symbols("p1:4"))
A = sp.MatrixSymbol("A", 2, 2)
P = sp.Piecewise
r = sp.sqrt(x**2 + y**2 + z**2)
WAYS = pytest.mark.parametrize("method", ["backprop", "forward"])


def rotated() -> Any:
    """The second entry of a vector turned about (x, y, z) by its length, after Rodrigues."""
    first = P((1 - r**2 / 6, r < 1e-4), (sp.sin(r) / r, True))
    second = P((sp.S.Half - r**2 / 24, r < 1e-4), ((1 - sp.cos(r)) / r**2, True))
    cross = sp.Matrix([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return ((sp.eye(3) + first * cross + second * cross * cross) * p)[1]


# expression, point, derivatives: by hand, from the branch that holds
CASES: dict[str, tuple[Any, dict[Any, float], dict[Any, float]]] = {
    "sinc": (P((1, r < 1e-8), (sp.sin(r) / r, True)), {x: 0.0, y: 0.0, z: 0.0}, {x: 0.0, y: 0.0, z: 0.0}),
    "sinc, far": (
        P((1, r < 1e-8), (sp.sin(r) / r, True)),
        {x: 3.0, y: 0.0, z: 0.0},
        {x: (3 * np.cos(3.0) - np.sin(3.0)) / 9, y: 0.0, z: 0.0},
    ),
    "rotation": (
        rotated(),
        {x: 0.0, y: 0.0, z: 0.0, p[0]: 1.0, p[1]: 2.0, p[2]: 3.0},
        {x: -3.0, y: 0.0, z: 1.0},
    ),
    "root": (P((1 / sp.sqrt(x), sp.sqrt(x) > 2), (x, True)), {x: 0.0}, {x: 1.0}),
    "root in both and outside": (P((sp.sqrt(x) * y, sp.sqrt(x) > y), (y, True)), {x: 0.0, y: 1.0}, {x: 0.0, y: 1.0}),
    "under and": (P((1 / sp.sqrt(x) + y, (sp.sqrt(x) > 1) & (x > y)), (y, True)), {x: 0.0, y: 1.0}, {x: 0.0, y: 1.0}),
    "a chain": (P((0, r < 1), (r, r < 2), (sp.exp(1 / r), True)), {x: 0.0, y: 0.0, z: 0.0}, {x: 0.0}),
    "two thresholds": (
        P((1, r < 1e-8), (sp.sin(r) / r, True)) + P((sp.S.Half, r < 1e-4), ((1 - sp.cos(r)) / r**2, True)),
        {x: 0.0, y: 0.0, z: 0.0},
        {x: 0.0, y: 0.0, z: 0.0},
    ),
    "one of the thresholds": (
        P((1, r < 1e-8), (sp.sin(r) / r, True)) + P((sp.S.Half, r < 9), ((1 - sp.cos(r)) / r**2, True)),
        {x: 3.0, y: 0.0, z: 0.0},
        {x: (3 * np.cos(3.0) - np.sin(3.0)) / 9, y: 0.0, z: 0.0},
    ),
    "the first two of three": (
        P((x / y, y > 1), (x**2 / y**2, y > 0.5), (x, True)),
        {x: 3.0, y: 0.0},
        {x: 1.0, y: 0.0},
    ),
    "the second of three": (
        P((sp.sin(x / y), y > 1), (sp.exp(x / y), y > 0.5), (x, True)),
        {x: 0.0, y: 0.75},
        {x: 1 / 0.75, y: 0.0},
    ),
    "the first and the last": (
        P((sp.sin(x / y), y > 1), (x, y > -1), (sp.exp(x / y), True)),
        {x: 3.0, y: 0.0},
        {x: 1.0, y: 0.0},
    ),
    "what overflows": (P((sp.exp(x), x < 0), (sp.exp(x) ** 2 + y, x < 300), (x, True)), {x: 1e3, y: 1.0}, {x: 1.0}),
    "what overflows, in a condition": (P((1, sp.exp(x) > 9), (sp.exp(x), True)), {x: 1e3}, {x: 0.0}),
    "inner choice": (
        P((y, r < 1e-8), (P((sp.sin(r) / r, r < 1), (1 / r, True)), True)),
        {x: 0.0, y: 0.0, z: 0.0},
        {x: 0.0, y: 1.0, z: 0.0},
    ),
}


@WAYS
@pytest.mark.parametrize(("expression", "point", "expected"), CASES.values(), ids=CASES)
def test_code_and_sympy(expression: Any, point: Any, expected: Any, method: str) -> None:
    derivation = sb.derive(expression, list(expected), method=method)
    with np.errstate(all="raise"):
        gradients = derivation.compile()(**{symbol.name: value for symbol, value in point.items()})[1]
    for symbol, value in expected.items():
        np.testing.assert_allclose(gradients[symbol.name], value, rtol=1e-14)
        np.testing.assert_allclose(float(derivation.expand(symbol).subs(point)), value, rtol=1e-14)


def test_entry_by_entry() -> None:
    body = P((1, sp.sqrt(t) < 1e-8), (sp.sin(sp.sqrt(t)) / sp.sqrt(t), True))
    found = sb.derive(sb.Total(A.applyfunc(sp.Lambda(t, body))), [A]).compile()(A=np.array([[0.0, 4.0], [1.0, 0.0]]))
    slope = lambda u: (u * np.cos(u) - np.sin(u)) / (2 * u**3)  # noqa: E731
    np.testing.assert_allclose(found[1]["A"], [[0.0, slope(2.0)], [slope(1.0), 0.0]], rtol=1e-14)


def test_named_quantities() -> None:
    e, f, L = sp.symbols("e f L", real=True)
    derivation = sb.derive([(e, r), (f, sp.sin(e) / e), (L, P((1, e < 1e-8), (f, True)))], [x, y])
    gradients = derivation.compile()(x=0.0, y=0.0, z=0.0)[1]
    assert [gradients["x"], gradients["y"]] == [0.0, 0.0]


T = sp.Symbol("T", real=True)
PIECES = {
    "no default": P((sp.log(T) + 1, T < 300), (T * sp.log(T), T < 1000)),
    "all of them": P((sp.log(T) + 1, T < 300), (T * sp.log(T), T < 1000), (sp.log(T) ** 2, True)),
}


@pytest.mark.parametrize("expression", PIECES.values(), ids=PIECES)
def test_a_part_of_every_piece_needs_no_condition(expression: Any) -> None:
    text = str(sb.derive(expression, [T]).explain(T))
    assert "∨" not in text
    assert "¬" not in text


def test_a_part_of_some_pieces_needs_one_of_their_conditions() -> None:
    derivation = sb.derive(P((sp.sin(x / y), y > 3), (sp.cos(x / y), y > 2), (sp.exp(x / y), y > 1), (x, True)), [x])
    assert "if y > 3 ∨ y > 2 ∨ y > 1" in str(derivation.explain(x))
    same = [derivation.compile()(0.5, y=at)[1]["x"] for at in (4.0, 2.5, 1.5, 0.0)]
    wanted = [np.cos(0.125) / 4, -np.sin(0.2) / 2.5, np.exp(1 / 3) / 1.5, 1.0]
    np.testing.assert_allclose(same, wanted, rtol=1e-14)


def test_a_root_that_both_branches_take_is_the_limit() -> None:
    """The docs say so: its own derivative is infinite there, times 0."""
    both = sb.derive(P((sp.sin(r) ** 2, r < 1), (r, True)), [x]).compile()(0.0, y=0.0, z=0.0)[1]["x"]
    assert np.isnan(both)
