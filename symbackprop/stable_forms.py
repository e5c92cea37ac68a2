"""Stable forms, recognised while an expression is lowered: before anything is differentiated.

One entry per operation that can end such a form. Sources: Maechler, "Accurately computing log(1 - exp(-|a|))"
(2012), for softplus; Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions",
IMA J. Numer. Anal. 41 (2021), for logsumexp.
"""

from __future__ import annotations

from . import ops
from .graph import Graph, Node
from .lowering.from_sympy import Recogniser


def stable_quotient(graph: Graph, node: Node) -> Node:
    """1/(1 + exp(-x)) = exp(x)/(1 + exp(x)) = sigmoid(x), and exp(x)/(sum of exp) = exp(x - logsumexp), a softmax."""
    above, below = graph.args(node)
    power = _exponent_of_one_plus_exp(graph, below)
    total = _logsumexp(graph, below) if power is None else None
    if total is not None and graph.inside(above)[0] is ops.EXP:
        return graph.make((ops.EXP, graph.sub(graph.args(above)[0], total)))
    if power is None:
        return node
    if above == graph.one:
        return graph.make((ops.SIGMOID, graph.neg(power)))
    return graph.make((ops.SIGMOID, power)) if graph.inside(above) == (ops.EXP, power) else node


def stable_log(graph: Graph, node: Node) -> Node:
    """log(1 + exp(x)) = softplus(x), log(sigmoid(x)) = -softplus(-x), log(sum of exp) = logsumexp, log(exp(x)) = x."""
    inner = graph.args(node)[0]
    op, *args = graph.inside(inner)
    if op is ops.EXP:
        power: Node = args[0]
        return power
    if op is ops.SIGMOID:
        return _minus_softplus(graph, graph.neg(args[0]))
    if op is ops.SUB and args[0] == graph.one and graph.inside(args[1])[0] is ops.SIGMOID:
        return _minus_softplus(graph, graph.args(args[1])[0])
    exponent = _exponent_of_one_plus_exp(graph, inner)
    if exponent is not None:
        return graph.make((ops.SOFTPLUS, exponent))
    total = _logsumexp(graph, inner)
    return node if total is None else total


def _logsumexp(graph: Graph, node: Node) -> Node | None:
    """logsumexp(x1, x2, ...) if the node is exp(x1) + exp(x2) + ..."""
    op, *terms = graph.inside(node)
    if op is not ops.ADD or any(graph.inside(term)[0] is not ops.EXP for term in terms):
        return None
    return graph.make((ops.LOGSUMEXP, *(graph.args(term)[0] for term in terms)))


def _minus_softplus(graph: Graph, x: Node) -> Node:
    return graph.neg(graph.make((ops.SOFTPLUS, x)))


def _exponent_of_one_plus_exp(graph: Graph, node: Node) -> Node | None:
    """x if the node is 1 + exp(x)."""
    op, *args = graph.inside(node)
    if op is not ops.ADD or len(args) != 2 or graph.one not in args:
        return None
    other = args[0] if args[1] == graph.one else args[1]
    return graph.args(other)[0] if graph.inside(other)[0] is ops.EXP else None


def stable_product(graph: Graph, node: Node) -> Node:
    """exp(x)*sigmoid(-x) = sigmoid(x), which is how exp(x)/(1 + exp(x)) comes in."""
    op, *args = graph.inside(node)
    for power, other in (args, args[::-1]) if op is ops.MUL else ():
        if graph.inside(power)[0] is ops.EXP and graph.inside(other)[0] is ops.SIGMOID:
            x = graph.args(power)[0]
            if graph.neg(graph.args(other)[0]) == x:
                return graph.make((ops.SIGMOID, x))
    return node


RECOGNISERS: dict[ops.Op, Recogniser] = {
    ops.MUL: stable_product,
    ops.DIV: stable_quotient,
    ops.LOG: stable_log,
}
