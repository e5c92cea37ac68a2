"""What `sb.derive` gives of a list or a matrix of outputs: the derivatives of all of them, on one graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

import sympy as sp

from .. import codegen, derivation, formulas
from ..atomic_writes import write_text
from ..errors import ParameterError, UnsupportedError, unknown_name
from ..graph import Node
from ..leaf_arrays import inner_arguments, inner_batch
from ..leaf_symbols import inner_symbol, own
from ..lowering import raised
from .arranged_calls import arranged
from .compile_choices import check_target
from .given_outputs import Given
from .parts_of_outputs import names_by_output
from .printed_derivation import PrintedDerivation
from .shared_derivatives import Place, SeveralDerivatives, listed, place_among

ORDERS: Mapping[str, str | None] = {"backprop": None, "forward": "forward"}
"""By method of `derive`: the order of elimination; None for that which takes the fewest operations."""


class OutputsDerivation(SeveralDerivatives):
    """The derivatives of several outputs by several symbols; made by `derive` of a list or a matrix.

    Whatever is told of one symbol is a list, in the order of outputs, or a matrix of the shape that was given.
    """

    def __init__(self, sweep: derivation.SeveralOutputs, given: Given, care: derivation.Care) -> None:
        super().__init__(sweep, given.asked(care))
        self._shape = given.shape

    @property
    def outputs(self) -> tuple[Any, ...]:
        """The symbols of what is differentiated."""
        return tuple(map(own, self.sweep.outputs))

    @cached_property
    def gradients(self) -> formulas.OutputGradients:
        """By symbol of `wrt`: the derivative of each output, in named quantities; it prints as a table of formulas."""
        rows = range(len(self.sweep.outputs))
        found = {
            own(symbol): self._formed([self.sweep.entry((row, column)) for row in rows])
            for column, symbol in enumerate(self.sweep.wrt)
        }
        return formulas.OutputGradients(self.sweep, found)

    def expand(self, which: Any) -> Any:
        """The derivative of each output by a symbol or quantity, in the symbols of the expressions alone.

        Raises:
            ParameterError: there is no such symbol or quantity.
        """
        column = self._column(which)
        if column is None:
            graph, nodes = self._by_quantity(which)
            return self._formed([raised(graph, node, {}) for node in nodes])
        return self._formed([self.sweep.expand((row, column)) for row in range(len(self.sweep.outputs))])

    def adjoint(self, which: Any) -> Any:
        """The derivative of each output by a symbol of `wrt`, or by a quantity that has a name, in named quantities.

        Raises:
            ParameterError: there is no such symbol or quantity.
        """
        column = self._column(which)
        if column is not None:
            return self.gradients[self.wrt[column]]
        graph, nodes = self._by_quantity(which)
        return self._formed([raised(graph, node, self.sweep.names) for node in nodes])

    def _column(self, which: Any) -> int | None:
        which = inner_symbol(self.asked.symbol(which), self.sweep.wrt)
        name = getattr(which, "name", which)
        names = [symbol.name for symbol in self.sweep.wrt]
        return names.index(name) if name in names else None

    def _by_quantity(self, which: Any) -> tuple[Any, list[Node]]:
        """The derivatives by what has a name, on a graph of their own; 0 where an output does not depend on it."""
        quantities = {symbol.name: node for symbol, node in self.sweep.quantities.items()}
        which = inner_symbol(which, self.sweep.quantities)
        name = getattr(which, "name", which)
        if not isinstance(name, str) or name not in quantities:
            raise ParameterError(
                f"{str(name)[:60]!r} is neither in wrt nor a named quantity: choose one of "
                f"{listed([*self.sweep.wrt, *self.sweep.quantities])}"
            )
        rows = [self.sweep.named[output] for output in self.sweep.outputs]
        found = derivation.jacobian(self.sweep.graph, rows, [quantities[name]])
        return found.graph, [found.entries.get((row, 0), found.graph.zero) for row in range(len(rows))]

    def of(self, output: Any) -> PrintedDerivation:
        """The derivation of one output by itself, by its symbol, name or place: its paths, its diagram, its numbers.

        Raises:
            ParameterError: there is no such output, or not so many (an IndexError too).
        """
        row = place_among(self.sweep.outputs, output)
        return self._derived(self.asked.upto(self.sweep.outputs[row]), self.sweep.wrt)

    def explain(  # type: ignore[override]
        self, which: Any, names: Mapping[Any, Any] | None = None, notation: str = formulas.USUAL
    ) -> Explanations:
        """The chain rule of each output's derivative by one symbol; a list, which prints them one below the other.

        Args:
            which: a symbol of `wrt`, or its name.
            names: names of one's own for parts of the expressions: {u: x**2}; each part stands in one of them at least.
            notation: "superscript", "subscript", "nielsen" or "rows".

        Raises:
            ParameterError: there is no such symbol, or a name is taken.
            UnknownNameError: there is no such notation.
        """
        symbol = self.sweep.wrt[self._place_in_wrt(which)]
        derived = [self.of(row) for row in range(len(self.sweep.outputs))]
        named = names_by_output([one.sweep for one in derived], names)
        return Explanations(one.explain(symbol, own or None, notation) for one, own in zip(derived, named, strict=True))

    def formulas(self, format: str = "text", parameter: Any = None, **looks: Any) -> str:
        """All lines, in one of the formats; `of(output).formulas(...)` has the chain rule of one output.

        Args:
            format: "text", "latex", "markdown", "mathml" or "html".
            parameter: refused: the chain rules by one symbol are those of each output.
            looks: width, headings, labels and equations_only, as `symbackprop.formulas.rendered` has them.

        Raises:
            ParameterError: one parameter is asked for.
            UnknownNameError: there is no such format.
        """
        if parameter is not None:
            name = str(getattr(parameter, "name", parameter))[:40]
            raise ParameterError(
                f"the lines of several outputs are not split by parameter: write d.explain({name}), or "
                f"d.of(0).formulas(format, parameter={name})"
            )
        return formulas.rendered(formulas.NamedLines(self.sweep, self._title()).document, format, **looks)

    def _formed(self, entries: Sequence[Any]) -> Any:
        """Entries as a list; as a matrix of the shape that was given, if none of them is a matrix itself."""
        if self._shape is None or any(getattr(entry, "is_Matrix", False) for entry in entries):
            return list(entries)
        return sp.Matrix(*self._shape, list(entries))

    def _places(self) -> Iterator[Place]:
        return product(range(len(self.sweep.outputs)), range(len(self.sweep.wrt)))

    # --- code ---

    def arrays(self, values: bool = True) -> list[tuple[str, Place, Mapping[Place, int]]]:
        rows = len(self.sweep.outputs)
        places: list[dict[Place, int]] = [{} for _ in self.sweep.wrt]
        for number, (row, column) in enumerate(self.sweep.nodes):
            places[column][row,] = rows + number
        if self._has_matrices:
            places = [{(*place, 0): root for place, root in held.items()} for held in places]
        found: list[tuple[str, Place, Mapping[Place, int]]] = [
            ("values", (rows,), {(row,): row for row in range(rows)})
        ]
        found += [(f"by_{symbol.name}", (rows,), held) for symbol, held in zip(self.sweep.wrt, places, strict=True)]
        return found

    def compile(  # type: ignore[override]
        self, *, args: Any = None, batch: Any = None, target: str = "numpy"
    ) -> Callable[..., tuple[Any, dict[str, Any]]]:
        """f(*values) in the order of `wrt`, then the other symbols by name, or f(name=value, ...), on NumPy.

        It gives (values, {name: derivatives}), both (..., outputs), the axes that arguments broadcast to in front; of a
        matrix that is differentiated by (outputs, rows, columns), at one point or, behind the samples, at each of a
        batch.

        Args:
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
        if not self._has_matrices and batch is None:
            source = self._source()
            args = inner_arguments(args, self.sweep.graph.symbols)
            return self._by_user_names(arranged(source.function(), args, source=source))  # type: ignore[no-any-return]
        told = [
            (*array, self._axes(array[0], len(array[1])) if self._has_matrices else None) for array in self.arrays()
        ]
        symbols = self.sweep.graph.symbols
        args, batch = inner_arguments(args, symbols), inner_batch(batch, symbols)
        source = codegen.outputs_evaluation(self.sweep, told, self._title(), batch=batch)
        made = KeyedFunction(source.function(), self.sweep.wrt, batch is not None)
        return self._by_user_names(arranged(made, args, batch), batch)  # type: ignore[no-any-return]

    def source(self) -> str:  # type: ignore[override]
        """The text of the standalone module that `write` writes."""
        return str(self._source().module())

    def write(self, path: str | Path) -> Path:  # type: ignore[override]
        """Write a standalone module with `evaluate`, which gives what `compile` gives and needs NumPy alone.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: there are matrices, or an operation has no NumPy source.
        """
        return write_text(path, self.source())

    @property
    def _has_matrices(self) -> bool:
        """Whether anything is a matrix, if only a symbol of 1 x 1."""
        graph = self.sweep.graph
        return bool(graph.shapes) or any(isinstance(one, sp.MatrixSymbol) for one in graph.symbols)

    def _axes(self, name: str, count: int) -> list[Sequence[Any]]:
        rows: list[Sequence[Any]] = [self.sweep.outputs]
        return rows + [[symbol] for symbol in self.sweep.wrt if name == f"by_{symbol.name}"]

    def _source(self, values: bool = True, batch: Any = None) -> Any:
        if self._has_matrices:
            raise UnsupportedError("there are matrices in the expressions: a module is of numbers so far, use compile")
        keys = [symbol.name for symbol in self.sweep.wrt]
        return codegen.keyed_outputs_evaluation(self.sweep, self.arrays(), self._title(), keys)

    # --- what a loss alone has ---

    def train(self, *given: Any, **settings: Any) -> NoReturn:
        """Refused: several outputs are no loss."""
        raise _no_loss("trained", len(self.sweep.outputs))

    def step(self, *given: Any, **settings: Any) -> NoReturn:
        """Refused: several outputs are no loss."""
        raise _no_loss("trained", len(self.sweep.outputs))

    def module(self, *given: Any, **settings: Any) -> NoReturn:
        """Refused: several outputs are no loss."""
        raise _no_loss("trained", len(self.sweep.outputs))

    def predict(self, *given: Any, **settings: Any) -> NoReturn:
        """Refused: several outputs are no model."""
        raise _no_loss("predicted with", len(self.sweep.outputs))

    def _title(self) -> str:
        return f"The derivatives of {listed(self.sweep.outputs)} by {listed(self.sweep.wrt)}"


