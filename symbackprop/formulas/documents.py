"""What is said about a derivation, whatever the format: the forward pass, the backward pass, the derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy as sp

from ..derivation import Sweep
from ..errors import ParameterError
from ..graph import Graph
from ..notation.quantities import Name
from .content import Document, Equation, Line, Section, Side, note, single
from .equations import Equations
from .glossary import explained
from .labels import USUAL, Labels
from .matrix_document import four_equations, layered, matrix_signs, shapes
from .textbook_chain import why
from .wording import counts, naive_counts, rewritten, textbook_loss, title

Sections = Callable[[Sweep, Any], Iterator[Section]]
"""The sections about a derivation, or about the derivative by one symbol of it."""

NOTATION = "Notation"
"""The heading above what signs mean."""
_SCREENFUL = 40
"""Definitions before one derivative: as many as lead all the way back, if that is no more than this."""


def document(derivation: Sweep, parameter: Any = None, width: int = 80, notation: str = USUAL) -> Document:
    """What is to be said about a derivation, or about the derivative by one parameter or named quantity.

    Args:
        derivation: made by any method; `in_steps` has names for the steps of an expression.
        parameter: a symbol or its name; None for the whole derivation.
        width: of a line of text.
        notation: one of `notation.notation_sets`.

    Raises:
        ParameterError: there is no such parameter or quantity.
        UnknownNameError: there is no such notation.
    """
    symbol = None if parameter is None else derivation.resolve(parameter)
    swept: Sections = _whole if symbol is None else _one
    sections = _OF_METHOD.get(derivation.method, swept)
    return finished(derivation, sections(derivation, symbol), width, notation)


def finished(
    derivation: Sweep,
    given: Iterable[Section],
    width: int,
    notation: str = USUAL,
    explains: bool = True,
    of: Graph | None = None,
) -> Document:
    """A document of the sections that say something, after the shapes of matrices, and of what their signs mean.

    explains: whether shapes and signs are told. of: only the signs of what this graph has.
    """
    told, labels = list(given), Labels(derivation, notation)  # first what is told, which chooses names
    if explains:
        told.insert(0, Section("Shapes", tuple(shapes(derivation, labels))))
    sections = [section for section in told if section.lines]
    lines = [line for section in sections for line in section.lines]
    signs = (*explained(of or derivation.graph, lines), *matrix_signs(derivation, lines, labels)) if explains else ()
    meaning = [Section(NOTATION, signs, is_aside=True)] if signs else []
    return Document(title(derivation), (*sections, *meaning), labels, width)


# --- the backward sweep: the whole derivation, or one derivative ---


def _whole(derivation: Sweep, symbol: None) -> Iterator[Section]:
    equations, network = Equations(derivation), layered(derivation)
    yield Section("Forward pass", (*equations.forward(), *textbook_loss(derivation), *rewritten(derivation)))
    if network is not None:
        yield from four_equations(equations, network)
    else:
        yield Section("Backward pass", tuple(equations.backward()))
        groups: dict[str, list[Line]] = {}
        for one in derivation.wrt:
            groups.setdefault(_layer(derivation, one), []).extend(equations.derivative(one))
        yield from (Section(heading, tuple(lines)) for heading, lines in groups.items())
    yield from why(derivation)
    yield Section("Cost", (counts(derivation),))


def _layer(derivation: Sweep, symbol: sp.Symbol) -> str:
    entry = None if derivation.network is None else derivation.network.entries.get(symbol)
    return "Derivatives" if entry is None else f"Derivatives of layer {entry[0][1:]}"


def _one(derivation: Sweep, symbol: sp.Symbol) -> Iterator[Section]:
    equations = Equations(derivation)
    yield Section("What it uses", (*equations.definitions(symbol, _SCREENFUL), *rewritten(derivation)))
    yield Section(note("The derivative by ", Name(symbol)), tuple(equations.derivative(symbol, written_out=True)))
    yield from why(derivation, symbol)


# --- other ways ---


def _derivative(equations: Equations, symbol: sp.Symbol, side: Side) -> Equation:
    """dL/d(symbol) and what it is, without a rule between them."""
    return Equation((single(equations.ratio(symbol)),), (side,))


def _naive_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    equations, nodes = Equations(derivation), derivation.gradient_nodes
    loss = Equation((single(Name(derivation.loss)),), (equations.full(derivation.loss_node),))
    yield Section("The loss, written out", (loss,))
    sides = {one: equations.full(nodes.get(one, derivation.graph.one)) for one in _chosen(derivation, symbol)}
    lines = [_derivative(equations, *pair) for pair in sides.items()]
    yield Section("Derivatives, each by itself", tuple(lines))
    if symbol is None:
        yield Section("Cost", (naive_counts(derivation),))


def _chosen(derivation: Sweep, symbol: sp.Symbol | None) -> tuple[sp.Symbol, ...]:
    return derivation.wrt if symbol is None else (symbol,)


def _forward_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    equations = Equations(derivation)
    _check_parameter(derivation, symbol)
    yield Section("Forward pass", (*equations.forward(), *textbook_loss(derivation), *rewritten(derivation)))
    yield Section("The direction", tuple(equations.direction()))
    for parameter in _chosen(derivation, symbol):
        heading = note("Forward again: how everything changes with ", Name(parameter))
        yield Section(heading, tuple(equations.tangents(parameter)))
    if symbol is not None:
        whole = equations.full(derivation.gradient_nodes[symbol])
        yield Section("Written out", (_derivative(equations, symbol, whole),))
    else:
        yield Section("Cost", (counts(derivation),))


def _check_parameter(derivation: Sweep, symbol: sp.Symbol | None) -> None:
    if symbol is not None and symbol not in derivation.wrt:
        raise ParameterError(
            f"{symbol.name} is no parameter, and method {derivation.method!r} derives by parameters alone: choose one, "
            "or method='backprop'"
        )


def _replaced_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    equations, nodes = Equations(derivation), derivation.gradient_nodes
    yield Section("What SymPy shares, and the loss", tuple(equations.forward()))
    _check_parameter(derivation, symbol)
    sides = {one: equations.side(equations.formula(nodes[one])) for one in _chosen(derivation, symbol)}
    yield Section("Derivatives", tuple(_derivative(equations, *pair) for pair in sides.items()))
    if symbol is None:
        yield Section("Cost", (counts(derivation),))


_OF_METHOD: dict[str, Sections] = {
    "forward": _forward_sections,
    "naive": _naive_sections,
    "naive+cse": _replaced_sections,
    "sympy-forward": _replaced_sections,
}
"""What is said of each method; of the backward sweep in two ways, whole or by one derivative."""
