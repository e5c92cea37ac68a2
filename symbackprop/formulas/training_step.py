"""One step of gradient descent in print: each parameter before it, its derivative, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import sympy as sp

from ..derivation import Sweep
from ..graph import Graph
from ..graph.matrix_arithmetic import part
from ..networks import Model
from ..notation.notation_sets import notation_named
from ..notation.quantities import Factor, Formula, Name, Value
from ..ops import sized
from ..runtime.single_steps import SingleStep
from .aligned import Aligned
from .content import Document, Note, Section, Table, note
from .documents import finished
from .explanation import Displayed, checked_digits
from .labels import USUAL
from .wording import numbered

MOST_ENTRIES = 200
"""Entries of parameters that are listed."""


class TrainingStep(Displayed):
    """One step of gradient descent as a table: of each entry of a parameter the old value, derivative and new value.

    Args:
        derivation: of a model.
        taken: the numbers of the step.
        digits: significant digits that are shown.
        notation: how parameters are called.

    Attributes:
        old, gradients, new: arrays by name, of the shapes of the model's parameters.
        before, after: the mean loss of the samples.

    Raises:
        ParameterError: there are not so many digits.
        UnknownNameError: there is no such notation.
    """

    def __init__(self, derivation: Sweep, taken: SingleStep, digits: int = 6, notation: str = USUAL) -> None:
        notation_named(notation)
        self.derivation, self.taken, self._notation = derivation, taken, notation
        self._digits = checked_digits(digits)
        self.old, self.gradients, self.new = taken.old, taken.gradients, taken.new
        self.before, self.after = taken.before, taken.after

    @property
    def document(self) -> Document:
        """What is said, in no format yet."""
        section = Section("One step of gradient descent", (self._rule(), self._table(), *self._rest()))
        return finished(self.derivation, (section,), 80, self._notation, explains=False)

    def latex(self) -> str:
        """The table as an array, to stand where maths stands."""
        return Aligned(self.document).array(self._table())

    def _rule(self) -> Note:
        mean = "" if self.taken.rows == 1 else f"; the loss is the mean over {numbered(self.taken.rows, 'sample')}"
        return note("Each new value is the old one minus ", self._value(self.taken.rate), f" times the gradient{mean}.")

    def _table(self) -> Table:
        heads = tuple(map(note, ("parameter", "old", "gradient", "new")))
        rows = (self._row(*entry) for entry, _ in zip(_entries(self._model), range(MOST_ENTRIES), strict=False))
        loss = map(note, (Name(self.derivation.loss), self._value(self.before), "", self._value(self.after)))
        return Table((heads, *rows, tuple(loss)))

    def _row(self, label: Factor, name: str, index: tuple[int, ...]) -> tuple[Note, ...]:
        arrays = (self.old, self.gradients, self.new)
        return (note(label), *(note(self._value(arrays_of[name][index])) for arrays_of in arrays))

    def _rest(self) -> Iterator[Note]:
        """How many are not listed."""
        left = sum(value.size for value in self.new.values()) - MOST_ENTRIES
        if left > 0:
            yield note(f"And {numbered(left, 'more entry') if left == 1 else f'{left:,} more entries'}, likewise.")

    @property
    def _model(self) -> Model:
        return cast(Model, self.derivation.model)

    def _value(self, number: Any) -> Value:
        return Value(float(number), self._digits)


def _entries(model: Model) -> Iterator[tuple[Factor, str, tuple[int, ...]]]:
    """What each entry of a parameter is called, the array it stands in, and where."""
    for symbol, (name, index) in model.entries.items():
        if isinstance(symbol, sp.MatrixSymbol):
            yield from ((_entry(symbol, place), name, place) for place in np.ndindex(model.shapes[name]))
        else:
            yield Name(symbol), name, index


def _entry(symbol: Any, index: tuple[int, ...]) -> Formula:
    """An entry of a matrix; of a column, by its row."""
    graph, (row, column) = Graph(), (*index, 0)[:2]
    matrix = graph.symbol(symbol, sized(*symbol.shape))
    return Formula(graph, part(graph, matrix, (row, row + 1, 1), (column, column + 1, 1), ()), {})
