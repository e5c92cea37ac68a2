"""Networks whose derivations are asked for all that they answer."""

from __future__ import annotations

from typing import Any

from symbackprop.derivation import Sweep, derive_equations
from symbackprop.networks import Network

from ..support import as_sympy, evaluated

NETS = {
    "tanh": Network([2, 2, 1]),
    "silu": Network([2, 3, 2], "silu", "softmax", "cross_entropy"),
    "elu": Network([2, 2, 2], "elu", "tanh", "half_sse"),
    "huber": Network([2, 2, 2], "relu", "softmax", "huber"),
}


def derived(net: Network, method: str = "backprop") -> Sweep:
    return derive_equations(net.equations, net.parameters, method, model=net)


def known_values(found: Sweep, values: dict[Any, Any]) -> dict[Any, Any]:
    """The number of every line, top to bottom."""
    known = dict(values)
    for line in found.definitions:
        known[line.symbol] = as_sympy(evaluated(found.sympy(line.node), known))
    return known
