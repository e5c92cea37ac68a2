"""Numbers put into the lines of a document: symbol = rule = numbers put in = result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sympy as sp

from ..derivation import Point, is_defined
from ..notation.quantities import Factor, Formula, Name, Ratio, Value
from .content import Document, Equation, Line, Numbers, Remarked, Section, Side, Sum, Words, factors, note, single
from .documents import NOTATION
from .matrix_document import BY_ROWS
from .printer import is_shown


def with_numbers(document: Document, point: Point, digits: int, check: bool = False) -> Document:
    """The document with the numbers of a point behind each formula; check: a difference beside each derivative."""
    sections = [
        section
        if section.is_aside
        else replace(section, lines=tuple(_line(line, point, digits, check) for line in section.lines))
        for section in document.sections
    ]
    if point.derivation.graph.shapes:
        sections = [_with_sign(section) for section in sections]
    return replace(document, sections=tuple(sections))


def _with_sign(section: Section) -> Section:
    """The notation, with what stands in square brackets."""
    sign = note(BY_ROWS)
    is_there = section.name != NOTATION or sign in section.lines
    return section if is_there else replace(section, lines=(*section.lines, sign))


def _line(line: Line, point: Point, digits: int, check: bool) -> Line:
    """An equation with its numbers, where one of its sides has a value; anything else as it is."""
    if not isinstance(line, Equation) or not line.left:
        return line
    for place, side in enumerate(line.sides, start=1):
        value = value_of(side, point) if isinstance(side, Sum) else None
        if isinstance(side, Sum) and value is not None and not is_defined(value):
            return Equation(line.left, (*line.sides[:place], Words("undefined here")))
        if isinstance(side, Sum) and value is not None and is_shown(value):
            numbers = Numbers(side, point, digits), single(Value(value, digits, _is_upright(side)))
            checked = _difference(line.left[-1], point, digits, _is_upright(side)) if check else ()
            return Equation(line.left, (*line.sides[:place], *numbers, *checked))
    return line


def value_of(side: Sum, point: Point) -> Any:
    """The value of a side; None where a part of it has none of its own, as ∂z/∂w in the chain rule."""
    terms = [[_value(factor, point) for factor in term.factors] for term in side.terms]
    if any(value is None for term in terms for value in term):
        return None
    return sum((sp.prod(term) for term in terms), sp.S.Zero) if terms else None


def _value(factor: Factor, point: Point) -> Any:
    if isinstance(factor, Formula):
        return point.of(factor.node, factor.graph)
    if isinstance(factor, Name):
        return point.by_name.get(factor.symbol.name)
    if isinstance(factor, Ratio) and not factor.direct and factor.top == point.derivation.loss:
        return point.adjoint(factor.bottom)
    return None


def _is_upright(side: Sum) -> bool:
    """Whether a column stays one where columns are written as rows."""
    return any(isinstance(factor, Formula) and factor.upright for factor in factors([side]))


def _difference(left: Side, point: Point, digits: int, is_upright: bool) -> Iterator[Side]:
    """What a central difference gives for the derivative by a parameter."""
    ratio = left.terms[0].factors[0] if isinstance(left, Sum) else None
    if isinstance(ratio, Ratio) and ratio.bottom in point.derivation.wrt:
        difference = point.difference(ratio.bottom)
        if is_defined(difference):
            yield Remarked(single(Value(difference, digits, is_upright)), "by a central difference")
