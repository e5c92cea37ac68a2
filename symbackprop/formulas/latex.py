"""How LaTeX writes each operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from . import glyphs, matrix_rows
from .labels import Label
from .pieces import ATOM, Level, MatrixSigns, Notation, Piece, Place, call, fitted, signed

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


def _decimal(digits: str) -> Piece:
    mantissa, _, exponent = digits.partition("e")
    power = Piece(rf"{mantissa} \cdot 10^{{{int(exponent or 0)}}}", Level.POWER, loose=True)
    return power if exponent else Piece(digits, Level.DIGITS)


def _constant(value: Any) -> Piece:
    body = _CONSTANTS.get(value) or rf"\mathrm{{{escaped(str(value))}}}"
    return Piece(body, Level.CALL, order=Place.FIRST)


def _ratio(top: str, bottom: str, direct: bool) -> Piece:
    body = rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    return Piece(rf"\left.{body}\right|_{{\text{{direct}}}}" if direct else body, Level.POWER)


# --- operations ---


def _brackets(body: str) -> str:
    """Brackets that grow with what they hold; around much of it, brackets that a line may be broken between."""
    is_high = r"\frac" in body or r"\begin" in body
    if not wider(body, WIDE if is_high else _TALL):
        return rf"\left({body}\right)"
    return rf"\Bigl({body}\Bigr)" if is_high else rf"\bigl({body}\bigr)"


def _root(notation: Notation, operands: Sequence[Piece]) -> Piece:
    order = Place.FIRST if operands[0].level == Level.DIGITS else Place.PLAIN
    return Piece(rf"\sqrt{{{signed(notation, operands[0])}}}", Level.CALL, order=order)


def _fraction(top: Piece, bottom: Piece) -> str:
    """A fraction; what is too wide to stand above a line stands beside it."""
    if wider(top.body, 2 * WIDE // 3):
        sign = r" \odot " if bottom.shape else " "
        return rf"\frac{{1}}{{{_open(bottom)}}}{sign}{top.body}"
    return rf"\frac{{{_open(top)}}}{{{_open(bottom)}}}"


def _open(piece: Piece) -> str:
    """Without brackets around the whole."""
    body: str = piece.parts[0] if piece.level == Level.GROUP else piece.body
    return body


def _power(notation: Notation, operands: Sequence[Piece]) -> Piece:
    base = fitted(notation, operands[0], ATOM)
    order, name = (base.order, base.name) if base.name else (Place.PLAIN, "")
    return Piece(f"{base.body}^{{{signed(notation, operands[1])}}}", Level.POWER, order=order, name=name)


def _exp(notation: Notation, operands: Sequence[Piece]) -> Piece:
    body = signed(notation, operands[0])
    if operands[0].shape or wider(body, _TALL) or operands[0].level < Level.SUM:
        return call(notation, r"\exp", operands)
    return Piece(rf"e^{{{body}}}", Level.POWER, order=Place.PLAIN)


def _log_gamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece(r"\ln" + call(notation, r"\Gamma", operands).body, Level.POWER, order=Place.PLAIN)


def _polygamma(notation: Notation, operands: Sequence[Piece]) -> Piece:
    order = signed(notation, operands[0])
    return call(notation, r"\psi" + ("" if order == "0" else f"^{{({order})}}"), operands[1:])


def _size(notation: Notation, operands: Sequence[Piece]) -> Piece:
    return Piece(rf"\left|{signed(notation, operands[0])}\right|", Level.CALL)


ROWS = glyphs.rows(
    1,
    {
        ops.POW: matrix_rows.power(_power),
        ops.SQRT: _root,
        ops.EXP: _exp,
        ops.LOGGAMMA: _log_gamma,
        ops.POLYGAMMA: _polygamma,
        ops.ABS: _size,
    },
)
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
    label=label_latex,
    word=lambda name: rf"\mathrm{{{escaped(name)}}}",
    decimal=_decimal,
    rational=lambda above, below: Piece(_fraction(above, below), Level.QUOTIENT, parts=(above, below)),
    constant=_constant,
    ratio=_ratio,
    fraction=_fraction,
    case=r"{} & \text{{if }} {}",
    otherwise=r"{} & \text{{otherwise}}",
    choice=lambda cases: Piece(r"\begin{cases} " + r" \\ ".join(cases) + r" \end{cases}", Level.OR, loose=True),
    condition=lambda body: Piece(rf"\left[{body}\right]", Level.CALL),
    steps={"0": ">", "1": r"\ge"},
    arrow=r" \to ",
    dots=r"\cdots",
    rows=ROWS,
    signs=SIGNS,
)
