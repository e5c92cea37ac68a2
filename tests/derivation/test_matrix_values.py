"""Numbers of matrices: every loss and derivative against the NumPy code, and central differences beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli

from ..formulas.matrix_cases import EXPRESSIONS, N0, N1, N2, SIZES, SQUARE, network

NETWORKS = {
    "bce": lambda: network([3, 4, 2], "tanh", "sigmoid", "bce"),
    "cross-entropy": lambda: network([2, 3, 3], "relu", "softmax", "cross_entropy"),
    "huber": lambda: network([2, 2, 1], "silu", "tanh", "huber"),
    "names of widths": lambda: network([N0, N1, N2], "gelu", "identity", "mae"),
}
CODE = {**NETWORKS, "names of widths": lambda: network([2, 3, 4], "gelu", "identity", "mae")}
MAZUR = str(Path(__file__).resolve().parents[2] / "examples" / "mazur.json")
OF_WIDTHS = {N0: 2, N1: 3, N2: 4}


def values_of(derivation: Any, sizes: Any, **given: Any) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    found = {}
    for symbol in derivation.sweep.graph.symbols:
        if symbol not in sizes:
            shape = tuple(int(sp.S(size).subs(sizes)) for size in getattr(symbol, "shape", ()))
            found[symbol.name] = given.get(symbol.name, rng.normal(size=shape) * 0.8)
    return found


def assert_same(found: Any, value: Any, gradients: Any, wrt: Any) -> None:
    assert found.value == pytest.approx(value, rel=1e-12)
    for symbol in wrt:
        wanted = np.asarray(gradients[symbol.name])
        np.testing.assert_allclose(np.reshape(found.gradients[symbol], wanted.shape), wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_numbers_of_expressions(name: str) -> None:
    derivation = EXPRESSIONS[name]()
    values = values_of(derivation, SIZES, A=SQUARE, epsilon=0.1)
    assert_same(derivation.at(values), *derivation.compile()(**values), derivation.wrt)


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_of_networks_and_differences(name: str) -> None:
    derivation = NETWORKS[name]()
    values = values_of(derivation, OF_WIDTHS)
    found = derivation.at(values, check=True)
    params = {symbol.name: values[symbol.name] for symbol in derivation.wrt}
    shaped = {key: value[:, 0] if key.startswith("b") else value for key, value in params.items()}
    value, gradients = CODE[name]().compile()(shaped, values["x"].T, values["y"].T)
    assert_same(found, value, gradients, derivation.wrt)
    point = found._point
    for symbol in derivation.wrt:
        slope = np.array(point.difference(symbol), dtype=float)
        np.testing.assert_allclose(np.reshape(found.gradients[symbol], slope.shape), slope, rtol=1e-9, atol=1e-12)
    assert str(found).count("by a central difference") == len(derivation.wrt)


def test_every_named_number_is_that_of_the_scalar_form() -> None:
    net, twin = sb.Network([2, 3, 1], form="matrix"), sb.Network([2, 3, 1])
    rng = np.random.default_rng(2)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    found = sb.derive(net).at({**params, "x": [0.3, -0.7], "y": [1]}).values
    wanted = sb.derive(twin).at({**params, "x1": 0.3, "x2": -0.7, "y1": 1}).values
    for layer in (1, 2):
        for letter in ("z", "a", "delta"):
            column = np.ravel(found.get(f"{letter}{layer}", np.nan))
            for row, entry in enumerate(column, start=1):
                if np.isfinite(entry):
                    assert entry == pytest.approx(wanted[f"{letter}{layer}_{row}"], rel=1e-14)
    np.testing.assert_allclose(found["dL_dW1"].ravel(), [wanted[f"dL_dw1_{i}_{j}"] for i in (1, 2, 3) for j in (1, 2)])


def test_a_large_matrix_stays_a_name() -> None:
    net = sb.Network([30, 2, 1], form="matrix")
    params = {name: np.full(shape, 0.125) for name, shape in net.shapes.items()}
    told = str(sb.derive(net).at({**params, "x": np.ones(30), "y": [1]}))
    assert "= W¹ [1; 1; 1;" in told
    assert "= [3.875; 3.875]" in told
    assert "∂L/∂W¹ = ∂L/∂z¹ · ∂z¹/∂W¹\n         = δ¹ xᵀ\n  ∂L/∂W²" in told


W, x = sp.MatrixSymbol("W", 2, 2), sp.MatrixSymbol("x", 2, 1)
WRONG = {
    "a shape": ({"W": np.ones((2, 3)), "x": [1, 2]}, r"W should be \(2, 2\), is \(2, 3\)"),
    "a length": ({"W": np.ones((2, 2)), "x": [1, 2, 3]}, r"x should be \(2, 1\), is \(3,\)"),
    "none": ({"W": np.ones((2, 2))}, "there is no value for x"),
    "words": ({"W": [["a", 1], [2, 3]], "x": [1, 2]}, r"W\[0, 0\] is no number"),
    "ragged": ({"W": [[1], [2, 3]], "x": [1, 2]}, "W has rows that differ in length"),
    "empty": ({"W": np.ones((0, 0)), "x": [1, 2]}, r"W should be \(2, 2\), is \(0, 0\)"),
    "nan": ({"W": [[np.nan, 1], [2, 3]], "x": [1, 2]}, "W is nan: give a finite real number"),
    "one too many": ({"W": np.ones((2, 2)), "x": [1, 2], "v": 1}, "v is no symbol here"),
}


@pytest.mark.parametrize("name", WRONG)
def test_arrays_that_do_not_fit(name: str) -> None:
    values, message = WRONG[name]
    with pytest.raises(sb.ParameterError, match=message):
        sb.derive(x.T * W * x, [W]).at(values)


def test_names_of_widths_have_one_length() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    u, v = sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("v", n, 1)
    derivation = sb.derive(u.T * v, [u])
    assert derivation.at({"u": [1, 2, 3], "v": [4, 5, 6]}).value == 32
    with pytest.raises(sb.ParameterError, match=r"v should be \(3, 1\), is \(2,\)"):
        derivation.at({"u": [1, 2, 3], "v": [4, 5]})


def test_a_published_example_by_matrices(capsys: Any) -> None:
    options = "--form matrix --hidden sigmoid --output sigmoid --loss half_sse"
    numbers = "--inputs 0.05,0.10 --targets 0.01,0.99 --digits 9"
    assert cli.main(["derive", "2-2-2", *options.split(), *numbers.split(), "--at", MAZUR]) == 0
    told = capsys.readouterr().out
    assert "= 0.298371109\n" in told
    assert "= [0.0821670406, 0.0826676278; −0.0226025405, −0.0227402422]\n" in told
    assert cli.main(["derive", "--widths", "n-2", "--at", MAZUR]) == 2
    assert "here are names: write 2-2-1" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_numbers_stand_as_rows_where_columns_do(output: str) -> None:
    net = sb.Network([3, 2, 2], output=output, form="matrix")
    rng = np.random.default_rng(1)
    values = {name: rng.normal(size=shape) for name, shape in net.shapes.items()} | {"x": [1, 2, 3], "y": [0, 1]}
    told = sb.derive(net).at(values, notation="rows", digits=3).document
    lines = sb.formulas.rendered(told, "text", equations_only=True).splitlines()
    shown = [line.strip().removeprefix("= ") for line in lines]
    assert "z¹ = x (W¹)ᵀ + b¹" in shown
    tables = [line for line in shown if line.startswith("[")]
    assert len(tables) > 10
    weights = sum(";" in line.split("]")[0] for line in tables)  # the 2 x 3 and 2 x 2 ones alone have several rows
    assert weights == 2
