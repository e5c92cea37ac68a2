"""What Jacobians, Hessians and derivatives of any order are to a user: matrices and arrays of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product
from typing import Any

import sympy as sp

from .. import derivation
from ..errors import ParameterError
from ..leaf_symbols import theirs
from ..named_quantities import Equation
from .matrix_of_derivatives import MatrixOfDerivatives
from .matrix_operators import holds_slice
from .mixed_places import arranged, check_size
from .printed_derivation import PrintedDerivation
from .shared_derivatives import Place, SeveralDerivatives, listed, place_among


class Jacobian(MatrixOfDerivatives):
    """The derivatives of several outputs by several symbols; made by `jacobian`."""

    @property
    def exprs(self) -> Sequence[Any] | None:
        """What is differentiated, row by row, where these are expressions by themselves; or None."""
        return None if self.asked.is_chained else theirs([expression for _, expression in self.asked.equations])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.sweep.outputs), len(self.sweep.wrt)

    @property
    def matrix(self) -> Any:
        """The Jacobian as a SymPy matrix in named quantities, (outputs, symbols)."""
        return sp.Matrix(*self.shape, lambda i, j: self.sweep.entry((int(i), int(j))))

    def expand(self) -> Any:
        """The Jacobian as a SymPy matrix in the symbols of the expressions alone."""
        return sp.Matrix(*self.shape, lambda i, j: self.sweep.expand((int(i), int(j))))

    def __getitem__(self, which: Any) -> Any:
        """An entry in named quantities: J[output, symbol], by symbols, names or places from 0; of slices a matrix.

        Raises:
            ParameterError: there is no such output or symbol, or not so many (an IndexError too).
        """
        if holds_slice(which):
            return self._part(self.sweep.outputs, which)
        return self.sweep.entry(self._place(which if isinstance(which, tuple) else (which,)))

    def _place(self, which: Sequence[Any]) -> Place:
        if len(which) != 2:
            raise ParameterError(
                f"an entry of a Jacobian has an output and a symbol, J[0, 1]: {len(which)} given; a row is J[0, :]"
            )
        return place_among(self.sweep.outputs, which[0]), self._place_in_wrt(which[1])

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        row, column = self._place(which)
        return self._derived(self.asked.upto(self.sweep.outputs[row]), self.sweep.wrt), self.sweep.wrt[column]

    def _places(self) -> Iterator[Place]:
        return product(range(self.shape[0]), range(self.shape[1]))

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        rows = self.shape[0]
        found = {place: rows + number for number, place in enumerate(self.sweep.nodes)}
        outputs: tuple[str, Place, Mapping[Place, int]] = ("values", (rows,), {(i,): i for i in range(rows)})
        return [*([outputs] if values else []), ("jacobian", self.shape, found)]

    def _axes(self, name: str, count: int) -> list[Sequence[Any]]:
        axes: list[Sequence[Any]] = [self.sweep.outputs, self.sweep.wrt]
        return axes[:count]

    def _entries(self) -> Mapping[Place, int]:
        return self.arrays(False)[0][2]

    def _colours(self) -> derivation.Colours:
        return derivation.colours_of_jacobian(list(self._entries()), self.shape)

    def _title(self) -> str:
        return f"The Jacobian of {listed(self.sweep.outputs)} by {listed(self.sweep.wrt)}"


class HigherDerivatives(SeveralDerivatives):
    """All derivatives of one expression up to some order, each mixed one once; made by `derivatives`."""

    @property
    def order(self) -> int:
        """The highest one."""
        return len(self.sweep.steps)

    def entry(self, *which: Any) -> Any:
        """The derivative by some symbols, in whatever order they are given, in named quantities.

        Raises:
            ParameterError: there is no such symbol in `wrt`, or there are more of them than orders.
        """
        return self.sweep.entry(self._place(which))

    def expand(self, *which: Any) -> Any:
        """The same in the symbols of the expression alone."""
        return self.sweep.expand(self._place(which))

    def __getitem__(self, which: Any) -> Any:
        """A derivative by some symbols, names or places from 0, in any order: D[x, x, y]; see `entry`."""
        if holds_slice(which):
            raise ParameterError("derivatives of several orders have no slices: name the symbols, D[x, y]")
        return self.entry(*(which if isinstance(which, tuple) else (which,)))

    def __iter__(self) -> Iterator[Any]:
        """Refused: the derivatives are of several orders."""
        raise ParameterError("derivatives of several orders are no list: name the symbols, D[x, y], or use as_cse()")

    def _place(self, which: Sequence[Any]) -> Place:
        return tuple(sorted(self._columns(which)))

    def _columns(self, which: Sequence[Any]) -> list[int]:
        if not 1 <= len(which) <= self.order:
            raise ParameterError(f"there are derivatives of orders 1 to {self.order}, not of order {len(which)}")
        return [self._place_in_wrt(one) for one in which]

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        """Of the derivative by all symbols but the last, differentiated by the last."""
        *before, last = self._columns(which)
        if not before:
            return self._derived(self.asked.equations, self.sweep.wrt), self.sweep.wrt[last]
        place = tuple(sorted(before))
        lines = self.sweep.equations_of(place) if place in self.sweep.nodes else [(sp.Symbol("zero"), sp.S.Zero)]
        derived = self._derived(lines, self.sweep.wrt)
        derivation.call_derivatives(derived.graph, self._fractions(lines))
        return derived, self.sweep.wrt[last]

    def _fractions(self, lines: Sequence[Equation]) -> dict[Any, derivation.Inner]:
        """Which of some named lines are derivatives: of what, and by what."""
        places = {symbol: place for place, symbol in self.sweep.symbols.items()}
        loss = self.sweep.outputs[0]
        found = ((symbol, places[symbol]) for symbol, _ in lines if symbol in places)
        return {symbol: derivation.Inner(loss, tuple(self.sweep.wrt[one] for one in place)) for symbol, place in found}

    def _places(self) -> Iterator[Place]:
        columns = range(len(self.sweep.wrt))
        return (place for k in range(1, self.order + 1) for place in combinations_with_replacement(columns, k))

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        found = {place: 1 + number for number, place in enumerate(self.sweep.nodes)}
        value: tuple[str, Place, Mapping[Place, int]] = ("value", (), {(): 0})
        at: list[dict[Place, int]] = [{} for _ in range(self.order + 1)]
        for place, root in found.items():
            at[len(place)].update(dict.fromkeys(arranged(place), root))
        made = [(f"order_{k}", (len(self.sweep.wrt),) * k, at[k]) for k in range(1, self.order + 1)]
        return [*([value] if values else []), *made]

    def _source(self, values: bool, batch: Any = None) -> Any:
        if self.order > 2:
            check_size(len(self.sweep.wrt), self.order, self.sweep.nodes)
        return super()._source(values, batch)

    def _title(self) -> str:
        return f"The derivatives of {self.sweep.outputs[0].name} by {listed(self.sweep.wrt)}, up to order {self.order}"


class Hessian(MatrixOfDerivatives, HigherDerivatives):
    """The second derivatives of one expression; made by `hessian`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.sweep.wrt), len(self.sweep.wrt)

    @property
    def gradient(self) -> list[Any]:
        """The first derivatives in named quantities, in the order of `wrt`."""
        return [self.sweep.entry((place,)) for place in range(len(self.sweep.wrt))]

    @property
    def matrix(self) -> Any:
        """The Hessian as a SymPy matrix in named quantities, (symbols, symbols)."""
        return self._matrix(self.sweep.entry)

    def expand(self, *which: Any) -> Any:
        """The Hessian, or one derivative of it, in the symbols of the expression alone."""
        return super().expand(*which) if which else self._matrix(self.sweep.expand)

    def __getitem__(self, which: Any) -> Any:
        """A second derivative, H[x, y], or a first one, H[x], by symbols, names or places; of slices a matrix."""
        return self._part(self.sweep.wrt, which) if holds_slice(which) else super().__getitem__(which)

    def _matrix(self, entry: Callable[[Place], Any]) -> Any:
        wide = len(self.sweep.wrt)
        return sp.Matrix(wide, wide, lambda i, j: entry((int(min(i, j)), int(max(i, j)))))

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        *before, (_, shape, places) = super().arrays(values)
        named = [(name if name == "value" else "gradient", *rest) for name, *rest in before] if values else []
        return [*named, ("hessian", shape, places)]  # type: ignore[list-item]

    def _entries(self) -> Mapping[Place, int]:
        _, _, places = self.arrays(False)[-1]
        return places

    def _colours(self) -> derivation.Colours:
        return derivation.colours_of_hessian(list(self._entries()), len(self.sweep.wrt))

    def _title(self) -> str:
        return f"The Hessian of {self.sweep.outputs[0].name} by {listed(self.sweep.wrt)}"
