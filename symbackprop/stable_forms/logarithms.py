"""Logarithms of products, powers and sums of any length, taken apart by the rules of the table.

The logarithm of a part may be wanted for that of the whole: each step yields the node whose logarithm it waits for,
and one stack drives them all, so that nothing recurses; what a node's logarithm is gets known once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import logsumexp
from ..ops import EXP, LOG, NUMBER
from . import table
from .factors import TELLING, Power, Product, content, product_of, rebuilt, scaled, stage, terms_of, two_powers
from .known_signs import sign
from .patterns import logarithm_of_one, say
from .saturating import of_saturating

Search = Generator[Node, Node | None, Node | None]
"""Asks for the logarithms of other nodes on its way to one; None is that of a node that stays as it is written."""

_LOGS = "logarithms"
_STAGE = stage(32)


def logarithm(graph: Graph, node: Node) -> Node | None:
    """The stable form of the logarithm of a node; None where log(node) is left as it is written."""
    known: dict[Node, Node | None] = graph.remembered[_LOGS]
    running: list[tuple[Node, Search]] = [] if node in known else [(node, _search(graph, node))]
    answer: Node | None = None
    while running:
        asker, search = running[-1]
        try:
            wanted = search.send(answer)
        except StopIteration as done:
            answer = known[asker] = done.value
            running.pop()
            continue
        answer = known.get(wanted)
        if wanted not in known:
            running.append((wanted, _search(graph, wanted)))
            answer = None
    return known[node]


def _search(graph: Graph, node: Node) -> Search:
    found = logarithm_of_one(graph, node)
    if found is not None:
        return found
    op, *args = graph.inside(node)
    if op in _TOTALS and graph.inside(args[0])[0] is EXP:
        say(graph, table.LARGEST)
        return _TOTALS[op](graph, graph.args(args[0])[0])
    if op in (ops.ADD, ops.SUB):
        return (yield from _of_sum(graph, node))
    if op in _PRODUCTS:
        return (yield from _of_product(graph, node))
    return None


def _of_all_entries(graph: Graph, x: Node) -> Node:
    """The logarithm of the sum of exp(x) over all entries."""
    return logsumexp(graph, logsumexp(graph, x, 1), 0)


_TOTALS: dict[ops.Op, Callable[[Graph, Node], Node]] = {
    ops.TOTAL: _of_all_entries,
    ops.ROW_SUMS: lambda graph, x: logsumexp(graph, x, 1),
    ops.COLUMN_SUMS: lambda graph, x: logsumexp(graph, x, 0),
}
"""The logarithm of the sums of the exponentials of a matrix, by the operation that sums."""


# --- products ---

_GAMMAS = {ops.BETA, ops.FACTORIAL, ops.BINOMIAL}
_PRODUCTS = {ops.MUL, ops.DIV, ops.NEG, ops.SQRT, ops.POW} | _GAMMAS
"""What is read as a product of powers."""


def _is_telling(graph: Graph, node: Node) -> bool:
    """Whether a factor is one for whose sake a product is taken apart, sums apart."""
    op, *args = graph.inside(node)
    if op is ops.POW:
        return graph.op(args[1]) is not NUMBER and sign(graph, args[0]) == 1
    return op in _TELLING


_TELLING = {EXP, ops.SIGMOID, ops.ERFC, ops.GAMMA, ops.COSH, ops.SINH, ops.SECH, ops.CSCH, ops.BOSE}
"""What under- or overflows by itself, and whose logarithm does not."""


def _of_product(graph: Graph, node: Node) -> Search:
    if not content(graph, node) & TELLING:
        return None
    product = _read(graph, node)
    logs: dict[Node, Node | None] = {}
    for factor in product.powers:
        if graph.inside(factor)[0] is not EXP and not graph.op(factor).leaf:
            logs[factor] = yield from _of_factor(graph, factor)
    return Apart(graph, product, logs).whole()


def _read(graph: Graph, node: Node) -> Product:
    """The factors of a product; one that ends a stage is a factor where its sign is of no concern."""
    product = product_of(graph, node, _STAGE)
    unknown = [factor for factor in product.powers if sign(graph, factor) != 1]
    products = [factor for factor in unknown if graph.inside(factor)[0] in (ops.MUL, ops.DIV)]
    alone = len(unknown) == 1 and all(product.powers[factor] == 1 for factor in products)
    return product_of(graph, node) if products and not alone else product


def _of_factor(graph: Graph, factor: Node) -> Search:
    """The logarithm of one factor: of a power with a symbol for its exponent, that of its base is asked for."""
    op, *args = graph.inside(factor)
    if op is ops.POW:
        if not _is_telling(graph, factor):
            return None
        base = yield args[0]
        return graph.mul(args[1], graph.make((LOG, args[0])) if base is None else base)
    asks = op in (ops.ADD, ops.SUB, ops.MUL, ops.DIV) or _is_telling(graph, factor)
    return (yield factor) if asks else None


@dataclass
class Apart:
    """The logarithm of a product as it comes apart."""

    graph: Graph
    product: Product
    logs: dict[Node, Node | None]

    def whole(self) -> Node | None:
        """The sum of the logarithms; None where the product is never positive."""
        graph, product = self.graph, self.product
        exponents: list[Node] = []
        others: list[Node] = []
        constants: dict[Any, list[Power]] = {}
        unknown: list[Power] = []
        negative = product.sign < 0
        for factor, exponent in product.powers.items():
            own = sign(graph, factor)
            if exponent == 0:
                continue
            if graph.inside(factor)[0] is EXP:
                exponents.append(scaled(graph, exponent, graph.args(factor)[0]))
            elif graph.op(factor) in (NUMBER, ops.CONSTANT) and own == 1:
                constants.setdefault(abs(exponent), []).append((factor, sp.sign(exponent)))
            elif own == 1 or factor in product.roots:
                others.append(scaled(graph, exponent, self.log(factor)))
            elif exponent.is_even:
                others.append(scaled(graph, exponent, _log_of_size(graph, factor)))
            elif own == -1 and exponent.is_odd:
                negative = not negative
                others.append(scaled(graph, exponent, graph.make((LOG, graph.neg(factor)))))
            else:
                unknown.append((factor, exponent))
        if negative and not unknown:
            return None
        if not exponents and not any(log is not None for log in self.logs.values()):
            return None
        say(graph, table.APART)
        others += self._of_unknown(unknown, negative)
        return graph.sum([*exponents, *others, *self._of_constants(constants)])

    def log(self, factor: Node) -> Node:
        """The logarithm of a factor, taken apart or as it is."""
        found = self.logs.get(factor)
        return self.graph.make((LOG, factor)) if found is None else found

    def _of_unknown(self, unknown: list[Power], negative: bool) -> list[Node]:
        """Factors of which the sign is not known stay together; of one alone, its odd exponent goes out."""
        graph = self.graph
        if not unknown:
            return []
        [factor, exponent], *more = unknown
        if not more and exponent.is_Integer:
            log = graph.make((LOG, graph.neg(factor))) if negative else self.log(factor)
            return [scaled(graph, exponent, log)]
        return [graph.make((LOG, rebuilt(graph, unknown, -1 if negative else 1)))]

    def _of_constants(self, constants: dict[Any, list[Power]]) -> list[Node]:
        """One logarithm for the numbers of each exponent: that of 2 and pi for -1/2 is -log(2*pi)/2."""
        graph, found = self.graph, []
        for exponent, powers in constants.items():
            turn = -1 if all(power < 0 for _, power in powers) else 1
            inner = rebuilt(graph, [(node, turn * power) for node, power in powers])
            if inner != graph.one:
                found.append(scaled(graph, turn * exponent, graph.make((LOG, inner))))
        return found


def _log_of_size(graph: Graph, factor: Node) -> Node:
    """log|x|, of what is as large as an exponential in parts."""
    op, *args = graph.inside(factor)
    if op in _SIZES:
        size, words, turn = _SIZES[op]
        say(graph, words)
        found = size(graph, args[0])
        return found if turn > 0 else graph.neg(found)
    pair = two_powers(graph, factor)
    if pair is None or pair[0][0] == pair[1][0]:
        return graph.make((LOG, graph.make((ops.ABS, factor))))
    say(graph, table.FACTOR)
    return _of_difference(graph, pair[0][1], pair[1][1])


def _of_difference(graph: Graph, u: Node, v: Node) -> Node:
    """log|exp(u) - exp(v)|, with the larger taken out."""
    away = graph.neg(graph.make((ops.ABS, graph.sub(u, v))))
    larger = graph.make((ops.RELU, u)) if v == graph.zero else graph.make((ops.MAX, u, v))
    return graph.sum([larger, graph.make((ops.LOG1MEXP, away))])


def _of_sinh(graph: Graph, x: Node) -> Node:
    """log|sinh(x)|."""
    size = graph.make((ops.ABS, x))
    away = graph.neg(graph.mul(graph.two, size))
    return graph.sum([size, graph.make((ops.LOG1MEXP, away)), graph.neg(graph.make((LOG, graph.two)))])


_SIZES: dict[ops.Op, tuple[Callable[[Graph, Node], Node], str, int]] = {
    ops.BOSE: (lambda graph, x: _of_difference(graph, x, graph.zero), table.OCCUPATION, -1),
    ops.SINH: (_of_sinh, table.COSH, 1),
    ops.CSCH: (_of_sinh, table.COSH, -1),
}
"""The logarithm of the size of a function or, where the sign is -1, of 1 over it; and what to say."""


# --- sums ---


@dataclass
class Term:
    """weight * exp(exponent), or weight alone; telling: whether that for whose sake a sum is rewritten is in it."""

    weight: Node
    exponent: Node | None


def _of_sum(graph: Graph, node: Node) -> Search:
    signed = terms_of(graph, node)
    if not content(graph, node) & TELLING:
        return of_saturating(graph, signed)
    products = [product_of(graph, term) for _, term in signed]
    known: list[dict[Node, Node]] = []
    for product in products:
        known.append((yield from _exponents(graph, product)))
    strong = any(not _WEAK.issuperset(graph.inside(factor)[0] for factor in logs) for logs in known)
    if not strong and not all(known):  # beside 1, what is never large does no harm
        return of_saturating(graph, signed)
    turns = [turn for turn, _ in signed]
    terms = [_term(graph, *parts) for parts in zip(turns, products, known, strict=True)]
    terms = _plain_first(graph, terms)
    return _difference(graph, terms) or _logsumexp(graph, terms)


_WEAK = {ops.SIGMOID, ops.ERFC}
"""What is small far out, and large nowhere."""


def _exponents(graph: Graph, product: Product) -> Any:
    """By factor of a term that may stand in its exponent: the logarithm of the factor."""
    found: dict[Node, Node] = {}
    for factor in product.powers:
        op, *args = graph.inside(factor)
        if op is EXP:
            found[factor] = args[0]
        elif not graph.op(factor).leaf and sign(graph, factor) == 1:
            log = yield from _of_factor(graph, factor)
            found |= {} if log is None else {factor: log}
    return found


def _term(graph: Graph, turn: int, product: Product, logs: dict[Node, Node]) -> Term:
    exponents = [scaled(graph, product.powers[factor], log) for factor, log in logs.items()]
    rest = [power for power in product.powers.items() if power[0] not in logs]
    weight = rebuilt(graph, rest, product.sign * turn)
    return Term(weight, graph.sum(exponents) if exponents else None)


def _plain_first(graph: Graph, terms: list[Term]) -> list[Term]:
    """All terms without an exponential as one, behind the others."""
    plain = [term.weight for term in terms if term.exponent is None]
    powers = [term for term in terms if term.exponent is not None]
    return [*powers, Term(graph.sum(plain), None)] if plain else powers


def _difference(graph: Graph, terms: list[Term]) -> Node | None:
    """c*exp(u) - c*exp(v) as c*exp(u)*(1 - exp(v - u)), if c is known not to be negative."""
    if len(terms) != 2:
        return None
    first, second = terms
    if graph.neg(first.weight) != second.weight:
        return None
    above, below = (first, second) if sign(graph, first.weight) == 1 else (second, first)
    if sign(graph, above.weight) != 1:
        return None
    u, v = (graph.zero if term.exponent is None else term.exponent for term in (above, below))
    say(graph, table.FACTOR)
    rest = graph.make((ops.LOG1MEXP, graph.sub(v, u)))
    outside = [] if above.weight == graph.one else [graph.make((LOG, above.weight))]
    return graph.sum([*outside, *([] if u == graph.zero else [u]), rest])


def _logsumexp(graph: Graph, terms: list[Term]) -> Node:
    say(graph, table.LARGEST)
    powers = [graph.zero if term.exponent is None else term.exponent for term in terms]
    if all(term.weight == graph.one for term in terms):
        if len(terms) == 2 and powers[1] == graph.zero:
            return graph.make((ops.SOFTPLUS, powers[0]))
        return graph.make((ops.LOGSUMEXP, *powers))
    pairs = [part for term, power in zip(terms, powers, strict=True) for part in (term.weight, power)]
    return graph.make((ops.WEIGHTED_LOGSUMEXP, *pairs))
