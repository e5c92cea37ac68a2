"""What gradients, vector-Jacobian, Jacobian-vector and Hessian-vector products are to a user: vectors of entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp

from .. import derivation
from ..errors import ParameterError
from ..leaf_symbols import own
from ..lowering import symbols_of
from ..named_quantities import Equation
from .printed_derivation import PrintedDerivation
from .shared_derivatives import Asked, Place, SeveralDerivatives, listed, place_among


class DerivativeVector(SeveralDerivatives):
    """Derivatives in a row, one for each symbol or one for each output."""

    @property
    def entries(self) -> list[Any]:
        """The derivatives in named quantities, in order."""
        return [self.sweep.entry(place) for place in self._places()]

    @property
    def shape(self) -> tuple[int]:
        """How many there are."""
        return (len(self._rows),)

    @property
    def _rows(self) -> Sequence[Any]:
        """The symbol of each entry: what it is a derivative by, or of."""
        return self.sweep.wrt

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries)

    def __getitem__(self, which: Any) -> Any:
        """An entry in named quantities: by its place, or its symbol, or that symbol's name; of a slice several.

        Raises:
            ParameterError: there is no such symbol, or not so many (an IndexError too).
        """
        if isinstance(which, slice):
            return self.entries[which]
        return self.sweep.entry((self._place(which),))

    def expand(self, which: Any = None) -> Any:
        """All entries, or one of them, in the symbols of the expressions and of the vector alone."""
        if which is not None:
            return self.sweep.expand((self._place(which),))
        return [self.sweep.expand(place) for place in self._places()]

    def _place(self, which: Any) -> int:
        return place_among(self._rows, self.asked.symbol(which))

    def _one(self, which: Sequence[Any]) -> int:
        if len(which) != 1:
            raise ParameterError(
                f"an entry is asked for by one symbol, not by {len(which)}: one of {listed(self._rows)}"
            )
        return self._place(which[0])

    def _places(self) -> Iterator[Place]:
        return ((place,) for place in range(len(self)))

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        outputs = len(self.sweep.outputs)
        found = {place: outputs + number for number, place in enumerate(self.sweep.nodes)}
        return [*([self._values()] if values else []), (self._called, self.shape, found)]

    def _values(self) -> tuple[str, Place, Mapping[Place, int]]:
        outputs = len(self.sweep.outputs)
        return "values", (outputs,), {(row,): row for row in range(outputs)}

    _called = "product"
    """What generated code calls the array."""


class Gradient(DerivativeVector):
    """The first derivatives of one expression; made by `gradient`."""

    _called = "gradient"

    @property
    def value(self) -> Any:
        """The symbol of what is differentiated."""
        return own(self.sweep.outputs[0])

    def _values(self) -> tuple[str, Place, Mapping[Place, int]]:
        return "value", (), {(): 0}

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        return self._derived(self.asked.equations, self.sweep.wrt), self.sweep.wrt[self._one(which)]

    def _title(self) -> str:
        return f"The gradient of {self.sweep.outputs[0].name} by {listed(self.sweep.wrt)}"


class Vjp(DerivativeVector):
    """A vector times the Jacobian of several outputs; made by `vjp`.

    Attributes:
        upstream: for each output the seed, or adjoint, that it is multiplied by: a symbol, or what was given.
        loss: the symbol of what has these adjoints.
    """

    def __init__(self, sweep: derivation.SeveralOutputs, asked: Asked, upstream: Sequence[Any], loss: Any) -> None:
        super().__init__(sweep, asked)
        self.upstream, self.loss = upstream, loss

    @property
    def outputs(self) -> tuple[Any, ...]:
        """The symbols of what is differentiated."""
        return tuple(map(own, self.sweep.outputs))

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        """Of the outputs, each times its seed, in one sum; seeds that would be differentiated are symbols there."""
        held = {*self.sweep.wrt, *(symbol for symbol, _ in self.asked.equations)}
        is_free = held.isdisjoint(part for seed in self.upstream for part in symbols_of(seed))
        seeds = self.upstream if is_free else derivation.default_seeds(self.sweep.outputs, self.asked.equations)
        total = sp.Add(*(weighed(seed, output) for seed, output in zip(seeds, self.sweep.outputs, strict=True)))
        equations = [*self.asked.equations, (self.loss, total)]
        return self._derived(equations, self.sweep.wrt), self.sweep.wrt[self._one(which)]

    def _title(self) -> str:
        pairs = zip(self.upstream[:4], self.sweep.outputs, strict=False)
        terms = " + ".join(_term(seed, output) for seed, output in pairs) + " + ..." * (len(self.sweep.outputs) > 4)
        return f"The derivatives of {self.loss.name} = {terms} by {listed(self.sweep.wrt)}"


class Hvp(DerivativeVector):
    """The Hessian of one expression times a vector; made by `hvp`.

    Attributes:
        along: by symbol: the entry of the vector, a symbol or what was given.
    """

    def __init__(self, sweep: derivation.SeveralOutputs, asked: Asked, along: Mapping[Any, Any]) -> None:
        super().__init__(sweep, asked)
        self.along = along

    @property
    def value(self) -> Any:
        """The symbol of what is differentiated."""
        return own(self.sweep.outputs[0])

    def _values(self) -> tuple[str, Place, Mapping[Place, int]]:
        return "value", (), {(): 0}

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        """Of the derivative along the vector; entries that would be differentiated are symbols there."""
        equations = self.asked.equations
        is_free = not {*self.sweep.wrt}.intersection(p for one in self.along.values() for p in symbols_of(one))
        along = self.along if is_free else derivation.default_direction(list(self.along), equations)
        pushed = PrintedDerivation(derivation.derive_along(equations, along, None, self.asked.care))
        derived = self._derived(tangent_equations(pushed), self.sweep.wrt)
        step = pushed.wrt[0]
        derivation.call_derivatives(derived.graph, {derived.loss: derivation.Inner(pushed.loss, (step,))})
        return derived, self.sweep.wrt[self._one(which)]

    def _title(self) -> str:
        vector = ", ".join(str(one)[:20] for one in list(self.along.values())[:5]) + ", ..." * (len(self.along) > 5)
        return f"The Hessian of {self.sweep.outputs[0].name} by {listed(self.sweep.wrt)}, times ({vector})"


class OutputTangents(DerivativeVector):
    """The derivatives of several outputs along one direction; made by `jvp` of a list.

    Attributes:
        along: by symbol: its tangent, a symbol or what was given.
    """

    _called = "tangents"

    def __init__(self, sweep: derivation.SeveralOutputs, asked: Asked, along: Mapping[Any, Any]) -> None:
        super().__init__(sweep, asked)
        self.along = along

    @property
    def outputs(self) -> tuple[Any, ...]:
        """The symbols of what is differentiated."""
        return tuple(map(own, self.sweep.outputs))

    @property
    def _rows(self) -> Sequence[Any]:
        return self.sweep.outputs

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        return super().arrays(True)

    def _axes(self, name: str, count: int) -> list[Sequence[Any]]:
        return [self.sweep.outputs]

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        output = self.sweep.outputs[self._one(which)]
        equations = self.asked.upto(output)
        pushed = PrintedDerivation(derivation.derive_along(equations, self.along, None, self.asked.care))
        return pushed, pushed.wrt[0]

    def _title(self) -> str:
        return f"The derivatives of {listed(self.sweep.outputs)} along one direction of {listed(self.sweep.wrt)}"


def tangent_equations(pushed: PrintedDerivation) -> list[Equation]:
    """The quantities, then their tangents, the last of them that of what is differentiated."""
    replacements, [_, tangent] = pushed.as_cse()
    name = pushed.adjoint_symbol(pushed.wrt[0])
    return [pair for pair in replacements if pair[0] != name] + [(name, dict(replacements).get(tangent, tangent))]


def weighed(seed: Any, output: Any) -> Any:
    """A seed times an output; of matrices the sum over all entries."""
    return sp.Trace(seed.T * output) if isinstance(output, sp.MatrixSymbol) else seed * output


def _term(seed: Any, output: Any) -> str:
    told = str(seed)
    return f"{told if len(told) < 20 and not getattr(seed, 'is_Add', False) else '(...)'} {output.name}"
