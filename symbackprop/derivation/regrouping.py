"""Sums and products written anew: the operands of each in rows, and the nodes of what rows have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .. import ops
from ..graph import Graph, Node
from .common_pairs import CommonPairs, Row
from .product_parts import product

Operands = list[tuple[int, int]]
"""Nodes, or the numbers of parts, each with 1 or -1: added or taken off, above the line or below it."""


@dataclass(frozen=True)
class Kind:
    """Sums or products.

    Attributes:
        made_of: the operations that they are made of.
        turns: whether a part may stand with its sign turned round.
        kept: the leaves that stay apart: 1 - x, and not 1 - x + y taken apart.
    """

    made_of: frozenset[ops.Op]
    turns: bool
    kept: frozenset[ops.Op]


SUMS = Kind(frozenset({ops.ADD, ops.SUB}), turns=True, kept=frozenset({ops.NUMBER, ops.CONSTANT}))
PRODUCTS = Kind(frozenset({ops.MUL, ops.DIV}), turns=False, kept=frozenset({ops.CONSTANT}))


@dataclass
class Whole:
    """A sum or product.

    Attributes:
        node: which it is.
        operands: all of them, in order.
        inner: the sums and products that it is nested of, itself apart.
        row: the operands that it may share.
    """

    node: Node
    operands: Operands
    inner: list[Node]
    row: Row


def row_of(graph: Graph, operands: Operands, kind: Kind) -> Row:
    """The operands that may be shared: what stands twice, and what is kept apart, is not."""
    row = {node: sign for node, sign in operands if graph.op(Node(node)) not in kind.kept}
    if len({node for node, _ in operands}) < len(operands):
        times = Counter(node for node, _ in operands)
        row = {node: sign for node, sign in row.items() if times[node] == 1}
    return row


class Regrouped:
    """The sums, or the products, of some roots after sharing.

    Attributes:
        parts: by number, what rows have in common: its operands.
        changed: the sums, or products, that are made of parts now.
    """

    def __init__(
        self, graph: Graph, kind: Kind, moved: Mapping[Node, Node], wholes: Sequence[Whole], there: Sequence[Whole]
    ) -> None:
        """Find what is shared.

        Args:
            graph: of the nodes.
            kind: of all wholes.
            moved: by node: what has taken its place; it grows while nodes are made.
            wholes: which may be written anew.
            there: pairs of operands, whose node is there anyway.
        """
        self.graph, self.kind, self._moved = graph, kind, moved
        found = CommonPairs([whole.row for whole in (*wholes, *there)], len(graph.keys), kind.turns)
        self.parts = found.parts
        self._uses = Counter(operand for row in (*found.rows, *self.parts.values()) for operand in row)
        self._turn([*zip(wholes, found.rows, strict=False)], [*zip(there, found.rows[len(wholes) :], strict=True)])
        self._nodes: dict[int, Node] = {}
        for part, sign, node in self._alone(zip(there, found.rows[len(wholes) :], strict=True)):
            if sign > 0:
                self._nodes.setdefault(part, node)
        self.changed: dict[Node, tuple[Whole, Row]] = {}
        for whole, row in zip(wholes, found.rows, strict=False):
            if not self.parts.keys().isdisjoint(row):
                self.changed[whole.node] = whole, row

    def _alone(self, rows: Iterable[tuple[Whole, Row]]) -> Iterator[tuple[int, int, Node]]:
        """The parts that are all of a sum or product: each with its sign there, and the node."""
        for whole, row in rows:
            if len(row) == 1 and len(whole.operands) == len(whole.row):
                [(part, sign)] = row.items()
                if part in self.parts:
                    yield part, sign, whole.node

    def _turn(self, wholes: Sequence[tuple[Whole, Row]], there: Sequence[tuple[Whole, Row]]) -> None:
        """Turn parts round that are mostly, or anyway, there the other way round: x - y where y - x is a whole sum."""
        votes: Counter[int] = Counter()
        for weight, rows in ((1, wholes), (len(wholes) + 1, there)):
            for part, sign, _ in self._alone(rows):
                votes[part] += weight * sign
        turned = {part for part, vote in votes.items() if vote < 0}
        for row in (*(row for _, row in (*wholes, *there)), *self.parts.values()) if turned else ():
            for part in turned & row.keys():
                row[part] = -row[part]
        for part in turned:
            self.parts[part] = {operand: -sign for operand, sign in self.parts[part].items()}

    def made(self, node: Node) -> Node:
        """The node in the place of one of `changed`, whose operands have been made."""
        operands = self._opened(self._in_order(*self.changed[node]))
        self._make_parts([operand for operand, _ in operands])
        return self._joined(operands)

    def _in_order(self, whole: Whole, row: Row) -> Operands:
        """The operands of a row, a part in the place of the first of what it stands for."""
        into: dict[int, int] = {}
        for operand in row:
            stack = [operand]
            while stack:
                top = stack.pop()
                into[top] = operand
                stack.extend(self.parts.get(top, ()))
        ordered: Operands = []
        placed: set[int] = set()
        for node, sign in whole.operands:
            if node not in into:
                ordered.append((node, sign))
            elif into[node] not in placed:
                placed.add(into[node])
                ordered.append((into[node], row[into[node]]))
        return ordered

    def _opened(self, operands: Operands) -> Operands:
        """Operands, where a part that is used here alone is what it stands for."""
        opened: Operands = []
        stack = operands[::-1]
        while stack:
            operand, sign = stack.pop()
            if operand in self.parts and self._uses[operand] == 1 and operand not in self._nodes:
                stack += [(member, sign * other) for member, other in reversed(self.parts[operand].items())]
            else:
                opened.append((operand, sign))
        return opened

    def _make_parts(self, wanted: Iterable[int]) -> None:
        """Make the nodes of parts, inner ones first."""
        stack = [(part, False) for part in wanted if part in self.parts]
        while stack:
            part, is_ready = stack.pop()
            if part in self._nodes:
                continue
            operands = self._opened(list(self.parts[part].items()))
            if is_ready:
                self._nodes[part] = self._joined(operands)
            else:
                stack.append((part, True))
                stack += [(operand, False) for operand, _ in operands if operand in self.parts]

    def _joined(self, operands: Operands) -> Node:
        nodes = [(self._nodes[one] if one in self.parts else self._now(one), sign) for one, sign in operands]
        return _sum(self.graph, nodes) if self.kind is SUMS else _product(self.graph, nodes)

    def _now(self, operand: int) -> Node:
        node = Node(operand)
        return self._moved.get(node, node)


def _sum(graph: Graph, operands: Sequence[tuple[Node, int]]) -> Node:
    """A sum as it stands, without folding: a difference that is shared is not turned round."""
    sides: dict[int, list[Node]] = {1: [], -1: []}
    for node, sign in operands:
        is_turned = graph.inside(node)[0] is ops.NEG
        sides[-sign if is_turned else sign].append(graph.args(node)[0] if is_turned else node)
    plus, minus = (
        graph.make((ops.ADD, *side)) if len(side) > 1 else side[0] if side else None for side in sides.values()
    )
    if plus is None or minus is None:
        return graph.neg(minus) if plus is None else plus  # type: ignore[arg-type]
    return graph.make((ops.SUB, plus, minus))


def _product(graph: Graph, operands: Sequence[tuple[Node, int]]) -> Node:
    """A product over a product, the number last: it ends up in front of all."""
    sides: dict[int, Node | None] = {1: None, -1: None}
    for node, side in sorted(operands, key=lambda one: graph.op(one[0]) is ops.NUMBER):
        before = sides[side]
        sides[side] = node if before is None else product(graph, before, node)
    above, below = sides.values()
    above = graph.one if above is None else above
    return above if below is None else _quotient(graph, above, below)


def _quotient(graph: Graph, above: Node, below: Node) -> Node:
    signed = ops.NEG in (graph.op(above), graph.op(below))
    return graph.div(above, below) if signed else graph.make((ops.DIV, above, below))
