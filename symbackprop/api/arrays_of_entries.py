"""Functions of matrices whose entries are arguments by themselves: an array is given, and its entries are passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from .argument_structure import Arguments


class FunctionOfMatrices:
    """f(*arrays) or f(name=array, ...), where each matrix has the shape of its symbol, with further axes in front.

    Attributes:
        arguments: the names of the arguments, in order.
        source: the text of the function of entries that is called.
    """

    def __init__(self, function: Any, arguments: Arguments) -> None:
        self._function, self._arguments = function, arguments
        self.arguments, self.source = tuple(str(arguments).split(", ")), function.source

    def __repr__(self) -> str:
        return f"FunctionOfMatrices({self._arguments})"

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """What the function of entries gives.

        Raises:
            ParameterError: an argument is missing, unknown or given twice, or its shape does not fit.
        """
        return self._function(*self._arguments.values(values, named))


def of_matrices(function: Any, matrices: Mapping[Any, Any]) -> Any:
    """A function of matrices, where entries of some are arguments of another one; that itself where there are none.

    Args:
        function: of numbers, which has the names of its `arguments`.
        matrices: by matrix symbol: the matrix of symbols that stand in its place.
    """
    if not matrices:
        return function
    owners = {entry.name: matrix for matrix, entries in matrices.items() for entry in entries}
    whole = dict.fromkeys(owners.get(name) or sp.Symbol(name) for name in function.arguments)
    return FunctionOfMatrices(function, Arguments(list(whole), matrices=matrices))
