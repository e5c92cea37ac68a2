"""Stable forms in what people write: densities, mixtures, likelihoods, occupation numbers, averages."""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from time import perf_counter
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from sympy.stats import Beta, Gamma, Laplace, Logistic, LogNormal, NegativeBinomial, Normal, Poisson, Weibull, density

import symbackprop as sb

from ..operations import R
from .exact_values import check_right, exact

a, b, w, x, y, T, m = sp.symbols("a b w x y T m", real=True)
p, q, s = sp.symbols("p q s", positive=True)
k = sp.Symbol("k", integer=True, nonnegative=True)
exp, log = sp.exp, sp.log


def normal(mean: Any, deviation: Any) -> Any:
    return density(Normal("X", mean, deviation))(x)


WEIGHTED = w * exp(a) + (1 - w) * exp(b)
KINDS: dict[str, tuple[Any, list[dict[Any, Any]]]] = {
    "weights": (log(0.3 * exp(a) + 0.7 * exp(b)), [{a: -1200, b: -1201}, {a: 10_000, b: 9_997}, {a: 1e17, b: 1e17}]),
    "symbols as weights": (
        log(WEIGHTED),
        [{a: -1200, b: -1201, w: 0.3}, {a: 5, b: 800, w: -0.5}, {a: 800, b: 5, w: 1.5}],
    ),
    "a mean": (log((exp(a) + exp(b)) / 2), [{a: -1200, b: -1201}, {a: 800, b: 3}]),
    "a negative weight": (log(2 * exp(a) - exp(b)), [{a: -1200, b: -1201}, {a: 800, b: 799}]),
    "a posynomial": (log(3 * exp(2 * a - b) + exp(b / 2 + 1) + exp(-a)), [{a: 1e3, b: -5e3}, {a: 1e3, b: 900}]),
    "powers of numbers": (log(2**a + 2**b, 2), [{a: 1500, b: 1400}, {a: -1500, b: -1400}]),
    "powers of positive symbols": (log(p**a / (q**a + p**a)), [{a: 1000, p: 7, q: 2}, {a: 1000, p: 2, q: 7}]),
    "a symbol beside an exponential": (log(1 + y + exp(x)), [{x: 800, y: 2}, {x: -800, y: 2}, {x: 800, y: -2}]),
    "a density": (-log(normal(m, s)), [{m: 0, s: 1e-3, x: 50}, {m: 3, s: 2, x: 1e5}]),
    "densities": (log(normal(0, s) * normal(1, q) * normal(2, p)), [{s: 1e-3, q: 1e-4, p: 1e-4, x: 80}]),
    "a mixture": (-log(w * normal(m, s) + (1 - w) * normal(0, q)), [{m: 60, s: 0.5, q: 0.1, w: 0.25, x: -90}]),
    "counts": (log(density(Poisson("P", p))(k)), [{p: 300, k: 400}, {p: 1e-3, k: 250}]),
    "overdispersed counts": (log(density(NegativeBinomial("B", p, q))(k)), [{p: 300, q: 0.3, k: 400}]),
    "waiting times": (log(density(Gamma("G", p, q))(s)), [{p: 300, q: 0.1, s: 400}, {p: 2, q: 3, s: 1e4}]),
    "shares": (log(density(Beta("B", p, q))(x)), [{p: 3, q: 40, x: 0.2}, {p: 300, q: 400, x: 0.2}]),
    "lifetimes": (log(density(Weibull("W", p, q))(s)), [{p: 2, q: 30, s: 100}, {p: 3, q: 2, s: 300}]),
    "log-normal": (log(density(LogNormal("N", m, p))(s)), [{m: 0, p: 0.01, s: 3}]),
    "logistic": (log(density(Logistic("L", m, p))(x)), [{m: 0, p: 1, x: 900}, {m: 0, p: 1, x: -900}]),
    "Laplace": (log(density(Laplace("L", m, p))(x)), [{m: 0, p: 1, x: 900}]),
    "a sum of sigmoids": (log(w * sb.sigmoid(a) + (1 - w) * sb.sigmoid(b)), [{a: -800, b: -810, w: 0.3}]),
    "normal distribution function": (log(sp.erf(x / sp.sqrt(2)) / 2 + R(1, 2)), [{x: -40}, {x: 8}, {x: 1}]),
    "the same from erfc": (log(sp.erfc(-x / sp.sqrt(2)) / 2), [{x: -40}, {x: 8}]),
    "gamma of a negative number": (log(sp.gamma(a)), [{a: -1.5}, {a: -3.25}, {a: 300}]),
    "a square": (log((x - 1) ** 2 * exp(a)), [{x: 0.2, a: -900}, {x: 3, a: 900}]),
    "a root": (log(sp.sqrt(p) * exp(a) / (1 + exp(a)) ** 3), [{p: 2, a: 900}, {p: 2, a: -900}]),
    "sums in sums": (log(exp(a) * (exp(b) + exp(x)) + exp(y)), [{a: 500, b: 400, x: 300, y: 900}]),
    "Fermi": (1 / (exp(x) + 1), [{x: 400}, {x: 800}, {x: -800}]),
    "Bose": (1 / (exp(x) - 1), [{x: 400}, {x: 708}, {x: 710}, {x: 800}, {x: -800}, {x: 1e-9}]),
    "Planck": (x**3 / (exp(x) - 1), [{x: 800}, {x: 3}]),
    "Einstein": (x**2 * exp(x) / (exp(x) - 1) ** 2, [{x: 800}, {x: -800}, {x: 3}]),
    "slope of Fermi": (exp(x) / (1 + exp(x)) ** 2, [{x: 800}, {x: -800}, {x: 3}]),
    "tanh": ((exp(x) - exp(-x)) / (exp(x) + exp(-x)), [{x: 800}, {x: -800}, {x: 0.3}]),
    "tanh of doubles": ((exp(2 * x) - 1) / (exp(2 * x) + 1), [{x: 800}, {x: -800}, {x: 0.3}]),
    "coth": ((exp(x) + exp(-x)) / (exp(x) - exp(-x)), [{x: 800}, {x: -800}]),
    "an average": (
        (a * exp(x) + b * exp(y)) / (exp(x) + exp(y)),
        [{a: 2, b: 3, x: 800, y: 801}, {a: 2, b: 3, x: -800, y: -801}],
    ),
    "a share with a weight": (exp(x) / (exp(x) + 3 * exp(y)), [{x: 800, y: 900}, {x: -900, y: -800}]),
    "an oscillator": (-s * log(2 * sp.sinh(p / (2 * s))), [{p: 200, s: 0.1}, {p: 2, s: 0.3}]),
    "a sinh of either sign": (log(y**2 * sp.sinh(x) ** 2), [{x: -800, y: 3}, {x: 800, y: 3}, {x: -1.5, y: 3}]),
    "a Bose factor squared": (log(p / (exp(p) - 1) ** 2), [{p: 800}, {p: 3}]),
    "a heat capacity": (log(p**2 * exp(p) / (exp(p) - 1) ** 2), [{p: 800}, {p: 3}]),
    "a difference squared": (log((exp(x) - exp(y)) ** 2), [{x: 800, y: 803}, {x: -800, y: -790}, {x: 2, y: 1}]),
    "sech": (log(q / sp.cosh(x) ** 2), [{x: 800, q: 2}, {x: -800, q: 2}]),
    "a two-state share": (log(2 / (exp(x) + exp(-x))), [{x: 800}, {x: -800}]),
    "half of 1 + tanh": (log((1 + sp.tanh(x)) / 2), [{x: -40}, {x: -800}]),
    "what is left of 1 - tanh": (log(1 - sp.tanh(x)), [{x: 40}, {x: 800}]),
    "hyperbolic quotients": (sp.sinh(x) / sp.cosh(x) + y / sp.cosh(x) + sp.cosh(x) / sp.sinh(x), [{x: 800, y: 2}]),
    "x over sinh": (x / sp.sinh(x), [{x: 800}, {x: -40}]),
    "link": (log(1 - exp(-exp(x))), [{x: -30}, {x: 3}]),
}
"""Each with points at which what is written, or its derivative, is lost in floats, and some at which it is not."""


