"""How LaTeX writes each operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from . import matrix_rows
from .labels import Label
from .matrix_pieces import shaped
from .pieces import (
    AND,
    ATOM,
    CALL,
    DIGITS,
    FIRST,
    GROUP,
    NAME,
    NOT,
    OR,
    PLAIN,
    POWER,
    QUOTIENT,
    RELATION,
    SUM,
    MatrixSigns,
    Notation,
    Piece,
    Row,
    fitted,
    negated,
    signed,
    total,
)

WIDE = 60
"""Characters, about, of a line in a plain article."""
_TALL = 26
"""Characters from which on brackets do not grow with what they hold, so that lines may be broken inside them."""
_CONSTANTS = {sp.pi: r"\pi", sp.E: r"\mathrm{e}", sp.nan: r"\text{undefined}", sp.true: r"\text{true}"}
_SPELLED = {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "exp", "ln", "max", "min"}
_SPELLED |= {"arcsin", "arccos", "arctan"}
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_HIDDEN = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|frac|mathrm|mathit|text|partial)\b"
    r"|\^{\([0-9]+\)}(?=_)|(?<=lse})\^{\([0-9]+\)}"
)
_LAYER = re.compile(r"\^{\(([0-9]+)\)}")
"""A layer without a unit, as matrices have it: with an index below it, it takes no room of its own."""


def width(source: str) -> int:
    """About how many characters wide a formula is: a command counts as one, an operator as two, braces as none."""
    shown = _LAYER.sub(r"x\1", _HIDDEN.sub("", source))
    plain = _COMMAND.sub(lambda match: match[1] if match[1] in _SPELLED else "x", shown)
    return len(re.sub(r"[{}^_]| (?![-+])", "", plain))


def wider(source: str, most: int) -> bool:
    """Whether a formula is wider than so many characters; a very long one is not looked at."""
    return len(source) > 20 * most or width(source) > most


# --- leaves ---

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{character: "\\" + character for character in "{}_&%$#"},
}


def escaped(words: str) -> str:
    """Words as LaTeX shows them."""
    return "".join(_SPECIAL.get(character, character) for character in words)


def label_latex(label: Label) -> str:
    """w^{(1)}_{21}, x_{1}, \\alpha, \\mathit{rate}; commas where indices could run into each other."""
    indices = ("," if label.crowded else "").join(label.subscripts)
    return _base(label) + (f"^{{({label.superscript})}}" if label.superscript else "") + (indices and f"_{{{indices}}}")


def _base(label: Label) -> str:
    if label.greek:
        return "\\" + label.base.replace("amda", "ambda")
    if len(label.base) == 1 and label.base.isascii():
        return label.base
    return rf"\mathit{{{escaped(label.base)}}}" if label.base.isascii() else rf"\text{{{escaped(label.base)}}}"


def _symbol(label: Label) -> Piece:
    level = POWER if label.superscript else CALL if label.subscripts else NAME
    return Piece(label_latex(label), level, loose=len(label.base) > 1 and not label.greek)


def number(value: Any) -> Piece:
    """An integer, a fraction, or a decimal number with no more digits than it has."""
    size, negative = abs(value), bool(value < 0)
    if size.is_Float:
        return _decimal(repr(float(size)) if size._prec == 53 else str(size), negative)
    above, below = (Piece(str(part), DIGITS, order=FIRST) for part in (size.p, size.q))
    if size.q == 1:
        return Piece(above.body, DIGITS, negative)
    return Piece(_fraction(above, below), QUOTIENT, negative, parts=(above, below))


def _decimal(digits: str, negative: bool) -> Piece:
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return Piece(digits, DIGITS, negative)
    return Piece(rf"{mantissa} \cdot 10^{{{int(exponent)}}}", POWER, negative, loose=True)


def _constant(value: Any) -> Piece:
    body = _CONSTANTS.get(value) or rf"\mathrm{{{escaped(str(value))}}}"
    return Piece(body, CALL, order=FIRST)


def _ratio(top: str, bottom: str, direct: bool) -> Piece:
    body = rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    return Piece(rf"\left.{body}\right|_{{\text{{direct}}}}" if direct else body, POWER)


# --- operations ---


def _brackets(body: str) -> str:
    """Brackets that grow with what they hold; around much of it, brackets that a line may be broken between."""
    is_high = r"\frac" in body or r"\begin" in body
    if not wider(body, WIDE if is_high else _TALL):
        return rf"\left({body}\right)"
    return rf"\Bigl({body}\Bigr)" if is_high else rf"\bigl({body}\bigr)"


def _root(notation: Notation, operands: Sequence[Piece]) -> Piece:
    order = FIRST if operands[0].level == DIGITS else PLAIN
    return Piece(rf"\sqrt{{{signed(notation, operands[0])}}}", CALL, order=order)


def _called(name: str, operands: Sequence[Piece]) -> Piece:
    return _applied(rf"\mathrm{{{escaped(name)}}}", operands)


def _applied(command: str, operands: Sequence[Piece]) -> Piece:
    return Piece(command + _brackets(", ".join(signed(NOTATION, piece) for piece in operands)), CALL)


def _call(command: str) -> Row:
    return lambda notation, operands: _applied(command, operands)


def _fraction(top: Piece, bottom: Piece) -> str:
    """A fraction; what is too wide to stand above a line stands beside it."""
    if wider(top.body, 2 * WIDE // 3):
        sign = r" \odot " if bottom.shape else " "
        return rf"\frac{{1}}{{{_open(bottom)}}}{sign}{top.body}"
    return rf"\frac{{{_open(top)}}}{{{_open(bottom)}}}"


def _open(piece: Piece) -> str:
    """Without brackets around the whole."""
    body: str = piece.parts[0] if piece.level == GROUP else piece.body
    return body


def _power(notation: Notation, operands: Sequence[Piece]) -> Piece:
    base = fitted(notation, operands[0], ATOM)
    order, name = (base.order, base.name) if base.name else (PLAIN, "")
    return Piece(f"{base.body}^{{{signed(notation, operands[1])}}}", POWER, order=order, name=name)


def _exp(notation: Notation, operands: Sequence[Piece]) -> Piece:
    body = signed(notation, operands[0])
    if operands[0].shape or wider(body, _TALL) or operands[0].level < SUM:
        return _applied(r"\exp", operands)
    return Piece(rf"e^{{{body}}}", POWER, order=PLAIN)


def _enclosed(opening: str, closing: str) -> Row:
    return lambda notation, operands: Piece(opening + signed(notation, operands[0]) + closing, CALL)


def _step(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """Iverson's bracket for a step whose value at 0 is 0 or 1."""
    x, at_zero = (signed(notation, piece) for piece in operands)
    relation = {"0": ">", "1": r"\ge"}.get(at_zero)
    return _called("Heaviside", operands) if relation is None else Piece(rf"\left[{x} {relation} 0\right]", CALL)


