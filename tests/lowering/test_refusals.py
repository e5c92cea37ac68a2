"""What cannot be lowered is refused by name, in one line that says where it stands and what to write instead."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import derive_equations
from symbackprop.errors import ParameterError, SymbolNameError, UnsupportedError
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering
from symbackprop.stable_forms import RECOGNISERS

R = sp.Rational
L, s, x, y = sp.symbols("L s x y", real=True)
u, f = sp.Symbol("u"), sp.Function("f")
p = sp.Symbol("p", positive=True)
n, m = sp.symbols("n m", integer=True, positive=True)
ALPHA = sp.Symbol("i", integer=True)
A, B, M = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 2), sp.MatrixSymbol("M", n, m)

SCALARS = {
    "Derivative": sp.Derivative(sp.Abs(u), u) * x,
    "Integral": sp.Integral(sp.exp(-(x**2)), (x, 0, y)),
    "Sum": sp.Sum(1 / u, (u, 1, 5)) + x,
    "Product": sp.Product(1 / u, (u, 1, 5)) + x,
    "Limit": sp.Limit(sp.sin(x) / x, x, 0),
    "Subs": sp.Subs(sp.Derivative(f(x), x), x, y),
    "ImaginaryUnit": sp.I * x + y,
    "re": x + sp.re(sp.Symbol("c", complex=True)),
    "im": sp.sin(sp.im(u)),
    "conjugate": sp.conjugate(u) * u,
    "arg": sp.arg(u),
    "f": 1 + f(x),
    "ComplexInfinity": sp.zoo,
    "Infinity": sp.oo + u,
    "NegativeInfinity": -sp.oo + u,
    "SingularityFunction": x + sp.SingularityFunction(x, 1, -1),
    "KroneckerDelta": y + sp.KroneckerDelta(x, 2, (1, 3)),
    "LaplaceTransform": x * sp.LaplaceTransform(sp.exp(-p), p, y),
    "InverseLaplaceTransform": sp.InverseLaplaceTransform(1 / (1 + p), p, x, None),
}
"""Each by the name that the message begins with."""

UNEVALUATED = ("Derivative", "Integral", "LaplaceTransform", "InverseLaplaceTransform")

MATRICES: dict[str, tuple[Any, str]] = {
    "symbolic index": (A[ALPHA, 0] * sp.Trace(A), r"entry \(i, 0\) of a matrix .* must be integers"),
    "symbolic power": (sb.Total(sp.MatPow(A, n)), "to the power n .* must be an integer"),
    "square root": (sb.Total(sp.MatPow(A, R(1, 2))), "to the power 1/2 .* must be an integer"),
    "Kronecker product": (
        sb.Total(sp.KroneckerProduct(M, A).applyfunc(sp.exp)),
        r"Kronecker product with a first factor of n x m .* \.subs",
    ),
    "adjoint": (sb.Total(sp.Adjoint(A)), r"Adjoint cannot be lowered.* write \.T"),
    "conjugate": (sb.Total(A.conjugate()), r"Adjoint cannot be lowered.* write \.T"),
    "permutation": (
        sb.Total(sp.PermutationMatrix(sp.combinatorics.Permutation([1, 0, 2])) * A),
        r"PermutationMatrix cannot be lowered.* \.as_explicit\(\)",
    ),
    "function of indices": (
        sb.Total(sp.FunctionMatrix(3, 3, "lambda i, j: i - j") * A), r"FunctionMatrix .* \.as_explicit\(\)",
    ),
    "derivative": (sb.Total(A) * sp.Derivative(sp.Abs(sp.Symbol("v")), sp.Symbol("v")), "Derivative cannot be lowered"),
    "sum": (sp.Sum(A[ALPHA, 0], (ALPHA, 1, 2)), r"Sum cannot be lowered.* \.doit\(\)"),
    "undefined function": (sb.Total(A.applyfunc(sp.Function("f"))), "f cannot be lowered"),
    "infinite": (sb.Total(sp.oo * A), "Infinity cannot be lowered"),
    "complex": (sb.Total(sp.I * A), "ImaginaryUnit cannot be lowered"),
}  # fmt: skip
"""Each with the whole of its message."""


def lower(expression: Any) -> int:
    return Lowering(Graph(), RECOGNISERS).expression(expression)


@pytest.mark.parametrize("name", SCALARS)
def test_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"^({name}) cannot be lowered, in ['\"].+['\"]: .+"):
        lower(SCALARS[name])


@pytest.mark.parametrize("name", UNEVALUATED)
def test_what_is_unevaluated_is_to_be_evaluated(name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"^{name} cannot be lowered.* call \.doit\(\) on it first$"):
        sb.derive(SCALARS[name], [x])


@pytest.mark.parametrize("name", MATRICES)
def test_refused_by_name_in_what_has_matrices(name: str) -> None:
    what, message = MATRICES[name]
    with pytest.raises(UnsupportedError, match=message):
        sb.derive(what)


@pytest.mark.parametrize("order", [x, R(1, 2), R(-1)], ids=str)
def test_order_of_polygamma_must_be_whole(order: Any) -> None:
    with pytest.raises(UnsupportedError, match="polygamma"):
        derive_equations([(L, sp.polygamma(order, x, evaluate=False))], [x])


@pytest.mark.parametrize(
    "function",
    [
        sp.besselj(y, p),
        sp.hyper((y,), (2,), p),
        sp.meijerg(((y,), ()), ((1,), ()), p),
        sp.KroneckerDelta(x, y),
        sp.zeta(y),
    ],
)
def test_a_derivative_that_sympy_does_not_know_is_refused_by_name(function: Any) -> None:
    """And what is told to do can be done: to leave the symbol of that argument out."""
    with pytest.raises(UnsupportedError, match=rf"^{type(function).__name__} has no .* SymPy knows none") as error:
        derive_equations([(L, function)], [y])
    assert "leave the symbols of that argument out of wrt, or write the function out in others" in str(error.value)
    z = sp.Symbol("z")
    assert derive_equations([(L, function * z)], [z]).expand(z) == function


@pytest.mark.parametrize("function", [sp.lowergamma(y, p), sp.uppergamma(y, p), sp.expint(y, p)], ids=str)
def test_derivatives_by_parameters_that_sympy_knows(function: Any) -> None:
    found, at = derive_equations([(L, function)], [y]).expand(y), {y: R(13, 4), p: R(7, 5)}
    number = sp.lambdify([y, p], function, "mpmath")
    with mp.workdps(40):
        wanted = mp.diff(lambda s: number(s, mp.mpf(7) / 5), mp.mpf(13) / 4)
    assert abs(found.subs(at).evalf(25) - sp.Float(wanted, 30)) < 1e-20


FUNCTIONS_OF_TUPLES = {
    "hyper": sp.hyper((R(1, 2), y), (R(4, 3),), p / 3) * p,
    "hyper of none": sp.hyper((), (y,), p),
    "meijerg": p * sp.meijerg(((R(1, 2),), ()), ((R(1, 3),), ()), p),
    "meijerg of two pairs": sp.meijerg(((), (1, 1)), ((0, 0, y), ()), p),
}


@pytest.mark.parametrize("name", FUNCTIONS_OF_TUPLES)
def test_functions_of_tuples_by_their_variable(name: str) -> None:
    """The first and the second derivative; no message names an inner class, TupleArg."""
    function, at = FUNCTIONS_OF_TUPLES[name], {y: R(13, 4), p: R(2, 5)}
    first = derive_equations([(L, function)], [p]).expand(p)
    second = derive_equations([(L, first)], [p]).expand(p)
    number = sp.lambdify([y, p], function, "mpmath")
    for order, found in ((1, first), (2, second)):
        with mp.workdps(50):
            wanted = mp.diff(lambda x: number(mp.mpf(13) / 4, x), mp.mpf(2) / 5, order)
        assert abs(found.subs(at).evalf(25) - sp.Float(wanted, 30)) < 1e-15 * abs(wanted)
    with pytest.raises(UnsupportedError, match="has no NumPy source"):
        sb.derive(function, [p]).compile()


@pytest.mark.slow
def test_message_stays_short_in_a_huge_expression() -> None:
    with pytest.raises(UnsupportedError) as caught:
        lower(f(sum(sp.sin(k * x) for k in range(300))))
    assert len(str(caught.value)) < 200


def test_no_derivative_by_a_size() -> None:
    with pytest.raises(ParameterError, match="n is a size of a matrix"):
        sb.derive(n * sb.Total(M), [n, M])


def test_no_derivative_by_an_entry_that_is_nowhere_or_an_expression() -> None:
    with pytest.raises(ParameterError, match="pass the symbol itself"):
        sb.derive(sb.Total(A), [A.T])
    with pytest.raises(UnsupportedError, match=r"A\[i, 0\] is asked for by itself.*\.expand\(A\)\[i, 0\]$"):
        sb.derive(sb.Total(A), [A[ALPHA, 0]])


def test_one_name_for_two_matrices() -> None:
    with pytest.raises(SymbolNameError, match="two symbols are called 'A'"):
        sb.derive(sb.Total(A) + sp.Trace(sp.MatrixSymbol("A", 2, 2)))


def test_the_naive_way_takes_no_matrices() -> None:
    """What SymPy makes of the loss of a network in matrix form is 0."""
    for what in (sp.Trace(A * A), sb.Network([2, 2, 1], form="matrix")):
        with pytest.raises(UnsupportedError, match="takes no matrices"):
            sb.derive(what, method="naive")


def test_what_sympy_writes_of_symbols_that_it_knows_nothing_of_is_taken() -> None:
    """|exp(u)| is exp(re(u)) to SymPy, where u is any symbol; here all of them are real."""
    expression = sp.Abs(sp.exp(u * x)) * u
    assert expression.has(sp.re)
    value, slopes = sb.derive(expression, [u]).compile()(u=0.5, x=2.0)
    assert value == pytest.approx(0.5 * math.exp(1))
    assert slopes["u"] == pytest.approx(2 * math.exp(1))
