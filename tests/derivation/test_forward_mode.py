"""Forward mode: gradients by sweeps of tangents, as backprop and SymPy's diff find them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.derivation import Sweep, derive_equations
from symbackprop.networks import ACTIVATIONS, LOSSES, Network

from ..matrix_support import shape_of
from ..support import (
    as_sympy,
    check_close,
    deterministic,
    evaluated,
    high_precision,
    in_floats,
    one_of_each,
    outputs_of,
    sample_of,
    slow_unless,
)
from ..zoo import ENTRY, entrywise
from .gradient_support import (
    check_all,
    computed_at,
    derived,
    elementary,
    networks,
    rational_point,
    seeds,
    systems,
    tail,
)

R = sp.Rational
x, y, z, u, L = sp.symbols("x y z u L", real=True)


def forward(equations: list[Any], wrt: Any) -> Sweep:
    derivation: Sweep = derive_equations(equations, wrt, "forward")
    return derivation


@deterministic(40)
@given(networks(depth=3, width=3), seeds)
def test_networks_as_by_backprop(net: Network, seed: int) -> None:
    values = sample_of(net, seed)
    methods = [derived(net, method) for method in ("forward", "backprop")]
    found, expected = ([d.loss_node, *d.gradient_nodes.values()] for d in methods)
    check_all(computed_at(methods[0], found, values), computed_at(methods[1], expected, values))


@slow_unless(one_of_each)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_activation_and_loss_as_by_backprop(hidden: str, loss: str) -> None:
    for output in outputs_of(loss):
        net = Network([2, 2, 2], hidden, output, loss)
        methods = [derived(net, method) for method in ("forward", "backprop")]
        found = [computed_at(d, list(d.gradient_nodes.values()), sample_of(net, seed=3)) for d in methods]
        check_all(*found)


@deterministic(20)
@given(networks(depth=2, width=2), seeds, st.data())
def test_networks_as_by_sympy_diff(net: Network, seed: int, data: Any) -> None:
    derivation, values = derived(net, "forward"), sample_of(net, seed)
    for parameter in data.draw(st.lists(st.sampled_from(net.parameters), min_size=1, max_size=2, unique=True)):
        expected = evaluated(sp.diff(elementary(net), parameter), values)
        [found] = computed_at(derivation, [derivation.gradient_nodes[parameter]], values)
        check_close(found, expected, what=(net, parameter))


@deterministic(80)
@given(systems(), seeds)
def test_random_equations_as_by_sympy_diff_and_by_backprop(equations: list[Any], seed: int) -> None:
    loss, values = tail(equations, -1), rational_point(seed)
    wrt = sorted(loss.free_symbols, key=str)
    derivation = forward(equations, wrt)
    backward = derive_equations(equations, wrt)
    found = computed_at(derivation, list(derivation.gradient_nodes.values()), values)
    check_all(found, computed_at(backward, list(backward.gradient_nodes.values()), values))
    check_all(found, [evaluated(sp.diff(loss, symbol), values) for symbol in wrt])


@deterministic(30)
@given(systems(), seeds)
@high_precision
def test_tangents_in_named_quantities_mean_what_they_say(equations: list[Any], seed: int) -> None:
    """`tangent` of every quantity along every symbol; `tangent_chain` adds up to it."""
    values = rational_point(seed)
    wrt = sorted(tail(equations, -1).free_symbols, key=str)
    derivation = forward(equations, wrt)
    lines = dict(values)
    for line in derivation.definitions:
        lines[line.symbol] = as_sympy(evaluated(derivation.sympy(line.node), lines))
    written: dict[Any, Any] = {}
    for symbol, expression in equations:
        written[symbol] = expression.xreplace(written)
        for parameter in wrt:
            expected = evaluated(sp.diff(written[symbol], parameter), values)
            check_close(evaluated(derivation.tangent(symbol, parameter), lines), expected, what=(symbol, parameter))
            if derivation.tangent(symbol, parameter) != 0:
                terms = [derivation.sympy(s.contribution) for s in derivation.tangent_chain(symbol, parameter)]
                check_close(mp.fsum(evaluated(term, lines) for term in terms), expected, what=(symbol, parameter))


@pytest.mark.slow
def test_depth_and_sharing_are_no_limit() -> None:
    nested = [(sp.Symbol("e0", real=True), x)]
    for number in range(1, 1500):
        before = nested[-1][0]
        nested.append((sp.Symbol(f"e{number}", real=True), sp.sin(before) * sp.cos(before)))
    derivation, backward = forward(nested, [x]), derive_equations(nested, [x])
    [found] = computed_at(derivation, [derivation.gradient_nodes[x]], {x: R(3, 10)})
    [expected] = computed_at(backward, [backward.gradient_nodes[x]], {x: R(3, 10)})
    check_close(found, expected)
    assert derivation.cost.total < 10 * len(nested)


KINKS = {
    "relu": (sb.relu(x) * y, {x: 0.0, y: 2.0}),
    "abs": (sp.Abs(x) + y * x, {x: 0.0, y: 2.0}),
    "leaky": (sb.leaky_relu(x, R(1, 10)) * y, {x: 0.0, y: 2.0}),
    "max of two": (sp.Max(x, y) * 3, {x: 1.5, y: 1.5}),
    "max of three": (sp.Max(x, y, z) + x, {x: 1.5, y: 1.5, z: 1.5}),
    "min": (sp.Min(x, y, 2) * x, {x: 2.0, y: 2.0}),
    "log": (sp.Piecewise((x * sp.log(x), x > 0), (y, True)), {x: 0.0, y: 1.0}),
    "sqrt": (sp.Piecewise((sp.sqrt(x) * y, x > 0), (x * y, True)), {x: 0.0, y: 1.0}),
    "quotient": (sp.Piecewise((y / x, sp.Ne(x, 0)), (x + y, True)) ** 2, {x: 0.0, y: 3.0}),
    "nested": (sp.Piecewise((sp.Piecewise((sp.log(x), x > 1), (x, True)), x > 0), (x * y, True)), {x: 0.0, y: 3.0}),
    "chain": (sp.exp(sp.Piecewise((1 / x, x > 0), (0, True))) * y, {x: 0.0, y: 3.0}),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_and_branches_as_by_backprop(name: str) -> None:
    expression, point = KINKS[name]
    wrt = sorted(point, key=str)
    one, other = forward([(L, expression)], wrt), derive_equations([(L, expression)], wrt)
    expected = in_floats(other.graph, list(other.gradient_nodes.values()), point)
    assert in_floats(one.graph, list(one.gradient_nodes.values()), point) == expected
    assert np.isfinite(expected).all()


@pytest.mark.parametrize("name", KINKS)
def test_compiled_kinks_and_branches(name: str) -> None:
    expression, point = KINKS[name]
    wrt = sorted(point, key=str)
    named = {symbol.name: value for symbol, value in point.items()}
    one, other = (sb.derive(expression, wrt, method).compile()(**named) for method in ("forward", "backprop"))
    assert one == other
    assert np.isfinite([one[0], *one[1].values()]).all()
    direction = {symbol: R(3 * place + 2, 7) for place, symbol in enumerate(wrt)}
    value, along = sb.jvp(expression, direction).compile()(**named)
    assert value == other[0]
    assert along == pytest.approx(sum(float(v) * other[1][s.name] for s, v in direction.items()), abs=1e-14)


def batched() -> Iterator[tuple[Any, list[Any]]]:
    c = sp.Symbol("c", real=True)
    v, M = sp.MatrixSymbol("v", 3, 1), sp.MatrixSymbol("M", 2, 3)
    yield sb.Total(entrywise(sp.sin(u * ENTRY), M * v)) * c + u**2 * c**2, [v]
    yield sp.sin(x * u) * c + x**2, [x]
    yield sp.Trace(v * v.T) * u + sp.exp(c * u), [v]


@pytest.mark.parametrize(("loss", "batch"), list(batched()))
def test_a_batch_by_forward_mode_is_the_mean_of_backprop(loss: Any, batch: list[Any]) -> None:
    wrt = [s for s in (u, sp.Symbol("c", real=True)) if loss.has(s)]
    one, other = (sb.derive(loss, wrt, method) for method in ("forward", "backprop"))
    functions = [derivation.compile(batch=batch) for derivation in (one, other)]
    random = np.random.default_rng(0)
    given_ = {s.name: random.normal(size=shape_of(s)) if s.is_Matrix else 0.7 for s in one.graph.symbols}
    for symbol in batch:
        given_[symbol.name] = random.normal(size=(5, *(shape_of(symbol) if symbol.is_Matrix else ())))
    found, expected = (function(**given_) for function in functions)
    assert found[0] == pytest.approx(expected[0], rel=1e-13)
    assert found[1] == pytest.approx(expected[1], rel=1e-12)
    single = sb.derive(loss, wrt, "forward").compile(batch=None)
    each = [single(**{**given_, **{s.name: given_[s.name][i] for s in batch}}) for i in range(5)]
    assert found[0] == pytest.approx(np.mean([value for value, _ in each]))
    for name, number in found[1].items():
        assert number == pytest.approx(np.mean([gradients[name] for _, gradients in each]))
