"""The columns of data that a model is fitted to: arrays of one length, by the symbols that stand for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..codegen import floating
from ..equation_list import SYMBOLS
from ..errors import DataError, ParameterError, listed


def columns_of(data: Any) -> tuple[list[Any], list[Any] | None]:
    """What columns there are, and their values, or None where these come with each call.

    Raises:
        ParameterError: it is neither a dict nor a list, or empty, or names a column twice.
    """
    if hasattr(data, "keys") and hasattr(data, "__getitem__"):  # a data frame has no other sign of being a mapping
        keys: list[Any] = list(data.keys())
        values: list[Any] | None = [data[key] for key in keys]
    else:
        keys, values = _listed(data), None
    if not keys:
        raise ParameterError("data is empty: give an array for each column, {t: times, y: values}")
    for key in keys:
        if not isinstance(key, (str, *SYMBOLS)):
            raise ParameterError(f"data has the column {str(key)[:40]!r}: a column is a symbol, or its name")
    names = list(map(name_of, keys))
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ParameterError(f"data names the column {twice[0]} twice: name each once")
    return keys, values


def _listed(data: Any) -> list[Any]:
    if isinstance(data, SYMBOLS):
        return [data]
    if isinstance(data, Sequence | sp.MatrixBase) and not isinstance(data, str):
        return list(data)
    raise ParameterError(
        f"data is {type(data).__name__}: give a dict, an array by symbol or name, {{t: times, y: values}}, or a list "
        "of the symbols, whose arrays come with each call"
    )


def name_of(key: Any) -> str:
    """That of a symbol, or the name itself."""
    return str(getattr(key, "name", key))


def symbols_for(keys: Iterable[Any], params: Sequence[Any], needed: Sequence[Any], beside: Sequence[Any]) -> list[Any]:
    """The symbols that stand for columns, in order.

    Args:
        keys: symbols or names.
        params: what is fitted.
        needed: the symbols that the model contains.
        beside: those of what was observed and of its deviation.

    Raises:
        ParameterError: a column is a parameter as well, or the model has no such symbol; or a symbol of the model is
            neither.
    """
    known = {symbol.name: symbol for symbol in [*beside, *needed]}
    fitted = {symbol.name for symbol in params}
    others = known.keys() - fitted - set(map(name_of, keys))
    found = [_symbol_for(key, known, fitted, others) for key in keys]
    for symbol in params:
        if symbol not in needed:
            raise ParameterError(f"{symbol.name} is in params, and the model {_lack(symbol, known)}")
    missing = sorted(known.keys() - fitted - {symbol.name for symbol in found})
    if missing:
        raise ParameterError(
            f"{listed(missing)} stands in the model, and is neither in params ({listed(sorted(fitted))}) nor a column "
            f"of data ({listed([symbol.name for symbol in found])})"
        )
    return found


def _lack(symbol: Any, known: Mapping[str, Any]) -> str:
    if known.get(symbol.name, symbol) != symbol:
        return "has another symbol of that name, with other assumptions: put that into params"
    return "does not contain it, so nothing tells its value: leave it out"


def _symbol_for(key: Any, known: Mapping[str, Any], fitted: Collection[str], others: Collection[str]) -> Any:
    name = name_of(key)
    if name in fitted:
        raise ParameterError(f"{name} is in params and a column of data: it can be only one of them")
    if name not in known:
        hint = f" (did you mean {listed(sorted(others))}?)" if others else ""
        raise ParameterError(
            f"{name} is a column of data, and the model has no such symbol{hint}: leave it out, or, if it is what is "
            f"observed, say so, sp.Eq({name}, model)"
        )
    if not isinstance(key, str) and key != known[name]:
        raise ParameterError(f"data has another symbol called {name} than the model: their assumptions differ")
    return known[name]


class Table:
    """Values of columns: each an array of one length, or one number for all rows.

    Attributes:
        values: by symbol; of a matrix symbol (rows, its rows, its columns).
        rows: how many there are.

    Raises:
        DataError: a column holds no real numbers, or nan; or lengths differ; or there is no row.
    """

    def __init__(self, symbols: Sequence[Any], values: Sequence[Any]) -> None:
        self.values = {symbol: _column(symbol, one) for symbol, one in zip(symbols, values, strict=True)}
        lengths = {one.name: len(array) for one, array in self.values.items() if array.ndim}
        if not lengths:
            raise DataError("data has no column with rows: give an array (rows,) for one at least")
        [first, self.rows], *others = lengths.items()
        for name, rows in others:
            if rows != self.rows:
                raise DataError(f"{first} has {self.rows} rows and {name} has {rows}: columns need the same number")
        if not self.rows:
            raise DataError(f"{first} has no rows: there is nothing to fit")

    def entries(self, symbol: Any) -> list[Any]:
        """A column of its own for each entry of a matrix symbol, row by row; of any other its one."""
        array = self.values[symbol]
        if not isinstance(symbol, sp.MatrixSymbol):
            return [array if array.ndim else np.float64(array)]
        return [np.ascontiguousarray(array[..., i, j])[()] for i, j in np.ndindex(*map(int, symbol.shape))]


def _column(symbol: Any, values: Any) -> Any:
    """An array of its own, of float64: least squares of float32 lose their digits."""
    shape = tuple(map(int, symbol.shape)) if isinstance(symbol, sp.MatrixSymbol) else ()
    array = finite_floats(symbol.name, values)
    wanted = f"(rows, {', '.join(map(str, shape))})" if shape else "(rows,)"
    if shape[1:] == (1,) and array.shape[1:] == shape[:1]:
        array = array[..., np.newaxis]
    if array.ndim > 1 + len(shape) or array.shape[array.ndim - len(shape) :] != shape:
        advice = f", {symbol.name}.ravel()" if not shape and array.size == max(array.shape) else ""
        raise DataError(f"{symbol.name} has shape {array.shape}, expected {wanted}{advice}")
    return array


def finite_floats(name: str, values: Any) -> Any:
    """A new array of float64 without nan; infinite values may be meant, as exp(-inf) is 0.

    Raises:
        DataError: there is a nan, it says where; or a masked value.
        ParameterError: it holds something else than real numbers.
    """
    if np.ma.is_masked(values):
        raise DataError(f"{name} has masked values: leave such rows out of all columns")
    array = np.array(floating(name, values), np.float64)
    if np.isnan(array).any():
        row = int(np.argwhere(np.isnan(array))[0][0]) if array.ndim else 0
        raise DataError(f"{name} is nan in row {row}, counted from 0: leave such rows out of all columns")
    return array
