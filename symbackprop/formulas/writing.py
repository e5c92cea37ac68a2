"""Writes trees in a format, part by part: brackets where a part binds too loosely for its place, and nowhere else.

What all formats share is here; what one decides is in its `Notation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from ..notation.glyphs import GLYPHS, Way
from ..notation.levels import ATOM, Level, level_of, slots
from ..notation.quantities import Mark
from ..notation.symbol_labels import Label
from ..notation.tree import Kind, Tree, is_negative, is_whole, unsigned, walked, written_as


class Written(NamedTuple):
    """A part in a format: how tightly it binds there, and whether it needs a multiplication sign beside it."""

    body: str
    level: Level
    loose: bool = False


Row = Callable[["Writer", Tree], Written]
"""How a tree is written, when its parts are."""


@dataclass(frozen=True)
class Notation:
    """What one format decides.

    minus, times: the signs. join: between two groups that are multiplied. brackets: a group. label: what a symbol is
    called; word: a function; size: a number of rows or columns, of what its symbols are called. entrywise, beside: the
    signs of the product entry by entry, and of matrices. arrow, dots: from a name to the next, and in the place of
    many. cross: between rows and columns. kinds, calls: rows, of kinds and of operations. marked: a part that has a
    mark, where the format says so. wide: the characters of a line, where what is too wide is written otherwise. opens:
    whether a part is so wide that lines have to be broken inside it. plus, comma, colon: more signs. before: the minus
    sign of a first term, if it is another. gap: before a factor that needs no sign. applied: behind the name of a
    function. first: the character that a part begins with.
    """

    minus: str
    times: str
    join: str
    brackets: Callable[[str], str]
    label: Callable[[Label], str]
    word: Callable[[str], str]
    size: Callable[[Any, Mapping[Any, str]], str]
    entrywise: str
    beside: str
    arrow: str
    dots: str
    cross: str
    kinds: Mapping[Kind, Row]
    calls: Mapping[Any, Row]
    units: frozenset[Any] = frozenset()
    marked: Callable[[str, Mark], str] = lambda body, mark: body
    wide: int = 0
    opens: Callable[[str], bool] = lambda body: False
    plus: str = "+"
    before: str = ""
    comma: str = ", "
    colon: str = ":"
    gap: Callable[[str], str] = lambda right: " "
    applied: str = ""
    first: Callable[[str], str] = lambda body: body[0]

    @property
    def sign_before(self) -> str:
        """The minus sign before a term."""
        return self.before or self.minus


class Writer:
    """Writes one tree after another, each part once."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self._found: dict[Any, Written] = {}

    def line(self, root: Tree) -> str:
        """The whole of it."""
        for tree in walked(root):
            found = (self.notation.kinds.get(tree.kind) or SHARED[tree.kind])(self, tree)
            if tree.mark is not None:
                found = found._replace(body=self.notation.marked(found.body, tree.mark))
            self._found[written_as(tree)] = found
        return self.body(root)

    def of(self, tree: Tree) -> Written:
        """A part that is written."""
        return self._found[written_as(tree)]

    def body(self, tree: Tree) -> str:
        """A part with its minus sign, and no brackets."""
        return self.of(tree).body

    def bodies(self, trees: Sequence[Tree]) -> list[str]:
        """Several parts."""
        return list(map(self.body, trees))

    def fitted(self, tree: Tree, level: Level) -> Written:
        """A part, in brackets if it binds less tightly than `level` asks or has a minus sign."""
        found = self.of(tree)
        fits = found.level >= level and (not is_negative(tree) or level is Level.OR)
        return found if fits else Written(self.notation.brackets(found.body), Level.GROUP)

    def parts(self, tree: Tree) -> list[Written]:
        """All parts of a tree, each fitted into its place."""
        return [self.fitted(part, level) for part, level in zip(tree.parts, slots(tree), strict=True)]

    def called(self, sign: str, trees: Sequence[Tree]) -> Written:
        """A function by its sign."""
        inside = self.notation.comma.join(self.bodies(trees))
        return Written(sign + self.notation.applied + self.notation.brackets(inside), Level.CALL)

    def lengths(self, sizes: Sequence[Any]) -> list[str]:
        """Numbers of rows and columns."""
        return [
            self.notation.size(size, {s: self.notation.label(label) for s, label in named}) for size, named in sizes
        ]


# --- leaves ---


def _name(writer: Writer, tree: Tree) -> Written:
    return _lettered(writer, tree, tree.value.label)


def _lettered(writer: Writer, tree: Tree, label: Label) -> Written:
    if label.of is not None:
        return Written(writer.notation.label(label), Level.POWER, loose=True)
    return Written(
        writer.notation.label(label),
        level_of(tree),
        label.index is not None or (len(label.base) > 1 and not label.greek),
    )


def _arrows(writer: Writer, tree: Tree) -> Written:
    notation = writer.notation
    names = (notation.dots if label is None else notation.label(label) for label in tree.value)
    return Written(notation.arrow.join(names), Level.RELATION)


def _span(writer: Writer, tree: Tree) -> Written:
    colon = writer.notation.colon
    return Written(colon.join(writer.lengths(tree.value)) or colon, ATOM)


# --- sums and products ---


def _negative(writer: Writer, tree: Tree) -> Written:
    return Written(writer.notation.sign_before + writer.parts(tree)[0].body, Level.SUM)


def _sum(writer: Writer, tree: Tree) -> Written:
    """The signs of the terms become the operators."""
    minus, plus = writer.notation.minus, writer.notation.plus
    first, *rest = ((is_negative(term), writer.fitted(unsigned(term), Level.PRODUCT).body) for term in tree.parts)
    tail = "".join(f" {minus if negative else plus} {body}" for negative, body in rest)
    return Written((writer.notation.sign_before if first[0] else "") + first[1] + tail, Level.SUM)


