"""Lines of text: formulas aligned at their `=` signs and broken before operators, never cut."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from .line_breaks import Break, broken_at

INDENT, GAP = "  ", "   "
_OPENING, _CLOSING = "([{", ")]}"
_OPERATORS = "+−·⊙=<>≤≥≠∧∨→"
"""A line does not end in one of these; it may begin with one."""
_SUM, _PRODUCT, _PLAIN, _WORD, _BRACKET = range(5)
_RANKS = {"+": _SUM, "−": _SUM, "·": _PRODUCT, "⊙": _PRODUCT}
_SIGN = "· "
"""What a line begins with that is broken between two factors without a sign."""
_SOLID = "\N{NO-BREAK SPACE}"
BESIDE = "\N{FOUR-PER-EM SPACE}"
"""Between the factors of a matrix product, where a line may be broken without a sign: printed as a space."""
_LEAST_ROOM = 24


def breaks(text: str) -> Iterator[Break]:
    """Every place of a formula with what it costs to break there: what is deep inside brackets costs more."""
    depth = 0
    for position, character in enumerate(text):
        if character in _OPENING:
            if text[position - 1 : position] == ")":
                yield _break(position, 0, _BRACKET * depth + _PRODUCT, _SIGN)
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == BESIDE:
            yield _break(position, 1, _BRACKET * depth + _WORD)
        elif character == " " and text[position - 1] not in _OPERATORS:
            yield _at_space(text, position, depth)


def _break(position: int, left_out: int, cost: int, sign: str = "") -> Break:
    """A break in text, where a character is a column."""
    start = position + left_out
    return Break(position, start, position, start, cost, sign)


def _at_space(text: str, position: int, depth: int) -> Break:
    before, after = text[position - 1], text[position + 1]
    word = text.startswith(("if ", "otherwise"), position + 1) or text.endswith(
        " if", 0, position
    )  # of a list of cases
    rank = _WORD if word else _SUM if before == ";" else _RANKS.get(after, _PLAIN)
    sign = "" if word or before in ",;" or after in _OPERATORS else _SIGN
    return _break(position, 1, _BRACKET * depth + rank, sign)


def broken(text: str, room: int) -> list[str]:
    """The lines of one formula, each within `room` characters unless a single token is longer."""
    return broken_at(breaks(text), text, len(text), room, room // 4)


def aligned(rows: Sequence[tuple[str, Sequence[str]]], width: int) -> Iterator[str]:
    """Equations as (left side, right sides), the `=` signs one below the other; where the left is empty, none first."""
    edge = max((len(left) for left, _ in rows), default=0)
    room = max(width - len(INDENT) - edge - 3, _LEAST_ROOM)
    for left, sides in rows:
        for number, (name, side) in enumerate(zip_longest((left,), sides, fillvalue="")):
            first, *rest = broken(side, room)
            sign = "=" if left or number else " "
            yield f"{INDENT}{name:>{edge}} {sign} {first}"
            yield from (f"{INDENT}{'':{edge}}   {line}" for line in rest)


def table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Columns that end one below the other, with a rule below their heads; a sentence for each row if they are wide."""
    edges = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads, *rest = (GAP.join(f"{cell:>{edge}}" for cell, edge in zip(row, edges, strict=True)) for row in rows)
    if len(INDENT + heads) > width:
        for row in rows[1:]:
            yield from wrapped("; ".join(f"{head}: {cell}" for head, cell in zip(rows[0], row, strict=True)), width)
    else:
        yield from (INDENT + line for line in (heads, "─" * len(heads), *rest))


def solid(words: str) -> str:
    """Words that are no formula, and not to be broken like one."""
    return words.replace(" ", _SOLID)


def tied(formula: str) -> str:
    """A formula within a sentence, where no line ends in an operator."""
    return re.sub(f"(?<=[{_OPERATORS}]) ", _SOLID, formula)


def wrapped(sentence: str, width: int) -> list[str]:
    """A sentence in lines."""
    return textwrap.wrap(
        sentence,
        width,
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def heading(title: str, rule: str, width: int) -> list[str]:
    """A title, in lines, with a rule below it."""
    lines = textwrap.wrap(title, width, break_long_words=False) or [""]
    return [*lines, rule * min(max(map(len, lines)), width)]


_SPACES = str.maketrans(dict.fromkeys((_SOLID, BESIDE), " "))


def plain(text: str) -> str:
    """Text with the spaces that were told apart as what they are printed as."""
    return text.translate(_SPACES)
