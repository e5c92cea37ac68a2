"""Cancelling and collecting: what a sweep leaves of x/x, T - T, a T + b T, f a + f b and 2 (a/2), as people write it.

A derivative is made of the rules' factors as they come, and nobody would hand that in. So, before anything is read of
it, one walk from the operands up rewrites its products and its sums:

    products    what stands above and below the line cancels; numbers and signs are one number, in front
    sums        terms that differ by a number are one; a factor that terms share is taken out of them
    transposes  of sums of transposes are none, and a sum of all entries has no use for one

What the loss is made of stays as it is written. A step is taken only where it saves operations (one that cancels, or
undoes a transpose, where it adds none), with all that is shared counted once (`operation_ledger`). That is a forecast,
so at the end the whole is counted anew: it takes no more operations, or it stays as it was. Each node is looked at
once, and no further inside than `product_parts.MOST`.

x/x is 1 also where x is 0, as everyone means it who writes x for x**2/x. What may be 0, or undefined, along a whole
stretch does not cancel: relu(x)/relu(x) is undefined there, and a missing piece of a choice is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from .. import ops
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import maker, transpose
from .operation_ledger import Ledger, is_saved
from .product_parts import Common, factors_of, product, rejoined, without
from .shared_numbers import undone
from .shared_terms import Sums
from .vanishing_parts import VanishingParts

Moved = Mapping[Node, Node]
"""By node: what has taken its place; what stays is not in it."""


def collected(
    graph: Graph, loss: Node, roots: Iterable[Node], others: Iterable[Node] = (), names: Iterable[Node] = ()
) -> Moved:
    """What takes the place of nodes that derivatives are made of.

    Args:
        graph: of the nodes. It gains those that take the place of others.
        loss: which is no derivative, nor is what comes before it: those nodes stay.
        roots: the derivatives that are asked for; they take no more operations than before.
        others: adjoints of parts, which are rewritten where they are no part of `roots`.
        names: the adjoints of quantities with a name, which nothing looks into.
    """
    roots, others = list(dict.fromkeys(roots)), list(dict.fromkeys(others))
    names = set(names)
    walk = _Walk(Ledger(graph, loss), names)
    walk.rewrite(roots)
    if walk.new and not is_saved(walk.ledger.total(roots) - walk.ledger.total(map(walk.now, roots))):
        walk = _Walk(Ledger(graph, loss), names)
        walk.ledger.entered(roots)
    walk.rewrite(others)
    return {node: walk.now(node) for node in walk.new}


class _Walk:
    """One walk over what derivatives are made of; `new` has what took the place of what."""

    def __init__(self, ledger: Ledger, names: Iterable[Node]) -> None:
        self.graph, self.ledger = ledger.graph, ledger
        ledger.names.update(names)
        self.new: dict[Node, Node] = {}
        self._final: set[Node] = set()
        self._vanishing = VanishingParts(ledger.graph)
        self._lined: dict[Node, bool] = {}
        self._rules: dict[ops.Op, Callable[[Node], Node]] = {
            **dict.fromkeys((ops.MUL, ops.DIV, ops.NEG), self._cancelled),
            **dict.fromkeys((ops.ADD, ops.SUB), Sums(ledger, self._vanishing).collected),
            ops.TRANSPOSE: self._turned,
            **dict.fromkeys((ops.TOTAL, ops.TRACE), self._unturned),
        }

    def now(self, node: Node) -> Node:
        """What stands in the place of a node."""
        while self.new.get(node, node) != node:
            node = self.new[node]
        return node

    def rewrite(self, roots: Sequence[Node]) -> None:
        """Rewrite all that these are made of."""
        keys, new, loss = self.graph.keys, self.new, self.ledger.loss
        region = self.ledger.entered([self.now(root) for root in roots])
        for node, moved in undone(self.ledger, region).items():
            self.ledger.replaced(node, self.graph.args(node), moved)
            self._put(moved, node)
        for node in region:
            if node in self._final or node in new:
                continue
            moved = node if new.keys().isdisjoint(keys[node]) else self._on_new_operands(node)
            rule = self._rules.get(keys[moved][0])
            moved = moved if rule is None or moved <= loss else rule(moved)
            if moved != node:
                self._put(moved, node)
        for root in roots:
            self._settle(self.now(root), loss)

    def _put(self, moved: Node, node: Node) -> None:
        """Put a node in the place of another one."""
        self.new[node] = moved
        self._settle(moved, node)
        if node in self.ledger.names:
            self.ledger.names.add(moved)

    def _settle(self, moved: Node, node: Node) -> None:
        """Let what has taken the place of a node stay, also where it was met already and its turn is still to come."""
        stack = [moved]
        while stack:
            top = stack.pop()
            if top > node and top not in self._final:
                self._final.add(top)
                stack.extend(self.graph.args(top))

    def _on_new_operands(self, node: Node) -> Node:
        graph = self.graph
        op, *args = graph.keys[node]
        if op.leaf or op in ops.CONDITIONS:
            return node
        moved = list(map(self.now, args))
        made = graph.spread(_made(graph, op, moved), graph.shape(node))
        self.ledger.replaced(node, moved, made)
        return made

    # --- products ---

    def _cancelled(self, node: Node) -> Node:
        """A product without what stands above and below the line, and with one number."""
        graph = self.graph
        if not self._has_line(node):
            return node
        factors = factors_of(graph, node, self.ledger.names.__contains__)
        both = factors.above & factors.below
        common = Counter({base: power for base, power in both.items() if not any(self._vanishing.of(base))})
        gathers = factors.numerals > 1
        if not common and not gathers:
            return node
        left = without(graph, factors, Common(common, common, gathers))
        made = graph.spread(rejoined(graph, left, Common(), factors.number if gathers else 1), graph.shape(node))
        return made if self.ledger.stands_for(made, node, factors.opened, 0 if common else 1) else node

    def _has_line(self, node: Node) -> bool:
        """Whether a product has anything but factors in it: a quotient, a sign or a number."""
        graph, known, stack = self.graph, self._lined, [node]
        while stack:
            op, *args = graph.inside(stack[-1])
            waiting = [arg for arg in args if arg not in known] if op is ops.MUL else []
            stack += waiting
            if not waiting:
                known[stack.pop()] = any(known[arg] for arg in args) if op is ops.MUL else op in _LINES
        return known[node]

    # --- matrices ---

    def _turned(self, node: Node) -> Node:
        """The transpose of a sum of transposes, as the sum of what they are transposes of."""
        graph = self.graph
        (whole,) = graph.args(node)
        op, *args = graph.inside(whole)
        if op not in (ops.ADD, ops.SUB) or not all(map(self._turns_freely, args)):
            return node
        made = _made(graph, op, [transpose(graph, arg) for arg in args])
        return made if self.ledger.stands_for(made, node, [whole], 0) else node

    def _turns_freely(self, node: Node) -> bool:
        """Whether the transpose of a node is there already: it is a transpose itself, or a number, repeated or not."""
        op, *args = self.graph.inside(node)
        is_number = op is ops.SPREAD and not self.graph.shape(args[0])
        return is_number or op is ops.TRANSPOSE or not self.graph.shape(node)

    def _unturned(self, node: Node) -> Node:
        """The sum of all entries of a transpose, or of its diagonal, as that of what it is the transpose of."""
        graph = self.graph
        op, whole = graph.keys[node]
        if graph.inside(whole)[0] is not ops.TRANSPOSE:
            return node
        made = _made(graph, op, graph.args(whole))
        return made if self.ledger.stands_for(made, node, [whole], 0) else node


_LINES = frozenset({ops.DIV, ops.NEG, ops.NUMBER})
_FOLDED = frozenset({ops.SPREAD, ops.CONSTANT, ops.NUMBER})


def _made(graph: Graph, op: ops.Op, args: Sequence[Node]) -> Node:
    """An operation on other operands, as one operation: no factor of theirs goes out of it, as others may share it."""
    if op is ops.MUL:
        return product(graph, *args)
    if op in ops.MATRIX and not _FOLDED & {graph.op(arg) for arg in args}:
        return graph.make((op, *args))
    made: Node = maker(op)(graph, *args)
    return made
