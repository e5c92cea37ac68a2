"""What functions and signs mean that not every reader knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..notation.quantities import Formula, Name, Ratio
from .content import Equation, Line, factors, note, single

_Definition = Callable[[Graph, Node, Node], Node]


def _exp(graph: Graph, x: Node) -> Node:
    return graph.make((ops.EXP, x))


def _one_plus_exp(graph: Graph, x: Node) -> Node:
    return graph.make((ops.ADD, graph.one, _exp(graph, x)))


def _if_positive(graph: Graph, x: Node, other: Node) -> Node:
    return graph.make((ops.SELECT, graph.make((ops.GT, x, graph.zero)), x, other))


_DEFINITIONS: dict[ops.Op, _Definition] = {
    ops.SIGMOID: lambda graph, x, c: graph.div(graph.one, _one_plus_exp(graph, graph.neg(x))),
    ops.SOFTPLUS: lambda graph, x, c: graph.make((ops.LOG, _one_plus_exp(graph, x))),
    ops.RELU: lambda graph, x, c: _if_positive(graph, x, graph.zero),
    ops.LEAKY_RELU: lambda graph, x, c: _if_positive(graph, x, graph.mul(c, x)),
    ops.ELU: lambda graph, x, c: _if_positive(graph, x, graph.mul(c, graph.sub(_exp(graph, x), graph.one))),
}


def explained(graph: Graph, lines: Iterable[Line]) -> Iterator[Line]:
    """The definition of each function, and the meaning of each sign, that formulas of this graph may show."""
    used = {key[0] for key in graph.keys}
    for op, define in _DEFINITIONS.items():
        yield from (_definition(op, define, is_plain) for is_plain in _forms(graph, op) if op in used)
    orders = {key[1] for key in graph.keys if key[0] is ops.ERFC_QUOTIENT}
    if orders:
        yield _erfc_quotient()
    if orders - {graph.zero}:
        yield note("erfcq(n, x) is the repeated integral of erfc of order n − 1 over that of order n.")
    if ops.HEAVISIDE in used or any(key[0] is ops.SELECT and key[2:] == (graph.one, graph.zero) for key in graph.keys):
        yield note("A condition in square brackets is 1 where it holds and 0 elsewhere.")
    sides = (side for line in lines if isinstance(line, Equation) for side in line.sides)
    direct = (factor for factor in factors(sides) if isinstance(factor, Ratio) and factor.direct)
    for ratio in islice(direct, 1):
        yield note(ratio, " is what the equation of ", Name(ratio.top), " itself gives, all else in it held fixed.")


def _forms(graph: Graph, op: ops.Op) -> list[bool]:
    """Whether a function is shown without its second operand: elu is where that is 1; both forms may be shown."""
    if op is not ops.ELU:
        return [False]
    return sorted({key[2] == graph.one for key in graph.keys if key[0] is op}, reverse=True)


def _erfc_quotient() -> Equation:
    graph = Graph()
    x = graph.symbol(sp.Symbol("x"))
    root = graph.make((ops.SQRT, graph.constant(sp.pi)))
    above = graph.mul(graph.two, _exp(graph, graph.neg(graph.pow(x, graph.two))))
    right = graph.div(above, graph.mul(root, graph.make((ops.ERFC, x))))
    call = graph.make((ops.ERFC_QUOTIENT, graph.zero, x))
    return Equation((single(Formula(graph, call, {})),), (single(Formula(graph, right, {})),))


def _definition(op: ops.Op, define: _Definition, is_plain: bool) -> Equation:
    graph = Graph()
    x = graph.symbol(sp.Symbol("x"))
    c = graph.one if is_plain else graph.symbol(sp.Symbol("c"))
    call = graph.make((op, x) if op.arity == 1 else (op, x, c))
    left, right = (single(Formula(graph, node, {})) for node in (call, define(graph, x, c)))
    return Equation((left,), (right,))
