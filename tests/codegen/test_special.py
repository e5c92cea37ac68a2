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
from symbackprop.codegen.targets.numpy import special_functions
from symbackprop.codegen.targets.numpy.compiled_functions import executed
from symbackprop.codegen.targets.numpy.elementwise_source import SOURCES

from ..support import ORACLES

FAR = (-1000.0, -745.5, -100.25, -37.0, -20.0, 20.0, 37.0, 100.25, 709.5, 1000.0)
NEAR = (-7.3, -2.0, -1.0, -0.6, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.4, 1.0, 2.0, 3.7, 8.9)
ANYWHERE = FAR + NEAR


def written(op: ops.Op) -> Callable[[float], Any]:
    """The function of one number that the text of an operation is."""
    return executed(f"def f(x):\n    return {SOURCES[op]([Text('x')]).source}\n", "f")


EVERYWHERE: dict[str, tuple[Callable[[float], Any], Callable[[Any], Any]]] = {
    "sigmoid": (special_functions._sigmoid, lambda x: 1 / (1 + mp.exp(-x))),
    "softplus": (written(ops.SOFTPLUS), lambda x: mp.log1p(mp.exp(x))),
    "relu": (written(ops.RELU), lambda x: max(x, mp.mpf(0))),
    "leaky_relu": (lambda x: special_functions._leaky_relu(x, 0.01), lambda x: x if x > 0 else mp.mpf(0.01) * x),
    "elu": (lambda x: special_functions._elu(x, 1.5), lambda x: x if x > 0 else 1.5 * mp.expm1(x)),
    "erf": (special_functions._erf, mp.erf),
    "erfc": (special_functions._erfc, mp.erfc),
    "sech": (special_functions._sech, mp.sech),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_helper_is_exact_near_and_far_out(name: str) -> None:
    ours, exact = EVERYWHERE[name]
    with mp.workdps(400), np.errstate(over="ignore"):
        for x in ANYWHERE:
            close(float(ours(np.float64(x))), exact(mp.mpf(x)), f"{name}({x})", tiny=1e-300)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_helper_keeps_the_dtype_of_an_array_and_of_a_scalar(name: str, dtype: Any) -> None:
    ours, _ = EVERYWHERE[name]
    with np.errstate(over="ignore"):
        assert ours(np.array(NEAR, dtype)).dtype == dtype
        assert np.asarray(ours(dtype(0.5))).dtype == dtype


RECIPROCAL = {
    "cot": (NEAR, mp.cot),
    "sec": (NEAR, mp.sec),
    "csc": (NEAR, mp.csc),
    "acot": (NEAR, mp.acot),
    "asec": ((-900.0, -1.0, 1.0, 1.5, 40.0), mp.asec),
    "acsc": ((-900.0, -1.0, 1.0, 1.5, 40.0), mp.acsc),
    "coth": (ANYWHERE, mp.coth),
    "csch": ((*NEAR, -300.0, 300.0), mp.csch),
    "acoth": ((-900.0, -1.25, 1.25, 40.0), mp.acoth),
    "asech": ((1e-9, 0.25, 0.75, 1.0), mp.asech),
    "acsch": ((*NEAR, -900.0, 900.0), mp.acsch),
}


@pytest.mark.parametrize("name", RECIPROCAL)
def test_reciprocal_function_means_what_mpmath_means(name: str) -> None:
    points, exact = RECIPROCAL[name]
    ours = getattr(special_functions, f"_{name}")
    for x in points:
        if x != 0:
            with np.errstate(over="ignore"):
                close(float(ours(x)), exact(mp.mpf(x)), f"{name}({x})", rel=1e-13)
                assert ours(np.array([x], np.float32)).dtype == np.float32


@pytest.mark.parametrize("shift", [-1000.0, -745.0, 0.0, 709.0, 1000.0])
def test_logsumexp_far_out(shift: float) -> None:
    rows = np.array([[0.0, 0.0, 0.0], [1.5, -2.0, 0.25], [800.0, -800.0, 3.0], [-5.0, -5.0, 40.0]]) + shift
    found = special_functions._logsumexp(*rows.T)
    for row, value in zip(rows, found, strict=True):
        with mp.workdps(60):
            exact = mp.log(mp.fsum(mp.exp(mp.mpf(x)) for x in row))
        close(float(value), exact, f"logsumexp{row}", rel=4e-16 * 4)


def test_logsumexp_broadcasts_and_keeps_the_dtype_beside_plain_numbers() -> None:
    x = np.array([0.5, -1000.0, 1000.0], np.float32)
    found = special_functions._logsumexp(0.0, x, 1)
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([math.log(1 + math.exp(0.5) + math.e), math.log(1 + math.e), 1000.0])
    assert special_functions._logsumexp(np.zeros((3, 1)), np.zeros(2)).shape == (3, 2)


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

BELOW_ONE, ABOVE_ONE, POSITIVE = (-0.9, -0.3, 0.2, 0.7), (-3.5, -1.2, 1.1, 4.0), (0.1, 0.8, 1.7, 6.0)
PLAIN = (-2.6, -0.7, 0.4, 1.9)
BOOLEANS = (True, True, False, False)

OPERANDS: dict[str, tuple[tuple[Any, ...], ...]] = {
    **{name: (tuple(map(float, oracle.points)),) for name, oracle in ORACLES.items()},
    "pow": (POSITIVE, PLAIN),
    "polygamma": (2, POSITIVE),
    "heaviside": ((-1.5, 0.0, 0.0, 2.0), (0.25, 0.0, 1.0, 0.5)),
    "sign": ((-1.5, 0.0, 0.3, 2.0),),
    "leaky_relu": (PLAIN, (0.1, 0.2, 0.3, 0.4)),
    "elu": (PLAIN, (0.5, 1.0, 1.5, 2.0)),
    "add": (PLAIN, POSITIVE, BELOW_ONE),
    "max": (PLAIN, POSITIVE, BELOW_ONE, ABOVE_ONE, (0.1, 0.1, 3.0, 2.0)),
    "min": (PLAIN, POSITIVE, BELOW_ONE, ABOVE_ONE, (0.1, 0.1, 3.0, 2.0)),
    "logsumexp": (PLAIN, POSITIVE, BELOW_ONE),
    "weighted_logsumexp": (POSITIVE, PLAIN, (0.0, 0.5, 2.0, 1.0), BELOW_ONE),
    "scaled_erfc": (2, PLAIN),
    "and": (BOOLEANS, (True, False, True, False), (True, True, True, False)),
    "or": (BOOLEANS, (True, False, True, False), (False, False, True, False)),
    "not": (BOOLEANS,),
    "select": ((True, False, True, False), PLAIN, POSITIVE),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), (PLAIN, (-2.6, 3.0, 0.4, 0.1))),
}
OPERATIONS = {name: op for name, op in ops.OPS.items() if not op.leaf}


