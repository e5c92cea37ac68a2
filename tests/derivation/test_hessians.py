"""Hessians and derivatives of higher order: each mixed partial once, in whatever order it is asked for."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.derivation.chain_rule import extended
from symbackprop.derivation.forward_mode import ForwardSweep
from symbackprop.derivation.jacobians import Derivatives, derivatives, hessian, jacobian

from ..support import deterministic, evaluated, in_floats
from .gradient_support import check_all, letters, rational_point, seeds
from .jacobian_support import AS_WRITTEN, ORDERS, full, nodes_of, numbers_at, pbe, ring

R = sp.Rational
x, y, z = sp.symbols("x y z", real=True)
p, q, r = letters

SMOOTH = (
    lambda u, v: u * v + sp.sin(u),
    lambda u, v: u / (v**2 + 1),
    lambda u, v: sp.exp(-(u**2)) + v * u,
    lambda u, v: sp.sqrt(u**2 + v**2 + 1) * v,
    lambda u, v: sp.log(1 + sp.exp(u)) - v**3,
    lambda u, v: 3 * u - v / 2,
    lambda u, v: (2 + sp.cos(u)) ** v,
)


@st.composite
def smooth(draw: Any) -> Any:
    """An expression of three letters that has derivatives of all orders, with parts that are used twice."""
    known = list(letters)
    for _ in range(draw(st.integers(2, 4))):
        piece = draw(st.sampled_from(SMOOTH))
        known.append(piece(draw(st.sampled_from(known)), draw(st.sampled_from(known))))
    return known[-1] + known[-2] * p


def derived(expression: Any, wrt: Any, order: int) -> Derivatives:
    graph, (value,), places = nodes_of([expression], wrt)
    return derivatives(graph, value, places, order)


@deterministic(30)
@given(smooth(), seeds)
def test_hessians_as_by_sympy_diff(expression: Any, seed: int) -> None:
    values, found = rational_point(seed), derived(expression, letters, 2)
    pairs = list(combinations_with_replacement(range(3), 2))
    expected = [evaluated(sp.diff(expression, letters[i], letters[j]), values) for i, j in pairs]
    check_all(numbers_at(found.graph, [found.entry(*pair) for pair in pairs], values), expected)
    expected = [evaluated(sp.diff(expression, letter), values) for letter in letters]
    check_all(numbers_at(found.graph, [found.entry(place) for place in range(3)], values), expected)
    check_all(numbers_at(found.graph, [found.entry()], values), [evaluated(expression, values)])


@deterministic(30)
@given(smooth(), seeds, st.sampled_from(ORDERS), st.sampled_from(ORDERS))
def test_the_whole_jacobian_of_a_gradient_is_symmetric(expression: Any, seed: int, first: str, second: str) -> None:
    graph, outputs, wrt = nodes_of([expression], letters)
    gradient = jacobian(graph, outputs, wrt, first)
    found = jacobian(gradient.graph, full(gradient), wrt, second)
    numbers = np.reshape(numbers_at(found.graph, full(found), rational_point(seed)), (3, 3))
    check_all(list(numbers.flat), list(numbers.T.flat))


@deterministic(12)
@given(smooth(), seeds)
def test_third_derivatives_as_by_sympy_in_any_order(expression: Any, seed: int) -> None:
    values, found = rational_point(seed), derived(expression, letters, 3)
    for index in ((0, 1, 2), (0, 0, 1), (1, 2, 2)):
        [number] = numbers_at(found.graph, [found.entry(*index)], values)
        for places in set(permutations(index)):
            assert found.entry(*places) == found.entry(*index)
            check_all([number], [evaluated(sp.diff(expression, *(letters[place] for place in places)), values)])


def test_each_mixed_partial_is_made_once_and_zeros_are_absent() -> None:
    found = derived(x**2 * y + sp.sin(z), [x, y, z], 3)
    assert [set(made) for made in found.by_order] == [
        {()},
        {(0,), (1,), (2,)},
        {(0, 0), (0, 1), (2, 2)},
        {(0, 0, 1), (2, 2, 2)},
    ]
    assert found.graph.keys[found.entry(1, 0, 0)][1] == 2
    assert found.entry(1, 1) == found.entry(0, 1, 2) == found.graph.zero
    assert found.order == 3
    assert found.operations == found.steps[-1].operations


def test_a_hessian_in_a_branch_is_finite_where_it_is_not_taken() -> None:
    curved = sp.Piecewise((x * sp.log(x) * y, x > 0), (y**2 * x, True))
    found = derived(curved, [x, y], 2)
    entries = [found.entry(*pair) for pair in ((0, 0), (0, 1), (1, 1))]
    assert in_floats(found.graph, entries, {x: 0.0, y: 3.0}) == [0.0, 6.0, 0.0]
    assert in_floats(found.graph, entries, {x: 2.0, y: 3.0}) == pytest.approx([1.5, np.log(2) + 1, 0])


def test_the_hessian_times_a_vector_agrees_with_the_hessian() -> None:
    expression, variables = ring(6)
    graph, (value,), wrt = nodes_of([expression], variables)
    found = hessian(graph, value, wrt)
    sheet = extended(found.graph)
    seeds_ = {node: sheet.constant(R(place + 2, 5)) for place, node in enumerate(wrt)}
    gradient = [found.entry(place) for place in range(6)]
    tangents = ForwardSweep(sheet, gradient, wrt).along(seeds_)
    values = {symbol: R(place + 1, 7) for place, symbol in enumerate(variables)}
    rows = [numbers_at(found.graph, [found.entry(i, j) for j in range(6)], values) for i in range(6)]
    with mp.workdps(70):
        products = [mp.fsum(mp.mpf(j + 2) / 5 * number for j, number in enumerate(row)) for row in rows]
    check_all(numbers_at(sheet, [tangents[node] for node in gradient], values), products)


def test_hessians_as_by_jax() -> None:
    jax = pytest.importorskip("jax")
    expression, variables = ring(8)
    function = sp.lambdify([variables], expression, "jax")
    at = np.linspace(-1, 1.3, 8)
    with jax.enable_x64(True):
        expected = np.asarray(jax.hessian(function)(jax.numpy.asarray(at)))
    found = derived(expression, variables, 2)
    entries = [found.entry(i, j) for i in range(8) for j in range(8)]
    numbers = in_floats(found.graph, entries, dict(zip(variables, at, strict=True)))
    assert np.reshape(numbers, (8, 8)) == pytest.approx(expected, rel=1e-13, abs=1e-13)


def test_a_hessian_by_a_matrix_is_refused() -> None:
    X = sp.MatrixSymbol("X", 2, 2)
    graph, (value,), wrt = nodes_of([sb.Total(X * X)], [X])
    with pytest.raises(sb.UnsupportedError, match="matrix of 2 x 2 by one of 2 x 2 would have four indices"):
        hessian(graph, value, wrt)


# --- what it takes: value, gradient and one triangle ---


def test_what_a_hessian_of_fifty_variables_takes() -> None:
    found = derived(*ring(50), 2)
    assert len(found.by_order[2]) == 1275
    assert [(step.order, step.operations) for step in found.steps] == [("eliminated", 1002), ("eliminated", 6532)]
    assert found.steps[1].counts == {"eliminated": 6532, "reverse": 15050, "forward": 6876}
    assert AS_WRITTEN.stable is False


def test_what_derivatives_of_a_correlation_energy_take() -> None:
    found = derived(*pbe(), 3)
    assert [step.operations for step in found.steps] == [369, 1509, 7413]
    assert [len(made) for made in found.by_order] == [1, 5, 15, 35]
