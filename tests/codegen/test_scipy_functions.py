"""Code by SciPy's special functions, against mpmath: values, derivatives, arrays, float32, modules; without SciPy."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.codegen.targets.numpy import scipy_functions
from symbackprop.codegen.targets.numpy.carried_helpers import HELPERS, with_needed
from symbackprop.codegen.targets.numpy.scipy_rows import OF_SCIPY
from symbackprop.runtime import load_module

pytest.importorskip("scipy")

x, a, b = sp.symbols("x a b", real=True)
F = Callable[..., Any]

BESSEL = [(0, 0.5), (1, -2.5), (2.5, 3.0), (-3, 7.25), (-1.5, 0.4), (0, 1e4)]
AIRY = [(-40.0,), (-2.5,), (0.0,), (1.5,), (30.0,), (103.9,)]
BETA = [(2.5, 0.75, 0.1, 0.2), (2.5, 30.0, 0.9, 0.95), (3.0, 2.0, 0.7, 0.3), (0.5, 0.5, 0.0, 0.999)]
GAMMA = [(2.5, 0.4), (0.3, 40.0), (30.0, 7.5), (-1.5, 0.2), (-1.5, 5.0), (3.0, -1.2), (180.0, 30.0)]
NEAR = [(-30.0,), (-1.5,), (-1e-3,), (0.25,), (2.0,), (40.0,)]
WAVES = [(-7.3,), (-1.5,), (-1e-3,), (0.25,), (2.3,), (12.6,)]
RIGHT = [(1e-3,), (0.25,), (2.0,), (40.0,)]

ROWS: dict[str, tuple[Any, F, list[tuple[float, ...]]]] = {
    "besselj": (sp.besselj(a, x), mp.besselj, BESSEL),
    "bessely": (sp.bessely(a, x), mp.bessely, [(0, 0.5), (2.5, 3.0), (-3, 7.25), (1, 1e4)]),
    "besseli": (sp.besseli(a, x), mp.besseli, [(0, 0.5), (1, -2.5), (2.5, 3.0), (-1.5, 0.4), (1, 600.0)]),
    "besselk": (sp.besselk(a, x), mp.besselk, [(0, 0.5), (2.5, 3.0), (-1.5, 0.4), (1, 600.0)]),
    "airyai": (sp.airyai(x), mp.airyai, AIRY),
    "airyaiprime": (sp.airyaiprime(x), lambda t: mp.airyai(t, derivative=1), AIRY),
    "airybi": (sp.airybi(x), mp.airybi, AIRY),
    "airybiprime": (sp.airybiprime(x), lambda t: mp.airybi(t, derivative=1), AIRY),
    "zeta": (sp.zeta(a, x), mp.zeta, [(2, 0.5), (2, -1.25), (3.5, 40.0), (0.5, 0.1), (-2.5, 3.0), (-0.75, 12.5)]),
    "LambertW": (sp.LambertW(x), mp.lambertw, [(-0.3,), (-1e-3,), (0.5,), (40.0,), (1e300,)]),
    "LambertW of branch -1": (sp.LambertW(x, -1), lambda t: mp.lambertw(t, -1), [(-0.36,), (-0.1,), (-1e-9,)]),
    "elliptic_k": (sp.elliptic_k(x), mp.ellipk, [(-30.0,), (-0.5,), (0.25,), (0.999,)]),
    "elliptic_e": (sp.elliptic_e(x), mp.ellipe, [(-30.0,), (-0.5,), (0.25,), (0.999,)]),
    "elliptic_e of an angle": (
        *(sp.elliptic_e(a, x), mp.ellipe),
        [(0.5, 0.25), (-7.0, 0.9), (3.0, -30.0), (0.3, 4.5), (1.57, 0.5)],
    ),
    "elliptic_f": (sp.elliptic_f(a, x), mp.ellipf, [(0.5, 0.25), (-7.0, 0.9), (3.0, -30.0), (0.3, 4.5)]),
    "Ei": (sp.Ei(x), mp.ei, NEAR),
    "li": (sp.li(x), mp.li, [(1e-3,), (0.25,), (2.0,), (40.0,)]),
    "E1": (sp.E1(x), mp.e1, RIGHT),
    "expint": (
        *(sp.expint(a, x), mp.expint),
        [
            (3, 0.5),
            (1, 40.0),
            (2.5, 0.4),
            (2.5, 3.0),
            (2.5, 30.0),
            (1 + 1e-13, 0.5),
            (0.9, 0.5),
            (9.000001, 0.3),
            (-1.3, 2.0),
            (10.3, 0.01),
        ],
    ),
    "Si": (sp.Si(x), mp.si, NEAR),
    "Ci": (sp.Ci(x), mp.ci, RIGHT),
    "Shi": (sp.Shi(x), mp.shi, NEAR),
    "Chi": (sp.Chi(x), mp.chi, RIGHT),
    "erfi": (sp.erfi(x), mp.erfi, [(-5.0,), (-1e-3,), (0.25,), (20.0,)]),
    "erfcinv": (sp.erfcinv(x), lambda t: mp.erfinv(1 - t), [(1e-9,), (0.25,), (1.25,), (1.999,)]),
    "fresnels": (sp.fresnels(x), mp.fresnels, WAVES),
    "fresnelc": (sp.fresnelc(x), mp.fresnelc, WAVES),
    "betainc": (sp.betainc(a, b, sp.Symbol("low"), x), mp.betainc, BETA),
    "betainc_regularized": (
        sp.betainc_regularized(a, b, sp.Symbol("low"), x),
        lambda *given: mp.betainc(*given, regularized=True),
        BETA,
    ),
    "lowergamma": (sp.lowergamma(a, x), lambda s, t: mp.gammainc(s, 0, t), GAMMA),
    "uppergamma": (sp.uppergamma(a, x), mp.gammainc, GAMMA),
}
"""By SymPy's name the function, the same in mpmath, and points of its arguments, x last."""
ORDER = ["a", "b", "low", "x"]


