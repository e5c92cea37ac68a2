"""`sb.residuals`: certified fits of NIST, SciPy's own differences, and what is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import optimize
from scipy.optimize._numdiff import approx_derivative

import symbackprop as sb

a, b, c, k, t, y, z = sp.symbols("a b c k t y z", real=True)
b1, b2, b3, x = sp.symbols("b1 b2 b3 x", real=True)
DECAY = a * sp.exp(-b * t) + c
TIMES = np.linspace(0.1, 4.0, 40)
VALUES = 2.5 * np.exp(-1.3 * TIMES) + 0.5 + 0.05 * np.random.default_rng(0).normal(size=TIMES.size)
DATA = {t: TIMES, y: VALUES}

NIST: dict[str, tuple[Any, list[Any], str, str, list[list[float]], list[float], list[float], float]] = {
    "Misra1a": (
        b1 * (1 - sp.exp(-b2 * x)),
        [b1, b2],
        "77.6 114.9 141.1 190.8 239.9 289.0 332.8 378.4 434.8 477.3 536.8 593.1 689.1 760.0",
        "10.07 14.73 17.94 23.93 29.61 35.18 40.02 44.82 50.76 55.05 61.01 66.40 75.47 81.78",
        [[500, 0.0001], [250, 0.0005]],
        [2.3894212918e02, 5.5015643181e-04],
        [2.7070075241e00, 7.2668688436e-06],
        1.2455138894e-01,
    ),
    "Rat42": (
        b1 / (1 + sp.exp(b2 - b3 * x)),
        [b1, b2, b3],
        "9 14 21 28 42 57 63 70 79",
        "8.930 10.800 18.590 22.330 39.350 56.110 61.730 64.620 67.080",
        [[100, 1, 0.1], [75, 2.5, 0.07]],
        [7.2462237576e01, 2.6180768402e00, 6.7359200066e-02],
        [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03],
        8.0565229338e00,
    ),
    "DanWood": (
        b1 * x**b2,
        [b1, b2],
        "1.309 1.471 1.490 1.565 1.611 1.680",
        "2.138 3.421 3.597 4.340 4.882 5.660",
        [[1, 5], [0.7, 4]],
        [7.6886226176e-01, 3.8604055871e00],
        [1.8281973860e-02, 5.1726610913e-02],
        4.3173084083e-03,
    ),
}
"""Statistical Reference Datasets, nonlinear regression: model, x, y, both starts, certified values, deviations, sum."""


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", NIST)
def test_certified_fits(name: str, start: int, method: str) -> None:
    model, params, xs, ys, starts, certified, deviations, total = NIST[name]
    data = {x: np.array(xs.split(), float), y: np.array(ys.split(), float)}
    fit = sb.residuals(sp.Eq(y, model), params, data)
    strict = {"xtol": 1e-14, "ftol": 1e-14, "gtol": 1e-14, "method": method}
    x_scale = {} if method == "lm" else {"x_scale": "jac"}
    found = optimize.least_squares(fit, starts[start], jac=fit.jac, **strict, **x_scale)
    assert found.x == pytest.approx(certified, rel=1e-8)
    assert 2 * found.cost == pytest.approx(total, rel=1e-10)
    best, covariance = optimize.curve_fit(p0=starts[start], **fit.curve_fit, **strict, **x_scale)
    assert best == pytest.approx(certified, rel=1e-8)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(deviations, rel=1e-6)


def decay(t: Any, a: float, b: float, c: float) -> Any:
    return a * np.exp(-b * t) + c


W, V, v = sp.MatrixSymbol("W", 2, 3), sp.MatrixSymbol("V", 3, 1), sp.MatrixSymbol("v", 2, 1)
u, second = sp.symbols("u second", real=True)
DRAWN = np.random.default_rng(1)
NET = sb.Network([1, 2, 1], hidden="tanh", output="identity", loss="mse", form="matrix")
N = sp.Symbol("n")
WIDE = {V: DRAWN.normal(size=(9, 3)), v: DRAWN.normal(size=(9, 2))}
FITS: dict[str, Callable[[], sb.Residuals]] = {
    "equation": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA),
    "residual": lambda: sb.residuals(DECAY - y, [a, b, c], DATA),
    "names": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], {"t": TIMES, "y": VALUES}),
    "other order": lambda: sb.residuals(sp.Eq(y, DECAY), [c, b, a], {y: VALUES, t: TIMES}),
    "both sides": lambda: sb.residuals(sp.Eq(sp.log(y) - sp.log(a), -b * t), [a, b], DATA),
    "observed logarithm": lambda: sb.residuals(sp.Eq(sp.log(y), sp.log(a) - b * t), [a, b], DATA),
    "a number for all rows": lambda: sb.residuals(sp.Eq(y, DECAY + k), [a, b, c], {k: 2, **DATA}),
    "sigma": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, sigma=0.1 + TIMES),
    "sigma of columns": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, sigma=y / 10 + t),
    "sigma in a column": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], {**DATA, "s": TIMES}, sigma="s"),
    "weights": lambda: sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, weights=TIMES),
    "two": lambda: sb.residuals(
        [(u, sp.exp(-b * t)), sp.Eq(y, a * u), sp.Eq(second, c * u**2)], [a, b, c], {**DATA, second: VALUES**2}
    ),
    "two, sigma": lambda: sb.residuals([sp.Eq(y, a * t), b - y], [a, b], DATA, sigma=np.stack([TIMES, VALUES], 1)),
    "a constant": lambda: sb.residuals(sp.Eq(y, c), [c], {y: VALUES}),
    "matrices": lambda: sb.residuals(sp.Eq(v, W * V), [W], WIDE),
    "function of matrices": lambda: sb.residuals(
        [sp.tanh((W * V)[0]) - v[0], (W * V)[1] * k - v[1]], [k, W], WIDE, bounds={W: (-9, 9), "k": (None, 4)}
    ),
    "network": lambda: sb.residuals(
        sp.Eq(y, NET.outputs[0][0, 0]), NET.parameters, {NET.inputs[0]: TIMES[:, None], y: VALUES}
    ),
    "a derivative in it": lambda: sb.residuals(sp.Eq(y, sb.d(DECAY, t) + c), [a, b, c], DATA),
    "derived before": lambda: sb.residuals(sp.Eq(y, sb.derive(DECAY, [t]).gradients[t] * c), [a, b, c], DATA),
    "names of the code": lambda: sb.residuals(sp.Eq(y, N * sp.Symbol("np") ** t), [N, sp.Symbol("np")], DATA),
    "matrix of symbols": lambda: sb.residuals(sp.Matrix([[a * t], [b]]) - sp.Matrix([y, y]), sp.Matrix([[a, b]]), DATA),
}


@pytest.mark.parametrize("name", FITS)
def test_jacobians_against_differences(name: str) -> None:
    fit = FITS[name]()
    point = np.linspace(0.6, 1.4, len(fit.bounds[0]))
    wanted = approx_derivative(fit, point, method="3-point")
    found = fit.jac(point)
    assert found.shape == (fit(point).size, point.size)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-8)
    given = fit.curve_fit
    np.testing.assert_allclose(
        given["jac"](given["xdata"], *point),
        approx_derivative(lambda one: given["f"](given["xdata"], *one), point, method="3-point"),
        rtol=1e-6,
        atol=1e-8,
    )


@pytest.mark.parametrize("name", FITS)
def test_a_fit_and_its_curve_are_one(name: str) -> None:
    fit = FITS[name]()
    point, given = np.linspace(0.6, 1.4, len(fit.bounds[0])), fit.curve_fit
    for xdata in (given["xdata"], given["xdata"].copy()):  # what is held, and what is passed
        off = given["f"](xdata, *point) - given["ydata"]
        sigma = 1.0 if given["sigma"] is None else given["sigma"]
        np.testing.assert_allclose(fit(point), off / sigma, rtol=1e-12, atol=1e-14)
        divided = given["jac"](xdata, *point) / np.reshape(sigma, (-1, 1))
        np.testing.assert_allclose(fit.jac(point), divided, rtol=1e-12)


def test_values_by_hand() -> None:
    point = np.array([2.0, 0.7, 0.1])
    plain = decay(TIMES, *point) - VALUES
    for name, factor in (("sigma", 1 / (0.1 + TIMES)), ("weights", np.sqrt(TIMES)), ("equation", 1.0)):
        np.testing.assert_allclose(FITS[name]()(point), plain * factor, rtol=1e-12, atol=1e-14)
    both = FITS["two"]()(point).reshape(-1, 2)
    shrunk = np.exp(-0.7 * TIMES)
    np.testing.assert_allclose(both, np.stack([2 * shrunk - VALUES, 0.1 * shrunk**2 - VALUES**2], 1), atol=1e-13)
    flat = np.arange(6.0)
    wanted = WIDE[V] @ flat.reshape(2, 3).T - WIDE[v]
    np.testing.assert_allclose(FITS["matrices"]()(flat).reshape(-1, 2), wanted, atol=1e-13)


@pytest.mark.parametrize("absolute_sigma", [False, True])
@pytest.mark.parametrize("sigma", [None, 0.1 + TIMES])
def test_curve_fit_is_that_of_a_function_by_hand(sigma: Any, absolute_sigma: bool) -> None:
    fit = sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, sigma=sigma)
    found = optimize.curve_fit(p0=[1, 1, 1], absolute_sigma=absolute_sigma, **fit.curve_fit)
    wanted = optimize.curve_fit(decay, TIMES, VALUES, [1, 1, 1], sigma=sigma, absolute_sigma=absolute_sigma)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    least = optimize.least_squares(x0=[1, 1, 1], **fit.least_squares)
    np.testing.assert_allclose(least.x, found[0], rtol=1e-6)


def test_covariances_and_missing_values_are_left_to_scipy() -> None:
    fit, given = FITS["equation"](), FITS["equation"]().curve_fit
    covariance = np.diag(TIMES) + 0.01
    wanted = optimize.curve_fit(decay, TIMES, VALUES, [1, 1, 1], sigma=covariance)[0]
    found = optimize.curve_fit(p0=[1, 1, 1], **{**given, "sigma": covariance})[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    holes = np.where(TIMES > 3, np.nan, VALUES)
    missing = {"check_finite": False, "nan_policy": "omit"}
    found = optimize.curve_fit(fit.curve, TIMES, holes, [1, 1, 1], jac=fit.curve_jac, **missing)[0]
    np.testing.assert_allclose(found, optimize.curve_fit(decay, TIMES, holes, [1, 1, 1], **missing)[0], rtol=1e-5)


def test_columns_with_each_call() -> None:
    fit = sb.residuals(sp.Eq(y, DECAY), [a, b, c], [t, y], sigma=0.1 + t)
    held = sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, sigma=0.1 + TIMES)
    found = optimize.least_squares(fit, [1, 1, 1], jac=fit.jac, args=(TIMES, VALUES)).x
    np.testing.assert_allclose(found, optimize.least_squares(held, [1, 1, 1], jac=held.jac).x, rtol=1e-9)
    again = optimize.least_squares(fit, [1, 1, 1], jac=fit.jac, args=(TIMES[:20], VALUES[:20])).x
    assert not np.allclose(found, again, rtol=1e-4)
    curve = optimize.curve_fit(fit.curve, TIMES, VALUES, [1, 1, 1], jac=fit.curve_jac, sigma=0.1 + TIMES)[0]
    np.testing.assert_allclose(curve, found, rtol=1e-6)
    point, times = np.array([1.0, 2.0, 3.0]), TIMES.copy()
    before = fit.jac(point, times, VALUES)
    times *= 2  # nothing of the call before is used
    np.testing.assert_array_equal(fit.jac(point, times, VALUES)[:, 0], np.exp(-2 * times) / (0.1 + times))
    assert not np.array_equal(before[:, 0], np.exp(-2 * times))


def test_bounds_are_passed_on() -> None:
    fit = sb.residuals(sp.Eq(y, DECAY), [a, b, c], DATA, bounds={a: (None, 2), "c": (0.6, np.inf)})
    assert np.array_equal(fit.bounds, [[-np.inf, -np.inf, 0.6], [2, np.inf, np.inf]])
    wanted = optimize.curve_fit(decay, TIMES, VALUES, [1, 1, 1], bounds=fit.bounds)[0]
    np.testing.assert_allclose(optimize.curve_fit(p0=[1, 1, 1], **fit.curve_fit)[0], wanted, rtol=1e-4)
    np.testing.assert_allclose(optimize.least_squares(x0=[1, 1, 1], **fit.least_squares).x, wanted, rtol=1e-4)
    wide = FITS["function of matrices"]()
    assert np.array_equal(wide.bounds, [[-np.inf, *[-9] * 6], [4, *[9] * 6]])


def test_parameters_by_name() -> None:
    fit = FITS["function of matrices"]()
    vector = fit.vector({"W": np.arange(6).reshape(2, 3), k: 7})
    assert vector.tolist() == [7, 0, 1, 2, 3, 4, 5]
    found = fit.by_name(vector)
    assert found["k"] == 7.0
    assert np.array_equal(found["W"], [[0, 1, 2], [3, 4, 5]])
    assert fit.names == ("k", "W")


@pytest.mark.parametrize("name", ["equation", "sigma", "two", "a constant", "matrices"])
def test_no_array_that_was_given_away_changes_or_is_trusted(name: str) -> None:
    """Whatever order it is called in, and whatever is written into the results."""
    fit, drawn = FITS[name](), np.random.default_rng(3)
    points = [np.linspace(0.5, 1.5, len(fit.bounds[0])) + 0.1 * one for one in range(3)]
    calls = [
        fit,
        fit.jac,
        lambda one: fit.curve(fit.curve_fit["xdata"], *one),
        lambda one: fit.curve_jac(fit.curve_fit["xdata"], *one),
    ]
    fresh = [[pickle.loads(pickle.dumps(fit)) for _ in calls] for _ in points]
    wanted = [
        [own[0](one), own[1].jac(one), own[2].curve(own[2].curve_fit["xdata"], *one),
         own[3].curve_jac(own[3].curve_fit["xdata"], *one)]
        for own, one in zip(fresh, points, strict=True)
    ]  # fmt: skip
    kept = []
    for place, which in zip(drawn.integers(3, size=200), drawn.integers(4, size=200), strict=True):
        found = calls[which](points[place])
        np.testing.assert_array_equal(found, wanted[place][which])
        if drawn.random() < 0.5:
            found *= np.nan
        else:
            kept.append((found, wanted[place][which]))
    for found, right in kept:
        np.testing.assert_array_equal(found, right)


def test_value_and_jacobian_are_computed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = FITS["equation"]()
    done: list[str] = []
    for name in ("values", "values_and_jacobian"):
        original = getattr(type(fit._program), name)
        monkeypatch.setattr(type(fit._program), name, lambda *given, n=name, f=original: done.append(n) or f(*given))
    found = optimize.least_squares(fit, [1, 1, 1], jac=fit.jac, method="trf")
    assert len(done) <= found.nfev + 2
    done.clear()
    for shift in range(5):
        fit([1.0, 1.0 + shift, 1.0])  # no Jacobian is asked for: from the second call on none is computed
    assert done.count("values") >= 4


def test_the_data_is_copied() -> None:
    times, values = TIMES.copy(), VALUES.copy()
    fit = sb.residuals(sp.Eq(y, DECAY), [a, b, c], {t: times, y: values})
    before = fit([1, 2, 3])
    times += 1
    values += 1
    np.testing.assert_array_equal(fit([1, 2, 3]), before)
    single = sb.residuals(sp.Eq(y, DECAY), [a, b, c], {t: TIMES.astype(np.float32), y: VALUES.tolist()})
    assert single([1, 2, 3]).dtype == single.jac([1, 2, 3]).dtype == np.float64


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("name", FITS)
def test_copies(name: str, copied: Callable[[Any], Any]) -> None:
    fit = FITS[name]()
    again, point = copied(fit), np.linspace(0.6, 1.4, len(fit.bounds[0]))
    np.testing.assert_array_equal(again(point), fit(point))
    np.testing.assert_array_equal(again.jac(point), fit.jac(point))
    assert (repr(again), again.source) == (repr(fit), fit.source)
    assert b"Sweep" not in pickle.dumps(fit)


def test_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    fit = sb.residuals(sp.Eq(y, DECAY), [a, b, c], pandas.DataFrame({"t": TIMES, "y": VALUES}))
    np.testing.assert_array_equal(fit([1, 2, 3]), FITS["equation"]()([1, 2, 3]))


def made(model: Any = None, params: Any = (a, b, c), data: Any = None, **more: Any) -> sb.Residuals:
    return sb.residuals(sp.Eq(y, DECAY) if model is None else model, params, DATA if data is None else data, **more)


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "lengths": (lambda: made(data={t: TIMES, y: VALUES[1:]}), sb.DataError, "t has 40 rows and y has 39"),
    "nan": (lambda: made(data={t: TIMES, y: np.where(TIMES > 3, np.nan, VALUES)}), sb.DataError, "y is nan in row 30"),
    "masked": (
        lambda: made(data={t: np.ma.array(TIMES, mask=TIMES > 3), y: VALUES}), sb.DataError, "t has masked values",
    ),
    "two axes": (lambda: made(data={t: TIMES[:, None], y: VALUES}), sb.DataError, r"\(rows,\), t.ravel"),
    "no rows": (lambda: made(data={t: [], y: []}), sb.DataError, "t has no rows"),
    "numbers alone": (lambda: made(data={t: 1, y: 2}), sb.DataError, "no column with rows"),
    "matrix": (lambda: sb.residuals(sp.Eq(v, W * V), [W], {V: WIDE[v], v: WIDE[v]}), sb.DataError, r"\(rows, 3, 1\)"),
    "logarithm": (lambda: made(sp.Eq(sp.log(y), DECAY), data={t: TIMES, y: -VALUES}), sb.DataError, "nan in row 0"),
    "text in a column": (lambda: made(data={t: TIMES, y: ["1"] * 40}), sb.ParameterError, "y must be a real number"),
    "complex column": (lambda: made(data={t: TIMES, y: 1j * VALUES}), sb.ParameterError, "y must be a real number"),
    "no data": (lambda: made(data={}), sb.ParameterError, "data is empty"),
    "text for data": (lambda: made(data="t"), sb.ParameterError, "data is str: give a dict"),
    "column of a number": (lambda: made(data={1: TIMES}), sb.ParameterError, "a column is a symbol"),
    "column twice": (lambda: made(data={t: TIMES, "t": TIMES, y: VALUES}), sb.ParameterError, "the column t twice"),
    "parameter and data": (lambda: made(params=[a, b, c, t]), sb.ParameterError, "t is in params and a column of data"),
    "parameter not in it": (lambda: made(params=[a, b, c, k]), sb.ParameterError, "k is in params.*leave it out"),
    "parameter twice": (lambda: made(params=[a, b, a, c]), sb.ParameterError, "params names a twice"),
    "another parameter": (lambda: made(params=[sp.Symbol("a"), b, c]), sb.ParameterError, "other assumptions"),
    "no parameter": (lambda: made(params=[]), sb.ParameterError, "params is empty"),
    "unknown symbol": (lambda: made(params=[a, b]), sb.ParameterError, r"c stands in.*\(a, b\).*\(t, y\)"),
    "unknown column": (lambda: made(data={"T": TIMES, y: VALUES}), sb.ParameterError, r"T is a.*did you mean t\?"),
    "another column": (lambda: made(data={sp.Symbol("t"): TIMES, y: VALUES}), sb.ParameterError, "assumptions differ"),
    "nothing observed": (lambda: made(DECAY), sb.ParameterError, r"y is a column.*sp.Eq\(y, model\)"),
    "observed elsewhere": (lambda: made(sp.Eq(k, DECAY)), sb.ParameterError, r"no equation.*column of data \(t, y\)"),
    "pair of expressions": (lambda: made((y, DECAY)), sb.ParameterError, "'y' is a residual of columns alone"),
    "text for a model": (lambda: made("a*t"), sb.UnsupportedError, "the model is str"),
    "true": (lambda: made(sp.Eq(y, y)), sb.UnsupportedError, "found to be True"),
    "inequality": (lambda: made([y < a]), sb.UnsupportedError, r"model\[0\] is StrictLessThan"),
    "network": (lambda: made(sb.Network([1, 1])), sb.UnsupportedError, "give the equation of each output"),
    "shapes": (lambda: sb.residuals([(v, W)], [W], {v: WIDE[v]}), sb.ShapeError, r"sides.*2 x 1 and 2 x 3"),
    "function of time": (lambda: made(sp.Eq(y, sp.Function("q")(t) * a), [a]), sb.UnsupportedError, r"q\(t\)"),
    "sigma 0": (lambda: made(sigma=0), sb.DataError, "sigma is not above 0"),
    "sigma below 0": (lambda: made(sigma=y - 1), sb.DataError, "sigma is not above 0 in row"),
    "length of sigma": (lambda: made(sigma=TIMES[:3]), sb.DataError, r"\(3,\), expected \(40,\)"),
    "sigma of a parameter": (lambda: made(sigma=a), sb.ParameterError, "contain a, which is fitted"),
    "sigma of no column": (lambda: made(sigma="k"), sb.ParameterError, "no column of data: t, y"),
    "negative weights": (lambda: made(weights=-1), sb.DataError, "cannot be negative"),
    "both": (lambda: made(weights=1, sigma=1), sb.ParameterError, "both given"),
    "bounds": (lambda: made(bounds=(0, 1)), sb.ParameterError, "bounds is tuple: give a dict"),
    "a bound": (lambda: made(bounds={a: 0}), sb.ParameterError, "the bounds of a are 0"),
    "crossed": (lambda: made(bounds={a: (2, 1)}), sb.ParameterError, "lower bound of a"),
    "bound of a column": (lambda: made(bounds={t: (0, 1)}), sb.UnknownNameError, "'t': choose one of a, b, c"),
    "x": (lambda: made()([1, 2]), sb.ParameterError, r"x has shape \(2,\), expected \(3,\): a, b, c"),
    "complex x": (lambda: made()([1, 2, 3j]), sb.ParameterError, "jac='cs'"),
    "columns too many": (lambda: made()([1, 2, 3], TIMES), sb.ParameterError, "its data is held"),
    "columns too few": (lambda: made(data=[t, y])([1, 2, 3], TIMES), sb.ParameterError, "got no value for y"),
    "lengths of a call": (lambda: made(data=[t, y])([1, 2, 3], TIMES, [1]), sb.DataError, "y has 1"),
    "no ydata": (lambda: made(data=[t, y]).curve_fit, sb.ParameterError, "jac=fit.curve_jac"),
    "xdata": (lambda: made().curve([TIMES, TIMES], 1, 2, 3), sb.ParameterError, r"\(2, 40\), expected \(rows,\)"),
    "vector": (lambda: made().vector({a: 1}), sb.ParameterError, "lacks b, c"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    make, kind, words = REFUSED[name]
    with pytest.raises(sb.SymbackpropError, match=words) as found:
        make()
    assert type(found.value) is kind
    assert "\n" not in str(found.value)


def test_advice_of_refusals_works() -> None:
    assert made(sp.Eq(y, DECAY)) is not None  # "say so, sp.Eq(y, model)"
    net = sb.Network([1, 2, 1], hidden="tanh", output="identity", loss="mse")
    columns = {net.inputs[0]: TIMES, y: VALUES}
    fit = sb.residuals([sp.Eq(y, net.outputs[0])], net.parameters, columns)
    start = np.random.default_rng(4).normal(size=len(fit.names))
    np.testing.assert_allclose(fit.jac(start), approx_derivative(fit, start, method="3-point"), rtol=1e-5, atol=1e-7)
    assert optimize.least_squares(fit, start, jac=fit.jac).cost < 0.1


@pytest.mark.filterwarnings("error")
def test_weights_of_0_and_infinite_values() -> None:
    weights = np.where(TIMES > 2, 0.0, 1.0)
    fit = made(weights=weights)
    wanted = optimize.curve_fit(decay, TIMES[TIMES <= 2], VALUES[TIMES <= 2], [1, 1, 1])[0]
    np.testing.assert_allclose(optimize.least_squares(fit, [1, 1, 1], jac=fit.jac).x, wanted, rtol=1e-5)
    far = made(data={t: [0.0, np.inf], y: [1.0, 2.0]})
    assert far([3.0, 1.0, 0.5]).tolist() == [2.5, -1.5]
