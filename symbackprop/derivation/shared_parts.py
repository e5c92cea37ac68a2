"""What sums and products share, as nodes of their own: x + y in x + y + z, a b in a b c, a/b in a c/b.

SymPy flattens sums and products, so what two of them share is no object that both hold, and the graph cannot see it.
Here each sum and product is one row of operands (what it is nested of is opened where nothing else uses it, nor has a
name), `common_pairs` finds what rows share, and the rows are made anew of that. Numbers stay where they are in a sum:
1 - x and exp(x) - 1 + y keep the digits that they are written for. A row that shares nothing stays the node it was.

A step saves an operation for each row beyond the first, which is exact for one step and a forecast for many, so at the
end the whole is counted anew: it takes fewer operations, or it stays as it was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from .. import cost, ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import maker
from .common_pairs import CommonPairs, Row
from .product_parts import product

Operands = list[tuple[int, int]]
"""Nodes, or the numbers of parts, each with 1 or -1."""

_SUMS, _PRODUCTS = frozenset({ops.ADD, ops.SUB}), frozenset({ops.MUL, ops.DIV})
_KINDS = {op: kind for kind in (_SUMS, _PRODUCTS) for op in kind}
_LATER_SIGNS = {ops.SUB: -1, ops.DIV: -1}
MOST_ROUNDS = 4
"""How often the whole is gone through: what a round has shared can make operands alike that were not."""


def shared(graph: Graph, roots: Sequence[Node], given: Node | None = None, names: Iterable[Node] = ()) -> dict[Node, Node]:
    """What takes the place of nodes, so that sums and products share their parts.

    Args:
        graph: of the nodes. It gains those that take the place of others.
        roots: what is asked for; all of it together takes fewer operations than before, or nothing is replaced.
        given: what is computed anyway, with all that it is made of, and stays as it is; or None.
        names: quantities that nothing looks into.

    Returns:
        By node below the roots: what has taken its place; what stays is not in it.
    """
    names, moved = set(names), dict[Node, Node]()
    for _ in range(MOST_ROUNDS):
        now = [moved.get(root, root) for root in roots]
        found = _Round(graph, now, given, names).moved
        after = [found.get(root, root) for root in now]
        if not found or not _operations(graph, after, given) < _operations(graph, now, given):
            break
        moved = {node: found.get(one, one) for node, one in moved.items()} | {
            node: one for node, one in found.items() if node not in moved
        }
        names |= {found[name] for name in names if name in found}
    return moved


def _operations(graph: Graph, roots: Sequence[Node], given: Node | None) -> int:
    total: int = cost.counted(graph, roots if given is None else [given, *roots]).total()
    return total


@dataclass
class _Whole:
    """A sum or product with all its operands: those of `row` may be shared, the order is that of `operands`."""

    node: Node
    operands: Operands
    inner: list[Node]
    row: Row


class _Round:
    """One walk over all that some roots are made of; `moved` has what took the place of what."""

    def __init__(self, graph: Graph, roots: Sequence[Node], given: Node | None, names: Collection[Node]) -> None:
        self.graph, self.names = graph, names
        there = set() if given is None else set(graph.reachable([given]))
        self.region = [node for node in graph.reachable(roots, there) if node not in there]
        self.uses = Counter(arg for node in self.region for arg in graph.args(node))
        self.uses.update(roots)
        self.closed = there
        self.moved: dict[Node, Node] = {}
        self._written = {kind: _Written(graph, kind, self.now) for kind in (_SUMS, _PRODUCTS)}
        wholes = self._wholes()
        for kind, found in wholes.items():
            self._written[kind].share(found, self._given_pairs(kind, there))
        if any(written.parts for written in self._written.values()):
            self._rewrite()

    def now(self, node: Node) -> Node:
        """What stands in the place of a node."""
        return self.moved.get(node, node)

    # --- rows ---

    def _wholes(self) -> dict[frozenset[ops.Op], list[_Whole]]:
        found: defaultdict[frozenset[ops.Op], list[_Whole]] = defaultdict(list)
        inner: set[Node] = set()
        for node in reversed(self.region):
            kind = _KINDS.get(self.graph.op(node))
            if kind is not None and node not in inner and self._is_number(node):
                whole = self._whole(node, kind)
                inner.update(whole.inner)
                found[kind].append(whole)
        return {kind: wholes[::-1] for kind, wholes in found.items()}

    def _is_number(self, node: Node) -> bool:
        """Whether a node is a scalar made of scalars."""
        graph = self.graph
        return not graph.shapes or not any(map(graph.shape, (node, *graph.args(node))))

    def _opens(self, node: Node, kind: frozenset[ops.Op]) -> bool:
        op = self.graph.op(node)
        if op not in kind or self.uses[node] > 1 or node in self.closed or node in self.names:
            return False
        return self._is_number(node)

    def _whole(self, node: Node, kind: frozenset[ops.Op]) -> _Whole:
        graph = self.graph
        operands: Operands = []
        inner: list[Node] = []
        stack = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            op = graph.op(part)
            if part == node or self._opens(part, kind):
                inner += [part] if part != node else []
                first, *others = graph.args(part)
                later = sign * _LATER_SIGNS.get(op, 1)
                stack += [(other, later) for other in reversed(others)]
                stack.append((first, sign))
            elif op is ops.NEG and kind is _SUMS:
                stack.append((graph.args(part)[0], -sign))
            else:
                operands.append((part, sign))
        return _Whole(node, operands, inner, self._row(operands, kind))

    def _row(self, operands: Operands, kind: frozenset[ops.Op]) -> Row:
        """The operands that may be shared: each once, no numbers in sums, and nothing that is missing."""
        row: Row = {}
        twice = {node for node, times in Counter(node for node, _ in operands).items() if times > 1}
        for operand, sign in operands:
            op = self.graph.op(Node(operand))
            fits = op is not ops.CONSTANT if kind is _PRODUCTS else op not in (ops.NUMBER, ops.CONSTANT)
            if fits and operand not in twice:
                row[operand] = sign
        return row

    def _given_pairs(self, kind: frozenset[ops.Op], there: Iterable[Node]) -> list[_Whole]:
        """What is there anyway and made of two operands."""
        graph = self.graph
        found = []
        for node in sorted(there):
            op = graph.op(node)
            if op in kind and len(graph.args(node)) == 2 and self._is_number(node):
                x, y = graph.args(node)
                operands: Operands = [(x, 1), (y, _LATER_SIGNS.get(op, 1))]
                row = self._row(operands, kind)
                if len(row) == 2:
                    found.append(_Whole(node, operands, [], row))
        return found

    # --- rewriting ---

    def _rewrite(self) -> None:
        graph = self.graph
        rewritten = {whole.node: kind for kind, written in self._written.items() for whole in written.changed}
        gone = {node for written in self._written.values() for whole in written.changed for node in whole.inner}
        for node in self.region:
            if node in rewritten:
                made = self._written[rewritten[node]].made(node)
            elif node in gone or self.moved.keys().isdisjoint(graph.args(node)):
                continue
            else:
                made = self._on_new_operands(node)
            if made != node:
                self.moved[node] = made

    def _on_new_operands(self, node: Node) -> Node:
        graph = self.graph
        op, args = graph.op(node), [self.now(arg) for arg in graph.args(node)]
        if op is ops.MUL:
            return product(graph, *args)
        if not any(graph.op(arg) is ops.NEG for arg in args):
            return graph.make((op, *args))
        made: Node = maker(op)(graph, *args)
        return made


class _Written:
    """The rows of one kind, sums or products, and what they are made of after sharing."""

    def __init__(self, graph: Graph, kind: frozenset[ops.Op], now: Callable[[Node], Node]) -> None:
        self.graph, self.now = graph, now
        self.is_sum = kind is _SUMS
        self.parts: dict[int, Row] = {}
        self.changed: list[_Whole] = []
        self._rows: dict[Node, Operands] = {}
        self._uses: Counter[int] = Counter()
        self._nodes: dict[int, Node] = {}

    def share(self, wholes: Sequence[_Whole], given: Sequence[_Whole]) -> None:
        """Find what is shared."""
        pairs = CommonPairs([whole.row for whole in (*wholes, *given)], len(self.graph.keys), turns=self.is_sum)
        pairs.find()
        self.parts = pairs.parts
        for members in self.parts.values():
            self._uses.update(members)
        for whole, row in zip((*wholes, *given), pairs.rows, strict=True):
            self._uses.update(row)
        for whole, row in zip(given, pairs.rows[len(wholes) :], strict=True):
            for part in self.parts.keys() & row.keys():
                self._nodes[part] = whole.node
        for whole, row in zip(wholes, pairs.rows, strict=False):
            if not self.parts.keys().isdisjoint(row):
                self.changed.append(whole)
                self._rows[whole.node] = self._in_order(whole, row)

    def _in_order(self, whole: _Whole, row: Row) -> Operands:
        """The operands of a row, a part in the place of the first of what it stands for."""
        into: dict[int, int] = {}
        for operand in row:
            stack = [operand]
            while stack:
                top = stack.pop()
                into[top] = operand
                stack.extend(self.parts.get(top, ()))
        found: dict[tuple[int, int], None] = {}
        ordered: Operands = []
        for operand, sign in whole.operands:
            if operand not in whole.row or operand not in into:
                ordered.append((operand, sign))
            elif (into[operand], 0) not in found:
                found[into[operand], 0] = None
                ordered.append((into[operand], row[into[operand]]))
        return ordered

    def made(self, node: Node) -> Node:
        """The node of a row."""
        operands = self._opened(self._rows[node])
        self._make_parts([operand for operand, _ in operands])
        return self._joined(operands)

    def _opened(self, operands: Operands) -> Operands:
        """Operands, where a part that is used here alone is what it stands for."""
        opened: Operands = []
        stack = operands[::-1]
        while stack:
            operand, sign = stack.pop()
            if operand in self.parts and self._uses[operand] == 1 and operand not in self._nodes:
                members = [(member, sign * other) for member, other in self.parts[operand].items()]
                stack += members[::-1]
            else:
                opened.append((operand, sign))
        return opened

    def _make_parts(self, wanted: Iterable[int]) -> None:
        """The nodes of parts, inner ones first."""
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
        nodes = [(self._nodes[one] if one in self.parts else self.now(Node(one)), sign) for one, sign in operands]
        return _sum(self.graph, nodes) if self.is_sum else _product(self.graph, nodes)


def _sum(graph: Graph, operands: Sequence[tuple[Node, int]]) -> Node:
    sides: dict[int, list[Node]] = {1: [], -1: []}
    for node, sign in operands:
        is_turned = graph.inside(node)[0] is ops.NEG
        sides[-sign if is_turned else sign].append(graph.args(node)[0] if is_turned else node)
    plus, minus = (
        graph.make((ops.ADD, *side)) if len(side) > 1 else side[0] if side else None for side in sides.values()
    )
    if plus is None or minus is None:
        return graph.neg(minus) if plus is None else plus
    return graph.make((ops.SUB, plus, minus))


def _product(graph: Graph, operands: Sequence[tuple[Node, int]]) -> Node:
    sides: dict[int, Node | None] = {1: None, -1: None}
    for node, side in sorted(operands, key=lambda one: graph.op(one[0]) is ops.NUMBER):
        before = sides[side]
        sides[side] = node if before is None else product(graph, before, node)
    above = graph.one if sides[1] is None else sides[1]
    below = sides[-1]
    return above if below is None else graph.make((ops.DIV, above, below))