def _within(notation: Notation, piece: Piece, level: int) -> str:
    """A piece whose minus sign needs no brackets."""
    return fitted(notation, piece, level).body if piece.level < level else signed(notation, piece)


def _relation(sign: str) -> Row:
    def row(notation: Notation, operands: Sequence[Piece]) -> Piece:
        left, right = (_within(notation, piece, SUM) for piece in operands)
        return Piece(f"{left} {sign} {right}", RELATION)

    return row


def _joined(sign: str, level: int) -> Row:
    return lambda notation, operands: Piece(
        f" {sign} ".join(_within(notation, piece, level + 1) for piece in operands), level
    )


def _not(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece(r"\neg " + fitted(notation, operands[0], CALL).body, NOT)


def _select(notation: Notation, operands: Sequence[Piece]) -> Piece:
    """One choice after another is one list of cases; in anything larger it stands in brackets."""
    condition, value, other = operands
    cases: tuple[str, ...] = (rf"{signed(notation, value)} & \text{{if }} {signed(notation, condition)}",)
    chained = other.level in (OR, CALL) and other.parts and not other.negative
    cases += other.parts if chained else (rf"{signed(notation, other)} & \text{{otherwise}}",)
    if signed(notation, value) == "1" and signed(notation, other) == "0":
        return Piece(rf"\left[{signed(notation, condition)}\right]", CALL, parts=cases)
    return Piece(r"\begin{cases} " + r" \\ ".join(cases) + r" \end{cases}", OR, loose=True, parts=cases)


def _elu(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return _called("elu", operands[:1] if signed(notation, operands[1]) == "1" else operands)


def _log_sum(notation: Notation, operands: Sequence[Piece]) -> Piece:
    terms = total(notation, [_exp(notation, [piece]) for piece in operands])
    return _applied(r"\ln", [terms])


def _log_gamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece(r"\ln" + _applied(r"\Gamma", operands).body, POWER, order=PLAIN)


def _polygamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    order = signed(notation, operands[0])
    return _applied(r"\psi" + ("" if order == "0" else f"^{{({order})}}"), operands[1:])


_COMMANDS = {op: f"\\{op.name}" for op in (ops.SIN, ops.COS, ops.TAN, ops.COT, ops.SEC, ops.CSC)}
_COMMANDS |= {op: f"\\{op.name}" for op in (ops.SINH, ops.COSH, ops.TANH, ops.COTH, ops.MAX, ops.MIN)}
_COMMANDS |= {ops.ASIN: r"\arcsin", ops.ACOS: r"\arccos", ops.ATAN: r"\arctan", ops.LOG: r"\ln"}
_COMMANDS |= {ops.GAMMA: r"\Gamma", ops.SIGMOID: r"\sigma", ops.LEAKY_RELU: r"\mathrm{leaky\_relu}"}
_WORDS = {ops.ACOT: "arccot", ops.ASEC: "arcsec", ops.ACSC: "arccsc", ops.ATAN2: "atan2", ops.SIGN: "sign"}
_WORDS |= {ops.SECH: "sech", ops.CSCH: "csch", ops.ASINH: "arsinh", ops.ACOSH: "arcosh", ops.ATANH: "artanh"}
_WORDS |= {ops.ACOTH: "arcoth", ops.ASECH: "arsech", ops.ACSCH: "arcsch"}
_WORDS |= {ops.ERF: "erf", ops.ERFC: "erfc", ops.SOFTPLUS: "softplus", ops.RELU: "relu"}

_OWN: dict[ops.Op, Row] = {
    ops.NEG: negated,
    ops.POW: matrix_rows.power(_power),
    ops.SQRT: _root,
    ops.COPY: lambda notation, operands: operands[0],
    **{op: _call(command) for op, command in _COMMANDS.items()},
    **{op: _call(rf"\mathrm{{{word}}}") for op, word in _WORDS.items()},
    ops.EXP: _exp,
    ops.LOGGAMMA: _log_gamma,
    ops.POLYGAMMA: _polygamma,
    ops.ABS: _enclosed(r"\left|", r"\right|"),
    ops.HEAVISIDE: _step,
    ops.FLOOR: _enclosed(r"\left\lfloor ", r"\right\rfloor"),
    ops.CEILING: _enclosed(r"\left\lceil ", r"\right\rceil"),
    ops.ELU: _elu,
    ops.LOGSUMEXP: _log_sum,
    ops.INVERSE: matrix_rows.behind("^{-1}"),
    ops.DETERMINANT: _call(r"\det"),
    ops.TRACE: _call(r"\operatorname{tr}"),
    ops.SOFTMAX_COLUMNS: _call(r"\operatorname{softmax}"),
    ops.SOFTMAX_ROWS: _call(r"\operatorname{softmax}_{\mathrm{rows}}"),
    ops.LT: _relation("<"),
    ops.LE: _relation(r"\le"),
    ops.GT: _relation(">"),
    ops.GE: _relation(r"\ge"),
    ops.EQ: _relation("="),
    ops.NE: _relation(r"\ne"),
    ops.AND: _joined(r"\land", AND),
    ops.OR: _joined(r"\lor", OR),
    ops.NOT: _not,
    ops.SELECT: _select,
}

ROWS = matrix_rows.with_own(_OWN)
"""How each operation looks."""


def _length(size: Any, written: Callable[[Any], str]) -> str:
    """A number of rows or columns: symbols as their labels."""
    return str(sp.latex(sp.S(size), symbol_names={symbol: written(symbol) for symbol in sp.S(size).free_symbols}))


def _table(rows: Sequence[Sequence[str]]) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"


SIGNS = MatrixSigns(
    entrywise=r" \odot ",
    beside=r" \, ",
    transposed=r"^{\top}",
    times=r" \times ",
    size=_length,
    ones=r"\mathbf{{1}}_{{{}}}".format,
    zeros=lambda shape: rf"\mathbf{{0}}_{{{shape}}}" if shape else "0",
    part=lambda body, where: (f"{{{body}}}" if "_" in body else body) + f"_{{{where}}}",
    placed=r"\mathrm{{placed}}\left({0};\, {1}\right)".format,
    table=_table,
    norm=r"\left\lVert {} \right\rVert^{{2}}".format,
    total=lambda body: r"\sum" + _brackets(body),
    log_total=r"\ln \sum {}".format,
)

NOTATION = Notation(
    minus="-",
    times=r" \cdot ",
    join=" ",
    brackets=_brackets,
    symbol=_symbol,
    number=number,
    constant=_constant,
    ratio=_ratio,
    fraction=_fraction,
    called=_called,
    arrow=r" \to ",
    dots=r"\cdots",
    rows=ROWS,
    signs=SIGNS,
    shaped=shaped,
)
