"""How tightly the parts of a formula bind, and where that puts brackets: in lines of text, and but for what delimits
itself in any format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum

import sympy as sp

from .. import ops
from .tree import Kind, Tree, is_digits, is_whole, unsigned

Level = IntEnum("Level", "OR AND NOT RELATION SUM PRODUCT HADAMARD CHAIN QUOTIENT RATIO POWER CALL NAME DIGITS GROUP")
"""How tightly something binds, loosest first."""
ATOM = Level.CALL
"""What can be raised to a power as it is: a call, a name, a number, anything in brackets."""

_OPERATORS: dict[ops.Op, tuple[Level, Level]] = {
    **dict.fromkeys((ops.LT, ops.LE, ops.GT, ops.GE, ops.EQ, ops.NE), (Level.RELATION, Level.SUM)),
    ops.AND: (Level.AND, Level.NOT),
    ops.OR: (Level.OR, Level.AND),
    ops.NOT: (Level.NOT, Level.CALL),
    ops.INVERSE: (Level.POWER, ATOM),
}
"""Of operations with a sign before, between or behind their operands: their own level, and that of these."""
_ENCLOSING = {ops.ABS, ops.FLOOR, ops.CEILING}
"""What has signs of its own on both sides."""


def _of_name(tree: Tree) -> Level:
    """A superscript stands where an exponent would; a derivative is a fraction."""
    if tree.value.label.of is not None:
        return Level.RATIO
    label = tree.value.label.index or tree.value.label
    if label.superscript or (label.literal and not label.base.isidentifier()):  # a b, or A^2, is one name
        return Level.POWER if label.superscript else Level.SUM
    return Level.CALL if label.subscripts or label.primes or label.arguments else Level.NAME


def _of_number(tree: Tree) -> Level:
    return Level.DIGITS if is_digits(tree) and "e" not in decimal(tree.value) else Level.POWER


def decimal(number: object) -> str:
    """A whole number, or a decimal one with no more digits than it has."""
    if getattr(number, "_prec", 0) == 53:
        return repr(float(number))  # type: ignore[arg-type]
    return str(number).replace(".e", "e").replace("e+", "e")


def _of_call(tree: Tree) -> Level:
    if tree.value is ops.SQRT and level_of(tree.parts[0]) is Level.DIGITS:
        return Level.POWER
    return _OPERATORS.get(tree.value, (Level.CALL,))[0]


def _of_multiple(tree: Tree) -> Level:
    behind = level_of(tree.parts[1])
    return behind if behind in (Level.HADAMARD, Level.CHAIN) else Level.PRODUCT


_LEVELS: dict[Kind, Level | Callable[[Tree], Level]] = {
    Kind.NAME: _of_name,
    Kind.NUMBER: _of_number,
    Kind.CONSTANT: lambda tree: Level.DIGITS if tree.value is sp.pi else Level.CALL,
    Kind.CALL: _of_call,
    Kind.MULTIPLE: _of_multiple,
    Kind.RATIO: Level.RATIO,
    Kind.ARROWS: Level.RELATION,
    Kind.NEGATIVE: Level.SUM,
    Kind.SUM: Level.SUM,
    Kind.PRODUCT: Level.PRODUCT,
    Kind.LINKED: Level.PRODUCT,
    Kind.QUOTIENT: Level.QUOTIENT,
    Kind.MATRIX_PRODUCT: Level.CHAIN,
    Kind.ENTRYWISE: Level.HADAMARD,
    Kind.LOG_TOTAL: Level.CHAIN,
    **dict.fromkeys((Kind.POWER, Kind.TRANSPOSED, Kind.NORM, Kind.TOTAL), Level.POWER),
}
"""What is not here binds as a call does."""


def level_of(tree: Tree) -> Level:
    """How tightly a tree binds in a line of text."""
    found = _LEVELS.get(tree.kind, Level.CALL)
    return found if isinstance(found, Level) else found(tree)


def _around_product(tree: Tree) -> Iterator[Level]:
    return (Level.POWER for _ in tree.parts)


def _around_quotient(tree: Tree) -> Iterator[Level]:
    top, bottom = tree.parts
    of_matrices = level_of(top) is Level.CHAIN and (
        bottom.shape or (bottom.kind is Kind.MATRIX_PRODUCT and not top.shape)
    )
    yield Level.GROUP if of_matrices or level_of(top) in (Level.HADAMARD, Level.RATIO) else Level.PRODUCT
    yield Level.GROUP if level_of(bottom) is Level.RATIO else Level.POWER


def _around_power(tree: Tree) -> Iterator[Level]:
    yield ATOM
    yield Level.OR if is_whole(tree.parts[1]) else ATOM


def _around_call(tree: Tree) -> Iterator[Level]:
    return (_OPERATORS.get(tree.value, (None, Level.OR))[1] for _ in tree.parts)


_SLOTS: dict[Kind, Callable[[Tree], Iterator[Level]]] = {
    Kind.SUM: lambda tree: (Level.PRODUCT for _ in tree.parts),
    Kind.NEGATIVE: lambda tree: iter((Level.PRODUCT,)),
    Kind.PRODUCT: _around_product,
    Kind.MATRIX_PRODUCT: _around_product,
    Kind.LINKED: lambda tree: (Level.PRODUCT for _ in tree.parts),
    Kind.QUOTIENT: _around_quotient,
    Kind.POWER: _around_power,
    Kind.CALL: _around_call,
    Kind.TRANSPOSED: lambda tree: iter((ATOM,)),
    Kind.PART: lambda tree: iter((ATOM, *(Level.OR for _ in tree.parts[1:]))),
    Kind.ENTRYWISE: lambda tree: (Level.RATIO for _ in tree.parts),
    Kind.MULTIPLE: lambda tree: iter((Level.PRODUCT, Level.PRODUCT)),
}


def slots(tree: Tree) -> list[Level]:
    """How tightly each part has to bind to stand there without brackets."""
    found = _SLOTS.get(tree.kind)
    return [Level.OR] * len(tree.parts) if found is None else list(found(tree))


def fits(tree: Tree, level: Level) -> bool:
    """Whether a tree stands in such a place as it is; one with a minus sign does nowhere but where anything does."""
    return level_of(tree) >= level and (tree.kind is not Kind.NEGATIVE or level is Level.OR)


def has_brackets(tree: Tree) -> bool:
    """Whether there are brackets in a tree."""
    return any(part.bracketed for part in tree.parts) or _has_own(tree)


def _has_own(tree: Tree) -> bool:
    if tree.kind in (Kind.TOTAL, Kind.PLACED, Kind.ONES) or tree.value is sp.E:
        return True
    if tree.kind is Kind.CALL and tree.value not in _OPERATORS and tree.value not in _ENCLOSING:
        return level_of(tree) is Level.CALL
    parts = map(unsigned, tree.parts) if tree.kind is Kind.SUM else tree.parts
    return any(not fits(part, level) for part, level in zip(parts, slots(tree), strict=True))
