"""symbackprop: reverse mode for SymPy, with the chain rule in print and standalone NumPy code."""

from .api import Derivation, derive
from .comparison import Comparison, compare
from .directions import Jvp, jvp
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
from .flat_arguments import value_and_grad
from .functions import elu, leaky_relu, logsumexp, relu, sigmoid, softplus
from .matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total
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
    scalar_form,
    silu,
    softmax,
    softsign,
)

__version__ = "0.1.0"

__all__ = [
    "ArchitectureError",
    "ColumnSums",
    "Comparison",
    "DataError",
    "Derivation",
    "Jvp",
    "LogSumExp",
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
