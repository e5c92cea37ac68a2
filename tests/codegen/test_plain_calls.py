"""Calls on plain numbers, vectors and what is neither: the same values, types and refusals as with NumPy alone."""

from __future__ import annotations

import inspect
import math
import runpy
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError

x, y, z = sp.symbols("x y z", real=True)
n = sp.Symbol("n", positive=True)
INF, NAN = math.inf, math.nan

EXPRESSIONS: dict[str, Any] = {
    "a power": x**y,
    "whole powers": x**2 + x**3 * y - x**-2 + y**7,
    "powers of numbers": sp.Integer(2) ** x * 10**y,
    "roots": sp.sqrt(x) + x ** sp.Rational(1, 3) * y ** sp.Rational(5, 2),
    "quotients": x / y - y / x**2,
    "logarithms": x * sp.log(y) + sp.log(1 + x) + sp.log(x + y),
    "exponentials": sp.exp(x * y) - sp.exp(x) + sp.exp(-(x**2)),
    "waves": sp.sin(x) * sp.tan(y) + sp.asin(x) * sp.atan2(x, y),
    "extrema": sp.Max(x, y) * sp.Min(x, y, 1) + sp.Max(0, x),
    "steps": sp.floor(x) * y + sp.ceiling(y) + sp.sign(x) + sp.Heaviside(x * y),
    "choices": sp.Piecewise((1 / x, x > 1), (sp.log(x), x > 0), (y, True)),
    "comparisons": sp.Piecewise((x, (x > y) & (y > 0)), (y, sp.Or(x > 1, sp.Eq(y, 0))), (1, True)),
    "whole choices": sp.Piecewise((1, x > y), (0, True)) - sp.Piecewise((2, x > 0), (3, True)) * y,
    "activations": sb.sigmoid(x) * sb.softplus(y) + sb.elu(x) + sb.leaky_relu(y) + sb.relu(x - y),
    "sums of exponentials": sb.logsumexp(x, y, 1) + sb.logsumexp(x, -y),
    "special functions": sp.erf(x) * sp.gamma(y) + sp.polygamma(1, x) + sp.loggamma(y + 2) + sp.erfc(x / sp.sqrt(2)),
    "hyperbolic": sp.tanh(x) * sp.cosh(y) + sp.acosh(x) + sp.coth(y) + sp.csch(x),
    "a number": x * 0 + y,
}
HOSTILE = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 40.0, -800.0, 1e300, 5e-324, INF, -INF, NAN, 3, 0, -2, 10**40)
GENERAL = [(1.25, 0.75), (0.3, 2.5), (-1.5, 0.5), (2.0, -3.0)]


def numbers(found: Any) -> list[Any]:
    """All of a result, in order."""
    parts = list(found.values()) if isinstance(found, dict) else found
    return [one for part in parts for one in numbers(part)] if isinstance(parts, list | tuple) else [parts]


def same(found: float, wanted: float) -> bool:
    if not math.isfinite(wanted) or wanted == 0:
        equal = found == wanted and math.copysign(1, found) == math.copysign(1, wanted)
        return equal or (math.isnan(found) and math.isnan(wanted))
    return abs(found - wanted) <= 1e-13 * abs(wanted)


@pytest.mark.every_row
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_plain_numbers_give_what_numpy_gives(name: str) -> None:
    """The same without a warning or an error, infinities, signs of zeros and what is undefined too."""
    function: Any = sb.derive(EXPRESSIONS[name], [x, y]).compile()
    answered = 0
    with np.errstate(all="ignore"):
        for point in [*GENERAL, *((a, b) for a in HOSTILE for b in HOSTILE)]:
            wanted = numbers(function._on_arrays(point))
            found = numbers(function(*point))
            assert [type(one) for one in found] == [float] * 3
            if max(map(abs, point)) < 100 or not all(map(math.isfinite, point)):  # further out digits cancel
                assert all(map(same, found, wanted)), (point, found, wanted)
            answered += found == wanted
    assert function.__call__.__name__ == "_on_floats"
    assert answered


@pytest.mark.every_row
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_written_modules_choose_in_the_same_way(name: str, tmp_path: Path) -> None:
    derived = sb.derive(EXPRESSIONS[name], [x, y])
    written, function = runpy.run_path(str(derived.write(tmp_path / "module.py"))), derived.compile()
    assert "_on_floats" in written
    with np.errstate(all="ignore"):
        for point in [*GENERAL, (0.0, -1.0), (INF, 2), (Fraction(1, 4), 3), (np.float64(0.5), np.array(2.0))]:
            for found in (written["evaluate"](*point), written["evaluate"](y=point[1], x=point[0])):
                np.testing.assert_equal(numbers(found), numbers(function(*point)))
        batch = np.array([0.25, 1.5])
        np.testing.assert_equal(written["evaluate"](batch, 2.0), function(batch, 2.0))


