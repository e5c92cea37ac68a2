"""What derivatives that share one graph have in common for a user: symbols, formulas, the chain rule, costs, code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import codegen, derivation, formulas
from ..atomic_writes import write_text
from ..errors import ParameterError, PlaceError
from ..leaf_arrays import inner_arguments, inner_batch
from ..leaf_symbols import inner_symbol, own
from ..named_quantities import Equation
from ..networks import Model
from .arranged_calls import arranged
from .compile_choices import batch_in_entries, check_target
from .printed_derivation import PrintedDerivation

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


@dataclass(frozen=True)
class Asked:
    """What was to be differentiated.

    Attributes:
        equations: that define the outputs.
        care: what was done for the digits.
        is_chained: whether an equation may use those before it; outputs that nobody named are on their own.
        model: that the equations come from, or None.
        matrices: by matrix symbol whose entries are differentiated by: the matrix of symbols in its place.
        entries: the same of those of which single entries were named.
    """

    equations: list[Equation]
    care: derivation.Care
    is_chained: bool
    model: Model | None = None
    matrices: Mapping[Any, Any] = field(default_factory=dict)
    entries: Mapping[Any, Any] = field(default_factory=dict)

    def symbol(self, which: Any) -> Any:
        """The symbol in the place of an entry of a matrix symbol; anything else as it is."""
        if not is_entry(which):
            return which
        made = {**self.matrices, **self.entries}.get(which.parent)
        return which if made is None else made[which.i, which.j]

    def upto(self, output: Any) -> list[Equation]:
        """The equations that an output is computed from, the last of which is its own."""
        end = [symbol for symbol, _ in self.equations].index(output) + 1
        return self.equations[:end] if self.is_chained else [self.equations[end - 1]]


class SeveralDerivatives:
    """Derivatives that share one graph; see `Jacobian`, `Hessian` and `HigherDerivatives`.

    Attributes:
        sweep: what the core has found: nodes, names, costs.
        asked: what was to be differentiated, and with which care.
    """

    def __init__(self, sweep: derivation.SeveralOutputs, asked: Asked) -> None:
        self.sweep, self.asked = sweep, asked

    @property
    def wrt(self) -> tuple[Any, ...]:
        """The symbols that are differentiated by."""
        return tuple(map(own, self.sweep.wrt))

    def _place_in_wrt(self, which: Any) -> int:
        """The place of what is differentiated by: its symbol, name, entry of a matrix symbol, or that place."""
        return place_among(self.sweep.wrt, self.asked.symbol(which))

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

    def explain(
        self, *which: Any, names: Mapping[Any, Any] | None = None, notation: str = formulas.USUAL
    ) -> formulas.Explanation:
        """The chain rule of one derivative: the rule, the rule worked, and the derivative written out.

        Args:
            which: the derivative, as it is asked for in square brackets: of a Jacobian the output and the symbol, else
                the symbols that it is by; symbols, names, or places from 0.
            names: names of one's own for parts of an expression: {u: x**2}. Of first derivatives alone: lines that are
                derived further, and those of products with vectors, have names.
            notation: "superscript", "subscript", "nielsen" or "rows".

        Raises:
            ParameterError: there is no such derivative, a name is taken, or the derivative is of lines with names.
            UnknownNameError: there is no such notation.
        """
        derived, symbol = self._explained(which)
        return derived.explain(symbol, names, notation)

    def _explained(self, which: Sequence[Any]) -> tuple[PrintedDerivation, Any]:
        """What says the chain rule of a derivative, and by which symbol it is."""
        raise NotImplementedError

    def _derived(self, equations: list[Equation], wrt: Sequence[Any]) -> PrintedDerivation:
        model = self.asked.model if equations is self.asked.equations else None
        return PrintedDerivation(derivation.derive_equations(equations, wrt, model=model, care=self.asked.care))

    def _places(self) -> Iterator[Place]:
        """The places of all derivatives, those that are 0 too."""
        raise NotImplementedError

    def arrays(self, values: bool) -> list[tuple[str, Place, Mapping[Place, int]]]:
        """What code returns: each array's name, shape, and by index the place among the roots."""
        raise NotImplementedError

    def _title(self) -> str:
        raise NotImplementedError

    def _source(self, values: bool, batch: Any = None) -> Any:
        told = [(*array, self._axes(array[0], len(array[1]))) for array in self.arrays(values)]
        samples = batch_in_entries(batch, self.asked.matrices)
        return codegen.outputs_evaluation(self.sweep, told, self._title(), batch=samples)

    def _axes(self, name: str, count: int) -> list[Sequence[Any]]:
        """The symbols that stand along each axis of an array."""
        return [self.sweep.outputs] if name == "values" else [self.sweep.wrt] * count

    def compile(
        self, values: bool = False, *, args: Any = None, batch: Any = None, target: str = "numpy"
    ) -> Callable[..., Any]:
        """f(*values) in the order of `wrt`, then the other symbols by name, or f(name=value, ...), on NumPy.

        Seeds and directions that nobody gave, u_f1 and v_x, stand right behind `wrt`, in their own order. Arguments
        that are numbers broadcast; their axes stand in front of those of the result. With matrices it is a function of
        one point, or of those of a batch, and the entries of a matrix stand in its place in the array, row by row.

        Args:
            values: whether what is differentiated is returned as well, in front of the derivatives.
            args: the arguments as `lambdify` has them: `args=[[x, y, z]]` makes f(vector) of f(x, y, z).
            batch: the symbols, or names, that have a value for each sample, along a first axis, matrices among them
                and what is differentiated by: all results then have the samples in front.
            target: "numpy"; another is of one output alone.

        Raises:
            ParameterError: `args` lacks a symbol, has one twice, or something that is none; or the batch is empty.
            UnknownNameError: the batch names none of the arguments.
            UnsupportedError: an operation has no NumPy source, or the size of a matrix is an expression; or there is
                another target.
        """
        check_target(target)
        symbols = self.sweep.graph.symbols
        args, batch = inner_arguments(args, symbols), inner_batch(batch, symbols)
        source = self._source(values, batch)
        function: Callable[..., Any] = arranged(
            source.function(), args, batch, source=source, matrices=self.asked.matrices
        )
        named: Callable[..., Any] = self._by_user_names(function, batch)
        return named

    def _by_user_names(self, function: Any, batch: Any = None) -> Any:
        """A function that takes the names of the user's too."""
        return codegen.by_user_names(function, self.sweep.graph.symbols, self.sweep.wrt, batch)

    def source(self, values: bool = False) -> str:
        """The text of the standalone module that `write` writes."""
        return str(self._source(values).module())

    def write(self, path: str | Path, values: bool = False) -> Path:
        """Write a standalone module with `evaluate`, which needs NumPy alone.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: an operation has no NumPy source, or the size of a matrix is an expression.
        """
        return write_text(path, self.source(values))

    def __str__(self) -> str:
        return str(formulas.NamedLines(self.sweep, self._title()))

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return formulas.NamedLines(self.sweep, self._title())._repr_mimebundle_()


