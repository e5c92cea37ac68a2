"""The public face: `sb.derive`, and the `sb.Derivation` that it gives in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import sympy as sp

from . import codegen, derivation, formulas
from .derivation import DEFAULT, ChainStep, Cost, Definition, Sweep, TangentStep
from .errors import ParameterError, unknown_name
from .graph import Graph, Node
from .inputs import checked_wrt, equations_of, free_symbols_of, scalar_loss
from .networks import ACTIVATIONS, Network
from .output import write_text


class Derivation:
    """The derivative of one loss with respect to several symbols; made by `derive`.

    Attributes:
        sweep: what the core has found: nodes, names, the chain rule. What follows first is said by it, the rest says
            it in formulas or in code.
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
        return self.sweep.loss

    @property
    def wrt(self) -> tuple[Any, ...]:
        """The symbols that the loss is differentiated by."""
        return self.sweep.wrt

    @property
    def along(self) -> Mapping[Any, Node] | None:
        """By symbol that varies: its tangent, a node, if `wrt` counts how far one has gone in a direction; or None."""
        return self.sweep.along

    @property
    def network(self) -> Network | None:
        """The network that it came from, or None."""
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
        return self.sweep.gradients

    def resolve(self, which: Any) -> Any:
        """The symbol of a parameter or named quantity, given the symbol itself or its name.

        Raises:
            ParameterError: there is none, or several of that name.
        """
        return self.sweep.resolve(which)

    def adjoint(self, which: Any) -> Any:
        """dL/d(which) as a SymPy expression in named quantities; 0 if the loss does not depend on it.

        Args:
            which: a parameter or named quantity, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity.
            UnsupportedError: the method forms no adjoints, and this is no parameter.
        """
        return self.sweep.adjoint(which)

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

    # --- in formulas and in code ---

    def __repr__(self) -> str:
        return f"Derivation of {self.loss} by {len(self.wrt)} symbols ({self.method})"

    def explain(self, which: Any) -> formulas.Explanation:
        """The chain rule of one derivative: the rule, the rule worked, and the derivative written out.

        Args:
            which: a parameter or a named quantity, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity.
        """
        return formulas.Explanation(self.sweep, self.resolve(which))

    def paths(self, which: Any = None, most: int = formulas.MOST_PATHS) -> formulas.PathExplanation:
        """The paths from one parameter to the loss, the products along them, and what backprop shares among them.

        The result iterates over all paths, each with its `symbols`, its `locals` and their `product` in SymPy.

        Args:
            which: a parameter or a named quantity, as a symbol or by name; None for how many paths there are from each
                parameter.
            most: paths that are listed in print.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: `most` is not a whole number from 1 up.
            UnsupportedError: there are matrices, between which no paths of numbers lead.
        """
        return formulas.PathExplanation(self.sweep, which, most)

    def formulas(self, format: str = "text", parameter: Any = None) -> str:
        """All formulas, or those of one parameter, as "text", "latex" or "markdown"."""
        return formulas.rendered(formulas.document(self.sweep, parameter), format)

    def compile(self, style: str = "fast", batch: Iterable[Any] | None = None) -> Callable[..., Any]:
        """A NumPy function.

        Of a network: f(params, X, Y) -> (loss, grads), with X (samples, inputs), Y (samples, outputs), and both
        dicts holding arrays of `network.shapes` under those names. Of an expression: f(*values) in the order of
        `wrt`, then the other symbols by name, or f(name=value, ...) -> (value, {name: derivative}); arrays broadcast.
        Of an expression with matrices the same, but each argument has the shape of its symbol, (n,) for (n, 1) and
        (1, n) if you like, and each derivative that of its argument; all arrays are of one dtype, which is kept, and
        sizes that are symbols are what the arrays say.

        Args:
            style: of a network in matrix form, "fast" (writes into arrays made beforehand) or "readable"; all other
                code consists of plain expressions anyway.
            batch: the symbols, or names, that get a value for each sample, along a first axis: (samples, rows,
                columns), (samples, n) for a row or column, (samples,) for a scalar. The function then returns the
                mean loss and the mean derivatives.

        Raises:
            ParameterError: the batch is empty, holds a symbol of `wrt`, or is asked for a network, which has one.
            UnknownNameError: the batch names no symbol of the loss, or there is no such style.
            UnsupportedError: an operation has no NumPy source.
        """
        self._check_choices(style, batch)
        if self.network is not None:
            return codegen.network_function(codegen.network_source(self.sweep, style))
        return codegen.evaluation(self.sweep, batch).function()

    def _check_choices(self, style: str, batch: Iterable[Any] | None) -> None:
        if style not in codegen.STYLES:
            raise unknown_name("style", style, codegen.STYLES)
        if batch is not None and self.network is not None:
            raise ParameterError("a network's function takes a batch as it is: leave batch out")

    def source(self, style: str = "fast", batch: Iterable[Any] | None = None) -> str:
        """The text of the standalone module that `write` writes; the arguments are those of `compile`."""
        self._check_choices(style, batch)
        if self.network is None:
            return codegen.evaluation(self.sweep, batch).module()
        shared = self if self.sweep.way.forms_adjoints else derive(self.network)
        styled = f" --style {style}" if self.network.form == "matrix" and style != "fast" else ""
        return codegen.network_text(self.sweep, shared.sweep, command_of(self.network, self.method) + styled, style)

    def write(self, path: str | Path, style: str = "fast", batch: Iterable[Any] | None = None) -> Path:
        """Write a standalone module that needs NumPy alone; the same bytes whenever it is written again.

        Args:
            path: of the file.
            style: of a network in matrix form, "fast" (writes into arrays made beforehand) or "readable".
            batch: of an expression, the symbols that get a value for each sample, as for `compile`.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: an operation has no NumPy source.
        """
        return write_text(path, self.source(style, batch))

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self.sweep)


