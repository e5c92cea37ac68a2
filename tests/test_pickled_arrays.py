"""Jacobians, Hessians and the rest, read again from a file or copied, against SymPy."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.graph import Graph

x, y = sp.symbols("x y", real=True)
A = sp.MatrixSymbol("A", 2, 2)
E = sp.exp(x * y) * sp.sin(x) + sp.Max(x, y) / y
TWICE: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda one: pickle.loads(pickle.dumps(one)),
    "copied": copy.deepcopy,
}


@pytest.mark.parametrize("way", TWICE)
@pytest.mark.parametrize("is_used", [False, True], ids=["fresh", "used"])
def test_of_numbers(way: str, is_used: bool) -> None:
    jacobian, hessian, derived = sb.jacobian([E, x / y], [x, y]), sb.hessian(E, [x, y]), sb.derive([E, x / y], [x, y])
    if is_used:
        assert all(map(str, (jacobian, hessian, derived)))
        jacobian.compile()
    jacobian, hessian, derived = map(TWICE[way], (jacobian, hessian, derived))
    at = {x: sp.Rational(7, 5), y: sp.Rational(4, 3)}
    by_hand = sp.Matrix([E, x / y]).jacobian([x, y])
    pairs = [
        (jacobian.expand(), by_hand),
        (sp.Matrix([derived.expand(x), derived.expand(y)]).T, by_hand),
        (hessian.expand(), sp.hessian(E, [x, y])),
    ]
    for found, wanted in pairs:
        assert max(map(abs, sp.N((found - wanted).subs(at), 40))) < sp.Float("1e-35")
    found = jacobian.compile()(1.4, 4 / 3)
    np.testing.assert_allclose(found, np.array(by_hand.subs(at).evalf(), float), rtol=1e-13)
    assert "∂" in str(jacobian.explain(0, x))


@pytest.mark.parametrize("way", TWICE)
def test_of_matrices(way: str) -> None:
    found = TWICE[way](sb.jacobian([sp.Trace(A * A), x], [A, x])).compile()
    at = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(found(at, 2.0), [[*(2 * at.T).ravel(), 0], [0, 0, 0, 0, 1]])


@pytest.mark.parametrize("way", TWICE)
def test_a_graph_read_again_knows_no_number_by_where_it_once_lay(way: str) -> None:
    graph = Graph()
    numbers = [sp.Integer(place) / 7919 for place in range(1, 2000)]
    for number in numbers:
        graph.constant(number)
    again = TWICE[way](graph)
    del graph, numbers
    fresh = [sp.Integer(place) / 7907 for place in range(1, 4000)]
    assert all(again.value(again.constant(number)) == number for number in fresh)
