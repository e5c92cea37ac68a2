"""Stable forms: recognised, equal to what the user wrote, finite and right where that overflows."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

from symbackprop.derivation import Sweep, derive_equations
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering, raised
from symbackprop.stable_forms import RECOGNISERS
from symbackprop.sympy_functions.scalar_functions import logsumexp, sigmoid, softplus

from ..operations import EXACT
from ..support import central_difference, check_close, computed, evaluated, in_floats

L, x, y, z, w = sp.symbols("L x y z w", real=True)
R = sp.Rational


def logistic(value: Any) -> Any:
    """The logistic function as a textbook writes it."""
    return 1 / (1 + sp.exp(-value))


FORMS: dict[str, tuple[Any, Any]] = {
    "sigmoid": (logistic(x), sigmoid(x)),
    "sigmoid of a sum": (logistic(w * x + y), sigmoid(w * x + y)),
    "sigmoid upside down": (1 / (1 + sp.exp(x)), sigmoid(-x)),
    "sigmoid as a quotient": (sp.exp(x) / (1 + sp.exp(x)), sigmoid(x)),
    "sigmoid as a quotient of negative powers": (sp.exp(-x) / (1 + sp.exp(-x)), sigmoid(-x)),
    "sigmoid as a quotient of a sum": (sp.exp(x + y) / (1 + sp.exp(x + y)), sigmoid(x + y)),
    "sigmoid of another number than 1": (1 / (2 + sp.exp(-x)), sigmoid(x + sp.log(2)) / 2),
    "sigmoid of a factor before the power": (1 / (1 + 2 * sp.exp(-x)), sigmoid(x - sp.log(2))),
    "sigmoid times a number": (3 * logistic(x), 3 * sigmoid(x)),
    "sigmoid in a product": (x * y * logistic(x), x * y * sigmoid(x)),
    "softplus": (sp.log(1 + sp.exp(x)), softplus(x)),
    "softplus of a negative": (sp.log(1 + sp.exp(-x)), softplus(-x)),
    "softplus of a product": (sp.log(1 + sp.exp(w * x)), softplus(w * x)),
    "log-sigmoid": (sp.log(logistic(x)), -softplus(-x)),
    "log-sigmoid by name": (sp.log(sigmoid(x)), -softplus(-x)),
    "log of 1 - sigmoid": (sp.log(1 - logistic(x)), -softplus(x)),
    "log of 1 - sigmoid by name": (sp.log(1 - sigmoid(x)), -softplus(x)),
    "logsumexp of two": (sp.log(sp.exp(x) + sp.exp(y)), logsumexp(x, y)),
    "logsumexp of three": (sp.log(sp.exp(x) + sp.exp(2 * y) + sp.exp(-z)), logsumexp(x, 2 * y, -z)),
    "cross-entropy of two classes": (
        -y * sp.log(logistic(x)) - (1 - y) * sp.log(1 - logistic(x)),
        y * softplus(-x) + (1 - y) * softplus(x),
    ),
    "log-softmax": (sp.log(sp.exp(x) / (sp.exp(x) + sp.exp(y) + sp.exp(z))), x - logsumexp(x, y, z)),
    "softmax": (sp.exp(x) / (sp.exp(x) + sp.exp(y) + sp.exp(z)), sp.exp(x - logsumexp(x, y, z))),
    "another power above": (sp.exp(y) / (1 + sp.exp(x)), sp.exp(y) * sigmoid(-x)),
    "nested": (sp.log(1 + sp.exp(w * logistic(x + y))), softplus(w * sigmoid(x + y))),
}
"""What a user writes, and the stable form that it should become."""

UNSTABLE = {
    "a sum with more terms": 1 / (1 + sp.exp(-x) + y),
    "log of a sum": sp.log(1 + sp.exp(x) + y),
    "log of 2 - sigmoid": sp.log(2 - sigmoid(x)),
    "log of a plain power": sp.log(1 + y**x),
    "log of a sum of a power and a symbol": sp.log(sp.exp(x) + y),
}
"""What looks like a stable form and is none."""

MODERATE = [
    {x: R(7, 5), y: R(2, 3), z: R(-1, 2), w: R(-5, 4)},
    {x: R(-17, 5), y: R(8, 3), z: R(9, 2), w: R(5, 4)},
]
FAR = [dict(zip((x, y, z, w), point, strict=True)) for point in ((1000, 0, -1000, 1), (-1000, 1, 1000, 1))]


def derived(expression: Any) -> Sweep:
    return derive_equations([(L, expression)], sorted(expression.free_symbols, key=str))


def lowered(expression: Any, *recognisers: Any) -> Any:
    graph = Graph()
    return raised(graph, Lowering(graph, *recognisers).expression(expression), {})


@pytest.mark.parametrize("name", FORMS)
def test_stable_form_is_recognised(name: str) -> None:
    written, stable = FORMS[name]
    assert sp.expand(in_order(lowered(written, RECOGNISERS)) - in_order(stable)) == 0


def in_order(expression: Any) -> Any:
    """The arguments of every logsumexp in one order: it is a sum."""
    return expression.replace(logsumexp, lambda *terms: logsumexp(*sorted(terms, key=str)))


@pytest.mark.parametrize("name", FORMS)
def test_without_recognisers_nothing_changes(name: str) -> None:
    written, _ = FORMS[name]
    assert lowered(written) == written


@pytest.mark.parametrize("expression", [*(pair[0] for pair in FORMS.values()), *UNSTABLE.values()], ids=str)
@pytest.mark.parametrize("point", MODERATE, ids=["first", "second"])
def test_value_and_derivatives_stay(expression: Any, point: dict[Any, Any]) -> None:
    derivation = derived(expression)
    check_close(evaluated(value(derivation), point), evaluated(expression, point), what=expression)
    for symbol in derivation.wrt:
        expected = evaluated(sp.diff(expression.doit(), symbol), point)
        check_close(evaluated(derivation.expand(symbol), point), expected, what=(expression, symbol))


def value(derivation: Sweep) -> Any:
    """The loss as the library sees it, a SymPy expression."""
    return raised(derivation.graph, derivation.loss_node, {})


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("point", FAR, ids=["positive", "negative"])
def test_stable_form_is_finite_and_right_far_out(name: str, point: dict[Any, int]) -> None:
    written, _ = FORMS[name]
    derivation = derived(written)
    roots = [derivation.loss_node, *derivation.gradient_nodes.values()]
    found = in_floats(derivation.graph, roots, point)
    with mp.workdps(1500):
        exact = {symbol: mp.mpf(number) for symbol, number in point.items()}
        expected = textbook(written, derivation.wrt, exact)
    assert all(map(math.isfinite, found))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def textbook(written: Any, wrt: Any, point: dict[Any, Any]) -> list[float]:
    """Value and derivatives of what the user wrote, by central differences with more digits than it can lose."""
    graph = Graph()
    node = Lowering(graph).expression(written)

    def at(*numbers: Any) -> Any:
        return computed(graph, [node], {**point, **dict(zip(wrt, numbers, strict=True))}, EXACT)[0]

    here = [point[symbol] for symbol in wrt]
    slopes = [central_difference(at, here, position, mp.mpf(10) ** -30) for position in range(len(wrt))]
    return [float(at(*here)), *map(float, slopes)]


@pytest.mark.parametrize("name", UNSTABLE)
def test_what_only_looks_like_a_stable_form_is_left_alone(name: str) -> None:
    expression = UNSTABLE[name]
    assert sp.expand(lowered(expression, RECOGNISERS).doit() - expression.doit()) == 0
