"""Networks of every activation and loss, numbers for them, and modules from their text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

import symbackprop as sb
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..support import output_for

NETS = list(product(sorted(ACTIVATIONS), sorted(LOSSES)))


def network(hidden: str, loss: str, form: str = "scalar", widths: Sequence[int] = (2, 3, 2)) -> sb.Network:
    return sb.Network(widths, hidden, output_for(loss, hidden), loss, form=form)


def drawn(net: sb.Network, samples: int = 5) -> tuple[dict[str, Any], Any, Any]:
    """Random parameters, inputs and targets; the targets of a cross-entropy sum to 1."""
    rng = np.random.default_rng(3)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    X, Y = rng.normal(size=(samples, net.widths[0])), rng.random((samples, net.widths[-1]))
    return params, X, Y / Y.sum(axis=1, keepdims=True)
