"""Pieces of text with as few brackets as precedence allows: how code and the comments beside it are put together.

The order of precedence is Python's, which C, JavaScript and mathematics share as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .. import ops

# From loose to tight.
COMPARE, BIT_OR, BIT_AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)


MOST_TERMS = 100
"""How many operands stand in one row before they are bracketed in groups."""


class Text(NamedTuple):
    """A piece of source: how tightly its outermost operator binds, how deep its brackets nest, is it a plain number.

    positive: of a plain number, whether it is sure to be above 0.
    """

    source: str
    binds: int = ATOM
    depth: int = 0
    fixed: bool = False
    positive: bool = False

    def within(self, least: int) -> Text:
        """The same in parentheses, if it binds less tightly than its place needs."""
        return self if self.binds >= least else Text(f"({self.source})", ATOM, self.depth + 1)


Row = Callable[[Sequence[Text]], Text]
"""What makes the text of an operation of the texts of its operands."""


@dataclass(frozen=True)
class Infix:
    """An operator between operands; those after the first bind tighter, so that order is kept (a < b < c has none)."""

    sign: str
    binds: int

    def __call__(self, args: Sequence[Text]) -> Text:
        if len(args) > MOST_TERMS:  # Python's compiler recurses once for each operator of a row
            groups = [args[start : start + MOST_TERMS] for start in range(0, len(args), MOST_TERMS)]
            return self([self(group).within(ATOM) for group in groups])
        first, inner = self.binds + (self.binds == COMPARE), self.binds + 1
        parts = [arg.within(inner if place else first) for place, arg in enumerate(args)]
        return Text(f" {self.sign} ".join([part.source for part in parts]), self.binds, _deepest(parts))


@dataclass(frozen=True)
class Call:
    """A function of all its operands."""

    function: str

    def __call__(self, args: Sequence[Text]) -> Text:
        return Text(f"{self.function}({', '.join([arg.source for arg in args])})", ATOM, _deepest(args) + 1)


@dataclass(frozen=True)
class Fold:
    """A function of two operands, applied to any number of them."""

    function: str

    def __call__(self, args: Sequence[Text]) -> Text:
        if len(args) == 1:
            return args[0]
        half = (len(args) + 1) // 2  # in halves, so that brackets nest as little as can be
        return Call(self.function)([self(args[:half]), self(args[half:])])


def negated(args: Sequence[Text]) -> Text:
    """-x"""
    part = args[0].within(SIGN)
    return Text(f"-{part.source}", SIGN, part.depth)


def power(args: Sequence[Text]) -> Text:
    """x ** y"""
    base, exponent = args[0].within(ATOM), args[1].within(SIGN)
    return Text(f"{base.source} ** {exponent.source}", POWER, max(base.depth, exponent.depth))


def turned(args: Sequence[Text]) -> Text:
    """x.T"""
    return Text(f"{args[0].within(ATOM).source}.T")


def _deepest(parts: Sequence[Text]) -> int:
    return max([part.depth for part in parts], default=0)


OPERATORS: dict[ops.Op, Row] = {
    ops.ADD: Infix("+", SUM),
    ops.SUB: Infix("-", SUM),
    ops.MUL: Infix("*", PRODUCT),
    ops.DIV: Infix("/", PRODUCT),
    ops.NEG: negated,
    ops.POW: power,
    ops.COPY: lambda args: args[0],
    ops.LT: Infix("<", COMPARE),
    ops.LE: Infix("<=", COMPARE),
    ops.GT: Infix(">", COMPARE),
    ops.GE: Infix(">=", COMPARE),
    ops.EQ: Infix("==", COMPARE),
    ops.NE: Infix("!=", COMPARE),
    ops.AND: Infix("&", BIT_AND),
    ops.OR: Infix("|", BIT_OR),
}
"""What is written with an operator, in code as in comments."""
