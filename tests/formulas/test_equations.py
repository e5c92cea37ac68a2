"""The chain rule in print, weight by weight: what adds up, and what people read."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symbackprop.derivation import Sweep
from symbackprop.formulas import document, rendered
from symbackprop.formulas.equations import Equations
from symbackprop.graph import Node
from symbackprop.sympy_functions.scalar_functions import elu

from .scalar_cases import EXPRESSIONS, NETWORKS, SCALARS, of_expression, of_network, spelled_out

x, y = sp.symbols("x y", real=True)


def test_weights_count_upwards() -> None:
    told = rendered(document(of_network([12, 1], "tanh", "sigmoid", "bce"), width=200), "text")
    assert "z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + w¹₁₃ x₃" in told
    assert "w¹₁₉ x₉ + w¹₁,₁₀ x₁₀ + w¹₁,₁₁ x₁₁ + w¹₁,₁₂ x₁₂ + b¹₁\n" in told


def _point(derivation: Sweep) -> dict[Any, Any]:
    symbols = sorted(derivation.graph.symbols, key=str)
    return {symbol: sp.Rational(37 + 11 * i % 29, 41 + i) for i, symbol in enumerate(symbols)}


def _number(derivation: Sweep, root: Node, point: dict[Any, Any]) -> Any:
    graph = derivation.graph
    values: dict[Node, Any] = {}
    for node in graph.reachable([root]):
        operands = [values[arg] for arg in graph.args(node)]
        value = graph.op(node).sympy(*operands) if operands else point.get(graph.value(node), graph.value(node))
        values[node] = value.evalf(40) if isinstance(value, sp.Expr) else value
    return values[root]


@pytest.mark.parametrize(
    "name", [name for name in {**NETWORKS, **EXPRESSIONS} if not name.startswith(("naive", "wide"))]
)
def test_contributions_add_up_to_the_adjoint(name: str) -> None:
    derivation = SCALARS[name]()
    point = _point(derivation)
    targets = [*derivation.wrt, *Equations(derivation).quantities]
    for symbol in (symbol for symbol in targets if symbol != derivation.loss):
        node = derivation.adjoint_node(symbol)
        if node is not None:
            parts = [_number(derivation, step.contribution, point) for step in derivation.chain(symbol)]
            assert abs(sum(parts) - _number(derivation, node, point)) < sp.Float("1e-25"), symbol


EXPECTED = """\
Network 2-2-1: hidden tanh, output sigmoid, loss bce
════════════════════════════════════════════════════

Forward pass
────────────

  z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁
  z¹₂ = w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂
  a¹₁ = tanh(z¹₁)
  a¹₂ = tanh(z¹₂)
  z²₁ = w²₁₁ a¹₁ + w²₁₂ a¹₂ + b²₁
  a²₁ = σ(z²₁)
    L = softplus(z²₁) − y₁ z²₁

  L is −(y₁ ln(a²₁) + (1 − y₁) ln(1 − a²₁)), written on the weighted sums so
  that it stays finite.

Backward pass
─────────────

  δ²₁ = ∂L/∂z²₁ = a²₁ − y₁
        ∂L/∂a¹₁ = ∂L/∂z²₁ · ∂z²₁/∂a¹₁
                = δ²₁ · w²₁₁
        ∂L/∂a¹₂ = ∂L/∂z²₁ · ∂z²₁/∂a¹₂
                = δ²₁ · w²₁₂
  δ¹₁ = ∂L/∂z¹₁ = ∂L/∂a¹₁ · ∂a¹₁/∂z¹₁
                = ∂L/∂a¹₁ · (1 − (a¹₁)²)
  δ¹₂ = ∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂
                = ∂L/∂a¹₂ · (1 − (a¹₂)²)

Derivatives of layer 1
──────────────────────

  ∂L/∂w¹₁₁ = ∂L/∂z¹₁ · ∂z¹₁/∂w¹₁₁
           = δ¹₁ · x₁
  ∂L/∂w¹₁₂ = ∂L/∂z¹₁ · ∂z¹₁/∂w¹₁₂
           = δ¹₁ · x₂
  ∂L/∂w¹₂₁ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₁
           = δ¹₂ · x₁
  ∂L/∂w¹₂₂ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₂
           = δ¹₂ · x₂
   ∂L/∂b¹₁ = ∂L/∂z¹₁ · ∂z¹₁/∂b¹₁
           = δ¹₁
   ∂L/∂b¹₂ = ∂L/∂z¹₂ · ∂z¹₂/∂b¹₂
           = δ¹₂

