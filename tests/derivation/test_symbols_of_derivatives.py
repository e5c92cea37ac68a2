"""What derivatives inside of equations are taken by: refused where it could be none of the symbols that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, SymbolNameError

x, y, u, L = sp.symbols("x y u L", real=True)
other, M = sp.Symbol("x"), sp.MatrixSymbol("M", 2, 1)
BY_ANOTHER = [(u, x**2), (L, sb.d(u, other) * x)]

DOORS: dict[str, Callable[[Any], Any]] = {
    "derive": lambda equations: sb.derive(equations, [x]),
    "forward": lambda equations: sb.derive(equations, [x], method="forward"),
    "naive": lambda equations: sb.derive(equations, [x], method="naive"),
    "gradient": lambda equations: sb.gradient(equations, [x]),
    "jacobian": lambda equations: sb.jacobian(equations, [x]),
    "hessian": lambda equations: sb.hessian(equations, [x]),
    "jvp": lambda equations: sb.jvp(equations, {x: 1}),
    "hvp": lambda equations: sb.hvp(equations, [x], [1]),
    "vjp": lambda equations: sb.vjp(equations, [x], [1, 1]),
}


@pytest.mark.parametrize("door", DOORS)
def test_another_symbol_of_the_same_name_is_refused(door: str) -> None:
    with pytest.raises(SymbolNameError, match="two symbols are called 'x'"):
        DOORS[door](BY_ANOTHER)
    for by in (x, y):  # a symbol that stands nowhere else is no fault
        DOORS[door]([(u, x**2), (L, sb.d(u, by) * x)])


def test_wherever_the_other_one_stands() -> None:
    for loss in (sb.d(u, other), sb.d(sb.d(u, other), y), sb.d(u, other) + sb.d(u, x), x * sb.d(u, other, 2)):
        with pytest.raises(SymbolNameError, match="two symbols are called 'x'"):
            sb.derive([(u, x**2 * y), (L, loss)], [y])
    with pytest.raises(SymbolNameError, match="two symbols are called 'x'"):
        sb.derive([(u, y**2), (L, sb.d(u, other) + sb.d(u, x) + sb.d(u, y))], [y])
    with pytest.raises(SymbolNameError, match="two symbols are called 'u'"):
        sb.derive([(u, x**2), (L, sb.d(x**3, sp.Symbol("u")) * x)], [x])


AT_ONCE: dict[str, Callable[[], Any]] = {
    "what it is in": lambda: sb.d(x * u, other),
    "by both": lambda: sb.d(u, x, other),
    "a list": lambda: sb.gradient(u, [other, x]),
    "a matrix": lambda: sb.gradient(u, sp.Matrix([other, x])),
    "a Jacobian": lambda: sb.jacobian([u], [other, x]),
    "a Hessian": lambda: sb.hessian(u, [other, x]),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_two_symbols_of_one_name_are_seen_at_once(name: str) -> None:
    with pytest.raises(SymbolNameError, match="two symbols are called 'x'"):
        AT_ONCE[name]()


def test_names_that_we_made_may_be_equal() -> None:
    first, second = (sb.derive(sp.sin(x * y) ** power + sp.sin(x * y)).gradients[x] for power in (2, 3))
    both = first + second
    names = [symbol.name for symbol in both.free_symbols]
    assert len(set(names)) < len(names)
    assert sb.d(both, y) != 0


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "two orders": (lambda: sb.d(u, x, 2, 3), "x has two orders, 2 and 3"),
    "an order of a pair": (lambda: sb.d(u, (x, 2), 3), "x has two orders, 2 and 3"),
    "twice in a list": (lambda: sb.gradient(u, [x, x]), "wrt names a symbol twice"),
    "twice in a matrix": (lambda: sb.gradient(u, sp.Matrix([x, x])), "wrt names a symbol twice"),
    "a matrix twice": (lambda: sb.gradient(u, [M, M]), "wrt names a symbol twice"),
    "a matrix and its entry": (lambda: sb.gradient(u, [M[0, 0], M]), "wrt names a symbol twice"),
    "an empty matrix": (lambda: sb.gradient(u, sp.Matrix([])), "wrt is empty"),
    "an empty list": (lambda: sb.gradient(u, []), "wrt is empty"),
    "a Jacobian of nothing": (lambda: sb.jacobian([u], sp.Matrix([])), "wrt is empty"),
    "a Hessian of nothing": (lambda: sb.hessian(u, sp.Matrix([])), "wrt is empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_says_two_things_or_none_is_refused(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(ParameterError, match=message):
        call()
    assert sb.d(u, (x, 2), x, y, 3).orders == {x: 3, y: 3}
    assert sb.gradient(u, sp.Matrix([x, y])) == sp.Matrix([sb.d(u, x), sb.d(u, y)])
