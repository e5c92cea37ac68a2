"""What Jacobians, Hessians and derivatives of any order are to a user: symbols, formulas, costs and code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import sympy as sp

from .. import codegen, derivation, formulas
from ..atomic_writes import write_text
from ..errors import ParameterError, UnsupportedError

Place = tuple[int, ...]


@dataclass(frozen=True)
class SharedCost:
    """What outputs and derivatives take together.

    Attributes:
        total: operations, each shared one once.
        order: in which the graph's vertices were taken out: "eliminated", "reverse" or "forward".
        counts: by order, the operations that it would take, before like terms are collected.
        seconds: the time that it took.
    """

    total: Any
    order: str
    counts: Mapping[str, Any]
    seconds: float


class SeveralDerivatives:
    """Derivatives that share one graph; see `Jacobian`, `Hessian` and `HigherDerivatives`.

    Attributes:
        sweep: what the core has found: nodes, names, costs.
    """

    def __init__(self, sweep: derivation.SeveralOutputs) -> None:
        self.sweep = sweep

    @property
    def wrt(self) -> tuple[Any, ...]:
        """The symbols that are differentiated by."""
        return self.sweep.wrt

    @property
    def cost(self) -> SharedCost:
        """Operations, and which order was the cheapest."""
        last = self.sweep.steps[-1]
        return SharedCost(self.sweep.operations.total(), last.order, last.counts, self.sweep.seconds)

    @property
    def sparsity(self) -> list[Place]:
        """The places of the derivatives that are not 0, counted from 0."""
        return sorted(self.sweep.nodes)

    def as_cse(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """(replacements, [outputs, then all derivatives by place, row by row]), the form of `sympy.cse`."""
        replacements, found = self.sweep.as_cse()
        named = dict(zip(self.sweep.nodes, found[len(self.sweep.outputs) :], strict=True))
        entries = [named.get(place, sp.S.Zero) for place in self._places()]
        return replacements, [*found[: len(self.sweep.outputs)], *entries]

    def _places(self) -> Iterator[Place]:
        """The places of all derivatives, those that are 0 too."""
        raise NotImplementedError

    def _arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        """What code returns: each array's name, shape, and by index the place among the roots."""
        raise NotImplementedError

    def _title(self) -> str:
        raise NotImplementedError

    def _source(self, values: bool) -> Any:
        if self.sweep.graph.shapes:
            raise UnsupportedError("there are matrices in the expressions: code is made of numbers so far")
        return codegen.outputs_evaluation(self.sweep, self._arrays(values), self._title())

    def compile(self, values: bool = False) -> Callable[..., Any]:
        """f(*values) in the order of `wrt`, then the other symbols by name, or f(name=value, ...), on NumPy.

        Arguments broadcast; their axes stand in front of those of the result.

        Args:
            values: whether what is differentiated is returned as well, in front of the derivatives.

        Raises:
            UnsupportedError: there are matrices, or an operation has no NumPy source.
        """
        function: Callable[..., Any] = self._source(values).function()
        return function

    def source(self, values: bool = False) -> str:
        """The text of the standalone module that `write` writes."""
        return str(self._source(values).module())

    def write(self, path: str | Path, values: bool = False) -> Path:
        """Write a standalone module with `evaluate`, which needs NumPy alone.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: there are matrices, or an operation has no NumPy source.
        """
        return write_text(path, self.source(values))

    def __str__(self) -> str:
        return str(formulas.NamedLines(self.sweep, self._title()))

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return formulas.NamedLines(self.sweep, self._title())._repr_mimebundle_()


class Jacobian(SeveralDerivatives):
    """The derivatives of several outputs by several symbols; made by `jacobian`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.sweep.outputs), len(self.wrt)

    @property
    def matrix(self) -> Any:
        """The Jacobian as a SymPy matrix in named quantities, (outputs, symbols)."""
        return sp.Matrix(*self.shape, lambda i, j: self.sweep.entry((int(i), int(j))))

    def expand(self) -> Any:
        """The Jacobian as a SymPy matrix in the symbols of the expressions alone."""
        return sp.Matrix(*self.shape, lambda i, j: self.sweep.expand((int(i), int(j))))

    def _places(self) -> Iterator[Place]:
        return product(range(self.shape[0]), range(self.shape[1]))

    def _arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        rows = self.shape[0]
        found = {place: rows + number for number, place in enumerate(self.sweep.nodes)}
        outputs: tuple[str, Place, Mapping[Place, int]] = ("values", (rows,), {(i,): i for i in range(rows)})
        return [*([outputs] if values else []), ("jacobian", self.shape, found)]

    def _title(self) -> str:
        return f"The Jacobian of {_listed(self.sweep.outputs)} by {_listed(self.wrt)}"


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

    def _place(self, which: Iterable[Any]) -> Place:
        names = [symbol.name for symbol in self.wrt]
        asked = [getattr(one, "name", one) for one in which]
        for name in asked:
            if name not in names:
                raise ParameterError(f"{str(name)[:40]} is none of what is derived by: {', '.join(names)}")
        if not 1 <= len(asked) <= self.order:
            raise ParameterError(f"there are derivatives of orders 1 to {self.order}, not of order {len(asked)}")
        return tuple(sorted(map(names.index, asked)))

    def _places(self) -> Iterator[Place]:
        columns = range(len(self.wrt))
        return (place for k in range(1, self.order + 1) for place in combinations_with_replacement(columns, k))

    def _arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        found = {place: 1 + number for number, place in enumerate(self.sweep.nodes)}
        value: tuple[str, Place, Mapping[Place, int]] = ("value", (), {(): 0})
        wide = len(self.wrt)
        made = [
            (f"order_{k}", (wide,) * k, {index: found[place] for index, place in _all(wide, k) if place in found})
            for k in range(1, self.order + 1)
        ]
        return [*([value] if values else []), *made]

    def _title(self) -> str:
        return f"The derivatives of {self.sweep.outputs[0].name} by {_listed(self.wrt)}, up to order {self.order}"


class Hessian(HigherDerivatives):
    """The second derivatives of one expression; made by `hessian`."""

    @property
    def gradient(self) -> list[Any]:
        """The first derivatives in named quantities, in the order of `wrt`."""
        return [self.sweep.entry((place,)) for place in range(len(self.wrt))]

    @property
    def matrix(self) -> Any:
        """The Hessian as a SymPy matrix in named quantities, (symbols, symbols)."""
        return self._matrix(self.sweep.entry)

    def expand(self, *which: Any) -> Any:
        """The Hessian, or one derivative of it, in the symbols of the expression alone."""
        return super().expand(*which) if which else self._matrix(self.sweep.expand)

    def _matrix(self, entry: Callable[[Place], Any]) -> Any:
        wide = len(self.wrt)
        return sp.Matrix(wide, wide, lambda i, j: entry((int(min(i, j)), int(max(i, j)))))

    def _arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        *before, (_, shape, places) = super()._arrays(values)
        named = [(name if name == "value" else "gradient", *rest) for name, *rest in before] if values else []
        return [*named, ("hessian", shape, places)]  # type: ignore[list-item]

    def _title(self) -> str:
        return f"The Hessian of {self.sweep.outputs[0].name} by {_listed(self.wrt)}"


def _all(wide: int, order: int) -> Iterator[tuple[Place, Place]]:
    """Each index of an array, and the place of the mixed derivative that stands there."""
    return ((index, tuple(sorted(index))) for index in product(range(wide), repeat=order))


def _listed(symbols: Iterable[Any]) -> str:
    names = [symbol.name for symbol in symbols]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
