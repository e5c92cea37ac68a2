"""How each kind of SymPy matrix expression is lowered: which of its parts come first, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Any

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import GenericIdentity, GenericZeroMatrix

from .. import ops
from ..errors import ShapeError, UnsupportedError
from ..graph import Graph, Node, matrix_arithmetic
from ..ops import Shape
from ..partial_derivatives import PartialDerivative
from ..sympy_functions.matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total
from .kronecker_products import in_blocks, of_factors
from .refusals import refusal
from .sums_of_entries import product_form
from .unrolled_sums import rolled

Parts = Callable[[Any], Sequence[Any]]
Handler = Callable[[Any, Any, list[Node]], Node]
"""(lowering, SymPy expression, its lowered parts) to node."""
Maker = Callable[[Graph, Any, list[Node]], Node]
"""The same in a graph, where nothing else of the lowering is needed."""


def shape_of(expression: Any) -> Shape:
    """The shape of a SymPy expression as the graph has it; sizes are Python integers where they are numbers."""
    return ops.sized(*map(_size, expression.shape)) if getattr(expression, "is_Matrix", False) else ()


def _size(value: Any) -> Any:
    return int(value) if getattr(value, "is_Integer", True) else value


def _symbol(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    known = lowering.known(expr)
    node: Node = lowering.graph.symbol(expr, shape_of(expr)) if known is None else known
    return node


def _product(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    """Scalars in front; the matrices from the end on which fewer columns or rows have to be carried along."""
    factors = [node for node, part in zip(nodes, expr.args, strict=True) if part.is_Matrix]
    scalars = [node for node, part in zip(nodes, expr.args, strict=True) if not part.is_Matrix]
    rows = ops.rows_and_columns(graph.shape(factors[0]))[0]
    columns = ops.rows_and_columns(graph.shape(factors[-1]))[1]
    if columns == 1 or (isinstance(rows, int) and isinstance(columns, int) and columns < rows):
        matrix = reduce(lambda right, left: matrix_arithmetic.matmul(graph, left, right), reversed(factors))
    else:
        matrix = reduce(lambda left, right: matrix_arithmetic.matmul(graph, left, right), factors)
    for scalar in scalars:
        matrix = graph.mul(matrix, scalar)
    return matrix


def _of_one_shape(combine: Callable[[Graph, list[Node]], Node]) -> Maker:
    def maker(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
        first, *others = expr.args
        for other in others:
            if other.shape != first.shape:
                raise ShapeError(
                    f"{type(expr).__name__} of {_named(first)} and {_named(other)}: the operands need one shape"
                )
        return combine(graph, nodes)

    return maker


def _named(part: Any) -> str:
    name = part.name if isinstance(part, sp.MatrixSymbol) else type(part).__name__
    return f"{name} ({' x '.join(map(str, part.shape))})"


def _power(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    """A whole power as products, by squaring; a negative one of the inverse; any power of a number."""
    graph, exponent = lowering.graph, expr.args[1]
    if len(nodes) == 2:
        node: Node = lowering.applied(ops.POW, nodes)
        return node
    if not exponent.is_Integer:
        raise UnsupportedError(f"a matrix to the power {exponent} cannot be lowered: the exponent must be an integer")
    base = nodes[0]
    _check_square(expr, expr.args[0])
    if exponent == 0:
        return _identity(graph, expr, [])
    base = matrix_arithmetic.inverse(graph, base) if exponent < 0 else base
    return _whole_power(graph, base, abs(int(exponent)))


def _whole_power(graph: Graph, base: Node, exponent: int) -> Node:
    result: Node | None = None
    while exponent:
        if exponent % 2:
            result = base if result is None else matrix_arithmetic.matmul(graph, result, base)
        exponent //= 2
        if exponent:
            base = matrix_arithmetic.matmul(graph, base, base)
    return base if result is None else result


def _check_square(expr: Any, part: Any) -> None:
    rows, columns = part.shape
    if rows != columns:
        raise ShapeError(f"{type(expr).__name__} of {_named(part)}: the matrix must be square")


def _dot(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    column = [node if graph.shape(node)[1:] == (1,) else matrix_arithmetic.transpose(graph, node) for node in nodes]
    return matrix_arithmetic.matmul(graph, matrix_arithmetic.transpose(graph, column[0]), column[1])


def _elementwise(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    graph: Graph = lowering.graph
    return graph.spread(lowering.inlined(expr.function, nodes[0]), graph.shape(nodes[0]))


def _constant(entry: Any) -> Maker:
    return lambda graph, expr, nodes: graph.spread(graph.constant(entry), shape_of(expr))


def _identity(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    shape = shape_of(expr)
    return graph.fixed(sp.Identity(expr.shape[0]), shape) if shape else graph.one


def _element(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    if not all(index.is_Integer for index in expr.args[1:]):
        raise UnsupportedError(
            f"entry ({expr.args[1]}, {expr.args[2]}) of a matrix cannot be lowered: the indices must be integers"
        )
    row, column = (_counted(expr, index, size) for index, size in zip(expr.args[1:], expr.args[0].shape, strict=True))
    return matrix_arithmetic.part(graph, nodes[0], (row, row + 1, 1), (column, column + 1, 1), ())


def _counted(expr: Any, index: Any, size: Any) -> Any:
    """An index from the front, also where it counts from the end, as SymPy lets it."""
    size = sp.S(size)
    place = index + size if index < 0 else index
    if size.is_Integer and not 0 <= place < size:
        raise ShapeError(f"entry {expr.args[1:]} is outside of {_named(expr.args[0])}: indices count from 0")
    return place


def _slice(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    rows, columns = map(_whole_steps, (expr.rowslice, expr.colslice), expr.shape)
    return matrix_arithmetic.part(graph, nodes[0], rows, columns, shape_of(expr))


def _whole_steps(span: Any, count: Any) -> Any:
    """A window that ends behind the last that it takes: SymPy takes whole steps alone, two of 0:5:2, Python three."""
    start, _, step = span
    return span if step == 1 else (start, start + step * (count - 1) + sp.sign(step), step)


def _blocks(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    """A block matrix as the sum of its blocks, each in its place."""
    row_sizes, column_sizes = expr.rowblocksizes, expr.colblocksizes
    placed = []
    for position, node in enumerate(nodes):
        i, j = divmod(position, len(column_sizes))
        if matrix_arithmetic.is_zero(graph, node):
            continue
        rows, columns = (_span(sizes, place) for sizes, place in ((row_sizes, i), (column_sizes, j)))
        placed.append(matrix_arithmetic.placed(graph, node, rows, columns, shape_of(expr)))
    return graph.sum(placed) if placed else graph.spread(graph.zero, shape_of(expr))


def _span(sizes: Sequence[Any], place: int) -> tuple[Any, Any, int]:
    start = sum(sizes[:place])
    return start, start + sizes[place], 1


def _explicit(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    """A matrix given entry by entry, as the sum of its entries, each in its place."""
    shape = shape_of(expr)
    if not shape:
        return nodes[0]
    if len(set(nodes)) == 1:
        return graph.spread(nodes[0], shape)
    placed = [
        matrix_arithmetic.placed(graph, node, (i, i + 1, 1), (j, j + 1, 1), shape)
        for (i, j), node in zip(product(*map(range, shape)), nodes, strict=True)
        if node != graph.zero
    ]
    return graph.sum(placed)


def _diagonal(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
    column = nodes[0] if graph.shape(nodes[0])[1:] == (1,) else matrix_arithmetic.transpose(graph, nodes[0])
    return graph.mul(_identity(graph, expr, []), column)


def _of_diagonal(expr: Any) -> Any:
    """I o A for the matrix of a diagonal, its sums along rows for the diagonal as a column."""
    _check_square(expr, expr.arg)
    kept = sp.HadamardProduct(sp.Identity(expr.arg.shape[0]), expr.arg)
    return RowSums(kept) if isinstance(expr, sp.DiagonalOf) else kept


def _rewritten(rewrite: Callable[[Any], Any]) -> Handler:
    """Another expression of equal value in its place; it is kept alive by the lowering."""
    return lambda lowering, expr, nodes: lowering.expression(rewrite(expr))


def _sum(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
    """An entry of a product of unknown size, as SymPy writes it."""
    form = product_form(expr)
    if form is None:
        raise refusal(expr, lowering.surroundings, lowering.quantities)
    node: Node = lowering.expression(form)
    return node


def short_or(handler: Handler) -> Handler:
    """A sum of scalars with products of matrices in the place of terms for all of their rows, if it has any."""

    def handled(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
        short = _shortened(expr, lowering.rolled) if lowering.graph.shapes else None
        node: Node = handler(lowering, expr, nodes) if short is None else lowering.expression(short)
        return node

    return handled


def _shortened(added: Any, known: dict[Any, Any]) -> Any | None:
    found = rolled(added, known)
    if found is None:
        return None
    forms = {one: product_form(one) for one in sp.Add.make_args(found) if isinstance(one, sp.Sum)}
    return None if None in forms.values() else found.xreplace(forms)


def _of_factors(make: Maker) -> Handler:
    """A trace or total; of Kronecker products, which are not formed, it is that of their factors."""

    def handler(lowering: Any, expr: Any, nodes: list[Node]) -> Node:
        node: Node = make(lowering.graph, expr, nodes) if nodes else lowering.expression(of_factors(expr))
        return node

    return handler


def _unary(make: Callable[[Graph, Node], Node]) -> Maker:
    return lambda graph, expr, nodes: make(graph, nodes[0])


def _of_square(make: Callable[[Graph, Node], Node]) -> Maker:
    def maker(graph: Graph, expr: Any, nodes: list[Node]) -> Node:
        _check_square(expr, expr.args[0])
        return make(graph, nodes[0])

    return maker


def _along(make: Callable[[Graph, Node, int], Node]) -> Maker:
    return lambda graph, expr, nodes: make(graph, nodes[0], int(expr.args[1]))


def _handler(make: Maker) -> Handler:
    return lambda lowering, expr, nodes: make(lowering.graph, expr, nodes)


_MAKERS: dict[type, Maker] = {
    sp.MatMul: _product,
    sp.MatAdd: _of_one_shape(Graph.sum),
    sp.HadamardProduct: _of_one_shape(lambda graph, nodes: reduce(graph.mul, nodes)),
    sp.Inverse: _of_square(matrix_arithmetic.inverse),
    sp.Transpose: _unary(matrix_arithmetic.transpose),
    sp.Determinant: _of_square(matrix_arithmetic.determinant),
    DotProduct: _dot,
    sp.Identity: _identity,
    GenericIdentity: _identity,
    sp.ZeroMatrix: _constant(sp.S.Zero),
    GenericZeroMatrix: _constant(sp.S.Zero),
    sp.OneMatrix: _constant(sp.S.One),
    MatrixElement: _element,
    MatrixSlice: _slice,
    sp.BlockMatrix: _blocks,
    sp.ImmutableDenseMatrix: _explicit,
    sp.DiagMatrix: _diagonal,
    RowSums: _unary(matrix_arithmetic.row_sums),
    ColumnSums: _unary(matrix_arithmetic.column_sums),
    Softmax: _along(matrix_arithmetic.softmax),
    LogSumExp: _along(matrix_arithmetic.logsumexp),
}

HANDLERS: dict[type, Handler] = {
    **{kind: _handler(make) for kind, make in _MAKERS.items()},
    sp.MatrixSymbol: _symbol,
    sp.MatPow: _power,
    sp.Sum: _sum,
    sp.Trace: _of_factors(_of_square(matrix_arithmetic.trace)),
    Total: _of_factors(_unary(matrix_arithmetic.total)),
    sp.KroneckerProduct: _rewritten(in_blocks),
    sp.HadamardPower: lambda lowering, expr, nodes: lowering.applied(ops.POW, nodes),
    ElementwiseApplyFunction: _elementwise,
    sp.BlockDiagMatrix: _rewritten(lambda expr: sp.BlockMatrix(expr.blocks)),
    sp.ImmutableSparseMatrix: _rewritten(sp.ImmutableDenseMatrix),
    **dict.fromkeys((sp.DiagonalMatrix, sp.DiagonalOf), _rewritten(_of_diagonal)),
}


def _of_power(expr: Any) -> Sequence[Any]:
    """The base alone of a power of a matrix, whose exponent is no operand."""
    return tuple(expr.args if expr.args[0].shape == (1, 1) else expr.args[:1])


_LEAVES = (sp.MatrixSymbol, sp.Identity, GenericIdentity, GenericZeroMatrix, sp.ZeroMatrix, sp.OneMatrix)
_REWRITTEN = (
    sp.Sum,
    sp.KroneckerProduct,
    sp.BlockDiagMatrix,
    sp.DiagonalMatrix,
    sp.DiagonalOf,
    sp.ImmutableSparseMatrix,
)
_OF_FIRST = (sp.Inverse, MatrixElement, MatrixSlice, Softmax, LogSumExp, PartialDerivative)

PARTS: dict[type, Parts] = {
    **dict.fromkeys((*_LEAVES, *_REWRITTEN), lambda expr: ()),
    **dict.fromkeys(_OF_FIRST, lambda expr: tuple(expr.args[:1])),
    sp.MatPow: _of_power,
    **dict.fromkeys((sp.Trace, Total), lambda expr: expr.args if of_factors(expr) is None else ()),
    ElementwiseApplyFunction: lambda expr: (expr.expr,),
    sp.BlockMatrix: lambda expr: expr.args[0].args[2].args,
    sp.ImmutableDenseMatrix: lambda expr: expr.args[2].args,
}
"""What is lowered before the expression itself, where that is not all of its arguments: sizes are no operands."""
