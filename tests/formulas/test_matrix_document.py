"""What is said of matrices: the four equations, expressions as in textbooks, and the notation that they need."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.sympy_functions.matrix_functions import Total

from .matrix_cases import EXPRESSIONS, NET, A, B, J, W, X, Y, k, network, wide, x

ERRORS = """\
Output error

  δ³ = ∂L/∂z³ = a³ − y

Error of a layer from the next

       ∂L/∂a² = ∂L/∂z³ · ∂z³/∂a²
              = (W³)ᵀ δ³
  δ² = ∂L/∂z² = ∂L/∂a² · ∂a²/∂z²
              = ∂L/∂a² ⊙ [z² > 0]
              = ((W³)ᵀ δ³) ⊙ [z² > 0]
"""


def test_the_four_equations_by_name() -> None:
    told = network([784, 256, 128, 10], "relu", "softmax", "cross_entropy").formulas()
    assert NET in told
    assert ERRORS in told
    assert "Gradient of a bias\n\n  ∂L/∂b¹ = ∂L/∂z¹ · ∂z¹/∂b¹\n         = δ¹\n" in told
    assert "  ∂L/∂W² = ∂L/∂z² · ∂z²/∂W²\n         = δ² (a¹)ᵀ\n" in told
    assert "A ⊙ B multiplies entry by entry." in told


def test_one_parameter_written_out() -> None:
    told = network([784, 256, 10], "relu", "softmax", "cross_entropy").formulas(parameter="W1")
    written = "(((W²)ᵀ (softmax(W² relu(W¹ x + b¹) + b²) − y)) ⊙ [W¹ x + b¹ > 0]) xᵀ"
    assert written in " ".join(told.split())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("quadratic form", "∂L/∂x = A x + Aᵀ x"),
        ("log det", "∂L/∂A = (Aᵀ)⁻¹"),
        ("layer norm", "h = c/√(ε + v)"),
        ("attention", "= (∂L/∂S)ᵀ Q/√(d)"),
        ("attention", "= P ⊙ (∂L/∂P − rowsums(∂L/∂P ⊙ P))"),
        ("least squares", "= (∂L/∂u) wᵀ"),
        ("total", "∂L/∂X = ones(n × m) + 2 ones(n × m)"),
        ("part", "= [0, 3 ∂L/∂U ⊙ M[1:2, 2:3]², 0; 0, 0, 0]"),
        ("blocks", "U = [B, C; Cᵀ, B]"),
        ("entries of a column", "L = p[1]² + p[3] p[2] + Σ(p[1:2])"),
        ("like terms", "∂L/∂C = 2 Bᵀ (B C − C) − 2 (B C − C)"),
        ("like terms", "∂L/∂B = 2 (B C − C) Cᵀ + 2 k B"),
        ("a matrix called I", "∂L/∂B = Id"),
    ],
)
def test_expressions_read_like_a_textbook(name: str, line: str) -> None:
    assert line in EXPRESSIONS[name]().formulas()


def test_notation_explains_what_is_shown_and_nothing_else() -> None:
    plain = sb.derive(x.T * A * x, [A, x]).formulas()
    assert "Aᵀ is the transpose." in plain
    assert "⊙" not in plain
    assert "columns count" in EXPRESSIONS["part"]().formulas()
    assert "row by row" in EXPRESSIONS["blocks"]().formulas()


def notation(derivation: Any, parameter: Any = None) -> str:
    return wide(derivation, parameter).partition("Notation\n")[2]


def test_another_sign_for_the_identity_where_a_symbol_has_its_letter() -> None:
    derivation = EXPRESSIONS["a matrix called I"]()
    assert "= ∂L/∂u · Id" in derivation.formulas()
    assert r"\frac{\partial L}{\partial B} &= \mathit{Id}" in derivation.formulas("latex")
    assert r"$\mathit{Id}$ is the identity matrix." in derivation.formulas("latex")
    assert "identity" not in notation(sb.derive(Total(sp.HadamardPower(J, 2)), [J]))
    assert "  I is the identity matrix." in notation(sb.derive(sp.Trace(B), [B]))
    both = sb.derive(sp.Trace(J) + sp.Trace(sp.MatrixSymbol("Id", 2, 2))).formulas()
    assert "∂L/∂I = Eye" in both


def test_brackets_around_a_product_over_or_beside_what_is_taken_entry_by_entry() -> None:
    told = network([3, 4, 2], "softsign", "identity", "half_sse")
    third = wide(told, "W1").partition("The derivative by W1")[2]
    assert "(((W²)ᵀ (W² ((W¹ x + b¹)/(|W¹ x + b¹| + 1)) + b² − y))/(|W¹ x + b¹| + 1) − " in third
    source = told.formulas("latex", "W1")
    assert r"\odot \left(W^{(2)}\right)^{\top}" not in source
    assert source.count(r"\odot \left(\left(W^{(2)}\right)^{\top}") == 2
    assert "= 2 (" in wide(EXPRESSIONS["least squares"]()), "no more brackets than before over a number"


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("one row of blocks", ["A[1, 2] is an entry", "A colon by itself", "row by row"], ["1:2", "u[2]"]),
        ("entries of a column", ["u[2] is an entry of a column", "1:2", "row by row"], ["A[1, 2]", "A colon"]),
        ("entries", ["A[1, 2] is an entry"], ["1:2", "A colon", "u[2]"]),
        ("columns", ["A[1, 2] is an entry", "1:2", "A colon"], ["u[2]"]),
        ("quadratic form", [], ["row by row", "entry:", "identity"]),
    ],
)
def test_notation_of_parts(name: str, shown: list[str], hidden: list[str]) -> None:
    told = notation(EXPRESSIONS[name]())
    assert [words for words in shown if words not in told] == []
    assert [words for words in hidden if words in told] == []


def test_a_condition_in_square_brackets_is_no_matrix() -> None:
    told = sb.derive(Total(sp.Max(0, sp.Symbol("s")) * X), [X]).formulas() + wide(network([3, 2, 1], "relu"), "W1")
    assert "row by row" not in told


def test_like_terms_are_collected() -> None:
    told = wide(sb.derive(sp.Trace((X * W - Y).T * (X * W - Y)) + k * sp.Trace(W.T * W), [W, X]))
    assert "∂L/∂W = 2 Xᵀ (X W − Y) + 2 k W" in told
    assert "∂L/∂X = 2 (X W − Y) Wᵀ" in told


def test_telling_leaves_the_derivation_as_it_was() -> None:
    derivation = network([3, 2, 2])
    before = list(derivation.graph.symbols)
    derivation.formulas()
    derivation.formulas("latex", "W1")
    assert list(derivation.graph.symbols) == before


def test_one_entry_stands_where_the_shapes_ask_for_it() -> None:
    """W x and (W²)ᵀ δ², columns by one entry; but δ² (a¹)ᵀ, one entry by a row."""
    text = sb.derive(sb.Network([1, 2, 1], form="matrix")).formulas()
    for line in (
        "z¹ = W¹ x + b¹",
        "= (W²)ᵀ δ²",
        "= ((W²)ᵀ δ²) ⊙ (1 − (a¹)²)",
        "= δ¹ x",
        "= δ² (a¹)ᵀ",
    ):
        assert f"{line}\n" in text
    one, column = sp.MatrixSymbol("r", 1, 1), sp.MatrixSymbol("s", 3, 1)
    text = sb.derive(sb.Total(sp.HadamardPower(column * one, 2)) + sb.Total(3 * column * one), [column]).formulas()
    assert "‖s r‖²" in text
    assert "∂L/∂s = 2 r² s + 3 r\n" in text
