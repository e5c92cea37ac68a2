"""Interned nodes: equal ones are one node, and the order of creation is a topological order.

A node is a whole number: its place in `Nodes.keys`, where its key stands, `(operation, operand, operand, ...)` for
an operation and `(operation, SymPy symbol or number)` for a leaf. A node that were an object of its own would cost
twice the time (measured), and it is this list that everything else walks. Nothing here recurses over the nodes, so
the depth of an expression is bounded by memory alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NewType, cast

import sympy as sp

from ..ops import CONSTANT, COPY, MUL, NUMBER, SPREAD, SYMBOL, Op, Shape

Node = NewType("Node", int)
"""A place in `Nodes.keys`."""

Key = tuple[Any, ...]

_CLOSED: Key = (None,)

next_of = cast("Callable[[list[Key]], Node]", len)
"""The node whose key is appended next: `len` itself, under a name that types it, as this is called for every node."""


class Nodes:
    """Nodes in the order of their creation, and the table that makes equal ones one."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.shapes: dict[Node, Shape] = {}  # of the nodes that are not scalars
        self.symbols: dict[Any, Node] = {}
        self.table: dict[Key, Node] = {}
        self.folding: set[Node] = set()  # what sums and products look into: numbers, signs, quotients, choices
        self.claimed: set[Node] = set()  # named quantities: nothing looks into them
        self.remembered: defaultdict[str, dict[Any, Any]] = defaultdict(dict)  # what a pass has found, under its name
        self.accurate = False  # whether derivatives on it are written in the operands where that saves digits
        self._constants: dict[int, Node] = {}  # by id: SymPy's numbers are slow to hash and to compare
        self.zero = self.constant(sp.S.Zero)
        self.one = self.constant(sp.S.One)
        self.two = self.constant(sp.Integer(2))

    def __getstate__(self) -> dict[str, Any]:
        """All but the constants by id: a copy, or what is read from a file, holds objects of its own."""
        return {**self.__dict__, "_constants": {}}

    # --- reading ---

    def op(self, node: Node) -> Op:
        """The operation of a node."""
        op: Op = self.keys[node][0]
        return op

    def args(self, node: Node) -> tuple[Node, ...]:
        """The operands of a node; a leaf has none."""
        key = self.keys[node]
        return () if key[0].leaf else key[1:]

    def value(self, leaf: Node) -> Any:
        """The SymPy symbol or number of a leaf."""
        return self.keys[leaf][1]

    def shape(self, node: Node) -> Shape:
        """`()` for a scalar, else `(rows, columns)`."""
        return self.shapes.get(node, ())

    def upto(self, node: Node) -> Sequence[Node]:
        """All nodes up to one, itself included, in topological order."""
        return cast("Sequence[Node]", range(node + 1))

    def reachable(self, roots: Iterable[Node], stops: Collection[Node] = ()) -> list[Node]:
        """The nodes that `roots` are computed from, themselves included, in topological order.

        What lies behind a node in `stops` is left out, unless that node is a root.
        """
        seen: set[Node] = set(roots)
        stack = [arg for root in seen for arg in self.args(root)]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if node not in stops:
                    stack.extend(self.args(node))
        return sorted(seen)

    def inside(self, node: Node) -> Key:
        """The key of a node as far as folding may look: a named quantity is closed."""
        return _CLOSED if node in self.claimed else self.keys[node]

    # --- making nodes ---

    def make(self, key: Key) -> Node:
        """The node of a key (an operation and its operands) as it stands: no folding."""
        keys = self.keys
        fresh = next_of(keys)
        node = self.table.setdefault(key, fresh)
        if node == fresh:
            keys.append(key)
            op = key[0]
            if op.folds or (op is MUL and key[1] in self.folding):  # 2*x is a term that a sum looks into
                self.folding.add(node)
            if self.shapes:
                self.find_shape(node)
        return node

    def find_shape(self, node: Node) -> None:
        """Note the shape of a new node, from those of its operands."""
        op, *args = self.keys[node]
        shape = op.shape(op.name, [self.shapes.get(arg, ()) for arg in args])
        if shape:
            self.shapes[node] = shape

    def symbol(self, symbol: Any, shape: Shape = ()) -> Node:
        """The leaf of a SymPy symbol."""
        fresh = next_of(self.keys)
        node = self.symbols.setdefault(symbol, fresh)  # one look-up: SymPy's symbols are slow to hash
        if node == fresh:
            self.keys.append((SYMBOL, symbol))
            if shape:
                self.shapes[node] = shape
        return node

    def new_symbols(self, symbols: Sequence[Any]) -> Sequence[Node]:
        """The leaves of distinct symbols that the graph has not met: all in one go, as a network has thousands."""
        first = len(self.keys)
        nodes = cast("Sequence[Node]", range(first, first + len(symbols)))
        self.symbols.update(zip(symbols, nodes, strict=True))
        self.keys += [(SYMBOL, symbol) for symbol in symbols]
        return nodes

    def constant(self, value: Any) -> Node:
        """The leaf of a SymPy number, or of a constant with a name (pi, e, true, false, nan)."""
        node = self._constants.get(id(value))
        if node is None:
            op = NUMBER if value.is_Number and value.is_finite else CONSTANT
            node = self.table.get((op, value))
            if node is None:
                node = self.table[op, value] = self._append((op, value))
                if op is NUMBER:
                    self.folding.add(node)
                self._constants[id(value)] = node  # the node keeps the object alive, and so its id
        return node

    def undefined(self, contents: Iterable[Node]) -> Node:
        """The leaf of a piece that is missing: nan, which remembers what it stands among.

        `contents` are the nodes that the whole of the pieces is written in. Numbers and further missing pieces are
        left out.
        """
        parts = dict.fromkeys(part for part in contents if self.op(part) not in (NUMBER, CONSTANT))
        key = (CONSTANT, sp.S.NaN, *parts)
        if key not in self.table:
            self.table[key] = self._append(key)
        return self.table[key]

    def contents(self, node: Node) -> tuple[Node, ...]:
        """What a missing piece stands among; nothing of any other node."""
        key = self.keys[node]
        return key[2:] if key[0] is CONSTANT else ()

    def fixed(self, value: Any, shape: Shape = ()) -> Node:
        """The leaf of a constant that is no number: a matrix of ones, an identity, a window, a symbolic size."""
        key = (CONSTANT, value)
        if key not in self.table:
            self.table[key] = self._append(key)
            if shape:
                self.shapes[self.table[key]] = shape
        return self.table[key]

    def spread(self, x: Node, shape: Shape) -> Node:
        """x repeated to a shape, if it has not got that shape yet."""
        if self.shapes.get(x, ()) == shape:
            return x
        if self.inside(x)[0] is SPREAD:
            x = self.args(x)[0]
        return self.make((SPREAD, x, self.fixed(sp.OneMatrix(*shape), shape)))

    def _append(self, key: Key) -> Node:
        node = next_of(self.keys)
        self.keys.append(key)
        return node

    # --- named quantities ---

    def claim(self, node: Node, first_new: Node) -> Node:
        """A node for one named quantity alone.

        `node` itself if it was made after `first_new` (then nothing else can be using it), else a copy. It leaves
        the table: an equal expression written elsewhere is another quantity, whose derivative is another one. And it
        is closed to folding: with a = t/2, what is written w*a stays w*a, or nothing would depend on a any more.
        """
        key = self.keys[node]
        if node < first_new or key[0].leaf:
            copy = self._append((COPY, node))
            if node in self.shapes:
                self.shapes[copy] = self.shapes[node]
            return copy
        del self.table[key]
        self.claimed.add(node)
        self.folding.discard(node)
        return node

    def release(self, nodes: Iterable[Node]) -> None:
        """Put claimed nodes back into the table, so that derivatives find and share them."""
        for node in nodes:
            key = self.keys[node]
            if key[0] is not COPY:
                self.table.setdefault(key, node)

    @contextmanager
    def released(self, nodes: Iterable[Node]) -> Iterator[None]:
        """The same for a while: equations that come later are again quantities of their own."""
        away = [node for node in nodes if self.keys[node] not in self.table]
        self.release(away)
        yield
        for node in away:
            if self.table.get(self.keys[node]) == node:
                del self.table[self.keys[node]]
