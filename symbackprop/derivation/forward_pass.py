"""The forward pass as people follow it: named quantities, which of them each is written in, the paths between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..named_quantities import Origin
from . import derivation_cost
from .inner_names import inner_of
from .symbol_names import Namer


class ForwardPass:
    """The named quantities of one loss, whichever way it is differentiated.

    Attributes:
        graph: where its nodes stand, a `Graph`.
        named: what the user or network named, in order; the last is the loss.
        varied: the symbols that vary: what the loss is differentiated by.
        loss: the symbol of the loss.
        held: the symbols of a vector that nobody gave, seeds or tangents: arguments of code in this order.
        shares: whether a part that is used twice may have a name of its own.
    """

    held: Sequence[Any] = ()

    def __init__(
        self, graph: Graph, named: Mapping[sp.Symbol, Node], varied: tuple[sp.Symbol, ...], shares: bool = True
    ) -> None:
        self._given = graph
        self.named = dict(named)
        self.varied = varied
        self.loss = list(named)[-1]
        self.shares = shares

    @cached_property
    def graph(self) -> Graph:
        """Where the nodes stand; whoever adds to it before it is read does so when it is asked for."""
        return self._given

    @property
    def is_expression(self) -> bool:
        """Whether nothing but the loss was named: it is one expression."""
        return len(self.named) == 1

    @property
    def loss_node(self) -> Node:
        """The node of the loss."""
        node: Node = self.named[self.loss]
        return node

    @property
    def ends(self) -> list[Node]:
        """The nodes that are differentiated."""
        return [self.loss_node]

    @cached_property
    def namer(self) -> Namer:
        """What gives names that are not taken yet."""
        return Namer((symbol.name for symbol in [*self.named, *self.graph.symbols]), self.origin)

    @cached_property
    def origin(self) -> Origin:
        """Where the symbols that this derivation makes come from: that of its loss, if nobody named that."""
        given = getattr(self.loss, "origin", None)
        found = given if given is not None and given.is_open else Origin()
        inner = {symbol.origin for symbol in inner_of(self._given) if symbol.origin.is_open}
        for origin in (found, *inner):
            origin.told = self.told
        return found

    def told(self) -> Iterable[tuple[Any, Any]]:
        """Every named line as (symbol, expression), in an order that can be computed from top to bottom."""
        raise NotImplementedError

    @cached_property
    def quantities(self) -> dict[sp.Symbol, Node]:
        """The forward pass: what the user or network named, and every part that the forward pass uses twice."""
        if not self.shares:
            return dict(self.named)
        graph, taken = self.graph, set(self.named.values())
        constant: set[Node] = set()  # what no symbol goes into, sqrt(2) say: no quantities, as nothing varies them
        for node in graph.reachable(self.ends):
            if graph.op(node) is not ops.SYMBOL and constant.issuperset(graph.args(node)):
                constant.add(node)
        extra = [node for node in self.used_twice(taken, [self.loss_node, *taken]) if node not in constant]
        found = {**self.named, **{self.new_name(node): node for node in extra}}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def used_twice(self, named: Collection[Node], roots: Collection[Node], more: Iterable[Node] = ()) -> list[Node]:
        """The nodes below `roots` that have no name yet and deserve one: operations with a value, used twice."""
        graph = self.graph
        uses = Counter(arg for node in graph.reachable(roots) for arg in graph.args(node))
        uses.update(more)
        nameless = (node for node in uses if uses[node] > 1 and node not in named)
        return sorted(node for node in nameless if graph.op(node) not in _NEVER_NAMED and not graph.op(node).is_tie)

    def new_name(self, node: Node) -> Any:
        """A symbol for a part that nobody named."""
        shape = self.graph.shape(node)
        return self.namer.numbered("T", shape) if shape else self.namer.numbered("t", real=True)

    @cached_property
    def consumers(self) -> dict[sp.Symbol, list[sp.Symbol]]:
        """By quantity or parameter: the quantities whose own equation it stands in and that the loss depends on."""
        found: dict[sp.Symbol, list[sp.Symbol]] = {symbol: [] for symbol in (*self.quantities, *self.varied)}
        for symbol, node in self.quantities.items():
            if node in self._reaching:
                for part in self.parts(symbol).values():
                    found[part].append(symbol)
        return found

    @cached_property
    def named_parts(self) -> dict[Node, sp.Symbol]:
        """By node: the parameter that it is, or the quantity that has an adjoint."""
        symbols = {node: symbol for symbol, node in self.quantities.items() if node in self.varying}
        return symbols | {self.graph.symbol(symbol): symbol for symbol in self.varied}

    @cached_property
    def varying(self) -> set[Node]:
        """The nodes that depend on a parameter, or on what the user named: the others are data, named or not."""
        found = {*map(self.graph.symbol, self.varied), *self.named.values()}
        for node in self.graph.reachable(self.named.values()):
            if not found.isdisjoint(self._sources(node)):
                found.add(node)
        return found

    @cached_property
    def _reaching(self) -> set[Node]:
        """The nodes that the loss depends on, conditions apart."""
        found, stack = {self.loss_node}, [self.loss_node]
        while stack:
            new = set(self._sources(stack.pop())) - found
            found |= new
            stack.extend(new)
        return found

    def parts(self, symbol: sp.Symbol) -> dict[Node, sp.Symbol]:
        """The named quantities and parameters that the equation of a quantity is written in, by node."""
        found: set[Node] = set()
        stack = self._sources(self.quantities[symbol])
        seen: set[Node] = set()
        while stack:
            part = stack.pop()
            if part in self.named_parts:
                found.add(part)
            elif part not in seen:
                seen.add(part)
                stack.extend(self._sources(part))
        return {part: self.named_parts[part] for part in sorted(found)}

    def _sources(self, node: Node) -> list[Node]:
        """What a derivative passes on to from a node: no condition, but all that an undefined piece stands among."""
        graph = self.graph
        return [arg for arg in (*graph.args(node), *graph.contents(node)) if graph.op(arg) not in ops.CONDITIONS]

    @cached_property
    def path_counts(self) -> dict[sp.Symbol, int]:
        """By parameter and quantity: how many paths lead from it to the loss, along named quantities."""
        return derivation_cost.paths(self.loss, self.quantities, self.consumers)


_NEVER_NAMED = ops.CONDITIONS | {ops.SYMBOL, ops.NUMBER, ops.CONSTANT, ops.TRANSPOSE, ops.SLICE, ops.SPREAD}
"""Operations that are no step of a computation, or only another view of what there is."""