def quick(function: Any) -> bool:
    """Whether a function has its twin on floats by now."""
    return getattr(function.__call__, "__name__", "") == "_on_floats"


DOORS: dict[str, Callable[[], Any]] = {
    "derive": lambda: sb.derive(x**2 * y, [x, y]).compile(),
    "outputs": lambda: sb.derive([x * y, x + y], [x, y]).compile(),
    "jacobian": lambda: sb.jacobian([x * y, x + 2], [x, y]).compile(values=True),
    "a sparse one": lambda: sb.jacobian([x * y, x + 2], [x, y]).compile(compressed=True),
    "hessian": lambda: sb.hessian(x**2 * y, [x, y]).compile(),
    "derivatives": lambda: sb.derivatives(x**2 * y, [x, y], 3).compile(values=True),
    "gradient": lambda: sb.gradient(x**2 * y, [x, y]).compile(),
    "vjp": lambda: sb.vjp([x * y, x + y], [x, y], [2, 3]).compile(),
    "hvp": lambda: sb.hvp(x**2 * y, [x, y], [1, 2]).compile(values=True),
    "jvp": lambda: sb.jvp(x**2 * y, {x: 1}).compile(),
    "lambdify": lambda: sb.lambdify([x, y], [x * y, {"a": sp.Matrix([[x, 0], [1, y]]), (1, 2): (x,)}]),
    "value_and_grad": lambda: sb.value_and_grad([x, y], x**2 * y, [x, y]),
    "value_grad_hess": lambda: sb.value_grad_hess([x, y], x**2 * y, [x, y]),
}


def check_equal(found: Any, wanted: Any) -> None:
    """Of one structure and one type each, arrays of one dtype and shape, and equal."""
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        found, wanted = list(found.values()), list(wanted.values())
    if isinstance(wanted, list | tuple):
        for one, other in zip(found, wanted, strict=True):
            check_equal(one, other)
    else:
        assert (np.shape(found), np.asarray(found).dtype) == (np.shape(wanted), np.asarray(wanted).dtype)
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("door", DOORS)
def test_all_doors_return_what_they_return_of_arrays(door: str) -> None:
    """np.float32 is what NumPy takes; the values are short enough to be equal in it."""
    function = DOORS[door]()
    wanted = function(np.bool_(True), 0.25)  # no plain number
    for found in (function(1.0, 0.25), function(1, Fraction(1, 4)), function(np.float64(1), y=np.array(0.25))):
        check_equal(found, wanted)
    check_equal(function(y=0.25, x=1), wanted)
    for point in (2.5, 0.75), (-1.0, 3):
        of_one = function(*([value] for value in point))
        if door == "value_and_grad":  # whose derivatives stand along the first axis
            of_one = of_one[0], of_one[1].T
        check_equal(function(*point), of_first(of_one))


def of_first(found: Any) -> Any:
    """A result over arrays of one entry at that entry."""
    if isinstance(found, dict):
        return {key: of_first(one) for key, one in found.items()}
    if isinstance(found, list | tuple):
        return type(found)(map(of_first, found))
    return float(found[0]) if found.ndim == 1 else found[0]


def test_a_twin_is_made_when_plain_numbers_come() -> None:
    function = sb.derive(x * y, [x, y]).compile()
    function(np.ones(3), 2.0)
    function(np.float32(1), np.float32(2))
    with pytest.raises(ParameterError):
        function("1", 2.0)
    assert not quick(function)
    function(1, 2)
    assert quick(function)
    assert function(np.ones(2), 3.0)[0].tolist() == [3.0, 3.0]


def test_other_dtypes_are_left_to_numpy() -> None:
    """A quotient in float32 is another number."""
    function = sb.gradient(x / 3, [x]).compile(values=True)
    function(1.0)
    for kind in (np.float32, np.float16):
        value, slope = function(kind(1))
        assert (slope.dtype, value) == (kind, float(kind(1) / kind(3)))
        assert function(np.array(1, kind))[1].dtype == kind
        derived, listed = sb.derive(x / 3, [x]).compile(), sb.lambdify([x], [x / 3])
        for found in (value, *derived(kind(1))[1].values(), derived(kind(1))[0], *listed(np.array(1, kind))):
            assert found.dtype == kind
    assert function(True)[0] == function(np.int64(1))[0] == 1 / 3
    assert type(function(np.float64(1))[0]) is float


