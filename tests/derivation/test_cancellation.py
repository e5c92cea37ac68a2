"""Cancelling and collecting: the same values in no more operations, read alike in print, in SymPy and in code."""

from __future__ import annotations

from collections import Counter
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings

import symbackprop as sb
from symbackprop import cost
from symbackprop.derivation import Sweep, cancellation, derive_equations, product_parts, shared_terms
from symbackprop.derivation.cancellation import collected
from symbackprop.graph import Graph, Node
from symbackprop.ops import ADD, DIV, GT, HEAVISIDE, MUL, SELECT, SUB

from ..expression_maker import case_of
from ..operations import EXACT, precise
from ..support import check_close, computed
from .gradient_support import networks

x, y, z, w, lamda = sp.symbols("x y z w lamda", real=True)
a, b = sp.symbols("a b", positive=True)
OF_SOFTPLUS = sp.log(1 + sp.exp(x * y)) / x


def left_by_the_sweep(sweep: Sweep) -> list[Node]:
    """The gradients as the sweep made them."""
    return list(sweep._swept[0])


def operations(graph: Graph, roots: list[Node]) -> Any:
    return cost.counted(graph, roots).total()


# --- the same in print, in SymPy and in code, also where x is 0 ---


def test_x_over_x_is_1_in_all_that_is_read() -> None:
    d = sb.derive(OF_SOFTPLUS, [x, y])
    assert d.expand(y) == sb.sigmoid(x * y)
    assert "= σ(x y)\n" in str(d.explain(y))
    assert dict(d.as_cse()[0])[d.adjoint_symbol(y)].func is sb.sigmoid
    assert d.compile()(np.array([0.0, 1.0]), 2.0)[1]["y"] == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])
    assert d.cost.total == 7


@pytest.mark.parametrize("method", ["backprop", "forward"])
@pytest.mark.parametrize(
    ("expression", "by", "expected"),
    [
        (x * y * z / x, y, z),
        (sp.log(x * y), y, 1 / y),
        (lamda * w**2 / 2, w, lamda * w),
        (sp.Rational(3, 4) * lamda * w**4, w, 3 * lamda * w**3),
        (sp.log(x**3), x, 3 / x),
        (x * y / 2 + x * y / 3, x, sp.Rational(5, 6) * y),
    ],
)
def test_what_a_derivative_is(expression: Any, by: Any, expected: Any, method: str) -> None:
    d = sb.derive(expression, [by], method)
    assert d.expand(by) == expected
    roots = [node for node in d.sweep.roots if node > d.loss_node]
    assert operations(d.graph, roots) <= operations(d.graph, left_by_the_sweep(d.sweep))


def test_errors_of_several_outputs_have_one_denominator() -> None:
    text = sb.derive(sb.Network([2, 2, 2], "tanh", "sigmoid", "bce")).formulas()
    assert "δ²₁ = ∂L/∂z²₁ = (a²₁ − y₁)/2\n" in text
    assert "/2 −" not in text


def test_matrices_meet_once() -> None:
    F = sp.MatrixSymbol("F", 3, 3)
    mu, K = sp.symbols("mu K")
    J = sp.Determinant(F)
    d = sb.derive(mu / 2 * (J ** sp.Rational(-2, 3) * sp.Trace(F.T * F) - 3) + K / 2 * (J - 1) ** 2, [F])
    terms = d.expand(F).args
    assert len(terms) == len({term.args[-1] for term in terms}) == 2
    at = np.eye(3) + 0.1 * np.random.default_rng(0).normal(size=(3, 3))
    found = d.compile()(at, mu=1.3, K=20.0)[1]["F"]
    size, inverse = np.linalg.det(at), np.linalg.inv(at).T
    by_hand = 1.3 * size ** (-2 / 3) * (at - np.sum(at**2) / 3 * inverse) + 20 * (size - 1) * size * inverse
    assert found == pytest.approx(by_hand)


def test_sums_of_transposes_meet() -> None:
    n, m = sp.symbols("n m")
    v, one = sp.MatrixSymbol("v", n, 1), sp.OneMatrix(n, 1)
    d = sb.derive(sp.Trace((v - m * one).T * (v - m * one)), [m, v])
    text = str(d.explain("m"))
    assert "= −2 Σ(−m + v)\n" in text
    assert "mᵀ" not in text
    _, found = d.compile()(3.0, np.array([1.0, 2.0, 5.0]))
    assert (found["m"], list(found["v"])) == (2.0, [-4.0, -2.0, 4.0])


# --- what must stay ---