def test_every_operation_has_numpy_source() -> None:
    rules = {*SOURCES, *UNARY, ops.MATMUL}
    assert [name for name, op in OPERATIONS.items() if op not in rules] == []


ENTRYWISE = [name for name, op in OPERATIONS.items() if op not in ops.MATRIX]  # the others: test_batching.py


@pytest.mark.parametrize("name", ENTRYWISE)
def test_text_of_an_operation_means_what_sympy_means(name: str) -> None:
    op = OPERATIONS[name]
    operands = OPERANDS.get(name, (PLAIN,) * (op.arity or 3))
    names = [f"x{place}" for place in range(len(operands))]
    arrays = {
        key: values if isinstance(values, int) else np.array(values)
        for key, values in zip(names, operands, strict=True)
    }
    source = SOURCES[op]([Text(key) for key in names]).source
    count = max(np.size(values) for values in operands)
    found = np.broadcast_to(eval(source, {"np": np, **vars(special_functions)}, arrays), count)
    for place in range(count):
        values = [column if isinstance(column, int) else column[place] for column in operands]
        exact = op.sympy(*map(sp.sympify, values))
        expected = bool(exact) if exact in (sp.true, sp.false) else float(exact.evalf(30))
        assert found[place] == pytest.approx(expected, rel=1e-13, abs=1e-15), f"{source} at {values}"


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
