"""What functions of expressions take and give: shapes, dtypes, floats and arrays, the same compiled and written."""

from __future__ import annotations

import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError

x, y, c = sp.symbols("x y c", real=True)
n = sp.Symbol("n", integer=True, positive=True)

EXPRESSIONS = {
    "a line": 3 * x + c * y,
    "a maximum": sp.Max(x, 0) * x + y * c,
    "a product of choices": x * sp.Max(0, y) + sp.Max(0, x * y) ** 2 + c,
    "a choice": sp.Piecewise((x**2, x > 0), (x, True)) + y * c,
    "waves": sp.sin(x) * sp.Max(x, y) + c,
    "steps": sp.floor(x) + sp.sign(y) * x + c * y,
    "a constant derivative": -x + 2 * y + c,
    "special": sp.erf(x) * sp.loggamma(y + 3) + c * sb.sigmoid(x),
}


def both(expression: Any, folder: Path, **options: Any) -> tuple[Any, Any]:
    """The compiled function, and that of the written module."""
    d = sb.derive(expression, [x, y], **options)
    return d.compile(), runpy.run_path(str(d.write(folder / "module.py")))["evaluate"]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_arrays_of_one_dtype_give_arrays_of_it(name: str, kind: Any, tmp_path: Path) -> None:
    for function in both(EXPRESSIONS[name], tmp_path):
        for batch in (np.array([0.5, -1.0, 2.0], kind), np.array([[0.5], [0.25]], kind)):
            value, gradients = function(x=batch, y=batch[:1], c=2.0)
            for found in (value, *gradients.values()):
                assert (found.dtype, found.shape) == (kind, batch.shape)
                np.divide(found, 3, out=found)  # an array of its own, that can be written to
            again = function(x=batch, y=batch[:1], c=2.0)[1]
            assert np.allclose(again["x"], 3 * gradients["x"])


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_numbers_give_floats(name: str, tmp_path: Path) -> None:
    for function in both(EXPRESSIONS[name], tmp_path):
        for numbers in ((1, 2, 3), (0.5, 1.5, -2.0), (np.float32(1), np.array(2.0), 1)):
            value, gradients = function(*numbers)
            assert {type(found) for found in (value, *gradients.values())} == {float}


@pytest.mark.parametrize("method", ["backprop", "naive"])
def test_both_are_the_same_function(method: str, tmp_path: Path) -> None:
    compiled, written = both(EXPRESSIONS["waves"], tmp_path, method=method)
    values = (np.linspace(-2, 2, 5), 0.5, np.ones((2, 1)))
    one, other = compiled(*values), written(*values)
    assert np.array_equal(one[0], other[0])
    assert all(np.array_equal(one[1][name], other[1][name]) for name in one[1])


def test_shapes_that_do_not_go_together_are_told_by_name(tmp_path: Path) -> None:
    compiled, written = both(EXPRESSIONS["a line"], tmp_path)
    for function, error in ((compiled, ParameterError), (written, ValueError)):
        with pytest.raises(error, match=r"^c has shape \(2,\) and x \(3,\): "):
            function(np.ones(3), 1.0, np.ones(2))
        with pytest.raises(error, match="y must"):
            function(1.0, "two", 1.0)


def test_a_matrix_of_one_entry_takes_every_form_of_a_number(tmp_path: Path) -> None:
    b, w = sp.MatrixSymbol("b", 1, 1), sp.MatrixSymbol("w", 1, 3)
    d = sb.derive(sb.Total(w * w.T * b), [b, w])
    functions = d.compile(), runpy.run_path(str(d.write(tmp_path / "module.py")))["evaluate"]
    for function in functions:
        for one in (2.0, np.array(2.0), np.array([2.0]), np.array([[2.0]])):
            for row in (np.array([1.0, 2.0, 3.0]), np.array([[1.0, 2.0, 3.0]])):
                value, gradients = function(b=one, w=row)
                assert value == 28.0
                assert np.shape(gradients["b"]) == np.shape(one)
                assert np.array_equal(gradients["w"], 4 * row)
    with pytest.raises(ParameterError, match="b has shape"):
        d.compile()(b=np.ones((1, 1, 1)), w=np.ones(3))
    with pytest.raises(ParameterError, match="b has shape"):
        d.compile()(b=np.ones(2), w=np.ones(3))


