"""Sets of notation: labels of each, no two alike; and formulas in rows, which have the values of those in columns."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.errors import UnknownNameError
from symbackprop.formulas import FORMATS, NOTATIONS, document, labels, latex, rendered, text
from symbackprop.formulas.labels import Labels

from ..cli_support import refusal
from ..support import slow_unless
from .cases import ALL
from .matrix_cases import CHOICES, EXPRESSIONS, FEW, N0, N1, N2, SIZES, SQUARE, WIDTHS, network
from .reader import Reader, plain
from .test_latex import check_balanced
from .test_matrix_equations import check, equations, random_values, run, sections

SCALAR = sb.derive(sb.Network([12, 2, 1]))
MATRIX = sb.derive(sb.Network([3, 2], form="matrix"))


# --- labels ---


@pytest.mark.parametrize(
    ("notation", "derivation", "name", "plain", "maths"),
    [
        ("superscript", SCALAR, "w1_2_1", "w¹₂₁", "w^{(1)}_{21}"),
        ("subscript", SCALAR, "w1_2_1", "w₁,₂₁", "w_{1,21}"),
        ("subscript", SCALAR, "w1_2_12", "w₁,₂,₁₂", "w_{1,2,12}"),
        ("subscript", SCALAR, "z1_2", "z₁,₂", "z_{1,2}"),
        ("subscript", SCALAR, "x1", "x₁", "x_{1}"),
        ("subscript", MATRIX, "W1", "W₁", "W_{1}"),
        ("nielsen", SCALAR, "w1_2_1", "w¹₂₁", "w^{1}_{21}"),
        ("nielsen", SCALAR, "L", "C", "C"),
        ("nielsen", MATRIX, "z1", "z¹", "z^{1}"),
        ("rows", SCALAR, "w1_2_1", "w¹₂₁", "w^{(1)}_{21}"),
        ("rows", MATRIX, "W1", "W¹", "W^{(1)}"),
    ],
)
def test_labels(notation: str, derivation: Any, name: str, plain: str, maths: str) -> None:
    symbol = next(one for one in (*derivation.graph.symbols, *derivation.sweep.quantities) if one.name == name)
    label = Labels(derivation.sweep, notation).of(symbol)
    assert (text.label_text(label), latex.label_latex(label)) == (plain, maths)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("name", ALL)
def test_no_two_labels_are_alike(name: str, notation: str) -> None:
    derivation = ALL[name]()
    found = Labels(derivation, notation)
    symbols = {*derivation.graph.symbols, *derivation.quantities}
    assert len({text.label_text(found.of(symbol)) for symbol in symbols}) == len(symbols)


def test_a_cost_that_is_taken_stays_a_loss() -> None:
    C, x, L = sp.symbols("C x L", real=True)
    told = sb.derive([(L, C * x)], wrt=[C]).formulas(notation="nielsen")
    assert "∂L/∂C = x" in told


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_notation_changes_labels_alone(notation: str) -> None:
    """Of a network in scalars: with the labels of the usual one put back, every formula is as it was."""
    if notation == "rows":
        assert SCALAR.formulas(notation="rows") == SCALAR.formulas()
        return
    d = sb.derive(sb.Network([2, 2, 1]))
    usual, own = Labels(d.sweep), Labels(d.sweep, notation)
    told = rendered(document(d.sweep, width=1_000, notation=notation), "latex", equations_only=True)
    symbols = [*d.graph.symbols, *d.sweep.quantities, *(d.sweep.adjoint_symbol(q) for q in d.sweep.quantities)]
    for symbol in sorted(symbols, key=lambda one: -len(latex.label_latex(own.of(one)))):
        told = told.replace(latex.label_latex(own.of(symbol)), f"<{symbol.name}>")
    for symbol in symbols:
        told = told.replace(f"<{symbol.name}>", latex.label_latex(usual.of(symbol)))
    expected = rendered(document(d.sweep, width=1_000), "latex", equations_only=True)
    assert plain_brackets(told) == plain_brackets(expected)


def plain_brackets(source: str) -> str:
    """A name with a superscript is raised to a power in brackets, one with a subscript as it is; lines break freely."""
    bare = re.sub(r"\\left\((\w\^\{[^{}]*\}_\{[^{}]*\})\\right\)\^", r"\1^", source)
    return re.sub(r"\\(?:left|right|[bB]ig[lr])(?=[()])|\s|\\\\|&=|\\quad|&", "", bare)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_writes_every_notation(format: str, notation: str) -> None:
    for name in ("tanh", "3-2-4", "attention"):
        told = rendered(document(ALL[name](), notation=notation), format)
        assert told
        if format in ("latex", "markdown"):
            check_balanced(told)


# --- rows ---


def row_values(derivation: Any, sizes: dict[Any, int], **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random values by printed name, of columns and of the rows that stand for them."""
    columns, named = random_values(derivation, sizes, **given) | {"Id": np.eye(2)}, Labels(derivation.sweep)
    vectors = (symbol for symbol in derivation.graph.symbols if getattr(symbol, "shape", ())[1:] == (1,))
    names = [text.label_text(named.of(symbol)) for symbol in vectors if not named.is_weight(symbol)]
    return columns, columns | {name: plain(np.transpose(columns[name])) for name in names}


