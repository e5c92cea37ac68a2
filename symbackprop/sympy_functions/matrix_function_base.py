"""What all functions of matrices share: how they take their argument, are differentiated and are printed.

The constructors only look at the kind of their argument, since every layer of a network passes through them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import sympy as sp
from sympy.core.sympify import SympifyError, _sympify
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions.arrayexpr_derivatives import array_derive

from ..errors import ShapeError, UnsupportedError

ENTRY = sp.Dummy("x", dummy_index=0, real=True)
"""Stands for one entry in every Lambda made here: a fresh symbol each time would make equal expressions differ."""


def matrix_argument(argument: Any, where: str) -> Any:
    """The argument as a SymPy matrix or matrix expression; a ShapeError if it is something else."""
    if isinstance(argument, sp.MatrixExpr):
        return argument
    try:
        matrix = _sympify(argument)
    except SympifyError:
        matrix = None
    if not getattr(matrix, "is_Matrix", False):
        raise ShapeError(
            f"{where} takes a matrix: got {type(argument).__name__}; "
            "pass a MatrixSymbol, a matrix expression or a sympy.Matrix"
        )
    return matrix


def explicit(matrix: Any) -> Any | None:
    """The matrix with its entries written out, if they are known: None where one stands as a symbol's entry."""
    if isinstance(matrix, MatrixBase):
        return matrix.as_immutable()
    if matrix._is_shape_symbolic() or matrix.has(sp.MatrixSymbol):
        return None
    return matrix.as_explicit()


def product(left: Any, right: Any) -> Any:
    """The entrywise product; zero where a factor is."""
    if left.is_ZeroMatrix or right.is_ZeroMatrix:
        return sp.ZeroMatrix(*left.shape)
    return sp.HadamardProduct(left, right)


def slope_by(matrix: Any, x: Any) -> Any:
    """The derivative of a matrix by a scalar symbol.

    SymPy takes that of b**n by way of log(b), which is nan where an entry of b is 0.
    """
    if isinstance(matrix, sp.HadamardPower) and matrix.base.is_Matrix and not matrix.exp.has(x):
        base, n = matrix.args
        return product(n * (base if n == 2 else sp.HadamardPower(base, n - 1)), slope_by(base, x))
    return matrix.diff(x)


def summed(term: Callable[[Any], Any], size: Any, index: str = "k") -> Any:
    """The sum of term(0), ..., term(size - 1): written out for a known size, else a SymPy Sum."""
    if size.is_Integer:
        return sp.Add(*[term(k) for k in range(int(size))])
    k = sp.Dummy(index, integer=True, nonnegative=True)
    return sp.Sum(term(k), (k, 0, size - 1))


def refuse(function: Any, by: Any) -> NoReturn:
    raise UnsupportedError(
        f"SymPy's diff cannot differentiate {type(function).__name__} by {by}: "
        "symbackprop.derive gives the gradient by whole matrices"
    )


class OfMatrix:
    """What all functions here share: how they are differentiated and how they are printed."""

    title = ""
    """The name in formulas, with what stands below it after an underscore."""

    @property
    def arg(self: Any) -> Any:
        """The matrix that the function is taken of."""
        return self.args[0]

    @property
    def size(self) -> tuple[Any, Any]:
        """The shape of that matrix; an explicit one gives plain ints."""
        rows, columns = self.arg.shape
        return _sympify(rows), _sympify(columns)

    def done(self, hints: dict[str, Any]) -> tuple[Any, Any | None]:
        """The matrix after `doit`, and its entries if they are known."""
        arg = self.arg.doit(**hints) if hints.get("deep", True) else self.arg
        return arg, explicit(arg)

    def by_entry(self: Any, entry: MatrixElement) -> Any:
        """The derivative by one entry of a matrix symbol, which SymPy takes to be 0 in a matrix expression."""
        if self.arg._is_shape_symbolic():
            refuse(self, entry)
        return self.as_explicit().diff(entry)

    def diff(self, *symbols: Any, **assumptions: Any) -> Any:
        """SymPy's derivative by scalar symbols; `symbackprop.derive` is for whole matrices."""
        for symbol in symbols:
            if getattr(symbol, "is_Matrix", False):
                refuse(self, symbol)
        return super().diff(*symbols, **assumptions)  # type: ignore[misc]

    def _eval_derivative(self: Any, x: Any) -> Any:
        if x.is_Matrix:
            refuse(self, x)
        return self.by_entry(x) if isinstance(x, MatrixElement) else self.by_symbol(x)

    def _eval_derivative_matrix_lines(self, x: Any) -> Any:
        refuse(self, x)

    def _pretty(self, printer: Any) -> Any:
        return printer._helper_print_function(type(self), (self.arg,), func_name=self.title)

    def _latex(self, printer: Any) -> str:
        name, _, below = self.title.partition("_")
        subscript = rf"_{{\mathrm{{{below}}}}}" if below else ""
        return rf"\operatorname{{{name}}}{subscript}\left({printer._print(self.arg)}\right)"


array_derive.register(OfMatrix, refuse)  # inside a product SymPy asks this, and its own default is a silent 0