def test_the_order_of_polygamma_may_be_a_symbol(tmp_path: Path) -> None:
    d = sb.derive(sp.polygamma(n, x) * y, [x, y])
    for function in (d.compile(), runpy.run_path(str(d.write(tmp_path / "module.py")))["evaluate"]):
        for order in (0, 1, 2, 5):
            value, gradients = function(x=1.5, y=2.0, n=order)
            exact = [mp.polygamma(order, mp.mpf(1.5)), mp.polygamma(order + 1, mp.mpf(1.5))]
            assert [value, gradients["x"]] == pytest.approx([2 * float(part) for part in exact], rel=1e-13)
        value, gradients = function(x=1.5, y=2.0, n=np.array([1.0, 2.0]))
        assert value == pytest.approx([2 * float(mp.polygamma(order, mp.mpf(1.5))) for order in (1, 2)], rel=1e-13)
    for order in (0.5, -1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="the order of polygamma must be a whole number"):
            d.compile()(x=1.5, y=2.0, n=order)


def test_a_ragged_list_is_told_by_the_name_of_its_argument() -> None:
    with pytest.raises(ParameterError, match="x must be a real number or an array of real numbers, got list"):
        sb.derive(x * y).compile()([[1.0], [1.0, 2.0]], 1.0)


@pytest.mark.parametrize("name", ["stable", "accurate"])
def test_what_is_asked_with_yes_or_no_is_answered_so(name: str) -> None:
    for what in (sb.derive, sb.jvp):
        with pytest.raises(ParameterError, match=f"{name} is 'no': it must be True or False"):
            what(x * y, **{name: "no"})


# --- what is no argument ---

A, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)

FUNCTIONS: dict[str, Any] = {
    "derive": lambda: sb.derive(x * y + c, [x, y]).compile(),
    "derive, a batch": lambda: sb.derive(x * y + c, [x, y]).compile(batch=[x]),
    "outputs": lambda: sb.derive([x * y, c * x], [x, y]).compile(),
    "jacobian": lambda: sb.jacobian([x * y, c * x], [x, y]).compile(),
    "sparse": lambda: sb.jacobian([x * y, c * x], [x, y]).compile(sparse=True),
    "hessian": lambda: sb.hessian(x * y * c, [x, y]).compile(),
    "jvp": lambda: sb.jvp(x * y * c, {x: 1}).compile(),
    "hvp": lambda: sb.hvp(x * y * c, [x, y], [1, 2]).compile(),
    "lambdify": lambda: sb.lambdify([x, y, c], [x * y * c, {"c": c}]),
    "value and gradient": lambda: sb.value_and_grad([x, y, c], x * y * c, [x, y]),
    "second derivatives": lambda: sb.value_grad_hess([x, y, c], x * y * c, [x, y]),
    "matrices": lambda: sb.derive(sb.Total(A * v) * y * x * c, [x, A]).compile(args=[x, y, c, A, v]),
}
NO_NUMBERS: dict[str, Any] = {
    "complex": 2j,
    "complex of NumPy": np.complex64(1),
    "long complex": np.clongdouble(1 + 1j),
    "complex array": np.array([1 + 0j]),
    "objects that are complex": np.array([1j, 2.0], object),
    "text": "2.0",
    "text of NumPy": np.str_("2"),
    "an array of text": np.array(["2"]),
    "objects that are text": np.array(["2"], object),
    "bytes": b"2",
    "None": None,
    "None among numbers": [1.0, None],
    "rows of different lengths": [[1.0], [1.0, 2.0]],
    "a dict": {},
    "a set": {1.0},
    "a symbol": x,
    "an imaginary number": sp.I,
    "a date": np.datetime64("2020-01-01"),
    "a whole number too large": 10**400,
}