def test_whole_numbers_are_floats_before_they_are_multiplied() -> None:
    """A difference of Python's whole numbers of 41 digits is exact, and 0**-2 raises."""
    difference = sb.derive(x - y, [x]).compile()
    assert difference(10**40 + 1, 10**40)[0] == difference(2**53 + 1, 2**53)[0] == 0
    with np.errstate(all="ignore"):
        assert sb.derive(1 / x**2, [x]).compile()(0) == (INF, {"x": -INF})


ARGS: dict[str, tuple[Any, Any, Any]] = {
    "one vector": ([[x, y, z]], ([1, 2.0, 3],), (np.array([1.0, 2.0, 3.0]),)),
    "nested": ([[x, [y]], z], ([1.0, [2.0]], 3.0), ((1, (2,)), Fraction(3))),
    "an empty list": ([x, [], y, z], (1, [], 2, 3), (1.0, (), 2.0, np.array(3.0))),
    "a column": ([sp.Matrix([x, y]), z], ([1.0, 2.0], 3.0), (np.array([[1.0], [2.0]]), 3.0)),
    "more than there is": ([[x, y, z, n]], ([1.0, 2.0, 3.0, 4.0],), (np.array([1, 2, 3, 4]),)),
}


@pytest.mark.parametrize("name", ARGS)
def test_arguments_stand_in_lists(name: str) -> None:
    args, *calls = ARGS[name]
    expression = x * sp.exp(y) + z**2
    wanted = numbers(sb.derive(expression, [x, y, z]).compile()(1.0, 2.0, 3.0))
    hessian = sb.hessian(expression, [x, y, z])
    function = sb.derive(expression, [x, y, z]).compile(args=args)
    for values in calls:
        assert numbers(function(*values)) == wanted
        np.testing.assert_array_equal(hessian.compile(args=args)(*values), hessian.compile()(1.0, 2.0, 3.0))
    batch = [np.tile(np.array([1.0, 2.0, 3.0, 4.0])[:, None], 5)[: len(args[0])]] if len(args) == 1 else None
    if batch is not None:
        np.testing.assert_allclose(function(*batch)[0], [wanted[0]] * 5)


