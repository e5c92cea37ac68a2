"""A node as a product of powers, and as a sum of terms; a named quantity is a part by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from .known_signs import sign

Power = tuple[Node, Any]
"""A node and the rational exponent that it has."""


POWER, LOGISTIC, SUM, TELLING, HYPERBOLIC = 1, 2, 4, 8, 16
"""What a node has among its factors: an exponential; what one merges with; a sum with one in it; anything for whose
sake a logarithm is taken apart; a function that is as large as an exponential."""

_CONTENTS = {ops.EXP: POWER | TELLING} | dict.fromkeys((ops.SIGMOID, ops.BOSE), LOGISTIC | TELLING)
_CONTENTS |= dict.fromkeys((ops.ERFC, ops.GAMMA, ops.SECH, ops.CSCH), TELLING)
_CONTENTS |= dict.fromkeys((ops.COSH, ops.SINH), HYPERBOLIC | TELLING)
_CONTENTS |= dict.fromkeys((ops.BETA, ops.FACTORIAL, ops.BINOMIAL), TELLING)
_OPENED = frozenset({ops.MUL, ops.DIV, ops.NEG, ops.SQRT, ops.POW, ops.ADD, ops.SUB})


def content(graph: Graph, node: Node) -> int:
    """What a node has among its factors; each node is looked at once."""
    known: dict[Node, int] = graph.remembered["contents"]
    stack = [node]
    while stack:
        op, *args = graph.inside(stack[-1])
        waiting = [arg for arg in args if arg not in known] if op in _OPENED else []
        stack += waiting
        if not waiting:
            known[stack.pop()] = _content(graph, op, args, known) if op in _OPENED else _CONTENTS.get(op, 0)
    return known[node]


def _content(graph: Graph, op: ops.Op, args: Sequence[Node], known: Mapping[Node, int]) -> int:
    if op is ops.POW and graph.op(args[1]) is not ops.NUMBER:
        return TELLING if sign(graph, args[0]) == 1 else 0
    found = 0
    for arg in args:
        found |= known[arg]
    if op not in (ops.ADD, ops.SUB):
        return found
    return (SUM | TELLING) if found & (POWER | SUM) else found & TELLING


def stage(length: int) -> Callable[[Graph, Node], bool]:
    """Whether a product of products ends a stage of so many: so read, products that share parts take no longer."""

    def is_stage(graph: Graph, node: Node) -> bool:
        height = _height(graph, node)
        return height > 0 and height % length == 0 and bool(content(graph, node) & TELLING)

    return is_stage


def _height(graph: Graph, node: Node) -> int:
    """How many products stand one in the other; each node is looked at once."""
    known: dict[Node, int] = graph.remembered["heights"]
    stack = [node]
    while stack:
        op, *args = graph.inside(stack[-1])
        is_product = op in (ops.MUL, ops.DIV)
        waiting = [arg for arg in args if arg not in known] if is_product else []
        stack += waiting
        if not waiting:
            known[stack.pop()] = 1 + max(known[arg] for arg in args) if is_product else 0
    return known[node]


@dataclass
class Product:
    """sign * x1**e1 * x2**e2 * ...; what has a root taken of it, or a fractional power, is in `roots` too."""

    sign: int = 1
    powers: dict[Node, Any] = field(default_factory=dict)
    roots: set[Node] = field(default_factory=set)

    def take(self, node: Node, exponent: Any) -> None:
        """Multiply by a power of a node that is no product."""
        self.powers[node] = self.powers.get(node, sp.S.Zero) + exponent


def product_of(graph: Graph, node: Node, is_whole: Callable[[Graph, Node], bool] | None = None) -> Product:
    """The factors of a node, from left to right; another product stays one factor if it is whole."""
    found, stack = Product(), [(node, sp.S.One, False)]
    while stack:
        top, exponent, rooted = stack.pop()
        op, *args = graph.inside(top)
        if op in (ops.MUL, ops.DIV):
            ends = is_whole is not None and top != node and is_whole(graph, top)
            op = op if _splits(graph, args, exponent) and not ends else None
        if op is ops.MUL:
            stack += [(args[1], exponent, rooted), (args[0], exponent, rooted)]
        elif op is ops.DIV:
            stack += [(args[1], -exponent, rooted), (args[0], exponent, rooted)]
        elif op in _BY_GAMMA and (gammas := by_gamma(graph, op, args)):
            stack += [(gamma, exponent * power, rooted) for gamma, power in reversed(gammas)]
        elif op is ops.NEG and exponent.is_Integer:
            found.sign *= -1 if exponent.is_odd else 1
            stack.append((args[0], exponent, rooted))
        elif op is ops.SQRT:
            stack.append((args[0], exponent / 2, True))
        elif op is ops.POW and exponent.is_Integer and graph.op(args[1]) is ops.NUMBER:
            power = sp.nsimplify(graph.value(args[1])) if graph.value(args[1]).is_Rational else None
            if power is None:
                found.take(top, exponent)
            else:
                stack.append((args[0], exponent * power, rooted or not power.is_Integer))
        else:
            found.take(top, exponent)
            if rooted:
                found.roots.add(top)
    return found


def _splits(graph: Graph, args: Sequence[Node], exponent: Any) -> bool:
    """Whether a power of a product is one of its factors: a root only if one of them is known not to be negative."""
    return bool(exponent.is_Integer) or any(sign(graph, arg) == 1 for arg in args)


def by_gamma(graph: Graph, op: ops.Op, args: Sequence[Node]) -> list[Power]:
    """A factorial, a beta or a binomial as gammas; none where of more than one of these the sign is not known."""
    gammas = [(collected(graph, signed), power) for signed, power in _BY_GAMMA[op](graph, *args)]
    unknown = [argument for argument, _ in gammas if sign(graph, argument) != 1]
    return [(graph.make((ops.GAMMA, argument)), power) for argument, power in gammas] if len(unknown) < 2 else []


Signed = list[tuple[int, Node]]


def _factorial(graph: Graph, x: Node) -> list[tuple[Signed, int]]:
    return [([(1, x), (1, graph.one)], 1)]


def _beta(graph: Graph, x: Node, y: Node) -> list[tuple[Signed, int]]:
    return [([(1, x)], 1), ([(1, y)], 1), ([(1, x), (1, y)], -1)]


def _binomial(graph: Graph, x: Node, y: Node) -> list[tuple[Signed, int]]:
    one = (1, graph.one)
    return [([(1, x), one], 1), ([(1, y), one], -1), ([(1, x), (-1, y), one], -1)]


_BY_GAMMA: dict[ops.Op, Callable[..., list[tuple[Signed, int]]]] = {
    ops.FACTORIAL: _factorial,
    ops.BETA: _beta,
    ops.BINOMIAL: _binomial,
}
"""The arguments of gamma, each as signed terms, with the power of that gamma."""


def collected(graph: Graph, signed: Signed) -> Node:
    """A sum whose equal terms have met: k + p - 1 - k + 1 is p."""
    times: dict[Node, int] = {}
    number = sp.S.Zero
    for outer, part in signed:
        for inner, term in terms_of(graph, part):
            if graph.op(term) is ops.NUMBER:
                number += outer * inner * graph.value(term)
            else:
                times[term] = times.get(term, 0) + outer * inner
    terms = [scaled(graph, sp.Integer(count), term) for term, count in times.items() if count]
    return graph.sum([*terms, graph.constant(number)] if number or not terms else terms)


def two_powers(graph: Graph, node: Node) -> list[tuple[int, Node]] | None:
    """The signs and exponents of a sum of two exponentials, or of one and 1."""
    if graph.inside(node)[0] not in (ops.ADD, ops.SUB):
        return None
    terms = terms_of(graph, node)
    if len(terms) != 2:
        return None
    found = [(turn, _exponent(graph, term)) for turn, term in terms]
    exps = [graph.inside(term)[0] is ops.EXP for _, term in terms]
    return None if None in (power for _, power in found) or not any(exps) else found  # type: ignore[return-value]


def _exponent(graph: Graph, term: Node) -> Node | None:
    if term == graph.one:
        return graph.zero
    op, *args = graph.inside(term)
    return args[0] if op is ops.EXP else None


def rebuilt(graph: Graph, powers: Iterable[Power], sign: int = 1) -> Node:
    """The node of a product of powers."""
    above = [raised(graph, node, exponent) for node, exponent in powers if exponent > 0]
    below = [raised(graph, node, -exponent) for node, exponent in powers if exponent < 0]
    whole = reduce(graph.mul, above, graph.one)
    whole = graph.div(whole, reduce(graph.mul, below)) if below else whole
    return graph.neg(whole) if sign < 0 else whole


def raised(graph: Graph, node: Node, exponent: Any) -> Node:
    """The node of a power."""
    return node if exponent == 1 else graph.pow(node, graph.constant(exponent))


def scaled(graph: Graph, exponent: Any, node: Node) -> Node:
    """A number times a node."""
    return node if exponent == 1 else graph.mul(graph.constant(exponent), node)


def terms_of(graph: Graph, node: Node) -> list[tuple[int, Node]]:
    """The terms of a sum, from left to right, each with its sign."""
    found, stack = [], [(1, node)]
    while stack:
        sign, top = stack.pop()
        op, *args = graph.inside(top)
        if op is ops.ADD:
            stack += [(sign, arg) for arg in reversed(args)]
        elif op is ops.SUB:
            stack += [(-sign, args[1]), (sign, args[0])]
        elif op is ops.NEG:
            stack.append((-sign, args[0]))
        else:
            found.append((sign, top))
    return found
