"""Derivations by matrices whose formulas are told: networks of every kind, and expressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop.networks import ACTIVATIONS, LOSSES
from symbackprop.sympy_functions.matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total


def network(widths: list[Any], *choices: Any) -> Any:
    return sb.derive(sb.Network(widths, *choices, form="matrix"))


def wide(derivation: Any, parameter: Any = None) -> str:
    told = sb.formulas.document(derivation.sweep, parameter, width=100_000)
    return str(sb.formulas.rendered(told, "text"))


N0, N1, N2 = sp.symbols("n0 n1 n2", integer=True, positive=True)

CHOICES = [
    *((name, "identity", "half_sse") for name in ACTIVATIONS),
    *(("tanh", name, "mse") for name in ACTIVATIONS),
    *(("tanh", "sigmoid" if loss == "bce" else "softmax", loss) for loss in LOSSES),
]

FEW = ("relu-identity-half_sse", "tanh-sigmoid-bce", "tanh-softmax-cross_entropy", "3-2-4", "log det", "attention")
"""Those of the fast lane."""

WIDTHS = [[3, 2], [3, 2, 4], [2, 3, 1], [2, 1, 3], [3, 4, 3, 2], [2, 3, 3, 2, 2], [1, 2, 1]]

n, m, d = sp.symbols("n m d", integer=True, positive=True)

A, X, Y = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("X", n, m), sp.MatrixSymbol("Y", n, m)

x, w = sp.MatrixSymbol("x", n, 1), sp.MatrixSymbol("w", m, 1)

Q, T = sp.MatrixSymbol("Q", n, d), sp.MatrixSymbol("T", n, d)

K, V = sp.MatrixSymbol("K", m, d), sp.MatrixSymbol("V", m, d)

M, B, C = sp.MatrixSymbol("M", 3, 4), sp.MatrixSymbol("B", 2, 2), sp.MatrixSymbol("C", 2, 2)

W, J, E = sp.MatrixSymbol("W", m, m), sp.MatrixSymbol("I", 2, 2), sp.MatrixSymbol("E", 2, 2)

p, o = sp.MatrixSymbol("p", 3, 1), sp.MatrixSymbol("o", 1, 4)

L, k = sp.symbols("L k")

SIZES = {n: 3, m: 4, d: 2}

SQUARE = np.array([[2.0, 0.3, -0.2], [0.1, 1.5, 0.4], [-0.3, 0.2, 1.8]])


def layer_norm() -> Any:
    mu, v, epsilon = sp.MatrixSymbol("mu", n, 1), sp.MatrixSymbol("v", n, 1), sp.Symbol("epsilon", positive=True)
    c, h = sp.MatrixSymbol("c", n, m), sp.MatrixSymbol("h", n, m)
    g, b = sp.MatrixSymbol("g", 1, m), sp.MatrixSymbol("b", 1, m)
    row, column = sp.OneMatrix(1, m), sp.OneMatrix(n, 1)
    return sb.derive(
        [
            (mu, RowSums(X) / m),
            (c, X - mu * row),
            (v, RowSums(sp.HadamardPower(c, 2)) / m),
            (h, sp.HadamardProduct(c, sp.HadamardPower(v + epsilon * column, -sp.Rational(1, 2)) * row)),
            (L, Total(sp.HadamardProduct(Y, sp.HadamardProduct(h, column * g) + column * b))),
        ],
        [X, g, b],
    )


def attention() -> Any:
    S, P, out = sp.MatrixSymbol("S", n, m), sp.MatrixSymbol("P", n, m), sp.MatrixSymbol("O", n, d)
    loss = Total(sp.HadamardPower(out - T, 2)) / 2
    return sb.derive([(S, Q * K.T / sp.sqrt(d)), (P, Softmax(S, 1)), (out, P * V), (L, loss)], [Q, K, V])


def _squares(matrix: Any) -> Any:
    return Total(sp.HadamardPower(matrix, 2))


EXPRESSIONS: dict[str, Callable[[], Any]] = {
    "quadratic form": lambda: sb.derive(x.T * A * x, [A, x]),
    "Rayleigh quotient": lambda: sb.derive((x.T * A * x) / (x.T * x), [A, x]),
    "log det": lambda: sb.derive(sp.log(sp.Determinant(A)), [A]),
    "trace of an inverse": lambda: sb.derive(sp.Trace(A.I * A.I), [A]),
    "layer norm": layer_norm,
    "attention": attention,
    "least squares": lambda: sb.derive(_squares(X * w - x) + 3 * _squares(w), [X, w]),
    "log of sums": lambda: sb.derive(Total(LogSumExp(X, 1)) + Total(LogSumExp(X, 0)), [X]),
    "sums": lambda: sb.derive(Total(sp.HadamardProduct(RowSums(X) * ColumnSums(X), Y)), [X, Y]),
    "total": lambda: sb.derive(Total(X) + 2 * Total(RowSums(X)), [X]),
    "softmax of columns": lambda: sb.derive(Total(sp.HadamardProduct(Softmax(X), Y)), [X]),
    "entries": lambda: sb.derive(M[0, 1] ** 2 * M[2, 2], [M]),
    "part": lambda: sb.derive(Total(sp.HadamardPower(M[0:2, 1:3], 3)), [M]),
    "columns": lambda: sb.derive(Total(sp.HadamardPower(M[:, 1:3], 2)), [M]),
    "parts that overlap": lambda: sb.derive(Total(sp.HadamardPower(M[0:2, :], 2)) + Total(M[1:3, 1:2]), [M]),
    "blocks": lambda: sb.derive(sp.Trace(sp.BlockMatrix([[B, C], [C.T, B]]) ** 2), [B, C]),
    "one row of blocks": lambda: sb.derive(B[0, 1] ** 2 + Total(B[:, 0]), [B]),
    "entries of a column": lambda: sb.derive(p[0] ** 2 + p[2, 0] * p[1, 0] + Total(p[0:2, :]), [p]),
    "entries of a row": lambda: sb.derive(p.T[0, 0] ** 2 * _squares(o[:, 1:3]) * o[0, 3], [p, o]),
    "like terms": lambda: sb.derive(sp.Trace((B * C - C).T * (B * C - C)) + k * sp.Trace(B.T * B), [B, C, k]),
    "like terms with numbers": lambda: sb.derive(Total(X) + Total(RowSums(X)) - 3 * Total(X) + 4 * Total(X.T), [X]),
    "a matrix called I": lambda: sb.derive(sp.Trace(B) + sp.Trace(J) ** 2, [B, J]),
    "a product over a matrix": lambda: sb.derive(_squares(sp.HadamardProduct(B * C, sp.HadamardPower(E, -1))), [B, E]),
}

MATRICES: dict[str, Callable[[], Any]] = {
    **EXPRESSIONS,
    **{"-".join(map(str, widths)): partial(network, widths, "tanh", "sigmoid", "bce") for widths in WIDTHS},
    **{"-".join(choices): partial(network, [3, 4, 2], *choices) for choices in CHOICES},
    "symbols": lambda: network([N0, N1, N2]),
    "narrowing": lambda: network([30, 20, 10, 5], "gelu", "softmax", "mse"),
    "deep symbols": lambda: network([N0, N1, N1, N1, N2], "gelu", "tanh", "huber"),
}

NET = """\
Shapes
──────

  x: 784 × 1; y: 10 × 1
  W¹: 256 × 784; b¹, z¹, a¹, δ¹: 256 × 1
  W²: 128 × 256; b², z², a², δ²: 128 × 1
  W³: 10 × 128; b³, z³, a³, δ³: 10 × 1

Forward pass
────────────

  z¹ = W¹ x + b¹
  a¹ = relu(z¹)
  z² = W² a¹ + b²
  a² = relu(z²)
  z³ = W³ a² + b³
  a³ = softmax(z³)
   L = ln Σ exp(z³) − yᵀ z³

  L is −yᵀ ln(a³), written on the weighted sums so that it stays finite.
"""
"""What is said first of the network 784-256-128-10, relu and softmax."""
