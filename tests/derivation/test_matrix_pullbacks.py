"""Derivatives by matrices: complex step, central differences, and SymPy on entries written out."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from sympy.matrices.expressions.matexpr import MatrixElement

import symbackprop as sb
from symbackprop import ops, rules
from symbackprop.derivation import matrix_pullbacks
from symbackprop.sympy_functions.matrix_functions import Elementwise

from ..matrix_support import (
    arrays_of,
    check_gradients,
    complex_step_gradient,
    corrupted_rule,
    explicit,
    explicit_symbols,
    loss_at,
    numbers_of,
    random_values,
    stepped,
)
from ..operations import OPERATIONS
from ..support import deterministic, slow_unless

R = sp.Rational
s, t = sp.symbols("s t", real=True)
A, B, C, E = (sp.MatrixSymbol(*given) for given in (("A", 3, 3), ("B", 3, 2), ("C", 2, 3), ("E", 3, 3)))
x, y, r = (sp.MatrixSymbol(*given) for given in (("x", 3, 1), ("y", 3, 1), ("r", 1, 3)))


@pytest.mark.parametrize("name", sorted(op.name for op in ops.MATRIX))
def test_rule_of_a_matrix_operation(name: str) -> None:
    """The matrix, each entry with a weight of its own: no sum hides a wrong sign."""
    result = OPERATIONS[name].example(A, B)
    weights = sp.Matrix(*result.shape, lambda i, j: R(7 * i - 5 * j + 3, i + j + 2))
    derivation = sb.derive(sp.Trace(result * weights.T) + sb.Total(sp.HadamardPower(A, 2)), wrt=[A])
    assert ops.OPS[name] in {derivation.graph.op(node) for node in derivation.graph.reachable([derivation.loss_node])}
    check_gradients(derivation, random_values([A, B], seed=1))


@pytest.mark.parametrize("op", rules.MATRIX_RULES, ids=repr)
def test_a_corrupted_row_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    with corrupted_rule(op, matrix_pullbacks._replays, monkeypatch), pytest.raises(AssertionError):
        test_rule_of_a_matrix_operation(op.name)


@pytest.mark.parametrize("op", rules.MATRIX_RULES, ids=repr)
def test_a_row_of_the_table_is_of_its_operands_shapes(op: ops.Op) -> None:
    rule = rules.MATRIX_RULES[op]
    assert len(rule.adjoints) == op.arity
    for operand, adjoint in zip(rule.operands, rule.adjoints, strict=True):
        assert adjoint.shape == operand.shape


LOSS: dict[str, Any] = {
    "quadratic form": sp.Trace(x.T * A * x),
    "cubic": sp.Trace(A * A * A),
    "inverse": sp.Trace(A.I * B * C),
    "logarithm of the determinant": sp.log(sp.Determinant(A) ** 2),
    "powers": sp.Trace(A**3 + A**-2),
    "Hadamard": sb.Total(sp.HadamardProduct(A, A.T, E)),
    "Hadamard power": sb.Total(sp.HadamardPower(B, 3)),
    "entries": A[0, 1] * B[2, 0] + sp.sin(A[1, 1]),
    "entry of a product": MatrixElement(A * B, 1, 0) ** 2,
    "blocks": sb.Total(sp.BlockMatrix([[A, B], [C, sp.Identity(2)]]) ** 2),
    "explicit": sb.Total(sp.Matrix([[s, 1], [s**2, sp.sin(s)]]) * C),
    "softmax": sp.Trace(y.T * sb.softmax(A * x)),
    "softmax of rows": sb.Total(sp.HadamardProduct(sb.softmax(A * B * C, axis=1), A)),
    "logsumexp": sb.Total(sb.logsumexp(A * B)),
    "sums": sb.Total(sp.HadamardPower(sb.RowSums(A), 2)) + sb.Total(sp.HadamardPower(sb.ColumnSums(A), 2)),
    "outer": sp.Trace((x * y.T) * A * (y * r)),
    "diagonal": sp.Trace(sp.DiagMatrix(x) * A),
    "entrywise": sb.Total((A * B).applyfunc(sp.Lambda(t, s * sp.tanh(t) + t**2))),
    "scalars": sp.sin(sp.Trace(A)) * sp.exp(s) * sb.Total(s * B),
    "cross-entropy": sb.cross_entropy(sb.softmax(A * x), y),
    "bce": sb.bce(sb.sigmoid(A * x), y),
}


@cache
def derived(name: str) -> sb.Derivation:
    return sb.derive(LOSS[name])


@pytest.mark.parametrize("name", LOSS)
def test_shapes_and_all_that_can_be_asked_for(name: str) -> None:
    derivation = derived(name)
    values = random_values(derivation.graph.symbols, seed=2)
    _, gradients = numbers_of(derivation, values)
    for symbol in derivation.wrt:
        full = derivation.expand(symbol)
        if symbol.is_Matrix:
            assert derivation.gradients[symbol].shape == derivation.adjoint(symbol).shape == full.shape == symbol.shape
        assert np.allclose(explicit(full, values).real, gradients[symbol], rtol=1e-9)
        terms = [step.contribution for step in derivation.chain(symbol)]
        assert np.allclose(sum(arrays_of(derivation.graph, terms, values)), gradients[symbol], rtol=1e-9)


@pytest.mark.parametrize("name", LOSS)
def test_gradients_by_complex_step(name: str) -> None:
    check_gradients(derived(name), random_values(derived(name).graph.symbols, seed=3))


@pytest.mark.parametrize("name", LOSS)
def test_gradients_by_differences_that_fall_with_the_square_of_the_step(name: str) -> None:
    derivation = derived(name)
    values = random_values(derivation.graph.symbols, seed=4)
    _, gradients = numbers_of(derivation, values)
    for symbol in derivation.wrt:
        index = (values[symbol].shape[0] - 1, 0)
        errors = []
        for step in (2e-3, 1e-3):
            ahead, behind = (loss_at(derivation, stepped(values, symbol, index, h)) for h in (step, -step))
            errors.append(abs((ahead - behind).real / (2 * step) - gradients[symbol][index]))
        scale = max(1.0, abs(gradients[symbol][index]))
        assert errors[1] < 1e-3 * scale
        if errors[1] > 1e-9 * scale:
            assert 3.5 < errors[0] / errors[1] < 4.5, (symbol, errors)


WRITTEN_OUT = ("quadratic form", "cubic", "inverse", "Hadamard", "blocks", "softmax", "logsumexp", "sums", "bce")


@slow_unless(lambda name: name not in ("inverse", "softmax", "bce", "logsumexp"))
@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_gradients_are_those_of_sympy_on_the_entries(name: str) -> None:
    """The loss written out in symbols for the entries, and SymPy's own diff, to 40 digits."""
    derivation = derived(name)
    entries = {w: sp.Matrix(*w.shape, lambda i, j: sp.Symbol(f"{w}_{i}_{j}")) for w in derivation.wrt}  # noqa: B023
    values = {w: sp.Matrix(*w.shape, lambda i, j: R(5 * i - 3 * j + 7, 11 + i) + 2 * (i == j)) for w in derivation.wrt}
    scalar = explicit_symbols(LOSS[name], entries)
    numbers = {e: v for w in entries for e, v in zip(entries[w], values[w], strict=True)}
    for w in derivation.wrt:
        found = explicit_symbols(derivation.expand(w), values)
        for i in range(w.shape[0]):
            exact = sp.N(scalar.diff(entries[w][i, 0]).subs(numbers), 45)
            assert abs(sp.N(found[i, 0], 45) - exact) < sp.Float(10, 45) ** -40 * max(1, abs(exact))


