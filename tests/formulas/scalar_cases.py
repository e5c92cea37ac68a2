"""Derivations by numbers whose formulas are told: networks, expressions, and other ways than a backward sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbackprop.derivation import Sweep, derive_along, derive_equations
from symbackprop.networks import Network

L, x, y, z = sp.symbols("L x y z", real=True)


def of_network(widths: list[int], *choices: str, method: str = "backprop") -> Sweep:
    net = Network(widths, *choices)
    derivation: Sweep = derive_equations(net.equations, net.parameters, method, model=net)
    return derivation


def of_expression(expression: Any, method: str = "backprop", wrt: Any = None) -> Sweep:
    symbols = wrt or sorted(expression.free_symbols, key=str)
    derivation: Sweep = derive_equations([(L, expression)], symbols, method)
    return derivation


def spelled_out() -> Sweep:
    a, b, c, e, d, f = sp.symbols("a b c e d f")
    derivation: Sweep = derive_equations([(e, a * b), (d, e + c), (L, d * f)], [a, b, c, f])
    return derivation


NETWORKS: dict[str, Callable[[], Sweep]] = {
    "tanh": lambda: of_network([2, 2, 1], "tanh", "sigmoid", "bce"),
    "relu": lambda: of_network([2, 3, 1], "relu", "identity", "half_sse"),
    "silu": lambda: of_network([3, 4, 3], "silu", "softmax", "cross_entropy"),
    "gelu": lambda: of_network([2, 2, 2], "gelu", "identity", "huber"),
    "elu": lambda: of_network([2, 2, 2], "elu", "leaky_relu", "mae"),
    "softsign": lambda: of_network([1, 2, 2, 2], "softsign", "softplus", "mse"),
    "two outputs": lambda: of_network([2, 2], "tanh", "sigmoid", "bce"),
    "wide": lambda: of_network([12, 11, 1], "tanh", "sigmoid", "bce"),
}

EXPRESSIONS: dict[str, Callable[[], Sweep]] = {
    "quotient": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2)),
    "nested": lambda: of_expression(sp.sin(sp.cos(sp.sin(x * y)))),
    "spelled out": spelled_out,
    "piecewise": lambda: of_expression(sp.Piecewise((sp.log(x), x > 1), (x * y, (x > 0) & (y < 2)), (y, True))),
    "powers": lambda: of_expression(x**y + sp.sqrt(x * y) + abs(x - y) ** 3 + sp.atan2(x, y) + sp.Max(x, y, 2)),
    "naive": lambda: of_network([2, 2, 1], "tanh", "sigmoid", "bce", method="naive"),
    "naive expression": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2), "naive"),
}

WAYS: dict[str, Callable[[], Sweep]] = {
    "forward": lambda: of_network([2, 2, 1], method="forward"),
    "forward gelu": lambda: of_network([2, 2, 2], "gelu", "softmax", "cross_entropy", method="forward"),
    "forward expression": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2), "forward"),
    "forward piecewise": lambda: of_expression(
        sp.Piecewise((sp.log(x), x > 1), (x * y, True)) + sp.Max(x, y), "forward"
    ),
    "direction": lambda: derive_along([(z, x * sp.sin(y)), (L, z * x**2 + sp.exp(z))], {x: sp.S.One, y: x + y}),
    "direction of a network": lambda: derive_along(Network([2, 2, 1]).equations, {Network([2, 2, 1]).parameters[0]: x}),
    "cse": lambda: of_network([2, 3, 2], "tanh", "identity", "mse", method="naive+cse"),
    "cse expression": lambda: of_expression(sp.sin(x * y) * sp.exp(x * y) / (1 + x**2), "naive+cse"),
    "private": lambda: of_network([2, 3, 2], "tanh", "identity", "mse", method="sympy-forward"),
}
"""Derivations that no backward sweep made: they have no adjoints between a parameter and the loss."""

SCALARS = {**NETWORKS, **EXPRESSIONS, **WAYS}
