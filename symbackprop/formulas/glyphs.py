"""The signs of operations: a row for each operation, with a column for each format, and how the sign is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .. import ops
from . import matrix_rows
from .pieces import (
    ATOM,
    Level,
    Notation,
    Piece,
    Place,
    Row,
    call,
    called,
    fitted,
    negated,
    showing_all,
    signed,
    total,
)
from .signs import Sign

RowOf = Callable[[str], Row]
"""From a sign to the row that writes it."""


def _call(sign: str) -> Row:
    return lambda notation, operands: call(notation, sign, operands)


def _enclosed(sign: str) -> Row:
    return lambda notation, operands: Piece(sign.format(signed(notation, operands[0])), Level.CALL)


def _behind(sign: str) -> Row:
    return lambda notation, operands: Piece(fitted(notation, operands[0], ATOM).body + sign, Level.POWER)


def _negation(sign: str) -> Row:
    return lambda notation, operands: Piece(sign + fitted(notation, operands[0], Level.CALL).body, Level.NOT)


def _within(notation: Notation, piece: Piece, level: Level) -> str:
    """A piece whose minus sign needs no brackets."""
    return fitted(notation, piece, level).body if piece.level < level else signed(notation, piece)


def _between(own: Level, operand: Level) -> RowOf:
    """A sign between operands, of this level, that bind at least so tightly."""

    def writer(sign: str) -> Row:
        return lambda notation, operands: Piece(
            f" {sign} ".join(_within(notation, piece, operand) for piece in operands), own
        )

    return writer


def _step(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """Iverson's bracket for a step whose value at 0 is 0 or 1."""
    x, at_zero = (signed(notation, piece) for piece in operands)
    relation = notation.steps.get(at_zero)
    return called(notation, "Heaviside", operands) if relation is None else notation.condition(f"{x} {relation} 0")