FUNCTIONS = (sp.tanh, sp.sin, sb.sigmoid, sb.softplus, sp.Lambda(t, t**2 + s), sp.Lambda(t, t / (1 + t**2)))
CHOICE = sp.Lambda(t, sp.Piecewise((t**2 * s, t > 0), (sp.sin(t), True)))


@st.composite
def matrices(draw: Any, rows: int, columns: int, depth: int) -> Any:
    """A random matrix expression of a shape."""
    kinds = ["add", "had", "function", "transpose", "scaled", "softmax", "sums", "slice", "block", "solve"]
    kind = draw(st.sampled_from(["product", "product", *kinds])) if depth else "symbol"

    def part(*shape: int) -> Any:
        return draw(matrices(*shape, depth - 1))

    inner = draw(st.integers(1, 3))
    if kind == "product":
        return part(rows, inner) * part(inner, columns)
    if kind == "add":
        return part(rows, columns) - draw(st.sampled_from([1, 2, s])) * part(rows, columns)
    if kind == "had":
        return sp.HadamardProduct(part(rows, columns), part(rows, columns))
    if kind == "function":
        return Elementwise(draw(st.sampled_from([*FUNCTIONS, CHOICE])), part(rows, columns))
    if kind == "transpose":
        return part(columns, rows).T
    if kind == "scaled":
        return draw(scalars(depth - 1)) * part(rows, columns)
    if kind == "softmax":
        return sb.Softmax(part(rows, columns), draw(st.integers(0, 1)))
    if kind == "sums":
        return sb.RowSums(part(rows, inner)) * sp.OneMatrix(1, columns)
    if kind == "slice":
        return part(rows + 1, 2 * columns)[1:, 0 : 2 * columns : 2]
    if kind == "block" and columns > 1:
        return sp.BlockMatrix([[part(rows, 1), part(rows, columns - 1)]])
    if kind == "solve":
        square = part(rows, rows)
        return sp.Inverse(square * square.T + 2 * sp.Identity(rows)) * part(rows, columns)
    return sp.MatrixSymbol(f"M{rows}{columns}{draw(st.sampled_from('ab'))}", rows, columns)


