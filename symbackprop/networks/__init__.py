"""Layers, activations and losses as SymPy equations."""

from .activations import ACTIVATIONS, RECTIFIERS, gelu, identity, name_of, silu, softmax, softsign
from .forms import Equation, Layer
from .losses import LOSSES, bce, cross_entropy, half_sse, huber, mae, mse
from .network import FORMS, Network, scalar_form

__all__ = [
    "ACTIVATIONS",
    "FORMS",
    "LOSSES",
    "RECTIFIERS",
    "Equation",
    "Layer",
    "Network",
    "bce",
    "cross_entropy",
    "gelu",
    "half_sse",
    "huber",
    "identity",
    "mae",
    "mse",
    "name_of",
    "scalar_form",
    "silu",
    "softmax",
    "softsign",
]