def told_of(derivation: Any, notation: str, parameter: Any = None) -> str:
    return rendered(document(derivation.sweep, parameter, width=100_000, notation=notation), "text")


def check_rows(derivation: Any, sizes: dict[Any, int], parameters: Any, **given: Any) -> None:
    """The loss in rows is that in columns, and each gradient in rows is what differences of it give."""
    columns, rows = row_values(derivation, sizes, **given)
    losses = []
    for notation, values in (("superscript", columns), ("rows", rows)):
        forward = equations(sections(told_of(derivation, notation))["Forward pass"])
        losses.append(run(forward, dict(values)))
    assert math.isclose(*losses, rel_tol=1e-12)
    for parameter in (None, *parameters):
        told = told_of(derivation, "rows", parameter)
        assert check(derivation, dict(rows), told, 1e-5) >= 1


@slow_unless(lambda choices: "-".join(choices) in FEW)
@pytest.mark.parametrize("choices", CHOICES, ids="-".join)
def test_rows_of_every_activation_and_loss(choices: tuple[str, ...]) -> None:
    derivation = network([3, 4, 2], *choices)
    check_rows(derivation, {}, derivation.wrt)


@slow_unless(lambda widths: len(widths) < 4)
@pytest.mark.parametrize("widths", WIDTHS, ids=lambda widths: "-".join(map(str, widths)))
def test_rows_of_every_depth(widths: list[int]) -> None:
    """Also of one unit, whose weights are a column that stays one."""
    derivation = network(widths, "tanh", "sigmoid", "bce")
    check_rows(derivation, {}, (*derivation.wrt, "z1"))


def test_rows_of_symbolic_widths() -> None:
    check_rows(network([N0, N1, N2], "relu", "softmax", "cross_entropy"), {N0: 3, N1: 4, N2: 2}, ("W1",))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_rows_of_expressions(name: str) -> None:
    derivation = EXPRESSIONS[name]()
    if "placed(" not in told_of(derivation, "rows"):
        check_rows(derivation, SIZES, (), A=SQUARE, epsilon=0.1)


