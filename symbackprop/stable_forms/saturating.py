"""Logarithms of what is left of a limit: c + c*erf(x) far below 0, c - c*tanh(x) far above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..ops import LOG
from . import table
from .factors import product_of, rebuilt
from .known_signs import sign
from .patterns import say


def of_saturating(graph: Graph, signed: list[tuple[int, Node]]) -> Node | None:
    """Of two terms, one a multiple of a function that has a limit, the other that of the limit: see `_SATURATING`."""
    if len(signed) != 2:
        return None
    for (turn, term), (other_turn, other) in (signed, signed[::-1]):
        product, plain = product_of(graph, term), product_of(graph, other)
        for factor, exponent in product.powers.items():
            op, *args = graph.inside(factor)
            if exponent == 1 and op in _SATURATING:
                rest = rebuilt(graph, [pair for pair in product.powers.items() if pair[0] != factor])
                turned = product.sign * turn
                whole = rebuilt(graph, plain.powers.items(), plain.sign * other_turn)
                limit, only_below, log = _SATURATING[op]
                fits = whole == graph.mul(graph.constant(limit), rest) and sign(graph, rest) == 1
                if fits and not (only_below and turned > 0):
                    return log(graph, args[0], turned, rest)
    return None


def _of_error_function(graph: Graph, x: Node, turned: int, rest: Node) -> Node:
    """c + c*erf(x) = c*erfc(-x), c - c*erf(x) = c*erfc(x)."""
    say(graph, table.ERROR)
    log = graph.make((ops.LOG_ERFC, graph.neg(x) if turned > 0 else x))
    return log if rest == graph.one else graph.sum([log, graph.make((LOG, rest))])


def _of_tanh(graph: Graph, x: Node, turned: int, rest: Node) -> Node:
    """c + c*tanh(x) = 2*c*sigmoid(2*x), c - c*tanh(x) = 2*c*sigmoid(-2*x)."""
    say(graph, table.LOG_LOGISTIC)
    twice = graph.mul(graph.two, x)
    log = graph.neg(graph.make((ops.SOFTPLUS, graph.neg(twice) if turned > 0 else twice)))
    weight = graph.mul(graph.two, rest)
    return log if weight == graph.one else graph.sum([log, graph.make((LOG, weight))])


_SATURATING: dict[ops.Op, tuple[Any, bool, Callable[[Graph, Node, int, Node], Node]]] = {
    ops.ERF: (sp.S.One, False, _of_error_function),
    # 2*c - c*erfc(x) = c*erfc(-x)
    ops.ERFC: (sp.Integer(2), True, lambda graph, x, turned, rest: _of_error_function(graph, x, 1, rest)),
    ops.TANH: (sp.S.One, False, _of_tanh),
}
"""The limit of a function; whether it is that on one side alone; the logarithm of a multiple of limit + function or
limit - function, if the number that multiplies both is known to be positive."""
