"""What a notebook shows: the chain rule of one parameter, its paths, and all equations of a derivation, as maths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import sympy as sp

from ..derivation import DIGITS, Path, Paths, Point, Routes, Sweep, is_defined
from ..errors import ParameterError
from ..graph import Node
from ..lowering import raised
from ..notation.notation_sets import notation_named
from ..notation.quantities import Chain
from .aligned import TOKENS, Aligned
from .content import Document, Equation, Line, Note, Section, Table, Words, factors
from .documents import NOTATION, document
from .labels import USUAL
from .latex import WIDE, wider
from .numbered_lines import with_numbers
from .path_document import MOST_PATHS, document_of_paths
from .text import Text

MOST_SHOWN = 100
"""Equations that a notebook shows; typesetting more would stop the page."""


class Displayed:
    """A document as text, and as maths in a notebook."""

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        raise NotImplementedError

    def __str__(self) -> str:
        return Text(self.document).written().rstrip("\n")

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        """One aligned environment, to stand where maths stands."""
        return _aligned(Aligned(self.document).rows(_equations(self.document)))

    def _repr_latex_(self) -> str:
        return _explained(self.document, self.latex())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/latex": self._repr_latex_()}


def checked_digits(digits: Any) -> int:
    """A number of digits that can be shown; a ParameterError says how many that are."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= DIGITS // 2:
        raise ParameterError(f"digits is {str(digits)[:40]}: give a whole number from 1 to {DIGITS // 2}")
    return digits


class Explanation(Displayed):
    """The chain rule of one parameter or named quantity, at all three depths.

    Args:
        derivation: made by any method.
        symbol: what the loss is differentiated by, a symbol or its name.
        notation: one of `notation.notation_sets`.

    Raises:
        ParameterError: there is no such parameter or quantity.
        UnknownNameError: there is no such notation.
    """

    def __init__(self, derivation: Sweep, symbol: Any, notation: str = USUAL) -> None:
        notation_named(notation)
        self.derivation, self._notation = derivation, notation
        self.symbol = derivation.resolve(symbol)

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        return document(self.derivation, self.symbol, notation=self._notation)


class Evaluation(Displayed):
    """The formulas of a derivation with the numbers of one point put in.

    Args:
        derivation: made by backprop.
        values: by symbol or name, of every parameter and of the data: numbers, arrays (rows, columns) of matrices;
            arrays also by the names of the model's.
        digits: significant digits that are shown; numbers are computed to 30.
        check: whether a central difference stands beside each derivative by a parameter.
        symbol: a parameter or quantity, of which alone is spoken; None for all.
        notation: one of `notation.notation_sets`.

    Raises:
        ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
        UnknownNameError: there is no such notation.
        UnsupportedError: the method forms no adjoints.
    """

    def __init__(
        self,
        derivation: Sweep,
        values: Mapping[Any, Any],
        digits: int = 6,
        check: bool = False,
        symbol: Any = None,
        notation: str = USUAL,
    ) -> None:
        notation_named(notation)
        self._point, self._digits, self._check = Point(derivation, values), checked_digits(digits), check
        self._symbol = None if symbol is None else derivation.resolve(symbol)
        self.derivation, self._notation = derivation, notation

    @cached_property
    def values(self) -> dict[str, Any]:
        """The values of data, parameters, quantities, adjoints and derivatives, by name: floats, arrays of matrices."""
        return {name: _floats(value) for name, value in self._point.by_name.items()}

    @property
    def value(self) -> float:
        """That of the loss."""
        return float(_floats(self._point.of(self.derivation.loss_node)))

    @property
    def gradients(self) -> dict[Any, Any]:
        """The derivative by each parameter: a float, or an array (rows, columns) of a matrix."""
        return {symbol: _floats(self._point.adjoint(symbol)) for symbol in self.derivation.wrt}

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        shown = document(self.derivation, self._symbol, notation=self._notation)
        return with_numbers(shown, self._point, self._digits, self._check)


def _floats(value: Any) -> Any:
    """Floats, nan for what is no finite real number but infinite in one direction."""
    if isinstance(value, np.ndarray):
        return np.vectorize(_floats, otypes=[float])(value)
    return float(value) if is_defined(value) or value in (sp.oo, -sp.oo) else float("nan")


@dataclass(frozen=True)
class SymbolicPath:
    """One path in SymPy: its symbols, the local partials along it, and their product, in named quantities."""

    derivation: Sweep
    path: Path

    @property
    def symbols(self) -> tuple[Any, ...]:
        """From where it begins to the loss, both included."""
        return self.path.symbols

    @property
    def locals(self) -> tuple[Any, ...]:
        """d(symbols[i + 1])/d(symbols[i]), one fewer than symbols."""
        return tuple(map(self._raised, self.path.locals))

    @property
    def product(self) -> Any:
        """What comes of them multiplied."""
        return self._raised(self.path.product)

    def _raised(self, node: Node) -> Any:
        """A node in quantities of the forward pass alone: an adjoint is what paths add up to, not what they are."""
        names = {quantity: symbol for symbol, quantity in self.derivation.quantities.items() if quantity != node}
        return raised(self.derivation.graph, node, names)

    def __repr__(self) -> str:
        return f"{' -> '.join(symbol.name for symbol in self.symbols)}: {self.product}"


