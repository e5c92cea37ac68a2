"""Digits that are rescued in the program of steps: the formulas stay as they are written."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.sympy_functions.scalar_functions import logsumexp

from ..stable_forms.exact_values import check_right, exact

x, y, a, b, w = sp.symbols("x y a b w", real=True)
p = sp.Symbol("p", positive=True)
exp, log = sp.exp, sp.log

# --- the partials of a logarithm of a sum of exponentials ---


@pytest.mark.parametrize("size", [0.0, 1e3, 1e17, -1e17, 1e300])
def test_partials_of_logsumexp_come_from_shifted_exponentials(size: float) -> None:
    value, gradients = sb.derive(logsumexp(a, b), [a, b]).compile()(size, size)
    assert value == pytest.approx(size + math.log(2))
    assert gradients == {"a": 0.5, "b": 0.5}


def test_partials_keep_their_digits_however_large_the_exponents() -> None:
    for expression in (logsumexp(a, b), -logsumexp(a, b) / 3, log(3 * exp(a) + exp(b) / 7), -log(w * exp(a) + exp(b))):
        point = {a: 12345.0, b: 12345.75, w: 0.25}
        check_right(expression, {one: point[one] for one in sorted(expression.free_symbols, key=str)}, rel=4e-15)


def test_the_difference_to_one_exponent_keeps_its_digits() -> None:
    for expression in (logsumexp(a, b) - a, a - logsumexp(a, b)):
        value, gradients = sb.derive(expression, [a, b]).compile()(1e17, 1e17)
        assert abs(value) == math.log(2)
        assert sorted(gradients.values()) == [-0.5, 0.5]


@pytest.mark.parametrize("logit", [0.0, 40.0, 1e17, 1e300, -1e300])
def test_cross_entropy_at_equal_logits_is_the_logarithm_of_their_number(logit: float) -> None:
    for targets, more in (([1, 0], {}), (sp.symbols("y1 y2"), {"y1": 1.0, "y2": 0.0})):
        loss = sb.cross_entropy(sb.softmax([a, b]), targets)
        value, gradients = sb.derive(loss, [a, b]).compile()(a=logit, b=logit, **more)
        assert value == math.log(2)
        assert gradients == {"a": -0.5, "b": 0.5}


@pytest.mark.slow
def test_cross_entropy_of_a_distribution_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    logits, targets = [3.0, -1.5, 700.0], [0.2, 0.7, 0.1]
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(z, torch.tensor(targets, dtype=torch.float64))
    expected.backward()
    zs = sp.symbols("z1:4")
    value, gradients = sb.derive(sb.cross_entropy(sb.softmax(zs), targets), zs).compile()(*logits)
    assert value == pytest.approx(expected.item(), rel=1e-14)
    assert list(gradients.values()) == pytest.approx(z.grad.tolist(), rel=1e-13, abs=1e-300)


def test_logsumexp_of_nothing_is_minus_infinity_as_scipy_has_it() -> None:
    function = sb.derive(logsumexp(a, b), [a, b]).compile()
    with np.errstate(invalid="ignore"):  # the shares of nothing are undefined
        assert function(-math.inf, -math.inf)[0] == -math.inf
        assert function(math.inf, 3.0)[0] == math.inf
    assert function(-math.inf, 3.0) == (3.0, {"a": 0.0, "b": 1.0})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silu_at_minus_infinity_is_zero(dtype: Any) -> None:
    function = sb.derive(sb.silu(x)).compile()
    value, gradients = function(np.array([-np.inf, -1e4, -1.0, 3.0], dtype))
    assert value.dtype == dtype
    exactly = [0, 0, *(float(one / (1 + mp.exp(-one))) for one in (-1, 3))]
    np.testing.assert_allclose(value, exactly, rtol=1e-6 if dtype is np.float32 else 1e-15)
    assert gradients["x"][:2].tolist() == [0.0, 0.0]


# --- exp(x) - 1, log(1 + x), 1 + erf(x) ---

DIGITS: dict[str, tuple[Any, str]] = {
    "expm1": (exp(x) - 1, "np.expm1(x)"),
    "expm1 turned": (1 - exp(x), "np.expm1(x)"),
    "expm1 of a difference": (exp(x - y) - 1, "np.expm1("),
    "log1p": (log(1 + x), "np.log1p(x)"),
    "log1p turned": (log(1 - x), "np.log1p(-x)"),
    "log1p of a sum": (log(1 + x + y), "np.log1p"),
    "quotient": ((exp(x) - 1) / x, "np.expm1(x)"),
    "a product": (y * log(1 + x**2), "np.log1p"),
}


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("size", [1e-9, 1e-15, -1e-12, 0.5])
def test_digits_near_zero(name: str, size: float) -> None:
    expression, text = DIGITS[name]
    derivation = sb.derive(expression)
    function = derivation.compile()
    assert text in function.source
    point = {x: size, y: size / 3}
    point = {one: point[one] for one in sorted(expression.free_symbols, key=str)}
    value, _ = function(**{one.name: number for one, number in point.items()})
    assert abs(mp.mpf(value) / exact(expression, point) - 1) < 1e-15 * (1 + ("sum" in name or "difference" in name))


@pytest.mark.parametrize("name", DIGITS)
def test_formulas_stay_as_their_author_wrote_them(name: str) -> None:
    expression, _ = DIGITS[name]
    derivation = sb.derive(expression)
    told = derivation.formulas()
    assert "expm1" not in told
    assert "log1p" not in told
    replacements, [loss, *_] = derivation.as_cse()
    for one, value in reversed(replacements):
        loss = loss.subs(one, value)
    assert sp.expand(loss - expression) == 0


TAILS = {
    "gelu": x * (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "normal": sp.Rational(1, 2) + sp.erf(x / sp.sqrt(2)) / 2,
    "other tail": 1 - sp.erf(-x),
    "by erfc": 2 - sp.erfc(x),
    "log of half of it": sp.log(sp.erfc(x)) - sp.log(2),
    "scaled": 3 - 3 * sp.erf(-x),
}


@pytest.mark.parametrize("name", TAILS)
@pytest.mark.parametrize("size", [-10.0, -5.5, -1.0, 0.3, 4.0])
def test_the_tail_of_an_error_function_keeps_its_digits(name: str, size: float) -> None:
    check_right(TAILS[name], {x: size}, rel=1e-12)


def test_a_sum_that_only_looks_like_it_is_left_alone() -> None:
    for expression in (1 + 2 * sp.erf(x), 2 - 2 * sp.erfc(x), exp(x) - 2, log(2 + x), y + sp.erf(x)):
        source = sb.derive(expression).compile().source
        assert "expm1" not in source
        assert "log1p" not in source
        assert ("_erfc" in source) == expression.has(sp.erfc)


def test_arrays_with_a_batch_take_them_as_well() -> None:
    W = sp.MatrixSymbol("W", 2, 1)
    v = sp.MatrixSymbol("v", 2, 1)
    loss = sp.log(1 + (W.T * v)[0, 0])
    function = sb.derive(loss, [W]).compile(batch=[v])
    assert "np.log1p" in function.source
    value, _ = function(W=np.array([[1e-12], [1e-12]]), v=np.ones((3, 2, 1)))
    assert value == pytest.approx(2e-12, rel=1e-15)


def test_a_model_of_numbers_takes_them_as_well() -> None:
    u, v, y1, y2, L, z1, z2 = sp.symbols("u v y1 y2 L z1 z2", real=True)
    loss = sb.cross_entropy(sb.softmax([z1, z2]), [y1, y2]) + log(1 + u**2)
    model = sb.Model(
        [(z1, u * x), (z2, v * x), (L, loss)], parameters=[u, v], inputs=[x], targets=[y1, y2], outputs=[z1, z2]
    )
    function = sb.derive(model).compile()
    params = {"u": np.array(1e-9), "v": np.array(1e-9)}
    value, gradients = function(params, np.array([[1e300]]), np.array([[1.0, 0.0]]))
    assert value == math.log(2)
    assert gradients == {"u": -5e299, "v": 5e299}
    value, _ = function(params, np.array([[0.0]]), np.array([[0.0, 0.0]]))
    assert value == pytest.approx(1e-18, rel=1e-15)


SMALL = {
    "weight": sp.log(1 + p * sp.exp(x)),
    "difference": sp.log(1 - p * sp.exp(x) / 2),
    "squared weight": sp.log(1 + y**2 * sp.exp(x)),
    "three": sp.log(1 + p * sp.exp(x) + y * sp.exp(2 * x)),
    "factor": y * sp.log(p * sp.exp(x) + 1),
    "shares": sp.log(p + (1 - p) * sp.exp(x)),
}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("size", "weight"), [(-45.0, 1.0), (-100.0, 0.4), (-20.0, 1.0), (30.0, 1e-20), (0.5, 1e-20)])
def test_a_weighted_sum_that_is_almost_one_keeps_its_digits(name: str, size: float, weight: float) -> None:
    expression = SMALL[name]
    symbols = sorted(expression.free_symbols, key=str)
    given = [{"x": size, "y": 0.7, "p": weight}[symbol.name] for symbol in symbols]
    value, gradients = sb.derive(expression, symbols).compile()(*given)
    with mp.workdps(100):
        for found, exact in zip(
            (value, *gradients.values()), (expression, *(expression.diff(one) for one in symbols)), strict=True
        ):
            wanted = float(sp.lambdify(symbols, exact, "mpmath")(*map(mp.mpf, given)))
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-300)
