"""Jacobians, Hessians and derivatives of any order: what `import symbackprop as sb` offers for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import sympy as sp

from .. import codegen, derivation, formulas
from ..atomic_writes import write_text
from ..equation_list import checked_wrt, equations_of, expression_of, free_symbols_of
from ..errors import ParameterError, ShapeError, UnsupportedError
from ..lowering import symbols_of
from ..named_quantities import Origin, quantity
from .checked_care import care_for

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
        return codegen.outputs_source(self.sweep, self._arrays(values), self._title())

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


# --- the doors ---


def jacobian(exprs: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Jacobian:
    """Differentiate several expressions by several symbols, on one graph: whatever they share is formed once.

    Vertex elimination in the order of Markowitz degrees, or forward or reverse mode if that takes fewer operations
    (Griewank and Walther 2008, "Evaluating Derivatives", chapters 9 and 10).

    Args:
        exprs: a list or a column of SymPy expressions; or equations [(symbol, expression), ...], all of which are
            outputs.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default every symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice, or there is no output.
        ShapeError: an output is a matrix.
        UnsupportedError: an expression cannot be differentiated; the message names the piece.
    """
    equations, outputs = _outputs(exprs)
    care = care_for(exprs if _are_equations(exprs) else equations[0][1], stable, accurate)
    return Jacobian(derivation.derive_outputs(equations, outputs, _symbols(wrt, equations), care, letter="J"))


def hessian(expr: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Hessian:
    """The second derivatives of one expression, with its value and gradient, on one graph; each mixed one once.

    Args:
        expr: as for `derive`: an expression, or equations of which the last is differentiated.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default every symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    equations = equations_of(expr)
    care = care_for(expr, stable, accurate)
    return Hessian(derivation.derive_orders(equations, _symbols(wrt, equations), 2, care, "H"))


def derivatives(
    expr: Any, wrt: Any = None, order: int = 2, *, stable: bool = True, accurate: bool | None = None
) -> HigherDerivatives:
    """All derivatives of one expression up to some order, each from the shared graph of the order before.

    Args:
        expr: as for `derive`.
        wrt: the symbols to differentiate by; by default every symbol.
        order: the highest one, at least 1.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice, or the order is no whole number from 1 up.
        UnsupportedError: a piece of the expression cannot be differentiated; the message names it.
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ParameterError(f"order is {str(order)[:40]}: give a whole number from 1 up")
    equations = equations_of(expr)
    care = care_for(expr, stable, accurate)
    return HigherDerivatives(derivation.derive_orders(equations, _symbols(wrt, equations), order, care))


def _symbols(wrt: Any, equations: list[Any]) -> list[Any]:
    if wrt is None:
        found = {symbol for symbol, _ in equations}
        every = dict.fromkeys(one for equation in equations for one in free_symbols_of([equation]) if one not in found)
        return sorted(every, key=lambda symbol: str(symbol.name))
    symbols = checked_wrt(list(wrt) if isinstance(wrt, sp.MatrixBase) else wrt)
    if len(set(symbols)) < len(symbols):
        raise ParameterError("wrt names a symbol twice: name each once")
    return symbols


def _outputs(exprs: Any) -> tuple[list[Any], list[Any]]:
    """The equations of several outputs, and the symbols of these."""
    if isinstance(exprs, sp.MatrixBase):
        if 1 not in exprs.shape:
            raise ShapeError(f"the outputs are a {exprs.shape[0]} x {exprs.shape[1]} matrix: give a column or a list")
        exprs = list(exprs)
    given = [exprs] if isinstance(exprs, sp.Expr) else exprs
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UnsupportedError(f"the outputs are {type(exprs).__name__}: give a list of SymPy expressions")
    found = list(given)
    if not found:
        raise ParameterError("there are no outputs: give at least one expression")
    if _are_equations(found):
        equations = equations_of(found)
        return equations, [symbol for symbol, _ in equations]
    checked = [expression_of(one, f"output {place}") for place, one in enumerate(found, start=1)]
    taken = {symbol.name for one in checked for symbol in symbols_of(one)}
    letter = "f"
    while any(f"{letter}{place}" in taken for place in range(1, len(checked) + 1)):
        letter += "_"
    named = [(quantity(f"{letter}{place}", Origin(), ()), one) for place, one in enumerate(checked, start=1)]
    return named, [symbol for symbol, _ in named]


def _are_equations(exprs: Any) -> bool:
    """Whether all items are pairs."""
    is_list = isinstance(exprs, list | tuple)
    return is_list and all(isinstance(one, tuple | list | sp.Equality) for one in exprs)


__all__ = ["Hessian", "HigherDerivatives", "Jacobian", "derivatives", "hessian", "jacobian"]