class KeyedFunction:
    """f(*arrays) or f(name=array, ...) -> (values, {name: derivatives}), at one point or at each of a batch.

    Attributes:
        arguments: their names, in order.
        source: the generated text of what computes the entries.
    """

    def __init__(self, function: codegen.CompiledFunction, wrt: Sequence[Any], sampled: bool) -> None:
        self._function, self._wrt, self._front = function, wrt, 1 + sampled
        self.arguments, self.source = function.arguments, function.source

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The values of the outputs, and by name the derivative of each.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
        """
        first, *others = self._function(*values, **named)
        pairs = zip(self._wrt, others, strict=True)
        return first, {symbol.name: self._shaped(one, symbol) for symbol, one in pairs}

    def _shaped(self, found: Any, symbol: Any) -> Any:
        """(outputs, entries) as (outputs,) and the shape of the symbol, of which one size may be a symbol too."""
        sizes = [int(size) if size.is_Integer else -1 for size in getattr(symbol, "shape", ())]
        return found.reshape(*found.shape[: self._front], *sizes)


class Explanations(list[formulas.Explanation]):
    """The chain rule of each output's derivative; it prints them one below the other."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = "\n\n".join(one._repr_latex_() for one in self)
        return {"text/plain": str(self), "text/latex": shown}


def outputs_derived(given: Given, wrt: Any, method: str, care: derivation.Care) -> OutputsDerivation:
    """The derivatives of several outputs, by a method of `derive`.

    Raises:
        UnknownNameError: there is no such method.
        UnsupportedError: the method derives one loss.
    """
    if not isinstance(method, str) or method not in derivation.METHODS:
        raise unknown_name("method", method, derivation.METHODS)
    if method not in ORDERS:
        raise UnsupportedError(f"method {method!r} derives one expression: derive each output, or leave method out")
    given, symbols = given.by(wrt)
    if method == "forward" and any(isinstance(symbol, sp.MatrixSymbol) for symbol in symbols):
        raise UnsupportedError("method 'forward' sweeps once for each number, and wrt holds a matrix: leave method out")
    made = derivation.derive_outputs(given.equations, given.outputs, symbols, care, order=ORDERS[method])
    return OutputsDerivation(made, given, care)


def _no_loss(done: str, outputs: int) -> UnsupportedError:
    return UnsupportedError(
        f"{outputs} outputs are no loss, they cannot be {done}: make one number of them, "
        "sb.Model(sum(f**2 for f in outputs)) say, and derive that"
    )