@pytest.mark.parametrize("name", KINDS)
def test_value_and_derivatives_far_out(name: str) -> None:
    expression, points = KINDS[name]
    for point in points:
        check_right(expression, point, rel=1e-11)


@pytest.mark.parametrize("name", KINDS)
def test_expanded_derivatives_at_an_ordinary_point(name: str) -> None:
    """What goes back to SymPy is right in SymPy's own arithmetic."""
    expression, _ = KINDS[name]
    point = {one: R(3 + place, 7) for place, one in enumerate(sorted(expression.free_symbols, key=str))}
    point |= {k: 3} if k in point else {}
    derivation = sb.derive(expression, list(point))
    for one in point:
        found = derivation.expand(one).doit().subs(point).evalf(30)
        expected = exact(sp.diff(expression.doit(), one), {two: float(value) for two, value in point.items()})
        assert mp.almosteq(mp.mpf(found), expected, 1e-12), (name, one)


SECOND = ("weights", "symbols as weights", "a mixture", "normal distribution function", "counts", "Bose", "Einstein")


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_far_out(name: str) -> None:
    expression, points = KINDS[name]
    point = points[0]
    for one in point:
        inner = sb.derive(expression, list(point)).expand(one)
        left = [two for two in point if two in inner.free_symbols]
        values = {two.name: float(point[two]) for two in left}
        _, gradients = sb.derive(inner, left).compile()(**values) if left else (0, {})
        expected = [exact(sp.diff(expression.doit(), one, two), point) for two in left]
        scale = max(map(abs, expected), default=0) + mp.mpf(2) ** -1022
        for two, number in zip(left, expected, strict=True):
            assert abs(mp.mpf(gradients[two.name]) - number) <= 1e-9 * scale, (name, one, two)


