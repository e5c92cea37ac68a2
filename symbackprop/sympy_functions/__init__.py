"""Functions that SymPy lacks and people's expressions need: stable activations, sums, norms of exponentials.

In go SymPy expressions, of numbers or of matrices; out come expressions that SymPy can print, differentiate and
evaluate by itself. They must not know the graph: `lowering` knows them.
"""

from .matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total
from .scalar_functions import elu, hypot, leaky_relu, logsumexp, relu, sigmoid, softplus

__all__ = [
    "ColumnSums",
    "LogSumExp",
    "RowSums",
    "Softmax",
    "Total",
    "elu",
    "hypot",
    "leaky_relu",
    "logsumexp",
    "relu",
    "sigmoid",
    "softplus",
]