def derive(what: Any, wrt: Iterable[sp.Symbol] | None = None, method: str = DEFAULT) -> Derivation:
    """Differentiate a network's loss, an expression, or the last of a list of equations.

    Args:
        what: a `Network`; a scalar SymPy expression, in which there may be matrices, or a matrix expression of 1 x 1;
            or [(symbol, expression), ...], where a symbol may be used in the equations after its own and the last
            equation is the loss. Matrix symbols and expressions are taken like scalar ones.
        wrt: the symbols to differentiate by; by default a network's parameters, or every symbol of the expressions.
        method: "backprop" (one sweep back, everything shared), "forward" (one sweep of tangents for each symbol, which
            share the forward pass), or one of SymPy's ways, for comparison: "naive" (`diff`, one symbol at a time),
            "naive+cse" (and then `cse`), "sympy-forward" (its private forward mode).

    Raises:
        ParameterError: `wrt` is empty, names a symbol twice, or one that the loss does not contain.
        ShapeError: operands do not fit each other, or the loss is no scalar.
        SymbolNameError: a symbol's name is no plain identifier, or two symbols share it.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    if isinstance(what, Network):
        given = what.parameters if wrt is None else checked_wrt(wrt, (*what.inputs, *what.targets))
        return Derivation(derivation.derive_equations(what.equations, given, method, what))
    equations = equations_of(what)
    scalar_loss(equations[-1][0])
    given = free_symbols_of(equations) if wrt is None else checked_wrt(wrt, ())
    return Derivation(derivation.derive_equations(equations, given, method))


def command_of(network: Network, method: str) -> str:
    """What generates a network's module, written the same way whoever generated it."""
    if not {network.hidden_name, network.output_name} <= {*ACTIVATIONS, "softmax"}:
        return "Derivation.write, in Python: no command knows its activation"
    widths = "-".join(str(width) for width in network.widths)
    options = f"--hidden {network.hidden_name} --output {network.output_name} --loss {network.loss_name}"
    form = "" if network.form == "scalar" else " --form matrix"
    return f"symbackprop generate {widths} {options}{form}" + ("" if method == DEFAULT else f" --method {method}")


__all__ = ["Derivation", "command_of", "derive"]
