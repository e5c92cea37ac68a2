"""What is no real number is refused by name: everything here is derived over the real numbers.

A symbol without assumptions counts as real, and one declared complex is let through where that makes no difference: the
derivative of an analytic function is the same one. It does for |c| and sign(c), which have none in the complex sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..errors import UnsupportedError
from ..leaf_symbols import user_name
from ..lowering import parts_of, shown, symbols_of


def check_real(symbols: Iterable[Any], equations: Sequence[tuple[Any, Any]]) -> None:
    """Refuse symbols that do not commute or are imaginary, and |c| and sign(c) of what is declared and not real.

    Raises:
        UnsupportedError: there is one; the message names it.
    """
    declared = _declared(symbols)
    for symbol in declared:
        _check_number(symbol)
    doubtful = declared_complex(declared)
    if doubtful:
        for _, expression in equations:
            for part, inside in _of_signs(expression):
                _check_sign(part, doubtful.intersection(inside))


def declared_complex(symbols: Iterable[Any]) -> set[Any]:
    """The symbols that are declared, and not as real."""
    return {one for one in _declared(symbols) if one.is_extended_real is not True and _is_complex(one)}


def _declared(symbols: Iterable[Any]) -> list[Any]:
    return [symbol for symbol in symbols if getattr(symbol, "_assumptions_orig", None)]


def _check_number(symbol: Any) -> None:
    if symbol.is_commutative is False:
        raise UnsupportedError(
            f"{user_name(symbol)} is declared noncommutative, and numbers are multiplied in any order here: take a "
            "MatrixSymbol, or leave commutative=False out"
        )
    if symbol.is_imaginary:
        raise UnsupportedError(
            f"{user_name(symbol)} is declared imaginary, and only real expressions are differentiated: "
            "write it as a real symbol, and the real part of the expression"
        )


def _is_complex(symbol: Any) -> bool:
    return bool(symbol.is_complex) or symbol.is_real is False


def _of_signs(expression: Any) -> Iterator[tuple[Any, list[Any]]]:
    """|u| and sign(u), each with the symbols in u: those of a matrix too, of each entry of which it is taken."""
    for part in parts_of(expression):
        if isinstance(part, sp.Abs | sp.sign):
            yield part, symbols_of(part)
        elif isinstance(part, ElementwiseApplyFunction):
            [entry] = part.function.variables
            for inner, inside in _of_signs(part.function.expr):
                yield inner, inside + (symbols_of(part.expr) if entry in inside else [])


def _check_sign(part: Any, doubtful: set[Any]) -> None:
    names = sorted(symbol.name for symbol in doubtful)
    if names and not part.args[0].is_extended_real:
        raise UnsupportedError(
            f"{shown(part)} has a derivative where its argument is real, and {names[0]} is declared and not real: "
            f"declare {names[0]} real=True, or without assumptions, which counts as real"
        )
