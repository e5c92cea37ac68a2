"""The symbols that we made, t1 or dL_dz: each knows what it stands for, and is no other derivation's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import count
from random import randrange
from typing import Any

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixElement

from .errors import ParameterError

Equation = tuple[Any, Any]
"""A symbol, and the expression that it stands for."""

_NUMBERS = count(randrange(10**6, 10**9))  # as SymPy's Dummy: an expression from another process is another one


class Origin(sp.Atom):  # type: ignore[misc]
    """Where made symbols come from: one derivation.

    Attributes:
        told: gives the lines of the derivation, (symbol, expression), in an order that can be computed from top to
            bottom; set when there is a derivation.
        restored: gives the symbol that one of this origin stands for, where the lines of another derivation are told
            in other symbols; else None.
    """

    __slots__ = ("_lines", "number", "restored", "told")

    def __new__(cls, number: int | None = None) -> Origin:
        made: Origin = sp.Atom.__new__(cls)
        made.number = next(_NUMBERS) if number is None else number
        made.told = None
        made.restored = None
        made._lines = None
        return made

    told: Callable[[], Iterable[Equation]] | None
    restored: Callable[[Any], Any] | None
    number: int
    _lines: dict[Any, Any] | None

    @property
    def lines(self) -> Mapping[Any, Any]:
        """By symbol, the user's and ours: what it stands for, in an order that can be computed from top to bottom."""
        if self._lines is None:
            self._lines = dict(self.told()) if self.told is not None else {}
        return self._lines

    @property
    def is_open(self) -> bool:
        """Whether no derivation has told its lines yet."""
        return self.told is None and self._lines is None

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.number,)

    def _sympystr(self, printer: Any) -> str:
        return f"{self.number:020}"  # which sorts as the number does

    def __reduce__(self) -> tuple[Any, ...]:  # the lines hold symbols that hold this: they go behind
        return (type(self), (self.number,)) if self.is_open else (type(self), (self.number,), dict(self.lines))

    def __setstate__(self, state: Any) -> None:
        self._lines = state


class DeclaredOrigin(Origin):
    """Where the outputs of a network come from: its lines define plain symbols too, and whoever puts an output into an
    expression means all of them."""

    __slots__ = ("_inner",)
    _inner: set[Any]

    def refuse_in(self, output: Any, old: Any, new: Any) -> None:
        """Refuse to leave an output as it is where something is replaced that it is made of.

        Raises:
            ParameterError: its equations hold it.
        """
        if isinstance(old, sp.Symbol | sp.MatrixSymbol | MatrixElement) and getattr(old, "parent", old) in self.inner:
            raise ParameterError(
                f"{old} cannot be replaced in {output.name}, an output of a network that is made of it: write "
                f"sb.at(..., {{{old}: {new}}}), or replace {output.name} first"
            )

    @property
    def inner(self) -> set[Any]:
        """All symbols that the lines hold, but no sizes of matrices."""
        if not hasattr(self, "_inner"):
            found = {part for line in self.lines.values() for part in line.atoms(sp.Symbol, sp.MatrixSymbol)}
            shapes = [part.shape for part in found if isinstance(part, sp.MatrixSymbol)]
            self._inner = found.difference(*(sp.S(size).free_symbols for shape in shapes for size in shape))
        return self._inner


def declared_among(symbols: Iterable[Any]) -> list[Any]:
    """The symbols that are outputs of a network."""
    return [symbol for symbol in symbols if isinstance(symbol, MADE) and isinstance(symbol.origin, DeclaredOrigin)]


class NamedQuantity(sp.Symbol):  # type: ignore[misc]
    """A symbol that a derivation made. It prints as its name, and equals no symbol of another derivation."""

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, name: str, origin: Origin, **assumptions: Any) -> NamedQuantity:
        made: NamedQuantity = sp.Symbol.__xnew__(cls, name, **assumptions)  # the cache would take equal names for equal
        made.origin = origin
        return made

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.origin.number)

    def _eval_subs(self, old: Any, new: Any) -> Any:
        if isinstance(self.origin, DeclaredOrigin):
            self.origin.refuse_in(self, old, new)

    @classmethod
    def class_key(cls) -> Any:
        return sp.Symbol.class_key()  # sums and products are ordered by names, whoever made them

    def sort_key(self, order: Any = None) -> Any:
        kind, (length, names), *rest = super().sort_key(order)  # the number comes in between equal names alone
        return kind, (length, (*names, f"{self.origin.number:020}")), *rest

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _named, (self.name, self.origin, dict(self._assumptions_orig))


def _named(name: str, origin: Origin, assumptions: Mapping[str, Any]) -> NamedQuantity:
    return NamedQuantity(name, origin, **assumptions)


class NamedMatrix(sp.MatrixSymbol):  # type: ignore[misc]
    """The same for a matrix; SymPy makes matrix symbols anew from their arguments, so the origin is one of them."""

    def __new__(cls, name: Any, rows: Any, columns: Any, origin: Origin) -> NamedMatrix:
        named = name if isinstance(name, Str) else Str(name)
        made: NamedMatrix = sp.Basic.__new__(cls, named, sp.S(rows), sp.S(columns), origin)
        return made

    @property
    def origin(self) -> Origin:
        origin: Origin = self.args[3]
        return origin

    def _eval_subs(self, old: Any, new: Any) -> Any:
        if isinstance(self.origin, DeclaredOrigin):
            self.origin.refuse_in(self, old, new)

    @classmethod
    def class_key(cls) -> Any:
        return sp.MatrixSymbol.class_key()


MADE = (NamedQuantity, NamedMatrix)
"""The kinds of symbols that a derivation makes."""


def quantity(name: str, origin: Origin, shape: tuple[Any, ...] = (), **assumptions: Any) -> Any:
    """A symbol of a derivation's own; a matrix if it has a shape."""
    if shape:
        rows, columns = shape
        return NamedMatrix(name, rows, columns, origin)
    return NamedQuantity(name, origin, **assumptions)


def free_name(name: str, taken: Collection[str]) -> str:
    """A name, with as many underscores behind it as it takes to be none of those that are taken."""
    while name in taken:
        name += "_"
    return name


def made_among(symbols: Iterable[Any]) -> list[Any]:
    """The symbols that a derivation made."""
    return [symbol for symbol in symbols if isinstance(symbol, MADE)]
