"""A part that no parameter goes into is data, also where it has been given a name: nothing is derived by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError

x, a, b, L = sp.symbols("x a b L", real=True)

OF_DATA = {
    "a symbol": sp.besselj(a, x),
    "a part": sp.besselj(a + 1, x) * (a + 1),
    "a part of a part": sp.hermite(a * b + 1, x) + sp.legendre(a * b, x) + sp.polygamma(a * b, x),
    "a choice by a parameter": sp.besselj(sp.Piecewise((a, x > 0), (b, True)), x) * sp.Piecewise((a, x > 0), (b, True)),
}
"""Functions that know their derivative by x, and none by what has no parameter in it."""

TOLD: dict[str, Callable[[Any], str]] = {
    "formulas": lambda d: d.formulas(),
    "latex": lambda d: d.formulas("latex"),
    "explain": lambda d: str(d.explain(x)),
    "chain": lambda d: str(d.chain(x)),
}


@pytest.mark.parametrize("how", TOLD)
@pytest.mark.parametrize("name", OF_DATA)
def test_no_derivative_by_data_is_asked_for(name: str, how: str) -> None:
    assert TOLD[how](sb.derive(OF_DATA[name], [x]))


@pytest.mark.parametrize("name", OF_DATA)
def test_paths_go_through_no_data(name: str) -> None:
    d = sb.derive(OF_DATA[name], [x])
    assert d.paths(x).count == (3 if name == "a part of a part" else 1)  # one through each of its functions
    assert d.cost.paths == d.cost.edges == 1


@pytest.mark.parametrize("which", ["adjoint", "expand", "chain", "explain", "paths", "equations_of"])
def test_a_name_of_data_alone_has_no_derivative(which: str) -> None:
    """It was 0, which it is not."""
    d = sb.derive(sp.sin(a + 1) * x + (a + 1) ** 2, [x])
    assert [str(part) for part in d.as_cse()[0][0]] == ["t1", "a + 1"]
    with pytest.raises(ParameterError, match=r"^t1 is made of data alone, nothing is derived by it: put what"):
        getattr(d, which)("t1")


def test_what_the_user_named_has_its_adjoint() -> None:
    d = sb.derive([(b, a + 1), (L, sp.sin(b) * x)], [x])
    assert d.adjoint(b) == x * sp.cos(b)
    assert d.expand(b) == x * sp.cos(a + 1)


def test_along_a_parameter_data_does_not_vary() -> None:
    d = sb.derive(sp.sin(a + 1) * x + (a + 1) ** 2, [x], method="forward")
    assert d.tangent("t1", x) == 0
