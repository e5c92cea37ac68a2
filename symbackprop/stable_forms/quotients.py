"""Products and quotients in which exponentials meet: what would be inf/inf or 0*inf is merged, as the table has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..ops import BOSE, EXP, SIGMOID
from . import table
from .factors import (
    HYPERBOLIC,
    LOGISTIC,
    POWER,
    SUM,
    Power,
    Product,
    content,
    product_of,
    rebuilt,
    stage,
    terms_of,
    two_powers,
)
from .known_signs import sign
from .logarithms import logarithm
from .patterns import say

_SUMS = (ops.ADD, ops.SUB)
_STAGE = stage(256)


def stable_product(graph: Graph, node: Node) -> Node:
    """A product in which exponentials merge with what stands beside or below them, or the product as it is."""
    found = content(graph, node) if _may_merge(graph, node) else 0
    if not found & (SUM | LOGISTIC | HYPERBOLIC):
        return node
    product = product_of(graph, node, _STAGE)
    large = SUM | HYPERBOLIC
    below = any(content(graph, factor) & large for factor, exponent in product.powers.items() if exponent < 0)
    meets = found & LOGISTIC and found & (POWER | SUM)
    return _Merging(graph, product).whole(node) if below or meets else node


_PARTS = frozenset({EXP, SIGMOID, BOSE, ops.COSH, ops.SINH, ops.MUL, ops.DIV, ops.NEG, ops.POW, ops.SQRT})


def _may_merge(graph: Graph, node: Node) -> bool:
    """Told by two looks, as nearly every product is one of names and numbers."""
    keys = graph.keys
    op, *args = keys[node] if keys[node][0] is not ops.NEG else keys[keys[node][1]]
    if op not in (ops.MUL, ops.DIV):
        return False
    return any(keys[arg][0] in _PARTS for arg in args) or (op is ops.DIV and keys[args[1]][0] in _SUMS)


_RECIPROCALS = {ops.COSH: (ops.SECH, ops.SINH, ops.TANH), ops.SINH: (ops.CSCH, ops.COSH, ops.COTH)}
"""Below a quotient: what 1 over it is, what it meets above, and what both are together."""


def _has_exp(graph: Graph, node: Node) -> bool:
    return bool(content(graph, node) & SUM)


@dataclass
class _Merging:
    """A product as its exponentials merge with what stands beside them."""

    graph: Graph
    product: Product

    def whole(self, node: Node) -> Node:
        """The node of the product, or the node given where nothing merges."""
        before = dict(self.product.powers)
        self._ratios()
        self._reciprocals()
        self._shares()
        self._flips()
        return node if self.product.powers == before else rebuilt(self.graph, *self._parts())

    def _parts(self) -> tuple[list[Power], int]:
        return [pair for pair in self.product.powers.items() if pair[1] != 0], self.product.sign

    def _replace(self, old: Node, new: Node, exponent: Any) -> None:
        """One power of a node for another, the exponent of the old going up as that of the new does."""
        self.product.powers[old] -= exponent
        self.product.take(new, exponent)

    # --- (exp(u) - exp(v))/(exp(u) + exp(v)) ---

    def _ratios(self) -> None:
        graph, powers = self.graph, self.product.powers
        for factor, exponent in list(powers.items()):
            pair = two_powers(self.graph, factor)
            if pair is None or pair[0][0] == pair[1][0]:
                continue
            (turn, u), (_, v) = pair
            if self._over_one(factor, exponent, turn, u, v):
                continue
            other = self._other_sum(u, v)
            if other is not None and self._are_opposite(exponent, powers.get(other, sp.S.Zero)):
                times = exponent if abs(exponent) <= abs(powers[other]) else -powers[other]
                half = graph.mul(graph.constant(sp.S.Half), graph.sub(u, v) if turn > 0 else graph.sub(v, u))
                powers[factor] -= times
                powers[other] += times
                op = ops.TANH if times > 0 else ops.COTH
                self._take_odd(op, half, abs(times))
                say(graph, table.HYPERBOLIC)

    @staticmethod
    def _are_opposite(exponent: Any, other: Any) -> bool:
        """Whether one stands above and one below, both to whole powers: a root of what may be negative stays whole."""
        return bool(exponent.is_Integer and other.is_Integer and exponent * other < 0)

    def _over_one(self, factor: Node, exponent: Any, turn: int, u: Node, v: Node) -> bool:
        """(exp(x) - 1)*sigmoid(-x) = tanh(x/2)."""
        graph, powers = self.graph, self.product.powers
        if exponent != 1 or graph.zero not in (u, v):
            return False
        x, turn = (v, -turn) if u == graph.zero else (u, turn)
        other = graph.table.get((SIGMOID, graph.neg(x)))
        if other is None or powers.get(other) != 1:
            return False
        powers[factor] = powers[other] = sp.S.Zero
        self._take_odd(ops.TANH, graph.mul(graph.constant(sp.S.Half), x), sp.S.One)
        self.product.sign *= turn
        say(graph, table.HYPERBOLIC)
        return True

    def _take_odd(self, op: ops.Op, x: Node, exponent: Any) -> None:
        """Multiply by a power of an odd function, whose argument loses its sign."""
        inner = self.graph.neg(x)
        is_negative = self.graph.inside(x)[0] is ops.NEG
        self.product.take(self.graph.make((op, inner if is_negative else x)), exponent)
        self.product.sign *= -1 if is_negative and exponent % 2 else 1

    def _other_sum(self, u: Node, v: Node) -> Node | None:
        """The factor that is exp(u) + exp(v), in either order."""
        for factor in self.product.powers:
            pair = two_powers(self.graph, factor)
            if pair is not None and pair[0][0] == pair[1][0] == 1 and {pair[0][1], pair[1][1]} == {u, v}:
                return factor
        return None

    # --- 1/(1 + exp(x)), 1/(exp(x) - 1) ---

    def _reciprocals(self) -> None:
        graph = self.graph
        for factor, exponent in list(self.product.powers.items()):
            is_below = exponent < 0 and exponent.is_Integer
            if is_below and graph.inside(factor)[0] in _RECIPROCALS:
                self._of_hyperbolic(factor, exponent)
                continue
            pair = two_powers(self.graph, factor) if is_below else None
            if pair is None or graph.zero not in (pair[0][1], pair[1][1]):
                if is_below and not (pair is not None and self._hyperbolic(factor, exponent, *pair)):
                    self._of_numbers(factor, exponent)
                continue
            (turn, x), (other, _) = pair if pair[1][1] == graph.zero else pair[::-1]
            if turn == other == 1:
                self._replace_by(factor, (SIGMOID, graph.neg(x)), -exponent)
                say(graph, table.LOGISTIC)
            elif turn != other:
                self._replace_by(factor, (BOSE, x), -exponent)
                self.product.sign *= 1 if turn > 0 or exponent.is_even else -1
                say(graph, table.OCCUPATION)

    def _of_hyperbolic(self, factor: Node, exponent: Any) -> None:
        """sinh(x)/cosh(x) = tanh(x), cosh(x)/sinh(x) = coth(x), 1/cosh(x) = sech(x), 1/sinh(x) = csch(x)."""
        graph, powers = self.graph, self.product.powers
        op, x = graph.inside(factor)
        reciprocal, other, ratio = _RECIPROCALS[op]
        above = graph.table.get((other, x))
        beside = powers.get(above, sp.S.Zero) if above is not None else sp.S.Zero
        times = min(-exponent, beside) if self._are_opposite(exponent, beside) else sp.S.Zero
        if above is not None and times:
            powers[above] -= times
            self.product.take(graph.make((ratio, x)), times)
        self._replace_by(factor, (reciprocal, x), -exponent - times)
        say(graph, table.HYPERBOLIC)

    def _hyperbolic(self, factor: Node, exponent: Any, one: tuple[int, Node], other: tuple[int, Node]) -> bool:
        """1/(exp(x) + exp(-x)) = sech(x)/2, 1/(exp(x) - exp(-x)) = csch(x)/2."""
        graph, ((turn, x), (back, y)) = self.graph, (one, other)
        if graph.neg(x) != y or turn == back == -1:
            return False
        self._replace_by(factor, (ops.SECH if turn == back else ops.CSCH, x), -exponent)
        self.product.take(graph.two, exponent)
        self.product.sign *= -1 if turn < 0 and exponent.is_odd else 1
        say(graph, table.HYPERBOLIC)
        return True

    def _of_numbers(self, factor: Node, exponent: Any) -> None:
        """1/(2 + 3*exp(x)) = sigmoid(log(2/3) - x)/2, of two positive numbers."""
        graph = self.graph
        terms = terms_of(graph, factor)
        plain = [term for _, term in terms if graph.op(term) is ops.NUMBER]
        others = [product_of(graph, term).powers for _, term in terms if graph.op(term) is not ops.NUMBER]
        if len(plain) != 1 or len(others) != 1 or sign(graph, factor) != 1:
            return
        exps = [one for one, e in others[0].items() if graph.inside(one)[0] is EXP and e == 1]
        weight = [pair for pair in others[0].items() if pair[0] not in exps]
        if len(exps) == 1 and all(graph.op(one) is ops.NUMBER for one, _ in weight):
            ratio = graph.make((ops.LOG, rebuilt(graph, [(plain[0], sp.S.One), *((one, -e) for one, e in weight)])))
            self._replace_by(factor, (SIGMOID, graph.sub(ratio, graph.args(exps[0])[0])), -exponent)
            self.product.take(plain[0], exponent)
            say(graph, table.LOGISTIC)

    def _replace_by(self, factor: Node, key: Any, exponent: Any) -> None:
        self.product.powers[factor] = sp.S.Zero
        self.product.take(self.graph.make(key), exponent)

    # --- exponentials over a sum of exponentials ---

    def _shares(self) -> None:
        graph, powers = self.graph, self.product.powers
        for factor, exponent in list(powers.items()):
            if exponent != -1 or graph.inside(factor)[0] not in _SUMS or sign(graph, factor) != 1:
                continue
            above = next((one for one, e in powers.items() if e == 1 and self._is_numerator(one)), None)
            if above is None or not _has_exp(graph, factor):
                continue
            total = logarithm(graph, factor)
            if total is not None:
                powers[factor] = powers[above] = sp.S.Zero
                self.product.take(self._share(above, total), sp.S.One)
                say(graph, table.SHARE)

    def _is_numerator(self, node: Node) -> bool:
        op = self.graph.inside(node)[0]
        return op is EXP or (op in _SUMS and _has_exp(self.graph, node))

    def _share(self, above: Node, total: Node) -> Node:
        """Each exponential above with the logarithm of the sum below taken from its exponent."""
        graph = self.graph
        terms = []
        for turn, term in terms_of(graph, above):
            product = product_of(graph, term)
            exps = [one for one, e in product.powers.items() if graph.inside(one)[0] is EXP and e == 1]
            exponent = graph.sub(graph.args(exps[0])[0] if exps else graph.zero, total)
            rest = [pair for pair in product.powers.items() if pair[0] not in exps[:1]]
            weight = rebuilt(graph, rest, product.sign * turn)
            terms.append(graph.mul(weight, graph.make((EXP, exponent))))
        return graph.sum(terms)

    # --- exp(x)*sigmoid(-x) = sigmoid(x), exp(x)/(exp(x) - 1) = -1/(exp(-x) - 1) ---

    def _flips(self) -> None:
        graph, powers = self.graph, self.product.powers
        for factor, exponent in list(powers.items()):
            op, *args = graph.inside(factor)
            if op not in (SIGMOID, BOSE) or not (exponent.is_Integer and exponent > 0):
                continue
            x = graph.neg(args[0]) if op is SIGMOID else args[0]
            times = next((j for j in range(int(min(exponent, 8)), 0, -1) if self._takes(x, j)), 0)
            if times:
                powers[factor] -= times
                self.product.take(graph.make((op, graph.neg(args[0]))), sp.Integer(times))
                self.product.sign *= -1 if op is BOSE and times % 2 else 1
                say(graph, table.LOGISTIC if op is SIGMOID else table.OCCUPATION)

    def _takes(self, x: Node, times: int) -> bool:
        """Take exp(times*x) out of the product, if it is a factor."""
        graph, powers = self.graph, self.product.powers
        key = (EXP, graph.mul(graph.constant(sp.Integer(times)), x) if times > 1 else x)
        power = graph.table.get(key)
        if power is None or powers.get(power, 0) < 1:
            return False
        powers[power] -= 1
        return True
