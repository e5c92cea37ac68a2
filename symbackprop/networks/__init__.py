"""Layers, activations and losses as SymPy equations."""

from .activations import ACTIVATIONS, RECTIFIERS, gelu, identity, silu, softmax, softsign
from .losses import LOSSES, bce, cross_entropy, half_sse, huber, mae, mse
from .network import Equation, Layer, Network

__all__ = [
    "ACTIVATIONS",
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
    "silu",
    "softmax",
    "softsign",
]
