"""Aligned Unicode text, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from .. import ops
from ..notation.levels import Level, decimal
from ..notation.symbol_labels import GREEK, Label
from ..notation.tree import Kind, Tree, is_whole
from . import layout
from .content import Equation, Section, Side, Table
from .walker import Walker
from .writing import Notation, Row, Writer, Written, behind, by_sign, calls, in_rows, is_condition, steps

_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_UNITS = {sp.Rational(1, 2): "½", sp.Rational(1, 4): "¼", sp.Rational(3, 4): "¾"}
_CONSTANTS = {sp.pi: "π", sp.E: "exp(1)", sp.nan: "undefined", sp.true: "true", sp.false: "false"}


# --- leaves ---


def label_text(label: Label) -> str:
    """w¹₂₁, x₁, α, rate, v_w¹₂₁, ∂²u/∂x²; commas where indices could run into each other."""
    if label.of is not None:
        below = "".join(f"∂{_grouped(part)}{_power_of(count)}" for part, count in label.by)
        return f"∂{_power_of(label.order)}{_grouped(label.of)}/{below}"
    base = GREEK[label.base] if label.greek else label.base
    indices = ("," if label.crowded else "").join(label.subscripts)
    indices = indices.translate(_LOW) if indices.replace(",", "").isdigit() else indices and f"_{indices}"
    whole = base + label.superscript.translate(_HIGH) + indices + "'" * label.primes
    if label.arguments:
        whole += f"({', '.join(map(label_text, label.arguments))})"
    return whole if label.index is None else f"{whole}_{label_text(label.index)}"


def _grouped(label: Label) -> str:
    """Behind the sign of a derivative: another one in brackets."""
    return label_text(label) if label.of is None else f"({label_text(label)})"


def _power_of(order: int) -> str:
    return "" if order == 1 else str(order).translate(_HIGH)


def _number(writer: Writer, tree: Tree) -> Written:
    if tree.value in _UNITS:
        return Written(_UNITS[tree.value], Level.POWER)
    digits = decimal(tree.value)
    return Written(digits, Level.POWER if "e" in digits else Level.DIGITS, loose="e" in digits)


def _constant(writer: Writer, tree: Tree) -> Written:
    body = _CONSTANTS.get(tree.value, str(tree.value))
    return Written(body, Level.DIGITS if body == "π" else Level.CALL, loose=body.isalpha() and body != "π")


def _ratio(writer: Writer, tree: Tree) -> Written:
    *names, is_direct, is_adjoint = tree.value
    top, bottom = (_grouped(name.label) for name in names)
    level = Level.RATIO if is_adjoint else Level.PRODUCT
    return Written(f"∂{top}/∂{bottom}" + ("|direct" if is_direct else ""), level, loose=True)


# --- operations ---


def _quotient(writer: Writer, tree: Tree) -> Written:
    top, bottom = writer.parts(tree)
    return Written(f"{top.body}/{bottom.body}", Level.QUOTIENT, loose=True)


def _power(writer: Writer, tree: Tree) -> Written:
    base, exponent = writer.parts(tree)
    if is_whole(tree.parts[1]):
        return Written(base.body + exponent.body.translate(_HIGH), Level.POWER)
    return Written(f"{base.body}^{exponent.body}", Level.POWER, loose=True)


def _root(writer: Writer, tree: Tree) -> Written:
    is_plain = writer.of(tree.parts[0]).level is Level.DIGITS
    return (
        Written("√" + writer.body(tree.parts[0]), Level.POWER, loose=True)
        if is_plain
        else writer.called("√", tree.parts)
    )


def _size(writer: Writer, tree: Tree) -> Written:
    body = writer.body(tree.parts[0])
    return writer.called("abs", tree.parts) if "|" in body else Written(f"|{body}|", Level.CALL, loose=True)


def _polygamma(writer: Writer, tree: Tree) -> Written:
    is_first = is_whole(tree.parts[0], 0)
    return writer.called("ψ", tree.parts[1:]) if is_first else writer.called("polygamma", tree.parts)


def _condition(writer: Writer, body: str) -> Written:
    return Written(f"[{body}]", Level.CALL, loose=True)


def _cases(writer: Writer, tree: Tree) -> Written:
    *pairs, other = writer.bodies(tree.parts)
    if is_condition(tree):
        return _condition(writer, pairs[1])
    cases = [f"{value} if {condition}" for value, condition in zip(pairs[::2], pairs[1::2], strict=True)]
    return Written("{" + "; ".join([*cases, f"{other} otherwise"]) + "}", Level.CALL, loose=True)


# --- matrices ---


def _ones(name: str) -> Row:
    def row(writer: Writer, tree: Tree) -> Written:
        sizes = " × ".join(writer.lengths(tree.value))
        return Written(f"{name}({sizes})" if sizes else "0", Level.CALL)

    return row


def _part(writer: Writer, tree: Tree) -> Written:
    whole, *spans = writer.parts(tree)
    return Written(f"{whole.body}[{', '.join(span.body for span in spans)}]", Level.CALL)


def _placed(writer: Writer, tree: Tree) -> Written:
    inside, *spans = writer.bodies(tree.parts)
    return Written(f"placed({inside}; {', '.join(spans)})", Level.CALL)


def _table(writer: Writer, tree: Tree) -> Written:
    rows = in_rows(writer.bodies(tree.parts), tree.value)
    return Written("[" + "; ".join(", ".join(row) for row in rows) + "]", Level.CALL, loose=True)


def _around(sign: str, level: Level = Level.POWER, loose: bool = False) -> Row:
    return lambda writer, tree: Written(sign.format(writer.body(tree.parts[0])), level, loose)


def _length(size: Any, names: Mapping[Any, str]) -> str:
    """A number of rows or columns: symbols as their labels."""
    return str(size.xreplace({symbol: sp.Symbol(name) for symbol, name in names.items()})).replace("*", " ")


KINDS: dict[Kind, Row] = {
    Kind.NUMBER: _number,
    Kind.CONSTANT: _constant,
    Kind.RATIO: _ratio,
    Kind.QUOTIENT: _quotient,
    Kind.POWER: _power,
    Kind.CASES: _cases,
    Kind.ONES: _ones("ones"),
    Kind.ZEROS: _ones("zeros"),
    Kind.TRANSPOSED: behind("ᵀ"),
    Kind.NORM: _around("‖{}‖²"),
    Kind.TOTAL: _around("Σ({})"),
    Kind.LOG_TOTAL: _around("ln Σ {}", Level.CHAIN, loose=True),
    Kind.PART: _part,
    Kind.PLACED: _placed,
    Kind.TABLE: _table,
}
"""How each kind looks."""
CALLS = calls(
    "text",
    {
        ops.SQRT: _root,
        ops.EXP: by_sign("exp"),
        ops.LOGGAMMA: by_sign("lnΓ"),
        ops.POLYGAMMA: _polygamma,
        ops.ABS: _size,
        ops.HEAVISIDE: steps("> 0", "≥ 0", _condition),
    },
)
"""How each operation looks."""

NOTATION = Notation(
    minus="−",
    times=" · ",
    join="",
    brackets="({})".format,
    label=label_text,
    word=str,
    size=_length,
    entrywise=" ⊙ ",
    beside=layout.BESIDE,
    arrow=" → ",
    dots="…",
    cross=" × ",
    kinds=KINDS,
    calls=CALLS,
    units=frozenset(_UNITS),
)


# --- the document ---


class Text(Walker):
    """The document as text, no line wider than the document asks, a single longer token apart."""

    notation = NOTATION
    takes = frozenset({"equations_only", "width"})

    @property
    def width(self) -> int:
        """Of a line."""
        return self.appearance.width or self.document.width

    def bound(self, blocks: Sequence[str]) -> str:
        """The blocks with an empty line between them, in plain spaces."""
        return layout.plain(super().bound(blocks))

    def title(self, section: Section) -> str:
        """The title of a section, with its symbols as one types them."""
        return section.name

    def heading(self, depth: int, title: str) -> str:
        """A title with a rule below it; that of a part without."""
        return "\n".join(layout.heading(title, "═─"[depth], self.width)) if depth < 2 else title

    def equations(self, lines: Sequence[Equation]) -> str:
        """Equations, the `=` signs one below the other."""
        return "\n".join(layout.aligned(list(map(self.sides, lines)), self.width))

    def paragraphs(self, sentences: Sequence[str], is_first: bool) -> str:
        """Sentences, each in lines of its own."""
        return "\n".join(line for sentence in sentences for line in layout.wrapped(sentence, self.width))

    def table(self, table: Table) -> str:
        """Columns, or sentences where they are wide."""
        cells = [list(map(self.sentence, row)) for row in table.rows]
        return "\n".join(layout.table(cells, self.width))

    def words(self, words: str) -> str:
        """Words as they are."""
        return words

    def spelled(self, words: str) -> str:
        """Words that are no formula, and not to be broken like one."""
        return layout.solid(words)

    def inline(self, side: Side) -> str:
        """A formula within a sentence, where no line ends in an operator."""
        return layout.tied(self.formula(side))