def test_what_is_0_along_a_stretch_does_not_cancel() -> None:
    ends, found = np.array([-1.0, 2.0]), {}
    for name, step in (("relu", sb.relu(x)), ("max", sp.Max(x, 0))):
        found[name] = sb.derive(sp.log(step * y), [y]).compile()(y=3.0, x=ends)[1]["y"]
    assert all(np.isnan(values[0]) and values[1] == pytest.approx(1 / 3) for values in found.values())


def test_missing_pieces_stay_undefined() -> None:
    piece = sp.Piecewise((x**2, x > 0))
    for whole in (piece * y / x, piece + x * y - y, (piece - x) / y):
        values = sb.derive(whole, [x, y]).compile()(np.array([-1.0, 2.0]), 3.0)[1]
        assert np.isnan(values["x"]).tolist() == [True, False], whole


def test_choices_keep_their_guards() -> None:
    d = sb.derive(sp.Piecewise((x * sp.log(x) / x, x > 0), (0, True)) * 2 / y, [x, y])
    values = d.compile()(np.array([0.0, 2.0]), 4.0)[1]
    assert values["x"] == pytest.approx([0.0, 0.25])


def test_names_are_not_looked_into() -> None:
    s, t, L = sp.symbols("s t L", real=True)
    d = sb.derive([(s, x * y), (t, s / x), (L, t * s)], [x, y])
    assert d.expand(y) == 2 * x * y
    assert d.adjoint(s).has(t)


def test_a_shared_product_is_not_written_anew() -> None:
    """(p q r)/(p s) would be (q r)/s, but where p q r and p s are there anyway, that is an operation more."""
    graph = Graph()
    p, q, r, s = (graph.symbol(sp.Symbol(name)) for name in "pqrs")
    loss = graph.sum([p, q, r, s])
    above, below = graph.product(graph.product(p, q), r), graph.product(p, s)
    whole = graph.make((DIV, above, below))
    assert collected(graph, loss, [whole, above, below]) == {}
    moved = collected(graph, loss, [whole])[whole]
    assert graph.keys[moved][0] is DIV
    assert operations(graph, [moved]) == 2


def test_terms_that_cancel_vanish() -> None:
    graph = Graph()
    p, q = (graph.symbol(sp.Symbol(name)) for name in "pq")
    loss = graph.sum([p, q])
    term = graph.product(p, q)
    triple = graph.sum([graph.mul(graph.constant(sp.Integer(3)), term), p])
    for whole in (graph.make((SUB, graph.make((ADD, term, p)), term)), graph.make((SUB, triple, triple))):
        [moved] = collected(graph, loss, [whole]).values()
        assert moved in (p, graph.zero)
    nan = graph.undefined([p])
    missing = graph.make((SELECT, graph.make((GT, p, graph.zero)), term, nan))
    assert collected(graph, loss, [graph.make((SUB, graph.make((ADD, missing, p)), missing))]) == {}


def test_a_step_is_no_factor_that_cancels() -> None:
    graph = Graph()
    p, q = (graph.symbol(sp.Symbol(name)) for name in "pq")
    loss = graph.sum([p, q])
    step = graph.make((HEAVISIDE, p, graph.zero))
    whole = graph.make((DIV, graph.make((MUL, q, step)), step))
    assert collected(graph, loss, [whole]) == {}


def test_the_whole_stays_where_it_would_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "is_saved", lambda operations: False)
    d = sb.derive(OF_SOFTPLUS, [x, y])
    assert list(d.gradient_nodes.values()) == left_by_the_sweep(d.sweep)


def test_sympys_ways_stay_its_own() -> None:
    d = sb.derive(x * y * z / (1 + x) + y / (1 + x), [y], "naive")
    assert d.expand(y) == (x * y * z / (1 + x) + y / (1 + x)).diff(y)


# --- random expressions and nets: the same values, never more operations ---


def check(sweep: Sweep, values: dict[Any, Any]) -> int:
    """Compare gradients with those that the sweep left; how many operations are saved."""
    graph, before, after = sweep.graph, left_by_the_sweep(sweep), list(sweep.gradient_nodes.values())
    saved = operations(graph, [sweep.loss_node, *before]) - operations(graph, [sweep.loss_node, *after])
    assert saved >= 0
    with mp.workdps(70):
        exact = {symbol: precise(value) for symbol, value in values.items()}
        for old, new in zip(before, after, strict=True):
            expected = None if old == new else value_of(graph, old, exact)
            if expected is not None:
                check_close(value_of(graph, new, exact), expected)
    return int(saved)


