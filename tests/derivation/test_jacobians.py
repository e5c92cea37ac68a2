"""Jacobians by elimination, forward and reverse: against SymPy's diff, JAX, finite branches and one another."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.derivation.backprop import adjoints, pulled_back
from symbackprop.derivation.chain_rule import extended
from symbackprop.derivation.jacobians import derivatives, jacobian
from symbackprop.derivation.lowered_equations import Care
from symbackprop.derivation.order_choice import sheet_of

from ..expression_maker import case_of
from ..support import check_close, close, deterministic, evaluated, in_floats, slow_unless
from .bicycle_support import bicycle
from .gradient_support import check_all, letters, rational_point, seeds, systems
from .jacobian_support import ORDERS, arm, banded, equations_nodes, full, jacobian_of, nodes_of, numbers_at
from .test_forward_mode import KINKS
from .test_guards import GUARDED

R = sp.Rational
x, y, z, s, t = sp.symbols("x y z s t", real=True)
p, q, r = letters


def written_out(equations: list[Any]) -> list[Any]:
    """Each equation in the letters alone."""
    known: dict[Any, Any] = {}
    for symbol, expression in equations:
        known[symbol] = expression.xreplace(known)
    return list(known.values())


@deterministic(60)
@given(systems(), seeds, st.sampled_from(ORDERS))
def test_random_systems_as_by_sympy_diff(equations: list[Any], seed: int, order: str) -> None:
    exprs, values = written_out(equations), rational_point(seed)
    found = jacobian(*equations_nodes(equations, letters), order)
    expected = [evaluated(sp.diff(one, letter), values) for one in exprs for letter in letters]
    check_all(numbers_at(found.graph, full(found), values), expected)


@slow_unless(lambda seed: seed < 40)
@pytest.mark.parametrize("seed", range(20, 64))
@pytest.mark.parametrize("care", [Care(False, False), Care(True, True)], ids=["as written", "stable"])
def test_three_orders_agree_with_one_sweep_for_each_output(seed: int, care: Care) -> None:
    """Over the whole vocabulary: several expressions on one graph, with choices, kinks and undefined pieces."""
    cases = [case_of(seed), case_of(seed + 500)]
    equations = [pair for place, case in enumerate(cases) for pair in _renamed(case.equations, place)]
    point = cases[0].point | cases[1].point
    try:
        graph, outputs, wrt = equations_nodes(equations, list(point), care)
    except sb.SymbackpropError:
        pytest.skip("refused by name")
    if any(_number(graph, output, point) is None for output in outputs):
        pytest.skip("no real number there")
    sheet = sheet_of(graph)
    swept = [pulled_back(sheet, {output: sheet.one}, wrt) for output in outputs]
    expected = [_number(sheet, found.get(node, sheet.zero), point) for found in swept for node in wrt]
    for order in ORDERS:
        made = jacobian(graph, outputs, wrt, order)
        for node, wanted in zip(full(made), expected, strict=True):
            if wanted is not None:
                number = _number(made.graph, node, point)
                assert number is not None
                digits = 13 if any(case.has_floats for case in cases) else 35  # SymPy folds floats to 15 digits
                assert (mp.isnan(number) and mp.isnan(wanted)) or number == wanted or close(number, wanted, digits)


def _renamed(equations: Any, place: int) -> list[Any]:
    names = {symbol: sp.Symbol(f"{symbol.name}_{place}", real=True) for symbol, _ in equations}
    return [(names[symbol], expression.xreplace(names)) for symbol, expression in equations]


def _number(graph: Any, node: Any, point: dict[Any, Any]) -> Any:
    """None where the oracle has no such function, or a number on the way is infinite or not real."""
    try:
        return numbers_at(graph, [node], point)[0]
    except (KeyError, ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("expression", "point", "expected"), GUARDED, ids=str)
def test_a_branch_not_taken_spoils_nothing(order: str, expression: Any, point: Any, expected: Any) -> None:
    """Alone, and beside outputs that use the same parts outright."""
    wrt = list(expected)
    found = jacobian_of([expression, 2 * expression + x, sp.log(x) * x], wrt, order)
    rows = [full(found)[len(wrt) * row :][: len(wrt)] for row in range(2)]
    assert in_floats(found.graph, rows[0], point) == pytest.approx(list(expected.values()))
    twice = [2 * value + (symbol == x) for symbol, value in expected.items()]
    assert in_floats(found.graph, rows[1], point) == pytest.approx(twice)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", KINKS)
def test_kinks_and_branches_as_by_backprop(name: str, order: str) -> None:
    expression, point = KINKS[name]
    graph, outputs, wrt = nodes_of([expression, expression**2], sorted(point, key=str))
    found = jacobian(graph, outputs, wrt, order)
    sheet = extended(graph)
    swept = [adjoints(sheet, output, wrt)[node] for output in outputs for node in wrt]
    expected = in_floats(sheet, [sheet.zero if node is None else node for node in swept], point)
    assert in_floats(found.graph, full(found), point) == pytest.approx(expected, rel=1e-15)
    assert np.isfinite(expected).all()


ROOT_OF_A_BRANCH = sp.sqrt(sp.Piecewise((x**2 * y, x > 0), (0, True)))


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_switched_off_stays_0_under_a_root(order: str) -> None:
    """The root has an infinite slope at 0, where nothing that it is made of varies."""
    found = jacobian_of([ROOT_OF_A_BRANCH], [x, y], order)
    assert in_floats(found.graph, full(found), {x: -1.0, y: 2.0}) == [0.0, 0.0]
    assert in_floats(found.graph, full(found), {x: 2.0, y: 4.0}) == pytest.approx([2.0, 0.5])


@pytest.mark.parametrize("order", ORDERS)
def test_an_undefined_piece_is_undefined_in_its_own_row(order: str) -> None:
    piece = sp.Piecewise((x**2 * y, x > 0))
    found = jacobian_of([piece * z, x * y + z, piece], [x, y, z], order)
    inside, outside = (in_floats(found.graph, full(found), {x: v, y: 3.0, z: 5.0}) for v in (2.0, -2.0))
    assert inside == pytest.approx([60, 20, 12, 3, 2, 1, 12, 4, 0])
    assert np.isnan([outside[place] for place in (0, 1, 6, 7)]).all()
    assert outside[3:6] == [3, -2, 1]
    assert outside[8] == 0


@pytest.mark.parametrize("order", ORDERS)
def test_the_power_of_a_quotient_is_differentiated_at_0(order: str) -> None:
    """(x/y)**s by x, y and s where x is 0, as one sweep has it."""
    h, a, k = sp.symbols("h a k", positive=True)
    graph, outputs, wrt = nodes_of([(h / a) ** k, h * (h / a) ** k], [h, a, k])
    found, sheet = jacobian(graph, outputs, wrt, order), extended(graph)
    expected = [adjoints(sheet, output, wrt)[node] for output in outputs for node in wrt]
    for point in ({h: 0.0, a: 2.0, k: 1.5}, {h: 0.25, a: 2.0, k: 0.5}):
        assert in_floats(found.graph, full(found), point) == pytest.approx(in_floats(sheet, expected, point))


@pytest.mark.parametrize("order", ORDERS)
def test_accurate_derivatives_keep_their_digits(order: str) -> None:
    found = jacobian_of([sb.sigmoid(x), sp.tanh(x) * y], [x], order, Care(accurate=True))
    slopes = in_floats(found.graph, full(found), {x: 40.0, y: 1.0})
    assert slopes == pytest.approx([float(mp.exp(-40)), float(4 * mp.exp(-80))], rel=1e-12)


# --- outputs and what they are differentiated by ---


@pytest.mark.parametrize("order", [*ORDERS, None])
def test_outputs_may_be_in_one_another_equal_constant_or_a_symbol(order: str | None) -> None:
    inner = sp.sin(x * y)
    found = jacobian_of([inner, inner**2 + x, inner, sp.Integer(3), x, sp.exp(z)], [x, y, s], order)
    expected = sp.Matrix([inner, inner**2 + x, inner, 3, x, sp.exp(z)]).jacobian([x, y, s])
    values = {x: R(1, 3), y: R(5, 7), z: R(2), s: R(1)}
    check_all(numbers_at(found.graph, full(found), values), [evaluated(entry, values) for entry in expected])
    assert set(found.entries) == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (4, 0)}
    assert found.shape == (6, 3)


@pytest.mark.parametrize("order", ORDERS)
def test_a_part_is_differentiated_by_like_a_symbol(order: str) -> None:
    """By u = x y and by x itself, which u is made of: d/dx goes through u as well."""
    equations = [(s, x * y), (t, sp.sin(s) + x), (z, s**2)]
    graph, (part, first, second), (place, _) = equations_nodes(equations, [x, y])
    found = jacobian(graph, [first, second, part], [part, place], order)
    u = x * y
    expected = [sp.cos(u), y * sp.cos(u) + 1, 2 * u, 2 * x * y**2, 1, y]
    values = {x: R(1, 3), y: R(5, 7)}
    check_all(numbers_at(found.graph, full(found), values), [evaluated(sp.S(one), values) for one in expected])


@pytest.mark.parametrize("order", ORDERS)
def test_a_part_in_a_branch_is_guarded(order: str) -> None:
    """By a quantity that is used in a branch alone: 0 where the branch is not taken."""
    equations = [(s, sp.log(x)), (t, s * y), (z, sp.Piecewise((t, x > 0), (y, True)))]
    graph, (part, inner, output), wrt = equations_nodes(equations, [x, y])
    found = jacobian(graph, [output], [part, inner, *wrt], order)
    pulled = pulled_back(graph, {output: graph.one}, [part, inner, *wrt])
    for made, nodes in ((found.graph, full(found)), (graph, list(pulled.values()))):
        assert in_floats(made, nodes, {x: 0.0, y: 3.0}) == [0, 0, 0, 1]
        assert in_floats(made, nodes, {x: 2.0, y: 3.0}) == pytest.approx([3, 1, 1.5, np.log(2)])


def test_nothing_to_differentiate_leaves_nothing() -> None:
    graph, outputs, wrt = nodes_of([sp.Integer(2), y], [x])
    assert jacobian(graph, outputs, wrt).entries == {}
    assert jacobian(graph, [], wrt).entries == {}
    assert jacobian(graph, outputs, []).entries == {}
    assert [dict(made) for made in derivatives(graph, outputs[0], wrt, 3).by_order[1:]] == [{}, {}, {}]


def test_entries_that_are_0_are_absent_and_constants_are_numbers() -> None:
    found = jacobian_of([2 * x + sp.floor(y), x - x * y / y, sp.sign(y) * z], [x, y, z])
    named = {place: found.graph.keys[node][1] for place, node in found.entries.items() if place != (2, 2)}
    assert named[0, 0] == 2
    assert {(0, 0), (2, 2)} <= set(found.entries) <= {(0, 0), (1, 0), (1, 1), (2, 2)}


def test_the_graph_that_was_given_stays_as_it_is() -> None:
    graph, outputs, wrt = nodes_of([sp.sin(x * y), sp.exp(x) * y], [x, y])
    before = list(graph.keys)
    found = jacobian(graph, outputs, wrt)
    assert graph.keys == before
    assert found.graph.keys[: len(before)] == before


@pytest.mark.parametrize("order", ORDERS)
def test_depth_is_no_limit(order: str) -> None:
    inner = x
    equations = []
    for number in range(2500):
        name = sp.Symbol(f"e{number}", real=True)
        equations.append((name, sp.sin(inner) * y + inner))
        inner = name
    lowering, wrt = sb.derivation.lowered_equations.lowered(equations, [x, y], Care(False, False))
    outputs = [lowering.quantities[equations[place][0]] for place in (1200, -1)]
    found = jacobian(lowering.graph, outputs, wrt, order)
    sheet = extended(lowering.graph)
    expected = [adjoints(sheet, output, wrt)[node] for output in outputs for node in wrt]
    point = {x: 0.3, y: 0.01}
    assert in_floats(found.graph, full(found), point) == pytest.approx(in_floats(sheet, expected, point), rel=1e-9)


# --- products with vectors ---


@deterministic(40)
@given(systems(), seeds)
def test_adjoints_of_several_outputs_pull_back_together(equations: list[Any], seed: int) -> None:
    """Seeds are numbers other than 1, and one is made of what is differentiated by, yet is not differentiated."""
    exprs, values = written_out(equations), rational_point(seed)
    graph, (carrier, *outputs), wrt = equations_nodes([(s, p * q), *equations], letters)
    upstream = {output: graph.constant(R(2 * place - 3, 7)) for place, output in enumerate(outputs)}
    upstream[outputs[-1]] = carrier
    pulled = pulled_back(graph, upstream, wrt)
    factors = {output: numbers_at(graph, [seed_], values)[0] for output, seed_ in upstream.items()}
    for node, letter in zip(wrt, letters, strict=True):
        with mp.workdps(70):
            expected = mp.fsum(
                factors[output] * evaluated(sp.diff(expression, letter), values)
                for output, expression in zip(outputs, exprs, strict=True)
            )
        check_close(numbers_at(graph, [pulled.get(node, graph.zero)], values)[0], expected, what=letter)


def test_pulling_back_through_a_branch_and_an_undefined_piece() -> None:
    guarded, piece = sp.Piecewise((sp.log(x), x > 0), (0, True)), sp.Piecewise((y * z, z > 0))
    graph, outputs, wrt = nodes_of([guarded, x * y, piece], [x, y])
    pulled = pulled_back(graph, {output: graph.symbol(t) for output in outputs}, wrt)
    found = [pulled[node] for node in wrt]
    assert in_floats(graph, found, {x: 0.0, y: 2.0, z: 3.0, t: 5.0}) == [10.0, 15.0]
    by_x, by_y = in_floats(graph, found, {x: 4.0, y: 2.0, z: -3.0, t: 5.0})
    assert by_x == pytest.approx(5 / 4 + 10)
    assert np.isnan(by_y)


# --- against JAX ---


def test_the_jacobian_of_an_arm_as_by_jax() -> None:
    jax = pytest.importorskip("jax")
    pose, joints = arm()
    others = sorted(sp.Matrix(pose).free_symbols - set(joints), key=str)
    fixed = {symbol: 0.1 * place + 0.2 for place, symbol in enumerate(others)}
    function = sp.lambdify([joints], [one.xreplace(fixed) for one in pose], "jax")
    at = np.linspace(-1, 1.2, 7)
    with jax.enable_x64(True):
        expected = np.stack(jax.jacfwd(lambda q: jax.numpy.stack(function(q)))(jax.numpy.asarray(at)))
    point = {**fixed, **dict(zip(joints, at, strict=True))}
    for order in ORDERS:
        found = jacobian_of(pose, joints, order)
        assert np.reshape(in_floats(found.graph, full(found), point), (12, 7)) == pytest.approx(expected, abs=1e-14)


# --- matrices: whole nodes ---

W, v = sp.MatrixSymbol("W", 2, 3), sp.MatrixSymbol("v", 3, 1)


def test_numbers_by_matrices_are_swept_back_and_matrices_by_numbers_forward() -> None:
    loss = sb.Total(W * v) * x + x**2
    graph, outputs, (by_matrix, by_number) = nodes_of([loss, x * y], [W, x])
    back = jacobian(graph, outputs, [by_matrix, by_number])
    assert (back.order, set(back.counts)) == ("reverse", {"reverse"})
    assert back.graph.shape(back.entries[0, 0]) == (2, 3)
    assert set(back.entries) == {(0, 0), (0, 1), (1, 1)}
    graph, outputs, (place,) = nodes_of([W * v * x, sp.sin(x) * v], [x])
    forward = jacobian(graph, outputs, [place])
    assert forward.order == "forward"
    assert [forward.graph.shape(node) for node in forward.entries.values()] == [(2, 1), (3, 1)]


def test_matrices_inside_leave_both_sweeps_which_agree() -> None:
    exprs = [sb.Total(W * v * sp.sin(x)) * y, sp.Determinant(sp.MatrixSymbol("M", 2, 2) * x) * z]
    graph, outputs, wrt = nodes_of(exprs, [x, y, z])
    found = [jacobian(graph, outputs, wrt, order) for order in ("reverse", "forward")]
    assert found[0].entries.keys() == found[1].entries.keys()
    assert set(jacobian(graph, outputs, wrt).counts) == {"reverse", "forward"}


def test_a_matrix_by_a_matrix_is_refused() -> None:
    graph, outputs, wrt = nodes_of([W * v], [W])
    with pytest.raises(sb.UnsupportedError, match="matrix of 2 x 1 by one of 2 x 3 would have four indices"):
        jacobian(graph, outputs, wrt)


# --- what it takes ---


def test_the_arm_takes_fewer_operations_than_forward_and_reverse() -> None:
    found = jacobian_of(*arm())
    assert found.counts == {"eliminated": 813, "reverse": 1028, "forward": 1004}
    assert (found.order, found.operations) == ("eliminated", 813)


@pytest.mark.slow
def test_the_bicycle_takes_a_fifth_fewer_operations_than_forward_and_reverse() -> None:
    found = jacobian_of(*bicycle())
    assert found.shape == (6, 10)
    assert found.counts == {"eliminated": 7775, "reverse": 9863, "forward": 11202}
    values = {symbol: R(place % 5 + 2, 7 + place % 3) for place, symbol in enumerate(found.graph.symbols)}
    reverse = jacobian_of(*bicycle(), "reverse")
    check_all(numbers_at(found.graph, full(found), values), numbers_at(reverse.graph, full(reverse), values))


def test_a_banded_jacobian_is_sparse_and_linear() -> None:
    exprs, columns = banded(1000, 60)
    found = jacobian_of(exprs, columns)
    assert len(found.entries) == 4000
    assert len(found.graph.keys) < 12 * len(exprs)
    values = {symbol: R(place % 7 + 1, 9) for place, symbol in enumerate(columns)}
    for row in (0, 517, 999):
        places = [place for place in found.entries if place[0] == row]
        numbers = numbers_at(found.graph, [found.entries[place] for place in places], values)
        check_all(numbers, [evaluated(sp.diff(exprs[row], columns[column]), values) for _, column in places])
