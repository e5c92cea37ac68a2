"""What NumPy lacks, against mpmath; and the NumPy text of every operation, against what SymPy says it means."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from symbackprop import ops
from symbackprop.codegen.batching.node_values import UNARY
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.targets.numpy import exponential_sums, special_functions
from symbackprop.codegen.targets.numpy.carried_helpers import HELPERS
from symbackprop.codegen.targets.numpy.compiled_functions import executed
from symbackprop.codegen.targets.numpy.elementwise_source import SOURCES

from ..operations import OPERATIONS

FAR = (-1000.0, -745.5, -100.25, -37.0, -20.0, 20.0, 37.0, 100.25, 709.5, 1000.0)
NEAR = (-7.3, -2.0, -1.0, -0.6, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.4, 1.0, 2.0, 3.7, 8.9)
ANYWHERE = FAR + NEAR


def written(op: ops.Op) -> Callable[[float], Any]:
    """The function of one number that the text of an operation is."""
    return executed(f"def f(x):\n    return {SOURCES[op]([Text('x')]).source}\n", "f")


EVERYWHERE: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "sigmoid": (special_functions._sigmoid, ()),
    "softplus": (written(ops.SOFTPLUS), ()),
    "relu": (written(ops.RELU), ()),
    "leaky_relu": (special_functions._leaky_relu, (0.01,)),
    "elu": (special_functions._elu, (1.5,)),
    "erf": (special_functions._erf, ()),
    "erfc": (special_functions._erfc, ()),
    "sech": (special_functions._sech, ()),
}
"""What the module has for an operation, and the operands after the first."""


@pytest.mark.parametrize("name", EVERYWHERE)
def test_helper_is_exact_near_and_far_out(name: str) -> None:
    ours, others = EVERYWHERE[name]
    with mp.workdps(400), np.errstate(over="ignore"):
        for x in ANYWHERE:
            exact = OPERATIONS[name].exact(*map(mp.mpf, (x, *others)))
            close(float(ours(np.float64(x), *others)), exact, f"{name}({x})", tiny=1e-300)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_helper_keeps_the_dtype_of_an_array_and_of_a_scalar(name: str, dtype: Any) -> None:
    ours, others = EVERYWHERE[name]
    with np.errstate(over="ignore"):
        assert ours(np.array(NEAR, dtype), *others).dtype == dtype
        assert np.asarray(ours(dtype(0.5), *others)).dtype == dtype


RECIPROCAL: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("cot", "sec", "csc", "acot"), NEAR),
    **dict.fromkeys(("asec", "acsc"), (-900.0, -1.0, 1.0, 1.5, 40.0)),
    "coth": ANYWHERE,
    "csch": (*NEAR, -300.0, 300.0),
    "acoth": (-900.0, -1.25, 1.25, 40.0),
    "asech": (1e-9, 0.25, 0.75, 1.0),
    "acsch": (*NEAR, -900.0, 900.0),
}


@pytest.mark.parametrize("name", RECIPROCAL)
def test_reciprocal_function_means_what_mpmath_means(name: str) -> None:
    ours, exact = getattr(special_functions, f"_{name}"), OPERATIONS[name].exact
    for x in RECIPROCAL[name]:
        if x != 0:
            with np.errstate(over="ignore"):
                close(float(ours(x)), exact(mp.mpf(x)), f"{name}({x})", rel=1e-13)
                assert ours(np.array([x], np.float32)).dtype == np.float32


@pytest.mark.parametrize("shift", [-1000.0, -745.0, 0.0, 709.0, 1000.0])
def test_logsumexp_far_out(shift: float) -> None:
    rows = np.array([[0.0, 0.0, 0.0], [1.5, -2.0, 0.25], [800.0, -800.0, 3.0], [-5.0, -5.0, 40.0]]) + shift
    found = exponential_sums._logsumexp(*rows.T)
    for row, value in zip(rows, found, strict=True):
        with mp.workdps(60):
            exact = mp.log(mp.fsum(mp.exp(mp.mpf(x)) for x in row))
        close(float(value), exact, f"logsumexp{row}", rel=4e-16 * 4)


def test_logsumexp_broadcasts_and_keeps_the_dtype_beside_plain_numbers() -> None:
    x = np.array([0.5, -1000.0, 1000.0], np.float32)
    found = exponential_sums._logsumexp(0.0, x, 1)
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([math.log(1 + math.exp(0.5) + math.e), math.log(1 + math.e), 1000.0])
    assert exponential_sums._logsumexp(np.zeros((3, 1)), np.zeros(2)).shape == (3, 2)


GAMMA_POINTS = (1e-3, 0.5, 1.0, 4.0, 25.5, 170.6, -0.5, -1.5, -3.25, -20.75)


def test_gamma_and_its_logarithm() -> None:
    for x in GAMMA_POINTS:
        close(float(special_functions._gamma(x)), mp.gamma(x), f"gamma({x})", rel=1e-13)
        if x > 0:
            close(float(special_functions._loggamma(x)), mp.loggamma(x), f"loggamma({x})", rel=1e-13, tiny=1e-15)
    close(float(special_functions._loggamma(1e300)), mp.loggamma(mp.mpf(1e300)), "loggamma(1e300)", rel=1e-13)


def test_gamma_overflows_to_infinity_and_has_no_value_at_its_poles() -> None:
    assert special_functions._gamma(np.array([171.7, 400.0])).tolist() == [math.inf, math.inf]
    assert np.isnan(special_functions._gamma(np.array([0.0, -1.0, -7.0]))).all()
    assert np.isnan(special_functions._loggamma(np.array([0.0, -0.5, -7.0]))).all()


@pytest.mark.parametrize("order", range(5))
def test_polygamma(order: int) -> None:
    points = (
        1e-6,
        0.3,
        0.5,
        1.0,
        1.46,
        2.5,
        10.0,
        24.9,
        31.0,
        1e3,
        1e8,
        -0.25,
        -0.5,
        -1.75,
        -6.4,
        -50.125,
        -1000.25,
    )
    for x in points:
        with mp.workdps(50):
            exact = mp.polygamma(order, mp.mpf(x))
        close(float(special_functions._polygamma(order, x)), exact, f"polygamma({order}, {x})", rel=1e-12, tiny=1e-13)
    assert np.isnan(special_functions._polygamma(order, np.array([0.0, -1.0, -12.0]))).all()
    assert special_functions._polygamma(order, np.ones(2, np.float32)).dtype == np.float32


def close(found: float, exact: Any, what: str, rel: float = 1e-15, tiny: float = 0.0) -> None:
    """Equal to `rel`, or both below `tiny`; an overflow must be one on both sides."""
    with mp.workdps(400):
        if abs(exact) > mp.mpf(1.79e308):
            assert math.isinf(found), what
            return
        assert math.isfinite(found), what
        assert abs(mp.mpf(found) - exact) <= max(rel * abs(exact), tiny), (
            f"{what} = {found!r}, not {mp.nstr(exact, 20)}"
        )


# --- the text of every operation ---


def test_every_operation_has_numpy_source() -> None:
    rules = {*SOURCES, *UNARY, ops.MATMUL}
    assert [op.name for op in ops.OPS.values() if not op.leaf and op not in rules] == []


ENTRYWISE = [name for name in OPERATIONS if ops.OPS[name] not in ops.MATRIX]  # the others: test_batching.py


@pytest.mark.every_row
@pytest.mark.parametrize("name", ENTRYWISE)
def test_text_of_an_operation_means_what_sympy_means(name: str) -> None:
    """The whole of an array at once, so that every entry of it takes its own branch."""
    op, row = ops.OPS[name], OPERATIONS[name]
    for points in alike(op, row.points + row.kinks):
        names = [f"x{place}" for place in range(len(points[0]))]
        columns = [
            np.array([bool(x) if x.is_Boolean else float(x) for x in column]) for column in zip(*points, strict=True)
        ]
        operands: dict[str, Any] = dict(zip(names, columns, strict=True))
        if op in OF_AN_ORDER:
            operands["x0"] = int(points[0][0])
        source = SOURCES[op]([Text(key) for key in names]).source
        found = np.broadcast_to(eval(source, {"np": np, **HELPERS}, operands), len(points))
        for place, point in enumerate(points):
            exact = op.sympy(*(x if x.is_Boolean or x.is_Integer else sp.Float(float(x)) for x in point))
            expected = bool(exact) if exact in (sp.true, sp.false) else float(exact.evalf(30))
            assert found[place] == pytest.approx(expected, rel=1e-13, abs=1e-15), f"{source} at {point}"


OF_AN_ORDER = (ops.POLYGAMMA, ops.SPHERICAL_JN, ops.ERFC_QUOTIENT)
"""Operations whose first operand is a whole number, the same for all entries of an array."""


def alike(op: ops.Op, points: tuple[Any, ...]) -> list[list[Any]]:
    """Points of as many operands side by side, and of one order if they are of polygamma."""
    groups: dict[Any, list[Any]] = {}
    for point in points:
        groups.setdefault((len(point), point[0] if op in OF_AN_ORDER else None), []).append(point)
    return list(groups.values())


@pytest.mark.parametrize("x", [1e-300, 1e-20, 1e-3, 0.3, 0.499999, 0.5, 0.7, 0.99, 1 - 1e-10, 1 - 2.0**-53])
def test_erfinv_is_exact_to_the_end_of_its_domain(x: float) -> None:
    for sign in (1, -1):
        with mp.workdps(40):
            close(
                float(special_functions._erfinv(sign * x)),
                mp.erfinv(sign * mp.mpf(x)),
                f"erfinv({sign * x})",
                rel=1e-15,
            )


def test_erfinv_has_no_value_beyond_one() -> None:
    assert special_functions._erfinv(np.array([1.0, -1.0, 0.0])).tolist() == [math.inf, -math.inf, 0.0]
    assert np.isnan(special_functions._erfinv(np.array([1.5, -2.0, math.nan]))).all()


@pytest.mark.parametrize("order", [100, 150, 170, 171, 500])
@pytest.mark.parametrize("x", [0.3, 3.0, 80.0, 1e6, 1e20, -2.3, -40.25])
def test_polygamma_of_a_high_order(order: int, x: float) -> None:
    """Where powers of x and factorials overflow before they are divided by each other."""
    with mp.workdps(60):
        below = mp.fsum((mp.mpf(x) + k) ** -(order + 1) for k in range(60)) if x < 0 else 0
        rest = mp.zeta(order + 1, mp.mpf(x) + (60 if x < 0 else 0))
        exact = (-1) ** (order + 1) * mp.factorial(order) * (below + rest)
    close(float(special_functions._polygamma(order, x)), exact, f"polygamma({order}, {x})", rel=1e-11, tiny=1e-300)
