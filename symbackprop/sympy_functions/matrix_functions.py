"""Functions of matrices that SymPy lacks: sums of entries, softmax, logsumexp, and functions of each entry.

They keep matrices whole: nothing here is written out into entries until `.doit()` or `.as_explicit()` asks for it,
and the constructors only look at the kind of their argument, since every layer of a network passes through them.
Sources: Bridle (1990) for softmax; Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax
functions" (IMA J. Numer. Anal. 2021), for taking the largest entry out before the exponential.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.core.kind import NumberKind
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from ..errors import ShapeError, UnsupportedError
from .matrix_function_base import ENTRY, OfMatrix, matrix_argument, product, slope_by, summed


class Total(OfMatrix, sp.Expr):  # type: ignore[misc]
    """The sum of all entries of a matrix (n, m): a scalar. `Total(X).args` is `(X,)`.

    `diff` by a matrix symbol raises for a Total and for products of them; of a sum or of a function of one SymPy 1.14
    makes 0 without asking, as it does of its own Trace. Take `symbackprop.derive` for those.
    """

    is_commutative = True
    kind = NumberKind
    title = "sum"

    def __new__(cls, matrix: Any) -> Any:
        return sp.Basic.__new__(cls, matrix_argument(matrix, "Total"))

    def doit(self, **hints: Any) -> Any:
        """The sum of the entries where they are known, else the same function."""
        arg, known = self.done(hints)
        if arg.is_ZeroMatrix:
            return sp.S.Zero
        return self.func(arg) if known is None else sp.Add(*known.flat())

    def as_explicit(self) -> Any:
        """The sum of the entries, each of them by itself."""
        return sp.Add(*self.arg.as_explicit().flat())

    def by_symbol(self, x: Any) -> Any:
        slope = slope_by(self.arg, x)
        return sp.S.Zero if slope.is_ZeroMatrix else Total(slope)

    def by_entry(self, entry: MatrixElement) -> Any:
        return self.rewrite(sp.Sum).diff(entry)

    def _eval_rewrite(self, rule: Any, args: Any, **hints: Any) -> Any:
        if rule is not sp.Sum:
            return None
        rows, columns = self.size
        return summed(lambda i: summed(lambda j: self.arg._entry(i, j), columns, "j"), rows, "i")

    def _eval_is_real(self) -> bool | None:
        entries = self.arg.flat() if isinstance(self.arg, MatrixBase) else [sp.nan]
        return True if all(entry.is_real for entry in entries) else None

    def _eval_evalf(self, prec: int) -> Any:
        done = self.doit()
        return None if isinstance(done, Total) else done._eval_evalf(prec)

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format('numpy.sum')}({printer._print(self.arg)})"


class AlongAxis(OfMatrix, sp.MatrixExpr):  # type: ignore[misc]
    """A function of each column of a matrix (axis 0) or of each row (axis 1), with one value for each of them."""

    axis: Any

    @property
    def shape(self) -> tuple[Any, Any]:
        rows, columns = self.size
        return (rows, sp.S.One) if self.axis else (sp.S.One, columns)

    def doit(self, **hints: Any) -> Any:
        """The entries themselves where those of the argument are known, else the same function."""
        arg, known = self.done(hints)
        return self.func(arg, *self.args[1:]) if known is None else self.func(known, *self.args[1:]).as_explicit()

    def line(self, of: Callable[[Any], Any], i: Any, j: Any) -> Any:
        """The sum of a function of the entries in the column of entry (i, j), or in its row."""
        rows, columns = self.size
        if self.axis:
            return summed(lambda k: of(self.arg._entry(i, k)), columns)
        return summed(lambda k: of(self.arg._entry(k, j)), rows)


class LineSums(AlongAxis):
    """What the sums along rows and down columns share."""

    def __new__(cls, matrix: Any) -> Any:
        return sp.Basic.__new__(cls, matrix_argument(matrix, cls.__name__))

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> Any:
        return self.line(lambda entry: entry, i, j)

    def by_symbol(self, x: Any) -> Any:
        return self.func(slope_by(self.arg, x))

    def _eval_transpose(self) -> Any:
        return _sums(self.arg.T, 1 - self.axis)

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format('numpy.sum')}({printer._print(self.arg)}, axis={self.axis}, keepdims=True)"


class RowSums(LineSums):
    """The sum along each row of a matrix: (n, m) -> (n, 1). `RowSums(X).args` is `(X,)`."""

    title = "rowsums"
    axis = 1


class ColumnSums(LineSums):
    """The sum down each column of a matrix: (n, m) -> (1, m). `ColumnSums(X).args` is `(X,)`."""

    title = "colsums"
    axis = 0


def _sums(matrix: Any, axis: Any) -> Any:
    return RowSums(matrix) if axis else ColumnSums(matrix)


class OfExponentials(AlongAxis):
    """What softmax and logsumexp share."""

    name = ""

    def __new__(cls, matrix: Any, axis: Any = 0) -> Any:
        argument = matrix_argument(matrix, cls.__name__)
        if axis not in (0, 1):
            raise ShapeError(f"{cls.__name__} has axis 0 (down each column) or 1 (along each row): got axis={axis!r}")
        return sp.Basic.__new__(cls, argument, sp.Integer(int(axis)))

    @property
    def axis(self) -> Any:
        return self.args[1]

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"{self.name}_rows" if self.axis else self.name

    def _eval_transpose(self) -> Any:
        return self.func(self.arg.T, 1 - self.axis)

    def _numpy(self, printer: Any, template: str) -> str:
        """NumPy source in which the largest entry is taken out, so that no exponential overflows."""
        names = {name: printer._module_format(f"numpy.{name}") for name in ("exp", "log", "amax", "sum")}
        source = template.format(**names, over=f"axis={self.axis}, keepdims=True")
        return f"(lambda z: {source})({printer._print(self.arg)})"


class Softmax(OfExponentials):
    """exp(X) over its sums, down each column (axis 0) or along each row (axis 1): (n, m) -> (n, m).

    `Softmax(X).args` is `(X, 0)`; a column vector's softmax is the usual one.
    """

    name = "softmax"

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.size

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> Any:
        return sp.exp(self.arg._entry(i, j)) / self.line(sp.exp, i, j)

    def by_symbol(self, x: Any) -> Any:
        weighted, (rows, columns) = product(self, slope_by(self.arg, x)), self.size
        sums = _sums(weighted, self.axis)
        copied = sp.MatMul(sums, sp.OneMatrix(1, columns)) if self.axis else sp.MatMul(sp.OneMatrix(rows, 1), sums)
        return sp.MatAdd(weighted, sp.MatMul(-1, product(self, copied)))

    def _numpycode(self, printer: Any) -> str:
        return self._numpy(printer, "(lambda e: e / {sum}(e, {over}))({exp}(z - {amax}(z, {over})))")


class LogSumExp(OfExponentials):
    """ln of the sum of exp: down each column, (n, m) -> (1, m), or along each row (axis 1), (n, m) -> (n, 1).

    `LogSumExp(X).args` is `(X, 0)`.
    """

    name = "logsumexp"

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> Any:
        return sp.log(self.line(sp.exp, i, j))

    def by_symbol(self, x: Any) -> Any:
        return _sums(product(Softmax(*self.args), slope_by(self.arg, x)), self.axis)

    def _numpycode(self, printer: Any) -> str:
        return self._numpy(printer, "(lambda top: top + {log}({sum}({exp}(z - top), {over})))({amax}(z, {over}))")


class Elementwise(OfMatrix, ElementwiseApplyFunction):  # type: ignore[misc]
    """A function of one number applied to each entry, of the matrix's shape. Its args are `(Lambda, X)`.

    It is SymPy's own class (what `.applyfunc` gives) mended in four places: equal ones are equal, a (1, 1) matrix is
    treated like any other (SymPy calls the function on the whole of it, which raises for most), `diff` keeps the
    arguments of a derivative that is itself a function (SymPy's makes Heaviside(x, 0) into Heaviside(x)), and it
    prints as the function's name where it has one.
    """

    def __new__(cls, function: Any, matrix: Any) -> Any:
        of_entry = function if isinstance(function, sp.Lambda) else entry_function(function)
        return sp.Basic.__new__(cls, of_entry, matrix_argument(matrix, "a function applied entry by entry"))

    @property
    def arg(self) -> Any:
        return self.args[1]

    def doit(self, **hints: Any) -> Any:
        """The function of each entry where they are known, else the same function."""
        arg, known = self.done(hints)
        return self.func(self.function, arg) if known is None else known.applyfunc(self.function)

    def by_symbol(self, x: Any) -> Any:
        inner = product(self.func(self._get_function_fdiff(), self.arg), slope_by(self.arg, x))
        if x not in self.function.free_symbols:
            return inner
        return sp.MatAdd(inner, self.func(sp.Lambda(ENTRY, self.function(ENTRY).diff(x)), self.arg))

    def _get_function_fdiff(self) -> Any:
        return sp.Lambda(ENTRY, self.function(ENTRY).diff(ENTRY))

    def _named(self) -> Any | None:
        """The function of the entry, if it reads well with the matrix in the entry's place: not e**X."""
        body = self.function.expr
        plain = isinstance(body, sp.Function) and not isinstance(body, sp.exp)
        return body if plain and body.args[:1] == self.function.variables else None

    def _printed(self, printer: Any, write: Callable[[Any], Any]) -> Any:
        body = self._named()
        return printer._print_ElementwiseApplyFunction(self) if body is None else write(body)

    def _sympystr(self, printer: Any) -> Any:
        show = printer.stringify
        return self._printed(printer, lambda body: f"{body.func}({show((self.arg, *body.args[1:]), ', ')})")

    def _pretty(self, printer: Any) -> Any:
        write = printer._helper_print_function
        return self._printed(printer, lambda body: write(body.func, (self.arg, *body.args[1:])))

    def _latex(self, printer: Any) -> Any:
        shown = sp.Symbol(f"{{{printer._print(self.arg)}}}")  # in braces it is printed as it stands
        return self._printed(printer, lambda body: printer._print(body.func(shown, *body.args[1:])))

    def _numpycode(self, printer: Any) -> str:
        (variable,) = self.function.variables
        body = printer._print(self.function.expr)
        return f"(lambda {printer._print(variable)}: {body})({printer._print(self.arg)})"


@lru_cache(maxsize=256)
def entry_function(function: Callable[[Any], Any]) -> Any:
    """The Lambda of one entry of a function: one per function, so that building a layer does not build it anew."""
    return sp.Lambda(ENTRY, function(ENTRY))


def entrywise(function: Callable[..., Any], matrix: Any, *parameters: Any) -> Any:
    """The function of each entry, with the same further arguments: written out for an explicit matrix."""
    if any(parameter.is_Matrix for parameter in parameters):
        raise UnsupportedError("the parameter of an activation must be one number for all entries: got a matrix")
    of_entry = sp.Lambda(ENTRY, function(ENTRY, *parameters)) if parameters else entry_function(function)
    if isinstance(matrix, MatrixBase):
        return matrix.applyfunc(of_entry)
    return Elementwise(of_entry, matrix)
