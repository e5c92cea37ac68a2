"""Gradients of random networks: against SymPy's diff, against differences of the textbook loss, and each other."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symbackprop.derivation import Sweep, derive_equations
from symbackprop.networks import Network

from ..support import (
    as_sympy,
    by_name,
    central_difference,
    check_close,
    check_second_order,
    deterministic,
    evaluated,
    high_precision,
    loss_value,
    sample_of,
)
from .gradient_support import check_all, computed_at, derived, elementary, letters, networks, seeds, systems, tail

R = sp.Rational


@pytest.mark.slow
@deterministic(60)
@given(networks(depth=2, width=2), seeds, st.data())
def test_written_out_equals_sympy_diff(net: Network, seed: int, data: Any) -> None:
    derivation, values = derived(net), sample_of(net, seed)
    for parameter in data.draw(st.lists(st.sampled_from(net.parameters), min_size=1, max_size=3, unique=True)):
        expected = evaluated(sp.diff(elementary(net), parameter), values)
        check_close(evaluated(derivation.expand(parameter), values), expected, what=(net, parameter))


@deterministic(20)
@given(networks(depth=3, width=3), seeds)
def test_named_quantities_from_top_to_bottom_equal_sympy_diff(net: Network, seed: int) -> None:
    values = sample_of(net, seed)
    gradients = by_lines(derived(net), values)
    for parameter in (net.parameters[0], net.parameters[-1]):
        expected = evaluated(sp.diff(elementary(net), parameter), values)
        check_close(gradients[parameter], expected, what=(net, parameter))


def by_lines(derivation: Sweep, values: dict[Any, Any]) -> dict[Any, Any]:
    """Every gradient, computed as a reader would: one line after the other, each from the lines above it."""
    known = dict(values)
    gradients = {}
    for line in derivation.definitions:
        number = evaluated(derivation.sympy(line.node), known)
        known[line.symbol] = as_sympy(number)
        if line.kind == "gradient":
            gradients[line.of] = number
    return gradients


@deterministic(15)
@given(networks(depth=2, width=2), seeds)
def test_naive_written_out_and_shared_agree(net: Network, seed: int) -> None:
    shared, naive, values = derived(net), derived(net, "naive"), sample_of(net, seed)
    lines = by_lines(shared, values)
    for parameter in net.parameters:
        expected = evaluated(naive.gradients[parameter], values)
        check_close(lines[parameter], expected, what=(net, parameter))
        check_close(evaluated(shared.expand(parameter), values), expected, what=(net, parameter))
        check_close(evaluated(naive.expand(parameter), values), expected, what=(net, parameter))
    nodes = list(naive.gradient_nodes.values())
    check_all(computed_at(naive, nodes, values), [lines[parameter] for parameter in naive.gradient_nodes])


@deterministic(40)
@given(networks(depth=5, width=5), seeds)
@high_precision
def test_larger_networks_equal_central_differences(net: Network, seed: int) -> None:
    derivation, values = derived(net), sample_of(net, seed)
    found = dict(
        zip(net.parameters, computed_at(derivation, list(derivation.gradient_nodes.values()), values), strict=True)
    )
    numbers = by_name(values)
    for parameter in net.parameters[:: max(1, len(net.parameters) // 6)]:

        def loss(number: Any, name: str = parameter.name) -> Any:
            return loss_value(net, {**numbers, name: number})

        difference = central_difference(loss, [numbers[parameter.name]], 0, mp.mpf(10) ** -22)
        check_close(found[parameter], difference, digits=30, what=(net, parameter))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "silu", "gelu"])
@high_precision
def test_differences_of_a_deep_network_converge_in_second_order(activation: str) -> None:
    net = Network([3, 4, 4, 4, 2], activation, "softmax", "cross_entropy")
    derivation, values = derived(net), sample_of(net, seed=11)
    numbers = by_name(values)
    for parameter in net.parameters[::9]:
        found = computed_at(derivation, [derivation.gradient_nodes[parameter]], values)[0]
        check_second_order(
            found,
            lambda number, name=parameter.name: loss_value(net, {**numbers, name: number}),
            [numbers[parameter.name]],
        )


# --- adjoints of named quantities ---


def forward(equations: list[Any], values: dict[Any, Any]) -> dict[Any, Any]:
    """The numbers of every named quantity."""
    known = dict(values)
    for symbol, expression in equations:
        known[symbol] = as_sympy(evaluated(expression, known))
    return known


def check_adjoints(equations: list[Any], derivation: Sweep, values: dict[Any, Any]) -> None:
    """Every adjoint, in named quantities and written out, against the tail of the equations."""
    known = forward(equations, values)
    lines = dict(known)
    for line in derivation.definitions:
        lines[line.symbol] = as_sympy(evaluated(derivation.sympy(line.node), lines))
    own = [(symbol, expression.doit()) for symbol, expression in equations]  # in functions that are SymPy's own
    for position, (symbol, _) in enumerate(equations[:-1]):
        expected = evaluated(sp.diff(tail(own, position), symbol), known)
        check_close(evaluated(derivation.adjoint(symbol), lines), expected, what=(equations, symbol))
        check_close(evaluated(derivation.expand(symbol), values), expected, what=(equations, symbol))


@pytest.mark.slow
@deterministic(25)
@given(networks(depth=3, width=2), seeds)
def test_adjoint_of_every_quantity_of_a_network(net: Network, seed: int) -> None:
    check_adjoints(net.equations, derived(net), sample_of(net, seed))


@pytest.mark.slow
@deterministic(120)
@given(systems(), seeds)
def test_adjoint_of_every_quantity_of_random_equations(equations: list[Any], seed: int) -> None:
    loss = tail(equations, -1)
    wrt = sorted(loss.free_symbols, key=str)
    values = {symbol: R(seed % (17 + 6 * i) - 9, 13 + i) + R(1, 101) for i, symbol in enumerate(letters)}
    derivation = derive_equations(equations, wrt)
    check_adjoints(equations, derivation, values)
    for symbol in wrt:
        expected = evaluated(sp.diff(loss, symbol), values)
        check_close(evaluated(derivation.expand(symbol), values), expected, what=(equations, symbol))
