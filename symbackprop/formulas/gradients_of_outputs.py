"""The derivatives of several outputs by symbol: lists or matrices, which print as formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product
from typing import Any

from ..derivation import SeveralOutputs
from ..notation.quantities import Formula, Ratio
from .content import Document, Equation, Section, single
from .explanation import MOST_SHOWN
from .gradient_table import Gradients
from .named_lines_document import DERIVATIVES, NamedLines, few_of


class OutputGradients(Gradients):
    """By symbol, the derivative of each output in named quantities; it prints as a table of formulas.

    Args:
        derivation: of several outputs.
        found: by symbol, the derivatives.
    """

    def __init__(self, derivation: SeveralOutputs, found: Mapping[Any, Any]) -> None:
        super().__init__(derivation, found)  # type: ignore[arg-type]  # nothing is asked of it but what follows
        self._outputs = derivation

    @cached_property
    def document(self) -> Document:
        """What is said, in no format yet."""
        whole = NamedLines(self._outputs, "Gradients").document
        derived = [line for section in whole.sections if section.title == DERIVATIVES for line in section.lines]
        told = [line for line in derived if isinstance(line, Equation)]
        lines = [*told, *self._zeros()] if len(told) <= MOST_SHOWN else told
        return Document("Gradients", (Section("Gradients", tuple(few_of(lines))),), whole.labels)

    def _zeros(self) -> Iterator[Equation]:
        """The derivatives that are 0, which have no names."""
        found, graph = self._outputs, self._outputs.graph
        for place in product(range(len(found.outputs)), range(len(found.wrt))):
            if place not in found.nodes:
                row, column = place
                ratio = Ratio(found.outputs[row], found.wrt[column])
                yield Equation((single(ratio),), (single(Formula(graph, graph.zero, {})),))
