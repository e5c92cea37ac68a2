"""From equations to their graph, after every name has been looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import sympy as sp

from ..completed_equations import completed
from ..errors import ParameterError
from ..graph import Graph, Node
from ..leaf_symbols import LeafSymbol
from ..lowering import FastLowering, Lowering
from ..named_quantities import Equation, made_among
from ..stable_forms import RECOGNISERS, is_rewritten
from .inner_derivatives import InnerDerivatives
from .inner_names import INNER, inner_of
from .real_symbols import check_real, declared_complex
from .symbol_names import check_names, check_namesakes, clash


@dataclass(frozen=True)
class Care:
    """What is done to an expression so that floats keep their digits, and before it is differentiated.

    Attributes:
        stable: stable forms are put in the place of what is written, before it is differentiated.
        accurate: derivatives are taken by `rules.ACCURATE`, where it has a row, and not from remembered outputs.
        shares: of one expression, what its sums and products have in common is computed once.
    """

    stable: bool = True
    accurate: bool = False
    shares: bool = False


USUAL = Care()
"""That of a network."""


def lowered(
    equations: Sequence[Equation], wrt: Sequence[sp.Symbol], care: Care = USUAL, given: Sequence[Any] = ()
) -> tuple[Lowering, Sequence[Node]]:
    """The graph of the equations, and the nodes of `wrt` in it, after every name has been looked at.

    Symbols that an earlier derivation made bring their own equations along.

    Args:
        equations: of which the last is the loss.
        wrt: the symbols that it is differentiated by.
        care: what is done so that floats keep their digits.
        given: further symbols that have a value from outside.
    """
    asked = wrt
    wrt = [*wrt, *given] if given else wrt
    lowering, nodes = _graph_of(equations, wrt, care)
    if is_rewritten(lowering.graph) and declared_complex(
        lowering.graph.symbols
    ):  # |x| and signs stand in forms of real numbers
        care = replace(care, stable=False)
        lowering, nodes = _graph_of(equations, wrt, care)
    unknown = [symbol for symbol in made_among(lowering.graph.symbols) if symbol not in wrt]
    if unknown:  # asked of the graph, whose symbols are few: looking through all expressions takes long
        equations = completed(equations, wrt)
        lowering, nodes = _graph_of(equations, wrt, care)
    check_real((*lowering.graph.symbols, *lowering.quantities), equations)
    inner: Any = lowering.differentiation
    absent = inner.absent
    distinct = set(map(attrgetter("name"), (*lowering.graph.symbols, *lowering.quantities, *absent)))
    if len(distinct) < len(lowering.graph.symbols) + len(equations) + len(inner_of(lowering.graph)) + len(absent):
        _check_defined_once(lowering, equations, set(wrt))
        raise clash((*lowering.graph.symbols, *lowering.quantities, *absent))
    if LeafSymbol in {*map(type, lowering.graph.symbols), *map(type, absent)}:
        _check_namesakes(lowering, (*asked, *absent))
    lengths = {size for shape in set(lowering.graph.shapes.values()) for size in shape if not isinstance(size, int)}
    sizes: set[Any] = set().union(*(size.free_symbols for size in lengths))
    check_names(distinct | {size.name for size in sizes})
    for symbol in wrt if sizes else ():
        if symbol in sizes:
            raise ParameterError(
                f"{symbol.name} is a size of a matrix: there is no derivative by it, leave it out of wrt"
            )
    return lowering, nodes


def loss_of(lowering: Lowering) -> Node:
    """The node of the last equation, under whichever name: one of ours may have another where there are others."""
    return next(reversed(lowering.quantities.values()))


def _graph_of(equations: Sequence[Equation], wrt: Sequence[sp.Symbol], care: Care) -> tuple[Lowering, Sequence[Node]]:
    lowering = FastLowering(Graph(), RECOGNISERS if care.stable else {})
    lowering.surroundings = equations
    lowering.graph.accurate = care.accurate
    lowering.differentiation = inner = InnerDerivatives(lowering, equations, wrt)
    nodes = lowering.symbols(wrt)  # first of all, so that products are written w*x
    if len(lowering.graph.symbols) < len(wrt):
        raise ParameterError("wrt names a symbol twice: name each once")
    lowering.equations(equations)
    lowering.graph.release(lowering.quantities.values())
    if inner.is_used:
        inner.names.forget_unused()
        lowering.graph.remembered[INNER].update(inner.names.made)
    return lowering, nodes


def _check_namesakes(lowering: Lowering, asked: Sequence[Any]) -> None:
    graph = lowering.graph
    used = {arg for key in graph.keys if not key[0].leaf for arg in key[1:]} | {*lowering.quantities.values()}
    standing = {symbol for symbol, node in graph.symbols.items() if node in used}
    check_namesakes(asked, {*standing, *lowering.quantities})


def _check_defined_once(lowering: Lowering, equations: Sequence[Equation], wrt: Collection[sp.Symbol]) -> None:
    symbols = lowering.graph.symbols
    for symbol in [symbol for symbol, _ in equations]:
        if symbol in wrt:
            name = symbol.name
            raise ParameterError(
                f"{name} is defined by an equation: leave that equation out to differentiate by {name}, or ask "
                f"sb.derive(equations).adjoint({name!r}), which is of the last one"
            )
        if symbol in symbols:
            raise ParameterError(f"{symbol.name} is used before the equation that defines it: put that one first")
    [(twice, times)] = Counter(symbol for symbol, _ in equations).most_common(1)
    if times > 1:
        raise ParameterError(f"{twice.name} is defined by two equations: rename one")
