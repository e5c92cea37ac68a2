"""The equations of a model, in the notation of its derivatives."""

from __future__ import annotations

from functools import cached_property

from ..derivation import derive_equations
from ..networks import Model
from .content import Document, Equation, Section, Words
from .documents import finished
from .equations import Equations
from .explanation import MOST_SHOWN, Displayed


class ModelEquations(Displayed):
    """The forward pass of a model, and what its signs mean.

    Raises:
        UnsupportedError: a piece of an equation has no place in the graph.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    @cached_property
    def document(self) -> Document:
        """What is said, in no format yet."""
        derivation = derive_equations(self.model.equations, self.model.parameters, model=self.model)
        lines = list(Equations(derivation).forward())
        more = len(lines) - MOST_SHOWN
        rest = [Equation((Words("..."),), (Words(f"{more:,} more equations"),))] if more > 0 else []
        return finished(derivation, [Section("Forward pass", (*lines[:MOST_SHOWN], *rest))], 80)


def model_latex(model: Model) -> str:
    """What a notebook shows of a model."""
    return ModelEquations(model)._repr_latex_()
