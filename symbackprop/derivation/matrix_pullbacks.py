"""What each use of a node contributes to its adjoint where nodes have shapes.

The rows of `rules.MATRIX_RULES` are lowered once, in symbolic sizes, and from then on replayed on nodes: SymPy is not
called for a node, and what folds for its sizes folds (the transpose of a scalar is none).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from .. import ops, rules
from ..graph import Graph, Node, matrix_arithmetic
from ..lowering import Lowering
from ..ops import Op, Shape
from .pullbacks import PASSED, Local, locals_of, row_of

Pull = Callable[[Graph, Node, Node], Node]
"""(graph, node, its adjoint) to the contribution to the adjoint of one operand."""


Leaf = Callable[[Graph, Mapping[Any, Any]], Node]
"""From what each symbolic size is to a node."""


@dataclass(frozen=True)
class Replay:
    """A formula as steps on slots; the first slots are the operands, the result and the upstream adjoint."""

    shapes: tuple[Shape, ...]  # of the operands, in symbolic sizes
    leaves: tuple[Leaf, ...]  # numbers, identities, the shapes of ones
    steps: tuple[tuple[Callable[..., Node], tuple[int, ...]], ...]

    def __call__(self, graph: Graph, node: Node, upstream: Node) -> Node:
        args = graph.args(node)
        slots = [*args, node, upstream]
        if self.leaves:
            sizes = _sizes(self.shapes, [graph.shape(arg) for arg in args])
            slots += [leaf(graph, sizes) for leaf in self.leaves]
        for make, places in self.steps:
            slots.append(make(graph, *[slots[place] for place in places]))
        return slots[-1]


def _sizes(symbolic: tuple[Shape, ...], actual: list[Shape]) -> dict[Any, Any]:
    """What each symbolic size is."""
    return {
        size: value
        for shape, given in zip(symbolic, actual, strict=True)
        for size, value in zip(shape, ops.rows_and_columns(given), strict=True)
    }


def _leaf(value: Any) -> Leaf:
    """A number; or an identity, or the ones that something is to be repeated to: a scalar, where they are 1 x 1."""
    if not isinstance(value, sp.Identity | sp.OneMatrix):
        return lambda graph, sizes: graph.constant(value)
    kind = sp.OneMatrix if isinstance(value, sp.OneMatrix) else lambda rows, columns: sp.Identity(rows)

    def leaf(graph: Graph, sizes: Mapping[Any, Any]) -> Node:
        shape = ops.sized(*(sizes.get(size, size) for size in value.shape))
        return graph.fixed(kind(*shape), shape) if shape else graph.one

    return leaf


@cache
def _replays(op: Op) -> tuple[Replay, ...]:
    rule = rules.MATRIX_RULES[op]
    return tuple(recorded(rule, adjoint) for adjoint in rule.adjoints)


def recorded(rule: rules.Pullback, formula: Any) -> Replay:
    graph = Graph()
    lowering = Lowering(graph)
    slots = [lowering.expression(symbol) for symbol in (*rule.operands, rule.result or rules.g, rule.upstream)]
    if rule.result is None:
        slots[-2] = Node(-1)  # the formula does not use it
    root = lowering.expression(formula)
    place = {node: slot for slot, node in enumerate(slots)}
    nodes = [node for node in graph.reachable([root]) if node not in place]
    constants = [node for node in nodes if graph.op(node).leaf]
    steps = [node for node in nodes if not graph.op(node).leaf]
    place |= {node: slot for slot, node in enumerate([*constants, *steps], len(slots))}
    return Replay(
        tuple(symbol.shape for symbol in rule.operands),
        tuple(_leaf(graph.value(node)) for node in constants),
        tuple(
            (matrix_arithmetic.maker(graph.op(node)), tuple(place[arg] for arg in graph.args(node))) for node in steps
        ),
    )


# --- operations without a formula ---


def windowed(make: Callable[..., Node], of_operand: bool) -> Pull:
    """What is cut out of, or put into, the window of a node: in the shape of its operand or its own."""

    def made(graph: Graph, node: Node, moved: Node) -> Node:
        x, window, _ = graph.args(node)
        return make(graph, moved, *matrix_arithmetic.window_of(graph, window), graph.shape(x if of_operand else node))

    return made


def _passed(graph: Graph, node: Node, upstream: Node) -> Node:
    """The adjoint as it is: of a sum; of a repetition too, as it is then summed to the operand's own shape."""
    return upstream


_OWN: dict[Op, Pull] = {
    ops.SLICE: windowed(matrix_arithmetic.placed, of_operand=True),
    ops.PLACE: windowed(matrix_arithmetic.part, of_operand=True),
    ops.SPREAD: _passed,
    ops.SELECT: _passed,  # whole: its condition is applied where it leaves the branch (see `guards`)
}


def pulls_of(graph: Graph, op: Op, count: int) -> Sequence[Pull]:
    """For each operand of an operation: what it receives, before the sum over what was repeated to fit."""
    if op in _OWN:
        return (_OWN[op],) * count
    if op in rules.MATRIX_RULES:
        return _replays(op)
    row = row_of(graph, op, count)
    return (_passed,) * count if row is PASSED else [_entrywise(local) for local in locals_of(graph, op, count)]


def _entrywise(local: Local) -> Pull:
    """The product of the adjoint and the local partial, entry by entry."""
    return lambda graph, node, upstream: graph.spread(graph.mul(upstream, local(node)), graph.shape(node))


def summed_to(graph: Graph, node: Node, shape: Shape) -> Node:
    """The adjoint of what was repeated to fit: the sum over its repetitions."""
    given = graph.shapes.get(node, ())
    if given == shape:
        return node
    own, wanted = ops.rows_and_columns(given), ops.rows_and_columns(shape)
    if wanted == (1, 1):
        return matrix_arithmetic.total(graph, node)
    if own[0] != wanted[0]:
        node = matrix_arithmetic.column_sums(graph, node)
    return node if own[1] == wanted[1] else matrix_arithmetic.row_sums(graph, node)
