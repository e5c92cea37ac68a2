"""`compile`, `source`, `write` and `value_and_grad` of expressions with matrices, as a user meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, UnknownNameError, UnsupportedError

W, b = sp.MatrixSymbol("W", 3, 2), sp.MatrixSymbol("b", 3, 1)
x, y, row = sp.MatrixSymbol("x", 2, 1), sp.MatrixSymbol("y", 3, 1), sp.MatrixSymbol("row", 1, 3)
rate = sp.Symbol("rate", real=True)
LOSS = rate * sb.Total(sp.HadamardPower(W * x + b - y, 2)) + sp.Trace(row * y)


def derived() -> Any:
    return sb.derive(LOSS, wrt=[W, b, rate])


def given(dtype: Any = np.float64) -> dict[str, Any]:
    random = np.random.default_rng(0)
    shapes = {"W": (3, 2), "b": (3, 1), "row": (1, 3), "x": (2, 1), "y": (3, 1)}
    return {name: random.normal(size=shape).astype(dtype) for name, shape in shapes.items()} | {"rate": 0.5}


def by_hand(values: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    error = values["W"] @ values["x"] + values["b"] - values["y"]
    loss = values["rate"] * (error**2).sum() + (values["row"] @ values["y"]).item()
    slope = 2 * values["rate"] * error
    return loss, {"W": slope @ values["x"].T, "b": slope, "rate": (error**2).sum()}


def assert_same(found: Any, expected: Any, within: float = 1e-12) -> None:
    value, gradients = found
    loss, others = expected
    assert value == pytest.approx(loss, rel=within)
    assert list(gradients) == list(others)
    for name, other in others.items():
        assert np.shape(gradients[name]) == np.shape(other), name
        assert gradients[name] == pytest.approx(other, rel=within, abs=within), name


# --- arguments and results ---


def test_by_position_and_by_name() -> None:
    function, values = derived().compile(), given()
    assert function.arguments == ("W", "b", "rate", "row", "x", "y")
    assert_same(function(**values), by_hand(values))
    assert_same(function(*(values[name] for name in function.arguments)), by_hand(values))
    value, gradients = function(**values)
    assert type(value) is float
    assert type(gradients["rate"]) is float


def test_rows_and_columns_may_come_without_their_axis() -> None:
    values = given()
    flat = {name: value.ravel() if name in "row x b y" else value for name, value in values.items()}
    loss, gradients = by_hand(values)
    assert_same(derived().compile()(**flat), (loss, gradients | {"b": gradients["b"].ravel()}))


def test_float32_stays_and_integers_are_floats() -> None:
    function = derived().compile()
    value, gradients = function(**given(np.float32))
    assert gradients["W"].dtype == gradients["b"].dtype == np.float32
    assert value == pytest.approx(by_hand(given())[0], rel=1e-5)
    ones = {name: np.ones(np.shape(value), dtype=int) for name, value in given().items()}
    _, gradients = function(**ones)
    assert gradients["W"].dtype == np.float64
    assert_same(function(**ones), by_hand(ones))
    lists = {name: np.asarray(value).tolist() for name, value in given().items()}
    assert_same(function(**lists), by_hand(given()))


def test_results_are_fresh_and_arguments_stay() -> None:
    X, V = sp.MatrixSymbol("X", 2, 2), sp.MatrixSymbol("V", 2, 2)
    function = sb.derive(sp.Trace(X * V), wrt=[X, V]).compile()
    values = np.arange(4.0).reshape(2, 2), np.ones((2, 2))
    _, first = function(*values)
    assert first["X"].tolist() == values[1].T.tolist()
    assert not any(np.shares_memory(first[name], value) for name in first for value in values)
    assert not np.shares_memory(first["X"], function(*values)[1]["X"])
    first["X"][:] = 7
    assert values[1].tolist() == [[1, 1], [1, 1]]
    _, both = sb.derive(sb.Total(X + V), wrt=[X, V]).compile()(*values)
    both["X"][0, 0] = 5
    assert both["V"].tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"W": np.ones((2, 3))}, ["W", "(2, 3)", "(3, 2)"]),
        ({"W": np.ones(6)}, ["W", "(6,)", "(3, 2)"]),
        ({"b": np.ones(4)}, ["b", "(4,)", "(3,)"]),
        ({"x": np.ones((1, 2))}, ["x", "(1, 2)", "(2, 1)"]),
        ({"rate": np.ones(3)}, ["rate", "(3,)", "()"]),
        ({"y": np.ones((3, 1), np.float32)}, ["y is float32", "W is float64"]),
        ({"W": np.array([["a", "b"]] * 3)}, ["W"]),
        ({"W": np.ones((3, 2)) * 1j}, ["W"]),
        ({"nothing": 1.0}, ["nothing"]),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ParameterError) as refused:
        derived().compile()(**{**given(), **change})
    assert all(word in str(refused.value) for word in words), refused.value


# --- sizes that are symbols ---

n, m = sp.symbols("n m", integer=True, positive=True)


def ridge() -> Any:
    X, t, v = sp.MatrixSymbol("X", n, m), sp.MatrixSymbol("t", n, 1), sp.MatrixSymbol("v", m, 1)
    return sb.derive(sb.Total(sp.HadamardPower(X * v - t, 2)) / n + sb.Total(sp.HadamardPower(v, 2)) / m, wrt=[v])


@pytest.mark.parametrize(("rows", "columns"), [(5, 3), (1, 4), (4, 1), (1, 1)])
def test_sizes_are_what_the_arrays_say(rows: int, columns: int) -> None:
    random = np.random.default_rng(rows)
    X, t, v = random.normal(size=(rows, columns)), random.normal(size=(rows, 1)), random.normal(size=(columns, 1))
    error = X @ v - t
    expected = (error**2).mean() + (v**2).mean(), {"v": 2 * X.T @ error / rows + 2 * v / columns}
    assert_same(ridge().compile()(X=X, t=t, v=v), expected)
    _, gradients = ridge().compile()(X=X.astype("f4"), t=t.astype("f4"), v=v.astype("f4"))
    assert gradients["v"].dtype == np.float32


def test_sizes_must_agree() -> None:
    with pytest.raises(ParameterError, match=r"X has shape \(5, 2\), expected \(n, m\) with n = 4, m = 2|m = 3"):
        ridge().compile()(X=np.ones((5, 2)), t=np.ones((4, 1)), v=np.ones(3))
    Z = sp.MatrixSymbol("Z", 2 * n, 3)
    with pytest.raises(UnsupportedError, match=r"2\*n"):
        sb.derive(sb.Total(Z), wrt=[Z]).compile()


def test_a_slice_of_symbolic_size() -> None:
    X = sp.MatrixSymbol("X", n, 4)
    function = sb.derive(sb.Total(sp.HadamardPower(X[1:n, 0:4:2], 2)) / n, wrt=[X]).compile()
    values = np.arange(12.0).reshape(3, 4)
    expected = np.zeros((3, 4))
    expected[1:, ::2] = 2 * values[1:, ::2] / 3
    assert_same(function(values), ((values[1:, ::2] ** 2).sum() / 3, {"X": expected}))


def test_an_entry_of_what_is_repeated() -> None:
    A, p, q = sp.MatrixSymbol("A", 2, 2), *sp.symbols("p q", real=True)
    loss = sb.Total(A * sp.Matrix([[p, q], [q, q]]))
    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    value, gradients = sb.derive(loss, [q]).compile()(A=a, p=0.5, q=0.25)
    assert value == pytest.approx((a @ np.array([[0.5, 0.25], [0.25, 0.25]])).sum())
    assert gradients["q"] == pytest.approx((a @ np.array([[0, 1], [1, 1]])).sum())
    mean, means = sb.derive(loss, [q]).compile(batch=[p])(A=a, p=np.array([0.5, 0.5]), q=0.25)
    assert (mean, means["q"]) == (pytest.approx(value), pytest.approx(gradients["q"]))


# --- singular matrices ---


def test_a_singular_matrix_is_refused_with_its_formula() -> None:
    A = sp.MatrixSymbol("A", 2, 2)
    function = sb.derive(sp.Trace(A.I), wrt=[A]).compile()
    with pytest.raises(np.linalg.LinAlgError) as refused:
        function(np.ones((2, 2)))
    assert "inv(A)" in "".join(refused.value.__notes__)


# --- batches ---


def test_a_batch_gives_the_mean() -> None:
    function = derived().compile(batch=[x, "y"])
    random, values = np.random.default_rng(3), given()
    X, Y = random.normal(size=(5, 2)), random.normal(size=(5, 3))
    singles = [by_hand({**values, "x": one[:, None], "y": other[:, None]}) for one, other in zip(X, Y, strict=True)]
    mean = {name: sum(each[name] for _, each in singles) / 5 for name in ("W", "b", "rate")}
    expected = sum(loss for loss, _ in singles) / 5, mean
    assert_same(function(**{**values, "x": X, "y": Y}), expected)
    assert_same(function(**{**values, "x": X[:, :, None], "y": Y}), expected)


def test_a_batch_of_numbers() -> None:
    t, slope = sp.symbols("t slope", real=True)
    function = sb.derive((slope * t - 1) ** 2, wrt=[slope]).compile(batch=[t])
    value, gradients = function(2.0, np.array([1.0, 2.0]))
    assert (value, gradients) == (5.0, {"slope": 7.0})


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        ([], ParameterError, "empty"),
        (["xx"], UnknownNameError, "did you mean 'x'"),
        ([sp.Symbol("nothing")], UnknownNameError, "choose one of W, b, rate, row, x, y"),
    ],
)
def test_bad_batches(batch: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        derived().compile(batch=batch)


def test_batches_that_do_not_fit() -> None:
    function, values = derived().compile(batch=[x, y]), given()
    for X, Y, words in (
        (np.ones((0, 2)), np.ones((0, 3)), "no samples"),
        (np.ones((4, 2)), np.ones((5, 3)), "samples = 4"),
        (np.ones(2), np.ones((5, 3)), r"\(samples, 2\)"),
        (np.ones((4, 3)), np.ones((4, 3)), r"x has shape \(4, 3\)"),
    ):
        with pytest.raises(ParameterError, match=words):
            function(**{**values, "x": X, "y": Y})
    with pytest.raises(ParameterError, match="batch"):
        sb.derive(sb.Network([2, 1], form="matrix")).compile(batch=[x])


# --- modules ---


def loaded(path: Path) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(path.read_text(), namespace)
    return namespace


@pytest.mark.parametrize("batch", [None, ["x", "y"]], ids=str)
def test_a_module_gives_what_compile_gives(batch: Any, tmp_path: Path) -> None:
    path = derived().write(tmp_path / "module.py", batch=batch)
    values = given()
    if batch:
        values |= {"x": np.ones((4, 2)), "y": np.ones((4, 3))}
    assert_same(loaded(path)["evaluate"](**values), derived().compile(batch=batch)(**values), 0.0)
    text = path.read_text()
    assert "import symbackprop" not in text
    assert "dL/dW = " in text
    assert max(map(len, text.splitlines())) <= 120
    with pytest.raises(ValueError, match="W has shape"):
        loaded(path)["evaluate"](**{**values, "W": np.ones(2)})


HOSTILE = ["n", "scale", "dtype", "buffer1", "params", "X", "workspace", "list", "float", "zip", "value", "given"]
HOSTILE += ["sizes", "arrays", "gradients", "evaluate", "SHAPES", "math", "np", "tanh", "exp", "v1", "T1", "t1", "self"]
HOSTILE += ["dL_dn", "_placed", "_checked", "_sweep", "range", "result", "BATCHED", "name", "match", "print", "sum"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str, tmp_path: Path) -> None:
    matrix, other, data = sp.MatrixSymbol(name, 2, 2), sp.MatrixSymbol(f"{name}_", 2, 1), sp.MatrixSymbol("data", 2, 1)
    hidden = sp.MatrixSymbol("v2", 2, 1)
    loss = sb.Total(sp.HadamardPower(matrix.I * hidden, 2)) + sp.Trace(hidden.T * matrix * hidden)
    equations = [(hidden, (matrix * other + data).applyfunc(sp.tanh)), (sp.Symbol("L", real=True), loss)]
    derivation = sb.derive(equations, wrt=[matrix, other])
    values = [np.array([[2.0, 0.3], [0.1, 1.5]]), np.array([0.4, -0.2]), np.array([0.3, 0.6])]
    value, gradients = derivation.compile()(*values)
    plain = np.tanh(values[0] @ values[1] + values[2])
    assert value == pytest.approx((np.linalg.solve(values[0], plain) ** 2).sum() + plain @ values[0] @ plain)
    batched = derivation.compile(batch=[data])(*values[:2], np.stack([values[2]] * 3))
    assert_same(batched, (value, gradients))
    assert_same(loaded(derivation.write(tmp_path / "module.py"))["evaluate"](*values), (value, gradients), 0.0)


# --- flat vectors ---


def test_value_and_grad_of_matrices() -> None:
    values = given()
    function = sb.value_and_grad([W, b, rate, row, x, y], LOSS, [W, b, rate])
    value, flat = function(*(values[name] for name in ("W", "b", "rate", "row", "x", "y")))
    loss, gradients = by_hand(values)
    assert value == pytest.approx(loss)
    assert flat == pytest.approx(np.concatenate([np.ravel(gradients[name]) for name in ("W", "b", "rate")]))
    vector = np.concatenate([np.ravel(values[name]) for name in ("W", "b", "rate")])
    again = sb.value_and_grad([[W, b, rate], row, x, y], LOSS, [W, b, rate])
    value, same = again(vector, values["row"], values["x"], values["y"])
    assert value == pytest.approx(loss)
    assert same == pytest.approx(flat)


@pytest.mark.parametrize("vector", [np.ones(9), np.ones(11), np.ones((10, 1)), 1.0], ids=np.shape)
def test_flat_vectors_of_another_length(vector: Any) -> None:
    function: Callable[..., Any] = sb.value_and_grad([[W, b, rate], row, x, y], LOSS, [W, b, rate])
    with pytest.raises(ParameterError, match="takes 10 values"):
        function(vector, np.ones(3), np.ones(2), np.ones(3))


def test_value_and_grad_refuses_what_is_no_symbol_and_what_has_no_size() -> None:
    with pytest.raises(ParameterError, match="args lacks y"):
        sb.value_and_grad([W, b, rate, row, x], LOSS, [W])
    Z = sp.MatrixSymbol("Z", n, 2)
    function = sb.value_and_grad([[Z]], sb.Total(Z), [Z])
    with pytest.raises(ParameterError, match="n x 2"):
        function(np.ones(4))
