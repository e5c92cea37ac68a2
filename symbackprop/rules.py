"""The table of derivatives: one row per operation, as SymPy expressions.

A row holds the partial derivative with respect to each operand, written in the operands x, y (and c for a
condition) and the result z. Rows are written in z where they can be: that is what "backpropagation remembers
the outputs" means. An operation on any number of operands has the row of one of them instead (`Alike`).
Matrix operations have a pullback instead (`MATRIX_RULES`). Conditions have no row, as nothing is differentiated
through them (`ops.CONDITIONS`), and leaves have none.

Kinks follow the convention of machine learning: relu'(0) = 0, abs'(0) = 0, ties of max and min share evenly;
the derivative of a jump is 0 where it is defined, never a Dirac delta.
Source of the elementary rows: Abramowitz and Stegun, Handbook of Mathematical Functions, 4.2, 4.3 (trigonometric),
4.4 (inverse), 4.5, 4.6 (hyperbolic), 6.1.21, 6.2.2, 6.3.1, 6.4.1 (gamma), 7.1.1, 7.1.19, 7.2.8 (error function),
10.1.20 (spherical Bessel functions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from . import ops
from .sympy_functions.matrix_functions import ColumnSums, RowSums, Softmax
from .sympy_functions.row_functions import bose, erfc_quotient, spherical_jn, weighted_exp
from .sympy_functions.scalar_functions import sigmoid

Row = tuple[Any, ...]

x, y, z, c, s = sp.symbols("x y z c s")
OPERANDS: dict[ops.Op, tuple[sp.Symbol, ...]] = {ops.SELECT: (c, x, y)}
"""The names of a row's operands where they are not x, y."""


@dataclass(frozen=True)
class Alike:
    """The rows of an operation whose operands all stand alike, or whose groups of operands do: that of one group.

    Attributes:
        partials: by the operands x, y, ... of one group, in these and the result z.
        shared: what every partial may have of all groups together, under the name s: the sum of this over the groups.
    """

    partials: Row
    shared: Any = None

    def __call__(self, operands: Row, result: Any) -> Row:
        """The whole row, in operands and a result."""
        groups = list(zip(*[iter(operands)] * len(self.partials), strict=True))
        swaps = [{**dict(zip((x, y), group, strict=False)), z: result} for group in groups]
        if self.shared is not None:
            total = sp.Add(*(self.shared.xreplace(swap) for swap in swaps))
            swaps = [{**swap, s: total} for swap in swaps]
        return tuple(sp.S(partial).xreplace(swap) for swap in swaps for partial in self.partials)


_HIT = sp.Piecewise((1, sp.Eq(x, z)), (0, True))

VARIADIC: dict[ops.Op, Alike] = {
    ops.ADD: Alike((1,)),
    ops.MAX: Alike((_HIT / s,), shared=_HIT),
    ops.MIN: Alike((_HIT / s,), shared=_HIT),
    ops.LOGSUMEXP: Alike((sp.exp(x - z),)),
    ops.WEIGHTED_LOGSUMEXP: Alike((sp.exp(y - z), weighted_exp(x, y - z))),
}
"""Where several operands are the largest, they share evenly. Nothing here grows with the number of operands."""

