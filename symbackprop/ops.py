"""The closed vocabulary of the graph: every operation with its arity, its shape rule and its meaning in SymPy.

A new operation is one row here and one row in each of the tables that read this one: `rules.RULES`, `cost.KINDS`,
`notation.glyphs` (or both `formulas.text` and `formulas.latex`) and the source of each folder in `codegen.targets`. A
test names the row that is missing. An operation on matrices has its rows in `rules.MATRIX_RULES`, `cost.OF_MATRICES`,
`graph.matrix_arithmetic.APPLY`, `notation.operations.ROWS`, `codegen.batching.node_values.UNARY` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import sympy as sp

from .errors import ShapeError
from .sympy_functions import row_functions, scalar_functions, undecided
from .sympy_functions.matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total

Shape = tuple[Any, ...]
"""`()` for a scalar, else `(rows, columns)`; sizes are integers or SymPy symbols."""

OPS: dict[str, Op] = {}
"""Every operation by its name."""


@dataclass(eq=False, repr=False, slots=True)
class Op:
    """One operation: compared and hashed by identity, so that it is cheap as part of a key.

    arity: None for any number of operands. special: no language has it by itself, some have it in a library.
    overflows: may overflow, or divide by 0, on the way to a value that is right. folds: a product with such an operand
    may simplify (see graph.Graph.mul). copies: its value is that of its first operand.
    """

    name: str
    sympy: Callable[..., Any]
    arity: int | None
    shape: Callable[[str, Sequence[Shape]], Shape]
    special: bool = False
    overflows: bool = False
    folds: bool = False
    copies: bool = False
    leaf: bool = field(init=False)

    def __post_init__(self) -> None:
        self.leaf = self.arity == 0

    @property
    def is_tie(self) -> bool:
        """Whether it is a leaf that varies with what it is a function of; see `tied`."""
        return isinstance(self.sympy, Tie)

    def __repr__(self) -> str:
        return self.name.upper()

    def __reduce__(self) -> tuple[Any, ...]:
        """By name where the vocabulary has it: copied or read from a file it is the same one."""
        if OPS.get(self.name) is self:
            return _named, (self.name,)
        return (tied if isinstance(self.sympy, Tie) else function), (self.sympy,)


def _named(name: str) -> Op:
    return OPS[name]


def sized(rows: Any, columns: Any) -> Shape:
    """The shape of so many rows and columns; a 1 x 1 matrix is a scalar to the graph."""
    return () if rows == 1 and columns == 1 else (rows, columns)


def rows_and_columns(shape: Shape) -> tuple[Any, Any]:
    """A shape as SymPy has it, where a scalar is 1 x 1."""
    return shape or (1, 1)


def elementwise(name: str, shapes: Sequence[Shape]) -> Shape:
    """The common shape of operands that are combined entry by entry.

    What has one row, one column or is a scalar is repeated to fit the others, as NumPy does.
    """
    result: Shape = ()
    for shape in shapes:
        if shape and shape != result:
            result = _repeated(name, result, shape) if result else shape
    return result


def _repeated(name: str, first: Shape, second: Shape) -> Shape:
    if any(1 not in pair and pair[0] != pair[1] for pair in zip(first, second, strict=True)):
        raise ShapeError(f"{name} of shapes {shown(first)} and {shown(second)}: the operands need one shape")
    rows, columns = (one if other == 1 else other for one, other in zip(first, second, strict=True))
    return rows, columns


def shown(shape: Shape) -> str:
    """A shape in a message: 3 x 2."""
    return " x ".join(map(str, rows_and_columns(shape)))


def _leaf(name: str, shapes: Sequence[Shape]) -> Shape:
    raise ShapeError(f"{name} is a leaf: its shape is given, not found")


def _product(name: str, shapes: Sequence[Shape]) -> Shape:
    first, second = shapes
    (rows, inner), (other, columns) = first or (1, 1), second or (1, 1)
    if inner != other:
        raise ShapeError(
            f"a product of {shown(shapes[0])} and {shown(shapes[1])}: the first has {inner} columns, "
            f"the second {other} rows; these must be equal"
        )
    return sized(rows, columns)


def _turned(name: str, shapes: Sequence[Shape]) -> Shape:
    rows, columns = rows_and_columns(shapes[0])
    return sized(columns, rows)


def _square(name: str, shapes: Sequence[Shape]) -> Shape:
    rows, columns = rows_and_columns(shapes[0])
    if rows != columns:
        raise ShapeError(f"{name} of a {shown(shapes[0])} matrix: it must be square")
    return shapes[0]


def _one_of_square(name: str, shapes: Sequence[Shape]) -> Shape:
    _square(name, shapes)
    return ()


def _one(name: str, shapes: Sequence[Shape]) -> Shape:
    return ()


def _one_for_each_row(name: str, shapes: Sequence[Shape]) -> Shape:
    return sized(rows_and_columns(shapes[0])[0], 1)


def _one_for_each_column(name: str, shapes: Sequence[Shape]) -> Shape:
    return sized(1, rows_and_columns(shapes[0])[1])


def _as_given(name: str, shapes: Sequence[Shape]) -> Shape:
    return shapes[-1]


def _op(
    name: str,
    sympy: Callable[..., Any],
    arity: int | None = 1,
    shape: Callable[[str, Sequence[Shape]], Shape] = elementwise,
    **marks: bool,
) -> Op:
    return OPS.setdefault(name, Op(name, sympy, arity, shape, **marks))


# Leaves; what follows the operation in their key is what SymPy calls them. Numbers fold in arithmetic.
SYMBOL = _op("symbol", lambda data: data, 0, _leaf)
NUMBER = _op("number", lambda data: data, 0, _leaf)
CONSTANT = _op("constant", lambda data: data, 0, _leaf)  # pi, e, true, false, nan: kept as they are

# Arithmetic. ADD takes any number of operands, because a sum is one step to a reader; the rest is binary.
ADD = _op("add", sp.Add, None)
SUB = _op("sub", lambda x, y: x - y, 2)
NEG = _op("neg", lambda x: -x)
MUL = _op("mul", lambda x, y: x * y, 2)
DIV = _op("div", lambda x, y: x / y, 2)
POW = _op("pow", sp.Pow, 2)
SQRT = _op("sqrt", sp.sqrt)
CBRT = _op("cbrt", lambda x: sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3))  # C's: real where x < 0 as well
COPY = _op("copy", lambda x: x)  # a named quantity that equals another one, yet is varied by itself

# Elementary functions.
EXP = _op("exp", sp.exp, overflows=True)
LOG = _op("log", sp.log)
SIN = _op("sin", sp.sin)
COS = _op("cos", sp.cos)
TAN = _op("tan", sp.tan)
COT = _op("cot", sp.cot)
SEC = _op("sec", sp.sec)
CSC = _op("csc", sp.csc)
ASIN = _op("asin", sp.asin)
ACOS = _op("acos", sp.acos)
ATAN = _op("atan", sp.atan)
ACOT = _op("acot", sp.acot)
ASEC = _op("asec", sp.asec)
ACSC = _op("acsc", sp.acsc)
ATAN2 = _op("atan2", sp.atan2, 2)
HYPOT = _op("hypot", scalar_functions.hypot, 2)
SINH = _op("sinh", sp.sinh)
COSH = _op("cosh", sp.cosh)
TANH = _op("tanh", sp.tanh)
COTH = _op("coth", sp.coth)
SECH = _op("sech", sp.sech)
CSCH = _op("csch", sp.csch)
ASINH = _op("asinh", sp.asinh)
ACOSH = _op("acosh", sp.acosh)
ATANH = _op("atanh", sp.atanh)
ACOTH = _op("acoth", sp.acoth)
ASECH = _op("asech", sp.asech)
ACSCH = _op("acsch", sp.acsch)

# Special functions.
ERF = _op("erf", sp.erf, special=True)
ERFC = _op("erfc", sp.erfc, special=True)
ERFINV = _op("erfinv", sp.erfinv, special=True)
GAMMA = _op("gamma", sp.gamma, special=True)
LOGGAMMA = _op("loggamma", sp.loggamma, special=True)
FACTORIAL = _op("factorial", sp.factorial, special=True)
BETA = _op("beta", sp.beta, 2, special=True)
BINOMIAL = _op("binomial", sp.binomial, 2, special=True)
SINC = _op("sinc", sp.sinc)
SPHERICAL_JN = _op("spherical_jn", row_functions.spherical_jn, 2, special=True)  # order first
POLYGAMMA = _op("polygamma", sp.polygamma, 2, special=True)  # order first, as in SymPy

# Functions with kinks and jumps.
ABS = _op("abs", sp.Abs)
SIGN = _op("sign", sp.sign)
HEAVISIDE = _op("heaviside", sp.Heaviside, 2)  # second operand: the value at 0
MOD = _op("mod", sp.Mod, 2)
FLOOR = _op("floor", sp.floor)
CEILING = _op("ceiling", sp.ceiling)
MAX = _op("max", sp.Max, None)
MIN = _op("min", sp.Min, None)

# Activations and stable forms.
SIGMOID = _op("sigmoid", scalar_functions.sigmoid, overflows=True)
SOFTPLUS = _op("softplus", scalar_functions.softplus)
RELU = _op("relu", scalar_functions.relu)
LEAKY_RELU = _op("leaky_relu", scalar_functions.leaky_relu, 2, overflows=True)
ELU = _op("elu", scalar_functions.elu, 2)
LOGSUMEXP = _op("logsumexp", scalar_functions.logsumexp, None)
WEIGHTED_LOGSUMEXP = _op(
    "weighted_logsumexp", row_functions.weighted_logsumexp, None
)  # c1, u1, c2, u2, ...: log(c1*exp(u1) + ...)
WEIGHTED_EXP = _op(
    "weighted_exp", row_functions.weighted_exp.written, 2
)  # 0 where the weight is, whatever the exponent
LOG1MEXP = _op("log1mexp", lambda x: sp.log(1 - sp.exp(x)))
LOG_COSH = _op("log_cosh", lambda x: sp.log(sp.cosh(x)))
LOG_GAMMA = _op("log_gamma", lambda x: sp.log(sp.gamma(x)), special=True)  # real where gamma is positive
LOG_ERFC = _op("log_erfc", lambda x: sp.log(sp.erfc(x)), special=True)
ERFC_QUOTIENT = _op("erfc_quotient", row_functions.erfc_quotient, 2, special=True)  # order first
BOSE = _op("bose", row_functions.bose.written)

# Matrices. Everything above acts on them entry by entry; these do not.
MATMUL = _op("matmul", sp.MatMul, 2, _product)
TRANSPOSE = _op("transpose", sp.Transpose, 1, _turned)
INVERSE = _op("inverse", sp.Inverse, 1, _square)
DETERMINANT = _op("determinant", sp.Determinant, 1, _one_of_square)
TRACE = _op("trace", sp.Trace, 1, _one_of_square)
TOTAL = _op("total", Total, 1, _one)
ROW_SUMS = _op("row_sums", RowSums, 1, _one_for_each_row)
COLUMN_SUMS = _op("column_sums", ColumnSums, 1, _one_for_each_column)
SOFTMAX_ROWS = _op("softmax_rows", lambda x: Softmax(x, 1))
SOFTMAX_COLUMNS = _op("softmax_columns", lambda x: Softmax(x, 0))
LSE_ROWS = _op("lse_rows", lambda x: LogSumExp(x, 1), 1, _one_for_each_row)
LSE_COLUMNS = _op("lse_columns", lambda x: LogSumExp(x, 0), 1, _one_for_each_column)
SPREAD = _op("spread", lambda x, ones: x * ones, 2, _as_given)  # repeated to the shape of the second operand
SLICE = _op("slice", lambda x, window, like: x, 3, _as_given)  # a window of x; the last operand has its shape
PLACE = _op("place", lambda x, window, like: x, 3, _as_given)  # x in a window of a larger matrix of zeros

# Conditions, and the choice between two values by one.
LT = _op("lt", partial(undecided.comparison, "<"), 2)
LE = _op("le", partial(undecided.comparison, "<="), 2)
GT = _op("gt", partial(undecided.comparison, ">"), 2)
GE = _op("ge", partial(undecided.comparison, ">="), 2)
EQ = _op("eq", partial(undecided.comparison, "=="), 2)
NE = _op("ne", partial(undecided.comparison, "!="), 2)
AND = _op("and", sp.And, None)
OR = _op("or", sp.Or, None)
NOT = _op("not", sp.Not)
SELECT = _op("select", lambda c, x, y: sp.Piecewise((x, c), (y, True)), 3, overflows=True)

OF_COMPARISONS: dict[Any, Op] = {sp.Lt: LT, sp.Le: LE, sp.Gt: GT, sp.Ge: GE, sp.Eq: EQ, sp.Ne: NE}

COMPARISONS = frozenset(OF_COMPARISONS.values())

CONNECTIVES = frozenset({AND, OR, NOT})
OF_CONNECTIVES: dict[Any, Op] = {op.sympy: op for op in (AND, OR, NOT)}

CONDITIONS = COMPARISONS | CONNECTIVES
"""The operations whose value is true or false: no derivative passes through them."""

MATRIX = frozenset(
    {MATMUL, TRANSPOSE, INVERSE, DETERMINANT, TRACE, TOTAL, ROW_SUMS, COLUMN_SUMS, SPREAD, SLICE, PLACE}
    | {SOFTMAX_ROWS, SOFTMAX_COLUMNS, LSE_ROWS, LSE_COLUMNS}
)
"""The operations that do not act entry by entry."""

COPY.copies = True
for _folding in (NUMBER, NEG, DIV, SELECT, SPREAD):
    _folding.folds = True


@cache
def function(kind: Any) -> Op:
    """The operation of any other SymPy function: it has no row in any table, and uses the function's own derivative."""
    return Op(kind.__name__, kind, None, elementwise, special=True)


@dataclass(frozen=True)
class Tie:
    """What a leaf, q(t), is to what it is a function of: its first operand is the leaf, the others are these.

    leaf: the symbol that stands for it. inner: what stands for each of the other operands.
    """

    leaf: Any
    inner: tuple[Any, ...]

    def __call__(self, leaf: Any, *_: Any) -> Any:
        """The value: that of the leaf. What it is tied to counts where it is differentiated."""
        return leaf


@cache
def tied(tie: Tie) -> Op:
    """The operation of a leaf that varies with others: its derivatives by them are other leaves."""
    return Op("tied", tie, None, _tied, copies=True)


def _tied(name: str, shapes: Sequence[Shape]) -> Shape:
    return shapes[0]
