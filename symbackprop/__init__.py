"""symbackprop: reverse mode for SymPy, with the chain rule in print and standalone NumPy code.

The way of the data: `networks` and `sympy_functions` are what people write, `lowering` reads it into a `graph`,
`derivation` sweeps that graph, `formulas` prints what it found, `diagrams` draws it, and `codegen` writes it as code,
which `runtime` trains.
`ops`, `rules`, `stable_forms` and `cost` are the tables that all go by; `api` and `cli` are the doors, and `comparison`
sets the methods side by side.

Nothing is imported before it is asked for: `import symbackprop` costs next to nothing, and `sb.derive` loads no
terminal library and no comparison.
"""

from typing import TYPE_CHECKING

from .lazy_imports import attributes

if TYPE_CHECKING:
    from . import runtime as runtime
    from .api import Derivation, Jvp, Model, Network, derive, jvp, value_and_grad
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
    from .sympy_functions import (
        ColumnSums,
        LogSumExp,
        RowSums,
        Softmax,
        Total,
        elu,
        hypot,
        leaky_relu,
        logsumexp,
        relu,
        sigmoid,
        softplus,
    )

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
    "hypot",
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

_WHERE = {
    "ArchitectureError": "errors",
    "ColumnSums": "sympy_functions",
    "Comparison": "comparison",
    "DataError": "errors",
    "Derivation": "api",
    "Diverged": "errors",
    "Jvp": "api",
    "LogSumExp": "sympy_functions",
    "Model": "api",
    "ModelError": "errors",
    "ModuleError": "errors",
    "Network": "api",
    "OutputError": "errors",
    "ParameterError": "errors",
    "RowSums": "sympy_functions",
    "ShapeError": "errors",
    "SizeError": "errors",
    "Softmax": "sympy_functions",
    "SymbackpropError": "errors",
    "SymbolNameError": "errors",
    "Total": "sympy_functions",
    "UnknownNameError": "errors",
    "UnsupportedError": "errors",
    "bce": "networks",
    "compare": "comparison",
    "cross_entropy": "networks",
    "derive": "api",
    "elu": "sympy_functions",
    "gelu": "networks",
    "half_sse": "networks",
    "huber": "networks",
    "hypot": "sympy_functions",
    "identity": "networks",
    "jvp": "api",
    "leaky_relu": "sympy_functions",
    "load": "runtime:load_module",
    "logsumexp": "sympy_functions",
    "mae": "networks",
    "mse": "networks",
    "relu": "sympy_functions",
    "scalar_form": "networks",
    "sigmoid": "sympy_functions",
    "silu": "networks",
    "softmax": "networks",
    "softplus": "sympy_functions",
    "softsign": "networks",
    "value_and_grad": "api",
}
"""The module that each name comes from."""

if not TYPE_CHECKING:  # a type checker reads the imports above, and knows what there is not
    __getattr__, __dir__ = attributes(__name__, _WHERE, ("runtime",))
