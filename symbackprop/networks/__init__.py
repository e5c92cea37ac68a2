"""Equations with parameters, inputs, targets and a loss: the activations, losses and layers that SymPy does not have.

In go widths and names of activations, or equations of one's own; out comes a `Model`: SymPy equations, and what
training needs to know of them. `Network` is the model of dense layers. It must not know how anything is derived.
"""

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
