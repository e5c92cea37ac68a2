"""The numbers that are given for the symbols of a derivation, checked, by symbol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..errors import ParameterError
from ..leaf_symbols import inner_symbol
from .sweep import Sweep

DIGITS = 30
"""Decimal digits that values are computed with."""

Sizes = dict[Any, sp.Integer]
"""Rows and columns by symbol."""


def given_values(derivation: Sweep, values: Mapping[Any, Any]) -> dict[Any, Any]:
    """A number for each symbol, or an array (rows, columns) of a matrix; the sizes of matrices follow from these.

    Raises:
        ParameterError: a value is missing, unknown, given twice or no number, or an array has another shape.
    """
    if not isinstance(values, Mapping):
        raise ParameterError(f"values is a {type(values).__name__}: give {{name: number}}")
    every = (*derivation.wrt, *derivation.graph.symbols)
    given = {getattr(one := inner_symbol(key, every), "name", one): value for key, value in values.items()}
    if len(given) < len(values):
        raise ParameterError("values has a symbol and its name: give each value once")
    entries = {} if derivation.model is None else derivation.model.entries
    symbols = dict.fromkeys(every)
    if not any(isinstance(symbol, sp.MatrixSymbol) for symbol in symbols):
        _check_shapes(derivation, given)
    matrices = [symbol for symbol in symbols if isinstance(symbol, sp.MatrixSymbol)]
    sizes: Sizes = {}
    found: dict[Any, Any] = {symbol: _matrix(symbol, _given(given, symbol), sizes) for symbol in matrices}
    used = {symbol.name for symbol in matrices}
    for symbol in (symbol for symbol in symbols if symbol not in found):
        if symbol in sizes:
            used.add(symbol.name)
            continue
        array, index = entries.get(symbol, (symbol.name, ()))
        name = symbol.name if symbol.name in given else array
        _given(given, symbol, array)
        used.add(name)
        found[symbol] = _number(name, given[name], index if name == array else ())
    unknown = [str(name) for name in given if name not in used]
    if unknown:
        raise ParameterError(f"{unknown[0]} is no symbol here: choose from {', '.join(map(str, found))}")
    return {**found, **sizes}


def _given(given: Mapping[str, Any], symbol: Any, array: str = "") -> Any:
    name = symbol.name if symbol.name in given else array
    if name not in given:
        of_array = f", or the array {array}" if array not in ("", symbol.name) else ""
        raise ParameterError(f"there is no value for {symbol.name}: give one, by its name{of_array}")
    return given[name]


# --- numbers ---


def _check_shapes(derivation: Sweep, given: Mapping[str, Any]) -> None:
    shapes = {} if derivation.model is None else derivation.model.shapes
    for name, value in given.items():
        if name in shapes and _shape(value) != shapes[name]:
            raise ParameterError(f"{name} should be {shapes[name]}, is {_shape(value)}")


def _shape(value: Any) -> Any:
    try:
        return np.shape(value)
    except ValueError:
        return "of rows that differ in length"


def _number(name: str, value: Any, index: tuple[int, ...]) -> Any:
    try:
        entry = np.asarray(value)[index] if index else value
        number = sp.Float(str(float(entry)), DIGITS) if not isinstance(entry, sp.Expr) else entry.evalf(DIGITS)
    except OverflowError:
        number = sp.oo
    except (IndexError, TypeError, ValueError):
        place = f"[{', '.join(map(str, index))}]" if index else ""
        raise ParameterError(f"{name}{place} is no number: {str(value)[:60]}") from None
    if not (number.is_number and number.is_real and number.is_finite):
        raise ParameterError(f"{name} is {number}: give a finite real number")
    return number


# --- matrices ---


def _matrix(symbol: Any, value: Any, sizes: Sizes) -> Any:
    """An array (rows, columns) of numbers; of a column or a row one axis is enough."""
    array = _rows(symbol.name, value.tolist() if isinstance(value, sp.MatrixBase) else value)
    wanted = [sp.S(size) for size in symbol.shape]
    if array.ndim == 1 and sp.S.One in wanted:
        array = array.reshape((-1, 1) if wanted[1] == 1 else (1, -1))
    if array.ndim != 2 or not _fits(array.shape, wanted, sizes):
        shape = tuple(int(size) if size.is_Integer else sizes.get(size, size) for size in wanted)
        raise ParameterError(f"{symbol.name} should be {_told(shape)}, is {_told(np.shape(value))}")
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        found[place] = _number(symbol.name, array, place)
    return found


def _rows(name: str, value: Any) -> Any:
    """An array of objects. Of rows that differ in length NumPy makes one of lists, or refuses; they decide which."""
    try:
        array = np.array(value, dtype=object)
        if not any(isinstance(entry, list | tuple) for entry in array.flat):
            return array
    except ValueError:
        pass
    raise ParameterError(f"{name} has rows that differ in length: give a matrix of numbers")


def _fits(shape: tuple[int, ...], wanted: list[Any], sizes: Sizes) -> bool:
    """Whether a matrix has the shape that is wanted; what a size is called is then known."""
    for length, size in zip(shape, wanted, strict=True):
        if length == 0:
            return False
        if size.is_Symbol:
            sizes.setdefault(size, sp.Integer(length))
        if size.subs(sizes) != length:
            return False
    return True


def _told(shape: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
