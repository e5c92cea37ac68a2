"""Layers, activations and losses as SymPy equations."""

from .activations import ACTIVATIONS, RECTIFIERS, gelu, identity, name_of, silu, softmax, softsign
from .layer_equations import Layer
from .losses import LOSSES, bce, cross_entropy, half_sse, huber, mae, mse
from .model import TASKS, Model, shape_of
from .network import FORMS, Network, scalar_form, shown_widths

__all__ = [
    "ACTIVATIONS",
    "FORMS",
    "LOSSES",
    "RECTIFIERS",
    "TASKS",
    "Layer",
    "Model",
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
    "shape_of",
    "shown_widths",
    "silu",
    "softmax",
    "softsign",
]
