"""Where a function is not defined, neither is its derivative: by what the undefined piece contains, by no other."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

q, x, y, z, s, t = sp.symbols("q x y z s t", real=True)
a, b, e, L = sp.symbols("a b e L", real=True)
A, B, V = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 3), sp.MatrixSymbol("V", 2, 2)
P = sp.Piecewise
NAN = float("nan")
NESTED = P((P((sp.log(q) * x, q > 0)), y > 0), (z, True))

# expression, point, the derivative by each symbol: by hand, from the branch that holds
CASES: dict[str, tuple[Any, dict[Any, float], dict[Any, float]]] = {
    "no default, inside": (P((q**2, q > 0)), {q: 2.0}, {q: 4.0}),
    "no default, outside": (P((q**2, q > 0)), {q: -1.0}, {q: NAN}),
    "a summand": (P((q**2, q > 0)) + q, {q: -1.0}, {q: NAN}),
    "a summand, inside": (P((q**2, q > 0)) + q, {q: 2.0}, {q: 5.0}),
    "nan written out": (P((q**2, q > 0), (sp.nan, True)), {q: -1.0}, {q: NAN}),
    "nan first": (P((sp.nan, q > 0), (q**2, True)), {q: 1.0}, {q: NAN}),
    "nan first, beside it": (P((sp.nan, q > 0), (q**2, True)), {q: -1.0}, {q: -2.0}),
    "nan in the middle": (P((q, q > 1), (sp.nan, q > 0), (q**3, True)), {q: 0.5}, {q: NAN}),
    "nan in the middle, behind it": (P((q, q > 1), (sp.nan, q > 0), (q**3, True)), {q: -1.0}, {q: 3.0}),
    "a gap": (P((q**2, q > 0), (q**3, q < -3)), {q: -1.0}, {q: NAN}),
    "beyond a gap": (P((q**2, q > 0), (q**3, q < -3)), {q: -4.0}, {q: 48.0}),
    "one point": (P((x, sp.Eq(x, 0)), (2 * x, x > 6)), {x: 1.0}, {x: NAN}),
    "at the point": (P((x, sp.Eq(x, 0)), (2 * x, x > 6)), {x: 0.0}, {x: 1.0}),
    "a constant": (P((1, q > 0)), {q: -1.0}, {q: NAN}),
    "a constant, inside": (P((1, q > 0)), {q: 1.0}, {q: 0.0}),
    "others stay": (P((q * y, q > 0)) + z * x, {q: -1.0, x: 2.0, y: 3.0, z: 5.0}, {q: NAN, y: NAN, z: 2.0, x: 5.0}),
    "in the condition alone": (P((y, q > 0)) + z, {q: -1.0, y: 3.0, z: 5.0}, {q: NAN, y: NAN, z: 1.0}),
    "under a jump": (P((sp.floor(q), q > 0)), {q: -0.5}, {q: NAN}),
    "a factor": (P((q, q > 0)) * z, {q: -1.0, z: 2.0}, {q: NAN, z: NAN}),
    "inside a function": (sp.exp(P((q, q > 0))) + x, {q: -1.0, x: 2.0}, {q: NAN, x: 1.0}),
    "behind a branch": (NESTED, {q: -1.0, x: 2.0, y: -1.0, z: 3.0}, {q: 0.0, x: 0.0, y: 0.0, z: 1.0}),
    "on a branch": (NESTED, {q: -1.0, x: 2.0, y: 1.0, z: 3.0}, {q: NAN, x: NAN, y: 0.0, z: 0.0}),
    "an inner branch": (P((P((q**2, q > 1)), q > 0), (q, True)), {q: -1.0}, {q: 1.0}),
    "guarded all the same": (P((sp.log(q), q > 0), (q, q > -1)), {q: 0.0}, {q: 1.0}),
    "a part of both": (P((sp.log(q) * sp.log(q * x), q > 0), (x, q > -1)), {q: 0.0, x: 2.0}, {q: 0.0, x: 1.0}),
    "and": (P((x * y, (x > 0) & (y > 0))), {x: 1.0, y: -1.0}, {x: NAN, y: NAN}),
    "not, or": (P((x * y, ~((x > 0) | (y > 0)))), {x: 1.0, y: -1.0}, {x: NAN, y: NAN}),
    "two of them": (P((x, x > 0)) * P((y, y > 0)), {x: 2.0, y: -1.0}, {x: NAN, y: NAN}),
    "two sums": (P((x, x > 0)) + P((y, y > 0)), {x: 2.0, y: -1.0}, {x: 1.0, y: NAN}),
}  # fmt: skip
ROWS = pytest.mark.parametrize(("expression", "point", "expected"), CASES.values(), ids=CASES)


def same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, float), expected, rtol=1e-14)


def named(values: Any) -> dict[str, float]:
    return {symbol.name: value for symbol, value in values.items()}


@ROWS
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_code_is_nan_where_the_function_is_undefined(expression: Any, point: Any, expected: Any, method: str) -> None:
    compiled = sb.derive(expression, list(expected), method=method).compile()
    with np.errstate(all="raise"):
        found = compiled(**named(point))[1]
    for symbol, value in expected.items():
        same(found[symbol.name], value)


@ROWS
def test_the_value_is_nan_as_the_derivatives_are(expression: Any, point: Any, expected: Any) -> None:
    values = sb.derive(expression, list(expected)).compile()(**named(point))
    if any(np.isnan(value) for value in expected.values()):
        assert np.isnan(values[0])


@ROWS
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_sympy_is_nan_where_the_function_is_undefined(expression: Any, point: Any, expected: Any, method: str) -> None:
    derivation = sb.derive(expression, list(expected), method=method)
    for symbol, value in expected.items():
        found = derivation.expand(symbol)
        same(found.subs(point), value)
        with np.errstate(all="ignore"):
            same(sp.lambdify(list(point), found)(*map(np.float64, point.values())), value)


@ROWS
def test_along_a_direction(expression: Any, point: Any, expected: Any) -> None:
    for symbol, value in expected.items():
        along = sb.jvp(expression, {symbol: sp.Integer(1)})
        same(along.compile()(**named(point))[1], value)


@ROWS
def test_a_written_module_is_nan_as_well(tmp_path: Path, expression: Any, point: Any, expected: Any) -> None:
    derivation = sb.derive(expression, list(expected))
    evaluate = runpy.run_path(str(derivation.write(tmp_path / "m.py")))["evaluate"]
    found = evaluate(**{name: np.array([value, value]) for name, value in named(point).items()})[1]
    for symbol, value in expected.items():
        same(found[symbol.name], [value, value])


@pytest.mark.parametrize("expression", [P((q**3, q > 0)), P((q**3, q > 0), (sp.nan, True)), P((sp.exp(q), q > 0)) + q])
def test_naive_and_second_derivatives(expression: Any) -> None:
    points = np.array([-1.0, 2.0])
    first, second = expression.diff(q), expression.diff(q, 2)
    want = [NAN, float(first.subs(q, 2.0))], [NAN, float(second.subs(q, 2.0))]
    same(sb.derive(expression, [q], method="naive").compile()(points)[1]["q"], want[0])
    twice = sb.derive(sb.derive(expression, [q]).expand(q), [q])
    same(twice.compile()(points)[1]["q"], want[1])


def test_no_general_law_that_where_the_value_is_nan_the_derivative_is() -> None:
    with np.errstate(invalid="ignore"):
        value, gradients = sb.derive(sp.log(x), [x]).compile()(-2.0)
    assert np.isnan(value)
    same(gradients["x"], -0.5)  # as SymPy and JAX have it


def test_named_quantities() -> None:
    derivation = sb.derive([(e, sp.log(x)), (L, P((e * a, x > 0), (x, x > -1)))], [x, a])
    gradients = derivation.compile()(x=np.array([2.0, 0.0, -2.0]), a=3.0)[1]
    same(gradients["x"], [1.5, 1.0, NAN])
    same(gradients["a"], [np.log(2.0), 0.0, NAN])
    for point, value in ((2.0, 3.0), (-0.5, 0.0), (-2.0, NAN)):
        same(derivation.expand(e).subs({x: point, a: 3.0}), value)


def test_a_quantity_in_a_condition_alone_passes_it_on_and_says_so() -> None:
    derivation = sb.derive([(e, a * b), (L, P((1, e > 0)))], [a, b])
    gradients = derivation.compile()(a=np.array([1.0, -1.0]), b=2.0)[1]
    same([gradients["a"], gradients["b"]], [[0.0, NAN], [0.0, NAN]])
    assert "{0 if e > 0; undefined otherwise}" in str(derivation.explain(a))
    assert [derivation.path_counts[symbol] for symbol in (a, b, e)] == [1, 1, 1]


def test_what_a_condition_alone_takes_may_be_undefined() -> None:
    derivation = sb.derive([(e, P((q, q > 0))), (L, P((x, e > 1), (x**2, True)) + q)], [q, x])
    value, gradients = derivation.compile()(q=-1.0, x=3.0)
    same([value, gradients["q"], gradients["x"]], [8.0, 1.0, 6.0])


def test_an_undefined_piece_may_be_raised_to_a_power() -> None:
    derivation = sb.derive(P((q, q > 0)) ** s, [q, s])
    for point, by_q, by_s in ((2.0, 12.0, 8 * np.log(2.0)), (-2.0, NAN, NAN)):
        same(derivation.compile()(q=point, s=3.0)[1]["q"], by_q)
        same(derivation.compile()(q=point, s=3.0)[1]["s"], by_s)
        same(derivation.expand(q).subs({q: point, s: 3.0}), by_q)
        same(derivation.expand(s).subs({q: point, s: 3.0}), by_s)


def test_an_undefined_piece_may_be_an_exponent() -> None:
    derivation = sb.derive(x ** P((q, q > 0)), [q, x])
    for point, by_q, by_x in ((3.0, 8 * np.log(2.0), 12.0), (-3.0, NAN, NAN)):
        for symbol, value in ((q, by_q), (x, by_x)):
            same(derivation.compile()(q=point, x=2.0)[1][symbol.name], value)
            same(derivation.expand(symbol).subs({q: point, x: 2.0}), value)
    again = sb.derive(derivation.expand(x), [x])  # a condition on a choice comes in again
    same(again.compile()(x=2.0, q=np.array([3.0, -3.0]))[1]["x"], [12.0, NAN])


def test_what_is_printed_reads_as_the_function_does() -> None:
    derivation = sb.derive(P((q**2, q > 0), (q**3, q < -3)), [q])
    assert "{2 q if q > 0; 3 q² if q < −3; undefined otherwise}" in str(derivation.explain(q))
    assert derivation.expand(q) == P((2 * q, q > 0), (3 * q**2, q < -3), (sp.nan, True))


ENTRIES = np.array([[-1.0, 2.0], [3.0, -4.0]])


def test_entry_by_entry() -> None:
    derivation = sb.derive(sb.Total(A.applyfunc(sp.Lambda(t, P((t**2, t > s), (t, t < -3))))), [A, s])
    gradients = derivation.compile()(A=ENTRIES, s=0.0)[1]
    same(gradients["A"], [[NAN, 4.0], [6.0, 1.0]])
    same(gradients["s"], NAN)
    expanded = derivation.expand(A).subs(s, 0).subs(A, sp.Matrix(ENTRIES)).doit()
    same(np.array(expanded.as_explicit().tolist(), float), [[NAN, 4.0], [6.0, 1.0]])
    whole = derivation.compile()(A=ENTRIES, s=-5.0)[1]
    same(whole["A"], 2 * ENTRIES)
    same(whole["s"], 0.0)


def test_only_the_entries_that_are_taken() -> None:
    same(sb.derive(P((A[0, 1] ** 2, A[0, 1] > 5)), [A]).compile()(A=ENTRIES)[1]["A"], [[0.0, NAN], [0.0, 0.0]])
    rows = sb.derive(sb.Total((A * B).applyfunc(sp.Lambda(t, P((t**2, t > 10))))), [A, B])
    found = rows.compile()(A=np.array([[1.0, 1.0], [9.0, 9.0]]), B=np.ones((2, 3)))[1]
    same(found["A"], [[NAN, NAN], [108.0, 108.0]])
    same(found["B"], np.full((2, 3), NAN))


def test_a_function_of_a_matrix_that_is_undefined() -> None:
    derivation = sb.derive(P((sp.Trace(A) ** 2, sp.Trace(A) > 5)) * s, [A, s])
    for offset, wanted in ((0.0, NAN), (10.0, 2 * 15.0 * 2.0 * np.eye(2))):
        found = derivation.compile()(A=ENTRIES + offset, s=2.0)[1]
        same(found["A"] * np.eye(2), wanted * np.eye(2))
    bare = sb.derive(P((s, sp.Trace(A) > 5)), [A])
    same(bare.compile()(A=ENTRIES, s=2.0)[1]["A"], np.full((2, 2), NAN))
    same(bare.compile()(A=ENTRIES + 9, s=2.0)[1]["A"], np.zeros((2, 2)))


def test_along_a_matrix() -> None:
    along = sb.jvp(sb.Total(A.applyfunc(sp.Lambda(t, P((t * s, t > s))))), {A: V})
    same(along.compile()(A=ENTRIES, s=-5.0, V=ENTRIES)[1], 0.0)
    assert np.isnan(along.compile()(A=ENTRIES, s=-2.0, V=ENTRIES)[1])


def test_a_batch() -> None:
    derivation = sb.derive(P((x * q**2, x > 0)), [q])
    same(derivation.compile(batch=[x])(q=3.0, x=np.array([1.0, 2.0]))[1]["q"], 9.0)
    same(derivation.compile(batch=[x])(q=3.0, x=np.array([1.0, -2.0]))[1]["q"], NAN)


@pytest.mark.slow
def test_many_pieces_take_no_recursion() -> None:
    steps = P(*((q**2 + place, q < place) for place in range(150)))
    gradient = sb.derive(steps, [q]).compile()(np.array([-1.0, 100.5, 500.0]))[1]["q"]
    same(gradient, [-2.0, 201.0, NAN])


@pytest.mark.parametrize("condition", [b, sp.And(b, y > 0), ~b, sp.Or(y > 0, ~b)], ids=str)
def test_a_symbol_is_no_condition(condition: Any) -> None:
    with pytest.raises(sb.UnsupportedError, match=r"b stands as a condition, .* write b > 0, say"):
        sb.derive(P((x, condition), (y, True)), [x])


def test_a_number_with_a_name_is_no_condition() -> None:
    with pytest.raises(sb.UnsupportedError, match="b stands as a condition"):
        sb.derive([(b, x * y), (L, P((x, b), (y, True)))], [x])


@pytest.mark.parametrize(
    "function", [sp.exp, sp.log, sp.atan, lambda t: 1 / (1 + t**2)], ids=["exp", "log", "atan", "quotient"]
)
def test_second_derivatives_of_what_is_undefined_between_two_pieces(function: Any) -> None:
    """Where the first condition holds, what the pieces after it share has no say."""
    x = sp.Symbol("x", real=True)
    piece = sp.Piecewise((x, x > 1), (0, x < 0))
    first = sb.derive(function(piece), [x])
    for again in (first.gradients[x], first.equations_of(x)):
        second = sb.derive(again, [x]).compile()
        assert second(x=1.5)[1]["x"] == pytest.approx(float(function(x).diff(x, 2).subs(x, 1.5)), rel=1e-13)
        assert np.isnan(second(x=0.5)[1]["x"])
