"""symbackprop: reverse mode for SymPy, with the chain rule in print and standalone NumPy code."""

from .api import Derivation, derive
from .api.jacobian_vector_product import Jvp, jvp
from .api.value_and_gradient import value_and_grad
from .comparison import Comparison, compare
from .errors import (
    ArchitectureError,
    DataError,
    Diverged,
    ModelError,
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
from .networks import (
    Model,
    Network,
    bce,
    cross_entropy,
    gelu,
    half_sse,
    huber,
    identity,
    mae,
    mse,
    scalar_form,
    silu,
    softmax,
    softsign,
)
from .runtime import load_module as load
from .sympy_functions.matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total
from .sympy_functions.scalar_functions import elu, leaky_relu, logsumexp, relu, sigmoid, softplus

__version__ = "0.1.0"

__all__ = [
    "ArchitectureError",
    "ColumnSums",
    "Comparison",
    "DataError",
    "Derivation",
    "Diverged",
    "Jvp",
    "LogSumExp",
    "Model",
    "ModelError",
    "ModuleError",
    "Network",
    "OutputError",
    "ParameterError",
    "RowSums",
    "ShapeError",
    "SizeError",
    "Softmax",
    "SymbackpropError",
    "SymbolNameError",
    "Total",
    "UnknownNameError",
    "UnsupportedError",
    "bce",
    "compare",
    "cross_entropy",
    "derive",
    "elu",
    "gelu",
    "half_sse",
    "huber",
    "identity",
    "jvp",
    "leaky_relu",
    "load",
    "logsumexp",
    "mae",
    "mse",
    "relu",
    "scalar_form",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "value_and_grad",
]
