"""How MathML writes each operation: elements of MathML Core, which browsers typeset by themselves.

Source: W3C, "MathML Core" (2025), chapters 2 and 3. Where an element takes one child, a part stands in an `mrow`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import sympy as sp

from .. import ops
from ..notation.levels import ATOM, Level, decimal
from ..notation.quantities import Mark
from ..notation.symbol_labels import GREEK, Label
from ..notation.tree import Kind, Tree, is_whole, unsigned
from .writing import Notation, Row, Writer, Written, calls, in_rows, is_condition, steps

WIDE = 76
"""Characters, about, of a line on a page."""
_TALL = 26
"""Characters of the widest exponent of e."""
_TIMES, _APPLIED = "<mo>\N{INVISIBLE TIMES}</mo>", "<mo>\N{FUNCTION APPLICATION}</mo>"
_THIN = '<mspace width="0.17em"></mspace>'
_MINUS = "<mo>−</mo>"
_BEFORE = '<mo form="prefix">−</mo>'
_CONSTANTS = {
    sp.pi: "<mi>π</mi>", sp.E: "<mi>e</mi>",
    sp.nan: "<mtext>undefined</mtext>", sp.true: "<mtext>true</mtext>", sp.false: "<mtext>false</mtext>",
}  # fmt: skip
_SINGLE = re.compile(r"<(m[ino]|mtext)>[^<]*</\1>")
_HIGH = re.compile("<m(?:frac|table|sqrt)")
_FUNCTION = re.compile(r"(?:<m(?:row|sub|sup)[^>]*>)*<mi>\w\w")
"""A name of a function, which would run into a letter before it."""
_TAGS = re.compile(r"(?:<[^>]*>)*")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(r"<[^>]*>")


def width(source: str) -> int:
    """About how many characters wide a formula is, fractions as if they stood in a line."""
    return len(re.sub(r"&\w+;", "x", _TAG.sub("", source)).replace(" ", ""))


def _wider(source: str, most: int) -> bool:
    """Whether a formula is wider than so many characters; a very long one is not looked at."""
    return len(source) > 100 * most or width(source) > most


def escaped(words: str) -> str:
    """Words as XML and HTML show them; what neither takes is a sign for that."""
    return escape(_NO_CHARACTER.sub("�", words))


def row(body: str) -> str:
    """A part as one element."""
    return body if _SINGLE.fullmatch(body) else f"<mrow>{body}</mrow>"


def _element(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(map(row, parts))}</{name}>"


def _between(left: str, body: str, right: str) -> str:
    """A part between two signs, which grow with what is high in it."""
    sign = "<mo>{}</mo>" if _HIGH.search(body) else '<mo stretchy="false">{}</mo>'
    return f"<mrow>{sign.format(left)}{row(body)}{sign.format(right)}</mrow>"


# --- leaves ---


def label_mathml(label: Label) -> str:
    """A letter or a name, with its layer above and its indices below; commas where they could run into each other."""
    if label.of is not None:
        top = f"{_power_of('<mi>∂</mi>', label.order)}{label_mathml(label.of)}"
        below = "".join(f"<mi>∂</mi>{_power_of(row(label_mathml(part)), count)}" for part, count in label.by)
        return _element("mfrac", top, below)
    if label.arguments or label.primes:
        name = label_mathml(replace(label, primes=0, arguments=()))
        name = _element("msup", name, f"<mo>{'′' * label.primes}</mo>") if label.primes else name
        inner = "<mo>,</mo>".join(map(label_mathml, label.arguments))
        return name + (_brackets(inner) if label.arguments else "")
    base = f"<mi>{escaped(GREEK[label.base] if label.greek else label.base)}</mi>"
    separator = "<mo>,</mo>" if label.crowded else ""
    below = row(separator.join(f"<{_kind(index)}>{escaped(index)}</{_kind(index)}>" for index in label.subscripts))
    if label.index is not None:
        return f"<msub>{base}{label_mathml(label.index)}</msub>"
    above = f"<mn>{label.superscript}</mn>"
    above = above if label.bare else f"<mtext>({label.superscript})</mtext>"
    if label.superscript and label.subscripts:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if label.superscript:
        return f"<msup>{base}{above}</msup>"
    return f"<msub>{base}{below}</msub>" if label.subscripts else base


def _kind(index: str) -> str:
    return "mn" if index.isdigit() else "mi"


def _grouped(label: Label) -> str:
    """Behind the sign of a derivative: another one in brackets."""
    return label_mathml(label) if label.of is None else _brackets(label_mathml(label))


def _power_of(base: str, order: int) -> str:
    return base if order == 1 else f"<msup>{base}<mn>{order}</mn></msup>"


def _number(writer: Writer, tree: Tree) -> Written:
    mantissa, _, exponent = decimal(tree.value).partition("e")
    if not exponent:
        return Written(f"<mn>{mantissa}</mn>", Level.DIGITS)
    power = ("" if int(exponent) > 0 else _BEFORE) + f"<mn>{abs(int(exponent))}</mn>"
    return Written(f"<mn>{mantissa}</mn><mo>⋅</mo>{_element('msup', '<mn>10</mn>', power)}", Level.POWER, loose=True)


def _constant(writer: Writer, tree: Tree) -> Written:
    return Written(_CONSTANTS.get(tree.value) or f"<mi>{escaped(str(tree.value))}</mi>", Level.CALL)


def _ratio(writer: Writer, tree: Tree) -> Written:
    *names, is_direct, _ = tree.value
    body = _element("mfrac", *(f"<mi>∂</mi>{_grouped(name.label)}" for name in names))
    if is_direct:
        body = f"<msub><mrow>{body}<mo>|</mo></mrow><mtext>direct</mtext></msub>"
    return Written(body, Level.POWER)


# --- operations ---


def _brackets(body: str) -> str:
    return _between("(", body, ")")


def _quotient(writer: Writer, tree: Tree) -> Written:
    """A fraction; what is too wide to stand above a line stands beside it."""
    top, bottom = tree.parts
    if _wider(writer.body(top), WIDE // 2):
        is_grouped = bottom.shape and top.kind is Kind.MATRIX_PRODUCT
        beside = writer.fitted(top, Level.GROUP if is_grouped else Level.PRODUCT).body
        sign = "<mo>⊙</mo>" if bottom.shape else _TIMES
        return Written(_element("mfrac", "<mn>1</mn>", writer.body(bottom)) + sign + beside, Level.QUOTIENT, loose=True)
    return Written(_element("mfrac", writer.body(top), writer.body(bottom)), Level.QUOTIENT, loose=True)


def _power(writer: Writer, tree: Tree) -> Written:
    base, exponent = tree.parts
    return Written(_element("msup", writer.fitted(base, ATOM).body, writer.body(exponent)), Level.POWER)


def _exp(writer: Writer, tree: Tree) -> Written:
    (power,) = tree.parts
    body = writer.body(power)
    if power.shape or _wider(body, _TALL) or writer.of(unsigned(power)).level < Level.SUM:
        return writer.called("<mi>exp</mi>", tree.parts)
    return Written(_element("msup", "<mi>e</mi>", body), Level.POWER)


def _log_gamma(writer: Writer, tree: Tree) -> Written:
    return Written(f"<mi>ln</mi>{_APPLIED}" + writer.called("<mi>Γ</mi>", tree.parts).body, Level.POWER)


def _polygamma(writer: Writer, tree: Tree) -> Written:
    order = writer.body(tree.parts[0])
    sign = "<mi>ψ</mi>" if is_whole(tree.parts[0], 0) else f"<msup><mi>ψ</mi>{_between('(', order, ')')}</msup>"
    return writer.called(sign, tree.parts[1:])


def _condition(writer: Writer, body: str) -> Written:
    return Written(_between("[", body, "]"), Level.CALL)


def _cases(writer: Writer, tree: Tree) -> Written:
    *pairs, other = writer.bodies(tree.parts)
    if is_condition(tree):
        return _condition(writer, pairs[1])
    conditions = [f"<mtext>if </mtext>{row(holds)}" for holds in pairs[1::2]]
    cases = zip([*pairs[::2], other], [*conditions, "<mtext>otherwise</mtext>"], strict=True)
    return Written(f"<mrow><mo>{{</mo>{rows(cases)}</mrow>", Level.OR, loose=True)


def rows(cells: Iterable[Sequence[str]], style: str = ' style="text-align: left"') -> str:
    """A table, row by row."""
    told = ("".join(f"<mtd{style}>{cell}</mtd>" for cell in line) for line in cells)
    return f"<mtable>{''.join(f'<mtr>{cells}</mtr>' for cells in told)}</mtable>"


# --- matrices ---


def _fixed(digit: str) -> Row:
    """Ones or zeros with their shape; a block of zeros may have none."""

    def fixed(writer: Writer, tree: Tree) -> Written:
        shape = "<mo>×</mo>".join(writer.lengths(tree.value))
        return Written(f"<msub><mn>{digit}</mn>{row(shape)}</msub>" if shape else "<mn>0</mn>", Level.CALL)

    return fixed


def _behind(sign: str) -> Row:
    return lambda writer, tree: Written(_element("msup", writer.parts(tree)[0].body, sign), Level.POWER)


def _part(writer: Writer, tree: Tree) -> Written:
    whole, *spans = writer.parts(tree)
    return Written(_element("msub", whole.body, "<mo>,</mo>".join(span.body for span in spans)), Level.CALL)


def _placed(writer: Writer, tree: Tree) -> Written:
    inside, *spans = writer.bodies(tree.parts)
    body = f"{inside}<mo>;</mo>{'<mo>,</mo>'.join(spans)}"
    return Written(f"<mi>placed</mi>{_APPLIED}{_brackets(body)}", Level.CALL)


def _table(writer: Writer, tree: Tree) -> Written:
    return Written(_between("[", rows(in_rows(writer.bodies(tree.parts), tree.value), ""), "]"), Level.CALL, loose=True)


def _around(left: str, right: str) -> Row:
    return lambda writer, tree: Written(_between(left, writer.body(tree.parts[0]), right), Level.CALL)


def _norm(writer: Writer, tree: Tree) -> Written:
    return Written(_element("msup", _between("‖", writer.body(tree.parts[0]), "‖"), "<mn>2</mn>"), Level.POWER)


def _total(writer: Writer, tree: Tree) -> Written:
    return Written("<mo>∑</mo>" + _brackets(writer.body(tree.parts[0])), Level.POWER)


def _log_total(writer: Writer, tree: Tree) -> Written:
    return Written(f"<mi>ln</mi>{_APPLIED}<mo>∑</mo>{writer.body(tree.parts[0])}", Level.CHAIN, loose=True)


_SIZE = re.compile(r"(?P<base>\w+)\*\*(?P<power>\w+)|(?P<word>\w+)|(?P<sign>[^\w\s])")


def _length(size: Any, names: Mapping[Any, str]) -> str:
    """A number of rows or columns: symbols as their labels."""
    labels = {symbol.name: label for symbol, label in names.items()}

    def word(name: str) -> str:
        return labels.get(name, f"<mn>{escaped(name)}</mn>")

    def token(match: re.Match[str]) -> str:
        if match["base"]:
            return _element("msup", word(match["base"]), word(match["power"]))
        if match["word"]:
            return word(match["word"])
        return {"*": _TIMES, "-": _MINUS}.get(match["sign"], f"<mo>{escaped(match['sign'])}</mo>")

    return "".join(map(token, _SIZE.finditer(str(size))))


def _marked(body: str, mark: Mark) -> str:
    names = {"lower": mark.lower, "upper": mark.upper, "role": mark.role}
    attributes = "".join(f' data-{name}="{escaped(value)}"' for name, value in names.items())
    return f"<mrow{attributes}>{body}</mrow>"


KINDS: dict[Kind, Row] = {
    Kind.NUMBER: _number,
    Kind.CONSTANT: _constant,
    Kind.RATIO: _ratio,
    Kind.QUOTIENT: _quotient,
    Kind.POWER: _power,
    Kind.CASES: _cases,
    Kind.ONES: _fixed("𝟏"),
    Kind.ZEROS: _fixed("𝟎"),
    Kind.TRANSPOSED: _behind("<mi>⊤</mi>"),
    Kind.NORM: _norm,
    Kind.TOTAL: _total,
    Kind.LOG_TOTAL: _log_total,
    Kind.PART: _part,
    Kind.PLACED: _placed,
    Kind.TABLE: _table,
}
"""How each kind looks."""
CALLS = calls(
    "mathml",
    {
        ops.SQRT: lambda writer, tree: Written(_element("msqrt", writer.body(tree.parts[0])), Level.CALL),
        ops.EXP: _exp,
        ops.LOGGAMMA: _log_gamma,
        ops.POLYGAMMA: _polygamma,
        ops.ABS: _around("|", "|"),
        ops.INVERSE: _behind(f"{_BEFORE}<mn>1</mn>"),
        ops.HEAVISIDE: steps("<mo>&gt;</mo><mn>0</mn>", "<mo>≥</mo><mn>0</mn>", _condition),
    },
)
"""How each operation looks."""


def _first(body: str) -> str:
    """The character that is shown first."""
    found = _TAGS.match(body)
    return body[found.end() if found else 0 :][:1]


NOTATION = Notation(
    minus=_MINUS,
    before=_BEFORE,
    plus="<mo>+</mo>",
    times=" <mo>⋅</mo> ",
    join=_TIMES,
    gap=lambda right: _TIMES + (_THIN if _FUNCTION.match(right) else ""),
    brackets=_brackets,
    label=label_mathml,
    word=lambda name: f"<mi>{escaped(name)}</mi>",
    applied=_APPLIED,
    comma="<mo>,</mo>",
    colon="<mo>:</mo>",
    size=_length,
    entrywise=" <mo>⊙</mo> ",
    beside=_TIMES + _THIN,
    arrow=" <mo>→</mo> ",
    dots="<mo>…</mo>",
    cross="<mo>×</mo>",
    kinds=KINDS,
    calls=CALLS,
    marked=_marked,
    first=_first,
)
