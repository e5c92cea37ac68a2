"""Labels: what a symbol is called in print, by a network or by itself."""

from __future__ import annotations

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.formulas import labels, latex, text
from symbackprop.notation import symbol_labels
from symbackprop.notation.symbol_labels import matrix_label, plain_label

from .scalar_cases import of_expression


@pytest.mark.parametrize(
    ("name", "plain", "maths"),
    [
        ("w1_2_1", "w¹₂₁", "w^{(1)}_{21}"),
        ("w1_12_3", "w¹₁₂,₃", "w^{(1)}_{12,3}"),
        ("w10_2_1", "w¹⁰₂₁", "w^{(10)}_{21}"),
        ("z1_1", "z¹₁", "z^{(1)}_{1}"),
        ("b2_11", "b²₁₁", "b^{(2)}_{11}"),
        ("delta1_2", "δ¹₂", r"\delta^{(1)}_{2}"),
        ("lse2", "lse²", r"\mathit{lse}^{(2)}"),
        ("x1", "x₁", "x_{1}"),
        ("y12", "y₁₂", "y_{12}"),
        ("t1", "t₁", "t_{1}"),
        ("L", "L", "L"),
    ],
)
def test_labels_of_a_network(name: str, plain: str, maths: str) -> None:
    label = symbol_labels.network_label(name)
    assert (text.label_text(label), latex.label_latex(label)) == (plain, maths)


@pytest.mark.parametrize(
    ("name", "plain", "maths"),
    [
        ("alpha", "α", r"\alpha"),
        ("lambda_", "λ", r"\lambda"),
        ("Lamda", "Λ", r"\Lambda"),
        ("α", "α", r"\alpha"),
        ("x1", "x₁", "x_{1}"),
        ("x_1", "x₁", "x_{1}"),
        ("theta_12", "θ₁₂", r"\theta_{12}"),
        ("x_1_2", "x₁,₂", "x_{1,2}"),
        ("w1_2_1", "w₁,₂,₁", "w_{1,2,1}"),
        ("mass_rate", "mass_rate", r"\mathit{mass\_rate}"),
        ("mass2", "mass₂", r"\mathit{mass}_{2}"),
        ("a1b", "a1b", r"\mathit{a1b}"),
        ("_1", "_1", r"\mathit{\_1}"),
        ("größe", "größe", r"\text{größe}"),
    ],
)
def test_labels_of_other_symbols(name: str, plain: str, maths: str) -> None:
    label = symbol_labels.plain_label(name)
    assert (text.label_text(label), latex.label_latex(label)) == (plain, maths)


def test_labels_that_would_look_alike_are_told_apart() -> None:
    x1, x_1, sigma, pi = sp.symbols("x1 x_1 sigma pi")
    derivation = of_expression(x1 + x_1 * pi + sp.pi * sigma / (1 + sp.exp(-x1)))
    shown = [text.label_text(labels.Labels(derivation).of(symbol)) for symbol in (x1, x_1, pi, sigma)]
    assert len(set(shown)) == len(shown)
    assert {"pi", "sigma"} <= set(shown)


def test_labels_of_a_network_of_matrices() -> None:
    shown = {name: text.label_text(matrix_label(name)) for name in ("W1", "b12", "z2", "a1", "delta3", "x", "n0", "T1")}
    assert shown == {"W1": "W¹", "b12": "b¹²", "z2": "z²", "a1": "a¹", "delta3": "δ³", "x": "x", "n0": "n₀", "T1": "T₁"}
    assert latex.label_latex(matrix_label("W2")) == "W^{(2)}"
    assert text.label_text(plain_label("W1")) == "W₁"


def test_a_tangent_is_called_after_what_it_is_the_tangent_of() -> None:
    net = sb.Network([2, 2, 1])
    told = sb.jvp(net).derivation
    text_of_net = told.formulas()
    assert "∂w¹₁₂/∂t = v_w¹₁₂\n" in text_of_net
    assert "= x₁ · v_w¹₁₁ + x₂ · v_w¹₁₂ + v_b¹₁\n" in text_of_net
    assert r"&= v_{w^{(1)}_{12}}" in told.formulas("latex")
    matrices = sb.jvp(sb.Network([2, 2, 1], form="matrix")).derivation
    assert "∂W¹/∂t = v_W¹\n" in matrices.formulas()
    lamda = sp.Symbol("lamda", real=True)
    of_one = sb.jvp(sp.sin(lamda), [lamda]).derivation
    assert "∂λ/∂t = v_λ\n" in of_one.formulas()
    assert r"v_{\lambda}" in of_one.formulas("latex")


def test_a_name_of_several_letters_stands_behind_a_number_without_a_sign() -> None:
    rate, w = sp.symbols("rate w", real=True)
    d = sb.derive(rate * w**2, [w])
    assert "∂L/∂w = 2 rate · w\n" in d.formulas()
    assert r"&= 2 \mathit{rate} \cdot w" in d.formulas("latex")


def test_a_letter_and_its_name_look_different() -> None:
    letter, name = sp.symbols("α alpha")
    told = str(sb.derive(name * letter**2 + name * sp.sin(letter)).gradients)
    assert sorted(line.partition(" = ")[0].strip() for line in told.splitlines()) == ["∂L/∂alpha", "∂L/∂α"]
