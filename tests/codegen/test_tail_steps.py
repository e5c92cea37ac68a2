"""Losses on logits keep their tails, in every kind of code, and their derivatives stay a - y."""

from __future__ import annotations

import math
import random
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

w, x, y, z, b, c = sp.symbols("w x y z b c", real=True)
TAIL = 4.248354255291589e-18
"""log(1 + exp(-40))."""

LOGITS = (40.0, -40.0, 700.0, 5.0, 0.0, -3.0)


def exact_loss(logit: float, target: float) -> Any:
    with mp.workdps(400):
        return mp.log(1 + mp.exp(mp.mpf(logit))) - target * mp.mpf(logit)


EXPRESSIONS = {
    "symbol": sb.softplus(z) - y * z,
    "half": (sb.softplus(z) - y * z) / 2,
    "weight": c * sb.softplus(z) - c * y * z,
    "as a likelihood": y * z - sb.softplus(z),
    "on the other side": sb.softplus(-z) + z * (1 - y),
    "as a logarithm": sp.log(1 + sp.exp(z)) - z * y,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("logit", LOGITS)
def test_an_expression_keeps_its_tail(name: str, logit: float) -> None:
    expression = EXPRESSIONS[name]
    for target in (0.0, 1.0):
        given = {"z": logit, "y": target, "c": 0.5}
        found, _ = sb.derive(expression).compile()(**{s.name: given[s.name] for s in expression.free_symbols})
        factor = {"half": 0.5, "weight": 0.5, "as a likelihood": -1}.get(name, 1)
        assert found == pytest.approx(float(factor * exact_loss(logit, target)), rel=1e-15, abs=0), (logit, target)


def test_the_logit_may_be_a_sum_or_a_product() -> None:
    for logit, given in ((w * x + b, {"w": 3.0, "x": 13.0, "b": 1.0}), (w * x, {"w": 4.0, "x": 10.0})):
        values = {s.name: given[s.name] for s in logit.free_symbols}
        for expression in (sp.log(1 + sp.exp(logit)) - logit, sb.softplus(logit) - y * logit):
            target = {"y": 1.0} if expression.has(y) else {}
            assert sb.derive(expression).compile()(**values, **target)[0] == pytest.approx(TAIL, rel=1e-15)


def test_terms_beside_it_and_several_of_them() -> None:
    z2, y2 = sp.symbols("z2 y2", real=True)
    both = sb.softplus(z) - y * z + sb.softplus(z2) - y2 * z2
    found, _ = sb.derive(both).compile()(z=40.0, y=1.0, z2=0.1, y2=0.0)
    assert found == pytest.approx(math.log1p(math.exp(0.1)), rel=1e-15)
    found, _ = sb.derive(both).compile()(z=40.0, y=1.0, z2=-40.0, y2=0.0)
    assert found == pytest.approx(2 * TAIL, rel=1e-15)
    found, _ = sb.derive(both + w**2 / 1e20).compile()(z=40.0, y=1.0, z2=-40.0, y2=0.0, w=1.0)
    assert found == pytest.approx(2 * TAIL + 1e-20, rel=1e-15)


def test_a_named_loss_is_added_to_as_it_is() -> None:
    loss, L = sp.symbols("l L")
    source = sb.derive([(loss, sb.softplus(z) - y * z), (L, loss + w**2)]).compile().source
    assert "L = l + w ** 2" in source
    assert "l = np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))" in source


def test_a_softplus_by_itself_stays() -> None:
    assert "np.logaddexp(z, 0.0) - w" in sb.derive(sb.softplus(z) - w).compile().source


NETWORKS = [
    {"form": "scalar"},
    {"form": "matrix", "style": "fast"},
    {"form": "matrix", "style": "readable"},
]


def saturated(net: sb.Network, logit: float) -> dict[str, Any]:
    """Parameters of a network without a hidden layer that make each of its logits this one."""
    return {name: np.full(shape, 0.0 if name == "W1" else logit) for name, shape in net.shapes.items()}


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("kind", NETWORKS, ids=str)
def test_a_network_keeps_the_tail_of_its_loss(kind: dict[str, str], outputs: int) -> None:
    net = sb.Network([2, outputs], output="sigmoid", loss="bce", form=kind["form"])
    derivation = sb.derive(net)
    module, style = derivation.module(**{"style": kind["style"]} if "style" in kind else {}), kind.get("style", "fast")
    X = np.ones((4, 2))
    for logit in (40.0, -40.0):
        params, Y = saturated(net, logit), np.full((4, outputs), float(logit > 0))
        value, grads = module.loss_and_grad(params, X, Y)
        assert value == pytest.approx(TAIL, rel=1e-14)
        assert module.loss(params, X, Y) == pytest.approx(TAIL, rel=1e-14)
        assert derivation.compile(style)(params, X, Y)[0] == pytest.approx(TAIL, rel=1e-14)
        delta = 1 / (1 + math.exp(-logit)) - float(logit > 0)  # as remembered: a - y
        np.testing.assert_allclose(grads["b1"], np.full(outputs, delta / outputs), rtol=0, atol=1e-16)


def test_the_error_of_the_output_is_printed_as_a_minus_y() -> None:
    assert "a²₁ − y₁" in sb.derive(sb.Network([2, 2, 1], output="sigmoid", loss="bce")).formulas()
    assert "(a² − y)/2" in sb.derive(sb.Network([2, 2, 2], output="sigmoid", loss="bce", form="matrix")).formulas()


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_a_model_of_ones_own_keeps_its_tail(form: str) -> None:
    if form == "scalar":
        W, X, a, t, L = (sp.Symbol(name, real=True) for name in ("W", "X", "a", "t", "L"))
        equations = [(z, W * X), (a, sb.sigmoid(z)), (L, sb.softplus(z) - t * z)]
    else:
        W, X, a, t = (
            sp.MatrixSymbol(name, *shape)
            for name, shape in (("W", (1, 2)), ("X", (2, 1)), ("a", (1, 1)), ("t", (1, 1)))
        )
        Z, L = sp.MatrixSymbol("Z", 1, 1), sp.Symbol("L", real=True)
        equations = [(Z, W * X), (a, sb.sigmoid(Z)), (L, sb.bce(sb.sigmoid(Z), t))]
    model = sb.Model(equations, parameters=[W], inputs=[X], targets=[t], outputs=[a], loss=L)
    ones = np.ones((3, 1 if form == "scalar" else 2))
    params = {name: np.full(shape, 40.0 / ones.shape[1]) for name, shape in model.shapes.items()}
    value, _ = sb.derive(model).compile()(params, ones, np.ones((3, 1)))
    assert value == pytest.approx(TAIL, rel=1e-14)


def test_many_outputs_take_linear_time() -> None:
    """Two hundred logits are paired with their terms once."""
    zs, ys = sp.symbols("z1:201", real=True), sp.symbols("y1:201", real=True)
    loss = sp.Add(*(sb.softplus(one) - target * one for one, target in zip(zs, ys, strict=True)))
    function = sb.derive(loss, zs).compile()
    values = {**{s.name: 40.0 for s in zs}, **{s.name: 1.0 for s in ys}}
    assert function(**values)[0] == pytest.approx(200 * TAIL, rel=1e-13)


# --- the value is always that of what is written ---

u, a, q, r, e, L = sp.symbols("u a q r e L", real=True)
S = sb.softplus
VALUES = {"z": 1.1, "y": 0.7, "u": -0.4, "a": 0.61, "b": 1.7, "c": 2.3, "w": 0.9, "x": 1.3}

WRITTEN = {
    "one of two alike": [(q, S(z) + c), (L, S(z) + q - y * z)],
    "one of two totals": [(q, sb.logsumexp(z, u) + c), (L, sb.logsumexp(z, u) + q - y * z)],
    "a part of the logit twice": [(q, a + u), (L, S(a + b) - a - b - q)],
    "a named logit": [(q, a + u), (r, a + b), (L, S(r) - r - q)],
    "a multiple twice": [(q, c - y * z), (r, y * z - u), (L, S(z) + q - r)],
    "a product of two": [(q, S(z)), (r, q * u), (L, r * q - y * z)],
    "a product of two totals": [(q, sb.logsumexp(z, u)), (r, q * a), (L, r * q * c - y * z)],
    "a product of both": [(q, sb.logsumexp(z, u)), (r, q * S(z)), (L, r * c - y * z)],
    "a long product": [
        (q, S(z)),
        (r, ((((q * u) * a) * b) * c) * w),
        (e, ((((r * x) * a) * y) * u) * q),
        (L, e - y * z),
    ],
    "one in the other": [(L, S(S(z) + u) - S(z) - u + z)],
    "one in the other, weighted": [(L, S(S(z) + u) - S(z) - u + y * z)],
    "a total in a softplus": [(L, S(sb.logsumexp(z, u) + a) - sb.logsumexp(z, u) - a + y * z)],
    "a softplus in a total": [(L, sb.logsumexp(S(z) + u, 0, a) - S(z) - u + z)],
}


def written_out(equations: list[tuple[Any, Any]]) -> Any:
    known: dict[Any, Any] = {}
    for symbol, expression in equations:
        known[symbol] = expression.xreplace(known)
    return known[equations[-1][0]]


def check_value(equations: list[tuple[Any, Any]]) -> None:
    function = sb.derive(equations).compile()
    found, _ = function(**{name: VALUES[name] for name in function.arguments})
    whole = written_out(equations).doit()
    with mp.workdps(40):
        exact = sp.lambdify(list(VALUES), whole, "mpmath")(*map(mp.mpf, VALUES.values()))
    assert found == pytest.approx(float(exact), rel=1e-13), equations


@pytest.mark.parametrize("name", WRITTEN)
def test_terms_that_are_there_twice_count_twice(name: str) -> None:
    check_value(WRITTEN[name])


@pytest.mark.parametrize("seed", range(40))
def test_random_sums_of_such_terms(seed: int) -> None:
    """Three sums, each of the next: of softplus and logsumexp, multiples of what they are of, and the sums before."""
    draw = random.Random(seed)
    terms = [S(z), S(a + b), S(w * x), sb.logsumexp(z, u), y * z, z, a, b, w * x, y * w * x, u, c, S(-z), z * u]
    terms += [S(z) * sb.logsumexp(z, u), z * S(z), S(z) ** 2 * y, y * z / S(z), S(z) * w / c, S(a + b) * S(z) * z]
    equations: list[tuple[Any, Any]] = []
    for name in (q, r, L):
        some = [draw.choice((1, -1, 1, -1, 2)) * term for term in draw.sample(terms, draw.randint(3, 6))]
        equations.append((name, sp.Add(*some)))
        terms += [name, name, S(name), name * S(z), name**2 / 10]
    check_value(equations)


def test_second_derivatives_have_products_of_the_same_logarithm() -> None:
    """Of a function of logsumexp: polygamma(1, t**2)*t*t*..., of which both factors t stay what they are."""
    total = sp.log(sp.exp(sb.sigmoid(z) / 2) + sp.exp(u))
    for function in (sp.loggamma(total**2 + sp.Rational(1, 4)), sp.exp(total**2) * total):
        mixed = sb.derive(sb.derive(function, [z]).gradients[z], [u]).compile()
        exact = function.doit().diff(z, u).subs({z: sp.Rational(11, 10), u: sp.Rational(-2, 5)}).evalf(30)
        assert mixed(z=1.1, u=-0.4)[1]["u"] == pytest.approx(float(exact), rel=1e-12)


# --- the cross-entropy of a softmax ---

HUGE = (1e17, 1e300, -1e300)


@pytest.mark.parametrize("logit", HUGE)
@pytest.mark.parametrize("kind", NETWORKS, ids=str)
def test_a_network_at_equal_huge_logits(kind: dict[str, str], logit: float) -> None:
    """The loss is the logarithm of the number of classes, and the outputs are equal shares."""
    net = sb.Network([1, 2], output="softmax", loss="cross_entropy", form=kind["form"])
    f = sb.derive(net).compile(kind.get("style", "fast"))
    params = {"W1": np.zeros((2, 1)), "b1": np.full(2, logit)}
    value, grads = f(params, np.ones((4, 1)), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]))
    assert value == pytest.approx(math.log(2), rel=1e-15)
    np.testing.assert_allclose(grads["b1"], [-0.25, 0.25], rtol=1e-15)


