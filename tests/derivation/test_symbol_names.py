"""Names that derivations make up clash with no user's, and those that are none are refused."""

from __future__ import annotations

import pytest
import sympy as sp

from symbackprop.derivation import METHODS, derive_equations
from symbackprop.errors import SymbolNameError
from symbackprop.networks import Network

from ..support import check_close, evaluated, rationals
from .sweep_support import NETS, derived, known_values

a, b, e, f, L = sp.symbols("a b e f L", real=True)


@pytest.mark.parametrize(
    "names",
    [
        "dL_da dL_db delta1_1",
        "t1 t2 t3",
        "delta1_1 delta2_1 t1",
        "dL_de dL_df t1",
        "dL_da dL_da_ dL_da__",
        "z1_1 a1_1 w1_1_1",
    ],
)
def test_made_names_never_clash_with_the_users(names: str) -> None:
    p, q, r = sp.symbols(names, real=True)
    shared = sp.sin(p * q) + r
    equations = [(e, shared * a), (f, sp.exp(shared) * e * b), (L, f**2 + e * sp.cos(shared))]
    found = derive_equations(equations, [p, q, r, a, b])
    taken = {"a", "b", p.name, q.name, r.name}
    made = [line.symbol.name for line in found.definitions]
    assert len(made) == len(set(made))
    assert not taken & set(made)
    values = rationals([p, q, r, a, b], seed=1, low=-2, high=2)
    loss = L
    for symbol, value in reversed(equations):
        loss = loss.xreplace({symbol: value})
    known = known_values(found, values)
    for symbol in found.wrt:
        expected = evaluated(sp.diff(loss, symbol), values)
        check_close(evaluated(found.expand(symbol), values), expected, what=(names, symbol))
        check_close(evaluated(found.gradients[symbol], known), expected, what=(names, symbol))


def test_a_parameter_may_be_called_like_an_adjoint_of_a_network() -> None:
    delta = sp.Symbol("delta1_1", real=True)
    net = Network([1, 1], lambda z: z, lambda z: delta * z, "mse")
    found = derive_equations(net.equations, [*net.parameters, delta], model=net)
    names = [line.symbol.name for line in found.definitions]
    assert "delta1_1" not in names
    assert "delta1_1_" in names


HOSTILE = [
    "x); import os",
    "__import__('os').system('true')",
    "a b",
    "",
    " ",
    "1x",
    "a-b",
    "a.b",
    "a[0]",
    "a\nb",
    "a;b",
    "a#b",
    "a'b",
    "lambda x: x",
    "__class__",
    "__builtins__",
    "x$",
    "ﬁ",
    "ａ",
    "x\u200b",
    "x\u202ey",
    "{a}",
    "%s",
    "\\input{x}",
]

KEYWORDS = ["lambda", "class", "None", "True", "import", "def", "if", "await"]


@pytest.mark.parametrize("name", [*HOSTILE, *KEYWORDS])
@pytest.mark.parametrize("method", METHODS)
def test_a_name_that_is_no_plain_identifier_is_refused(name: str, method: str) -> None:
    bad = sp.Symbol(name, real=True)
    for equations in ([(L, bad * a)], [(bad, sp.sin(a)), (L, a * bad)], [(bad, a**2)], [(e, a**2 + bad), (L, e)]):
        with pytest.raises(SymbolNameError) as caught:
            derive_equations(equations, [a], method)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["x", "_x", "alpha", "α", "np", "sum", "print", "L1", "self", "E", "I", "pi", "match"])
def test_plain_names_pass(name: str) -> None:
    symbol = sp.Symbol(name, real=True)
    found = derive_equations([(e, symbol**2), (L, a * e)], [symbol, a])
    assert sp.expand(found.expand(symbol) - 2 * a * symbol) == 0


def test_two_symbols_of_one_name_are_refused() -> None:
    with pytest.raises(SymbolNameError, match="assumptions or shapes differ"):
        derive_equations([(L, a * sp.Symbol("a", positive=True))], [a])


def test_symbols_made_for_quantities_are_real() -> None:
    found = derived(NETS["silu"])
    assert all(line.symbol.is_real for line in found.definitions)