@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.parametrize("door", FUNCTIONS)
def test_what_is_no_real_number_is_refused_by_name(door: str, what: str) -> None:
    function = FUNCTIONS[door]()
    given = {"x": [1.0, 2.0] if door == "derive, a batch" else 1.0, "y": 2.0, "c": 3.0}
    given |= {"A": np.eye(2), "v": np.ones(2)} if door == "matrices" else {}
    for name in ("y", "c"):
        with pytest.raises(ParameterError, match=rf"^{name} (must|is too large)"):
            function(**{**given, name: NO_NUMBERS[what]})


@pytest.mark.parametrize("what", NO_NUMBERS)
def test_a_written_module_names_what_is_no_number(what: str, tmp_path: Path) -> None:
    numbers = runpy.run_path(str(sb.derive(x * y + c, [x, y]).write(tmp_path / "numbers.py")))["evaluate"]
    arrays = runpy.run_path(str(sb.derive(sb.Total(A * v) * y, [A]).write(tmp_path / "arrays.py")))["evaluate"]
    with pytest.raises(ValueError, match=r"^y must hold real numbers"):
        numbers(1.0, NO_NUMBERS[what], 3.0)
    with pytest.raises(ValueError, match=r"^v must hold real numbers"):
        arrays(np.eye(2), NO_NUMBERS[what], 3.0)


@pytest.mark.parametrize("door", [door for door in FUNCTIONS if door not in ("derive, a batch", "matrices")])
def test_two_lengths_that_differ_are_both_named(door: str) -> None:
    with pytest.raises(
        ParameterError, match=r"^(c has shape \(4,\) and y \(3,\)|y .* and c .*): arguments have one shape"
    ):
        FUNCTIONS[door]()(x=1.0, y=np.ones(3), c=np.ones(4))


def test_lengths_of_a_batch_that_differ_are_both_named(tmp_path: Path) -> None:
    d = sb.derive(x * y + c, [x, y])
    module = runpy.run_path(str(d.write(tmp_path / "module.py", batch=[x, c])))["evaluate"]
    by_jax = [d.compile(batch=[x, c], target="jax")] if find_spec("jax") else []
    for function in (d.compile(batch=[x, c]), module, *by_jax):
        with pytest.raises(ValueError, match=r"^c has shape \(4,\), expected \(samples,\) with samples = 3 as in x$"):
            function(np.ones(3), 2.0, np.ones(4))
        with pytest.raises(
            ValueError, match=r"y has shape \(3,\), expected \(\): the batch is c, x, so y has one value"
        ):
            function(np.ones(3), np.ones(3), np.ones(3))
    both = sb.lambdify([x, A, v], [A * v, x], batch=[A, v])
    with pytest.raises(
        ParameterError, match=r"^v has shape \(4, 2\), expected \(samples, 2\) with samples = 3 as in A$"
    ):
        both(1.0, np.ones((3, 2, 2)), np.ones((4, 2)))
    S, w = sp.MatrixSymbol("S", n, 2), sp.MatrixSymbol("w", n, 1)
    with pytest.raises(ParameterError, match=r"^w has shape \(4,\), expected \(n,\) with n = 3 as in S$"):
        sb.derive(sb.Total(S.T * w), [S]).compile()(np.ones((3, 2)), np.ones(4))


def test_functions_of_networks_refuse_in_a_class_of_ours() -> None:
    function = sb.derive(sb.Network([2, 1])).compile()
    params, samples, targets = {"W1": np.ones((1, 2)), "b1": np.ones(1)}, np.ones((3, 2)), np.ones((3, 1))
    refused = {
        "params must be a dict": (None, samples, targets),
        "Y should be": (params, samples, np.ones((4, 1))),
        "X should be": (params, None, targets),
        "W1 should be": ({**params, "W1": None}, samples, targets),
        "missing 1 required positional argument: 'Y'": (params, samples),
    }
    for message, given in refused.items():
        with pytest.raises(ParameterError, match=message):
            function(*given)
