"""Aligned Unicode text, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import sympy as sp

from .. import ops
from . import layout, matrix_rows
from .content import Document, Equation, Line, Note, Section, Side, Table, Words
from .labels import GREEK, Label, Labels
from .matrix_pieces import shaped
from .pieces import (
    AND,
    ATOM,
    CALL,
    DIGITS,
    FIRST,
    HADAMARD,
    NAME,
    NOT,
    OR,
    PLAIN,
    POWER,
    PRODUCT,
    QUOTIENT,
    RATIO,
    RELATION,
    SUM,
    MatrixSigns,
    Notation,
    Piece,
    Row,
    fitted,
    grouped,
    negated,
    signed,
)
from .printer import chain_rule

_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HALVES = {(1, 2): "½", (1, 4): "¼", (3, 4): "¾"}
_CONSTANTS = {sp.pi: "π", sp.E: "exp(1)", sp.nan: "undefined", sp.true: "true", sp.false: "false"}


# --- leaves ---


def label_text(label: Label) -> str:
    """w¹₂₁, x₁, α, rate; commas where indices could run into each other."""
    base = GREEK[label.base] if label.greek else label.base
    indices = ("," if label.crowded else "").join(label.subscripts)
    return base + label.superscript.translate(_HIGH) + indices.translate(_LOW)


def _symbol(label: Label) -> Piece:
    """A superscript stands where an exponent would: such a name goes in brackets before it is raised to a power."""
    word = len(label.base) > 1 and not label.greek
    level = POWER if label.superscript else CALL if label.subscripts else NAME
    return Piece(label_text(label), level, loose=word)


def number(value: Any) -> Piece:
    """An integer, a fraction, or a decimal number with no more digits than it has."""
    size = abs(value)
    if size.is_Float:
        body = repr(float(size)) if size._prec == 53 else str(size)
        return Piece(body, POWER if "e" in body else DIGITS, bool(value < 0), loose="e" in body)
    if size.q == 1:
        return Piece(str(size.p), DIGITS, bool(value < 0))
    return _rational(size.p, size.q, bool(value < 0))


def _rational(above: int, below: int, negative: bool) -> Piece:
    if (above, below) in _HALVES:
        return Piece(_HALVES[above, below], POWER, negative)
    parts = Piece(str(above), DIGITS, order=FIRST), Piece(str(below), DIGITS, order=FIRST)
    return Piece(f"{above}/{below}", QUOTIENT, negative, loose=True, parts=parts)


def _constant(value: Any) -> Piece:
    body = _CONSTANTS.get(value, str(value))
    return Piece(body, DIGITS if body == "π" else CALL, loose=body.isalpha() and body != "π", order=FIRST)


def _ratio(top: str, bottom: str, direct: bool) -> Piece:
    return Piece(f"∂{top}/∂{bottom}" + ("|direct" if direct else ""), PRODUCT, loose=True)


# --- operations ---


def _called(name: str, operands: Sequence[Piece]) -> Piece:
    return Piece(f"{name}({', '.join(signed(NOTATION, piece) for piece in operands)})", CALL)


def _call(name: str) -> Row:
    return lambda notation, operands: _called(name, operands)


def _fraction(top: Piece, bottom: Piece) -> str:
    above = grouped(NOTATION, top) if top.level in (HADAMARD, RATIO) else fitted(NOTATION, top, PRODUCT)
    return f"{above.body}/{fitted(NOTATION, bottom, POWER).body}"


def _power(notation: Notation, operands: Sequence[Piece]) -> Piece:
    base, exponent = fitted(notation, operands[0], ATOM), operands[1]
    place = (base.order, base.name) if base.name else (PLAIN, "")
    if exponent.level == DIGITS and exponent.body.isdecimal() and not exponent.negative:
        return Piece(base.body + exponent.body.translate(_HIGH), POWER, False, False, *place)
    return Piece(f"{base.body}^{fitted(notation, exponent, ATOM).body}", POWER, False, True, *place)


def _root(notation: Notation, operands: Sequence[Piece]) -> Piece:
    under = operands[0]
    if under.level == DIGITS and not under.negative:
        return Piece("√" + under.body, POWER, loose=True, order=FIRST)
    return _called("√", operands)


def _size(notation: Notation, operands: Sequence[Piece]) -> Piece:
    body = signed(notation, operands[0])
    return _called("abs", operands) if "|" in body else Piece(f"|{body}|", CALL, loose=True)


def _step(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """Iverson's bracket for a step whose value at 0 is 0 or 1."""
    x, at_zero = (signed(notation, piece) for piece in operands)
    relation = {"0": ">", "1": "≥"}.get(at_zero)
    return _called("Heaviside", operands) if relation is None else Piece(f"[{x} {relation} 0]", CALL, loose=True)


def _enclosed(opening: str, closing: str) -> Row:
    return lambda notation, operands: Piece(opening + signed(notation, operands[0]) + closing, CALL)


def _relation(sign: str) -> Row:
    def row(notation: Notation, operands: Sequence[Piece]) -> Piece:
        left, right = (_within(notation, piece, SUM) for piece in operands)
        return Piece(f"{left} {sign} {right}", RELATION)

    return row


def _within(notation: Notation, piece: Piece, level: int) -> str:
    """A piece whose minus sign needs no brackets."""
    return fitted(notation, piece, level).body if piece.level < level else signed(notation, piece)