def value_of(graph: Graph, node: Node, exact: dict[Any, Any]) -> Any:
    """The value of a node; None where it is undefined, not real, or of a function that we have no numbers of."""
    try:
        value = computed(graph, [node], exact, EXACT)[0]
    except (KeyError, TypeError, ZeroDivisionError, ValueError, OverflowError):
        return None
    return value if mp.isfinite(value) and not mp.im(value) else None


@pytest.mark.parametrize("first", range(400, 440, 10))
def test_random_expressions(first: int) -> None:
    saved = 0
    for seed in range(first, first + 10):
        case = case_of(seed)
        if not case.has_floats:
            saved += check(sb.derive(case.what, list(case.point)).sweep, case.point)
    assert saved > 0


@given(networks(depth=3, width=3))
@settings(max_examples=25, deadline=None)
def test_random_networks(net: sb.Network) -> None:
    for method in ("backprop", "forward"):
        sweep = sb.derive(net, method=method).sweep
        check(sweep, {symbol: sp.Rational(3 * place + 2, 7) for place, symbol in enumerate(sweep.graph.symbols)})


RATIONAL = (
    (x * y + y * z) / (x * z) * x,
    (x**2 * y - 3 * x * y**2) / (2 * x * y),
    x * (y - z) / (x + y) - x * (z - y) / (x + y),
    (x / y + z / y) ** 3 / x**2,
    sp.sqrt(x**2 * y / z) * z / x,
    (2 * x - 4 * y) ** 2 / (6 * x * y) + x / (3 * y),
)


@pytest.mark.parametrize("expression", RATIONAL)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_against_sympy(expression: Any, method: str) -> None:
    symbols = [symbol for symbol in (x, y, z) if symbol in expression.free_symbols]
    d = sb.derive(expression, symbols, method)
    point = {x: sp.Rational(7, 3), y: sp.Rational(5, 4), z: sp.Rational(11, 8)}
    for symbol in symbols:
        ours, sympys = d.expand(symbol), expression.diff(symbol)
        assert abs((ours - sympys).xreplace(point).evalf(60)) < sp.Float(10) ** -40
    check(d.sweep, point)


# --- time ---


def work(steps: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Parts of nodes that are looked at, and nodes that are made, where so many steps are nested."""
    found: Counter[str] = Counter()

    def counting(*given: Any) -> Any:
        factors = product_parts.factors_of(*given)
        found["parts"] += len(factors.parts)
        return factors

    value: Any = x
    for step in range(steps):
        value = (sp.sin, sp.atan)[step % 2](y * value / (2 * w) + value, evaluate=False)
    sweep = derive_equations([(sp.Symbol("L"), value)], [x, y, w])
    swept = len(sweep._given.keys)
    with monkeypatch.context() as patch:
        for module in (cancellation, shared_terms):
            patch.setattr(module, "factors_of", counting)
        found["made"] = len(sweep.graph.keys) - swept
    return found


def test_time_grows_with_the_graph_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    half, whole = (work(steps, monkeypatch) for steps in (1000, 2000))
    assert min(half.values()) > 1000
    assert all(whole[kind] < 2.1 * half[kind] for kind in half)


def test_a_number_that_all_users_of_a_shared_part_undo() -> None:
    x, y, z = sp.symbols("x y z", real=True)
    distance = 1 / sp.sqrt(x**2 + y**2 + z**2)
    found = sb.derive(distance)
    assert found.cost.total == 15
    told = str(found.gradients)
    assert "½" not in told
    assert "∂L/∂x = −L² x/√(x² + y² + z²)" in told
    point = {x: sp.Rational(3, 7), y: sp.Rational(-5, 3), z: sp.Rational(2, 9)}
    for symbol in (x, y, z):
        exact = sp.N(distance.diff(symbol).subs(point), 40)
        assert abs(sp.N(found.expand(symbol).subs(point), 40) - exact) < sp.Float("1e-38")


def test_a_number_stays_where_one_of_its_users_needs_it() -> None:
    x, y, u = sp.symbols("x y u", real=True)
    shared = sp.sqrt(x**2 + y**2 + u)
    found = sb.derive(1 / shared)
    point = {x: sp.Rational(3, 7), y: sp.Rational(-5, 3), u: sp.Rational(2, 9)}
    for symbol in (x, y, u):
        exact = sp.N((1 / shared).diff(symbol).subs(point), 40)
        assert abs(sp.N(found.expand(symbol).subs(point), 40) - exact) < sp.Float("1e-38")
