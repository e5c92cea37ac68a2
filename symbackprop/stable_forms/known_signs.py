"""What is known of the sign of a node, whatever the values of its symbols: from their assumptions upwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from .. import ops
from ..graph import Graph, Node

Sign = int
"""1 of what is never negative, -1 of what is never positive, 0 of what is not known; nan has any."""

_SIGNS = "signs"


def sign(graph: Graph, node: Node) -> Sign:
    """The sign of a node; each node is looked at once."""
    known: dict[Node, Sign] = graph.remembered[_SIGNS]
    stack = [node]
    while stack:
        top = stack[-1]
        waiting = [arg for arg in graph.args(top) if arg not in known] if graph.op(top) in _ROWS else []
        if waiting:
            stack += waiting
            continue
        known[stack.pop()] = _found(graph, top, known)
    return known[node]


def _found(graph: Graph, node: Node, known: dict[Node, Sign]) -> Sign:
    op, *args = graph.keys[node]
    if op.leaf:
        return _of_leaf(args[0])
    row = _ROWS.get(op)
    return _ALWAYS.get(op, 0) if row is None else row(graph, args, [known[arg] for arg in args])


def _of_leaf(value: object) -> Sign:
    if getattr(value, "is_nonnegative", None):
        return 1
    return -1 if getattr(value, "is_nonpositive", None) else 0


Row = Callable[[Graph, Sequence[Node], Sequence[Sign]], Sign]


def _alike(graph: Graph, args: Sequence[Node], signs: Sequence[Sign]) -> Sign:
    return signs[0] if all(one == signs[0] for one in signs) else 0


def _power(graph: Graph, args: Sequence[Node], signs: Sequence[Sign]) -> Sign:
    exponent = graph.value(args[1]) if graph.op(args[1]) is ops.NUMBER else None
    if signs[0] == 1 or (exponent is not None and exponent.is_even):
        return 1
    return signs[0] if exponent is not None and exponent.is_odd else 0


def _difference(graph: Graph, args: Sequence[Node], signs: Sequence[Sign]) -> Sign:
    """That of both terms; that of x in exp(x) - 1."""
    for turn, (power, one) in ((1, args), (-1, args[::-1])):
        if graph.op(power) is ops.EXP and one == graph.one:
            known: Sign = graph.remembered[_SIGNS][graph.args(power)[0]]
            return turn * known
    return _alike(graph, args, (signs[0], -signs[1]))


def _if_nonnegative(graph: Graph, args: Sequence[Node], signs: Sequence[Sign]) -> Sign:
    return 1 if all(one == 1 for one in signs) else 0


_ALWAYS: dict[ops.Op, Sign] = dict.fromkeys(
    (ops.COSH, ops.SECH, ops.SQRT, ops.ABS, ops.SIGMOID, ops.SOFTPLUS, ops.RELU, ops.HYPOT, ops.LOG_COSH), 1
) | dict.fromkeys((ops.ERFC, ops.ERFC_QUOTIENT), 1)
"""The operations whose value has this sign, whatever their operands."""

_ROWS: dict[ops.Op, Row] = {
    ops.ADD: _alike,
    ops.SUB: _difference,
    ops.EXP: lambda graph, args, signs: 1,
    **dict.fromkeys((ops.SINH, ops.CSCH, ops.TANH, ops.COTH, ops.BOSE, ops.ASINH, ops.ATAN, ops.ERF), _alike),
    ops.NEG: lambda graph, args, signs: -signs[0],
    ops.MUL: lambda graph, args, signs: prod(signs),
    ops.DIV: lambda graph, args, signs: prod(signs),
    ops.POW: _power,
    ops.COPY: _alike,
    ops.SPREAD: lambda graph, args, signs: signs[0],
    ops.MAX: lambda graph, args, signs: 1 if 1 in signs else _alike(graph, args, signs),
    ops.MIN: lambda graph, args, signs: -1 if -1 in signs else _alike(graph, args, signs),
    ops.SELECT: lambda graph, args, signs: _alike(graph, args, signs[1:]),
    **dict.fromkeys((ops.GAMMA, ops.BETA, ops.FACTORIAL), _if_nonnegative),
}
"""The sign of an operation, from those of its operands."""