def named(expression: Any, point: tuple[float, ...]) -> dict[str, float]:
    """The values of the symbols, in the order of the arguments."""
    names = [name for name in ORDER if name in {symbol.name for symbol in expression.free_symbols}]
    return dict(zip(names, map(float, point), strict=True))


def slope(exact: F, point: tuple[float, ...]) -> float:
    """A derivative from values alone; by x, the last."""
    with mp.workdps(180):
        *others, at = map(mp.mpf, point)
        step = mp.mpf("1e-30") * max(1, abs(at))
        return float(mp.re((exact(*others, at + step) - exact(*others, at - step)) / (2 * step)))


def value(exact: F, point: tuple[float, ...]) -> float:
    with mp.workdps(90):
        return float(mp.re(exact(*map(mp.mpf, point))))


def near(found: Any, expected: Any, rel: float = 3e-12) -> None:
    assert np.asarray(found).tolist() == pytest.approx(np.asarray(expected).tolist(), rel=rel, abs=1e-50)


@pytest.mark.parametrize("name", ROWS)
def test_values_and_derivatives_of_numbers_and_of_arrays(name: str) -> None:
    expression, exact, points = ROWS[name]
    code = sb.derive(expression, [x]).compile()
    values, slopes = [value(exact, point) for point in points], [slope(exact, point) for point in points]
    for point, one, by_x in zip(points, values, slopes, strict=True):
        found, derivatives = code(**named(expression, point))
        near(found, one)
        near(derivatives["x"], by_x)
    columns = [named(expression, point) for point in points]
    found, derivatives = code(**{key: np.array([column[key] for column in columns]) for key in columns[0]})
    near(found, values)
    near(derivatives["x"], slopes)


@pytest.mark.parametrize("name", ROWS)
def test_float32_is_kept_and_a_module_does_the_same(name: str, tmp_path: Path) -> None:
    expression, exact, points = ROWS[name]
    derivation = sb.derive(expression, [x])
    given = {key: np.full(2, number, np.float32) for key, number in named(expression, points[1]).items()}
    module: dict[str, Any] = {}
    path = derivation.write(tmp_path / "written.py")
    assert "from scipy import special  # this module needs SciPy" in path.read_text(encoding="utf-8")
    exec(compile(path.read_text(encoding="utf-8"), name, "exec"), module)
    for code in (derivation.compile(), module["evaluate"]):
        found, derivatives = code(**given)
        assert found.dtype == derivatives["x"].dtype == np.float32
        near(found, [value(exact, tuple(float(number[0]) for number in given.values()))] * 2, rel=1e-6)
    near(module["evaluate"](**named(expression, points[0]))[0], value(exact, points[0]))


def test_each_row_is_tried() -> None:
    assert {re.split(" ", name)[0] for name in ROWS} - {"E1"} == {op.name for op in OF_SCIPY}
    assert {row.function for row in OF_SCIPY.values()} <= set(HELPERS)


@pytest.mark.parametrize("name", scipy_functions.NEEDS)
def test_a_helper_needs_what_is_told(name: str) -> None:
    """Names of other helpers that any of them reads are among those that are carried with it."""
    carried = with_needed([name])
    read = {other for one in carried for other in getattr(HELPERS[one], "__code__", sp).co_names if other in HELPERS}
    assert read <= set(carried)


