"""Jacobians and Hessians times vectors, without the matrices: adjoints of outputs pulled back, tangents pushed forward.

A vector is given by values that may be any expressions, also of what is differentiated by: they are held, as in
Griewank and Walther 2008, sections 3.1 and 3.2, where seeds are numbers. A Hessian times a vector is made both ways,
forward over reverse and reverse over forward (Pearlmutter, "Fast exact multiplication by the Hessian", 1994), and a
vector times a Jacobian by a sweep and by elimination; what takes fewer operations is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import cost
from ..graph import Graph, Node
from ..lowering import Lowering, symbols_of
from ..named_quantities import Equation
from .backprop import pulled_back
from .directional_derivative import seed_of
from .elimination import ELIMINATED, REVERSE
from .forward_mode import ForwardSweep
from .jacobians import jacobian
from .lowered_equations import USUAL, Care, loss_of
from .matrix_jacobians import is_zero
from .operation_ledger import is_saved
from .order_choice import sheet_of
from .real_symbols import check_real
from .several_outputs import Entry, SeveralOutputs, derive_cheapest, output_of
from .symbol_names import Namer, adjoint_name, check_names, clash

FORWARD_OVER_REVERSE, REVERSE_OVER_FORWARD, PUSHED = "forward over reverse", "reverse over forward", "forward"

Found = dict[int, Node]
"""By place: a derivative; what is not in it is 0."""

Ways = Mapping[str, Callable[[Graph], "tuple[Graph, Found] | None"]]
"""By name: what makes derivatives on a sheet, or on one that goes on from it; None if it cannot."""


@dataclass(frozen=True)
class Taken:
    """The way that was taken, the operations of each that there was, and its own."""

    order: str
    counts: Mapping[str, cost.Count]
    operations: cost.Count


def derive_pulled_back(
    equations: Sequence[Equation],
    outputs: Sequence[Any],
    upstream: Sequence[Any],
    wrt: Sequence[Any],
    loss: Any,
    care: Care = USUAL,
) -> SeveralOutputs:
    """The derivatives by `wrt` of what outputs are worth, each weighed by its own upstream adjoint, which is held.

    Args:
        equations: which define the outputs.
        outputs: symbols that the equations define.
        upstream: for each output: its adjoint, an expression of its shape, of any symbols.
        wrt: what is differentiated by.
        loss: the symbol that all of it is a derivative of.
        care: what is done so that floats keep their digits.

    Raises:
        ShapeError: an adjoint has not the shape of its output. And what `derive_outputs` raises.
    """

    def made(lowering: Lowering, columns: Sequence[Node], degree: Any = None) -> SeveralOutputs:
        rows = [output_of(lowering, symbol) for symbol in outputs]
        seeds = [
            seed_of(lowering, lowering.graph.shape(row), value, f"the seed of {symbol.name}", "output")
            for symbol, row, value in zip(outputs, rows, upstream, strict=True)
        ]
        _check_names(lowering, list(zip(outputs, upstream, strict=True)))
        ways: Ways = {
            REVERSE: lambda sheet: (sheet, _pulled(sheet, rows, seeds, columns)),
            ELIMINATED: lambda sheet: _eliminated(sheet, rows, seeds, columns),
        }
        graph, found, taken = _cheapest(lowering.graph, ways, rows)
        entries = [
            Entry((j,), node, adjoint_name(loss, wrt[j], None), wrt[j], (loss, wrt[j])) for j, node in found.items()
        ]
        return SeveralOutputs(graph, lowering.quantities, tuple(wrt), outputs, entries, [taken])

    return derive_cheapest(equations, wrt, care, len(outputs), made, degrees=())


def derive_pushed_forward(
    equations: Sequence[Equation], outputs: Sequence[Any], along: Mapping[Any, Any], care: Care = USUAL
) -> SeveralOutputs:
    """The derivatives of outputs along one direction, by a symbol t that counts how far one has gone in it.

    Args:
        equations: which define the outputs.
        outputs: symbols that the equations define, of any shape.
        along: by symbol: its tangent, an expression of its shape, which is held.
        care: what is done so that floats keep their digits.

    Raises:
        ShapeError: a tangent has not the shape of its symbol. And what `derive_outputs` raises.
    """

    def made(lowering: Lowering, columns: Sequence[Node], degree: Any = None) -> SeveralOutputs:
        rows = [output_of(lowering, symbol) for symbol in outputs]
        seeds = _tangents(lowering, along, columns)
        ways: Ways = {PUSHED: lambda sheet: (sheet, _pushed(sheet, rows, seeds))}
        graph, found, taken = _cheapest(lowering.graph, ways, rows)
        step = Namer(symbol.name for symbol in (*graph.symbols, *lowering.quantities)).symbol("t", real=True)
        entries = [
            Entry((i,), node, adjoint_name(outputs[i], step, None), outputs[i], (outputs[i], step))
            for i, node in found.items()
        ]
        done = SeveralOutputs(graph, lowering.quantities, tuple(along), outputs, entries, [taken])
        done.step = step
        return done

    return derive_cheapest(equations, tuple(along), care, len(outputs), made, degrees=())


def derive_hessian_times(
    equations: Sequence[Equation], along: Mapping[Any, Any], wrt: Sequence[Any], care: Care = USUAL
) -> SeveralOutputs:
    """How the gradient of the last equation, a number, changes along one direction.

    Args:
        equations: of which the last is differentiated.
        along: by symbol: its tangent, an expression of its shape, which is held.
        wrt: what the gradient is taken by.
        care: what is done so that floats keep their digits.

    Raises:
        ShapeError: a tangent has not the shape of its symbol. And what `derive_outputs` raises.
    """
    every = list(dict.fromkeys([*wrt, *along]))
    places = {symbol: place for place, symbol in enumerate(every)}

    def made(lowering: Lowering, nodes: Sequence[Node], degree: Any = None) -> SeveralOutputs:
        columns, value = nodes[: len(wrt)], loss_of(lowering)
        seeds = _tangents(lowering, along, [nodes[places[symbol]] for symbol in along])
        ways: Ways = {
            REVERSE_OVER_FORWARD: lambda sheet: _reverse_over_forward(sheet, value, seeds, columns),
            FORWARD_OVER_REVERSE: lambda sheet: _forward_over_reverse(sheet, value, seeds, columns),
        }
        graph, found, taken = _cheapest(lowering.graph, ways, [value])
        entries = [Entry((j,), node, f"Hv_{wrt[j].name}", wrt[j]) for j, node in found.items()]
        loss = list(lowering.quantities)[-1]
        return SeveralOutputs(graph, lowering.quantities, tuple(wrt), [loss], entries, [taken])

    return derive_cheapest(equations, every, care, 1, made, degrees=())


# --- seeds ---


def _tangents(lowering: Lowering, along: Mapping[Any, Any], nodes: Sequence[Node]) -> dict[Node, Node]:
    found = {
        node: seed_of(lowering, lowering.graph.shape(node), along[symbol], f"the tangent of {symbol.name}")
        for symbol, node in zip(along, nodes, strict=True)
    }
    _check_names(lowering, list(along.items()))
    return found


def _check_names(lowering: Lowering, seeds: Sequence[tuple[Any, Any]]) -> None:
    """What is checked of equations, of the symbols of seeds as well."""
    graph = lowering.graph
    check_real(graph.symbols, seeds)
    names = [symbol.name for symbol in (*graph.symbols, *lowering.quantities)]
    check_names(names)
    if len(set(names)) < len(names):
        raise clash((*graph.symbols, *lowering.quantities))


# --- ways ---


def _cheapest(graph: Graph, ways: Ways, outputs: Sequence[Node]) -> tuple[Graph, Found, Taken]:
    """The way that takes the fewest operations, each made on a sheet of its own; the first one where several do."""
    made: dict[str, tuple[Graph, Found]] = {}
    counts: dict[str, cost.Count] = {}
    for name, way in ways.items():
        done = way(sheet_of(graph))
        if done is not None:
            sheet, found = done
            made[name] = sheet, {place: node for place, node in found.items() if not is_zero(sheet, node)}
            counts[name] = cost.total(sheet, [*outputs, *found.values()])
    best, *others = made
    for name in others:
        if is_saved(counts[best] - counts[name], 1):
            best = name
    return *made[best], Taken(best, counts, counts[best])


def _pulled(graph: Graph, rows: Sequence[Node], seeds: Sequence[Node], columns: Sequence[Node]) -> Found:
    upstream: dict[Node, list[Node]] = {}
    for row, seed in zip(rows, seeds, strict=True):
        upstream.setdefault(row, []).append(seed)
    summed = {row: graph.sum(terms) if len(terms) > 1 else terms[0] for row, terms in upstream.items()}
    pulled = pulled_back(graph, summed, columns)
    return {place: pulled[node] for place, node in enumerate(columns) if node in pulled}


def _eliminated(
    graph: Graph, rows: Sequence[Node], seeds: Sequence[Node], columns: Sequence[Node]
) -> tuple[Graph, Found] | None:
    """By vertices, where all are numbers and no seed is made of what is differentiated by."""
    if graph.shapes or not set(columns).isdisjoint(graph.reachable(seeds)):
        return None
    total = graph.sum([graph.mul(seed, row) for row, seed in zip(rows, seeds, strict=True)])
    made = jacobian(graph, [total], columns, ELIMINATED)
    return made.graph, {column: node for (_, column), node in made.entries.items()}


def _pushed(graph: Graph, rows: Sequence[Node], seeds: Mapping[Node, Node]) -> Found:
    tangents = ForwardSweep(graph, rows, seeds).along(seeds)
    return {place: tangents[row] for place, row in enumerate(rows) if row in tangents}


def _forward_over_reverse(
    graph: Graph, value: Node, seeds: Mapping[Node, Node], columns: Sequence[Node]
) -> tuple[Graph, Found]:
    gradient = _pulled(graph, [value], [graph.one], columns)
    pushed = _pushed(graph, list(gradient.values()), seeds)
    return graph, {place: pushed[number] for number, place in enumerate(gradient) if number in pushed}


def _reverse_over_forward(
    graph: Graph, value: Node, seeds: Mapping[Node, Node], columns: Sequence[Node]
) -> tuple[Graph, Found] | None:
    """Where no seed is made of what the gradient is taken by: it would be differentiated, too."""
    if not set(columns).isdisjoint(graph.reachable(seeds.values())):
        return None
    tangents = _pushed(graph, [value], seeds)
    return graph, _pulled(graph, [tangents[0]], [graph.one], columns) if tangents else {}


def default_seeds(outputs: Sequence[Any], equations: Sequence[Equation]) -> list[Any]:
    """An upstream adjoint for each output: a symbol u_<name> of its shape."""
    namer = Namer(part.name for pair in equations for side in pair for part in symbols_of(side))
    shapes = [tuple(one.shape) if isinstance(one, sp.MatrixSymbol) else () for one in outputs]
    return [namer.symbol(f"u_{one.name}", shape, real=True) for one, shape in zip(outputs, shapes, strict=True)]
