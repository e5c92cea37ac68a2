"""Explanations in notebooks."""

from __future__ import annotations

from symbackprop.formulas import Explanation, document, equations_latex, rendered

from .matrix_cases import network
from .scalar_cases import of_network


def test_explanation() -> None:
    explanation = Explanation(of_network([2, 2, 1]), "w1_2_1")
    assert str(explanation) + "\n" == rendered(document(explanation.derivation, "w1_2_1"), "text")
    source = explanation._repr_latex_()
    assert source.startswith(r"$\displaystyle \begin{aligned}")
    assert source.endswith(r"\end{aligned}$")
    assert r"&= \delta^{(1)}_{2} \cdot x_{1}" in explanation.latex()
    assert "softplus}\\left(x" not in explanation.latex()


def test_a_notebook_explains_functions_below_what_uses_them() -> None:
    maths, signs = (
        Explanation(of_network([2, 2, 1], "elu", "sigmoid", "mse"), "w1_2_1")._repr_latex_().split(r"\\[2ex]")
    )
    assert "&= " in maths
    assert r"&\sigma\left(x\right) = " in signs
    assert r"\\[2ex]" not in Explanation(of_network([2, 2, 1], "tanh", "identity", "mse"), "w1_2_1")._repr_latex_()


def test_equations_of_a_derivation_as_one_block() -> None:
    source = equations_latex(of_network([2, 2, 1]))
    assert source.startswith(r"$\displaystyle \begin{aligned}")
    assert source.count("&=") == 7 + 5 + 9
    assert "more equations" in equations_latex(of_network([3] * 12, "tanh", "identity", "half_sse"))


def test_a_notebook_explains_the_signs() -> None:
    maths, signs = network([3, 2, 1], "softplus", "sigmoid", "mse").explain("W1")._repr_latex_().split(r"\\[2ex]")
    assert "multiplies" not in maths
    assert r"&\sigma\left(x\right) = " in signs
    assert r"&\mathrm{softplus}\left(x\right) = " in signs
    assert r"&A \odot B\text{ multiplies entry by entry.}" in signs