NOT_REAL = {
    sp.bessely(0, x): -1.0,
    sp.besselk(0, x): -1.0,
    sp.besselj(a, x): -1.0,
    sp.LambertW(x): -1.0,
    sp.E1(x): -1.0,
    sp.Ci(x): -1.0,
    sp.Chi(x): -1.0,
    sp.li(x): -1.0,
    sp.elliptic_k(x): 1.5,
    sp.erfcinv(x): 2.5,
    sp.lowergamma(a, x): -1.0,
    sp.uppergamma(a, x): -1.0,
}


@pytest.mark.parametrize("expression", NOT_REAL, ids=str)
def test_nan_where_it_is_not_real(expression: Any) -> None:
    at = NOT_REAL[expression]
    assert not expression.subs({a: 0.5, x: at}).evalf().is_real
    assert np.isnan(sb.lambdify([a, x], expression)(0.5, at))


def test_at_the_ends_of_what_is_real() -> None:
    found = sb.lambdify([a, x], sp.expint(a, x))(np.array([0.3, 1.0, 3.0]), 0.0)
    assert found.tolist() == [np.inf, np.inf, 0.5]
    assert sb.lambdify([x], sp.elliptic_k(x))(1.0) == np.inf
    assert sb.lambdify([x], sp.LambertW(x))(0.0) == 0.0


@pytest.mark.parametrize(
    ("function", "orders"), [(sp.Si(x), [0, 1, 0, -1 / 3]), (sp.LambertW(x), [0, 1, -2, 9])], ids=str
)
def test_derivatives_at_0_are_numbers(function: Any, orders: list[float]) -> None:
    """Where SymPy's, sin(x)/x and W/(x*(1 + W)), are 0/0; the power series tell them."""
    for pair in pairwise(orders):
        derivation = sb.derive(function, [x])
        found, by_x = derivation.compile()(0.0)
        assert (found, by_x["x"]) == pytest.approx(pair, abs=1e-15)
        function = derivation.expand(x)


def test_symbols_of_the_names_that_code_imports_and_hessians() -> None:
    special, scipy = sp.symbols("special scipy", real=True)
    product = sp.besselj(2, special * scipy)
    found = sb.lambdify([special, scipy], sb.hessian(product, [special, scipy]))(0.5, 1.5)
    exact = sp.hessian(product, [special, scipy]).subs({special: 0.5, scipy: 1.5}).evalf(30)
    near(found.ravel(), np.array(exact, float).ravel())


def test_a_model_trains_and_its_module_imports_scipy(tmp_path: Path) -> None:
    o, t, loss = sp.symbols("o t L", real=True)
    model = sb.Model(
        [(o, sp.besselj(0, a * x + b)), (loss, (o - t) ** 2)], parameters=[a, b], inputs=[x], targets=[t], outputs=[o]
    )
    module = load_module(sb.derive(model).write(tmp_path / "bessel.py"))
    params = {"a": np.array(0.5), "b": np.array(1.5)}
    assert module.check_grad(params, np.linspace(0, 3, 5)[:, None], np.ones((5, 1))) < 1e-8
    assert "\nfrom scipy import special" in (tmp_path / "bessel.py").read_text(encoding="utf-8")


def test_beside_other_operations() -> None:
    loss = (a * sp.besselj(0, x) + b * sp.exp(-x)) ** 2
    found = sb.lambdify([a, b, x], loss)(0.5, 2.0, np.array([1.5, 3.0]))
    near(found, [float(loss.subs({a: 0.5, b: 2, x: at}).evalf(30)) for at in (1.5, 3.0)])


# --- without SciPy ---


@pytest.fixture
def _no_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_no_scipy")
@pytest.mark.parametrize("name", ROWS)
def test_without_scipy_it_is_refused_by_name(name: str) -> None:
    derivation = sb.derive(ROWS[name][0], [x])
    assert derivation.expand(x) != 0
    for made in (derivation.compile, derivation.source):
        with pytest.raises(sb.UnsupportedError) as caught:
            made()
        assert 'which is not installed here: pip install "symbackprop[scipy]"' in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("_no_scipy")
def test_without_scipy_all_else_is_as_it_was() -> None:
    code = sb.derive(sp.erf(x) * sp.erfinv(x) + sp.gamma(x + 3), [x])
    assert "scipy" not in code.source()
    assert np.isfinite(code.compile()(x=0.5)[0])


def test_the_extra_is_there() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(one.startswith("scipy") for one in project["optional-dependencies"]["scipy"])


def test_jax_refuses_by_name() -> None:
    pytest.importorskip("jax")
    with pytest.raises(sb.UnsupportedError, match="besselj has no JAX source"):
        sb.derive(sp.besselj(0, x), [x]).compile(target="jax")
