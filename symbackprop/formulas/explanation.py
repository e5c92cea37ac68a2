"""What a notebook shows: the chain rule of one parameter, and all equations of a derivation, as maths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from ..derivation import Derivation
from .aligned import rows, side_latex
from .content import Document, Equation, Line, Words
from .documents import document
from .latex import WIDE, wider
from .text import as_text

_MOST = 100
"""Equations that a notebook shows; typesetting more would stop the page."""


class Explanation:
    """The chain rule of one parameter or named quantity, at all three depths.

    Args:
        derivation: made by any method.
        symbol: what the loss is differentiated by, a symbol or its name.

    Raises:
        ParameterError: there is no such parameter or quantity.
    """

    def __init__(self, derivation: Derivation, symbol: Any) -> None:
        self.derivation = derivation
        self.symbol = derivation.resolve(symbol)

    def __str__(self) -> str:
        return as_text(document(self.derivation, self.symbol)).rstrip("\n")

    def __repr__(self) -> str:
        return str(self).rstrip("\n")

    def latex(self) -> str:
        """One aligned environment, to stand where maths stands."""
        told = document(self.derivation, self.symbol)
        return _environment(told, list(_equations(told)))

    def _repr_latex_(self) -> str:
        told = document(self.derivation, self.symbol)
        rule, signs = _environment(told, list(_equations(told))), _notation(told)
        return _displayed(_environment_of([rule, signs], r" \\[2ex]") if signs else rule)


def equations_latex(derivation: Derivation) -> str:
    """The equations, adjoints and derivatives of a derivation, each worked, as one block of a notebook."""
    told = document(derivation)
    worked = (Equation(line.left, line.sides[-1:]) for line in _equations(told))
    shown = list(islice(worked, _MOST))
    more = sum(1 for _ in _equations(told)) - len(shown)
    rest = [Equation((Words("..."),), (Words(f"{more:,} more equations"),))] if more else []
    return _displayed(_environment(told, [*shown, *rest]))


def _equations(told: Document) -> Iterator[Equation]:
    """The equations that the document is about, without those of its notation."""
    for section in told.sections:
        if section.title != "Notation":
            yield from (line for line in section.lines if isinstance(line, Equation))


def _notation(told: Document) -> str:
    """What signs mean, one to a line, without the sentences that are wider than one."""
    lines = [_meaning(told, line) for section in told.sections if section.title == "Notation" for line in section.lines]
    kept = [line for line in lines if not wider(line, 2 * WIDE)]
    return _environment_of(kept) if kept else ""


def _meaning(told: Document, line: Line) -> str:
    written = partial(side_latex, told.labels)
    if isinstance(line, Equation):
        return " = ".join(map(written, (*line.left, *line.sides)))
    return "".join(map(written, line.parts))


def _environment(told: Document, lines: list[Equation]) -> str:
    shown: list[Line] = [*lines]
    return "\\begin{aligned}\n" + rows(told.labels, shown) + "\n\\end{aligned}"


def _environment_of(lines: Iterable[str], between: str = r" \\") -> str:
    """Lines that begin one below the other."""
    return "\\begin{aligned}\n" + f"{between}\n".join(f"&{line}" for line in lines) + "\n\\end{aligned}"


def _displayed(maths: str) -> str:
    return rf"$\displaystyle {maths}$"
