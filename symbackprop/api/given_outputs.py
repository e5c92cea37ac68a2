"""What the doors are given to differentiate, read in one place: expressions, lists, matrices, equations and models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any

import numpy as np
import sympy as sp

from ..derivation import Care
from ..equation_list import (
    SYMBOLS,
    checked_wrt,
    equations_of,
    expression_of,
    free_symbols_of,
    held,
    is_bare,
    matrix_shape,
    mentioned_in,
    scalar_loss,
)
from ..errors import ParameterError, ShapeError, UnsupportedError
from ..lowering import symbols_of
from ..named_quantities import Equation, Origin, free_name, quantity
from ..networks import Model
from .matrix_operators import MatrixOperators
from .shared_derivatives import Asked, is_entry


@dataclass(frozen=True)
class Given:
    """What is differentiated.

    Attributes:
        equations: that define the outputs, in order.
        outputs: their symbols, in the order of rows.
        subject: what care is taken for: a model, an expression by itself, or equations.
        model: that the equations come from, or None.
        shape: of the matrix that was given; None for anything else.
        is_chained: whether equations may use those before them; outputs that nobody named are on their own.
        matrices: by matrix symbol in whose place a matrix of symbols stands in the equations: that matrix.
        entries: the same of those of which single entries were named, which are symbols from then on.
    """

    equations: list[Equation]
    outputs: list[Any]
    subject: Any
    model: Model | None = None
    shape: tuple[int, int] | None = None
    is_chained: bool = True
    matrices: Mapping[Any, Any] = field(default_factory=dict)
    entries: Mapping[Any, Any] = field(default_factory=dict)

    def symbols(self, wrt: Any) -> list[Any]:
        """What is differentiated by, each symbol once: by default a model's parameters, or every symbol.

        Raises:
            ParameterError: `wrt` is empty, holds what is no symbol, or names one twice.
        """
        if wrt is None:
            return list(self.model.parameters) if self.model is not None else self._every()
        symbols = checked_wrt(entries_of(wrt), around=self.equations)
        if len(set(symbols)) < len(symbols):
            raise ParameterError("wrt names a symbol twice: name each once")
        return symbols

    def by(self, wrt: Any) -> tuple[Given, list[Any]]:
        """The same, and what it is differentiated by: where that is entries of matrix symbols, X[0, 1], with these.

        A matrix symbol of which entries are named is a matrix of symbols X_0_0, X_0_1, ... from then on.

        Raises:
            ParameterError: `wrt` is empty, holds what is no symbol, or names one twice; or there is a model, whose
                matrices stay whole.
        """
        items = [wrt] if is_entry(wrt) else entries_of(wrt)
        matrices = matrices_of(items)
        if not matrices:
            return self, self.symbols(wrt)
        given = self._in_entries(matrices)
        entries = given.matrices
        found = [entries[one.parent][one.i, one.j] if is_entry(one) else one for one in items]
        return replace(given, matrices={}, entries=entries), given.symbols(found)

    def by_entries(self, wrt: Any) -> tuple[Given, list[Any]]:
        """The same, with all entries of the matrix symbols that it is differentiated by, row by row.

        Second derivatives by matrices would have four indices; by their entries they have two. A size that is no number
        stays whole, and is refused where it is differentiated.

        Raises:
            And what `by` raises.
        """
        given, symbols = self.by(wrt)
        matrices = [one for one in symbols if _has_known_size(one)]
        if not matrices:
            return given, symbols
        given = given._in_entries(matrices)
        return given, [one for symbol in symbols for one in given.matrices.get(symbol, [symbol])]

    def _in_entries(self, matrices: Sequence[Any]) -> Given:
        """The same with matrices of symbols in the place of matrix symbols."""
        if self.model is not None:
            name = matrices[0].name
            raise ParameterError(f"{name} is a matrix of a model, and stays whole: put {name} into wrt")
        mentioned = {part.name for pair in self.equations for side in pair for part in symbols_of(side)}
        entries = {matrix: _matrix_of_symbols(matrix, mentioned) for matrix in matrices}
        equations = [(symbol, expression.xreplace(entries)) for symbol, expression in self.equations]
        return replace(self, equations=equations, matrices=entries)

    def asked(self, care: Care) -> Asked:
        """What a result has to know of it."""
        return Asked(self.equations, care, self.is_chained, self.model, self.matrices, self.entries)

    def _every(self) -> list[Any]:
        return free_symbols_of(self.equations) if len(self.outputs) == 1 else mentioned_in(self.equations)


def one_output(what: Any, door: str) -> Given:
    """What a door takes that differentiates one output: an expression, a model, or equations, of which the last.

    Args:
        what: as the user gave it.
        door: what the user has called, for the refusal.

    Raises:
        ShapeError: it is a matrix of several entries, or the last of the equations defines one.
        UnsupportedError: it is a list of outputs, or nothing that can be differentiated.
    """
    what = held(what)
    if isinstance(what, Model):
        return Given(list(what.equations), [what.equations[-1][0]], what, what)
    if isinstance(what, sp.MatrixBase) and what.shape != (1, 1):
        shape = f"{what.rows} x {what.cols}"
        raise ShapeError(f"{door} takes one output, not a {shape} matrix: {TAKE_LISTS}; or take its Trace or Total")
    if not is_bare(what) and not isinstance(what, str) and isinstance(what, Iterable):
        what = listed_outputs(what)
        if what and not are_equations(what):
            raise UnsupportedError(
                f"{door} takes one output, not a list of {len(what)}: give the expression itself; {TAKE_LISTS}"
            )
    equations = equations_of(what)
    symbol, expression = equations[-1]
    scalar_loss(expression)
    return Given(equations, [symbol], what)


TAKE_LISTS = "sb.jacobian and sb.derive take lists"
"""Where someone is sent who gives a list to a door that takes one output."""


def several_outputs(what: Any, *beside: Any) -> Given:
    """What a door takes that differentiates several outputs: a list or a matrix of expressions, equations, a model.

    A list whose items are all pairs is equations, all of which are outputs; of a model the outputs are those that it
    declares, or its loss if it declares none. Any other list is outputs, which are called f1, f2, ...

    Args:
        what: as the user gave it.
        beside: what else is given, symbols and vectors, whose names outputs shall not have.

    Raises:
        ParameterError: there is no output.
        UnsupportedError: it is nothing that can be differentiated; the message names the place.
    """
    what = held(what)
    if isinstance(what, Model):
        outputs = list(what.outputs) or [what.equations[-1][0]]
        return Given(list(what.equations), outputs, what, what)
    shape = what.shape if isinstance(what, sp.MatrixBase) else None
    is_one = isinstance(what, sp.Expr) and shape is None  # SymPy's immutable matrices are expressions, too
    found = [what] if is_one else listed_outputs(what)
    if not found:
        raise ParameterError("there are no outputs: give at least one expression")
    if are_equations(found):
        equations = equations_of(found)
        return Given(equations, [symbol for symbol, _ in equations], found)
    checked = [expression_of(one, f"output {place}") for place, one in enumerate(found, start=1)]
    named = _named(checked, _names_in(beside))
    return Given(named, [symbol for symbol, _ in named], checked[0], None, shape, is_chained=False)


def listed_outputs(what: Any) -> list[Any]:
    """The items of a list, or of anything else that has an order; an UnsupportedError says what is none."""
    is_text = isinstance(what, str | bytes | bytearray | memoryview)
    if is_text or isinstance(what, MatrixOperators) or not isinstance(what, Iterable | sp.MatrixBase):
        raise UnsupportedError(f"the outputs are {type(what).__name__}: give a list of SymPy expressions")
    if isinstance(what, Set | Mapping | sp.Set | sp.Dict):
        raise UnsupportedError(f"the outputs are a {type(what).__name__}: give a list, which has an order")
    return list(what)


def _names_in(given: Any) -> set[str]:
    """The names of the symbols in lists, dicts, matrices and expressions."""
    if isinstance(given, Mapping):
        return _names_in((*given, *given.values()))
    if isinstance(given, list | tuple | sp.MatrixBase):
        return {name for one in given for name in _names_in(one)}
    return {symbol.name for symbol in symbols_of(given)} if isinstance(given, sp.Basic) else set()


def _named(expressions: list[Any], beside: set[str]) -> list[Equation]:
    """Outputs that nobody named: f1, f2, ...; g or h where a symbol has such a name; then underscores behind the f."""
    taken = beside.union(symbol.name for one in expressions for symbol in symbols_of(one))
    letters = chain(("f", "g", "h"), ("f" + "_" * length for length in count(1)))
    places = range(1, len(expressions) + 1)
    letter = next(one for one in letters if not any(f"{one}{place}" in taken for place in places))
    return [
        (quantity(f"{letter}{place}", Origin(), _shape(one)), one) for place, one in enumerate(expressions, start=1)
    ]


def _shape(expression: Any) -> tuple[Any, ...]:
    shape = matrix_shape(expression)
    return () if shape == (1, 1) else shape


def are_equations(items: Any) -> bool:
    """Whether all items of a list are pairs, or SymPy's equalities, of which one at least defines a symbol."""
    if not isinstance(items, list | tuple) or not all(isinstance(one, tuple | list | sp.Equality) for one in items):
        return False
    equal = [one for one in items if isinstance(one, sp.Equality)]
    return not equal or len(equal) < len(items) or any(isinstance(one.lhs, SYMBOLS) for one in equal)