def _select(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """One choice after another is one list of cases."""
    condition, value, other = (signed(notation, piece) for piece in operands)
    last = operands[2]
    chained = last.level in (Level.OR, Level.CALL) and last.parts and not last.negative
    cases = notation.case.format(value, condition), *(last.parts if chained else [notation.otherwise.format(other)])
    whole = notation.condition(condition) if (value, other) == ("1", "0") else notation.choice(cases)
    return replace(whole, parts=cases)


def _elu(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return called(notation, "elu", operands[:1] if signed(notation, operands[1]) == "1" else operands)


# --- what is computed by an operation of its own, and looks as its author wrote it ---

_ONE = Piece("1", Level.DIGITS, order=Place.FIRST)


def _exp(notation: Notation, power: Piece) -> Piece:
    return _ONE if power.body == "0" else notation.rows[ops.EXP](notation, [power])


def _weighted(notation: Notation, weight: Piece, power: Piece) -> Piece:
    if power.body == "0":
        return weight
    return (
        _exp(notation, power) if weight == _ONE else notation.rows[ops.MUL](notation, [weight, _exp(notation, power)])
    )


def _powers(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return total(notation, [_exp(notation, power) for power in operands])


def _weighted_powers(notation: Notation, operands: Sequence[Piece]) -> Piece:
    pairs = zip(operands[::2], operands[1::2], strict=True)
    return total(notation, [_weighted(notation, weight, power) for weight, power in pairs])


def _one_less_exp(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return total(notation, [_ONE, negated(notation, [_exp(notation, operands[0])])])


def _bose(notation: Notation, operands: Sequence[Piece]) -> Piece:
    below = total(notation, [_exp(notation, operands[0]), negated(notation, [_ONE])])
    return notation.rows[ops.DIV](notation, [_ONE, below])


def _log_of(inner: Row) -> Row:
    return lambda notation, operands: notation.rows[ops.LOG](notation, [inner(notation, operands)])


def _by_row(op: ops.Op) -> Row:
    return lambda notation, operands: notation.rows[op](notation, operands)


def _erfc_quotient(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return called(notation, "erfcq", operands[1:] if operands[0].body == "0" else operands)


_RELATION, _AND, _OR = (
    _between(own, operand)
    for own, operand in ((Level.RELATION, Level.SUM), (Level.AND, Level.NOT), (Level.OR, Level.AND))
)
_COMMANDS = {op: op.name for op in (ops.SIN, ops.COS, ops.TAN, ops.COT, ops.SEC, ops.CSC, ops.MAX, ops.MIN)}
_COMMANDS |= {op: op.name for op in (ops.SINH, ops.COSH, ops.TANH, ops.COTH)}
_COMMANDS |= {ops.LOG: "ln", ops.ASIN: "arcsin", ops.ACOS: "arccos", ops.ATAN: "arctan", ops.DETERMINANT: "det"}
"""What LaTeX has a command for."""
_WORDS = {
    op: op.name
    for op in (ops.SECH, ops.CSCH, ops.ATAN2, ops.HYPOT, ops.SIGN, ops.ERF, ops.ERFC, ops.SOFTPLUS, ops.RELU)
}
_WORDS |= {ops.ACOT: "arccot", ops.ASEC: "arcsec", ops.ACSC: "arccsc", ops.ASINH: "arsinh", ops.ACOSH: "arcosh"}
_WORDS |= {ops.ATANH: "artanh", ops.ACOTH: "arcoth", ops.ASECH: "arsech", ops.ACSCH: "arcsch"}

GLYPHS: dict[ops.Op, tuple[RowOf, str, str]] = {
    **{op: (_call, name, f"\\{name}") for op, name in _COMMANDS.items()},
    **{op: (_call, word, rf"\mathrm{{{word}}}") for op, word in _WORDS.items()},
    ops.LEAKY_RELU: (_call, "leaky_relu", r"\mathrm{leaky\_relu}"),
    ops.GAMMA: (_call, "Γ", r"\Gamma"),
    ops.SIGMOID: (_call, "σ", r"\sigma"),
    ops.TRACE: (_call, "tr", r"\operatorname{tr}"),
    ops.SOFTMAX_COLUMNS: (_call, "softmax", r"\operatorname{softmax}"),
    ops.SOFTMAX_ROWS: (_call, "softmax_rows", r"\operatorname{softmax}_{\mathrm{rows}}"),
    ops.INVERSE: (_behind, "⁻¹", "^{-1}"),
    ops.FLOOR: (_enclosed, "⌊{}⌋", r"\left\lfloor {}\right\rfloor"),
    ops.CEILING: (_enclosed, "⌈{}⌉", r"\left\lceil {}\right\rceil"),
    ops.LT: (_RELATION, "<", "<"),
    ops.LE: (_RELATION, "≤", r"\le"),
    ops.GT: (_RELATION, ">", ">"),
    ops.GE: (_RELATION, "≥", r"\ge"),
    ops.EQ: (_RELATION, "=", "="),
    ops.NE: (_RELATION, "≠", r"\ne"),
    ops.AND: (_AND, "∧", r"\land"),
    ops.OR: (_OR, "∨", r"\lor"),
    ops.NOT: (_negation, "¬", r"\neg "),
}
"""How an operation's sign is written, and the sign itself in text and in LaTeX."""

_SHARED: dict[ops.Op, Row] = {
    ops.NEG: negated,
    ops.COPY: matrix_rows.first,
    ops.HEAVISIDE: _step,
    ops.SELECT: _select,
    ops.ELU: _elu,
    ops.LOGSUMEXP: _log_of(_powers),
    ops.WEIGHTED_LOGSUMEXP: _log_of(_weighted_powers),
    ops.WEIGHTED_EXP: lambda notation, operands: _weighted(notation, *operands),
    ops.LOG1MEXP: _log_of(_one_less_exp),
    ops.LOG_COSH: _log_of(_by_row(ops.COSH)),
    ops.LOG_GAMMA: _log_of(_by_row(ops.GAMMA)),
    ops.LOG_ERFC: _log_of(_by_row(ops.ERFC)),
    ops.ERFC_QUOTIENT: _erfc_quotient,
    ops.BOSE: _bose,
}

_EXPLAINED = {
    ops.INVERSE: Sign.INVERSE,
    ops.DETERMINANT: Sign.DETERMINANT,
    ops.TRACE: Sign.TRACE,
    ops.SOFTMAX_COLUMNS: Sign.SOFTMAX_COLUMNS,
    ops.SOFTMAX_ROWS: Sign.SOFTMAX_ROWS,
}
"""The sign that the row of an operation writes."""


def rows(column: int, own: Mapping[ops.Op, Row]) -> dict[ops.Op, Row]:
    """The table of the format with this column: its own rows among others, none of which leaves out a sign."""
    written = {op: writer(signs[column]) for op, (writer, *signs) in GLYPHS.items()} | _SHARED | dict(own)
    shown = {op: showing_all(row, *([_EXPLAINED[op]] if op in _EXPLAINED else ())) for op, row in written.items()}
    return {**matrix_rows.ROWS, **shown}
