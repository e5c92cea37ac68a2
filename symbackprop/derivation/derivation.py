"""What a derivation is, whichever method made it: named quantities, their adjoints, the chain rule between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from .. import cost as costs
from ..errors import ParameterError, SizeError, UnsupportedError
from ..graph import Graph, Node
from ..lowering import raised, symbols_of, whole
from ..networks import Network
from . import backprop, counting
from .chain_rule import ChainRule
from .forward import Tangents
from .forward_pass import ForwardPass
from .lines import ChainStep, Cost, Definition, TangentStep
from .names import adjoint_name


class Derivation(ForwardPass):
    """The derivative of one loss with respect to several symbols.

    Attributes:
        method: a name in `METHODS`.
        loss: the symbol of the loss.
        wrt: the symbols that it is differentiated by.
        network: the network that it came from, or None.
        seconds: how long the derivation took.
        along: by symbol that varies: its own tangent, where one symbol of `wrt` counts how far one has gone in this
            direction; None where the symbols of `wrt` vary themselves.
    """

    def __init__(
        self,
        *,
        graph: Graph,
        named: Mapping[sp.Symbol, Node],
        wrt: tuple[sp.Symbol, ...],
        gradient_nodes: Sequence[Node],
        adjoints: backprop.Adjoints,
        method: str,
        seconds: float,
        network: Network | None = None,
        trees: Mapping[sp.Symbol, Any] | None = None,
        tangents: Mapping[sp.Symbol, Tangents] | None = None,
        along: Mapping[sp.Symbol, Node] | None = None,
    ) -> None:
        super().__init__(graph, named, wrt if along is None else tuple(along), shares=trees is None)
        self.wrt = wrt
        self.along = along
        self._gradients = gradient_nodes
        self.method = method
        self.seconds = seconds
        self.network = network
        self.trees = trees
        self.tangents = tangents
        self._adjoints = adjoints

    # --- what is named ---

    @property
    def adjoint_nodes(self) -> backprop.Adjoints:
        """By node of the forward pass: the derivative of the loss with respect to it, or None."""
        return self._adjoints

    @cached_property
    def gradient_nodes(self) -> dict[sp.Symbol, Node]:
        """The node of each parameter's derivative."""
        return dict(zip(self.wrt, self._gradients, strict=True))

    @property
    def written_out(self) -> bool:
        """True if each derivative stands for itself, sharing nothing (the naive way)."""
        return self.trees is not None

    def adjoint_node(self, symbol: sp.Symbol) -> Node | None:
        """The node of dL/d(symbol); None if the loss does not depend on the symbol."""
        found: Node | None = self.gradient_nodes.get(symbol)
        if found is None and symbol in self.quantities:
            place: Node = self.quantities[symbol]
            found = self._adjoints[place] if place < len(self._adjoints) else None
        return found

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every named line in an order that can be computed from top to bottom: forward, then backward."""
        lines = [Definition(symbol, node, "quantity") for symbol, node in self.quantities.items()]
        lines += [*self._adjoint_definitions(), *self._tangent_definitions(), *self._gradient_definitions()]
        if not self.written_out:
            lines += self._shared_definitions(lines)
        return sorted(lines, key=self._place)

    def _place(self, line: Definition) -> tuple[Node, bool, str]:
        """By node; a derivative that equals something of the forward pass still comes after the loss."""
        derived = line.of is not None
        return max(line.node, self.loss_node) if derived else line.node, derived, line.kind

    def _adjoint_definitions(self) -> Iterator[Definition]:
        for symbol in self.quantities:
            node = self.adjoint_node(symbol)
            if node is not None and symbol != self.loss:
                yield Definition(self.adjoint_symbol(symbol), node, "adjoint", symbol)

    def _tangent_definitions(self) -> Iterator[Definition]:
        for parameter, tangents in (self.tangents or {}).items():
            for symbol, node in self.quantities.items():
                if node in tangents and symbol != self.loss:
                    yield Definition(
                        self.tangent_symbol(symbol, parameter), tangents[node], "tangent", symbol, parameter
                    )

    def _gradient_definitions(self) -> Iterator[Definition]:
        for symbol, node in self.gradient_nodes.items():
            yield Definition(self.adjoint_symbol(symbol), node, "gradient", symbol)

    def _shared_definitions(self, lines: list[Definition]) -> list[Definition]:
        named = {line.node for line in lines if self._gives_name(line)}
        aliases = [line.node for line in lines if line.node not in named]
        extra = self.used_twice(named, {line.node for line in lines}, aliases)
        return [Definition(self.new_name(node), node, "shared") for node in extra]

    def _gives_name(self, line: Definition) -> bool:
        """A part of the forward pass is never called after the derivative that it happens to equal."""
        return line.of is None or line.node > self.loss_node

    @cached_property
    def _adjoint_symbols(self) -> dict[sp.Symbol, sp.Symbol]:
        return {}

    def adjoint_symbol(self, symbol: sp.Symbol) -> sp.Symbol:
        """The name of dL/d(symbol): delta<layer>_<unit> for a network's weighted sum, else dL_d<name>."""
        known = self._adjoint_symbols
        if symbol not in known:
            name = adjoint_name(self.loss, symbol, self.network)
            known[symbol] = self.namer.like(name, symbol)
        return known[symbol]

    def tangent_symbol(self, symbol: sp.Symbol, parameter: sp.Symbol) -> sp.Symbol:
        """The name of d(symbol)/d(parameter)."""
        if symbol == self.loss:
            return self.adjoint_symbol(parameter)
        known = self._tangent_symbols
        if (symbol, parameter) not in known:
            known[symbol, parameter] = self.namer.like(f"d{symbol.name}_d{parameter.name}", symbol)
        return known[symbol, parameter]

    @cached_property
    def _tangent_symbols(self) -> dict[tuple[sp.Symbol, sp.Symbol], sp.Symbol]:
        return {}

    @cached_property
    def names(self) -> dict[Node, sp.Symbol]:
        """The name of each named node: the first of `definitions` that has it."""
        names: dict[Node, sp.Symbol] = {}
        for line in self.definitions:
            if self._gives_name(line) and not self.graph.op(line.node).leaf:
                names.setdefault(line.node, line.symbol)
        return names

    # --- what SymPy users ask for ---

    def sympy(self, node: Node) -> Any:
        """A node as a SymPy expression in named quantities: its own definition if it has a name."""
        return raised(self.graph, node, self.names)

    @cached_property
    def gradients(self) -> dict[sp.Symbol, Any]:
        """Each parameter's derivative, a SymPy expression in named quantities (naive: in parameters and data)."""
        if self.trees is not None:
            return dict(self.trees)
        lines = {line.of: line for line in self.definitions if line.kind == "gradient"}
        return {symbol: self._right_side(lines[symbol]) for symbol in self.wrt}

    def _right_side(self, line: Definition) -> Any:
        name = self.names.get(line.node)
        if name is None or name == line.symbol:
            return self._raised(line.of, line.node, self.names)
        return whole(name, self.graph.shape(line.node), line.of)

    def resolve(self, which: Any) -> sp.Symbol:
        """The symbol of a parameter or named quantity, given the symbol itself or its name.

        Raises:
            ParameterError: there is none, or several of that name.
        """
        if isinstance(which, sp.Basic) and which in self._by_symbol:
            return which
        name = which if isinstance(which, str) else getattr(which, "name", None)
        matches = [symbol for symbol in self._by_symbol if symbol.name == name]
        if len(matches) == 1:
            return matches[0]
        if any(symbol.name == name for symbol in self.graph.symbols):
            raise ParameterError(f"{name} is data here, nothing is derived by it: put it into wrt")
        raise ParameterError(
            f"{str(which)[:60]!r} is neither a parameter nor a named quantity of this derivation: "
            f"choose one of {_listed([symbol.name for symbol in self._by_symbol])}"
        )

    @cached_property
    def _by_symbol(self) -> dict[sp.Symbol, None]:
        return dict.fromkeys([*self.wrt, *self.quantities])

    def adjoint(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in named quantities; 0 if the loss does not depend on it.

        Args:
            which: a parameter or named quantity, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        symbol = self.resolve(which)
        if symbol in self.gradient_nodes:
            return self.gradients[symbol]
        self._check_adjoints(symbol)
        node = self.adjoint_node(symbol)
        if node is None:
            return self._zero(symbol)
        return self._right_side(Definition(self.adjoint_symbol(symbol), node, "adjoint", symbol))

    def expand(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in parameters and data only.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: SymPy recurses too deep for a matrix expression of this size.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        symbol = self.resolve(which)
        if self.trees is not None and symbol in self.trees:
            return self.trees[symbol]
        if symbol not in self.gradient_nodes:
            self._check_adjoints(symbol)
        node = self.adjoint_node(symbol)
        return self._zero(symbol) if node is None else self._raised(symbol, node, {})

    def _raised(self, symbol: Any, node: Node, names: Mapping[Node, Any]) -> Any:
        """A derivative by a symbol: of that symbol's shape as SymPy has it."""
        try:
            return whole(raised(self.graph, node, names), self.graph.shape(node), symbol)
        except RecursionError:  # SymPy asks a matrix for its shape by going down through all of it
            raise SizeError(f"dL/d{symbol.name} written out is too deep for SymPy: use gradients or as_cse()") from None

    def _check_adjoints(self, symbol: sp.Symbol, instead: str = "tangent") -> None:
        if not self._adjoints and symbol != self.loss:
            raise UnsupportedError(
                f"method {self.method!r} forms no adjoints between {symbol.name} and the loss: use method='backprop'"
                + (f", or {instead}(quantity, parameter)" if self.tangents is not None else "")
            )

    def tangent(self, which: Any, along: Any) -> Any:
        """d(which)/d(along) as a SymPy expression in named quantities; 0 if `which` does not depend on it.

        Args:
            which: a named quantity, as a symbol or by name.
            along: a parameter, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity or parameter.
            UnsupportedError: the method forms no tangents.
        """
        symbol, parameter = self.resolve(which), self.resolve(along)
        place = self.quantities[symbol] if symbol in self.quantities else self.graph.symbol(symbol)
        node = self._tangents_along(parameter).get(place)
        if node is None:
            return self._zero(symbol)
        return self._right_side(Definition(self.tangent_symbol(symbol, parameter), node, "tangent", symbol, parameter))

    def _tangents_along(self, parameter: sp.Symbol) -> Tangents:
        if self.tangents is None or parameter not in self.tangents:
            raise UnsupportedError(
                f"there is no tangent along {parameter.name}: use method='forward', and a symbol of wrt"
            )
        return self.tangents[parameter]

    @staticmethod
    def _zero(symbol: Any) -> Any:
        return sp.ZeroMatrix(*symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else sp.S.Zero

    def as_cse(self) -> tuple[list[tuple[sp.Symbol, Any]], list[Any]]:
        """(replacements, [loss, *gradients in the order of wrt]), the form of `sympy.cse`."""
        outputs = [self.loss, *(self.gradients[symbol] for symbol in self.wrt)]
        lines = [line for line in self.definitions if self.names.get(line.node) == line.symbol]
        written = {line.symbol: self.sympy(line.node) for line in lines}
        # A gradient's own name is needed only where another line reads it.
        read = {symbol for value in (*written.values(), *outputs) for symbol in symbols_of(value)}
        kept = [line.symbol for line in lines if line.kind != "gradient" or line.symbol in read]
        return [(symbol, written[symbol]) for symbol in kept], outputs

    # --- the chain rule ---

    def chain(self, which: Any, rule: ChainRule | None = None) -> list[ChainStep]:
        """The chain rule of dL/d(which): one step for each quantity that it goes through directly.

        Args:
            which: a parameter or named quantity, as a symbol or by name.
            rule: what stands in the place of the upstream adjoints, and where the steps are formed: by default the
                adjoints themselves, in the derivation's own graph.

        Raises:
            ParameterError: there is no such quantity.
            UnsupportedError: the method forms no adjoints.
        """
        symbol = self.resolve(which)
        if not self.written_out:
            self._check_adjoints(symbol, "tangent_chain")
        rule = rule or self._rule
        return [step for consumer in self.consumers[symbol] if (step := rule.step(symbol, consumer)) is not None]

    @cached_property
    def _rule(self) -> ChainRule:
        return ChainRule(self.graph, self, self.upstream)

    def upstream(self, consumer: sp.Symbol) -> Node | None:
        """The adjoint of a quantity, that of the loss being 1; None if the loss does not depend on it."""
        return self.graph.one if consumer == self.loss else self.adjoint_node(consumer)

    def tangent_chain(self, which: Any, along: Any) -> list[TangentStep]:
        """The chain rule of d(which)/d(along) between scalars: one step for each part of the equation that varies.

        Raises:
            ParameterError: there is no such quantity or parameter.
            UnsupportedError: the method forms no tangents, or there are matrices.
        """
        symbol, parameter = self.resolve(which), self.resolve(along)
        found = self._tangents_along(parameter)
        if self.graph.shapes:
            raise UnsupportedError("the chain rule of a tangent has steps between scalars only: use tangent")
        locals_ = self._rule.partials(symbol, self.graph.one)
        return [
            TangentStep(part, found[node], locals_[node], self.graph.mul(locals_[node], found[node]))
            for node, part in self.parts(symbol).items()
            if node in found and node in locals_
        ]

    # --- cost ---

    @cached_property
    def cost(self) -> Cost:
        """Operations by kind, the same written out, paths, edges, nodes and seconds."""
        gradients = list(self.gradient_nodes.values())
        kinds = costs.counted(self.graph, [self.loss_node, *gradients])
        out = costs.written_out(self.graph, [self.loss_node, *gradients])
        return Cost(
            operations=kinds,
            total=out if self.written_out else kinds.total(),
            forward=costs.counted(self.graph, [self.loss_node]).total(),
            written_out=out,
            sympy_operations=sum(map(sp.count_ops, self.trees.values())) if self.trees is not None else None,
            naive=None if self.graph.shapes or self.along is not None else self._naive_operations(),
            nodes=len(self.graph.reachable([self.loss_node, *gradients])),
            paths=sum(self.path_counts.get(symbol, 0) for symbol in self.wrt),
            edges=sum(len(consumers) for consumers in self.consumers.values()),
            seconds=self.seconds,
        )

    def _naive_operations(self) -> int:
        return counting.naive_operations(self.graph, self.loss_node, [self.graph.symbol(symbol) for symbol in self.wrt])


def _listed(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f", ... ({len(names)} in all)" if len(names) > most else "")