@pytest.mark.parametrize("logit", HUGE)
def test_an_expression_at_equal_huge_logits(logit: float) -> None:
    targets, logits = sp.symbols("t1:4", real=True), sp.symbols("z1:4", real=True)
    written = sb.logsumexp(*logits) - sum(t * one for t, one in zip(targets, logits, strict=True))
    for loss in (written, sb.cross_entropy(sb.softmax(list(logits)), list(targets))):
        value, gradients = sb.derive(loss, logits).compile()(logit, logit, logit, 1.0, 0.0, 0.0)
        assert value == pytest.approx(math.log(3), rel=1e-15)
        assert list(gradients.values()) == pytest.approx([-2 / 3, 1 / 3, 1 / 3], rel=1e-15)
    Z, Y = sp.MatrixSymbol("Z", 3, 1), sp.MatrixSymbol("Y", 3, 1)
    value, gradients = sb.derive(sb.cross_entropy(sb.softmax(Z), Y), [Z]).compile()(np.full(3, logit), np.eye(3)[0])
    assert value == pytest.approx(math.log(3), rel=1e-15)
    np.testing.assert_allclose(gradients["Z"], [-2 / 3, 1 / 3, 1 / 3], rtol=1e-15)


def test_an_output_that_is_sure_keeps_its_tail() -> None:
    z1, z2, z3 = sp.symbols("z1:4", real=True)
    loss = sb.logsumexp(z1, z2, z3) - (y * z1 + (1 - y) * z2)
    assert sb.derive(loss).compile()(y=1.0, z1=40.0, z2=0.0, z3=0.0)[0] == pytest.approx(2 * TAIL, rel=1e-15)