def test_a_weight_of_zero_has_no_exponent() -> None:
    function = sb.derive(log(WEIGHTED), [a, b]).compile()
    assert function(a=1e4, b=-1e4, w=0.0) == (-1e4, {"a": 0.0, "b": 1.0})
    assert function(a=1e4, b=-1e4, w=1.0) == (1e4, {"a": 1.0, "b": 0.0})
    value, gradients = function(a=np.array([1e4, 1.0]), b=-1e4, w=np.array([0.0, 1.0]))
    assert value.tolist() == [-1e4, 1.0]
    assert gradients["a"].tolist() == [0.0, 1.0]


def test_what_is_never_positive_has_no_logarithm() -> None:
    with np.errstate(all="ignore"):
        assert math.isnan(sb.derive(log(-exp(a) - exp(b))).compile()(1.0, 2.0)[0])
        assert math.isnan(sb.derive(log(exp(a) - 2 * exp(b))).compile()(1.0, 2.0)[0])
        assert math.isnan(sb.derive(log(x * exp(a))).compile()(a=1.0, x=-2.0)[0])
        assert sb.derive(log(x * y * exp(a))).compile()(a=-1200.0, x=-2.0, y=-0.5)[0] == -1200.0


def test_a_root_of_two_negative_numbers_has_a_logarithm() -> None:
    point = {x: -2.0, y: -3.0, a: -1200.0}
    for root in (sp.sqrt(x * y), (x * y) ** R(3, 2), sp.sqrt(x / y), (-1 / y) ** R(3, 2)):
        expression = log(root * exp(a))
        check_right(expression, {one: point[one] for one in sorted(expression.free_symbols, key=str)})
    value, _ = sb.derive(log(sp.sqrt(x * y) + exp(a))).compile()(a=800.0, x=-2.0, y=-3.0)
    assert value == 800.0


# --- the rules ---

AS_WRITTEN = {
    "a product": log(a * b),
    "a square": log(a**2),
    "a cube": log(a**3),
    "a power of unknown sign": log(a**b),
    "a quotient": log(p / q),
    "a plain sum": log(a * b + x**2),
    "what is never large beside 1": log(2 - sb.sigmoid(x)),
}


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_what_does_not_need_it_stays_as_it_is_written(name: str) -> None:
    expression = AS_WRITTEN[name]
    derivation = sb.derive(expression)
    assert str(derivation.as_cse()) == str(sb.derive(expression, stable=False).as_cse())
    assert "Written so that" not in derivation.formulas()


RULES = {
    log(x**3 * exp(y)): y + 3 * log(x),
    log(x**2 * exp(y)): y + 2 * log(sp.Abs(x)),
    log(a**b * exp(y)): y + log(a**b),
    log(p**b): b * log(p),
    log(x * y * exp(a)): a + log(x * y),
    log(-x * exp(a)): a + log(-x),
    log(p * q * x * exp(a)): a + log(p) + log(q) + log(x),
    log(normal(m, s)): -((x - m) ** 2) / (2 * s**2) - log(s) - log(2 * sp.pi) / 2,
    log(exp(a) / (1 + exp(b))): a - sb.softplus(b),
    log((exp(a) + exp(b)) ** 3): 3 * sb.logsumexp(a, b),
}


