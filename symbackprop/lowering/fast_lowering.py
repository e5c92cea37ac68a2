"""Lowering a network's equations, written out: the same nodes as `from_sympy` makes, in little more than half the time.

Most equations are one function of a symbol, or a sum of symbols and products of two. What `Lowering.equation`,
`Graph.mul` and `Graph.make` do for these stands here as code, not as calls. Read `from_sympy` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp
from sympy import Mul, Symbol

from .. import ops
from ..graph import Key, next_of
from ..ops import ADD, MUL
from .from_sympy import Lowering
from .leaf_nodes import leaves_last


class FastLowering(Lowering):
    """A `Lowering` for long lists of plain equations."""

    def equations(self, equations: Iterable[tuple[Any, Any]]) -> None:
        """Lower every `name = expression` in turn; a symbol may be used in the equations after its own.

        The nodes of plain equations enter the table with `Graph.release`.
        """
        graph, keys, memo = self.graph, self.graph.keys, self._memo
        equations = tuple(equations)
        self._kept.append(equations)
        self._defined.update([name.name for name, _ in equations])
        for name, expression in equations:
            key = None if graph.shapes or type(name) is not Symbol else self._plain_key(expression)
            if key is None or key in graph.table:
                self.equation(name, expression)
                continue
            node = self.quantities[name] = memo[id(name)] = next_of(keys)
            graph.claimed.add(node)
            keys.append(key)

    def _plain_key(self, expression: Any) -> Key | None:
        """The key of a sum or function that does not fold, of symbols and products of two; None for anything else."""
        op = _PLAIN.get(type(expression))
        if op is None or op in self.recognisers:
            return None
        parts = expression.args
        nodes: list[Any] = list(map(self._memo.get, map(id, parts)))
        if None in nodes and self._fill(nodes, parts):
            return None
        if op is not ADD:
            return (op, *nodes)
        nodes = leaves_last(self.graph, nodes)
        plain = self.graph.folding.isdisjoint(nodes) and (len(nodes) > 2 or len(set(nodes)) == 2)
        return (ADD, *nodes) if plain else None

    def _fill(self, nodes: list[Any], parts: Sequence[Any]) -> list[Any]:
        """What `Lowering._fill` does; `_args` is `args` without a call."""
        memo, graph = self._memo, self.graph
        keys, known, enter = graph.keys, memo.get, graph.table.setdefault
        waiting = []
        for place, part in enumerate(parts):
            if nodes[place] is not None:
                continue
            below = part._args
            if not below:
                nodes[place] = memo[id(part)] = self._leaf(part)
            elif type(part) is Mul and len(below) == 2 and below[0].is_Symbol and below[1].is_Symbol:
                first, second = below
                x, y = known(id(first)), known(id(second))
                if x is None:
                    x = memo[id(first)] = self._leaf(first)
                if y is None:
                    y = memo[id(second)] = self._leaf(second)
                key = (MUL, x, y) if x <= y else (MUL, y, x)
                fresh = next_of(keys)
                nodes[place] = node = enter(key, fresh)
                if node == fresh:
                    keys.append(key)
                    if graph.shapes:
                        graph.find_shape(node)
            else:
                waiting.append(part)
        return waiting


_PLAIN: dict[type, ops.Op] = {
    sp.Add: ADD,
    **{op.sympy: op for op in ops.OPS.values() if op.arity == 1 and isinstance(op.sympy, sp.FunctionClass)},
}
"""Sums, and the functions of one number, which are lowered as they stand where nothing is recognised in them."""
