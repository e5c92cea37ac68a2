"""A call on plain numbers, which `math` computes, gives what NumPy gives: to two units in the last place, no errors."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.passes.further_operations import BELL, ERFC_OF_ROOT, TIMES_ERFC_OF_ROOT, TOP
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.targets.numpy.compiled_functions import executed
from symbackprop.codegen.targets.numpy.dialect_of_numpy import NUMPY
from symbackprop.codegen.targets.numpy.scipy_rows import OF_SCIPY
from symbackprop.codegen.targets.plain.dialect_of_floats import FLOATS
from symbackprop.codegen.targets.plain.float_programs import NOT_PLAIN, OWN

INF, NAN = math.inf, math.nan
HOSTILE = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 0.75, 3.0, -7.25, 37.5, -37.5, 710.0, -746.0, 1e-9, -1e-9)
HOSTILE += (1e300, -1e300, 5e-324, -5e-324, 1e-200, INF, -INF, NAN)
FEWER = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 800.0, 1e300, -1e300, 5e-324, INF, -INF, NAN)
FEWEST = (0.0, -0.0, 1.0, -2.5, 800.0, 1e300, INF, -INF, NAN)

ARITIES = {
    **dict.fromkeys((ops.ADD, ops.MAX, ops.MIN, ops.AND, ops.OR), 2),
    ops.WEIGHTED_LOGSUMEXP: 4,
    TOP[ops.WEIGHTED_LOGSUMEXP]: 4,
}
FIRST: dict[ops.Op, tuple[Any, ...]] = {
    ops.POLYGAMMA: (0, 1, 2, 5),
    ops.SPHERICAL_JN: (0, 1, 2, 5),
    ops.ERFC_QUOTIENT: (0, 1, 2),
    **dict.fromkeys((ops.SELECT, ops.NOT), (True, False)),
}
TRUTHS = (ops.AND, ops.OR)
ROWS = sorted((op for op in NUMPY.sources if op not in OF_SCIPY), key=lambda op: op.name)


def arity(op: ops.Op) -> int:
    return op.arity or ARITIES.get(op) or (5 if op.name in ("weighted_sum", "weighted_log") else 3)


def points(op: ops.Op) -> Any:
    """Operands of an operation."""
    count = arity(op)
    values = (True, False) if op in TRUTHS else HOSTILE if count == 1 else FEWER if count < 4 else FEWEST
    lists: list[Any] = [values] * count
    lists[0] = FIRST.get(op, values)
    if op is BELL:
        lists[2] = (0.5, 1.0, 2.0)
    if op is TIMES_ERFC_OF_ROOT:
        return [(k, math.erfc(x / math.sqrt(2)), x) for k in FEWER for x in (*HOSTILE, 36.9, 37.1, 38.4, 45.0)]
    if op.name in ("weighted_sum", "weighted_log", "rest_of_sum"):  # the first is the largest exponent of the others
        return [
            (top, *rest) for *rest, top in itertools.product(FEWEST[:5], repeat=count) if top in rest[-1:] + rest[:2]
        ]
    return list(itertools.product(*lists))


def function_of(dialect: Any, op: ops.Op, more: Any = None) -> Any:
    names = [f"x{number}" for number in range(arity(op))]
    text = dialect.spelled(op, [Text(name) for name in names]).source
    return executed(f"def f({', '.join(names)}):\n    return {text}\n", "f", more)


def distance(found: float, expected: float) -> float:
    """In units of the last place; 0 for nan and nan, inf and inf, and zeros of one sign."""
    if math.isnan(expected) or math.isinf(expected) or expected == 0:
        same = found == expected and math.copysign(1, found) == math.copysign(1, expected)
        return 0.0 if same or (math.isnan(expected) and math.isnan(found)) else INF
    return abs(found - expected) / math.ulp(expected)


def test_every_operation_has_a_row_for_plain_numbers() -> None:
    assert [op.name for op in ROWS if op not in FLOATS.sources] == []
    assert OF_SCIPY.keys().isdisjoint(FLOATS.sources)  # whatever is given, NumPy's program calls SciPy


@pytest.mark.every_row
@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_each_operation_is_that_of_numpy(op: ops.Op) -> None:
    plain, numpy, computed = function_of(FLOATS, op, OWN), function_of(NUMPY, op), 0
    for values in points(op):
        arrays = [value if isinstance(value, bool | int) else np.float64(value) for value in values]
        with np.errstate(all="ignore"):
            expected = float(numpy(*arrays))
        try:
            found = plain(*values)
        except NOT_PLAIN:
            continue
        computed += 1
        assert not isinstance(found, complex)
        most = 2 * math.ulp(max(map(abs, values))) if "log" in op.name and abs(expected) < 1 else 0
        assert distance(float(found), expected) <= 2 or abs(found - expected) <= most, (op, values, found, expected)
    assert computed > len(points(op)) // 8


def nested(dialect: Any, conditions: Any, outer: ops.Op, inner: ops.Op, innermost: ops.Op) -> Any:
    """An operation of conditions, of operations of them; what choices are made of stands in the last."""
    compared = [dialect.spelled(ops.LT, [Text(name), Text("0.5")]) for name in conditions]
    lowest = dialect.spelled(innermost, compared[:1] if innermost is ops.NOT else compared)
    middle = dialect.spelled(inner, [lowest] if inner is ops.NOT else [lowest, compared[0]])
    whole = dialect.spelled(outer, [middle] if outer is ops.NOT else [compared[1], middle])
    text = dialect.spelled(ops.SELECT, [whole, Text("2.0"), dialect.spelled(ops.ADD, [Text("x0"), Text("1.0")])])
    return executed(f"def f(x0, x1):\n    return {text.source}\n", "f", OWN if dialect is FLOATS else None)


@pytest.mark.parametrize("what", list(itertools.product((ops.AND, ops.OR, ops.NOT), repeat=3)), ids=str)
def test_conditions_inside_of_conditions_are_those_of_numpy(what: Any) -> None:
    """`not` binds more tightly than `and`, where `~` is a call."""
    plain, numpy = (nested(dialect, ("x0", "x1"), *what) for dialect in (FLOATS, NUMPY))
    for x0, x1 in itertools.product((0.0, 1.0, NAN), repeat=2):
        expected = float(numpy(np.float64(x0), np.float64(x1)))
        assert distance(float(plain(x0, x1)), expected) == 0, (what, x0, x1)


def test_a_choice_between_pieces_with_two_conditions_is_that_of_arrays() -> None:
    x, y = sp.symbols("x y", real=True)
    power = y**x
    pieces = [
        (sp.cbrt(power), (power > 0) & (x**2 < 1)),
        (sp.cbrt(power) * sp.Abs(x), sp.Eq(x**2, 0) | (power < -1)),
        (sp.cbrt(power - x**2), True),
    ]
    function = sb.derive(sp.Piecewise(*pieces), [x, y]).compile()
    grid = (-2.5, -1.0, 0.0, 0.25, 1.0, 4.0, 40.0, NAN)
    for point in itertools.product(grid, repeat=2):
        value, slopes = function(*point)
        arrays, whole = function(*(np.array([number]) for number in point))
        np.testing.assert_allclose([value, slopes["x"], slopes["y"]], [*arrays, *whole["x"], *whole["y"]], 1e-13)


@pytest.mark.parametrize("before", range(5))
def test_a_power_by_a_symbol_is_none_by_a_number(before: int) -> None:
    """Whatever the number of the step that the exponent is: x**2 was taken for x**y where y was step 2."""
    *others, x, y = sp.symbols(f"p:{before} x y", positive=True)
    expression = sp.atan2(x**y, x) + x**2 * sum(others) + sp.sqrt(x**2 + x**3) + y**y
    value, slopes = sb.derive(expression, [x, y]).compile()(**dict.fromkeys(map(str, others), 2.0), x=1.5, y=0.75)
    point = {**dict.fromkeys(others, 2), x: sp.Rational(3, 2), y: sp.Rational(3, 4)}
    expected = [expression, sp.diff(sp.atan(x**y / x) - sp.atan2(x**y, x) + expression, x), sp.diff(expression, y)]
    found = [value, slopes["x"], slopes["y"]]
    np.testing.assert_allclose(found, [float(one.subs(point).evalf(40)) for one in expected], 1e-14)


def test_what_is_done_in_fewer_steps_near_zero_is_done_far_enough() -> None:
    """Normal densities and distribution functions, at 40 digits: NumPy's own densities are within 4 units."""
    bell, tail = function_of(FLOATS, BELL, OWN), function_of(FLOATS, ERFC_OF_ROOT, OWN)
    with mp.workdps(40):
        for x in np.linspace(-2.5, 2.5, 1001).tolist():
            assert distance(tail(x), float(mp.erfc(mp.mpf(x) / mp.sqrt(2)))) <= 2
            for c in (0.5, 1.0, 2.0):
                assert distance(bell(3.0, x, c), float(3 * mp.exp(-c * mp.mpf(x) ** 2))) <= (2 if abs(x) < 1 else 4)