def place_among(symbols: Sequence[Any], which: Any) -> int:
    """The place of a symbol that is given by itself, by its name, or by that place.

    Raises:
        PlaceError: there are not so many.
        ParameterError: there is no such symbol.
    """
    if isinstance(which, int | sp.Integer | np.integer) and not isinstance(which, bool):
        if not -len(symbols) <= which < len(symbols):
            raise PlaceError(f"there is no place {str(which)[:20]} among {listed(symbols)}: 0 to {len(symbols) - 1}")
        return int(which) % len(symbols)
    names = [symbol.name for symbol in symbols]
    which = inner_symbol(which, symbols)
    name = getattr(which, "name", which)
    if not isinstance(name, str) or name not in names:
        raise ParameterError(f"{str(name)[:40]} is none of what there is: {listed(symbols)}")
    return names.index(name)


def is_entry(one: Any) -> bool:
    """Whether it is an entry of a matrix symbol whose place is known."""
    is_element = isinstance(one, MatrixElement) and isinstance(one.parent, sp.MatrixSymbol)
    return is_element and all(part.is_Integer for part in (one.i, one.j, *one.parent.shape))


def listed(symbols: Iterable[Any]) -> str:
    """The names of the first few symbols."""
    names = [symbol.name for symbol in symbols]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
