"""What a generated module says beside its lines: headings of its parts, and the chain rule that a line stands for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ..derivation import Definition, Sweep
from .program import Assignment

BACKWARD = "backward: from the loss to the inputs, each adjoint once"
REPLACED = "what SymPy shares, and the loss"
_REPLACING = ("naive+cse", "sympy-forward")
"""The methods whose named quantities are SymPy's replacements, not those of the network."""

SWEPT = {
    "backprop": "one backward sweep, every factor once",
    "forward": "forward mode, one sweep for each parameter",
    "naive": "each derivative on its own, written out",
    "naive+cse": "each derivative by SymPy's diff, then its cse",
    "sympy-forward": "SymPy's private forward mode",
}
"""How a module's derivatives are computed, by method: part of its title."""


class Remarks:
    """The headings and comments of one network's derivation."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation = derivation

    def heading(self, line: Definition | None) -> str:
        """What a line stands under; nothing for one that stays under the heading before it."""
        if line is None or line.kind == "shared":
            return ""
        if line.kind == "quantity":
            return self._layers.get(line.symbol, "") if self.derivation.method not in _REPLACING else REPLACED
        if self.derivation.tangents is not None:
            return f"forward again: how everything changes with {line.by or line.of}"
        return BACKWARD if self.derivation.method == "backprop" else "the derivatives"

    @cached_property
    def _layers(self) -> dict[Any, str]:
        """By quantity; a part without a name of its own stands under the heading before it."""
        network = self.derivation.network
        layers = network.layers if network is not None else ()
        headings = {
            symbol: f"forward: layer {layer.number}" for layer in layers for symbol in (*layer.sums, *layer.outputs)
        }
        return headings | {self.derivation.loss: "forward: loss"}

    def comment(self, line: Assignment) -> str:
        """The chain rule that a line of the backward pass, or of a tangent sweep, stands for."""
        tell = _COMMENTS.get(self.derivation.method)
        if tell is None or line.purpose is None or (line.definition is not None and line.definition.kind == "quantity"):
            return ""
        left, terms = tell(self.derivation, line.purpose)
        return left + (f" = {' + '.join(terms)}" if terms != [left] else "")


def _adjoint(derivation: Sweep, line: Definition) -> tuple[str, list[str]]:
    """dL/dp as the sum over the quantities that p goes into."""
    symbol, loss = line.of, derivation.loss
    terms = [
        f"d{loss}/d{symbol}" if consumer == loss else f"d{loss}/d{consumer} * d{consumer}/d{symbol}"
        for consumer in derivation.consumers[symbol]
    ]
    return f"d{loss}/d{symbol}", terms


def _tangent(derivation: Sweep, line: Definition) -> tuple[str, list[str]]:
    """dq/dp as the sum over the parts of the equation of q that change with p."""
    quantity, by = (line.of, line.by) if line.by is not None else (derivation.loss, line.of)
    steps = derivation.tangent_chain(quantity, by)
    terms = [f"d{quantity}/d{step.part}" + (f" * d{step.part}/d{by}" if step.part != by else "") for step in steps]
    return f"d{quantity}/d{by}", terms


_COMMENTS: dict[str, Callable[[Sweep, Definition], tuple[str, list[str]]]] = {
    "backprop": _adjoint,
    "forward": _tangent,
}
