"""The ways to derive a loss, one function each: from equations to a `Sweep`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import sympy as sp

from ..errors import UnsupportedError, unknown_name
from ..graph import Graph, Node
from ..lowering import Lowering, raised
from ..networks import Equation, Network
from . import backprop, naive
from .collector import collector_paused
from .equations import check_mentioned, lowered
from .forward import ForwardSweep
from .sweep import Sweep
from .ways import BACKPROP, DEFAULT, FORWARD, NAIVE, NAIVE_CSE, SYMPY_FORWARD, Way

Method = Callable[[Sequence[Equation], tuple[sp.Symbol, ...], Network | None], Sweep]
"""From equations, what their last is to be differentiated by, and the network that they come from, or None."""


def derive_equations(
    equations: Sequence[Equation],
    wrt: Sequence[sp.Symbol],
    method: str = DEFAULT,
    network: Network | None = None,
) -> Sweep:
    """Differentiate the last of `equations`, the loss, with respect to each of `wrt`.

    Args:
        equations: (symbol, SymPy expression) pairs; a symbol may be used in the equations after its own.
        wrt: symbols that the equations contain.
        method: a name in `METHODS`.
        network: where the equations came from, if they came from a network.

    Raises:
        ParameterError: `wrt` names a symbol that the loss does not contain, or that an equation defines.
        SymbolNameError: a name is no plain identifier, or names two things.
        UnsupportedError: a piece of an expression has no place in the graph, or no derivative.
        UnknownNameError: there is no such method.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise unknown_name("method", method, METHODS)
    with collector_paused():
        return METHODS[method](equations, tuple(wrt), network)


def _by_backprop(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Sweep:
    """One reverse sweep for all parameters."""
    start = perf_counter()
    lowering, nodes = lowered(equations, wrt)
    graph, loss = lowering.graph, lowering.quantities[equations[-1][0]]
    # A quantity that depends on no parameter has an adjoint as well: someone may ask for it.
    adjoints = backprop.adjoints(graph, loss, [*nodes, *lowering.quantities.values()])
    gradients: list[Node] = []
    for symbol, node in zip(wrt, nodes, strict=True):
        adjoint = adjoints[node] if node <= loss else None
        if adjoint is None:
            check_mentioned(equations, symbol)
            adjoint = graph.spread(graph.zero, graph.shape(node))
        gradients.append(adjoint)
    return Sweep(
        way=BACKPROP,
        seconds=perf_counter() - start,
        graph=graph,
        named=lowering.quantities,
        wrt=wrt,
        gradient_nodes=gradients,
        adjoints=adjoints,
        network=network,
    )


def _by_forward_sweeps(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Sweep:
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
    return Sweep(
        way=FORWARD,
        seconds=perf_counter() - start,
        graph=graph,
        named=lowering.quantities,
        wrt=wrt,
        gradient_nodes=[found.get(loss, graph.zero) for found in tangents.values()],
        tangents=tangents,
        network=network,
    )


# --- SymPy's ways ---


def _written_out_loss(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None, way: Way
) -> Any:
    """The loss as one SymPy expression, which is what SymPy differentiates."""
    source, _ = lowered(equations, wrt)
    symbol = equations[-1][0]
    if any(name.is_Matrix for name in (*source.graph.symbols, *source.quantities)):
        raise UnsupportedError(
            f"method {way.name!r} takes no matrices, which SymPy's diff can get wrong: use method='backprop', "
            "or the scalar_form of a network"
        )
    for parameter in wrt:
        check_mentioned(equations, parameter)
    return raised(source.graph, source.quantities[symbol], {}) if network is None else network.loss


def _by_naive_diff(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Sweep:
    """SymPy's `diff`, one parameter at a time, nothing shared."""
    loss = _written_out_loss(equations, wrt, network, NAIVE)
    start = perf_counter()
    trees = naive.derivatives(loss, wrt)
    seconds = perf_counter() - start
    lowering = Lowering(Graph())
    lowering.symbols(wrt)
    return Sweep(
        way=NAIVE,
        seconds=seconds,
        graph=lowering.graph,
        named={equations[-1][0]: lowering.equation(equations[-1][0], loss)},
        wrt=wrt,
        gradient_nodes=[lowering.expression(tree) for tree in trees.values()],
        trees=trees,
        network=network,
    )


def _sharing(way: Way, work: Callable[[Any, Any], naive.Shared]) -> Method:
    """A way that ends with replacements: they become the named quantities."""

    def derived(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> Sweep:
        loss = _written_out_loss(equations, wrt, network, way)
        start = perf_counter()
        replacements, [value, *gradients] = work(loss, wrt)
        seconds = perf_counter() - start
        lowering = Lowering(Graph())
        lowering.symbols(wrt)
        for symbol, expression in [*replacements, (equations[-1][0], value)]:
            lowering.equation(symbol, expression)
        return Sweep(
            way=way,
            seconds=seconds,
            graph=lowering.graph,
            named=lowering.quantities,
            wrt=wrt,
            gradient_nodes=[lowering.expression(gradient) for gradient in gradients],
            network=network,
        )

    return derived


METHODS: Mapping[str, Method] = {
    BACKPROP.name: _by_backprop,
    FORWARD.name: _by_forward_sweeps,
    NAIVE.name: _by_naive_diff,
    NAIVE_CSE.name: _sharing(NAIVE_CSE, naive.shared_afterwards),
    SYMPY_FORWARD.name: _sharing(SYMPY_FORWARD, naive.forward_accumulation),
}
