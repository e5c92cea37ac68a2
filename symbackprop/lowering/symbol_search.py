"""The symbols of an expression, found without walking a shared part twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

_SIZED = (sp.Identity, sp.ZeroMatrix, sp.OneMatrix)
"""Matrices whose arguments are sizes."""


def symbols_of(expression: Any) -> list[Any]:
    """Every symbol of a SymPy expression, matrix symbols as well, in the order of first sight.

    SymPy's `free_symbols` walks the whole tree. The variable of a Lambda, the index of a sum, and the sizes of a
    matrix, are none.
    """
    found: dict[Any, None] = {}
    for part in parts_of(expression, is_closed=True):
        if isinstance(part, sp.Symbol | sp.MatrixSymbol):
            found[part] = None
        elif isinstance(part, sp.Lambda | sp.Sum):
            body = part.function if isinstance(part, sp.Sum) else part.expr
            found |= dict.fromkeys(symbol for symbol in symbols_of(body) if symbol not in part.variables)
    return list(found)


def sizes_of(expression: Any) -> set[Any]:
    """The symbols in the shapes of the matrices in an expression."""
    sized = (part for part in parts_of(expression) if isinstance(part, (sp.MatrixSymbol, *_SIZED)))
    return {symbol for part in sized for size in part.shape for symbol in sp.S(size).free_symbols}


def parts_of(expression: Any, is_closed: bool = False) -> Iterator[Any]:
    """Each part of an expression once, the whole first; the body of a Lambda is none, nor what a closed sum sums."""
    seen: set[int] = set()
    stack = [expression]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            if isinstance(part, sp.MatrixBase):
                stack.extend(reversed(part.flat()))
            elif not isinstance(part, (sp.MatrixSymbol, sp.Lambda, *_SIZED)) and not (
                is_closed and isinstance(part, sp.Sum)
            ):
                stack.extend(part.args[:1] if isinstance(part, MatrixSlice) else reversed(part.args))


def weight(piece: Any, enough: int = 201) -> int:
    """How many parts a tree has, counted no further than `enough`."""
    stack, count = [piece], 0
    while stack and count < enough:
        count += 1
        stack.extend(getattr(stack.pop(), "args", ()))
    return count
