"""The ways to derive a loss, one row each: from equations to the parts of a `Derivation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import sympy as sp

from ..errors import UnsupportedError, unknown_name
from ..graph import Graph
from ..lowering import Lowering, raised
from ..networks import Equation, Network
from . import backprop, naive
from .collector import collector_paused
from .derivation import Derivation
from .equations import check_mentioned, lowered
from .forward import ForwardSweep

Parts = dict[str, Any]
"""What a `Derivation` is made of, by the names of its arguments."""


def derive_equations(
    equations: Sequence[Equation],
    wrt: Sequence[sp.Symbol],
    method: str = "backprop",
    network: Network | None = None,
    kind: type[Any] = Derivation,
) -> Any:
    """Differentiate the last of `equations`, the loss, with respect to each of `wrt`.

    Args:
        equations: (symbol, SymPy expression) pairs; a symbol may be used in the equations after its own.
        wrt: symbols that the equations contain.
        method: a name in `METHODS`.
        network: where the equations came from, if they came from a network.
        kind: the class of what is returned, `Derivation` or one derived from it.

    Raises:
        ParameterError: `wrt` names a symbol that the loss does not contain, or that an equation defines.
        SymbolNameError: a name is no plain identifier, or names two things.
        UnsupportedError: a piece of an expression has no place in the graph, or no derivative.
        UnknownNameError: there is no such method.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise unknown_name("method", method, METHODS)
    with collector_paused():
        return kind(network=network, method=method, **METHODS[method](equations, tuple(wrt), network))


def _by_backprop(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Parts:
    """The parts of a `Derivation`, by the reverse sweep."""
    start = perf_counter()
    lowering, nodes = lowered(equations, wrt)
    graph, loss = lowering.graph, lowering.quantities[equations[-1][0]]
    # A quantity that depends on no parameter has an adjoint as well: someone may ask for it.
    adjoints = backprop.adjoints(graph, loss, [*nodes, *lowering.quantities.values()])
    gradients = [adjoints[node] if node <= loss else None for node in nodes]
    for position, node in enumerate(gradients):
        if node is None:
            check_mentioned(equations, wrt[position])
            gradients[position] = graph.spread(graph.zero, graph.shape(nodes[position]))
    return {
        "graph": graph,
        "named": lowering.quantities,
        "wrt": wrt,
        "gradient_nodes": gradients,
        "adjoints": adjoints,
        "seconds": perf_counter() - start,
    }


def _by_forward_sweeps(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Parts:
    """One tangent sweep for each parameter, all on one graph."""
    start = perf_counter()
    lowering, nodes = lowered(equations, wrt)
    graph, loss = lowering.graph, lowering.quantities[equations[-1][0]]
    if any(graph.shape(node) for node in nodes):
        raise UnsupportedError(
            "method 'forward' sweeps once for each number, and wrt holds a matrix: use method='backprop', jvp for "
            "one direction, or the scalar_form of a network"
        )
    sweep = ForwardSweep(graph, loss, nodes)
    tangents = {symbol: sweep.along({node: graph.one}) for symbol, node in zip(wrt, nodes, strict=True)}
    for symbol in wrt:
        if loss not in tangents[symbol]:
            check_mentioned(equations, symbol)
    return {
        "graph": graph,
        "named": lowering.quantities,
        "wrt": wrt,
        "gradient_nodes": [found.get(loss, graph.zero) for found in tangents.values()],
        "adjoints": [],
        "tangents": tangents,
        "seconds": perf_counter() - start,
    }


# --- SymPy's ways ---


def _written_out_loss(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None, method: str
) -> Any:
    """The loss as one SymPy expression, which is what SymPy differentiates."""
    source, _ = lowered(equations, wrt)
    symbol = equations[-1][0]
    if any(name.is_Matrix for name in (*source.graph.symbols, *source.quantities)):
        raise UnsupportedError(
            f"method {method!r} takes no matrices, which SymPy's diff can get wrong: use method='backprop', "
            "or the scalar_form of a network"
        )
    for parameter in wrt:
        check_mentioned(equations, parameter)
    return raised(source.graph, source.quantities[symbol], {}) if network is None else network.loss


def _by_naive_diff(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Parts:
    """SymPy's `diff`, one parameter at a time, nothing shared."""
    loss = _written_out_loss(equations, wrt, network, "naive")
    start = perf_counter()
    trees = naive.derivatives(loss, wrt)
    seconds = perf_counter() - start
    lowering = Lowering(Graph())
    lowering.symbols(wrt)
    return {
        "graph": lowering.graph,
        "named": {equations[-1][0]: lowering.equation(equations[-1][0], loss)},
        "wrt": wrt,
        "gradient_nodes": [lowering.expression(tree) for tree in trees.values()],
        "adjoints": [],
        "seconds": seconds,
        "trees": trees,
    }


def _sharing(method: str, work: Callable[[Any, Any], naive.Shared]) -> Callable[..., Parts]:
    """A way that ends with replacements: they become the named quantities."""

    def parts(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Parts:
        loss = _written_out_loss(equations, wrt, network, method)
        start = perf_counter()
        replacements, [value, *gradients] = work(loss, wrt)
        seconds = perf_counter() - start
        lowering = Lowering(Graph())
        lowering.symbols(wrt)
        for symbol, expression in [*replacements, (equations[-1][0], value)]:
            lowering.equation(symbol, expression)
        return {
            "graph": lowering.graph,
            "named": lowering.quantities,
            "wrt": wrt,
            "gradient_nodes": [lowering.expression(gradient) for gradient in gradients],
            "adjoints": [],
            "seconds": seconds,
        }

    return parts


METHODS: Mapping[str, Callable[[Any, Any, Any], Parts]] = {
    "backprop": _by_backprop,
    "forward": _by_forward_sweeps,
    "naive": _by_naive_diff,
    "naive+cse": _sharing("naive+cse", naive.shared_afterwards),
    "sympy-forward": _sharing("sympy-forward", naive.forward_accumulation),
}