def _product(writer: Writer, tree: Tree) -> Written:
    return joined(writer.notation, writer.parts(tree))


def _linked(writer: Writer, tree: Tree) -> Written:
    return joined(writer.notation, [part._replace(loose=True) for part in writer.parts(tree)])


def joined(notation: Notation, parts: Sequence[Written]) -> Written:
    """Factors side by side."""
    body = [parts[0].body]
    for left, right in pairwise(parts):
        body += [_between(notation, left, right), right.body]
    return Written("".join(body), Level.PRODUCT)


def _between(notation: Notation, left: Written, right: Written) -> str:
    """A space where two factors cannot be misread without a sign; a name before a bracket would look called.

    A name of several letters wants a sign beside other letters, not behind a number: 2 lam · w.
    """
    is_loose = left.loose or (right.loose and left.level != Level.DIGITS)
    if is_loose or notation.first(right.body).isnumeric():
        return notation.times
    if right.level == Level.GROUP:
        joins = {Level.GROUP: notation.join, Level.NAME: notation.times}
        return joins.get(left.level, notation.gap(right.body))
    return notation.gap(right.body)


def _multiple(writer: Writer, tree: Tree) -> Written:
    return joined(writer.notation, writer.parts(tree))._replace(level=level_of(tree))


def _entrywise(writer: Writer, tree: Tree) -> Written:
    return Written(writer.notation.entrywise.join(part.body for part in writer.parts(tree)), Level.HADAMARD)


def _matrix_product(writer: Writer, tree: Tree) -> Written:
    return Written(writer.notation.beside.join(part.body for part in writer.parts(tree)), Level.CHAIN)


# --- calls ---


def _call(writer: Writer, tree: Tree) -> Written:
    row = writer.notation.calls.get(tree.value)
    return _by_name(writer, tree) if row is None else row(writer, tree)


def _by_name(writer: Writer, tree: Tree) -> Written:
    """A function by its name."""
    name = tree.value if isinstance(tree.value, str) else tree.value.name
    return writer.called(writer.notation.word(name), tree.parts)


def by_sign(sign: str) -> Row:
    """A function by its sign."""
    return lambda writer, tree: writer.called(sign, tree.parts)


def behind(sign: str) -> Row:
    """A sign behind, where an exponent would stand."""
    return lambda writer, tree: Written(writer.parts(tree)[0].body + sign, Level.POWER)


def _around(sign: str) -> Row:
    return lambda writer, tree: Written(sign.format(writer.body(tree.parts[0])), Level.CALL)


def _before_one(sign: str) -> Row:
    return lambda writer, tree: Written(sign + writer.parts(tree)[0].body, level_of(tree))


def _between_operands(sign: str) -> Row:
    """A minus sign of an operand needs no brackets."""

    def row(writer: Writer, tree: Tree) -> Written:
        pairs = zip(tree.parts, writer.parts(tree), strict=True)
        bodies = (writer.body(part) if is_negative(part) else fitted.body for part, fitted in pairs)
        return Written(f" {sign} ".join(bodies), level_of(tree))

    return row


_WAYS: dict[Way, Callable[[str], Row]] = {
    Way.BEFORE: by_sign,
    Way.BETWEEN: _between_operands,
    Way.BEHIND: behind,
    Way.AROUND: _around,
    Way.OPERATOR: _before_one,
}


def calls(column: str, own: Mapping[Any, Row]) -> dict[Any, Row]:
    """How each operation looks in the format with this column of the glyphs: its own rows among others."""
    return {**{op: _WAYS[glyph.way](getattr(glyph, column)) for op, glyph in GLYPHS.items()}, **own}


def is_condition(tree: Tree) -> bool:
    """Whether cases are 1 where something holds, and 0 elsewhere."""
    return len(tree.parts) == 3 and is_whole(tree.parts[0], 1) and is_whole(tree.parts[2], 0)


def in_rows(entries: Sequence[str], columns: int) -> list[Sequence[str]]:
    """The entries of a table, row by row."""
    return [entries[start : start + columns] for start in range(0, len(entries), columns)]


def steps(zero: str, one: str, condition: Callable[[Writer, str], Written]) -> Row:
    """Iverson's bracket for a step whose value at 0 is 0 or 1, by the sign of the comparison that it is."""

    def row(writer: Writer, tree: Tree) -> Written:
        x, at_zero = tree.parts
        for value, sign in ((0, zero), (1, one)):
            if is_whole(at_zero, value):
                return condition(writer, f"{writer.body(x)} {sign}")
        return writer.called(writer.notation.word("Heaviside"), tree.parts)

    return row


SHARED: dict[Kind, Row] = {
    Kind.NAME: _name,
    Kind.IDENTITY: lambda writer, tree: _lettered(writer, tree, tree.value),
    Kind.ARROWS: _arrows,
    Kind.DOTS: lambda writer, tree: Written(writer.notation.dots, ATOM),
    Kind.LENGTHS: lambda writer, tree: Written(writer.notation.cross.join(writer.lengths(tree.value)), ATOM),
    Kind.NEGATIVE: _negative,
    Kind.SUM: _sum,
    Kind.PRODUCT: _product,
    Kind.LINKED: _linked,
    Kind.MULTIPLE: _multiple,
    Kind.ENTRYWISE: _entrywise,
    Kind.MATRIX_PRODUCT: _matrix_product,
    Kind.CALL: _call,
    Kind.SPAN: _span,
}
"""What all formats write alike; the other kinds are each format's own."""
