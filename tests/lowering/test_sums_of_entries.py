"""Entries of products, as SymPy writes them, as products again: against `sympy.diff` on matrices of symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb

n, m = sp.symbols("n m", integer=True, positive=True)
k, s = sp.Symbol("k", integer=True), sp.Symbol("s", real=True)
SIZES = {n: 3, m: 2}
x, r = (sp.MatrixSymbol(name, n, 1) for name in "xr")
A, B, C = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("B", n, 2), sp.MatrixSymbol("C", n, m)
I = sp.Identity(n)  # noqa: E741

PRODUCTS: dict[str, Any] = {
    "root of a product": sp.sqrt(x.T * x),
    "cube root of a form": (x.T * A * x) ** sp.Rational(1, 3),
    "power of an expression": (x.T * A * x) ** (s + 1),
    "negative power": (x.T * x) ** -2 * s,
    "squares": ((r - x).T * (r - x))[0],
    "form": (x.T * A * x)[0],
    "residuals": ((A * x - r).T * (A * x - r))[0],
    "entry of a product": (B.T * B)[0, 1],
    "entry of three": (B.T * A * B)[1, 0],
    "entry of a square": (A**2)[0, 1],
    "entry of a cube": (A * A * A)[0, 0],
    "with an identity": ((A + s * I) * B)[0, 1],
    "entrywise product": (sp.HadamardProduct(A, A) * B)[0, 1],
    "function of entries": (A.applyfunc(sp.exp) * B)[0, 1],
    "nested sums": (B.T * (A * A + A) * B)[0, 0],
    "transposed product": (sp.Transpose(A * A) * B)[0, 1],
    "two factors apart": (x * x.T * x)[0, 0],
    "exp of a product": sp.exp((x.T * x)[0, 0] / 9),
    "beside an entry": (C.T * A * C)[1, 0] * (x.T * x)[0] + x[0] ** 2,
    "a trace": sp.Trace(A * A).rewrite(sp.Sum),
    "a total": sb.Total(C).rewrite(sp.Sum) ** 2,
    "a diagonal": sp.Sum(A[k, k] ** 3, (k, 0, n - 1)),
    "no entry": sp.Sum(s, (k, 0, n - 1)) * x[0],
}


def explicit(expression: Any) -> Any:
    """An expression with entries in the place of matrices."""
    known = expression.xreplace({one: one.subs(SIZES) for one in expression.atoms(sp.MatrixSymbol)}).subs(SIZES)
    known = known.replace(lambda part: isinstance(part, sp.MatPow), lambda part: part.base.as_explicit()[0] ** part.exp)
    symbols = known.atoms(sp.MatrixSymbol)
    found = known.doit().xreplace({one: one.as_explicit() for one in symbols}).doit()
    found = found.as_explicit() if isinstance(found, sp.MatrixExpr) else found
    return found[0] if getattr(found, "shape", ()) == (1, 1) else found


def value_of(entry: Any) -> Any:
    place = 5 * int(entry.args[1]) + 3 * int(entry.args[2]) + len(str(entry.args[0])) + ord(str(entry.args[0])[0])
    return sp.Rational(place * place % 17 + 4, 11)


def at_point(expression: Any) -> Any:
    """Its value at 40 digits."""
    entries = expression.atoms(sp.matrices.expressions.matexpr.MatrixElement)
    return sp.N(expression.xreplace({one: value_of(one) for one in entries}).subs(s, sp.Rational(7, 5)), 40)


@pytest.mark.parametrize("name", PRODUCTS)
def test_derivatives_are_those_of_sympy(name: str) -> None:
    loss = PRODUCTS[name]
    derived, wanted = sb.derive(loss), explicit(loss)
    for symbol in derived.wrt:
        if symbol == s:
            near(explicit(derived.expand(s)), wanted.diff(s))
        else:
            each_near(derived.expand(symbol), symbol.subs(SIZES), wanted)


def each_near(found: Any, symbol: Any, wanted: Any) -> None:
    """Whether a derivative by a matrix has the entries of those of SymPy."""
    known = explicit(found)
    known = known if isinstance(known, sp.MatrixBase) else sp.ones(*symbol.shape) * known
    for i in range(symbol.rows):
        for j in range(symbol.cols):
            near(known[i, j], wanted.diff(symbol[i, j]))


def near(found: Any, wanted: Any) -> None:
    assert abs(at_point(found) - at_point(wanted)) < sp.Float("1e-33") * (1 + abs(at_point(wanted)))


@pytest.mark.parametrize("name", PRODUCTS)
def test_an_index_and_a_size_are_no_symbols_to_differentiate_by(name: str) -> None:
    assert {symbol.name for symbol in sb.derive(PRODUCTS[name]).wrt} <= {"x", "r", "A", "B", "C", "s"}


UNROLLED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "squares": lambda v, w, M: ((v - w).T * (v - w))[0],
    "form": lambda v, w, M: (v.T * M * v)[0],
    "residuals": lambda v, w, M: ((M * v - w).T * (M * v - w))[0],
    "entry of a product": lambda v, w, M: (M * M)[0, 1],
    "squares of all entries": lambda v, w, M: (M.as_explicit().T * M.as_explicit()).trace(),
    "function of a product": lambda v, w, M: sp.exp((v.T * w)[0]) * v[0] + sum(w),
}


@pytest.mark.parametrize("name", UNROLLED)
def test_what_sympy_has_written_out_is_one_product(name: str) -> None:
    """As many nodes and lines of code for 24 rows as for 4, and the derivatives of SymPy."""
    counts = []
    for size in (4, 24):
        v, w, M = sp.MatrixSymbol("v", size, 1), sp.MatrixSymbol("w", size, 1), sp.MatrixSymbol("M", size, size)
        loss = UNROLLED[name](v, w, M)
        derived = sb.derive(loss)
        counts.append((len(derived.graph.reachable(derived.sweep.roots)), derived.compile().source.count("\n")))
        if size == 4:
            for symbol in derived.wrt:
                each_near(derived.expand(symbol), symbol, loss)
    assert counts[0] == counts[1]


def test_terms_with_symbols_and_numbers_of_their_own_are_a_column() -> None:
    size = 12
    v, known = sp.MatrixSymbol("v", size, 1), sp.Matrix(sp.symbols(f"r0:{size}", real=True))
    loss = ((known - v).T * (known - v))[0] + sum((place + sp.Rational(5, 2)) * v[place] for place in range(size))
    derived = sb.derive(loss, [v, known[3]])
    found = derived.expand(v).as_explicit()
    for place in range(size):
        assert sp.expand(sp.sympify(found[place, 0]) - loss.diff(v[place, 0])) == 0
    assert sp.expand(sp.sympify(derived.expand(known[3])) - loss.diff(known[3])) == 0


def test_other_terms_stay_as_they_are() -> None:
    v = sp.MatrixSymbol("v", 4, 1)
    loss = v[0] ** 2 + v[1] ** 2 + v[2] ** 2 + 2 * v[3] ** 2 + sp.sin(v[0] * v[3])
    found = sb.derive(loss, [v]).expand(v).as_explicit()
    for place in range(4):
        near(sp.sympify(found[place, 0]), loss.diff(v[place, 0]))


def test_a_deep_expression_is_not_walked_by_sympy() -> None:
    inner: Any = x.subs(SIZES)[0]
    for _ in range(3000):
        inner = sp.sin(inner) + s
    assert sb.derive(inner, [s]).gradient_nodes


@pytest.mark.parametrize("bound", [n, n + 1])
def test_a_sum_of_unknown_length_is_refused_with_what_helps(bound: Any) -> None:
    total = sp.Sum(s**k / (k + s), (k, 1, bound))
    with pytest.raises(
        sb.UnsupportedError, match=r"how many terms it has, n would tell.*\.subs\(\{n: 10\}\)\.doit\(\)"
    ):
        sb.derive(total, [s])
    found = sb.derive(total.subs({n: 10}).doit(), [s]).expand(s)
    assert abs(sp.N((found - total.subs({n: 10}).doit().diff(s)).subs(s, 2), 30)) < 1e-25


@pytest.mark.parametrize("total", [sp.Sum(A[k, 0], (k, 1, n - 1)), sp.Sum(A[k, 0] ** k, (k, 0, n - 1))], ids=str)
def test_a_sum_over_other_rows_is_refused(total: Any) -> None:
    with pytest.raises(sb.UnsupportedError, match="Sum cannot be lowered"):
        sb.derive(total, [A])
    assert sb.derive(total.subs(SIZES).doit(), [A.subs(SIZES)]).gradients