def _joined(sign: str, level: int) -> Row:
    return lambda notation, operands: Piece(
        f" {sign} ".join(_within(notation, piece, level + 1) for piece in operands), level
    )


def _not(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece("¬" + fitted(notation, operands[0], CALL).body, NOT)


def _select(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """One choice after another is one list of cases."""
    condition, value, other = operands
    cases = (f"{signed(notation, value)} if {signed(notation, condition)}",)
    chained = other.level == CALL and other.parts and not other.negative
    cases += other.parts if chained else (f"{signed(notation, other)} otherwise",)
    is_indicator = signed(notation, value) == "1" and signed(notation, other) == "0"
    body = f"[{signed(notation, condition)}]" if is_indicator else "{" + "; ".join(cases) + "}"
    return Piece(body, CALL, loose=True, parts=cases)


def _elu(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return _called("elu", operands[:1] if signed(notation, operands[1]) == "1" else operands)


def _log_sum(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece(f"ln({' + '.join(_called('exp', [piece]).body for piece in operands)})", CALL)


def _polygamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return _called("ψ", operands[1:]) if operands[0].body == "0" else _called("polygamma", operands)


_ARC = {ops.ASIN: "arcsin", ops.ACOS: "arccos", ops.ATAN: "arctan", ops.ACOT: "arccot", ops.ASEC: "arcsec"}
_ARC |= {ops.ACSC: "arccsc", ops.ASINH: "arsinh", ops.ACOSH: "arcosh", ops.ATANH: "artanh", ops.ACOTH: "arcoth"}
_ARC |= {ops.ASECH: "arsech", ops.ACSCH: "arcsch"}
_OWN_NAME = (
    *(ops.EXP, ops.SIN, ops.COS, ops.TAN, ops.COT, ops.SEC, ops.CSC, ops.ATAN2),
    *(ops.SINH, ops.COSH, ops.TANH, ops.COTH, ops.SECH, ops.CSCH),
    *(ops.ERF, ops.ERFC, ops.SIGN, ops.MAX, ops.MIN, ops.SOFTPLUS, ops.RELU, ops.LEAKY_RELU),
)

_OWN: dict[ops.Op, Row] = {
    ops.NEG: negated,
    ops.POW: matrix_rows.power(_power),
    ops.SQRT: _root,
    ops.COPY: lambda notation, operands: operands[0],
    **{op: _call(op.name) for op in _OWN_NAME},
    **{op: _call(name) for op, name in _ARC.items()},
    ops.LOG: _call("ln"),
    ops.GAMMA: _call("Γ"),
    ops.LOGGAMMA: _call("lnΓ"),
    ops.POLYGAMMA: _polygamma,
    ops.ABS: _size,
    ops.HEAVISIDE: _step,
    ops.FLOOR: _enclosed("⌊", "⌋"),
    ops.CEILING: _enclosed("⌈", "⌉"),
    ops.SIGMOID: _call("σ"),
    ops.ELU: _elu,
    ops.LOGSUMEXP: _log_sum,
    ops.INVERSE: matrix_rows.behind("⁻¹"),
    ops.DETERMINANT: _call("det"),
    ops.TRACE: _call("tr"),
    ops.SOFTMAX_COLUMNS: _call("softmax"),
    ops.SOFTMAX_ROWS: _call("softmax_rows"),
    ops.LT: _relation("<"),
    ops.LE: _relation("≤"),
    ops.GT: _relation(">"),
    ops.GE: _relation("≥"),
    ops.EQ: _relation("="),
    ops.NE: _relation("≠"),
    ops.AND: _joined("∧", AND),
    ops.OR: _joined("∨", OR),
    ops.NOT: _not,
    ops.SELECT: _select,
}

ROWS = matrix_rows.with_own(_OWN)
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
    symbol=_symbol,
    number=number,
    constant=_constant,
    ratio=_ratio,
    fraction=_fraction,
    called=_called,
    arrow=" → ",
    dots="…",
    rows=ROWS,
    signs=SIGNS,
    shaped=shaped,
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
    for kind, lines in groupby(section.lines, type):
        yield list(_BLOCKS[kind](list(lines), document))


def _equations(lines: Sequence[Line], document: Document) -> Iterator[str]:
    written = partial(side_text, document.labels)
    equations = [line for line in lines if isinstance(line, Equation)]
    rows = [(" = ".join(map(written, line.left)), list(dict.fromkeys(map(written, line.sides)))) for line in equations]
    return layout.aligned(rows, document.width)


def _notes(lines: Sequence[Line], document: Document) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Note):
            yield from layout.wrapped(_sentence(document.labels, line), document.width)


def _tables(lines: Sequence[Line], document: Document) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Table):
            rows = [[_sentence(document.labels, cell) for cell in row] for row in line.rows]
            yield from layout.table(rows, document.width)


def _sentence(labels: Labels, sentence: Note) -> str:
    return "".join(_part(labels, part) for part in sentence.parts)


def _part(labels: Labels, part: Side) -> str:
    return part.words if isinstance(part, Words) else layout.tied(side_text(labels, part))


_BLOCKS: dict[type, Any] = {Equation: _equations, Note: _notes, Table: _tables}