BAD: dict[str, tuple[Any, Any, str]] = {
    "text": (([1.0, "2"], 3.0), {}, "y must be a real number or an array of real numbers, got str"),
    "nothing": (([None, 2.0], 3.0), {}, "x must be a real number or an array of real numbers, got NoneType"),
    "complex": (([1.0, 2.0], 3j), {}, "z must be a real number or an array of real numbers, got complex"),
    "too few in a list": (([1.0], 3.0), {}, "args[0], [x, y], takes 2 values, got 1"),
    "too many in a list": (([1.0, 2.0, 3.0], 3.0), {}, "args[0], [x, y], takes 2 values, got 3"),
    "no list": ((1.0, 3.0), {}, "args[0], [x, y], has shape (), expected (2, ...)"),
    "a set": (({1.0, 2.0}, 3.0), {}, "args[0], [x, y], has shape (), expected (2, ...)"),
    "too few": (([1.0, 2.0],), {}, "the function takes [x, y], z: got no value for z"),
    "too many": (([1.0, 2.0], 3.0, 4.0), {}, "the function takes [x, y], z: got 3 values by position, 1 too many"),
    "twice": (([1.0, 2.0], 3.0), {"z": 3.0}, "the function takes [x, y], z: got z twice, by position and by name"),
    "unknown": (([1.0, 2.0],), {"w": 3.0}, "the function takes [x, y], z: got w by name, which is none of them"),
    "too large": (([1.0, 2.0], 10**400), {}, "z is too large for a float: give a number below 1.8e308"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told_by_name(name: str) -> None:
    values, named, message = BAD[name]
    function = sb.derive(x * y * z, [x, y, z]).compile(args=[[x, y], z])
    for _ in range(2):  # before there is a twin, and with it
        with pytest.raises(ParameterError) as caught:
            function(*values, **named)
        assert str(caught.value) == message
        assert caught.value.__context__ is None or caught.value.__suppress_context__
        function([1.0, 2.0], 3.0)


def test_masked_values_are_no_values(tmp_path: Path) -> None:
    """`np.asarray` takes what lies below the mask."""
    given = np.ma.array([1.0, 2.0], mask=[False, True])
    matrix, derived = sp.MatrixSymbol("A", 1, 2), sb.derive(x * y, [x, y])
    for function in (
        derived.compile(),
        derived.compile(batch=[x]),
        derived.compile(args=[x, y]),
        sb.jacobian([x * y], [x, y]).compile(),
        runpy.run_path(str(derived.write(tmp_path / "module.py")))["evaluate"],
    ):
        with pytest.raises(ValueError, match=r"^x has masked values: fill them, x.astype\(float\).filled\(np.nan\)"):
            function(given, 2.0)
        found = numbers(function(given.astype(float).filled(np.nan), 2.0))
        assert np.isnan(found).any()
        np.testing.assert_array_equal(
            numbers(function(np.ma.array([1.0, 2.0]), 2.0)), numbers(function(np.array([1.0, 2.0]), 2.0))
        )
    with pytest.raises(ParameterError, match=r"^A has masked values"):
        sb.value_and_grad([[matrix, x]], x * sp.Trace(matrix * matrix.T), [matrix, x])(
            np.ma.array(np.ones(3), mask=[True, False, False])
        )


def test_args_that_do_not_fit_are_told() -> None:
    derived = sb.derive(x * y, [x, y])
    for args, message in (
        ([[x]], "args lacks y, which the function takes"),
        ([[x, y], x], "args names x twice: name each symbol once"),
        ([[x, "y"]], r"args\[0\]\[1\] is str 'y': pass symbols, or lists of symbols"),
    ):
        with pytest.raises(ParameterError, match=message):
            derived.compile(args=args)
    with pytest.raises(ParameterError, match="a model's function takes params, X and Y: leave args out"):
        sb.derive(sb.Network([1, 1])).compile(args=[x])
    with pytest.raises(ParameterError, match="args goes with NumPy: leave args out"):
        derived.compile(args=[x, y], target="jax")


def test_args_go_by_name_whatever_is_assumed_of_them() -> None:
    function = sb.derive(x * sp.exp(y), [x, y]).compile(args=[sp.symbols("x y")])
    value, gradients = function([2.0, 0.0])
    assert (value, gradients) == (2.0, {"x": 1.0, "y": 2.0})
    along = sb.jvp(x * y, [x, y]).compile(args=[[x, y], sp.symbols("v_x v_y")])
    assert along([1.0, 2.0], [3.0, 4.0]) == (2.0, 10.0)


def test_matrices_whose_entries_are_arguments_stand_in_lists() -> None:
    matrix = sp.MatrixSymbol("A", 2, 2)
    given = np.array([[1.5, -0.5], [2.0, 0.25]])
    entries = sp.Matrix(2, 2, sp.symbols("a:4"))
    at = dict(zip(entries, map(sp.Float, given.ravel()), strict=True))
    wrt = [*entries, x]
    wanted = sp.hessian((entries * entries).trace() * x**3, wrt).subs({**at, x: 2})
    found = sb.hessian(sp.trace(matrix * matrix) * x**3, [matrix, x])
    for args, values in (
        (None, (given, 2.0)),
        (None, (given.ravel().tolist(), 2.0)),
        ([x, matrix], (2.0, given)),
        ([x, matrix], (2, given.ravel().tolist())),
        ([[matrix, x]], ([given, 2.0],)),
    ):
        function = found.compile(args=args)
        for _ in range(2):
            np.testing.assert_allclose(function(*values), np.array(wanted, float), rtol=1e-15)
    np.testing.assert_array_equal(found.compile()(x=2.0, A=given), found.compile()(given, 2.0))


@pytest.mark.parametrize(
    "name", ["np", "math", "type", "_more", "_on_floats", "_otherwise", "ABSENT", "numbers", "self"]
)
def test_symbols_may_bear_the_names_that_the_code_uses(name: str, tmp_path: Path) -> None:
    symbol = sp.Symbol(name, real=True)
    derived = sb.derive(symbol * sp.sin(x) + sb.sigmoid(symbol), [symbol, x])
    functions = derived.compile(), runpy.run_path(str(derived.write(tmp_path / "module.py")))["evaluate"]
    for function in functions:
        value, _ = function(0.5, 2)
        assert value == pytest.approx(0.5 * math.sin(2) + 1 / (1 + math.exp(-0.5)))
    assert functions[0](**{name: 0.5, "x": 2}) == functions[0](0.5, 2)


def test_numbers_that_stand_in_equations_are_worked_out_once() -> None:
    """Written out, the last one has 2**60 terms."""
    names = sp.symbols("e0:61", real=True)
    lines = [(names[0], sp.Rational(1, 7)), *((after, before + before / 3) for before, after in pairwise(names))]
    function: Any = sb.derive([*lines, (sp.Symbol("L"), x * names[-1])], [x]).compile()
    assert function(1.0)[0] == pytest.approx((4 / 3) ** 60 / 7)
    assert len(function._program().text) < 400


def test_the_signature_tells_the_arguments() -> None:
    assert str(inspect.signature(sb.derive(x * y, [x, y]).compile())) == "(x, y)"
