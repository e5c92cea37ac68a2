"""From equations to a derivation, by each method."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from time import perf_counter
from typing import Any

import sympy as sp

from ..errors import ParameterError, UnsupportedError, unknown_name
from ..graph import Graph, Node
from ..lowering import Lowering, raised, sizes_of, symbols_of
from ..networks import Equation, Network
from ..rewriting import RECOGNISERS
from . import backprop, naive
from .derivation import Derivation
from .names import check_names, clash


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
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    with _collector_paused():
        return kind(network=network, method=method, **METHODS[method](equations, tuple(wrt), network))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Python's cycle collector finds nothing in a growing graph, and takes a third of the time to say so."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _lowered(equations: Sequence[Equation], wrt: Sequence[sp.Symbol]) -> tuple[Lowering, Sequence[Node]]:
    """The graph of the equations, and the nodes of `wrt` in it, after every name has been looked at."""
    lowering = Lowering(Graph(), RECOGNISERS)
    nodes = lowering.symbols(wrt)  # first of all, so that products are written w*x
    if len(lowering.graph.symbols) < len(wrt):
        raise ParameterError("wrt names a symbol twice: name each once")
    for symbol, expression in equations:
        lowering.equation(symbol, expression)
    lowering.graph.release(lowering.quantities.values())
    names = list(map(attrgetter("name"), (*lowering.graph.symbols, *lowering.quantities)))
    distinct = set(names)
    if len(distinct) < len(lowering.graph.symbols) + len(equations):
        _check_defined_once(lowering, equations, set(wrt))
        raise clash(names)
    check_names(distinct | {size.name for symbol in lowering.graph.symbols for size in sizes_of(symbol)})
    _check_no_sizes(lowering.graph, wrt)
    return lowering, nodes


def _check_no_sizes(graph: Graph, wrt: Sequence[Any]) -> None:
    symbolic = {size for shape in graph.shapes.values() for size in shape if not isinstance(size, int)}
    for symbol in set().union(*(size.free_symbols for size in symbolic)).intersection(wrt):
        raise ParameterError(f"{symbol.name} is a size of a matrix: there is no derivative by it, leave it out of wrt")


def _check_defined_once(lowering: Lowering, equations: Sequence[Equation], wrt: Collection[sp.Symbol]) -> None:
    symbols = lowering.graph.symbols
    for symbol in [symbol for symbol, _ in equations]:
        if symbol in wrt:
            raise ParameterError(f"{symbol.name} is defined by an equation: ask for its adjoint instead")
        if symbol in symbols:
            raise ParameterError(f"{symbol.name} is used before the equation that defines it: put that one first")
    [(twice, times)] = Counter(symbol for symbol, _ in equations).most_common(1)
    if times > 1:
        raise ParameterError(f"{twice.name} is defined by two equations: rename one")


def _by_backprop(equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None) -> dict[str, Any]:
    """The parts of a `Derivation`, by the reverse sweep."""
    start = perf_counter()
    lowering, nodes = _lowered(equations, wrt)
    graph, loss = lowering.graph, lowering.quantities[equations[-1][0]]
    # A quantity that depends on no parameter has an adjoint as well: someone may ask for it.
    adjoints = backprop.adjoints(graph, loss, [*nodes, *lowering.quantities.values()])
    gradients = [adjoints[node] if node <= loss else None for node in nodes]
    for position, node in enumerate(gradients):
        if node is None:
            _check_mentioned(equations, wrt[position])
            gradients[position] = graph.spread(graph.zero, graph.shape(nodes[position]))
    return {
        "graph": graph,
        "named": lowering.quantities,
        "wrt": wrt,
        "gradient_nodes": gradients,
        "adjoints": adjoints,
        "seconds": perf_counter() - start,
    }


def _check_mentioned(equations: Sequence[Equation], symbol: Any) -> None:
    """Refuse a symbol that the loss is not computed from at all, not even through a condition.

    The graph cannot tell: what is multiplied by 0 has gone from it.
    """
    needed = {equations[-1][0]}
    for name, expression in reversed(equations):
        if name in needed:
            needed.update(symbols_of(expression))
    if symbol not in needed:
        raise ParameterError(f"the loss does not contain {symbol.name}: leave it out of wrt")


def _by_naive_diff(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], network: Network | None
) -> dict[str, Any]:
    """The parts of a `Derivation`, by SymPy's own `diff`."""
    source, _ = _lowered(equations, wrt)
    symbol = equations[-1][0]
    if any(name.is_Matrix for name in (*source.graph.symbols, *source.quantities)):
        raise UnsupportedError(
            "method 'naive' takes no matrices, which SymPy's diff can get wrong: use method='backprop', "
            "or the scalar_form of a network"
        )
    for parameter in wrt:
        _check_mentioned(equations, parameter)
    loss = raised(source.graph, source.quantities[symbol], {}) if network is None else network.loss
    start = perf_counter()
    trees = naive.derivatives(loss, wrt)
    seconds = perf_counter() - start
    lowering = Lowering(Graph())
    lowering.symbols(wrt)
    return {
        "graph": lowering.graph,
        "named": {symbol: lowering.equation(symbol, loss)},
        "wrt": wrt,
        "gradient_nodes": [lowering.expression(tree) for tree in trees.values()],
        "adjoints": [],
        "seconds": seconds,
        "trees": trees,
    }


METHODS: dict[str, Callable[[Any, Any, Any], dict[str, Any]]] = {
    "backprop": _by_backprop,
    "naive": _by_naive_diff,
}