def test_what_is_placed_in_rows() -> None:
    """Rows and columns change places with the matrix that something is placed in: told by hand, and tried."""
    v, u = sp.MatrixSymbol("v", 6, 1), sp.MatrixSymbol("u", 3, 1)
    part = (v * u.T)[::2, 1:]
    told = sb.derive(sb.Total(sp.HadamardProduct(part, part))).formulas("text", "v", notation="rows")
    assert "∂L/∂v = u placed(2 (vᵀ u)[1:5:2, 2:3]ᵀ; 2:3, 1:5:2)" in told
    rng = np.random.default_rng(5)
    row, other = rng.normal(size=(1, 6)), rng.normal(size=(1, 3))
    placed = np.zeros((3, 6))
    placed[1:3, 0:5:2] = 2 * (row.T @ other)[0:5:2, 1:3].T
    by_hand = [2 * entry * np.sum(other[0, 1:] ** 2) * (at % 2 == 0) for at, entry in enumerate(row[0])]
    assert np.allclose(other @ placed, by_hand)


def test_the_textbook_loss_in_rows_is_the_loss() -> None:
    derivation = network([3, 4, 2], "relu", "softmax", "cross_entropy")
    _, rows = row_values(derivation, {}, y=np.array([[0.25], [0.75]]))
    told = sections(told_of(derivation, "rows"))
    found = run(equations(told["Forward pass"]), rows)
    sentence = next(line for line in told["Forward pass"] if "written on the weighted sums" in line)
    textbook = sentence.strip().removeprefix("L is ").partition(", written")[0]
    assert math.isclose(Reader(textbook, rows).whole(), found)


def test_rows_are_what_generated_code_has() -> None:
    """The products of the readable code, line by line: samples are rows there."""
    derivation = sb.derive(sb.Network([3, 4, 2], "relu", "softmax", "cross_entropy", form="matrix"))
    told, source = derivation.formulas(notation="rows"), derivation.source("readable")
    for printed, code in [
        ("z¹ = x (W¹)ᵀ + b¹", "z1 = X @ W1.T + b1"),
        ("z² = a¹ (W²)ᵀ + b²", "z2 = a1 @ W2.T + b2"),
        ("= δ² W²", "dL_da1 = delta2 @ W2"),
        ("= (δ¹)ᵀ x", "dL_dW1 = delta1.T @ X"),
        ("= (δ²)ᵀ a¹", "dL_dW2 = delta2.T @ a1"),
    ]:
        assert printed in told
        assert code in source
    assert "x: 1 × 3; y: 1 × 2" in told
    assert "W¹: 4 × 3; b¹, z¹, a¹, δ¹: 1 × 4" in told


# --- in Python, and the command ---


def test_every_door_takes_a_notation(capsys: Any, tmp_path: Any) -> None:
    d = sb.derive(sb.Network([1, 1]))
    values = {"w1_1_1": 0.5, "b1_1": 0, "x1": 1, "y1": 0}
    for told in (d.explain("w1_1_1", notation="nielsen"), d.at(values, notation="nielsen")):
        assert "∂C/∂w¹₁₁" in str(told)
        assert r"\partial C" in told._repr_latex_()
    assert "∂C/∂w¹₁₁" in str(d.paths("w1_1_1", notation="nielsen"))
    assert cli.main(["derive", "1-1", "--notation", "nielsen"]) == 0
    assert capsys.readouterr().out == d.formulas(notation="nielsen")
    assert cli.main(["paths", "1-1", "--parameter", "w1_1_1", "--notation", "subscript"]) == 0
    assert "w₁,₁₁" in capsys.readouterr().out
    message = refusal(["derive", "1-1", "--notation", "nilsen"], tmp_path, capsys)
    assert "unknown notation 'nilsen': did you mean 'nielsen'?" in message


@pytest.mark.parametrize("ask", ["explain", "paths", "formulas", "at"])
def test_an_unknown_notation_is_refused(ask: str) -> None:
    d = sb.derive(sb.Network([1, 1]))
    first = {"formulas": "text", "at": {"w1_1_1": 0.5, "b1_1": 0, "x1": 1, "y1": 0}}.get(ask, "w1_1_1")
    with pytest.raises(UnknownNameError, match="did you mean 'rows'"):
        getattr(d, ask)(first, notation="row")


def test_the_usual_notation_is_the_first() -> None:
    assert next(iter(NOTATIONS)) == labels.USUAL
