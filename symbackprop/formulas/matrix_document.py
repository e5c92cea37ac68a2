"""What a document says of matrices beside its formulas: shapes, the four equations by name, and what signs mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy as sp

from .. import ops
from ..derivation import Sweep
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import part
from ..networks import Layer, Network
from ..notation.formula_tree import Planting
from ..notation.quantities import Factor, Formula, Name, Shape
from .content import Equation, Line, Note, Section, Sum, note
from .equations import Equations
from .labels import Labels
from .printer import tree_of
from .signs import Sign, Signs, signs_of

# --- shapes ---


def shapes(derivation: Sweep, labels: Labels) -> Iterator[Line]:
    """The shapes of all symbols and quantities, layer by layer for a network; of rows where columns are written so."""
    if derivation.graph.shapes:
        network = layered(derivation)
        found = [*derivation.graph.symbols, *derivation.quantities]  # data first
        matrices = [symbol for symbol in found if isinstance(symbol, sp.MatrixSymbol)]
        groups = [matrices] if network is None else _layers(derivation, network)
        yield from (_shapes(group, labels) for group in groups if group)


def _layers(derivation: Sweep, network: Network) -> list[list[Any]]:
    groups = [[*network.inputs, *network.targets]]
    for layer in network.layers:
        [[weights]], [bias], [z], [a] = layer.weights, layer.biases, layer.sums, layer.outputs
        delta = derivation.adjoint_symbol(z)
        groups.append([weights, bias, z, a, delta])
    return groups


def _shapes(symbols: Iterable[Any], labels: Labels) -> Note:
    by_shape: dict[Any, list[Any]] = {}
    for symbol in symbols:
        rows, columns = getattr(symbol, "shape", (1, 1))
        is_row = labels.rows and columns == 1 and not labels.is_weight(symbol)
        by_shape.setdefault((columns, rows) if is_row else (rows, columns), []).append(symbol)
    parts: list[str | Factor] = []
    for number, (shape, group) in enumerate(by_shape.items()):
        parts += ["; "] if number else []
        parts += [part for symbol in group for part in (", ", Name(symbol))][1:]
        parts += [": ", Shape(*shape)]
    return note(*parts)


# --- the four equations ---


def layered(derivation: Sweep) -> Network | None:
    """The network in matrix form that is differentiated by its weights and biases, if it is one."""
    network = derivation.network
    if network is None or network.form != "matrix" or not set(derivation.wrt) <= set(network.parameters):
        return None
    return network


def four_equations(equations: Equations, network: Network) -> Iterator[Section]:
    """The backward pass as textbooks tell it: two equations for the errors of layers, two for the gradients."""
    last, *hidden = reversed(network.layers)
    errors = {layer.number: _derivatives(equations, [*layer.outputs, *layer.sums]) for layer in (last, *hidden)}
    yield Section("Backward pass", (_opening(equations.derivation, last),))
    extra = [symbol for symbol in equations.quantities if symbol not in network.places]
    yield Section("Output error", (*_derivatives(equations, reversed(extra)), *errors[last.number]), 2)
    lines = [line for layer in hidden for line in errors[layer.number]]
    yield Section("Error of a layer from the next", tuple(lines), 2)
    yield Section("Gradient of a bias", _gradients(equations, network, "b"), 2)
    yield Section("Gradient of a weight matrix", _gradients(equations, network, "W"), 2)


def _opening(derivation: Sweep, last: Layer) -> Note:
    z = last.sums[0]
    return note(
        Name(derivation.adjoint_symbol(z)), f", the error of layer {last.number}, is the derivative of ",
        Name(derivation.loss), " by that layer's weighted sums ", Name(z), ". Backpropagation is four equations: the "
        "error of the output, the error of a layer from that of the next, and from the errors the gradients of biases "
        "and weights.",
    )  # fmt: skip


def _derivatives(equations: Equations, symbols: Iterable[Any]) -> list[Line]:
    reached = [symbol for symbol in symbols if equations.is_adjoint(symbol)]
    return [line for symbol in reached for line in equations.derivative(symbol)]


def _gradients(equations: Equations, network: Network, letter: str) -> tuple[Line, ...]:
    chosen = [symbol for symbol in equations.derivation.wrt if network.entries[symbol][0][0] == letter]
    return tuple(line for symbol in chosen for line in equations.derivative(symbol))


# --- what signs mean ---


class _Sample:
    """Matrices A and B, a square one Q, a column u, to say what a sign means on."""

    def __init__(self) -> None:
        self.n, m = n, _ = sp.symbols("n m", integer=True, positive=True)
        self.graph = Graph()
        shapes = {"A": (n, m), "B": (n, m), "Q": (n, n), "u": (n, 1)}
        self._nodes = {name: self.graph.symbol(sp.MatrixSymbol(name, *shape), shape) for name, shape in shapes.items()}

    def __call__(self, op: ops.Op, *names: str) -> Formula:
        return self._formula(self.graph.make((op, *(self._nodes[name] for name in names))))

    def _formula(self, node: Node) -> Formula:
        return Formula(self.graph, node, {}, upright=True)

    def entry(self, name: str, row: int, column: int) -> Formula:
        rows, columns = ((place, place + 1, 1) for place in (row, column))
        return self._formula(part(self.graph, self._nodes[name], rows, columns, ()))

    def identity(self) -> Formula:
        return self._formula(self.graph.fixed(sp.Identity(self.n), (self.n, self.n)))

    def square(self) -> Formula:
        """The sum of the squares of A."""
        squares = self.graph.make((ops.POW, self._nodes["A"], self.graph.two))
        return self._formula(self.graph.make((ops.TOTAL, squares)))


_PLAIN = (
    "A space between matrices is the matrix product. Functions, powers, quotients and conditions are taken entry by "
    "entry, and what has one row or column, or is a number, is repeated to fit what it is added to or multiplied with."
)
_ROWS = (
    "Vectors are rows, as samples are in a batch: a name stands for the transpose of the column that it is elsewhere."
)
_CHAIN = (
    "The derivative by a matrix has the shape of the matrix. A line of derivatives with dots between them names the "
    "parts of the chain rule; the next works out their product, in the order that the shapes ask for."
)
_IN_COLUMN = " is the exponential of each entry over the sum of those in its column."
_IN_ROW = " is the exponential of each entry over the sum of those in its row."
_ENTRY = " is an entry: rows and columns count from 1."
_ENTRY_OF_LINE = " is an entry of a column or row: entries count from 1."
_RANGE = "1:2 in the place of one row or column is the range from 1 to 2, both included; a third number is its step."
_ALL = "A colon by itself in the place of a row or column stands for all of them."
BY_ROWS = "A matrix in square brackets is written row by row; 0 may be a block of zeros."
_IN_PLACE = "What is placed stands in the given rows and columns of a matrix of zeros."

_Meaning = Callable[[_Sample], tuple[str | Factor, ...]]

_MEANINGS: dict[Sign, _Meaning] = {
    Sign.ENTRYWISE: lambda s: (s(ops.MUL, "A", "B"), " multiplies entry by entry."),
    Sign.TRANSPOSE: lambda s: (s(ops.TRANSPOSE, "A"), " is the transpose."),
    Sign.INVERSE: lambda s: (s(ops.INVERSE, "Q"), " is the inverse."),
    Sign.TOTAL: lambda s: (s(ops.TOTAL, "A"), " is the sum of all entries."),
    Sign.LOG_TOTAL: lambda s: (s(ops.LSE_COLUMNS, "u"), " is the logarithm of the sum of all exponentials."),
    Sign.NORM: lambda s: (s.square(), " is the sum of the squares of all entries."),
    Sign.ROW_SUMS: lambda s: (s(ops.ROW_SUMS, "A"), " is the column of the sums along each row."),
    Sign.COLUMN_SUMS: lambda s: (s(ops.COLUMN_SUMS, "A"), " is the row of the sums down each column."),
    Sign.SOFTMAX_COLUMNS: lambda s: (s(ops.SOFTMAX_COLUMNS, "A"), _IN_COLUMN),
    Sign.SOFTMAX_ROWS: lambda s: (s(ops.SOFTMAX_ROWS, "A"), _IN_ROW),
    Sign.DETERMINANT: lambda s: (s(ops.DETERMINANT, "Q"), " is the determinant."),
    Sign.TRACE: lambda s: (s(ops.TRACE, "Q"), " is the sum of the diagonal."),
    Sign.ENTRY: lambda s: (s.entry("A", 0, 1), _ENTRY),
    Sign.ENTRY_OF_LINE: lambda s: (s.entry("u", 1, 0), _ENTRY_OF_LINE),
    Sign.RANGE: lambda s: (_RANGE,),
    Sign.ALL: lambda s: (_ALL,),
    Sign.TABLE: lambda s: (BY_ROWS,),
    Sign.IDENTITY: lambda s: (s.identity(), " is the identity matrix."),
    Sign.SHAPED: lambda s: ("A matrix of ones or zeros shows its shape.",),
    Sign.PLACED: lambda s: (_IN_PLACE,),
}
"""What each sign means."""


def matrix_signs(derivation: Sweep, lines: Iterable[Line], labels: Labels) -> Iterator[Line]:
    """The meaning of every sign of matrices that the lines show."""
    if not derivation.graph.shapes:
        return
    equations = (line for line in lines if isinstance(line, Equation))
    sums = [side for line in equations for side in line.sides if isinstance(side, Sum)]
    shown = signs_in(sums, labels)
    if labels.rows:
        yield note(_ROWS)
    yield note(_PLAIN)
    if any(len(term.factors) > 1 for side in sums for term in side.terms):
        yield note(_CHAIN)
    sample = _Sample()
    yield from (note(*_MEANINGS[sign](sample)) for sign in Sign if sign in shown)


def signs_in(sums: Iterable[Sum], labels: Labels) -> Signs:
    """The signs of matrices that some formulas show, in whatever notation: each is noted by what writes it."""
    planting = Planting(labels)
    return frozenset(sign for side in sums for sign in signs_of(tree_of(planting, side)))