@st.composite
def scalars(draw: Any, depth: int) -> Any:
    size, other = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["total", "trace", "determinant", "function"]))
    if kind == "trace":
        return sp.Trace(draw(matrices(size, size, depth)))
    if kind == "determinant":
        return sp.Determinant(draw(matrices(size, size, 0)) + 2 * sp.Identity(size))
    inner = sb.Total(draw(matrices(size, other, depth)))
    return inner if kind == "total" else draw(st.sampled_from([sp.sin, sp.tanh, sb.sigmoid]))(inner)


@pytest.mark.slow
@deterministic(80)
@given(scalars(3), st.integers(0, 99))
def test_random_expressions(loss: Any, seed: int) -> None:
    derivation = sb.derive(loss)
    values = random_values(derivation.graph.symbols, seed)
    check_gradients(derivation, values, within=1e-7)
    _, gradients = numbers_of(derivation, values)
    for symbol in derivation.wrt:
        found = explicit(derivation.expand(symbol), values).real
        assert np.allclose(found, gradients[symbol], rtol=1e-7, atol=1e-9)
    assert derivation.cost.total >= derivation.cost.forward >= 0


def test_a_function_of_a_trace_that_sympy_takes_for_a_constant() -> None:
    loss = sp.exp(sp.Trace(A))
    assert loss.diff(A) in (0, sp.ZeroMatrix(3, 3))  # it is exp(tr A) times the identity
    check_gradients(sb.derive(loss), random_values([A], seed=5))


def test_a_sum_that_sympy_takes_for_a_constant() -> None:
    loss = sp.Trace(A) ** 2 + sb.Total(A)
    assert loss.diff(A) != sp.MatAdd(2 * sp.Trace(A) * sp.Identity(3), sp.OneMatrix(3, 3))
    check_gradients(sb.derive(loss), random_values([A], seed=5))


def test_a_determinant_that_sympy_leaves_alone() -> None:
    loss = sp.Determinant(A)
    assert loss.diff(A).has(sp.Derivative) or loss.diff(A) == sp.ZeroMatrix(3, 3)
    derivation = sb.derive(loss)
    check_gradients(derivation, random_values([A], seed=5))


def test_an_elementwise_function_of_a_scalar_as_well_that_sympy_cannot_take() -> None:
    loss = sp.Trace((A * B).applyfunc(sp.Lambda(t, sp.sin(s * t))) * C)
    check_gradients(sb.derive(loss), random_values([A, B, C, s], seed=5))


@pytest.mark.parametrize(
    "name", ["cubic", "quadratic form", "softmax", "entrywise", "inverse", "logsumexp", "Hadamard"]
)
def test_second_derivatives(name: str) -> None:
    """What is derived is derived again: an entry of a gradient, by every symbol."""
    derivation = derived(name)
    first = derivation.wrt[0]
    component = MatrixElement(derivation.expand(first), 1, 0) if first.is_Matrix else derivation.expand(first)
    again = sb.derive(component, wrt=[w for w in derivation.wrt if component.has(w)])
    values = random_values(derivation.graph.symbols, seed=6)
    [value], [expected] = ([array] for array in (loss_at(again, values), numbers_of(derivation, values)[1][first]))
    assert abs(value - expected[(1, 0) if first.is_Matrix else (0, 0)]) < 1e-9
    check_gradients(again, values, within=1e-8)