def is_list_of_outputs(what: Any) -> bool:
    """Whether it is a list or a matrix of outputs: of several entries, or items that are not all pairs."""
    if isinstance(what, sp.MatrixBase):
        return bool(what.shape != (1, 1))
    if is_bare(what) or isinstance(what, str | Model) or not isinstance(what, Sequence | np.ndarray | sp.Tuple):
        return False
    return len(what) > 0 and not are_equations(what)


def matrices_of(items: Any) -> list[Any]:
    """The matrix symbols of which entries are named."""
    listed = items if isinstance(items, list | tuple) else [items]
    return list(dict.fromkeys(one.parent for one in listed if is_entry(one)))


def _has_known_size(symbol: Any) -> bool:
    return isinstance(symbol, sp.MatrixSymbol) and all(size.is_Integer for size in symbol.shape)


def _matrix_of_symbols(matrix: Any, taken: set[str]) -> Any:
    """A matrix of symbols that are called after their places, which count from 0 as in SymPy."""
    rows, columns = map(int, matrix.shape)
    names = [[free_name(f"{matrix.name}_{i}_{j}", taken) for j in range(columns)] for i in range(rows)]
    return sp.ImmutableMatrix([[sp.Symbol(name, real=True) for name in row] for row in names])


def entries_of(wrt: Any) -> Any:
    """The entries of a matrix, row by row; anything else as it is."""
    return list(wrt) if isinstance(wrt, sp.MatrixBase) else wrt
