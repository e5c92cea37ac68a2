"""The derivative along one direction: a single forward sweep, in which every parameter has a tangent of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import sympy as sp

from .. import ops
from ..errors import ParameterError, ShapeError
from ..graph import Node
from ..lowering import Lowering, symbols_of
from ..named_quantities import MADE, Equation
from ..networks import Model
from .forward_mode import ForwardSweep
from .lowered_equations import USUAL, Care, loss_of, lowered
from .method_table import ALONG
from .real_symbols import check_real
from .shared_loss import with_shared_parts
from .sweep import Sweep
from .symbol_names import Namer, check_names, clash


def derive_along(
    equations: Sequence[Equation],
    along: Mapping[Any, Any],
    model: Model | None = None,
    care: Care = USUAL,
) -> Sweep:
    """Differentiate the last of `equations` along one direction: by a symbol t that counts how far one has gone in it.

    The last may be a matrix; a tangent is an expression of the shape of its symbol in any symbols.

    Raises:
        ParameterError: `along` is empty, or a tangent in it mentions a quantity that an equation defines.
        ShapeError: a tangent has not the shape of its symbol.
        And what `derive_equations` raises.
    """
    start = perf_counter()
    lowering, nodes = with_shared_parts(*lowered(equations, tuple(along), care), care)
    graph, last = lowering.graph, loss_of(lowering)
    seeds = {
        node: seed_of(lowering, graph.shape(node), along[symbol], f"the tangent of {symbol.name}")
        for symbol, node in zip(along, nodes, strict=True)
    }
    found = ForwardSweep(graph, last, nodes).along(seeds)
    check_real(graph.symbols, list(along.items()))  # the direction's own among them
    names = [symbol.name for symbol in (*graph.symbols, *lowering.quantities)]
    check_names(names)
    if len(set(names)) < len(names):
        raise clash((*graph.symbols, *lowering.quantities))
    step = Namer(names).symbol("t", real=True)
    return Sweep(
        way=ALONG,
        seconds=perf_counter() - start,
        graph=graph,
        named=lowering.quantities,
        wrt=(step,),
        gradient_nodes=[found.get(last, graph.spread(graph.zero, graph.shape(last)))],
        tangents={step: found},
        along=dict(zip(along, seeds.values(), strict=True)),
        model=model,
    )


def seed_of(lowering: Lowering, shape: tuple[Any, ...], value: Any, what: str, whose: str = "symbol") -> Node:
    """The node of a seed, which must have the shape of what it is for.

    Args:
        lowering: of the equations.
        shape: that it must have.
        value: a SymPy expression.
        what: it is, for refusals: "the tangent of x".
        whose: shape that is: that of an "output" may mention what the equations define, as it is a mere value.

    Raises:
        ParameterError: it mentions what another derivation made, or an equation defines.
        ShapeError: it has another shape.
    """
    for part in symbols_of(value):
        is_defined = part in lowering.quantities
        if isinstance(part, MADE) and not (whose == "output" and is_defined):
            raise ParameterError(
                f"{what} mentions {part.name}, which another derivation made: pass what its expand(...) gives"
            )
        if is_defined and whose != "output":
            raise ParameterError(f"{what} mentions {part.name}, which an equation defines")
    node: Node = lowering.expression(value)
    given = lowering.graph.shape(node)
    if shape != given:
        raise ShapeError(f"{what} is {ops.shown(given)}, it must have the {whose}'s shape, {ops.shown(shape)}")
    return node


def default_direction(symbols: Sequence[Any], equations: Sequence[Equation]) -> dict[Any, Any]:
    """A tangent for each symbol: a symbol v_<name> of its shape."""
    namer = Namer(part.name for pair in equations for side in pair for part in symbols_of(side))
    shapes = {symbol: tuple(symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else () for symbol in symbols}
    return {symbol: namer.symbol(f"v_{symbol.name}", shape, real=True) for symbol, shape in shapes.items()}