@pytest.mark.parametrize("written", RULES, ids=str)
def test_rules_for_products_and_powers(written: Any) -> None:
    replacements, [loss, *_] = sb.derive(written).as_cse()
    for name, value in reversed(replacements):
        loss = loss.subs(name, value)
    assert sp.expand(loss - RULES[written]) == 0


def test_the_result_is_the_same_on_every_run() -> None:
    expression = KINDS["a mixture"][0] + KINDS["waiting times"][0]
    first, second = (sb.derive(expression).source() for _ in range(2))
    assert first == second


def test_stable_false_leaves_all_as_written() -> None:
    for expression, _ in KINDS.values():
        derivation = sb.derive(expression, stable=False)
        assert not derivation.sweep.graph.remembered["said"]
    with np.errstate(all="ignore"):
        assert sb.derive(log(WEIGHTED), stable=False).compile()(a=-1200.0, b=-1201.0, w=0.3)[0] == -math.inf


@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_every_way_of_ours_takes_the_stable_form(method: str) -> None:
    found = sb.derive(log(WEIGHTED), [a, b], method=method).compile()(a=-1200.0, b=-1201.0, w=0.3)
    assert found[0] == pytest.approx(-1200.58426477816)
    assert found[1]["a"] == pytest.approx(0.538101526224449)


# --- what is said, and code ---


def test_formulas_and_the_head_of_code_say_what_was_done() -> None:
    derivation = sb.derive(-log(normal(m, s)), [m, s])
    words = "the logarithm of a product as a sum of logarithms"
    assert words in " ".join(derivation.formulas().split())
    assert words in " ".join(str(derivation.explain(m)).split())
    assert f"Written so that it stays finite: {words}." in derivation.source().split("import")[0]
    model = sb.Model([(T, -log(normal(m, s)))], parameters=[m, s], inputs=[x])
    assert words in " ".join(sb.derive(model).source().split("import")[0].split())


@pytest.mark.parametrize("name", KINDS)
def test_a_written_module_gives_what_compile_gives(name: str) -> None:
    expression, points = KINDS[name]
    derivation = sb.derive(expression)
    namespace: dict[str, Any] = {}
    exec(compile(derivation.source(), name, "exec"), namespace)  # our own text
    values = {one.name: float(value) for one, value in points[0].items()}
    value, gradients = derivation.compile()(**values)
    found, others = namespace["evaluate"](**values)
    assert float(found) == value
    assert {one: float(other) for one, other in others.items()} == gradients


@pytest.mark.parametrize("name", ["weights", "a density", "Bose", "normal distribution function", "an average"])
def test_float32_stays(name: str) -> None:
    expression, points = KINDS[name]
    values = {
        one.name: np.array([value, value / 2], np.float32) for one, value in points[0].items() if abs(value) < 1e5
    }
    value, gradients = sb.derive(expression).compile()(**values)
    assert value.dtype == np.float32
    assert np.isfinite(value).all()
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_entries_of_matrices_take_the_stable_form() -> None:
    M = sp.MatrixSymbol("M", 2, 2)
    loss = sb.Total(M.applyfunc(sp.Lambda(x, log(R(3, 10) * exp(x) + R(7, 10) * exp(-x)))))
    value, gradients = sb.derive(loss, [M]).compile()(M=np.array([[-1200.0, 1200.0], [0.0, 710.0]]))
    entries = [[log(R(7, 10)) + 1200, log(R(3, 10)) + 1200], [0, log(R(3, 10)) + 710]]
    assert value == pytest.approx(float(sum(sum(row) for row in entries)))
    np.testing.assert_allclose(gradients["M"], [[-1.0, 1.0], [-0.4, 1.0]], rtol=1e-12)