RULES: dict[ops.Op, Row] = {
    # arithmetic
    ops.SUB: (1, -1),
    ops.NEG: (-1,),
    ops.MUL: (y, x),
    ops.DIV: (1 / y, -z / y),
    ops.POW: (
        sp.Piecewise((0, sp.Eq(abs(x) + abs(y), 0)), (y * x ** (y - 1), True)),
        sp.Piecewise((z * sp.log(x), sp.Ne(x, 0)), (-abs(y) * z, True)),
    ),
    ops.SQRT: (1 / (2 * z),),
    ops.CBRT: (1 / (3 * z**2),),
    ops.COPY: (1,),
    # exponential, trigonometric, hyperbolic, and their inverses
    ops.EXP: (z,),
    ops.LOG: (1 / x,),
    ops.SIN: (sp.cos(x),),
    ops.COS: (-sp.sin(x),),
    ops.TAN: (1 + z**2,),
    ops.COT: (-1 - z**2,),
    ops.SEC: (z * sp.tan(x),),
    ops.CSC: (-z * sp.cot(x),),
    ops.ASIN: (1 / sp.sqrt(1 - x**2),),
    ops.ACOS: (-1 / sp.sqrt(1 - x**2),),
    ops.ATAN: (1 / (1 + x**2),),
    ops.ACOT: (-1 / (1 + x**2),),
    ops.ASEC: (1 / (x**2 * sp.sqrt(1 - 1 / x**2)),),
    ops.ACSC: (-1 / (x**2 * sp.sqrt(1 - 1 / x**2)),),
    ops.ATAN2: (y / (x**2 + y**2), -x / (x**2 + y**2)),
    ops.HYPOT: (x / z, y / z),
    ops.SINH: (sp.cosh(x),),
    ops.COSH: (sp.sinh(x),),
    ops.TANH: (1 - z**2,),
    ops.COTH: (1 - z**2,),
    ops.SECH: (-z * sp.tanh(x),),
    ops.CSCH: (-z * sp.coth(x),),
    ops.ASINH: (1 / sp.sqrt(x**2 + 1),),
    ops.ACOSH: (1 / (sp.sqrt(x - 1) * sp.sqrt(x + 1)),),
    ops.ATANH: (1 / (1 - x**2),),
    ops.ACOTH: (1 / (1 - x**2),),
    ops.ASECH: (-1 / (x * sp.sqrt(1 - x**2)),),
    ops.ACSCH: (-1 / (x**2 * sp.sqrt(1 + 1 / x**2)),),
    # special functions
    ops.ERF: (2 * sp.exp(-(x**2)) / sp.sqrt(sp.pi),),
    ops.ERFC: (-2 * sp.exp(-(x**2)) / sp.sqrt(sp.pi),),
    ops.ERFINV: (sp.sqrt(sp.pi) * sp.exp(z**2) / 2,),
    ops.GAMMA: (z * sp.polygamma(0, x),),
    ops.LOGGAMMA: (sp.polygamma(0, x),),
    ops.FACTORIAL: (z * sp.polygamma(0, x + 1),),
    ops.BETA: (z * (sp.polygamma(0, x) - sp.polygamma(0, x + y)), z * (sp.polygamma(0, y) - sp.polygamma(0, x + y))),
    ops.BINOMIAL: (
        z * (sp.polygamma(0, x + 1) - sp.polygamma(0, x - y + 1)),
        z * (sp.polygamma(0, x - y + 1) - sp.polygamma(0, y + 1)),
    ),
    ops.SINC: (-spherical_jn(1, x),),
    ops.SPHERICAL_JN: (None, (x * spherical_jn(x - 1, y) - (x + 1) * spherical_jn(x + 1, y)) / (2 * x + 1)),  # likewise
    ops.POLYGAMMA: (None, sp.polygamma(x + 1, y)),  # the order is a whole number: nothing to differentiate
    # kinks and jumps
    ops.ABS: (sp.sign(x),),
    ops.SIGN: (0,),
    ops.HEAVISIDE: (0, sp.Piecewise((1, sp.Eq(x, 0)), (0, True))),
    ops.MOD: (1, -sp.floor(x / y)),
    ops.FLOOR: (0,),
    ops.CEILING: (0,),
    # activations and stable forms
    ops.SIGMOID: (z * (1 - z),),
    ops.SOFTPLUS: (sigmoid(x),),
    ops.WEIGHTED_EXP: (sp.exp(y), z),
    ops.LOG1MEXP: (-bose(-x),),
    ops.LOG_COSH: (sp.tanh(x),),
    ops.LOG_GAMMA: (sp.polygamma(0, x),),
    ops.LOG_ERFC: (-erfc_quotient(0, x),),
    ops.ERFC_QUOTIENT: (None, 2 * (x + 1) * z / erfc_quotient(x + 1, y) - 2 * x),  # of a whole order, as polygamma
    ops.BOSE: (z * bose(-x),),
    ops.RELU: (sp.Heaviside(x, 0),),
    ops.LEAKY_RELU: (sp.Piecewise((1, x > 0), (y, True)), sp.Piecewise((0, x > 0), (x, True))),
    ops.ELU: (sp.Piecewise((1, x > 0), (z + y, True)), sp.Piecewise((0, x > 0), (sp.exp(x) - 1, True))),
    ops.SELECT: (None, sp.Piecewise((1, c), (0, True)), sp.Piecewise((0, c), (1, True))),
}

ACCURATE: dict[ops.Op, Row] = {
    ops.SIGMOID: (sigmoid(x) * sigmoid(-x),),
    ops.TANH: (sp.sech(x) ** 2,),
    ops.COTH: (-(sp.csch(x) ** 2),),
    ops.ELU: (sp.Piecewise((1, x > 0), (y * sp.exp(x), True)), sp.Piecewise((0, x > 0), (sp.exp(x) - 1, True))),
}
"""Second forms in x, for an expression whose derivative is asked for by itself.

Where z is 1 or -1 to machine precision, `z*(1 - z)` and `1 - z**2` are 0 or have lost all digits: from x = 37 on for
sigmoid, where the derivative is 8.5e-17. A network keeps the rows in z, which its forward pass has remembered.
"""

WITH_CONSTANT: dict[tuple[ops.Op, int], tuple[int, Any]] = {
    (ops.POW, 0): (1, y * x ** (y - 1)),
    (ops.POW, 1): (0, z * sp.log(x)),
}
"""By operation and operand: which other operand may be a constant, and the shorter partial where it is one.

A power is where that counts. At x = 0 both partials of x**y have a choice to make: by x, 0 where y = 0, not 0/0; by y,
0 where y >= 0, as PyTorch and JAX have it, and -inf where y < 0. There z is 0, 1 or infinite, and -|y| z says all of
it. (The choice is made at x = 0 alone: at y = 0 the partial by x is 0 whatever x is, and its derivative by y is 1/x.)
An exponent that is a constant is not 0, or there would be no power, and a base that is one has no need of a choice.
"""

