"""What a derivation is, whichever way made it: named quantities, their adjoints, the chain rule between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import sympy as sp

from .. import cost as costs
from ..equation_list import needed_by
from ..errors import ParameterError, SizeError, UnsupportedError, listed
from ..graph import Node
from ..leaf_symbols import LeafSymbol, inner_symbol, own
from ..lowering import raised, symbols_of, whole
from . import derivation_cost
from .chain_rule import ChainRule
from .forward_mode import Tangents
from .matrix_jacobians import is_zero
from .named_lines import Definitions
from .result_types import ChainStep, Cost, Definition, TangentStep


class Sweep(Definitions):
    """The derivative of one loss with respect to several symbols, as the core has it: nodes, names, chain rule, cost.

    What a user holds, a `symbackprop.Derivation`, has one of these, and says what its methods take and raise.
    """

    def __getstate__(self) -> dict[str, Any]:
        """All but the chain rule, which remembers what it was asked, by functions that no other process has."""
        return {name: value for name, value in self.__dict__.items() if name != "_rule"}

    @property
    def method(self) -> str:
        """The name of the way, in `METHODS`."""
        return self.way.name

    @property
    def written_out(self) -> bool:
        """True if each derivative stands for itself, sharing nothing (the naive way)."""
        return self.way.writes_out

    @property
    def tangents(self) -> Mapping[sp.Symbol, Tangents] | None:
        """By symbol of `wrt`: the tangents along it, by node; None if the way has none."""
        return self._tangents if self.way.has_tangents else None

    # --- what SymPy users ask for ---

    def sympy(self, node: Node) -> Any:
        """A node as a SymPy expression in named quantities: its own definition if it has a name."""
        return raised(self.graph, node, self.names)

    @cached_property
    def gradients(self) -> dict[sp.Symbol, Any]:
        """Each parameter's derivative, a SymPy expression in named quantities (naive: in parameters and data)."""
        if self.way.writes_out:
            return dict(self.trees)
        lines = {line.of: line for line in self.definitions if line.kind == "gradient"}
        return {symbol: self._right_side(lines[symbol]) for symbol in self.wrt}

    def _right_side(self, line: Definition) -> Any:
        name = self.names.get(line.node)
        if name is None or name == line.symbol:
            return self._raised(line.of or line.symbol, line.node, self.names)
        return whole(own(name), self.graph.shape(line.node), line.of or line.symbol)

    def resolve(self, which: Any) -> sp.Symbol:
        """The symbol of a parameter or named quantity that the loss is derived by, given the symbol or its name."""
        symbol = self._named(which)
        if symbol in self.quantities and self.quantities[symbol] not in self.varying:
            raise ParameterError(
                f"{symbol.name} is made of data alone, nothing is derived by it: put what it is made of into wrt"
            )
        return symbol

    def knows(self, which: Any) -> bool:
        """Whether there is a parameter or named quantity of that name."""
        which = inner_symbol(which, self._by_symbol)
        name = which if isinstance(which, str) else getattr(which, "name", None)
        return any(symbol.name == name for symbol in self._by_symbol)

    def _named(self, which: Any) -> sp.Symbol:
        """The symbol of a parameter or named quantity, of data alone or not."""
        if isinstance(which, sp.Basic) and which in self._by_symbol:
            return which
        which = inner_symbol(which, (*self._by_symbol, *self.graph.symbols))
        if isinstance(which, LeafSymbol) and which in self._by_symbol:
            return which
        name = which if isinstance(which, str) else getattr(which, "name", None)
        matches = [symbol for symbol in self._by_symbol if symbol.name == name]
        if len(matches) == 1:
            return matches[0]
        if any(symbol.name == name for symbol in self.graph.symbols):
            raise ParameterError(f"{name} is data here, nothing is derived by it: put it into wrt")
        raise ParameterError(
            f"{str(which)[:60]!r} is neither a parameter nor a named quantity of this derivation: "
            f"choose one of {listed([symbol.name for symbol in self._by_symbol])}"
        )

    @cached_property
    def _by_symbol(self) -> dict[sp.Symbol, None]:
        return dict.fromkeys([*self.wrt, *self.quantities])

    def adjoint(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in named quantities; 0 if the loss does not depend on it."""
        symbol = self.resolve(which)
        if symbol in self.gradient_nodes:
            return self.gradients[symbol]
        self._check_adjoints(symbol)
        node = self.adjoint_node(symbol)
        if node is None:
            return self._zero(symbol)
        return self._right_side(Definition(self.adjoint_symbol(symbol), node, "adjoint", symbol))

    def adjoint_at(self, node: Node) -> Any:
        """dL/d(a node of the loss) as a SymPy expression in named quantities."""
        if not self.way.forms_adjoints:
            raise UnsupportedError(f"method {self.way.name!r} forms no adjoints of parts: use method='backprop'")
        found = self.adjoint_nodes[node]
        if found is None:
            raise ParameterError("that part is made of data alone, nothing is derived by it: put that data into wrt")
        return self.sympy(found)

    def expand(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in parameters and data only."""
        symbol = self.resolve(which)
        if symbol in self.trees:
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
        if not self.way.forms_adjoints and symbol != self.loss:
            raise UnsupportedError(
                f"method {self.way.name!r} forms no adjoints between {symbol.name} and the loss: use method='backprop'"
                + (f", or {instead}(quantity, parameter)" if self.way.has_tangents else "")
            )

    def tangent(self, which: Any, along: Any) -> Any:
        """d(which)/d(along) as a SymPy expression in named quantities; 0 if `which` does not depend on it."""
        symbol, parameter = self._named(which), self.resolve(along)
        place = self.quantities[symbol] if symbol in self.quantities else self.graph.symbol(symbol)
        node = self.tangents_along(parameter).get(place)
        if node is None:
            return self._zero(symbol)
        return self._right_side(Definition(self.tangent_symbol(symbol, parameter), node, "tangent", symbol, parameter))

    def tangents_along(self, parameter: sp.Symbol) -> Tangents:
        """By node: its derivative along a symbol of `wrt`; what is not in it does not depend on the symbol."""
        if parameter not in self._tangents:
            raise UnsupportedError(
                f"there is no tangent along {parameter.name}: use method='forward', and a symbol of wrt"
            )
        return self._tangents[parameter]

    @staticmethod
    def _zero(symbol: Any) -> Any:
        return sp.ZeroMatrix(*symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else sp.S.Zero

    def as_cse(self) -> tuple[list[tuple[sp.Symbol, Any]], list[Any]]:
        """(replacements, [loss, *gradients in the order of wrt]), the form of `sympy.cse`."""
        outputs = [own(self.loss), *(self.gradients[symbol] for symbol in self.wrt)]
        lines = [line for line in self.definitions if self.names.get(line.node) == line.symbol]
        written = {line.symbol: self.sympy(line.node) for line in lines}
        # A gradient's own name is needed only where another line reads it.
        read = {symbol for value in (*written.values(), *outputs) for symbol in symbols_of(value)}
        kept = [line for line in lines if line.kind != "gradient" or own(line.symbol) in read]
        named = {line.of: line.symbol for line in kept if line.kind == "gradient"}
        outputs = [own(self.loss), *(named.get(symbol, self.gradients[symbol]) for symbol in self.wrt)]
        return [(own(line.symbol), written[line.symbol]) for line in kept], outputs

    def told(self) -> Iterator[tuple[Any, Any]]:
        """Every named line as (symbol, expression in named quantities), to be computed from top to bottom."""
        for line in self.definitions:
            written = self.trees.get(line.of) if line.kind == "gradient" else None
            yield own(line.symbol), self._right_side(line) if written is None else written

    def equations_of(self, which: Any) -> list[tuple[Any, Any]]:
        """dL/d(which), and before it every named line that it is computed from."""
        symbol = self.resolve(which)
        name = self.adjoint_symbol(symbol)
        others = [line for line in self.origin.lines.items() if line[0] != name]
        lines = [*others, (name, self.adjoint(symbol))]
        needed = needed_by(lines)
        return [line for line in lines if line[0] in needed]

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
        if not self.way.writes_out:
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
        """The chain rule of d(which)/d(along) between scalars: one step for each part of the equation that varies."""
        symbol, parameter = self._named(which), self.resolve(along)
        found = self.tangents_along(parameter)
        if self.graph.shapes:
            raise UnsupportedError("the chain rule of a tangent has steps between scalars only: use tangent")
        locals_ = self._rule.partials(symbol, self.graph.one)
        return [
            TangentStep(part, found[node], locals_[node], self.graph.mul(locals_[node], found[node]))
            for node, part in self.parts(symbol).items()
            if node in found and node in locals_
        ]

    @property
    def sparsity(self) -> list[tuple[int]]:
        """The places in `wrt` of the derivatives that are not 0, counted from 0."""
        nodes = enumerate(self.gradient_nodes.values())
        return [(place,) for place, node in nodes if not is_zero(self.graph, node)]

    # --- cost ---

    @cached_property
    def operations(self) -> int:
        """How many operations the loss and its derivatives are together, what is shared counted once."""
        total: int = costs.counted(self.graph, self.roots).total()
        return total

    @cached_property
    def cost(self) -> Cost:
        """Operations by kind, the same written out, paths, edges, nodes and seconds."""
        graph, kinds = self.graph, costs.counted(self.graph, self.roots)
        naive = None
        if not graph.shapes and not self.way.is_directional:
            parameters = [graph.symbol(symbol) for symbol in self.wrt]
            naive = derivation_cost.naive_operations(graph, self.loss_node, parameters)
        out = costs.written_out(self.graph, self.roots)
        return Cost(
            operations=kinds,
            total=out if self.way.writes_out else kinds.total(),
            forward=costs.counted(self.graph, [self.loss_node]).total(),
            written_out=out,
            sympy_operations=sum(map(sp.count_ops, self.trees.values())) if self.way.writes_out else None,
            naive=naive,
            nodes=len(self.graph.reachable(self.roots)),
            paths=sum(self.path_counts.get(symbol, 0) for symbol in self.wrt),
            edges=sum(len(consumers) for consumers in self.consumers.values()),
            seconds=self.seconds,
        )
