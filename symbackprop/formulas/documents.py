"""What is said about a derivation, whatever the format: the forward pass, the backward pass, the derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from ..derivation import Sweep
from ..errors import ParameterError
from .chapter import Chapter
from .content import Document, Equation, Line, Ratio, Section, Side, single
from .glossary import explained
from .labels import Labels
from .matrix_chapter import MatrixChapter
from .matrix_document import four_equations, layered, matrix_signs, shapes
from .tangent_chapter import TangentChapter
from .wording import counts, naive_counts, textbook_loss, title

Teller = Callable[[Sweep, Any], Iterator[Section]]
"""The sections about a derivation, or about the derivative by one symbol of it."""

_SCREENFUL = 40
"""Definitions before one derivative: as many as lead all the way back, if that is no more than this."""


def document(derivation: Sweep, parameter: Any = None, width: int = 80) -> Document:
    """What is to be said about a derivation, or about the derivative by one parameter or named quantity.

    Args:
        derivation: made by any method.
        parameter: a symbol or its name; None for the whole derivation.
        width: of a line of text.

    Raises:
        ParameterError: there is no such parameter or quantity.
    """
    symbol = None if parameter is None else derivation.resolve(parameter)
    swept: Teller = _whole if symbol is None else _one
    tell = _OF_METHOD.get(derivation.method, swept)
    sections = [section for section in tell(derivation, symbol) if section.lines]
    lines = [line for section in sections for line in section.lines]
    labels = Labels(derivation)
    signs = (*explained(derivation.graph, lines), *matrix_signs(derivation, lines, labels))
    if signs:
        sections.append(Section("Notation", signs))
    return Document(title(derivation), tuple(sections), labels, width)


# --- the whole derivation ---


def _whole(derivation: Sweep, symbol: None) -> Iterator[Section]:
    chapter = _chapter(derivation)
    yield from _shapes(derivation)
    yield Section("Forward pass", (*chapter.forward(), *textbook_loss(derivation)))
    network = layered(derivation)
    if network is not None:
        yield from four_equations(chapter, network)
    else:
        yield Section("Backward pass", tuple(chapter.backward()))
        yield from _derivatives(chapter)
    yield Section("Cost", (counts(derivation),))


def _chapter(derivation: Sweep) -> Chapter:
    return MatrixChapter(derivation) if derivation.graph.shapes else Chapter(derivation)


def _shapes(derivation: Sweep) -> Iterator[Section]:
    yield Section("Shapes", tuple(shapes(derivation)))


def _derivatives(chapter: Chapter) -> Iterator[Section]:
    """In one section, or layer by layer."""
    groups: dict[str, list[Line]] = {}
    for symbol in chapter.derivation.wrt:
        groups.setdefault(_layer(chapter.derivation, symbol), []).extend(chapter.derivative(symbol))
    yield from (Section(group, tuple(lines)) for group, lines in groups.items())


def _layer(derivation: Sweep, symbol: sp.Symbol) -> str:
    entry = None if derivation.network is None else derivation.network.entries.get(symbol)
    return "Derivatives" if entry is None else f"Derivatives of layer {entry[0][1:]}"


# --- one derivative ---


def _one(derivation: Sweep, symbol: sp.Symbol) -> Iterator[Section]:
    chapter = _chapter(derivation)
    yield from _shapes(derivation)
    yield Section("What it uses", tuple(chapter.definitions(symbol, _SCREENFUL)))
    rule = tuple(chapter.derivative(symbol, written_out=True))
    yield Section(f"The derivative by {symbol.name}", rule)


# --- the naive way ---


def _naive_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    chapter = Chapter(derivation)
    loss = Equation((chapter.name(derivation.loss),), (chapter.full(derivation.loss_node),))
    yield Section("The loss, written out", (loss,))
    chosen = derivation.wrt if symbol is None else (symbol,)
    lines = [_naive_line(chapter, parameter) for parameter in chosen]
    yield Section("Derivatives, each by itself", tuple(lines))
    if symbol is None:
        yield Section("Cost", (naive_counts(derivation),))


def _naive_line(chapter: Chapter, symbol: sp.Symbol) -> Equation:
    node = chapter.derivation.gradient_nodes.get(symbol, chapter.derivation.graph.one)
    return _derivative(chapter, symbol, chapter.full(node))


def _derivative(chapter: Chapter, symbol: sp.Symbol, side: Side) -> Equation:
    """dL/d(symbol) and what it is, without a rule between them."""
    return Equation((single(Ratio(chapter.derivation.loss, symbol)),), (side,))


# --- forward mode ---


def _forward_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    chapter = TangentChapter(derivation)
    chosen = derivation.wrt if symbol is None else (_parameter(derivation, symbol),)
    yield from _shapes(derivation)
    yield Section("Forward pass", (*chapter.forward(), *textbook_loss(derivation)))
    yield Section("The direction", tuple(chapter.direction()))
    for parameter in chosen:
        heading = f"Forward again: how everything changes with {parameter.name}"
        yield Section(heading, tuple(chapter.tangents(parameter)))
    if symbol is not None:
        whole = chapter.full(derivation.gradient_nodes[symbol])
        yield Section("Written out", (_derivative(chapter, symbol, whole),))
    else:
        yield Section("Cost", (counts(derivation),))


def _parameter(derivation: Sweep, symbol: sp.Symbol) -> sp.Symbol:
    if symbol not in derivation.wrt:
        raise ParameterError(
            f"{symbol.name} is no parameter, and method {derivation.method!r} derives by parameters alone: choose one, "
            "or method='backprop'"
        )
    return symbol


# --- SymPy's ways that share ---


def _replaced_sections(derivation: Sweep, symbol: sp.Symbol | None) -> Iterator[Section]:
    chapter = Chapter(derivation)
    yield Section("What SymPy shares, and the loss", tuple(chapter.forward()))
    chosen = derivation.wrt if symbol is None else (_parameter(derivation, symbol),)
    yield Section("Derivatives", tuple(_replaced_line(chapter, parameter) for parameter in chosen))
    if symbol is None:
        yield Section("Cost", (counts(derivation),))


def _replaced_line(chapter: Chapter, symbol: sp.Symbol) -> Equation:
    node = chapter.derivation.gradient_nodes[symbol]
    return _derivative(chapter, symbol, chapter.side(chapter.formula(node)))


_OF_METHOD: dict[str, Teller] = {
    "forward": _forward_sections,
    "naive": _naive_sections,
    "naive+cse": _replaced_sections,
    "sympy-forward": _replaced_sections,
}
"""How each method is told; the backward sweep in two ways, whole or by one derivative."""