@pytest.mark.parametrize("shift", [0.0, -1200.0, 1e4])
def test_logarithms_of_sums_over_a_matrix(shift: float) -> None:
    M, ones = sp.MatrixSymbol("M", 2, 3), sp.OneMatrix
    powers = M.applyfunc(exp)
    losses = {
        "all": log(sb.Total(powers)),
        "rows": sb.Total((sb.RowSums(powers)).applyfunc(log)),
        "columns": sb.Total((ones(1, 2) * powers).applyfunc(log)),
    }
    values = np.arange(6.0).reshape(2, 3) / 7
    axes: dict[str, Any] = {"all": None, "rows": 1, "columns": 0}
    for name, loss in losses.items():
        derivation = sb.derive(loss, [M])
        assert "the largest exponent" in derivation.formulas()
        value, gradients = derivation.compile()(M=values + shift)
        sums = np.exp(values).sum(axis=axes[name], keepdims=True)
        assert value == pytest.approx((np.log(sums) + shift).sum(), rel=1e-13)
        np.testing.assert_allclose(gradients["M"], np.exp(values) / sums, rtol=1e-10)


def test_logsumexp_of_an_explicit_matrix() -> None:
    point = {p: 0.3, q: 0.7, x: 50, y: 1300}
    derivation = sb.derive(sb.logsumexp(sp.Matrix([log(p) - x**2, log(q) - y])), list(point))
    value, gradients = derivation.compile()(**{one.name: float(number) for one, number in point.items()})
    written = log(p * exp(-(x**2)) + q * exp(-y))
    assert value == pytest.approx(float(exact(written, point)), rel=1e-14)
    for one in point:
        assert gradients[one.name] == pytest.approx(float(exact(sp.diff(written, one), point)), rel=1e-11)


def test_a_model_trains_on_a_density() -> None:
    model = sb.Model([(T, -log(normal(m, s)))], parameters=[m, s], inputs=[x])
    data = np.random.default_rng(0).normal(3, 0.5, (200, 1))
    params, history = sb.derive(model).train(data, params={"m": np.array(-40.0), "s": np.array(1.0)}, epochs=1)
    assert np.isfinite(history).all()
    assert np.isfinite(params["m"])


# --- gamma, beta, binomial, factorial ---


def test_signs_that_are_not_known_leave_a_binomial_as_it_is() -> None:
    assert sb.derive(log(sp.binomial(a, b)), [a]).compile()(9.5, b=4.5)[0] == pytest.approx(
        float(mp.log(mp.binomial(9.5, 4.5))), rel=1e-14
    )
    assert sb.derive(log(sp.binomial(p, R(7, 2)))).compile()(200.0)[0] == pytest.approx(
        float(mp.log(mp.binomial(200, 3.5))), rel=1e-13
    )


# --- in linear time ---


def seconds(expression: Any) -> float:
    start = perf_counter()
    sb.derive(expression, [x, y])
    return perf_counter() - start


def wide(count: int) -> Any:
    return log(sp.Add(*(R(place, count) * exp(x * place + y) for place in range(1, count + 1))))


def deep(count: int) -> Any:
    found: list[Any] = [x]
    for place in range(count):
        found.append(sp.Symbol(f"e{place}", real=True))
    return [(new, log(3 * exp(old) + exp(y))) for old, new in pairwise(found)]


def in_products(count: int) -> Any:
    """Logarithms of products that are products of one another."""
    product, logs = x, []
    for _ in range(count):
        product = sp.Mul(product, exp(y), evaluate=False)
        logs.append(log(product, evaluate=False))
    return sp.Add(*logs, evaluate=False)


@pytest.mark.slow
@pytest.mark.parametrize("make", [wide, deep, in_products])
def test_the_time_is_linear(make: Any) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # SymPy's own, while it builds the expression
    try:
        small, large = make(100), make(400)
        seconds(small)  # the rows of operations on so many operands are made once
        seconds(large)
        assert min(seconds(large) for _ in range(3)) < 12 * min(seconds(small) for _ in range(3))
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("at", [-1e5, -800.0, -40.0, 40.0, 800.0])
def test_the_normal_likelihood_is_curved_everywhere(at: float) -> None:
    """The second derivative of log(Phi): 0 to machine precision on one side, -1 and less on the other; never nan."""
    log_phi = log((1 + sp.erf(x / sp.sqrt(2))) / 2)
    second = sb.derive(sb.derive(log_phi, [x]).gradients[x], [x]).compile()
    with np.errstate(all="raise", under="ignore"):
        found = second(x=at)[1]["x"]
    assert found == pytest.approx(-1 + 1 / at**2 if at < 0 else 0.0, abs=1e-5)
