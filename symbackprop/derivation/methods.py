"""The ways to derive a loss, one function each: from equations to a `Sweep`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from time import perf_counter
from typing import Any

import sympy as sp

from ..errors import UnsupportedError, unknown_name
from ..graph import Graph, Node
from ..leaf_symbols import theirs
from ..lowering import Lowering, raised
from ..named_quantities import Equation
from ..networks import Model
from ..partial_derivatives import holds_derivative
from . import backprop, sympy_methods
from .forward_mode import ForwardSweep
from .garbage_collection import collector_paused
from .lowered_equations import USUAL, Care, loss_of, lowered
from .method_table import BACKPROP, DEFAULT, FORWARD, NAIVE, NAIVE_CSE, SYMPY_FORWARD, WAYS, Way
from .shared_loss import as_written, with_shared_parts
from .sweep import Sweep

Method = Callable[[Sequence[Equation], tuple[sp.Symbol, ...], Model | None, Care], dict[str, Any]]
"""From equations, what their last is to be differentiated by, the model that they come from, or None, and what
is done for the digits, to what a `Sweep` is made of beside these."""


def derive_equations(
    equations: Sequence[Equation],
    wrt: Sequence[sp.Symbol],
    method: str = DEFAULT,
    model: Model | None = None,
    care: Care = USUAL,
) -> Sweep:
    """Differentiate the last of `equations`, the loss, with respect to each of `wrt`; they may come from a model.

    What its parts share before it is differentiated, its derivatives share too, nearly always; where they take fewer
    operations without, they are derived without.

    Raises:
        ParameterError: `wrt` names a symbol that an equation defines, or one twice.
        SymbolNameError: a name is no plain identifier, or names two things.
        UnsupportedError: a piece of an expression has no place in the graph, or no derivative.
        UnknownNameError: there is no such method.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise unknown_name("method", method, METHODS)
    start = perf_counter()
    with collector_paused():
        found = METHODS[method](equations, tuple(wrt), model, care)
        sweep = Sweep(way=WAYS[method], wrt=tuple(wrt), model=model, **found)
        written = as_written(found["graph"])
        if written is None or sweep.operations <= written.operations:
            return sweep
        plain = derive_equations(equations, wrt, method, model, replace(care, shares=False))
        best = min(sweep, plain, key=attrgetter("operations"))
        best.seconds = perf_counter() - start
        return best


def _by_backprop(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], model: Model | None, care: Care
) -> dict[str, Any]:
    """One reverse sweep for all parameters."""
    start = perf_counter()
    lowering, nodes = with_shared_parts(*lowered(equations, wrt, care), care)
    graph, loss = lowering.graph, loss_of(lowering)
    # A quantity that depends on no parameter has an adjoint as well: someone may ask for it.
    adjoints = backprop.adjoints(graph, loss, [*nodes, *lowering.quantities.values()])
    found = [adjoints[node] if node <= loss else None for node in nodes]
    zeros = (graph.spread(graph.zero, graph.shape(node)) for node in nodes)
    gradients = [zero if adjoint is None else adjoint for adjoint, zero in zip(found, zeros, strict=True)]
    return _made(lowering, gradients, perf_counter() - start, adjoints=adjoints)


def _made(lowering: Lowering, gradients: Sequence[Node], seconds: float, **own: Any) -> dict[str, Any]:
    made = {"graph": lowering.graph, "named": lowering.quantities, "gradient_nodes": gradients, "seconds": seconds}
    return {**made, **own}


def _by_forward_sweeps(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], model: Model | None, care: Care
) -> dict[str, Any]:
    """One tangent sweep for each parameter, all on one graph."""
    start = perf_counter()
    lowering, nodes = with_shared_parts(*lowered(equations, wrt, care), care)
    graph, loss = lowering.graph, loss_of(lowering)
    if any(graph.shape(node) for node in nodes):
        raise UnsupportedError(
            "method 'forward' sweeps once for each number, and wrt holds a matrix: use method='backprop', jvp for "
            "one direction, or the scalar_form of a network"
        )
    sweep = ForwardSweep(graph, loss, nodes)
    tangents = {symbol: sweep.along({node: graph.one}) for symbol, node in zip(wrt, nodes, strict=True)}
    gradients = [found.get(loss, graph.zero) for found in tangents.values()]
    return _made(lowering, gradients, perf_counter() - start, tangents=tangents)


# --- SymPy's ways ---


def _written_out_loss(
    equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], model: Model | None, way: Way, care: Care
) -> Any:
    """The loss as one SymPy expression, which is what SymPy differentiates."""
    source, _ = lowered(equations, wrt, care)
    if any(name.is_Matrix for name in (*source.graph.symbols, *source.quantities)):
        raise UnsupportedError(
            f"method {way.name!r} takes no matrices, which SymPy's diff can get wrong: use method='backprop', "
            "or the scalar_form of a network"
        )
    ties = (key[0].sympy for key in source.graph.keys if key[0].is_tie)
    if tie := next(ties, None):
        raise UnsupportedError(
            f"method {way.name!r} takes no {tie.inner[0].name} in wrt, as {tie.leaf} varies with it: "
            "use method='backprop'"
        )
    if model is None or any(holds_derivative(expression) for _, expression in equations):
        return _partial(raised(source.graph, loss_of(source), {}, restores=False))
    return model.loss


def _partial(loss: Any) -> Any:
    """The loss without nan for a default, which SymPy's `diff` would take for a number: its derivative is 0."""
    if not loss.has(sp.nan):
        return loss
    try:
        return loss.replace(
            lambda part: isinstance(part, sp.Piecewise) and part.args[-1] == (sp.nan, True),
            lambda part: sp.Piecewise(*part.args[:-1]),
        )
    except (ValueError, NotImplementedError) as error:  # one of them stands in a condition
        raise UnsupportedError("SymPy takes no undefined piece in a condition: use method='backprop'") from error


def _by_sympy(way: Way, work: Callable[[Any, Any], sympy_methods.Shared]) -> Method:
    """What SymPy differentiates; if its way ends with replacements, they become the named quantities."""

    def derived(
        equations: Sequence[Equation], wrt: tuple[sp.Symbol, ...], model: Model | None, care: Care
    ) -> dict[str, Any]:
        loss = _written_out_loss(equations, wrt, model, way, care)
        start = perf_counter()
        replacements, [value, *gradients] = work(loss, wrt)
        seconds = perf_counter() - start
        trees = dict(zip(wrt, theirs(gradients), strict=True)) if way.writes_out else {}
        lowering = Lowering(Graph())
        lowering.symbols(wrt)
        lowering.equations([*replacements, (equations[-1][0], value)])
        return _made(lowering, list(map(lowering.expression, gradients)), seconds, trees=trees)

    return derived


METHODS: Mapping[str, Method] = {
    BACKPROP.name: _by_backprop,
    FORWARD.name: _by_forward_sweeps,
    NAIVE.name: _by_sympy(NAIVE, sympy_methods.apart),
    NAIVE_CSE.name: _by_sympy(NAIVE_CSE, sympy_methods.shared_afterwards),
    SYMPY_FORWARD.name: _by_sympy(SYMPY_FORWARD, sympy_methods.forward_accumulation),
}
"""How each method derives; the models that the equations come from serve SymPy's ways alone."""