n, m, k = sp.symbols("n m k", integer=True, positive=True)
X, X_square = sp.MatrixSymbol("X", n, m), sp.MatrixSymbol("X", n, n)
Y = sp.MatrixSymbol("Y", m, k)
Z, Z_square = sp.MatrixSymbol("Z", n, m), sp.MatrixSymbol("Z", n, n)
G, G_product, G_turned, G_square = (sp.MatrixSymbol("G", *shape) for shape in ((n, m), (n, k), (m, n), (n, n)))
G_rows, G_columns, g = sp.MatrixSymbol("G", n, 1), sp.MatrixSymbol("G", 1, m), sp.Symbol("g", real=True)


@dataclass(frozen=True)
class Pullback:
    """What a matrix operation makes of the upstream adjoint: its operands, its result, the adjoint of each operand."""

    operands: tuple[Any, ...]
    result: Any
    upstream: Any
    adjoints: tuple[Any, ...]


MATRIX_RULES: dict[ops.Op, Pullback] = {
    ops.MATMUL: Pullback((X, Y), None, G_product, (G_product * Y.T, X.T * G_product)),
    ops.TRANSPOSE: Pullback((X,), None, G_turned, (G_turned.T,)),
    ops.INVERSE: Pullback((X_square,), Z_square, G_square, (-Z_square.T * G_square * Z_square.T,)),
    ops.DETERMINANT: Pullback((X_square,), z, g, (g * z * X_square.I.T,)),
    ops.TRACE: Pullback((X_square,), None, g, (g * sp.Identity(n),)),
    ops.TOTAL: Pullback((X,), None, g, (g * sp.OneMatrix(n, m),)),
    ops.ROW_SUMS: Pullback((X,), None, G_rows, (G_rows * sp.OneMatrix(1, m),)),
    ops.COLUMN_SUMS: Pullback((X,), None, G_columns, (sp.OneMatrix(n, 1) * G_columns,)),
    ops.SOFTMAX_COLUMNS: Pullback(
        (X,), Z, G, (sp.HadamardProduct(Z, G - sp.OneMatrix(n, 1) * ColumnSums(sp.HadamardProduct(Z, G))),)
    ),
    ops.SOFTMAX_ROWS: Pullback(
        (X,), Z, G, (sp.HadamardProduct(Z, G - RowSums(sp.HadamardProduct(Z, G)) * sp.OneMatrix(1, m)),)
    ),
    ops.LSE_COLUMNS: Pullback(
        (X,), None, G_columns, (sp.HadamardProduct(Softmax(X, 0), sp.OneMatrix(n, 1) * G_columns),)
    ),
    ops.LSE_ROWS: Pullback((X,), None, G_rows, (sp.HadamardProduct(Softmax(X, 1), G_rows * sp.OneMatrix(1, m)),)),
}
"""Matrix operations: one row each, in the operands X, Y, the result Z (z) and the upstream adjoint G (g).

A slice and a placement undo each other, and a repetition is undone by sums: they have no formula to read.
Source: Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), section 2.2; Magnus and Neudecker, "Matrix Differential Calculus" (2019), chapter 9.
"""

OF_CLASSES: dict[tuple[Any, int], Row] = {
    (sp.Si, 1): (sp.sinc(x),),
    (sp.LambertW, 1): (sp.exp(-z) / (1 + z),),
    (sp.LambertW, 2): (sp.exp(-z) / (1 + z), None),  # of a branch
}
"""By SymPy's class and the number of arguments: functions whose derivatives SymPy writes as 0/0 at 0."""


def row(op: ops.Op, operands: Row, result: Any, accurate: bool = False) -> Row | None:
    """The partial derivatives of `op` in the given operands and result; None where there is no row.

    Args:
        op: an operation between numbers.
        operands: one expression for each.
        result: what stands for the operation itself.
        accurate: whether the second form is taken where there is one.
    """
    if op in VARIADIC:
        return VARIADIC[op](operands, result)
    partials = RULES.get(op) or OF_CLASSES.get((op.sympy, len(operands)))
    if accurate:
        partials = ACCURATE.get(op, partials)
    if partials is None:
        return None
    return tuple(None if partial is None else written(partial, op, operands, result) for partial in partials)


def written(partial: Any, op: ops.Op, operands: Row, result: Any) -> Any:
    """A partial in the caller's own operands and result, which take the places of x, y, z all at once."""
    swap = {**dict(zip(OPERANDS.get(op, (x, y)), operands, strict=False)), z: result}
    return sp.S(partial).xreplace(swap)
