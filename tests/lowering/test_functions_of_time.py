"""What is said about SymPy's derivatives is tried: it is pasted, and gives SymPy's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp
from sympy.physics.mechanics import dynamicsymbols

import symbackprop as sb
from symbackprop.errors import UnsupportedError

t = dynamicsymbols._t
q = dynamicsymbols("q")
m, x, L, z, qa = sp.symbols("m x L z qa")


def advice(call: Callable[[], Any]) -> str:
    with pytest.raises(UnsupportedError) as told:
        call()
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative_that_a_replaced_function_has_left_is_not_to_be_evaluated(order: int) -> None:
    left = (m * q.diff(t, order)).subs(q, qa)
    assert left.doit() == 0  # which would be wrong
    for whole in (left, sp.Integral(left, (m, 0, 1))):
        message = advice(lambda whole=whole: sb.derive(whole, [m]))
        assert "put a symbol in the place of the derivative before" in message
        assert ".doit()" not in message


def test_a_derivative_of_an_output_is_to_be_written_as_ours_which_works() -> None:
    net = sb.Network([2, 2, 1], output="identity")
    [x1, x2], [u] = net.inputs, net.outputs
    message = advice(lambda: sb.derive(sp.Derivative(u, (x1, 2), x2) ** 2, net.parameters))
    [text] = re.findall(r"write (.*), which does", message)
    mixed = eval(text, {"sb": sb, "a2_1": u, "x1": x1, "x2": x2})
    written = dict(net.equations[:-1])
    whole = written[u]
    while whole.xreplace(written) != whole:
        whole = whole.xreplace(written)
    ours = sb.derive(mixed, [x1]).expand(x1)
    point = {one: sp.Rational(place + 2, 7) for place, one in enumerate([*net.parameters, x1, x2])}
    true = sp.diff(whole, (x1, 3), x2).subs(point).evalf(40)
    assert abs(ours.subs(point).evalf(40) - true) < 1e-35


def test_what_stands_for_something_is_not_to_be_evaluated() -> None:
    [u] = sb.Network([1, 1]).outputs
    x1 = sp.Symbol("x1", real=True)
    assert "sb.d(z, x)" in advice(lambda: sb.derive([(z, x**2), (L, sp.Derivative(z, x))], [x]))
    assert "a1_1 in it stands for" in advice(lambda: sb.derive(sp.Integral(u, (x1, 0, 1)), [m]))


def test_what_holds_nothing_else_is_to_be_evaluated() -> None:
    whole = sp.Derivative(sp.sin(x) * m, x)
    assert advice(lambda: sb.derive(whole, [x])).endswith("call .doit() on it first")
    assert sb.derive(whole.doit(), [x]).expand(x) == -m * sp.sin(x)
