"""What is written out for speed makes the very same nodes, in the same order, as the plain way beside it."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symbackprop.derivation import backprop, fast_backprop
from symbackprop.graph import Graph
from symbackprop.lowering import FastLowering, Lowering
from symbackprop.networks import ACTIVATIONS, LOSSES, Network
from symbackprop.stable_forms import RECOGNISERS

from ..support import deterministic, outputs_of, slow_unless

WIDTHS = ([1, 1], [2, 2, 1], [3, 4, 2, 3], [5, 5, 5, 5, 2])
NETWORKS = [
    (hidden, output, loss) for loss in sorted(LOSSES) for output in sorted(outputs_of(loss)) for hidden in ACTIVATIONS
]
"""Every hidden activation with every output activation and loss that go together."""

letters = sp.symbols("a b c d", real=True)
names = sp.symbols("e f g h k m", real=True)
L = sp.Symbol("L", real=True)


def lowered(kind: type[Lowering], equations: Any, wrt: Any) -> Lowering:
    lowering = kind(Graph(), RECOGNISERS)
    lowering.symbols(wrt)
    lowering.equations(equations)
    lowering.graph.release(lowering.quantities.values())
    return lowering


def state(graph: Graph) -> list[Any]:
    """All that a graph is."""
    return [graph.keys, graph.table, graph.symbols, graph.shapes, graph.folding, graph.claimed]


def check_lowering(equations: Any, wrt: Any) -> Lowering:
    quick, plain = (lowered(kind, equations, wrt) for kind in (FastLowering, Lowering))
    assert quick.quantities == plain.quantities
    assert state(quick.graph) == state(plain.graph)
    return quick


def swept(sweep: Any, equations: Any, wrt: Any) -> tuple[Any, Graph]:
    lowering = lowered(FastLowering, equations, wrt)
    nodes = [*map(lowering.graph.symbol, wrt), *lowering.quantities.values()]
    return sweep(lowering.graph, lowering.quantities[equations[-1][0]], nodes), lowering.graph


def check_sweep(equations: Any, wrt: Any) -> None:
    quick, plain = (swept(sweep, equations, wrt) for sweep in (fast_backprop.adjoints, backprop.plain_adjoints))
    assert quick[0] is not None
    assert quick[0] == plain[0]
    assert state(quick[1]) == state(plain[1])


def has_choices(graph: Graph) -> bool:
    return any(key[0].name == "select" for key in graph.keys)


@slow_unless(lambda loss: loss in ("bce", "cross_entropy"))
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_networks_get_the_same_graph(loss: str) -> None:
    for hidden, output, _ in (choice for choice in NETWORKS if choice[2] == loss):
        for widths in WIDTHS:
            if output != "softmax" or widths[-1] > 1:
                net = Network(widths, hidden, output, loss)
                graph = check_lowering(net.equations, net.parameters).graph
                if has_choices(graph):
                    assert swept(fast_backprop.adjoints, net.equations, net.parameters)[0] is None
                else:
                    check_sweep(net.equations, net.parameters)


@pytest.mark.slow
def test_most_networks_are_swept_the_quick_way() -> None:
    nets = [Network([2, 3, 2], *choice) for choice in NETWORKS]
    quick = [net for net in nets if not has_choices(lowered(Lowering, net.equations, net.parameters).graph)]
    assert len(quick) > 0.75 * len(nets)


@slow_unless(lambda widths: widths == (1, 1))
@pytest.mark.parametrize("widths", [(1, 1), (1, 2, 1), (3, 2, 4, 2)])
def test_networks_in_matrix_form_are_lowered_the_same(widths: Any) -> None:
    for loss in sorted(LOSSES):
        for output in sorted(outputs_of(loss)):
            for hidden in ACTIVATIONS if output != "softmax" or widths[-1] > 1 else ():
                net = Network(widths, hidden, output, loss, "matrix")
                check_lowering(net.equations, net.parameters)


def test_the_quick_sweep_leaves_shapes_and_choices_to_the_plain_one() -> None:
    a, b, *_ = letters
    matrix = Network([2, 2, 1], form="matrix")
    assert swept(fast_backprop.adjoints, matrix.equations, matrix.parameters)[0] is None
    chosen = [(L, sp.Piecewise((a * b, a > b), (b**2, True)))]
    assert swept(fast_backprop.adjoints, chosen, (a, b))[0] is None
    assert swept(backprop.adjoints, chosen, (a, b))[0] == swept(backprop.plain_adjoints, chosen, (a, b))[0]


def parts(leaves: Any, choices: bool) -> Any:
    """Expressions of all kinds: sums of products, numbers and signs that fold, quotients, functions."""
    functions = (
        sp.tanh,
        sp.exp,
        sp.atan,
        sp.Abs,
        lambda u: -u,
        lambda u: sp.sqrt(u**2 + 1),
        lambda u: sp.log(u**2 + 2),
        lambda u: 1 / (u**2 + 1),
        lambda u: letters[2] / u**2 if u.is_Symbol else u**3,
    )
    chosen = (lambda u, v: sp.Piecewise((u, letters[0] > letters[1]), (v * u, True)),) if choices else ()
    pairs = (
        lambda u, v: u * v,
        lambda u, v: u + v,
        lambda u, v: u - 2 * v,
        lambda u, v: u / (v**2 + 1),
        lambda u, v: u * v + v * letters[0] + letters[1],
        *chosen,
    )

    def extended(inner: Any) -> Any:
        one = st.builds(lambda function, u: function(u), st.sampled_from(functions), inner)
        two = st.builds(lambda function, u, v: function(u, v), st.sampled_from(pairs), inner, inner)
        return st.one_of(one, two, st.lists(inner, min_size=2, max_size=4).map(lambda terms: sp.Add(*terms)))

    numbers = st.sampled_from([sp.Integer(-1), sp.Integer(2), sp.Integer(0), sp.Rational(1, 2), sp.pi])
    return st.recursive(st.one_of(st.sampled_from(leaves), numbers), extended, max_leaves=8)


@st.composite
def systems(draw: Any, choices: bool) -> list[Any]:
    """Equations, each in what stands above it."""
    known, equations = [*letters], []
    for name in names[: draw(st.integers(0, len(names)))]:
        equations.append((name, draw(parts(known, choices))))
        known.append(name)
    return [*equations, (L, draw(parts(known, choices)) + sp.Add(*(name * letters[0] for name, _ in equations)))]


@pytest.mark.slow
@deterministic(150)
@given(systems(choices=True))
def test_random_equations_are_lowered_the_same(equations: list[Any]) -> None:
    check_lowering(equations, letters[:2])


@pytest.mark.slow
@deterministic(150)
@given(systems(choices=False))
def test_random_equations_are_swept_the_same(equations: list[Any]) -> None:
    check_lowering(equations, letters[:2])
    check_sweep(equations, letters[:2])
