"""The signs of operations: a row for each operation, with a column for each format.

ASCII is what comments in generated code are written in, in the words that array libraries share. An operation without a
row is a function by its own name in all of them.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .. import ops

Way = Enum("Way", "BEFORE BETWEEN BEHIND AROUND OPERATOR")
"""Where a sign stands: before operands in brackets, between them, behind one, around one, before one without brackets.

How tightly operands have to bind beside it is told by `levels`.
"""


class Glyph(NamedTuple):
    """The sign of an operation in each format; around an operand, {} is its place. In ASCII all are functions."""

    text: str
    ascii: str
    latex: str
    mathml: str
    way: Way = Way.BEFORE


def _command(op: ops.Op, name: str = "", ascii: str = "") -> Glyph:
    """What LaTeX has a command for."""
    name = name or op.name
    return Glyph(name, ascii or op.name, f"\\{name}", f"<mi>{name}</mi>")


def _word(op: ops.Op, name: str = "", ascii: str = "") -> Glyph:
    name = name or op.name
    escaped = name.replace("_", r"\_")
    return Glyph(name, ascii or op.name, rf"\mathrm{{{escaped}}}", f"<mi>{name}</mi>")


def _relation(text: str, ascii: str, latex: str, escaped: str = "") -> Glyph:
    """A sign between operands."""
    return Glyph(text, ascii, latex, f"<mo>{escaped or text}</mo>", Way.BETWEEN)


_AROUND = "<mrow><mo>{}</mo>{{}}<mo>{}</mo></mrow>"

GLYPHS: dict[ops.Op, Glyph] = {
    **{op: _command(op) for op in (ops.SIN, ops.COS, ops.TAN, ops.COT, ops.SEC, ops.CSC)},
    **{op: _command(op) for op in (ops.SINH, ops.COSH, ops.TANH, ops.COTH)},
    ops.LOG: _command(ops.LOG, "ln"),
    ops.MAX: _command(ops.MAX, ascii="maximum"),
    ops.MIN: _command(ops.MIN, ascii="minimum"),
    ops.ASIN: _command(ops.ASIN, "arcsin", "arcsin"),
    ops.ACOS: _command(ops.ACOS, "arccos", "arccos"),
    ops.ATAN: _command(ops.ATAN, "arctan", "arctan"),
    ops.DETERMINANT: _command(ops.DETERMINANT, "det", "det"),
    **{op: _word(op) for op in (ops.SECH, ops.CSCH, ops.HYPOT, ops.SIGN, ops.ERF, ops.ERFC)},
    **{op: _word(op) for op in (ops.CBRT, ops.MOD, ops.SINC)},
    **{op: _word(op) for op in (ops.SOFTPLUS, ops.RELU, ops.LEAKY_RELU)},
    ops.ATAN2: _word(ops.ATAN2, ascii="arctan2"),
    ops.ACOT: _word(ops.ACOT, "arccot"),
    ops.ASEC: _word(ops.ASEC, "arcsec"),
    ops.ACSC: _word(ops.ACSC, "arccsc"),
    ops.ASINH: _word(ops.ASINH, "arsinh", "arcsinh"),
    ops.ACOSH: _word(ops.ACOSH, "arcosh", "arccosh"),
    ops.ATANH: _word(ops.ATANH, "artanh", "arctanh"),
    ops.ACOTH: _word(ops.ACOTH, "arcoth"),
    ops.ASECH: _word(ops.ASECH, "arsech"),
    ops.ACSCH: _word(ops.ACSCH, "arcsch"),
    ops.GAMMA: Glyph("Γ", "gamma", r"\Gamma", "<mi>Γ</mi>"),
    ops.SIGMOID: Glyph("σ", "sigmoid", r"\sigma", "<mi>σ</mi>"),
    ops.TRACE: Glyph("tr", "trace", r"\operatorname{tr}", "<mi>tr</mi>"),
    ops.SOFTMAX_COLUMNS: Glyph("softmax", "softmax", r"\operatorname{softmax}", "<mi>softmax</mi>"),
    ops.SOFTMAX_ROWS: Glyph(
        "softmax_rows",
        "softmax_of_rows",
        r"\operatorname{softmax}_{\mathrm{rows}}",
        "<msub><mi>softmax</mi><mi>rows</mi></msub>",
    ),
    ops.INVERSE: Glyph("⁻¹", "inv", "^{-1}", "−1", Way.BEHIND),
    ops.FLOOR: Glyph("⌊{}⌋", "floor", r"\left\lfloor {}\right\rfloor", _AROUND.format("⌊", "⌋"), Way.AROUND),
    ops.CEILING: Glyph("⌈{}⌉", "ceil", r"\left\lceil {}\right\rceil", _AROUND.format("⌈", "⌉"), Way.AROUND),
    ops.LT: _relation("<", "less", "<", "&lt;"),
    ops.LE: _relation("≤", "less_equal", r"\le"),
    ops.GT: _relation(">", "greater", ">", "&gt;"),
    ops.GE: _relation("≥", "greater_equal", r"\ge"),
    ops.EQ: _relation("=", "equal", "="),
    ops.NE: _relation("≠", "not_equal", r"\ne"),
    ops.AND: _relation("∧", "logical_and", r"\land"),
    ops.OR: _relation("∨", "logical_or", r"\lor"),
    ops.NOT: Glyph("¬", "logical_not", r"\neg ", '<mo form="prefix">¬</mo>', Way.OPERATOR),
}
"""What has a sign, or another name than its own."""
