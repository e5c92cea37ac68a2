"""The derivative of every operation, written out and evaluated at floats, is that of its meaning in mpmath.

SymPy may rearrange what is compared (`Eq(y, Max(x, y))`), and then no float is equal to another: exact numbers do not
show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.sympy_functions.scalar_functions import DefinedFunction

from ..operations import OPERATIONS, Operands, Operation

DIFFERENTIABLE = [
    name for name in OPERATIONS if ops.OPS[name] not in ops.MATRIX and ops.OPS[name] not in ops.CONDITIONS
]
ORDERS = {"polygamma": 0, "spherical_jn": 0, "erfc_quotient": 0, "heaviside": 1}
"""The operand that is a number here: an order, or the value at 0."""

KINKS = {"abs": 0.0, "sign": 0.0, "heaviside": 0.0, "floor": 0.0, "ceiling": 0.0, "relu": 0.0}
"""The derivative at the kinks and jumps of a row."""


def awkward(operands: Operands) -> list[float]:
    """The operands as floats, of which sums round; ties stay ties, whole numbers whole, and a truth is a sign."""
    return [(1.0 if x else -1.0) if x.is_Boolean else float(x) * (1.0 if x.is_Integer else 1.1) for x in operands]


def function_of(name: str, operands: Operands) -> tuple[Any, list[Any]]:
    """The operation of symbols, of which a condition is whether its symbol is positive, and these symbols."""
    symbols: list[Any] = list(sp.symbols(f"x1:{len(operands) + 1}", real=True))
    if name in ORDERS:
        symbols[ORDERS[name]] = operands[ORDERS[name]]
    given = [symbols[0] > 0, *symbols[1:]] if name == "select" else symbols
    return ops.OPS[name].sympy(*given), symbols


def exact_derivative(name: str, row: Operation, operands: list[float], place: int) -> Any:
    """By mpmath, of the meaning; at a kink as machine learning has it, and a tie shares evenly."""
    if name in KINKS and operands in [awkward(kink) for kink in row.kinks]:
        return KINKS[name]
    if name in ("max", "min"):
        top = max(operands) if name == "max" else min(operands)
        return (operands[place] == top) / operands.count(top)

    def moved(x: Any) -> Any:
        given = [x if at == place else mp.mpf(value) for at, value in enumerate(operands)]
        return row.exact(*([given[0] > 0, *given[1:]] if name == "select" else given))

    return mp.diff(moved, mp.mpf(operands[place]), h=mp.mpf(10) ** -20)


def evaluated_in_every_way(derivative: Any, values: dict[Any, float]) -> Iterator[float]:
    """By `subs`, by `evalf`, and by `lambdify` where SymPy's printer knows all functions."""
    yield float(derivative.subs(values).evalf())
    yield float(derivative.evalf(subs={symbol: sp.Float(value) for symbol, value in values.items()}))  # for floor
    if not derivative.has(DefinedFunction, sp.polygamma, sp.erfinv, sp.loggamma):
        yield float(sp.lambdify(list(values), derivative, "mpmath")(*values.values()))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_the_expanded_derivative_at_floats(name: str) -> None:
    row = OPERATIONS[name]
    for operands in row.points + row.kinks:
        expression, symbols = function_of(name, operands)
        wrt = [symbol for symbol in symbols if symbol.is_Symbol and not (name == "select" and symbol == symbols[0])]
        values = dict(zip(symbols, awkward(operands), strict=True))
        values = {symbol: value for symbol, value in values.items() if symbol.is_Symbol}
        backward, forward = (sb.derive(expression, wrt, method) for method in ("backprop", "forward"))
        for place, symbol in enumerate(symbols):
            if symbol in wrt:
                with mp.workdps(60):
                    wanted = float(exact_derivative(name, row, awkward(operands), place))
                along = sb.jvp(expression, {symbol: 1}).expand()
                for derivative in (backward.expand(symbol), forward.expand(symbol), along):
                    for found in evaluated_in_every_way(derivative, values):
                        assert found == pytest.approx(wanted, rel=1e-11, abs=1e-14), (operands, symbol, derivative)
