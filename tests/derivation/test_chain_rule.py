"""The chain rule from symbols in the adjoints' place, which print is written with, and what print leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import ChainRule, backprop, extended
from symbackprop.graph import Graph

from ..matrix_support import arrays_of, random_values
from ..support import slow_unless
from ..zoo import ZOO

NETWORKS = {
    "tanh": ([3, 4, 2], "tanh", "sigmoid", "bce"),
    "relu": ([2, 3, 3, 2], "relu", "softmax", "cross_entropy"),
    "gelu": ([1, 3, 1], "gelu", "identity", "huber"),
    "softsign": ([3, 2, 2], "softsign", "softmax", "mse"),
}


def of_zoo(name: str) -> Any:
    model = ZOO[name]()
    return sb.derive(model.equations, model.wrt)


def of_network(name: str, form: str) -> Any:
    return sb.derive(sb.Network(*NETWORKS[name], form=form))


B, C = sp.MatrixSymbol("B", 2, 2), sp.MatrixSymbol("C", 2, 2)
T, U = sp.MatrixSymbol("T", 2, 2), sp.MatrixSymbol("U", 2, 2)
s, t, L = sp.symbols("s t L", real=True)


def branches() -> Any:
    """A branch in one equation, and a quantity whose adjoint is 1 though it is not the loss."""
    inside = sp.Piecewise((sp.log(s) * t, s > 0), (t, True))
    return sb.derive([(T, B * C), (s, sp.Trace(T)), (t, sb.Total(T)), (L, inside + t)], [B, C])


def parts() -> Any:
    square = sb.Total(sp.HadamardPower(T[0:1, :], 2))
    return sb.derive([(T, B * C.T), (U, T.I + sb.Softmax(T, 1)), (L, square * U[0, 1])], [B, C])


CASES: dict[str, Callable[[], Any]] = {
    **{name: partial(of_zoo, name) for name in ZOO},
    **{f"{name}-{form}": partial(of_network, name, form) for name in NETWORKS for form in ("scalar", "matrix")},
    "branches": branches,
    "parts": parts,
}


class Seeds:
    """A symbol in the place of every adjoint, that of the loss too."""

    def __init__(self, derivation: Any) -> None:
        self.derivation = derivation
        self.graph: Graph = extended(derivation.graph)
        self.symbols: dict[Any, Any] = {}

    def __call__(self, consumer: Any) -> int | None:
        node = self.derivation.upstream(consumer)
        if node is None:
            return None
        shape = self.graph.shape(node)
        name = f"seed_{consumer.name}"
        self.symbols[consumer] = sp.MatrixSymbol(name, *shape) if shape else sp.Symbol(name)
        return self.graph.symbol(self.symbols[consumer], shape)


@slow_unless(lambda name: name != "lstm")
@pytest.mark.parametrize("name", CASES)
def test_terms_in_seeds_add_up_to_the_adjoint(name: str) -> None:
    derivation = CASES[name]().sweep
    seeds = Seeds(derivation)
    rule = ChainRule(seeds.graph, derivation, seeds)
    values = random_values(list(derivation.graph.symbols), seed=5)
    asked = [symbol for symbol in (*derivation.wrt, *derivation.quantities) if symbol != derivation.loss]
    asked = [symbol for symbol in asked if derivation.adjoint_node(symbol) is not None]
    adjoints = arrays_of(derivation.graph, [derivation.adjoint_node(symbol) for symbol in asked], values)
    steps = [derivation.chain(symbol, rule) for symbol in asked]
    for consumer, seed in seeds.symbols.items():
        [values[seed]] = arrays_of(derivation.graph, [derivation.upstream(consumer)], values)
    for symbol, expected, terms in zip(asked, adjoints, steps, strict=True):
        assert [term.upstream for term in terms] == [seeds.graph.symbols[seeds.symbols[one.consumer]] for one in terms]
        found = sum(arrays_of(seeds.graph, [term.contribution for term in terms], values)) + np.zeros(expected.shape)
        assert np.allclose(found, expected, rtol=1e-11, atol=1e-12), symbol


@pytest.mark.parametrize("name", ["attention", "relu-matrix", "parts"])
def test_terms_are_linear_in_their_seeds(name: str) -> None:
    derivation = CASES[name]().sweep
    seeds = Seeds(derivation)
    rule = ChainRule(seeds.graph, derivation, seeds)
    steps = [step for symbol in derivation.wrt for step in derivation.chain(symbol, rule)]
    values = random_values(list(derivation.graph.symbols), seed=6)
    ones, twos = (
        arrays_of(
            seeds.graph,
            [step.contribution for step in steps],
            values | {seed: factor * array for seed, array in random_values(list(seeds.symbols.values()), 7).items()},
        )
        for factor in (1, 2)
    )
    assert all(np.allclose(2 * one, two, rtol=1e-12) for one, two in zip(ones, twos, strict=True))
    assert any(one.any() for one in ones)


def test_one_sweep_over_each_equation(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = of_network("tanh", "matrix").sweep
    swept: list[int] = []
    inner = backprop.local_adjoints

    def counted(graph: Graph, root: int, *rest: Any) -> Any:
        swept.append(root)
        return inner(graph, root, *rest)

    monkeypatch.setattr(backprop, "local_adjoints", counted)
    seeds = Seeds(derivation)
    rule = ChainRule(seeds.graph, derivation, seeds)
    for _ in range(2):
        for symbol in (*derivation.wrt, *derivation.quantities):
            derivation.chain(symbol, rule)
    consumers = {consumer for found in derivation.consumers.values() for consumer in found}
    assert sorted(swept) == sorted(derivation.quantities[consumer] for consumer in consumers)


# --- the sheet that the terms are written on ---


def test_an_extension_knows_every_node_and_leaves_no_trace() -> None:
    graph = parts().graph
    before = (list(graph.keys), dict(graph.shapes), list(graph.symbols), dict(graph.table), set(graph.folding))
    sheet = extended(graph)
    assert sheet.keys == graph.keys
    for node, key in enumerate(graph.keys):
        assert sheet.shape(node) == graph.shape(node)
        if key[0].leaf:
            assert key[0].name != "symbol" or sheet.symbol(key[1]) == node
        elif key in graph.table:
            assert sheet.make(key) == graph.table[key]
    assert (sheet.zero, sheet.one, sheet.two) == (graph.zero, graph.one, graph.two)
    assert len(sheet.keys) == len(graph.keys)
    new = sheet.mul(sheet.symbol(sp.Symbol("new")), sheet.constant(sp.Integer(977)))
    sheet.claim(new, new)
    assert before == (list(graph.keys), dict(graph.shapes), list(graph.symbols), dict(graph.table), set(graph.folding))


def test_an_extension_takes_over_everything_that_a_graph_has() -> None:
    """A container that `Graph` is given one day must not be forgotten; constants by id are found through the table."""
    graph = parts().graph
    sheet = extended(graph)
    forgotten = [name for name, value in vars(graph).items() if name != "_constants" and vars(sheet)[name] != value]
    assert forgotten == []
    shared = [name for name, value in vars(graph).items() if not isinstance(value, int) and vars(sheet)[name] is value]
    assert shared == []


# --- print changes nothing ---


def told(derivation: Any) -> None:
    """Everything that can be printed of a derivation."""
    for format in ("latex", "text", "markdown"):
        derivation.formulas(format)
    for symbol in (*reversed(derivation.quantities), *derivation.wrt):
        explanation = derivation.explain(symbol)
        assert str(explanation)
        assert explanation._repr_latex_()  # with what latex() gives inside
    derivation._repr_latex_()
    if not derivation.graph.shapes:
        assert str(derivation.paths())
        assert str(derivation.paths(derivation.wrt[0]))


def facts(derivation: Any) -> dict[str, str]:
    """All that is asked of a derivation but its time, as text: the names that two derivations make are not the same."""
    styles = ("fast", "readable") if derivation.network is not None else ("fast",)
    asked = {
        "code": [derivation.source(style) for style in styles],
        "cost": replace(derivation.cost, seconds=0.0),
        "definitions": derivation.definitions,
        "cse": derivation.as_cse(),
        "gradients": derivation.gradients,
        "names": derivation.names,
        "adjoints": [derivation.adjoint_symbol(symbol) for symbol in (*derivation.wrt, *derivation.quantities)],
        "paths": derivation.path_counts,
        "symbols": list(derivation.graph.symbols),
    }
    return {fact: str(found) for fact, found in asked.items()}


@slow_unless(lambda name: name in ("branches", "parts", "residual", "softmax_regression"))
@pytest.mark.parametrize("name", CASES)
def test_a_derivation_that_was_printed_is_the_same(name: str) -> None:
    printed, silent = CASES[name](), CASES[name]()
    nodes = len(printed.graph.keys)
    told(printed)
    if printed.graph.shapes:
        assert len(printed.graph.keys) == nodes
    found, expected = facts(printed), facts(silent)
    for fact, value in expected.items():
        assert found[fact] == value, fact


def crowded(form: str) -> Any:
    """Names of which the adjoints' are taken: each gets as many underscores as its turn asks for."""
    if form == "scalar":
        a, b, x, y, taken = sp.symbols("a b x x_ dL_dx")
        return sb.derive([(x, a * b), (y, x * a + x), (L, y * taken + x**2)])
    X, Y = sp.MatrixSymbol("X", 2, 2), sp.MatrixSymbol("X_", 2, 2)
    return sb.derive([(X, B * C), (Y, X * B.T + X), (L, sp.Trace(Y * X) * sp.Symbol("dL_dX"))])


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_what_is_printed_first_does_not_choose_names(form: str) -> None:
    silent = facts(crowded(form))
    for symbol in [*crowded(form).quantities, *crowded(form).wrt]:
        derivation = crowded(form)
        assert str(derivation.explain(symbol))
        assert facts(derivation) == silent


@slow_unless(lambda name: name == "parts")
@pytest.mark.parametrize("name", ["attention", "relu-matrix", "tanh-scalar", "parts"])
def test_what_was_printed_before_does_not_show(name: str) -> None:
    fresh, told_before = CASES[name](), CASES[name]()
    told(told_before)
    assert str(told_before.explain(told_before.wrt[-1])) == str(fresh.explain(fresh.wrt[-1]))
    assert told_before.formulas() == CASES[name]().formulas()
