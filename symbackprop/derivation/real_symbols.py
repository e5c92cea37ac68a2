"""What is no real number is refused by name: everything here is derived over the real numbers.

A symbol without assumptions counts as real, and one declared complex is let through where that makes no difference: the
derivative of an analytic function is the same one. It does for |c| and sign(c), which have none in the complex sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp

from ..errors import UnsupportedError
from ..lowering import parts_of, shown, symbols_of


def check_real(symbols: Iterable[Any], equations: Sequence[tuple[Any, Any]]) -> None:
    """Refuse symbols that do not commute or are imaginary, and |c| and sign(c) of what is declared and not real.

    Raises:
        UnsupportedError: there is one; the message names it.
    """
    declared = [symbol for symbol in symbols if getattr(symbol, "_assumptions_orig", None)]
    for symbol in declared:
        _check_number(symbol)
    doubtful = {symbol for symbol in declared if symbol.is_extended_real is not True and _is_complex(symbol)}
    if doubtful:
        for _, expression in equations:
            for part in _of_signs(expression):
                _check_sign(part, doubtful)


def _check_number(symbol: Any) -> None:
    if symbol.is_commutative is False:
        raise UnsupportedError(
            f"{symbol.name} is declared noncommutative, and numbers are multiplied in any order here: take a "
            "MatrixSymbol, or leave commutative=False out"
        )
    if symbol.is_imaginary:
        raise UnsupportedError(
            f"{symbol.name} is declared imaginary, and only real expressions are differentiated: "
            "write it as a real symbol, and the real part of the expression"
        )


def _is_complex(symbol: Any) -> bool:
    return bool(symbol.is_complex) or symbol.is_real is False


def _of_signs(expression: Any) -> Iterator[Any]:
    for part in parts_of(expression):
        if isinstance(part, sp.Abs | sp.sign):
            yield part
        elif isinstance(part, sp.Lambda):
            yield from _of_signs(part.expr)


def _check_sign(part: Any, doubtful: set[Any]) -> None:
    names = sorted(symbol.name for symbol in doubtful.intersection(symbols_of(part)))
    if names and not part.args[0].is_extended_real:
        raise UnsupportedError(
            f"{shown(part)} has a derivative where its argument is real, and {names[0]} is declared and not real: "
            f"declare {names[0]} real=True, or without assumptions, which counts as real"
        )
