"""Aligned Unicode text, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import sympy as sp

from .. import ops
from . import glyphs, layout, matrix_rows
from .content import Document, Equation, Line, Note, Section, Side, Table, Words
from .labels import GREEK, Label, Labels
from .pieces import (
    ATOM,
    Level,
    MatrixSigns,
    Notation,
    Piece,
    Place,
    call,
    called,
    fitted,
    grouped,
    signed,
)
from .printer import chain_rule

_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HALVES = {"1/2": "½", "1/4": "¼", "3/4": "¾"}
_CONSTANTS = {sp.pi: "π", sp.E: "exp(1)", sp.nan: "undefined", sp.true: "true", sp.false: "false"}


# --- leaves ---


def label_text(label: Label) -> str:
    """w¹₂₁, x₁, α, rate; commas where indices could run into each other."""
    base = GREEK[label.base] if label.greek else label.base
    indices = ("," if label.crowded else "").join(label.subscripts)
    return base + label.superscript.translate(_HIGH) + indices.translate(_LOW)


def _rational(above: Piece, below: Piece) -> Piece:
    body = f"{above.body}/{below.body}"
    if body in _HALVES:
        return Piece(_HALVES[body], Level.POWER)
    return Piece(body, Level.QUOTIENT, loose=True, parts=(above, below))


def _constant(value: Any) -> Piece:
    body = _CONSTANTS.get(value, str(value))
    return Piece(
        body, Level.DIGITS if body == "π" else Level.CALL, loose=body.isalpha() and body != "π", order=Place.FIRST
    )


def _ratio(top: str, bottom: str, direct: bool) -> Piece:
    return Piece(f"∂{top}/∂{bottom}" + ("|direct" if direct else ""), Level.PRODUCT, loose=True)


# --- operations ---


def _fraction(top: Piece, bottom: Piece) -> str:
    above = (
        grouped(NOTATION, top) if top.level in (Level.HADAMARD, Level.RATIO) else fitted(NOTATION, top, Level.PRODUCT)
    )
    return f"{above.body}/{fitted(NOTATION, bottom, Level.POWER).body}"


def _power(notation: Notation, operands: Sequence[Piece]) -> Piece:
    base, exponent = fitted(notation, operands[0], ATOM), operands[1]
    place = (base.order, base.name) if base.name else (Place.PLAIN, "")
    if exponent.level == Level.DIGITS and exponent.body.isdecimal() and not exponent.negative:
        return Piece(base.body + exponent.body.translate(_HIGH), Level.POWER, False, False, *place)
    return Piece(f"{base.body}^{fitted(notation, exponent, ATOM).body}", Level.POWER, False, True, *place)


def _root(notation: Notation, operands: Sequence[Piece]) -> Piece:
    under = operands[0]
    if under.level == Level.DIGITS and not under.negative:
        return Piece("√" + under.body, Level.POWER, loose=True, order=Place.FIRST)
    return call(notation, "√", operands)


def _size(notation: Notation, operands: Sequence[Piece]) -> Piece:
    body = signed(notation, operands[0])
    return called(notation, "abs", operands) if "|" in body else Piece(f"|{body}|", Level.CALL, loose=True)


def _polygamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    is_first = operands[0].body == "0"
    return call(notation, "ψ", operands[1:]) if is_first else called(notation, "polygamma", operands)


ROWS = glyphs.rows(
    0,
    {
        ops.POW: matrix_rows.power(_power),
        ops.SQRT: _root,
        ops.EXP: lambda notation, operands: call(notation, "exp", operands),
        ops.LOGGAMMA: lambda notation, operands: call(notation, "lnΓ", operands),
        ops.POLYGAMMA: _polygamma,
        ops.ABS: _size,
    },
)
"""How each operation looks."""


def _length(size: Any, written: Callable[[Any], str]) -> str:
    """A number of rows or columns: symbols as their labels."""
    plain = {symbol: sp.Symbol(written(symbol)) for symbol in sp.S(size).free_symbols}
    return str(sp.S(size).xreplace(plain)).replace("*", " ")


SIGNS = MatrixSigns(
    entrywise=" ⊙ ",
    beside=layout.BESIDE,
    transposed="ᵀ",
    times=" × ",
    size=_length,
    ones="ones({})".format,
    zeros=lambda shape: f"zeros({shape})" if shape else "0",
    part="{}[{}]".format,
    placed="placed({0}; {1})".format,
    table=lambda rows: "[" + "; ".join(", ".join(row) for row in rows) + "]",
    norm="‖{}‖²".format,
    total="Σ({})".format,
    log_total="ln Σ {}".format,
)

NOTATION = Notation(
    minus="−",
    times=" · ",
    join="",
    brackets="({})".format,
    label=label_text,
    word=str,
    decimal=lambda digits: Piece(digits, Level.POWER if "e" in digits else Level.DIGITS, loose="e" in digits),
    rational=_rational,
    constant=_constant,
    ratio=_ratio,
    fraction=_fraction,
    case="{} if {}",
    otherwise="{} otherwise",
    choice=lambda cases: Piece("{" + "; ".join(cases) + "}", Level.CALL, loose=True),
    condition=lambda body: Piece(f"[{body}]", Level.CALL, loose=True),
    steps={"0": ">", "1": "≥"},
    arrow=" → ",
    dots="…",
    rows=ROWS,
    signs=SIGNS,
)


# --- the document ---


def as_text(document: Document) -> str:
    """The document as text, no line wider than the document asks, a single longer token apart."""
    blocks = [layout.heading(document.title, "═", document.width)]
    for section in document.sections:
        blocks += _section(section, document)
    return layout.joined(blocks)


def side_text(labels: Labels, side: Side) -> str:
    """One right side, or one part of a sentence."""
    return layout.solid(side.words) if isinstance(side, Words) else signed(NOTATION, chain_rule(NOTATION, labels, side))


def _section(section: Section, document: Document) -> Iterator[list[str]]:
    yield layout.heading(section.title, "─", document.width) if section.depth == 1 else [section.title]
    for _, lines in groupby(section.lines, type):
        yield list(_block(list(lines), document))


def _block(lines: Sequence[Line], document: Document) -> Iterator[str]:
    """Lines of one kind."""
    written, width = partial(side_text, document.labels), document.width
    equations = [line for line in lines if isinstance(line, Equation)]
    rows = [(" = ".join(map(written, line.left)), list(dict.fromkeys(map(written, line.sides)))) for line in equations]
    yield from layout.aligned(rows, width)
    for line in lines:
        if isinstance(line, Note):
            yield from layout.wrapped(_sentence(document.labels, line), width)
        elif isinstance(line, Table):
            yield from layout.table([[_sentence(document.labels, cell) for cell in row] for row in line.rows], width)


def _sentence(labels: Labels, sentence: Note) -> str:
    sides = ((part, side_text(labels, part)) for part in sentence.parts)
    return "".join(part.words if isinstance(part, Words) else layout.tied(side) for part, side in sides)
