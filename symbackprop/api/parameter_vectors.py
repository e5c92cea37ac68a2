"""The parameters of a fit as one flat array, and by name: values and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..codegen import floating
from ..errors import ParameterError, UnsupportedError, listed, unknown_name


class ParameterVector:
    """Symbols whose values stand in one flat array, the entries of a matrix symbol row by row.

    Attributes:
        names: of the symbols.
        size: of the array.
    """

    def __init__(self, symbols: Sequence[Any]) -> None:
        self.names = [symbol.name for symbol in symbols]
        self._shapes = list(map(_shape, symbols))
        self.size = sum(int(np.prod(shape)) for shape in self._shapes)

    def checked(self, x: Any) -> Any:
        """An array (size,) of float64.

        Raises:
            ParameterError: it has another shape, or holds no real numbers.
        """
        array = np.asarray(x)
        if array.dtype == np.float64 and array.shape == (self.size,):  # as SciPy has it
            return array
        if array.dtype.kind == "c":
            raise ParameterError("x holds complex numbers, as jac='cs' asks for: pass the Jacobian that there is, jac")
        array = np.atleast_1d(floating("x", array)).astype(np.float64, copy=False)
        if array.shape != (self.size,):
            raise ParameterError(f"x has shape {array.shape}, expected ({self.size},): {listed(self.names)}")
        return array

    def by_name(self, x: Any) -> dict[str, Any]:
        """The values by name: a float, of a matrix symbol an array."""
        array, found, start = self.checked(x), {}, 0
        for name, shape in zip(self.names, self._shapes, strict=True):
            end = start + int(np.prod(shape))
            found[name] = array[start:end].reshape(shape).copy() if shape else float(array[start])
            start = end
        return found

    def joined(self, values: Any, what: str, default: Any = None) -> Any:
        """The array of values by symbol or name.

        Args:
            values: a dict of numbers, or arrays of a matrix symbol's shape.
            what: they are, for messages.
            default: the value of what is not in it; by default it is refused.

        Raises:
            ParameterError: it is no dict, or one is missing, or has another shape.
            UnknownNameError: it names none of the parameters.
        """
        found = self._named(values, what)
        missing = [name for name in self.names if name not in found]
        if missing and default is None:
            raise ParameterError(f"{what} lacks {listed(missing)}: give a value for each parameter")
        return np.concatenate(
            [
                self._entries(name, shape, found.get(name, default))
                for name, shape in zip(self.names, self._shapes, strict=True)
            ]
        )

    def limits(self, bounds: Any) -> tuple[Any, Any]:
        """Arrays of lower and upper bounds, from pairs (lower, upper) by symbol or name; None is no bound.

        Raises:
            ParameterError: one is no pair, or its lower bound is not below the upper one.
            UnknownNameError: it names none of the parameters.
        """
        found = self._named({} if bounds is None else bounds, "bounds")
        for name, pair in found.items():
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise ParameterError(f"the bounds of {name} are {str(pair)[:40]}: give (lower, upper), None for none")
        sides = [{name: pair[side] for name, pair in found.items() if pair[side] is not None} for side in (0, 1)]
        lower, upper = (self.joined(one, "bounds", none) for one, none in zip(sides, (-np.inf, np.inf), strict=True))
        crossed = [name for name, low in self.by_name(lower).items() if not np.all(low < self.by_name(upper)[name])]
        if crossed:
            raise ParameterError(f"the lower bound of {crossed[0]} is not below its upper one: give (lower, upper)")
        return lower, upper

    def _named(self, values: Any, what: str) -> dict[str, Any]:
        if not isinstance(values, Mapping):
            raise ParameterError(f"{what} is {type(values).__name__}: give a dict by parameter, as in {{a: ...}}")
        found: dict[Any, Any] = {getattr(key, "name", key): value for key, value in values.items()}
        for name in found:
            if name not in self.names:
                raise unknown_name("parameter", " ".join(str(name).split())[:40], self.names)
        return found

    def _entries(self, name: str, shape: tuple[int, ...], value: Any) -> Any:
        array = floating(name, value).astype(np.float64)
        if array.shape not in ((), shape):
            raise ParameterError(f"{name} has shape {array.shape}, expected {shape}")
        return np.broadcast_to(array, shape).ravel()


def _shape(symbol: Any) -> tuple[int, ...]:
    if not isinstance(symbol, sp.MatrixSymbol):
        return ()
    rows, columns = symbol.shape
    if not (rows.is_Integer and columns.is_Integer):
        raise UnsupportedError(f"{symbol.name} is {rows} x {columns}: in a flat array it needs a size in numbers")
    return int(rows), int(columns)
