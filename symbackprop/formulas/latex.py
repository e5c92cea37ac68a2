"""How LaTeX writes each operation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import sympy as sp

from .. import ops
from ..notation.levels import ATOM, Level, decimal
from ..notation.symbol_labels import Label
from ..notation.tree import Kind, Tree, is_whole, unsigned
from .writing import Notation, Row, Writer, Written, behind, calls, in_rows, is_condition, steps

WIDE = 60
"""Characters, about, of a line in a plain article."""
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
    shown = _LAYER.sub(r"x\1", _HIDDEN.sub("", _ROWS.sub(_widest_row, source)))
    plain = _COMMAND.sub(lambda match: match[1] if match[1] in _SPELLED else "x", shown)
    return len(re.sub(r"[{}^_]| (?![-+])", "", plain))


_ROWS = re.compile(r"\\begin\{(\w*matrix)\}(.*?)\\end\{\1\}")


def _widest_row(match: re.Match[str]) -> str:
    """A row of a matrix for all of it, in brackets."""
    return f"[{max(match[2].split(ROW_END), key=width)}]"


ROW_END = r" \\ "
"""What stands between the rows of a matrix."""


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
    if label.of is not None:
        below = r" \, ".join(rf"\partial {label_latex(part)}{_power_of(count)}" for part, count in label.by)
        return rf"\frac{{\partial{_power_of(label.order)} {label_latex(label.of)}}}{{{below}}}"
    names = [one if one.isalnum() and one.isascii() else rf"\text{{{escaped(one)}}}" for one in label.subscripts]
    indices = ("," if label.crowded else "").join(names) if label.index is None else label_latex(label.index)
    whole = _base(label) + _layer(label) + (indices and f"_{{{indices}}}") + "'" * label.primes
    return whole + (rf"\left({', '.join(map(label_latex, label.arguments))}\right)" if label.arguments else "")


def _grouped(label: Label) -> str:
    """Behind the sign of a derivative: another one in brackets."""
    return label_latex(label) if label.of is None else rf"\left({label_latex(label)}\right)"


def _power_of(order: int) -> str:
    return "" if order == 1 else f"^{{{order}}}"


def _layer(label: Label) -> str:
    if not label.superscript:
        return ""
    return f"^{{{label.superscript}}}" if label.bare else f"^{{({label.superscript})}}"


def _base(label: Label) -> str:
    if label.greek:
        return "\\" + label.base.replace("amda", "ambda")
    if len(label.base) == 1 and label.base.isascii() and label.base.isalnum():
        return label.base
    return rf"\mathit{{{escaped(label.base)}}}" if label.base.isascii() else rf"\text{{{escaped(label.base)}}}"


def _number(writer: Writer, tree: Tree) -> Written:
    mantissa, _, exponent = decimal(tree.value).partition("e")
    power = Written(rf"{mantissa} \cdot 10^{{{int(exponent or 0)}}}", Level.POWER, loose=True)
    return power if exponent else Written(mantissa, Level.DIGITS)


def _constant(writer: Writer, tree: Tree) -> Written:
    body = _CONSTANTS.get(tree.value) or rf"\mathrm{{{escaped(str(tree.value))}}}"
    return Written(body, Level.CALL)


def _ratio(writer: Writer, tree: Tree) -> Written:
    *names, is_direct, _ = tree.value
    top, bottom = (_grouped(name.label) for name in names)
    body = rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    return Written(rf"\left.{body}\right|_{{\text{{direct}}}}" if is_direct else body, Level.POWER)


# --- operations ---


def _tall(wide: int) -> int:
    """Characters from which on brackets do not grow with what they hold, so that lines may be broken inside them."""
    return wide * 26 // 60


def _brackets(body: str) -> str:
    """Brackets that grow with what they hold; around much of it, brackets that a line may be broken between."""
    is_high = r"\frac" in body or r"\begin" in body
    return _open(body) if wider(body, WIDE if is_high else _tall(WIDE)) else rf"\left({body}\right)"


def _open(body: str, signs: str = "()") -> str:
    """Signs of one height around a body, that a line may be broken between."""
    size = "Big" if r"\frac" in body or r"\begin" in body else "big"
    return rf"\{size}l{signs[: len(signs) // 2]}{body}\{size}r{signs[len(signs) // 2 :]}"


def _strict_brackets(body: str, most: int) -> str:
    return _open(body) if wider(body, most) else rf"\left({body}\right)"


def _root(writer: Writer, tree: Tree) -> Written:
    body = writer.body(tree.parts[0])
    return Written(_open(body) + "^{1/2}", Level.POWER) if writer.notation.opens(body) else _rooted(body)


def _rooted(body: str) -> Written:
    return Written(rf"\sqrt{{{body}}}", Level.CALL)


def _quotient(writer: Writer, tree: Tree) -> Written:
    """A fraction; what is too wide to stand above a line stands beside it."""
    top, bottom = tree.parts
    if writer.notation.opens(writer.body(bottom)):
        over, under = writer.parts(tree)
        return Written(f"{over.body} / {under.body}", Level.QUOTIENT, loose=True)
    if wider(writer.fitted(top, Level.PRODUCT).body, 2 * writer.notation.wide // 3):
        is_grouped = bottom.shape and top.kind is Kind.MATRIX_PRODUCT
        beside = writer.fitted(top, Level.GROUP if is_grouped else Level.PRODUCT).body
        sign = r" \odot " if bottom.shape else writer.notation.times if beside[0].isnumeric() else " "
        return Written(rf"\frac{{1}}{{{writer.body(bottom)}}}{sign}{beside}", Level.QUOTIENT, loose=True)
    return Written(rf"\frac{{{writer.body(top)}}}{{{writer.body(bottom)}}}", Level.QUOTIENT, loose=True)


def _power(writer: Writer, tree: Tree) -> Written:
    base, exponent = tree.parts
    return Written(f"{writer.fitted(base, ATOM).body}^{{{writer.body(exponent)}}}", Level.POWER)


def _exp(writer: Writer, tree: Tree) -> Written:
    (power,) = tree.parts
    body = writer.body(power)
    if power.shape or wider(body, _tall(writer.notation.wide)) or writer.of(unsigned(power)).level < Level.SUM:
        return writer.called(r"\exp", tree.parts)
    return Written(rf"e^{{{body}}}", Level.POWER)


def _log_gamma(writer: Writer, tree: Tree) -> Written:
    return Written(r"\ln" + writer.called(r"\Gamma", tree.parts).body, Level.POWER)


def _polygamma(writer: Writer, tree: Tree) -> Written:
    order = "" if is_whole(tree.parts[0], 0) else f"^{{({writer.body(tree.parts[0])})}}"
    return writer.called(r"\psi" + order, tree.parts[1:])


def _size(writer: Writer, tree: Tree) -> Written:
    body = writer.body(tree.parts[0])
    return Written(_open(body, "||") if writer.notation.opens(body) else rf"\left|{body}\right|", Level.CALL)


def _condition(writer: Writer, body: str) -> Written:
    return Written(_open(body, "[]") if writer.notation.opens(body) else rf"\left[{body}\right]", Level.CALL)


def _cases(writer: Writer, tree: Tree) -> Written:
    *pairs, other = writer.bodies(tree.parts)
    if is_condition(tree):
        return _condition(writer, pairs[1])
    if any(map(writer.notation.opens, (*pairs, other))):
        cases = [rf"{value} \text{{ if }} {holds};" for value, holds in zip(pairs[::2], pairs[1::2], strict=True)]
        return Written(_open(rf" {' '.join(cases)} \text{{ else }} {other}", r"\lbrace\rbrace"), Level.CALL)
    cases = [rf"{value} & \text{{if }} {holds}" for value, holds in zip(pairs[::2], pairs[1::2], strict=True)]
    body = r" \\ ".join([*cases, rf"{other} & \text{{otherwise}}"])
    return Written(rf"\begin{{cases}} {body} \end{{cases}}", Level.OR, loose=True)


# --- matrices ---


def _ones(writer: Writer, tree: Tree) -> Written:
    return Written(rf"\mathbf{{1}}_{{{_shape(writer, tree)}}}", Level.CALL)


def _zeros(writer: Writer, tree: Tree) -> Written:
    return Written(rf"\mathbf{{0}}_{{{_shape(writer, tree)}}}" if tree.value else "0", Level.CALL)


def _shape(writer: Writer, tree: Tree) -> str:
    return r" \times ".join(writer.lengths(tree.value))


def _part(writer: Writer, tree: Tree) -> Written:
    whole, *spans = writer.parts(tree)
    inner = f"{{{whole.body}}}" if "_" in whole.body else whole.body
    return Written(f"{inner}_{{{', '.join(span.body for span in spans)}}}", Level.CALL)


def _placed(writer: Writer, tree: Tree) -> Written:
    inside, *spans = writer.bodies(tree.parts)
    return Written(rf"\mathrm{{placed}}\left({inside};\, {', '.join(spans)}\right)", Level.CALL)


def _table(writer: Writer, tree: Tree) -> Written:
    rows = [" & ".join(row) for row in in_rows(writer.bodies(tree.parts), tree.value)]
    return Written(r"\begin{bmatrix} " + ROW_END.join(rows) + r" \end{bmatrix}", Level.CALL, loose=True)


def _norm(writer: Writer, tree: Tree) -> Written:
    body = writer.body(tree.parts[0])
    around = _open(f" {body} ", r"\lVert\rVert") if writer.notation.opens(body) else rf"\left\lVert {body} \right\rVert"
    return Written(around + "^{2}", Level.POWER)


def _total(writer: Writer, tree: Tree) -> Written:
    return Written(r"\sum" + writer.notation.brackets(writer.body(tree.parts[0])), Level.POWER)


def _log_total(writer: Writer, tree: Tree) -> Written:
    return Written(rf"\ln \sum {writer.body(tree.parts[0])}", Level.CHAIN, loose=True)


def _length(size: Any, names: Mapping[Any, str]) -> str:
    """A number of rows or columns: symbols as their labels."""
    return str(sp.latex(size, symbol_names=dict(names)))


KINDS: dict[Kind, Row] = {
    Kind.NUMBER: _number,
    Kind.CONSTANT: _constant,
    Kind.RATIO: _ratio,
    Kind.QUOTIENT: _quotient,
    Kind.POWER: _power,
    Kind.CASES: _cases,
    Kind.ONES: _ones,
    Kind.ZEROS: _zeros,
    Kind.TRANSPOSED: behind(r"^{\top}"),
    Kind.NORM: _norm,
    Kind.TOTAL: _total,
    Kind.LOG_TOTAL: _log_total,
    Kind.PART: _part,
    Kind.PLACED: _placed,
    Kind.TABLE: _table,
}
"""How each kind looks."""
CALLS = calls(
    "latex",
    {
        ops.SQRT: _root,
        ops.EXP: _exp,
        ops.LOGGAMMA: _log_gamma,
        ops.POLYGAMMA: _polygamma,
        ops.ABS: _size,
        ops.HEAVISIDE: steps("> 0", r"\ge 0", _condition),
    },
)
"""How each operation looks."""

NOTATION = Notation(
    minus="-",
    times=r" \cdot ",
    join=" ",
    brackets=_brackets,
    label=label_latex,
    word=lambda name: rf"\mathrm{{{escaped(name)}}}",
    size=_length,
    entrywise=r" \odot ",
    beside=r" \, ",
    arrow=r" \to ",
    dots=r"\cdots",
    cross=r" \times ",
    kinds=KINDS,
    calls=CALLS,
    wide=WIDE,
)


def notation(wide: int) -> Notation:
    """The same for lines of so many characters, which nothing is wider than that can be broken."""
    most = _tall(wide)
    return replace(
        NOTATION, wide=3 * wide // 4, brackets=partial(_strict_brackets, most=most), opens=partial(wider, most=most)
    )