Derivatives of layer 2
──────────────────────

  ∂L/∂w²₁₁ = ∂L/∂z²₁ · ∂z²₁/∂w²₁₁
           = δ²₁ · a¹₁
  ∂L/∂w²₁₂ = ∂L/∂z²₁ · ∂z²₁/∂w²₁₂
           = δ²₁ · a¹₂
   ∂L/∂b²₁ = ∂L/∂z²₁ · ∂z²₁/∂b²₁
           = δ²₁

Why the output error is so short
────────────────────────────────
"""


def test_the_smallest_network_reads_like_a_textbook() -> None:
    told = rendered(document(of_network([2, 2, 1])), "text")
    assert told.startswith(EXPECTED)
    assert "  σ(x) = 1/(1 + exp(−x))" in told


def test_one_parameter_at_three_depths() -> None:
    told = rendered(document(of_network([2, 2, 1]), "w1_2_1"), "text")
    assert (
        """\
  ∂L/∂w¹₂₁ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₁
           = δ¹₂ · x₁
           = w²₁₂ x₁ (σ(w²₁₁ tanh(w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁)
             + w²₁₂ tanh(w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂) + b²₁) − y₁)
             · (1 − tanh(w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂)²)
"""
        in told
    )
    before = told[: told.index("The derivative by w1_2_1")]
    assert "δ¹₂ = ∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂" in before
    assert "δ²₁ = ∂L/∂z²₁ = a²₁ − y₁" in before
    assert "∂L/∂a¹₁" not in told


def test_equations_show_the_chain_rule_of_every_intermediate() -> None:
    told = rendered(document(spelled_out()), "text")
    for line in ("∂L/∂e = ∂L/∂d · ∂d/∂e", "∂L/∂a = ∂L/∂e · ∂e/∂a", "= ∂L/∂e · b", "∂L/∂f = d", "∂L/∂d = f"):
        assert line in told


def test_a_loss_that_a_quantity_also_enters_directly() -> None:
    told = rendered(document(of_network([3, 4, 3], "silu", "softmax", "cross_entropy")), "text")
    assert "δ²₁ = ∂L/∂z²₁ = ∂L/∂lse² · ∂lse²/∂z²₁ + ∂L/∂z²₁|direct\n                = a²₁ − y₁\n" in told
    assert "L is −(y₁ ln(a²₁) + y₂ ln(a²₂) + y₃ ln(a²₃)), written" in told


def test_a_derivative_that_is_zero_is_zero() -> None:
    assert "∂L/∂x = 0\n" in rendered(document(of_expression(sp.floor(x) + y)), "text")


def test_the_naive_way_prints_each_derivative_by_itself() -> None:
    derivation = of_network([2, 2, 1], method="naive")
    told = rendered(document(derivation), "text")
    assert all(f"∂L/∂{shown} = " in told for shown in ("w¹₁₁", "b¹₂", "w²₁₂", "b²₁"))
    words = " ".join(told.split())
    assert f"{derivation.cost.total} operations for the loss and 9 derivatives that share nothing" in words
    assert f"finds {derivation.cost.sympy_operations} operations in the derivatives" in words
    one = rendered(document(derivation, "b2_1"), "text")
    assert "∂L/∂b²₁ = " in one
    assert "∂L/∂b¹₂" not in one


def test_a_function_is_defined_with_the_operands_that_it_is_shown_with() -> None:
    told = rendered(document(of_network([2, 2, 1], "elu", "identity", "mse")), "text")
    assert "elu(x) = {x if x > 0; exp(x) − 1 otherwise}" in told
    assert "elu(x, c)" not in told
    s, c = sp.symbols("s c")
    both = rendered(document(of_expression(elu(s, 1) + elu(c, 2))), "text")
    assert "elu(x) = {x if x > 0; exp(x) − 1 otherwise}" in both
    assert "elu(x, c) = {x if x > 0; c · (exp(x) − 1) otherwise}" in both
