"""SymPy's matrix expressions into the graph and back: the same numbers, shapes that fit, refusals by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

import symbackprop as sb
from symbackprop.errors import ShapeError
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering, raised
from symbackprop.stable_forms import RECOGNISERS

from ..matrix_support import arrays_of, explicit, random_values

R = sp.Rational
n, m, k = sp.symbols("n m k", integer=True, positive=True)
SIZES = {n: 3, m: 2, k: 4}
s, t, u = sp.symbols("s t u", real=True)
L = sp.Symbol("L", real=True)
ALPHA = sp.Symbol("i", integer=True)


def symbols(*sizes: Any) -> dict[str, Any]:
    """The matrices that the expressions below are written in, for rows, columns and a third size."""
    rows, columns, third = sizes
    shapes = {
        "A": (rows, rows), "E": (rows, rows), "B": (rows, columns), "C": (columns, rows), "D": (columns, third),
        "F": (rows, columns), "x": (rows, 1), "y": (rows, 1), "r": (1, rows), "o": (1, 1),
    }  # fmt: skip
    return {name: sp.MatrixSymbol(name, *shape) for name, shape in shapes.items()}


def expressions(A: Any, B: Any, C: Any, D: Any, E: Any, F: Any, x: Any, y: Any, r: Any, o: Any) -> dict[str, Any]:
    """One expression at least for each class of SymPy and of ours, in sizes that may be symbols."""
    rows, columns = B.shape
    positive = sp.Lambda(t, t**2 + 1)
    return {
        "MatMul": A * B * D,
        "MatMul of columns": r * A * x * r,
        "MatMul of scalars": 2 * s * A * B / 3,
        "MatAdd": A - 2 * E + A.T,
        "MatAdd of scalars": s * B - F / 7,
        "MatPow": A**3 + A**5,
        "MatPow 0": A**0 + A,
        "MatPow negative": A**-2,
        "Inverse": A.I * B,
        "Inverse of 1 x 1": x * o.I,
        "Transpose": (A * B).T + C,
        "Trace": sp.Trace(A * E) * B,
        "Determinant": sp.Determinant(A) * B,
        "DotProduct": DotProduct(x, y),
        "DotProduct of a row": DotProduct(r, y),
        "HadamardProduct": sp.HadamardProduct(A, E, A.T),
        "HadamardPower": sp.HadamardPower(B, 3),
        "HadamardPower negative": sp.HadamardPower(B.applyfunc(positive), R(-1, 2)),
        "HadamardPower of a matrix": sp.HadamardPower(B.applyfunc(positive), F),
        "HadamardPower of a number": sp.HadamardPower(sp.Integer(3), B),
        "elementwise": B.applyfunc(sp.tanh),
        "elementwise nested": B.applyfunc(sp.sin).applyfunc(sp.Lambda(t, t**2 + s)).applyfunc(sp.exp),
        "elementwise with scalars": (A * B).applyfunc(sp.Lambda(t, s * t + u)),
        "elementwise constant": B.applyfunc(sp.Lambda(t, s + 2)),
        "elementwise choice": B.applyfunc(sp.Lambda(t, sp.Piecewise((t**2, t > s), (-t, True)))),
        "elementwise several": B.applyfunc(sp.Lambda(t, sp.sin(t) ** sp.Integer(2) / (1 + sp.cos(t) ** 2))),
        "elementwise Max": B.applyfunc(sp.Lambda(t, sp.Max(t, s, t**2 - 1))),
        "elementwise of an entry": B.applyfunc(sp.Lambda(t, t * A[0, 1])),
        "elementwise of 1 x 1": x * sb.sigmoid(r * x),
        "Identity": sp.Identity(rows) * s + A,
        "ZeroMatrix": sp.ZeroMatrix(rows, columns) + B,
        "OneMatrix": sp.OneMatrix(rows, columns) - B * sp.OneMatrix(columns, columns),
        "ones on the left": sp.OneMatrix(rows, rows) * B,
        "MatrixElement": A[0, 1] * B + E[1, 0] * F,
        "MatrixElement of 1 x 1": o[0, 0] * B,
        "MatrixElement from the end": MatrixElement(A, -1, 0) * B,
        "MatrixElement of a product": MatrixElement(A * B, 1, 0),
        "MatrixSlice": A[0:2, :] * B,
        "MatrixSlice of a row": A[1, :] * B,
        "MatrixSlice of an end": B[1:rows, 0:1],
        "BlockMatrix": sp.BlockMatrix([[A, B], [C, sp.ZeroMatrix(columns, columns)]]),
        "BlockMatrix of a row": sp.BlockMatrix([[x, A, B]]),
        "BlockDiagMatrix": sp.BlockDiagMatrix(A, o, B),
        "DiagMatrix": sp.DiagMatrix(x) * A,
        "DiagMatrix of a row": sp.DiagMatrix(r),
        "DiagonalOf": sp.DiagonalOf(A * E),
        "DiagonalMatrix": sp.DiagonalMatrix(A),
        "scalar function of a trace": sp.sin(sp.Trace(A)) * x,
        "Total": sb.Total(A * B) * x,
        "RowSums": sb.RowSums(B),
        "ColumnSums": sb.ColumnSums(B),
        "Softmax": sb.Softmax(B) + sb.Softmax(F, 1),
        "Softmax of a row": sb.Softmax(r, 1) + sb.Softmax(r),
        "LogSumExp": sb.LogSumExp(B) * sp.OneMatrix(columns, 1),
        "LogSumExp of rows": sb.LogSumExp(B, 1),
        "GELU": sb.gelu(B),
        "SiLU": sb.silu(B),
    }  # fmt: skip


SYMBOLIC = expressions(**symbols(n, m, k))
CONCRETE = {
    **expressions(**symbols(3, 2, 4)),
    "MatrixSlice with steps": MatrixSlice(sp.MatrixSymbol("A", 3, 3), (0, 2, 2), (0, 3, 1)),
    "MatrixSlice with odd steps": MatrixSlice(sp.MatrixSymbol("W", 7, 3), (1, 6, 2), (0, 3, 2)),
    "MatrixSlice backwards": MatrixSlice(sp.MatrixSymbol("A", 3, 3), (2, 0, -1), (0, 3, 1)),
    "MatrixSlice from the end": sp.MatrixSymbol("A", 3, 3)[-2:, :],
    "Matrix": sp.Matrix([[s, 1], [s**2, sp.sin(u)]]) * sp.MatrixSymbol("C", 2, 3),
    "ImmutableMatrix": sp.ImmutableMatrix([[s, s], [s, s]]) * sp.MatrixSymbol("C", 2, 3),
    "SparseMatrix": sp.SparseMatrix(2, 2, {(0, 1): s, (1, 1): 2}) * sp.MatrixSymbol("C", 2, 3),
    "Matrix of entries": sp.Matrix([[sp.MatrixSymbol("A", 3, 3)[0, 1], s]]),
    "Matrix of 1 x 1": sp.Matrix([[s]]) * sp.MatrixSymbol("r", 1, 3),
}


def lowered(expression: Any) -> tuple[Graph, int]:
    graph = Graph()
    return graph, Lowering(graph, RECOGNISERS).expression(expression)


def leaves(graph: Graph) -> list[Any]:
    return [symbol for symbol in graph.symbols if symbol not in SIZES]


def check_both_ways(expression: Any, sizes: dict[Any, int]) -> None:
    """The node has the shape and the numbers of the expression, and so has what is raised from it."""
    graph, node = lowered(expression)
    values = random_values([*leaves(graph), *(f for f in expression.free_symbols if f.is_Matrix)], 3, sizes)
    values |= random_values([s, u], 4)
    [found] = arrays_of(graph, [node], values, sizes)
    expected = explicit(expression, values, sizes)
    assert found.shape == expected.shape
    assert np.allclose(found, expected, rtol=1e-11, atol=1e-12)
    back = raised(graph, node, {})
    assert np.allclose(explicit(back, values, sizes), expected, rtol=1e-11, atol=1e-12), back
    if graph.shape(node):
        assert tuple(back.shape) == tuple(expression.shape)


@pytest.mark.parametrize("name", CONCRETE)
def test_numbers_of_an_expression_with_sizes(name: str) -> None:
    check_both_ways(CONCRETE[name], {})


@pytest.mark.parametrize("name", SYMBOLIC)
def test_numbers_of_an_expression_with_symbolic_sizes(name: str) -> None:
    check_both_ways(SYMBOLIC[name], SIZES)


def test_what_is_raised_can_be_lowered_again() -> None:
    for name, expression in CONCRETE.items():
        graph, node = lowered(expression)
        again, root = lowered(raised(graph, node, {}))
        values = random_values([*{*leaves(graph), *leaves(again)}], 3)
        [one], [other] = arrays_of(graph, [node], values), arrays_of(again, [root], values)
        assert np.allclose(one, other, rtol=1e-12), name


def test_a_block_matrix_comes_back_as_one() -> None:
    for expression in (
        CONCRETE["BlockMatrix of a row"],
        sp.BlockMatrix([[sp.MatrixSymbol("A", n, n), sp.Identity(n)]]),
    ):
        assert raised(*lowered(expression), {}) == expression


def test_entries_given_one_by_one_come_back_as_one_matrix() -> None:
    given = sp.ImmutableMatrix([[s, 0, 1], [s**2, sp.sin(u), 0]])
    assert raised(*lowered(given), {}) == given


def test_sizes_are_no_symbols_of_the_loss() -> None:
    A = sp.MatrixSymbol("A", n, m)
    assert sb.derive(n * sb.Total(A) + sp.Trace(sp.Identity(k)) * s).wrt == (A, s)


def test_a_matrix_of_1_x_1_is_a_scalar() -> None:
    o, x = sp.MatrixSymbol("o", 1, 1), sp.MatrixSymbol("x", 3, 1)
    derivation = sb.derive([(o, x.T * x), (L, o[0, 0] ** 2 + s)])
    assert derivation.graph.shape(derivation.named[o]) == ()
    assert derivation.adjoint(o).shape == (1, 1)
    alone = sb.derive(sb.Total(o) ** 2)
    assert alone.gradients == {o: sp.ImmutableMatrix([[2 * o[0, 0]]])}


def test_products_are_taken_from_the_narrow_end() -> None:
    """A B x is A (B x): no product of two square matrices."""
    A, B, x = sp.MatrixSymbol("A", 9, 9), sp.MatrixSymbol("B", 9, 9), sp.MatrixSymbol("x", 9, 1)
    assert sb.derive(sb.Total(A * B * x)).cost.forward == 2 * 9 * 17 + 8


# --- shapes that do not fit ---


def unchecked(kind: Any, *args: Any) -> Any:
    """An expression that SymPy itself would refuse to build."""
    return sp.Basic.__new__(kind, *map(sp.sympify, args))


A, B, C = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 2), sp.MatrixSymbol("C", 2, 3)
x, z, N, M = (sp.MatrixSymbol(*given) for given in (("x", 3, 1), ("z", 3, 1), ("N", n, n), ("M", n, m)))

MISFITS: dict[str, tuple[Any, str]] = {
    "product": (sb.Total(unchecked(sp.MatMul, A, C)), "a product of 3 x 3 and 2 x 3: the first has 3 columns"),
    "symbolic product": (sb.Total(unchecked(sp.MatMul, M, N)), "n x m and n x n: .* m columns, the second n rows"),
    "sum": (sb.Total(unchecked(sp.MatAdd, A, B)), r"MatAdd of A \(3 x 3\) and B \(3 x 2\): .*one shape"),
    "symbolic sum": (sb.Total(unchecked(sp.MatAdd, M, N)), r"MatAdd of M \(n x m\) and N \(n x n\)"),
    "Hadamard": (sb.Total(unchecked(sp.HadamardProduct, A, B)), r"HadamardProduct of A \(3 x 3\) and B \(3 x 2\)"),
    "inverse": (sb.Total(unchecked(sp.Inverse, B, -1)), r"Inverse of B \(3 x 2\): the matrix must be square"),
    "power": (sb.Total(unchecked(sp.MatPow, B, 2)), r"MatPow of B \(3 x 2\): the matrix must be square"),
    "determinant": (unchecked(sp.Determinant, B), r"Determinant of B \(3 x 2\): the matrix must be square"),
    "trace": (unchecked(sp.Trace, M), r"Trace of M \(n x m\): the matrix must be square"),
    "diagonal": (sb.Total(sp.DiagonalOf(B)), r"DiagonalOf of B \(3 x 2\): the matrix must be square"),
    "element": (unchecked(MatrixElement, C, 5, 0), r"entry \(5, 0\) is outside of C \(2 x 3\)"),
    "equation": ([(z, C * x), (L, sb.Total(z))], "z is 3 x 1, but its equation gives 2 x 1"),
    "scalar name": ([(s, A * x), (L, s)], "s is 1 x 1, but its equation gives 3 x 1"),
    "scalar equation": ([(z, s), (L, sb.Total(z))], "z is 3 x 1, but its equation gives 1 x 1"),
    "loss": (A * x, "the loss is a 3 x 1 matrix"),
    "symbolic loss": (M, "the loss is a n x m matrix"),
    "loss of equations": ([(z, A * x)], "the loss is a 3 x 1 matrix"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_shapes_that_do_not_fit(name: str) -> None:
    what, message = MISFITS[name]
    with pytest.raises(ShapeError, match=message):
        sb.derive(what)
