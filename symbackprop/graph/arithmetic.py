"""The graph: interned nodes, and the arithmetic that makes new ones.

The arithmetic methods fold constants and drop neutral elements, so that a derivative comes out as short as a person
would write it. Where a node is kept, and how equal ones become one, stands in `interning`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from ..ops import ADD, DIV, MUL, NEG, NUMBER, POW, SELECT, SPREAD, SQRT, SUB, Op, Shape
from .interning import Key, Node, Nodes, next_of


class Graph(Nodes):
    """Nodes in the order of their creation, the table that makes equal ones one, and arithmetic on them."""

    def apply(self, op: Op, args: tuple[Node, ...]) -> Node:
        """The node of `op` on `args`, folded where arithmetic can be."""
        fold = _FOLDS.get(op)
        return self.make((op, *args)) if fold is None else fold(self, *args)

    def neg(self, x: Node) -> Node:
        """-x; a difference is turned round, a factor changes its sign."""
        op, *args = self.inside(x)
        if op is NEG:
            inner: Node = args[0]
            return inner
        if op is NUMBER:
            return self.constant(-args[0])
        if op is SUB:
            return self.make((SUB, args[1], args[0]))
        if op is MUL and self.op(args[0]) is NUMBER:
            return self.mul(self.neg(args[0]), args[1])
        return self.make((NEG, x))

    def mul(self, x: Node, y: Node) -> Node:
        """x*y; a number goes to the front, a sign goes out, a quotient takes the factor above its line."""
        if x in self.folding or y in self.folding:
            return self._folded_mul(x, y)
        return self.product(x, y)

    def product(self, x: Node, y: Node) -> Node:
        """x*y without folding, in one order for both factors: x*y and y*x are one node."""
        return self.make((MUL, x, y) if x <= y else (MUL, y, x))

    def _folded_mul(self, x: Node, y: Node) -> Node:
        if self.op(y) is NUMBER:
            x, y = y, x
        if self.op(x) is NUMBER:
            return self._scaled(x, y)
        for factor, other in ((x, y), (y, x)):
            op, *args = self.inside(factor)
            if op is SPREAD:
                return self._times_repeated(args[0], other, self.shapes[factor])
            if op is NEG:
                return self.neg(self.mul(args[0], other))
            if op is SELECT:
                return self._switched(factor, other)
            if op is DIV:
                return self._times_quotient(other, *args)
        return self.product(x, y)

    def _times_quotient(self, x: Node, above: Node, below: Node) -> Node:
        """x*(above/below) as (x/below)*above: the quotient by `below` is what a quotient's partials share."""
        quotient = self.div(x, below)
        if self.op(above) is NUMBER:
            return self._scaled(above, quotient)
        return self.product(quotient, above)

    def _times_repeated(self, x: Node, y: Node, shape: Shape) -> Node:
        """x, repeated to a shape, times y: the repetition comes last, or of itself where y has the shape."""
        shape = ops.elementwise("mul", (shape, self.shape(y)))
        return self.spread(self.mul(x, self.args(y)[0] if self.inside(y)[0] is SPREAD else y), shape)

    def _switched(self, switch: Node, x: Node) -> Node:
        """x times a choice between two numbers, one of them 0: x where it counts, never 0*inf elsewhere."""
        condition, yes, no = self.args(switch)
        if no == self.zero and self.op(yes) is NUMBER:
            return self.make((SELECT, condition, self.mul(yes, x), no))
        if yes == self.zero and self.op(no) is NUMBER:
            return self.make((SELECT, condition, yes, self.mul(no, x)))
        return self.make((MUL, x, switch))

    def _scaled(self, factor: Node, x: Node) -> Node:
        """A number times x."""
        value = self.value(factor)
        if factor == self.one or x == self.zero:
            return x
        if factor == self.zero:
            return self.spread(factor, self.shapes[x]) if x in self.shapes else factor
        if value == -1:
            return self.neg(x)
        fold = _SCALED.get(self.inside(x)[0])
        return self._multiple(factor, x) if fold is None else fold(self, factor, x)

    def _multiple(self, factor: Node, x: Node) -> Node:
        value = self.value(factor)
        if value.is_Rational and value.q != 1 and abs(value.p) == 1:  # x/2 reads better than 1/2*x
            quotient = self.div(x, self.constant(sp.Integer(value.q)))
            return quotient if value.p == 1 else self.neg(quotient)
        return self.make((MUL, factor, x))

    def _scaled_product(self, factor: Node, x: Node) -> Node:
        first, second = self.args(x)
        if self.op(first) is NUMBER:
            return self.mul(self._scaled(factor, first), second)
        return self._multiple(factor, x)

    def _scaled_quotient(self, factor: Node, x: Node) -> Node:
        above, below = self.args(x)
        if self.op(above) is NUMBER:
            return self.div(self._scaled(factor, above), below)
        if self.op(below) is NUMBER:
            return self.mul(self.div(factor, below), above)
        return self._multiple(factor, x)

    def div(self, x: Node, y: Node) -> Node:
        """x/y."""
        above, below = self.inside(x)[0], self.inside(y)[0]
        if y == self.one or (x == self.zero and below is not NUMBER and y not in self.shapes):
            return x
        if above is NUMBER and below is NUMBER and y != self.zero:
            return self.constant(self.value(x) / self.value(y))
        if above is NEG:
            return self.neg(self.div(self.args(x)[0], y))
        if below is NEG:
            return self.neg(self.div(x, self.args(y)[0]))
        if below is DIV and self.args(y)[0] == self.one:
            return self.mul(x, self.args(y)[1])
        return self.make((DIV, x, y))

    def pow(self, x: Node, y: Node) -> Node:
        """x**y; a negative exponent goes below the line, 1/2 is the square root."""
        if y == self.two and self.op(x) is not NUMBER:  # by far the commonest
            return self.make((POW, x, y))
        return self._power(x, y) if self.op(y) is NUMBER else self.make((POW, x, y))

    def _power(self, x: Node, y: Node) -> Node:
        exponent = self.value(y)
        if exponent.is_zero:
            return self.spread(self.one, self.shape(x))
        if y == self.one:
            return x
        if exponent.is_negative:
            return self.div(self.one, self.pow(x, self.constant(-exponent)))
        if exponent == sp.S.Half:
            return self.make((SQRT, x))
        if self.op(x) is NUMBER and exponent.is_Integer:
            return self.constant(self.value(x) ** exponent)
        return self.make((POW, x, y))

    def sub(self, x: Node, y: Node) -> Node:
        """x - y."""
        if y in self.folding or (x != self.one and x in self.folding):
            return self.sum((x, self.neg(y)))
        return self._difference(x, y)

    def sum(self, terms: Sequence[Node]) -> Node:
        """The sum of any number of terms: what is subtracted goes to the back."""
        if len(terms) > 2 and self.folding.isdisjoint(terms):  # by far the commonest
            return self.make((ADD, *terms))
        return self._folded_sum(terms)

    def _folded_sum(self, terms: Sequence[Node]) -> Node:
        plus: list[Node] = []
        minus: list[Node] = []
        numbers: list[Any] = []
        keys = self.keys
        for term in terms:
            key = self.inside(term)
            op = key[0]
            if op is NUMBER:
                numbers.append(key[1])
            elif op is NEG:
                minus.append(key[1])
            elif op is MUL and keys[key[1]][0] is NUMBER and _is_negative(keys[key[1]][1]):
                minus.append(self.neg(term))
            else:
                plus.append(term)
        if numbers:
            self._place_number(sum(numbers), plus, minus)
        if not minus:
            return self._plain_sum(plus)
        if not plus:
            return self.neg(self._plain_sum(minus))
        return self._difference(self._plain_sum(plus), self._plain_sum(minus))

    def _difference(self, x: Node, y: Node) -> Node:
        return self.spread(self.zero, self.shape(x)) if x == y else self.make((SUB, x, y))

    def _place_number(self, value: Any, plus: list[Node], minus: list[Node]) -> None:
        """A number stands first before a subtraction (1 - x), last in a sum (x + 1)."""
        if plus and _is_negative(value):
            minus.append(self.constant(-value))
        elif not (value.p == 0 if value.is_Rational else value.is_zero):
            plus.append(self.constant(value))

    def _plain_sum(self, terms: list[Node]) -> Node:
        if len(terms) == 1:
            return terms[0]
        if not terms:
            return self.zero
        if len(terms) == 2 and terms[0] == terms[1]:
            return self.mul(self.two, terms[0])
        op, *parts = self.inside(terms[0])
        if op is MUL and self.op(parts[0]) is NUMBER:
            inner = [self.inside(term) for term in terms]
            if all(key[:2] == (MUL, parts[0]) for key in inner):
                return self.mul(parts[0], self._plain_sum([key[2] for key in inner]))
        return self.make((ADD, *terms))


def _is_negative(value: Any) -> bool:
    """Whether a number is below 0: SymPy deduces all that it can know of a number that is asked for the first time."""
    return bool(value.p < 0 if value.is_Rational else value.is_negative)


_FOLDS: dict[Op, Callable[..., Node]] = {
    ADD: lambda graph, *terms: graph.sum(terms),
    SUB: Graph.sub,
    NEG: Graph.neg,
    MUL: Graph.mul,
    DIV: Graph.div,
    POW: Graph.pow,
}

_SCALED: dict[Op, Callable[[Graph, Node, Node], Node]] = {
    NUMBER: lambda graph, factor, x: graph.constant(graph.value(factor) * graph.value(x)),
    NEG: lambda graph, factor, x: graph.mul(graph.neg(factor), graph.args(x)[0]),
    SELECT: lambda graph, factor, x: graph._switched(x, factor),
    MUL: Graph._scaled_product,
    DIV: Graph._scaled_quotient,
}

FOLDING = frozenset(_FOLDS)
"""The operations whose nodes `Graph.apply` may simplify; of all others it makes the node as it stands."""

__all__ = ["FOLDING", "Graph", "Key", "Node", "next_of"]
