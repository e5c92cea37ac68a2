"""The named lines of a derivation: quantities, their adjoints or tangents, the derivatives, and what these share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from ..graph import Graph, Node
from ..networks import Model, Network
from .cancellation import Moved, collected
from .forward_mode import Tangents
from .forward_pass import ForwardPass
from .method_table import Way
from .result_types import Adjoints, Definition
from .shared_parts import shared
from .symbol_names import adjoint_name


class Definitions(ForwardPass):
    """The forward pass of a loss, and what its derivatives add: every line that has a name.

    Attributes:
        way: how it was derived, and what differs by that.
        wrt: the symbols that the loss is differentiated by.
        along: by symbol that varies: its own tangent, where one symbol of `wrt` counts how far one has gone in this
            direction; None where the symbols of `wrt` vary themselves.
        model: the network or other model that it came from, or None.
        seconds: how long the derivation took.
        trees: by parameter: its derivative as SymPy gave it, where the way writes each out; else empty.
    """

    def __init__(
        self,
        *,
        graph: Graph,
        named: Mapping[sp.Symbol, Node],
        wrt: tuple[sp.Symbol, ...],
        gradient_nodes: Sequence[Node],
        way: Way,
        seconds: float,
        model: Model | None = None,
        adjoints: Adjoints | None = None,
        tangents: Mapping[sp.Symbol, Tangents] | None = None,
        along: Mapping[sp.Symbol, Node] | None = None,
        trees: Mapping[sp.Symbol, Any] | None = None,
    ) -> None:
        super().__init__(graph, named, wrt if along is None else tuple(along), shares=not way.writes_out)
        self.way, self.wrt, self.model, self.seconds, self.along = way, wrt, model, seconds, along
        self._swept = gradient_nodes, adjoints or [], tangents or {}
        self.trees = trees or {}
        self._symbols: dict[tuple[sp.Symbol, ...], sp.Symbol] = {}

    # --- what a sweep has left, cancelled and collected before anything is read of it ---

    @cached_property
    def graph(self) -> Graph:
        """Where the nodes stand, those of the derivatives as they are read."""
        self._moved  # noqa: B018  # makes them
        return self._given

    @cached_property
    def _moved(self) -> Moved:
        gradients, adjoints, tangents = self._swept
        if not self._is_collected:
            return {}
        others = [node for node in adjoints if node is not None]
        others += [node for found in tangents.values() for node in found.values()]
        places = [place for place in self.named.values() if place < len(adjoints)]
        names = [found for place in places if (found := adjoints[place]) is not None]
        moved = collected(self._given, self.loss_node, gradients, others, names)
        return {**moved, **self._shared_parts(moved, others)} if self._shares_parts else moved

    @property
    def _shares_parts(self) -> bool:
        """Where nobody gave names: a part of two lines would stand between their names."""
        return self.is_expression and self.model is None and not self._given.shapes

    def _shared_parts(self, moved: Moved, others: Sequence[Node]) -> Moved:
        """What takes the place of nodes, so that the derivatives share the parts of their sums and products."""
        now = {node: moved.get(node, node) for node in (*self._swept[0], *moved, *others)}
        roots = [now[node] for node in self._swept[0] if now[node] > self.loss_node]
        found = shared(self._given, roots, [self.loss_node])
        return {node: found[one] for node, one in now.items() if one in found}

    @property
    def _is_collected(self) -> bool:
        """Not what SymPy derived; nor what sweeps along each parameter of a network have: `comparison` counts them by
        what a few of them cost, as all do alike.
        """
        sweeps_alike = self.network is not None and self.way.has_tangents and not self.way.is_directional
        return not self.way.is_sympys and not sweeps_alike

    @cached_property
    def adjoint_nodes(self) -> Adjoints:
        """By node of the forward pass: the derivative of the loss with respect to it, or None; empty where the way
        forms no adjoints."""
        moved = self._moved
        return [node if node is None else moved.get(node, node) for node in self._swept[1]]

    @cached_property
    def _tangents(self) -> dict[sp.Symbol, Tangents]:
        moved = self._moved
        return {
            symbol: {node: moved.get(one, one) for node, one in found.items()}
            for symbol, found in self._swept[2].items()
        }

    @property
    def network(self) -> Network | None:
        """The network of layers that it came from, or None."""
        return self.model if isinstance(self.model, Network) else None

    @property
    def roots(self) -> list[Node]:
        """The nodes of the loss and of every derivative: all that is asked for stands below them."""
        return [self.loss_node, *self.gradient_nodes.values()]

    @cached_property
    def gradient_nodes(self) -> dict[sp.Symbol, Node]:
        """The node of each parameter's derivative; made when asked for, as SymPy's symbols are slow to hash."""
        return {symbol: self._moved.get(node, node) for symbol, node in zip(self.wrt, self._swept[0], strict=True)}

    def adjoint_node(self, symbol: sp.Symbol) -> Node | None:
        """The node of dL/d(symbol); None if the loss does not depend on the symbol."""
        found: Node | None = self.gradient_nodes.get(symbol)
        if found is None and symbol in self.quantities:
            place: Node = self.quantities[symbol]
            found = self.adjoint_nodes[place] if place < len(self.adjoint_nodes) else None
        return found

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every named line in an order that can be computed from top to bottom: forward, then backward."""
        lines = [Definition(symbol, node, "quantity") for symbol, node in self.quantities.items()]
        for symbol in self.quantities:
            node = self.adjoint_node(symbol)
            if node is not None and symbol != self.loss:
                lines.append(Definition(self.adjoint_symbol(symbol), node, "adjoint", symbol))
        lines += self._tangent_definitions()
        gradients = self.gradient_nodes.items()
        lines += [Definition(self.adjoint_symbol(symbol), node, "gradient", symbol) for symbol, node in gradients]
        if self.shares:
            lines += self._shared_definitions(lines)
        return sorted(lines, key=self._place)

    def _place(self, line: Definition) -> tuple[Node, bool, str]:
        """By node; a derivative that equals something of the forward pass still comes after the loss."""
        derived = line.of is not None
        return max(line.node, self.loss_node) if derived else line.node, derived, line.kind

    def _tangent_definitions(self) -> Iterator[Definition]:
        for parameter, tangents in self._tangents.items():
            for symbol, node in self.quantities.items():
                if node in tangents and symbol != self.loss:
                    name = self.tangent_symbol(symbol, parameter)
                    yield Definition(name, tangents[node], "tangent", symbol, parameter)

    def _shared_definitions(self, lines: list[Definition]) -> list[Definition]:
        named = {line.node for line in lines if self._gives_name(line)}
        aliases = [line.node for line in lines if line.node not in named]
        extra = self.used_twice(named, {line.node for line in lines}, aliases)
        return [Definition(self.new_name(node), node, "shared") for node in extra]

    def _gives_name(self, line: Definition) -> bool:
        """A part of the forward pass is never called after the derivative that it happens to equal."""
        return line.of is None or line.node > self.loss_node

    def adjoint_symbol(self, symbol: sp.Symbol) -> sp.Symbol:
        """The name of dL/d(symbol): delta<layer>_<unit> for a network's weighted sum, else dL_d<name>."""
        if (symbol,) not in self._symbols:
            name = adjoint_name(self.loss, symbol, self.network)
            self._symbols[symbol,] = self.namer.like(name, symbol)
        return self._symbols[symbol,]

    def tangent_symbol(self, symbol: sp.Symbol, parameter: sp.Symbol) -> sp.Symbol:
        """The name of d(symbol)/d(parameter)."""
        if symbol == self.loss:
            return self.adjoint_symbol(parameter)
        if (symbol, parameter) not in self._symbols:
            self._symbols[symbol, parameter] = self.namer.like(f"d{symbol.name}_d{parameter.name}", symbol)
        return self._symbols[symbol, parameter]

    @cached_property
    def names(self) -> dict[Node, sp.Symbol]:
        """The name of each named node: the first of `definitions` that has it."""
        names: dict[Node, sp.Symbol] = {}
        for line in self.definitions:
            if self._gives_name(line) and not self.graph.op(line.node).leaf:
                names.setdefault(line.node, line.symbol)
        return names