def test_the_hessian_is_symmetric() -> None:
    derivation = derived("softmax")
    values = random_values(derivation.graph.symbols, seed=7)
    rows = []
    for i in range(3):
        again = sb.derive(derivation.expand(x)[i, 0], wrt=[x])
        rows.append(numbers_of(again, values)[1][x].ravel())
    assert np.allclose(rows, np.transpose(rows), atol=1e-12)


def test_a_branch_not_taken_spoils_nothing() -> None:
    """log at 0, 1/x at 0, sqrt at 0: their derivatives are infinite, and not asked for."""
    u = sp.Symbol("u", real=True)
    bodies = (
        sp.Piecewise((u * sp.log(u), u > 0), (0, True)),
        sp.Piecewise((s / u, u > 1), (s * u, True)),
        sp.Piecewise((sp.sqrt(u) * s, u > 0), (u**2, u < -1), (u + s, True)),
    )
    for body in bodies:
        derivation = sb.derive(sb.Total((A * x).applyfunc(sp.Lambda(u, body))), wrt=[A, x])
        values = {A: np.eye(3), x: np.array([[0.0], [2.0], [-3.0]]), s: np.array([[1.5]])}
        gradients = numbers_of(derivation, values)[1]
        assert all(np.isfinite(array).all() for array in gradients.values()), body
        assert np.allclose(gradients[x], complex_step_gradient(derivation, values, x), atol=1e-12)


def test_scalars_and_matrices_in_one_choice() -> None:
    """A scalar is repeated to fit inside of a branch, and so is its share of the derivative."""
    body = sp.Piecewise((sp.log(t) * s, t > s), (s**2 + t * A[0, 1], True))
    derivation = sb.derive(sb.Total(B.applyfunc(sp.Lambda(t, body))) * s, wrt=[A, B, s])
    values = random_values([A, B], seed=8) | {s: np.array([[0.25]])}
    check_gradients(derivation, values)


def test_a_choice_of_matrices_by_a_scalar() -> None:
    body = sp.Piecewise((sp.log(s) * t, s > 0), (t**2, True))
    derivation = sb.derive(sb.Total(B.applyfunc(sp.Lambda(t, body))), wrt=[B, s])
    for value in (-0.5, 0.0, 0.5):
        values = random_values([B], seed=9) | {s: np.array([[value]])}
        gradients = numbers_of(derivation, values)[1]
        assert np.isfinite(gradients[s]).all()
        check_gradients(derivation, values)


@pytest.mark.parametrize("value", [-0.5, 0.0])
def test_a_scalar_that_only_untaken_entries_would_use(value: float) -> None:
    """log(s) where s <= 0, in a branch that no entry takes; where one does, the derivative is its own."""
    body = sp.Piecewise((sp.log(s) * t, t > 5), (t**2 * s, True))
    derivation = sb.derive(sb.Total(B.applyfunc(sp.Lambda(t, body))), wrt=[B, s])
    values = random_values([B], seed=9) | {s: np.array([[value]])}
    assert np.isfinite(numbers_of(derivation, values)[1][s]).all()
    check_gradients(derivation, values)
    check_gradients(derivation, values | {B: values[B] + 4, s: np.array([[0.7]])})


@pytest.mark.slow
def test_rules_that_choose_between_matrices() -> None:
    for body in (sp.Max(t, s), sp.Min(t, s, t**2), sb.leaky_relu(t, s), sb.elu(t, s), sp.Abs(t - s), sb.relu(t) * t):
        derivation = sb.derive(sb.Total((A * B).applyfunc(sp.Lambda(t, body))) * s, wrt=[A, B, s])
        values = random_values([A, B], seed=10) | {s: np.array([[0.3]])}
        check_gradients(derivation, values)
        for w in derivation.wrt:
            assert np.allclose(explicit(derivation.expand(w), values).real, numbers_of(derivation, values)[1][w])
