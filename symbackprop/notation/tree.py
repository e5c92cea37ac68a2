"""The presentation tree: what a formula looks like, before any format writes it.

A minus sign is a tree of its own around what it stands before, so that it can become the operator of a sum. Brackets
are no part of the tree: a format puts them where it needs them, as it knows what delimits itself. Trees are made once
and never changed; equal ones look alike, which is compared as one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ..ops import Shape
from .quantities import Mark
from .symbol_labels import Label

Kind = Enum(
    "Kind",
    "NAME NUMBER CONSTANT IDENTITY ONES ZEROS RATIO ARROWS LENGTHS NEGATIVE SUM PRODUCT LINKED QUOTIENT POWER CALL "
    "CASES MATRIX_PRODUCT ENTRYWISE MULTIPLE TRANSPOSED NORM TOTAL LOG_TOTAL PART SPAN PLACED TABLE DOTS",
)
"""What a tree is.

LINKED is a product whose factors keep their order and have a sign between them, as the chain rule is told. MULTIPLE is
numbers before a matrix. CALL is any operation without a kind of its own, whatever its sign is. CASES are values and
conditions by turns, and what holds otherwise. DOTS stand for what is left out.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One part of a formula.

    value: of a NAME the name and its role, of a RATIO two names and its own role, of a number or constant SymPy's, of a
    CALL the operation or a word. look: the same for all trees that are written alike. shape: of the value, () for a
    scalar. bracketed: whether there are brackets in it, in a line of text. carries: whether an adjoint stands in it.
    mark: of which step of the chain rule it is a factor, for formats that say so.
    """

    kind: Kind
    value: Any
    parts: tuple[Tree, ...]
    look: int
    shape: Shape = ()
    bracketed: bool = False
    carries: bool = False
    mark: Mark | None = None


@dataclass(frozen=True)
class Named:
    """A name in a formula.

    weight: of a network, which stands before what it multiplies. adjoint: of the loss. entry: a matrix of one entry.
    """

    name: str
    label: Label
    weight: bool = False
    adjoint: bool = False
    entry: bool = False


def shaped(tree: Tree, shape: Shape) -> Tree:
    """The same with the shape of its value."""
    return tree if tree.shape == shape else replace(tree, shape=shape)


def is_negative(tree: Tree) -> bool:
    """Whether a minus sign stands before it."""
    return tree.kind is Kind.NEGATIVE


def unsigned(tree: Tree) -> Tree:
    """What the minus sign stands before, if there is one."""
    return tree.parts[0] if tree.kind is Kind.NEGATIVE else tree


def are_odd(trees: Iterable[Tree]) -> bool:
    """Whether the product of these has a minus sign."""
    return sum(map(is_negative, trees)) % 2 == 1


def is_digits(tree: Tree) -> bool:
    """Whether a tree is a number in digits, with no sign and no line."""
    return tree.kind is Kind.NUMBER and (tree.value.is_Float or tree.value.is_Integer)


def is_whole(tree: Tree, value: int | None = None) -> bool:
    """Whether a tree is a whole number, or this one."""
    found = tree.kind is Kind.NUMBER and tree.value.is_Integer is True
    return found and (value is None or tree.value == value)


def walked(root: Tree) -> Iterator[Tree]:
    """The parts of a tree before what they are parts of; what looks alike and has matrices alike comes once."""
    seen: set[Any] = set()
    stack: list[tuple[Tree, bool]] = [(root, False)]
    while stack:
        tree, is_opened = stack.pop()
        if is_opened:
            yield tree
        elif (key := written_as(tree)) not in seen:
            seen.add(key)
            stack.append((tree, True))
            stack.extend((part, False) for part in reversed(tree.parts))


def written_as(tree: Tree) -> tuple[int, bool]:
    """What a tree is written by: its look, and whether it is a matrix."""
    return tree.look, bool(tree.shape)
