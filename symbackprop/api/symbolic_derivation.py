"""What the core has found, as a user asks for it: what `sb.Derivation` has beside formulas and code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from ..derivation import ChainStep, Cost, Definition, Sweep, TangentStep, node_of
from ..graph import Graph, Node
from ..leaf_symbols import inner_parts, own
from ..networks import Model, Network


class SymbolicDerivation:
    """The derivative of one loss with respect to several symbols: expressions, chain rule, cost, nodes.

    Attributes:
        sweep: what the core has found, which says all of it.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep

    @property
    def method(self) -> str:
        """The name of the method: how it was derived."""
        return self.sweep.method

    @property
    def loss(self) -> Any:
        """The symbol of the loss."""
        return own(self.sweep.loss)

    @property
    def wrt(self) -> tuple[Any, ...]:
        """The symbols that the loss is differentiated by."""
        return tuple(map(own, self.sweep.wrt))

    @property
    def along(self) -> Mapping[Any, Node] | None:
        """By symbol that varies: its tangent, a node, if `wrt` counts how far one has gone in a direction; or None."""
        return self.sweep.along

    @property
    def model(self) -> Model | None:
        """The network or other model that it came from, or None."""
        return self.sweep.model

    @property
    def network(self) -> Network | None:
        """The network of layers that it came from, or None."""
        return self.sweep.network

    @property
    def seconds(self) -> float:
        """How long the derivation took."""
        return self.sweep.seconds

    @property
    def cost(self) -> Cost:
        """Operations by kind, the same written out, paths, edges, nodes and seconds."""
        return self.sweep.cost

    @property
    def gradients(self) -> dict[Any, Any]:
        """Each parameter's derivative, a SymPy expression in named quantities (naive: in parameters and data)."""
        return {own(symbol): value for symbol, value in self.sweep.gradients.items()}

    @property
    def sparsity(self) -> list[tuple[int]]:
        """The places in `wrt` of the derivatives that are not 0, counted from 0."""
        return self.sweep.sparsity

    def resolve(self, which: Any) -> Any:
        """The symbol of a parameter or named quantity, given the symbol itself or its name.

        Raises:
            ParameterError: there is none, or several of that name, or it is made of data alone.
        """
        return own(self.sweep.resolve(which))

    def adjoint(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in named quantities; 0 if the loss does not depend on it.

        Args:
            which: a parameter or named quantity, as a symbol or by name; or a part of the loss as it is written, x**2.

        Raises:
            ParameterError: there is no such quantity or part.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        which = inner_parts(which, self.sweep.graph.symbols)
        is_part = isinstance(which, sp.Expr | sp.MatrixExpr) and bool(which.args) and not hasattr(which, "name")
        return self.sweep.adjoint_at(node_of(self.sweep, which)) if is_part else self.sweep.adjoint(which)

    def expand(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in parameters and data only.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: SymPy recurses too deep for a matrix expression of this size.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        return self.sweep.expand(which)

    def tangent(self, which: Any, along: Any) -> Any:
        """d(which)/d(along) as a SymPy expression in named quantities; 0 if `which` does not depend on it.

        Args:
            which: a named quantity, as a symbol or by name.
            along: a parameter, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity or parameter.
            UnsupportedError: the method forms no tangents.
        """
        return self.sweep.tangent(which, along)

    def equations_of(self, which: Any) -> list[tuple[Any, Any]]:
        """dL/d(which) as a list of equations, for `derive`: every named line that it is computed from, then itself.

        What stands in `gradients`, `adjoint` and `as_cse` can be derived as it is where the names in it are ours. A
        name that the user gave stays his symbol, and data to whatever it is passed to; here it has its equation.

        Args:
            which: a parameter or named quantity, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        return self.sweep.equations_of(which)

    def as_cse(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """(replacements, [loss, *gradients in the order of wrt]), the form of `sympy.cse`."""
        return self.sweep.as_cse()

    def chain(self, which: Any) -> list[ChainStep]:
        """The chain rule of dL/d(which): one step for each quantity that it goes through directly.

        Raises:
            ParameterError: there is no such quantity.
            UnsupportedError: the method forms no adjoints.
        """
        return self.sweep.chain(which)

    def tangent_chain(self, which: Any, along: Any) -> list[TangentStep]:
        """The chain rule of d(which)/d(along) between scalars: one step for each part of the equation that varies.

        Raises:
            ParameterError: there is no such quantity or parameter.
            UnsupportedError: the method forms no tangents, or there are matrices.
        """
        return self.sweep.tangent_chain(which, along)

    # --- nodes, for those who go through the graph themselves ---

    @property
    def graph(self) -> Graph:
        """Where all nodes stand."""
        return self.sweep.graph

    @property
    def named(self) -> dict[Any, Node]:
        """The nodes of what the user or network named, in order; the last is the loss."""
        return self.sweep.named

    @property
    def quantities(self) -> dict[Any, Node]:
        """The forward pass: the nodes of `named`, and of every part that the forward pass uses twice."""
        return self.sweep.quantities

    @property
    def loss_node(self) -> Node:
        """The node of the loss."""
        return self.sweep.loss_node

    @property
    def gradient_nodes(self) -> dict[Any, Node]:
        """The node of each parameter's derivative."""
        return self.sweep.gradient_nodes

    @property
    def definitions(self) -> list[Definition]:
        """Every named line in an order that can be computed from top to bottom: forward, then backward."""
        return self.sweep.definitions

    @property
    def names(self) -> dict[Node, Any]:
        """The name of each named node: the first of `definitions` that has it."""
        return self.sweep.names

    @property
    def consumers(self) -> dict[Any, list[Any]]:
        """By quantity or parameter: the quantities in whose own equation it stands and that the loss depends on."""
        return self.sweep.consumers

    @property
    def path_counts(self) -> dict[Any, int]:
        """By parameter and quantity: how many paths lead from it to the loss, along named quantities."""
        return self.sweep.path_counts

    def adjoint_node(self, symbol: Any) -> Node | None:
        """The node of dL/d(symbol); None if the loss does not depend on the symbol."""
        return self.sweep.adjoint_node(symbol)

    def adjoint_symbol(self, symbol: Any) -> Any:
        """The name of dL/d(symbol): delta<layer>_<unit> for a network's weighted sum, else dL_d<name>."""
        return self.sweep.adjoint_symbol(symbol)

    def tangent_symbol(self, symbol: Any, parameter: Any) -> Any:
        """The name of d(symbol)/d(parameter)."""
        return self.sweep.tangent_symbol(symbol, parameter)

    def sympy(self, node: Node) -> Any:
        """A node as a SymPy expression in named quantities: its own definition if it has a name."""
        return self.sweep.sympy(node)