class PathExplanation(Displayed):
    """The paths from one parameter or named quantity to the loss; or how many there are from each parameter.

    Iterating makes one `SymbolicPath` after the other, of all there are.

    Args:
        derivation: made by any method, without matrices.
        symbol: where the paths begin, a symbol or its name; None for every parameter.
        most: paths that are listed in print.
        notation: one of `notation.notation_sets`.

    Raises:
        ParameterError: there is no such parameter or quantity.
        SizeError: `most` is no number of paths.
        UnknownNameError: there is no such notation.
        UnsupportedError: there are matrices.
    """

    def __init__(self, derivation: Sweep, symbol: Any = None, most: int = MOST_PATHS, notation: str = USUAL) -> None:
        self._document = document_of_paths(derivation, symbol, most, notation=notation)
        self.derivation = derivation
        self.starts = derivation.wrt if symbol is None else (derivation.resolve(symbol),)

    @cached_property
    def _paths(self) -> Paths:
        return Paths(Routes(self.derivation), self.starts)

    @property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self._paths.count

    def __iter__(self) -> Iterator[SymbolicPath]:
        return (SymbolicPath(self.derivation, path) for path in self._paths)

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        return self._document

    def latex(self) -> str:
        """One aligned environment, to stand where maths stands: the paths and the tables, without the sentences."""
        shown = [section.lines for section in self.document.sections if not _is_notation(section)]
        blocks = (_block(self.document, kind, list(lines)) for part in shown for kind, lines in groupby(part, type))
        return _aligned(" \\\\[1ex]\n".join(filter(None, blocks)))


def equations_latex(derivation: Sweep) -> str:
    """The equations, adjoints and derivatives of a derivation, each worked, as one block of a notebook."""
    shown = document(derivation)
    whole = replace(shown, sections=tuple(section for section in shown.sections if not section.is_aside))
    worked = [Equation(line.left, line.sides[-1:]) for line in _equations(whole)]
    more = len(worked) - MOST_SHOWN
    rest = [Equation((Words("..."),), (Words(f"{more:,} more equations"),))] if more > 0 else []
    return _explained(shown, _aligned(Aligned(shown).rows([*worked[:MOST_SHOWN], *rest])))


def _equations(shown: Document) -> Iterator[Equation]:
    """The equations that the document is about, without those of its notation."""
    lines = (line for section in shown.sections if not _is_notation(section) for line in section.lines)
    return (line for line in lines if isinstance(line, Equation))


def _block(shown: Document, kind: type, lines: list[Line]) -> str:
    """Lines of one kind as rows; sentences only if they are short or name a path."""
    maths = Aligned(shown)
    if kind is Equation:
        return maths.rows(lines)
    tables = [f"&{maths.array(line)}" for line in lines if isinstance(line, Table)]
    notes = ((line, maths.line(line)) for line in lines if isinstance(line, Note))
    kept = [TOKENS.broken(source, WIDE) for line, source in notes if _names_a_path(line) or not wider(source, WIDE)]
    return " \\\\\n".join([*tables, *("&" + " \\\\\n&\\quad ".join(parts) for parts in kept)])


def _names_a_path(line: Note) -> bool:
    return any(isinstance(factor, Chain) for factor in factors(line.parts))


def _explained(shown: Document, maths: str) -> str:
    """Maths for a notebook, with the meaning of its signs below."""
    meanings = [_meaning(shown, line) for section in shown.sections for line in section.lines if _is_notation(section)]
    signs = [line for line in meanings if not wider(line, 2 * WIDE)]  # one to a line
    blocks = [maths, _below(signs)] if signs else []
    return _displayed(_below(blocks, r" \\[2ex]") if blocks else maths)


def _is_notation(section: Section) -> bool:
    return section.name == NOTATION


def _meaning(shown: Document, line: Line) -> str:
    maths = Aligned(shown)
    if isinstance(line, Note):
        return maths.line(line)
    sides = (*line.left, *line.sides) if isinstance(line, Equation) else ()
    return " = ".join(map(maths.side, sides))


def _aligned(body: str) -> str:
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _below(lines: Iterable[str], between: str = r" \\") -> str:
    """Lines that begin one below the other."""
    return _aligned(f"{between}\n".join(f"&{line}" for line in lines))


def _displayed(maths: str) -> str:
    return rf"$\displaystyle {maths}$"
