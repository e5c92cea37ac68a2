"""Arrays of derivatives by matrices and of matrices: the entries of each stand in its place, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from .. import codegen, derivation
from ..errors import UnsupportedError

Place = tuple[int, ...]
Array = tuple[str, Place, Mapping[Place, int]]
"""Its name, its shape, and by index the place among the roots."""


class FlatFunction:
    """f(*arrays) or f(name=array, ...) -> one array or several, at one point.

    Args:
        sweep: what is computed.
        arrays: what is returned, if each entry was one number.
        axes: for each array, the symbols that stand along each axis; a matrix takes as many places as it has entries.

    Attributes:
        arguments: their names, in order.
        source: the generated text of what computes the entries.

    Raises:
        UnsupportedError: a size is no number, or an operation has no NumPy source.
    """

    def __init__(
        self, sweep: derivation.SeveralOutputs, arrays: Sequence[Array], axes: Sequence[Sequence[Sequence[Any]]]
    ) -> None:
        used = list(dict.fromkeys([0, *(root for _, _, places in arrays for root in places.values())]))
        made = codegen.array_outputs_evaluation(sweep, [(f"root{root}", (), {(): root}) for root in used])
        self._function = made.function()
        self.arguments, self.source = self._function.arguments, self._function.source
        order = {root: number for number, root in enumerate(used)}
        self._arrays = [
            (list(map(_starts, along)), {place: order[root] for place, root in places.items()})
            for (_, _, places), along in zip(arrays, axes, strict=True)
        ]

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The arrays.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
            numpy.linalg.LinAlgError: a matrix that is inverted is singular.
        """
        found = self._function(*values, **named)
        roots: tuple[Any, ...] = found if isinstance(found, tuple) else (found,)
        dtype = np.result_type(*roots)
        made = tuple(_filled(roots, dtype, *array) for array in self._arrays)
        return made if len(made) > 1 else made[0]


def _filled(roots: Sequence[Any], dtype: Any, starts: Sequence[Sequence[int]], places: Mapping[Place, int]) -> Any:
    if not starts:
        return roots[places[()]]
    made = np.zeros([ends[-1] for ends in starts], dtype)
    for place, root in places.items():
        block = tuple(slice(ends[one], ends[one + 1]) for one, ends in zip(place, starts, strict=True))
        made[block] = np.reshape(roots[root], [part.stop - part.start for part in block])
    return made


def _starts(symbols: Sequence[Any]) -> list[int]:
    """Where the entries of each symbol begin along an axis, and where the last ones end."""
    starts = [0]
    for symbol in symbols:
        starts.append(starts[-1] + entries_of_symbol(symbol))
    return starts


def entries_of_symbol(symbol: Any) -> int:
    """How many numbers a symbol stands for.

    Raises:
        UnsupportedError: that depends on a size that is a symbol.
    """
    rows, columns = symbol.shape if isinstance(symbol, sp.MatrixSymbol) else (sp.S.One, sp.S.One)
    if not (rows.is_Integer and columns.is_Integer):
        raise UnsupportedError(f"{symbol.name} is {rows} x {columns}: in an array it needs a size in numbers")
    return int(rows) * int(columns)
