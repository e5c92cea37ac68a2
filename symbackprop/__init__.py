"""symbackprop: reverse mode for SymPy, with the chain rule in print and standalone NumPy code."""

from .api import Derivation, derive, value_and_grad
from .errors import (
    ArchitectureError,
    DataError,
    ModuleError,
    OutputError,
    ParameterError,
    ShapeError,
    SizeError,
    SymbackpropError,
    SymbolNameError,
    UnknownNameError,
    UnsupportedError,
)
from .functions import elu, leaky_relu, logsumexp, relu, sigmoid, softplus
from .networks import (
    Network,
    bce,
    cross_entropy,
    gelu,
    half_sse,
    huber,
    identity,
    mae,
    mse,
    silu,
    softmax,
    softsign,
)

__version__ = "0.1.0"

__all__ = [
    "ArchitectureError",
    "DataError",
    "Derivation",
    "ModuleError",
    "Network",
    "OutputError",
    "ParameterError",
    "ShapeError",
    "SizeError",
    "SymbackpropError",
    "SymbolNameError",
    "UnknownNameError",
    "UnsupportedError",
    "bce",
    "cross_entropy",
    "derive",
    "elu",
    "gelu",
    "half_sse",
    "huber",
    "identity",
    "leaky_relu",
    "logsumexp",
    "mae",
    "mse",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "value_and_grad",
]
