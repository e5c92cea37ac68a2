"""A loss and its derivatives as SciPy's minimisers want them: `sb.value_and_grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from .. import codegen
from ..equation_list import SYMBOLS
from ..errors import ParameterError
from .public_derivation import derive


def value_and_grad(
    args: Sequence[Any], loss: Any, wrt: Sequence[sp.Symbol], *, stable: bool = True, accurate: bool | None = None
) -> Callable[..., tuple[Any, Any]]:
    """A function of `args` that returns (value, array of derivatives in the order of `wrt`).

    If any symbol of `wrt` is a matrix, the array is a flat one: the entries of each derivative, row by row, one
    derivative behind the other.

    Args:
        args: symbols in the order of the function's arguments, as for `sympy.lambdify`; a nested list of symbols
            takes one array, so that `value_and_grad([[a, b]], loss, [a, b])` is what `scipy.optimize.minimize`
            wants with `jac=True`; of matrices that array is flat as well.
        loss: as for `derive`.
        wrt: the symbols to differentiate by.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `args` lacks a symbol of the loss. And what `derive` raises.
    """
    derived = derive(loss, wrt, stable=stable, accurate=accurate)
    function = codegen.evaluation(derived.sweep).function()
    arguments = [args] if isinstance(args, SYMBOLS) else args
    lists = [isinstance(arg, list | tuple | sp.Tuple) for arg in arguments]
    groups: list[Group] = [
        list(map(_symbol, arg)) if many else _symbol(arg) for many, arg in zip(lists, arguments, strict=True)
    ]
    names = [symbol.name for many, group in zip(lists, groups, strict=True) for symbol in (group if many else [group])]
    missing = sorted(set(function.arguments) - set(names))
    if missing:
        raise ParameterError(f"args lacks {', '.join(missing)}, which the loss contains")
    if len(set(names)) < len(names):
        raise ParameterError("args names a symbol twice")
    is_flat = any(isinstance(symbol, sp.MatrixSymbol) for symbol in derived.wrt)

    def call(*values: Any) -> tuple[Any, Any]:
        given = dict(zip(names, _flat(groups, values), strict=True))
        value, gradients = function(**{name: given[name] for name in function.arguments})
        found = [gradients[symbol.name] for symbol in derived.wrt]
        return value, np.concatenate([np.ravel(part) for part in found]) if is_flat else np.array(found)

    return call


Group = Any
"""One symbol, or a list of symbols that one array holds."""


def _symbol(arg: Any) -> Any:
    if not isinstance(arg, SYMBOLS):
        raise ParameterError(f"args holds {type(arg).__name__} {str(arg)[:40]!r}: pass symbols")
    return arg


def _flat(groups: list[Group], values: Sequence[Any]) -> list[Any]:
    """One value for each symbol."""
    if len(values) != len(groups):
        raise ParameterError(f"the function takes {len(groups)} arguments, got {len(values)}")
    flat: list[Any] = []
    for group, value in zip(groups, values, strict=True):
        flat += _split(group, value) if isinstance(group, list) else [value]
    return flat


def _split(group: list[Any], value: Any) -> list[Any]:
    """The parts of one array that belong to each of several symbols."""
    matrices = [symbol for symbol in group if isinstance(symbol, sp.MatrixSymbol)]
    sizes = [_entries(symbol) for symbol in group]
    if np.shape(value)[:1] != (sum(sizes),) or (matrices and np.ndim(value) > 1):
        names = ", ".join(symbol.name for symbol in group)
        raise ParameterError(f"the argument of {names} must hold {sum(sizes)} values")
    if not matrices:
        return list(value)
    parts = np.split(np.asarray(value), np.cumsum(sizes)[:-1])
    return [part.reshape(getattr(symbol, "shape", ())) for symbol, part in zip(group, parts, strict=True)]


def _entries(symbol: Any) -> int:
    """How many numbers a symbol stands for."""
    rows, columns = getattr(symbol, "shape", (sp.S.One, sp.S.One))
    if not (rows.is_Integer and columns.is_Integer):
        raise ParameterError(f"{symbol.name} is {rows} x {columns}: in a flat array it needs a size in numbers")
    return int(rows) * int(columns)
