"""Functions of matrices, against their entries computed one by one and against NumPy."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

import symbackprop as sb
from symbackprop.networks.activations import identity
from symbackprop.sympy_functions.matrix_functions import Elementwise

from ..support import slow_unless

N, M = sp.symbols("n m", integer=True, positive=True)
T = sp.Symbol("t", real=True)
X, Y = sp.MatrixSymbol("X", 3, 2), sp.MatrixSymbol("Y", 3, 2)
Z = sp.MatrixSymbol("Z", N, M)
COLUMN, TARGET = sp.MatrixSymbol("z", N, 1), sp.MatrixSymbol("y", N, 1)
ONE = sp.MatrixSymbol("o", 1, 1)

VALUES = sp.ImmutableMatrix(3, 2, [sp.Rational(k) for k in ("1/3", "-2", "5/7", "4", "-1/9", "0")])
TARGETS = sp.ImmutableMatrix(3, 2, [sp.Rational(k) for k in ("1", "0", "1/2", "1/4", "0", "1")])

FUNCTIONS: dict[str, Any] = {
    "Total": sb.Total,
    "RowSums": sb.RowSums,
    "ColumnSums": sb.ColumnSums,
    "Softmax": sb.Softmax,
    "Softmax rows": lambda matrix: sb.Softmax(matrix, axis=1),
    "LogSumExp": sb.LogSumExp,
    "LogSumExp rows": lambda matrix: sb.LogSumExp(matrix, axis=1),
    "sigmoid": sb.sigmoid,
    "leaky_relu": sb.leaky_relu,
}


def exponentials(matrix: Any, i: int, j: int, axis: int) -> Any:
    line = matrix[i, :] if axis else matrix[:, j]
    return sum(sp.exp(entry) for entry in line)


def expected(name: str, matrix: Any) -> Any:
    """The value by the definition, entry by entry."""
    axis = int(name.endswith("rows"))
    rows, columns = matrix.shape
    if name == "Total":
        return sum(matrix[i, j] for i in range(rows) for j in range(columns))
    if name.startswith("Softmax"):
        return sp.Matrix(rows, columns, lambda i, j: sp.exp(matrix[i, j]) / exponentials(matrix, i, j, axis))
    if name.startswith("LogSumExp"):
        size = (rows, 1) if axis else (1, columns)
        return sp.Matrix(*size, lambda i, j: sp.log(exponentials(matrix, i, j, axis)))
    return {
        "RowSums": lambda: sp.Matrix(rows, 1, lambda i, _: sum(matrix[i, :])),
        "ColumnSums": lambda: sp.Matrix(1, columns, lambda _, j: sum(matrix[:, j])),
        "sigmoid": lambda: matrix.applyfunc(lambda x: 1 / (1 + sp.exp(-x))),
        "leaky_relu": lambda: matrix.applyfunc(lambda x: x if x > 0 else x / 100),
    }[name]()


def digits(value: Any) -> Any:
    """A number, or each entry of a matrix, to 40 digits."""
    return value.applyfunc(lambda x: sp.N(x, 40)) if value.is_Matrix else sp.N(value, 40)


def close(left: Any, right: Any) -> bool:
    gap = digits(left) - digits(right)
    return all(abs(x) < sp.Float("1e-35", 40) for x in (gap if gap.is_Matrix else [gap]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_doit_gives_the_entries_of_an_explicit_matrix(name: str) -> None:
    value = FUNCTIONS[name](X).subs(X, VALUES).doit()
    assert close(value, expected(name, VALUES))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_explicit_gives_the_entries_of_a_symbol(name: str) -> None:
    written = FUNCTIONS[name](X).as_explicit()
    assert close(written.subs({X[i, j]: VALUES[i, j] for i in range(3) for j in range(2)}), expected(name, VALUES))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_symbols_stay_whole(name: str) -> None:
    for matrix in (X, Z, X + Y):
        whole = FUNCTIONS[name](matrix)
        assert whole.doit() == whole == FUNCTIONS[name](matrix)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_a_good_citizen(name: str) -> None:
    whole = FUNCTIONS[name](X + T * Y)
    again = pickle.loads(pickle.dumps(whole))
    assert whole.func(*whole.args) == whole == again
    assert hash(again) == hash(whole)
    assert whole.free_symbols == {X, Y, T}
    assert whole.xreplace({Y: X}).free_symbols == {X, T}
    assert whole.subs(T, 0).doit() == FUNCTIONS[name](X)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lambdify_agrees_with_the_entries(name: str) -> None:
    value = sp.lambdify([X], FUNCTIONS[name](X), "numpy")(np.array(VALUES.tolist(), dtype=float))
    want = expected(name, VALUES)
    np.testing.assert_allclose(value, np.array(want.tolist() if want.is_Matrix else want, dtype=float), rtol=1e-14)


@pytest.mark.parametrize("axis", [0, 1])
def test_lambdify_takes_the_largest_entry_out(axis: int) -> None:
    far = np.array([[1000.0, 990.0], [-2000.0, -2001.0]])
    square = sp.MatrixSymbol("S", 2, 2)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        lse = sp.lambdify([square], sb.LogSumExp(square, axis))(far)
        shares = sp.lambdify([square], sb.Softmax(square, axis))(far)
    np.testing.assert_allclose(lse, np.logaddexp.reduce(far, axis=axis, keepdims=True), rtol=1e-15)
    np.testing.assert_allclose(shares.sum(axis=axis), 1)


@slow_unless(lambda name: name != "Softmax rows")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_derivative_by_a_scalar(name: str) -> None:
    whole = FUNCTIONS[name](T * VALUES + sp.sin(T) * TARGETS)
    at = {T: sp.Rational(3, 7)}
    assert close(whole.diff(T).subs(at).doit(), whole.as_explicit().diff(T).subs(at).doit())


@slow_unless(lambda name: name != "Softmax rows")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_derivative_by_a_scalar_in_front_of_a_symbol(name: str) -> None:
    slope = FUNCTIONS[name](sp.sin(T) * X).diff(T).subs({T: 1, X: VALUES}).doit()
    assert close(slope.doit(), FUNCTIONS[name](sp.sin(T) * VALUES).as_explicit().diff(T).subs(T, 1).doit())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_derivative_by_one_entry(name: str) -> None:
    whole = FUNCTIONS[name](X)
    assert whole.diff(X[1, 0]) == whole.as_explicit().diff(X[1, 0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_derivative_by_a_matrix_is_refused(name: str) -> None:
    whole = FUNCTIONS[name](X)
    for attempt in (whole, 2 * whole):
        with pytest.raises(sb.UnsupportedError, match=r"symbackprop\.derive"):
            attempt.diff(X)
    with pytest.raises(sb.UnsupportedError, match=r"symbackprop\.derive"):
        sp.Derivative(whole, X, evaluate=True)


def test_a_square_that_is_zero_has_a_derivative() -> None:
    loss = sb.half_sse(T * X, Y)
    assert loss.diff(T).subs({X: VALUES, Y: VALUES, T: 1}).doit() == 0


def test_the_derivative_by_a_parameter_of_the_activation() -> None:
    slope = sb.leaky_relu(X, T).diff(T).subs(X, VALUES).doit()
    assert slope.doit() == VALUES.applyfunc(lambda x: sp.Min(x, 0))


def test_the_derivative_of_relu_is_zero_at_zero() -> None:
    assert sb.relu(T * X).diff(T).subs({X: sp.ones(3, 2), T: 0}).doit() == sp.zeros(3, 2)


def test_symbolic_sizes() -> None:
    shapes = {name: FUNCTIONS[name](Z).shape for name in FUNCTIONS if name != "Total"}
    assert shapes["RowSums"] == shapes["LogSumExp rows"] == (N, 1)
    assert shapes["ColumnSums"] == shapes["LogSumExp"] == (1, M)
    assert shapes["Softmax"] == shapes["Softmax rows"] == shapes["sigmoid"] == (N, M)


def test_an_entry_of_symbolic_size_is_a_sum() -> None:
    entry = sb.Softmax(Z)[0, 1]
    k = sp.Dummy("k")
    total = sp.Sum(sp.exp(Z[k, 1]), (k, 0, N - 1))
    assert (1 / (entry / sp.exp(Z[0, 1]))).dummy_eq(total)
    assert sb.LogSumExp(Z)[0, 1].args[0].dummy_eq(total)
    assert sb.RowSums(Z)[0, 0].has(sp.Sum)
    square = sp.MatrixSymbol("Z", 2, 2)
    assert sb.Total(Z).rewrite(sp.Sum).subs({N: 2, M: 2}).doit() == sum(square)


def test_total_is_a_number() -> None:
    total = sb.Total(X)
    assert total.is_commutative
    assert not total.is_Matrix
    assert (total * X).shape == (3, 2)
    assert sb.Total(VALUES).is_real
    assert total.is_real is None
    assert sb.Total(sp.Matrix([[sp.sqrt(2), 1]])).evalf(30) == sp.N(1 + sp.sqrt(2), 30)
    assert sb.Total(sp.ZeroMatrix(N, M)).doit() == 0


def test_transposes() -> None:
    for whole in (sb.RowSums(X), sb.ColumnSums(X), sb.Softmax(X), sb.LogSumExp(X, 1), sb.sigmoid(X)):
        assert whole.T.as_explicit() == whole.as_explicit().T


@pytest.mark.parametrize(
    ("whole", "text", "latex", "pretty"),
    [
        (sb.Total(X), "Total(X)", r"\operatorname{sum}\left(X\right)", "sum(X)"),
        (sb.Softmax(X), "Softmax(X, 0)", r"\operatorname{softmax}\left(X\right)", "softmax(X)"),
        (sb.Softmax(X, 1), "Softmax(X, 1)", r"\operatorname{softmax}_{\mathrm{rows}}\left(X\right)", "softmax_rows(X)"),
        (sb.LogSumExp(X), "LogSumExp(X, 0)", r"\operatorname{logsumexp}\left(X\right)", "logsumexp(X)"),
        (sb.RowSums(X), "RowSums(X)", r"\operatorname{rowsums}\left(X\right)", "rowsums(X)"),
        (sb.ColumnSums(X), "ColumnSums(X)", r"\operatorname{colsums}\left(X\right)", "colsums(X)"),
        (sb.sigmoid(X + Y), "sigmoid(X + Y)", r"\sigma\left({X + Y}\right)", "sigmoid(X + Y)"),
        (sb.silu(X), "Lambda(_x, _x*sigmoid(_x)).(X)", None, "(x ↦ x⋅sigmoid(x))˳(X)"),
    ],
)
def test_printing(whole: Any, text: str, latex: str | None, pretty: str) -> None:
    assert str(whole) == text
    assert latex is None or sp.latex(whole) == latex
    assert sp.pretty(whole, use_unicode=True) == pretty


@pytest.mark.parametrize("bad", [3, T, "X", [[1, 2]], np.ones((2, 2))])
@pytest.mark.parametrize("function", [sb.Total, sb.RowSums, sb.ColumnSums, sb.Softmax, sb.LogSumExp])
def test_what_is_no_matrix_is_refused(function: Any, bad: Any) -> None:
    with pytest.raises(sb.ShapeError, match="takes a matrix"):
        function(bad)


@pytest.mark.parametrize("axis", [2, -1, [0], "0", None, T])
@pytest.mark.parametrize("function", [sb.Softmax, sb.LogSumExp, sb.softmax])
def test_a_wrong_axis_is_refused(function: Any, axis: Any) -> None:
    with pytest.raises(sb.ShapeError, match="axis"):
        function(X, axis)


SCALARS = [sb.sigmoid, sb.relu, sb.softplus, sb.leaky_relu, sb.elu, sb.silu, sb.gelu, sb.softsign]


@pytest.mark.parametrize("function", SCALARS)
@pytest.mark.parametrize("matrix", [X, Z, ONE, X + Y], ids=str)
def test_activations_take_each_entry(function: Any, matrix: Any) -> None:
    whole = function(matrix)
    assert isinstance(whole, ElementwiseApplyFunction)
    assert isinstance(whole.function, sp.Lambda)
    assert whole.shape == matrix.shape
    assert whole.expr == matrix
    assert whole == function(matrix)


@pytest.mark.parametrize("function", SCALARS)
def test_activations_of_explicit_entries(function: Any) -> None:
    want = sp.Matrix(VALUES.applyfunc(function))
    assert close(function(X).subs(X, VALUES).doit(), want)
    assert close(function(ONE).subs(ONE, VALUES[:1, :1]).doit(), want[:1, :1])


def test_identity_is_the_matrix() -> None:
    assert identity(X) is X


def test_applyfunc_of_an_activation() -> None:
    for function in SCALARS[:5]:
        assert close(X.applyfunc(function).subs(X, VALUES).doit(), function(X).subs(X, VALUES).doit())
        assert ONE.applyfunc(function) == function(ONE)


def test_logsumexp_and_softmax_of_a_matrix() -> None:
    assert sb.logsumexp(Z) == sb.LogSumExp(Z, 0)
    assert sb.softmax(Z) == sb.Softmax(Z, 0)
    assert sb.softmax(Z, axis=1) == sb.Softmax(Z, 1)
    with pytest.raises(sb.ShapeError, match="one matrix"):
        sb.logsumexp(X, Y)
    with pytest.raises(sb.ShapeError, match="no axis"):
        sb.softmax([T, 2 * T], axis=1)


def test_a_matrix_of_parameters_is_refused() -> None:
    with pytest.raises(sb.UnsupportedError, match="one number"):
        sb.leaky_relu(X, Y)


LOSSES: dict[str, Any] = {
    "half_sse": lambda a, y: sum((p - t) ** 2 for p, t in zip(a, y, strict=True)) / 2,
    "mse": lambda a, y: sum((p - t) ** 2 for p, t in zip(a, y, strict=True)) / len(a),
    "mae": lambda a, y: sum(abs(p - t) for p, t in zip(a, y, strict=True)) / len(a),
    "huber": lambda a, y: sum(huber(abs(p - t)) for p, t in zip(a, y, strict=True)) / len(a),
    "bce": lambda a, y: -sum(t * sp.log(p) + (1 - t) * sp.log(1 - p) for p, t in zip(a, y, strict=True)) / len(a),
    "cross_entropy": lambda a, y: -sum(t * sp.log(p) for p, t in zip(a, y, strict=True)),
}


def huber(size: Any) -> Any:
    return size**2 / 2 if size <= 1 else size - sp.Rational(1, 2)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_explicit_matrices(name: str) -> None:
    shares = expected("sigmoid", VALUES)
    outputs = shares if name in {"bce", "cross_entropy"} else VALUES
    value = getattr(sb, name)(X, Y).subs({X: outputs, Y: TARGETS}).doit()
    assert close(value, LOSSES[name](list(outputs), list(TARGETS)))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_one_output(name: str) -> None:
    target = sp.MatrixSymbol("y", 1, 1)
    values = {ONE: sp.Matrix([[sp.Rational(1, 3)]]), target: sp.Matrix([[sp.Rational(2, 3)]])}
    value = getattr(sb, name)(ONE, target).subs(values).doit()
    assert close(value, LOSSES[name]([sp.Rational(1, 3)], [sp.Rational(2, 3)]))


def test_losses_of_matrices_that_are_known_already() -> None:
    assert sb.mse(VALUES, TARGETS).doit() == LOSSES["mse"](list(VALUES), list(TARGETS))


def test_losses_are_whole_numbers_of_sympy() -> None:
    for name in LOSSES:
        for a, y in ((Z, sp.MatrixSymbol("V", N, M)), (COLUMN, TARGET)):
            loss = getattr(sb, name)(a, y)
            assert isinstance(loss, sp.Expr)
            assert not loss.is_Matrix
            assert loss.has(sb.Total)
            assert not loss.has(sp.Sum)


def test_losses_as_they_are_written() -> None:
    square = sb.Total(sp.HadamardPower(COLUMN - TARGET, 2))
    assert sb.half_sse(COLUMN, TARGET) == square / 2
    assert sb.mse(COLUMN, TARGET) == square / N
    inner = sb.Total(sp.HadamardProduct(TARGET, COLUMN))
    stable = sb.Total(sb.softplus(COLUMN) - sp.HadamardProduct(TARGET, COLUMN)) / N
    assert sb.bce(sb.sigmoid(COLUMN), TARGET) == sb.bce(COLUMN.applyfunc(sb.sigmoid), TARGET) == stable
    assert sb.cross_entropy(sb.softmax(COLUMN), TARGET) == sb.Total(sb.LogSumExp(COLUMN)) - inner


@pytest.mark.parametrize("name", ["bce", "cross_entropy"])
@pytest.mark.parametrize("axis", [0, 1])
def test_losses_on_logits_equal_the_textbook_form(name: str, axis: int) -> None:
    a = sb.sigmoid(X) if name == "bce" else sb.softmax(X, axis)
    targets = (
        sp.ImmutableMatrix([[1, 0], [0, 1], [0, 0]]) if axis == 0 else sp.ImmutableMatrix([[1, 0], [0, 1], [1, 0]])
    )
    value = getattr(sb, name)(a, Y).subs({X: VALUES, Y: targets}).doit()
    assert close(value, LOSSES[name](list(a.subs(X, VALUES).doit().as_explicit()), list(targets)))


def test_a_mean_stays_one_division() -> None:
    loss = sb.bce(sb.sigmoid(X), Y)
    assert loss.is_Mul
    assert loss.args[0] == sp.Rational(1, 6)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_name_the_shapes_that_do_not_fit(name: str) -> None:
    with pytest.raises(sb.ShapeError, match=r"\(3, 2\).*\(n, 1\)"):
        getattr(sb, name)(X, TARGET)
    for bad in (T, 1, [1, 2, 3]):
        with pytest.raises(sb.ShapeError, match="takes a matrix"):
            getattr(sb, name)(X, bad)


def test_a_deep_net_is_built_without_a_walk_through_it() -> None:
    """Each layer is one node on top of the one below it, however many there are."""
    a: Any = COLUMN
    for k in range(32):
        a = sb.sigmoid(sp.MatAdd(sp.MatMul(sp.MatrixSymbol(f"W{k}", N, N), a), sp.MatrixSymbol(f"b{k}", N, 1)))
    assert isinstance(a, Elementwise)
    assert sb.half_sse(a, TARGET).free_symbols >= {TARGET, COLUMN}


def test_logsumexp_takes_an_axis_and_no_list() -> None:
    A = sp.MatrixSymbol("A", 2, 3)
    assert sb.logsumexp(A, axis=1) == sb.LogSumExp(A, 1)
    with pytest.raises(sb.ShapeError, match="one by one"):
        sb.logsumexp([1, 2])
    with pytest.raises(sb.ShapeError, match="one matrix, got 2"):
        sb.logsumexp(A, A, axis=0)
