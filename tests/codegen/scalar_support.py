"""Networks of scalars whose modules are tried, and what is read off their text."""

from __future__ import annotations

import io
import tokenize
from types import ModuleType
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..operations import OPERATIONS
from ..support import OUTPUTS

OWN = ("sigmoid", "softplus", "relu", "leaky_relu", "elu", "logsumexp", "sign")

MEANINGS = {**{name: OPERATIONS[name].exact for name in OWN}, "Heaviside": OPERATIONS["heaviside"].exact}
"""What our own functions are, in mpmath: the oracle shares no code with the library."""

NETWORKS = {
    **{f"hidden {name}": ([2, 2, 1], name, "identity", "half_sse") for name in ACTIVATIONS},
    **{f"output {name}": ([2, 1, 2], "tanh", name, "mse") for name in ACTIVATIONS},
    **{f"loss {name}": ([2, 2, 2], "tanh", "identity", name) for name in LOSSES if name not in OUTPUTS},
    "bce": ([2, 2, 2], "tanh", "sigmoid", "bce"),
    "cross_entropy": ([2, 2, 3], "tanh", "softmax", "cross_entropy"),
    "softmax mse": ([2, 2, 2], "sigmoid", "softmax", "mse"),
    "no hidden layer": ([3, 2], "tanh", "identity", "mae"),
    "lambda": ([2, 1, 1], sp.Lambda(sp.Symbol("u"), sp.atan(sp.Symbol("u")) + sp.Symbol("u") / 3), "tanh", "half_sse"),
}


def loaded(source: str) -> ModuleType:
    """The module of a source text."""
    module = ModuleType("generated_for_a_test")
    exec(compile(source, "<generated>", "exec"), module.__dict__)
    return module


def drawn(net: sb.Network, samples: int, seed: int = 0) -> tuple[dict[str, Any], Any, Any]:
    """Random parameters, inputs and targets; the targets of a cross-entropy sum to 1."""
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    targets = rng.random((samples, net.widths[-1]))
    if net.loss_name == "cross_entropy":
        targets /= targets.sum(axis=1, keepdims=True)
    return params, rng.normal(size=(samples, net.widths[0])), targets


COUNTED = {
    "xor": ([2, 3, 1], "tanh", "sigmoid", "bce"),
    "relu": ([2, 3, 2], "relu", "identity", "mse"),
    "gelu": ([2, 2, 1], "gelu", "identity", "half_sse"),
    "huber": ([3, 2, 2], "softplus", "identity", "huber"),
    "softmax": ([3, 3, 3], "silu", "softmax", "cross_entropy"),
    "elu": ([2, 2, 2], "elu", "elu", "mae"),
    "leaky": ([1, 2, 1], "leaky_relu", "softsign", "mse"),
}

a, b, c, x, y = sp.symbols("a b c x y", real=True)


def deepest(source: str) -> int:
    """How deep brackets nest anywhere in a source text."""
    depth = most = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            most = max(most, depth)
    return most


def own_part(source: str) -> str:
    """A generated module without its docstring and without the part that all modules share."""
    return source[source.index("\nimport ") :].split("# " + "-" * 106, maxsplit=1)[0]
