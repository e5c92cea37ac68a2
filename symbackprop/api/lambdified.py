"""Functions of whatever arguments a user names: `sb.lambdify` and `sb.value_grad_hess`, in the manner of SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from .. import codegen, derivation, ops
from ..atomic_writes import write_text
from ..equation_list import SYMBOLS, checked_wrt, equations_of, matrix_shape
from ..errors import UnknownNameError
from ..lowering import symbols_of
from ..named_quantities import Equation, Origin, quantity
from .argument_structure import Arguments
from .arranged_calls import ArrangedFunction, WrittenModule, on_floats
from .checked_care import care_for
from .given_outputs import one_output
from .several_doors import worked_out_hessian
from .structure_of_results import Block, Results, built
from .user_leaves import takes_leaves

NOT_NEEDED: Mapping[str, str] = {
    "modules": "the code is NumPy's; for JAX see derive(...).compile(target='jax')",
    "cse": "what is used twice is computed once anyway",
    "printer": "operations have one spelling in NumPy each",
    "use_imps": "write the function out, or give its class fdiff",
    "dummify": "plain identifiers never clash with the names of the code",
    "docstring_limit": "the generated text is in .source",
}
"""What `sympy.lambdify` takes and this one does not, and why not."""


class Lambdified(ArrangedFunction):
    """A function of arguments as they were named; made by `lambdify`, `value_and_grad` and `value_grad_hess`.

    Attributes:
        arguments: what it takes, as it is called in messages.
        source: the generated text of the function of all symbols, one by one; `write` gives it with all that it calls.
        operations: how many each call takes for each point, shared ones once.
    """

    def __init__(
        self,
        arguments: Arguments,
        function: Callable[..., Any],
        results: Callable[[Sequence[Any]], Any],
        made: Any,
        operations: Mapping[str, Any],
        program: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(arguments, function, made.text, program)
        self._results, self._made, self.operations = results, made, operations

    def __getstate__(self) -> dict[str, Any]:
        """Texts, and no graph."""
        if not isinstance(self._made, WrittenModule):
            self._made = WrittenModule(self._made)
        return super().__getstate__()

    def _on_arrays(self, ordered: Sequence[Any]) -> Any:
        found = super()._on_arrays(ordered)
        return self._results(found if isinstance(found, tuple) else [found])

    def write(self, path: str | Path) -> Path:
        """Write a standalone module with `evaluate`, a function of all symbols one by one, which needs NumPy alone.

        It returns the arrays of all results in order, without the lists and dicts that they stand in; that of
        `value_and_grad` (value, {name: derivative}).

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: there are several results with matrices or samples.
        """
        return write_text(path, str(self._made.module()))


def lambdify(
    args: Any,
    exprs: Any,
    *not_needed: Any,
    batch: Iterable[Any] | None = None,
    stable: bool = True,
    accurate: bool | None = None,
    **not_known: Any,
) -> Lambdified:
    """A NumPy function of `args` that returns `exprs`, all computed on one graph: what they share is computed once.

    As `sympy.lambdify`, with these differences: results are always arrays of the right shape, also where an entry is
    constant; what overflows on the way to a finite value does not; where two expressions share a part, no `cse` is
    needed; and nothing is written out as text that someone else's names could stand in.

    Args:
        args: the function's arguments: symbols, matrix symbols, matrices of symbols, and lists of these, in any depth,
            whose values are unpacked along their first axis. One symbol may stand by itself.
        exprs: an expression, a matrix expression, a matrix, a `Jacobian` or `Hessian`, a `Gradient`, `Vjp`, `Hvp` or
            `OutputTangents` (an array of entries), or a list, tuple or dict of these, in any depth: the result has that
            structure. Numbers become floats or, of arrays, arrays of what these broadcast to; a matrix of r x c becomes
            an array (..., r, c). Expressions may contain the names that derivations made. Of equations, pairs (symbol,
            expression) whose symbols are no arguments, all are returned.
        batch: of `args`, the symbols, or their names, or rows and columns of them, that have a value for each sample,
            along a first axis: for a row or column (samples, entries) or (samples, rows, columns). All results then
            have the samples in front. Without matrix symbols and matrix expressions (those that SymPy has not worked
            out) it may be left out: numbers broadcast.
        stable: as for `derive`.
        accurate: as for `derive`.
        not_needed: what `sympy.lambdify` takes beside is refused, with the reason.
        not_known: likewise.

    Raises:
        ParameterError: `args` lacks a symbol, has one twice, or something that is none; or `exprs` is empty.
        ShapeError: operands do not fit each other.
        UnknownNameError: the batch names none of the arguments.
        UnsupportedError: a piece of an expression has no place in the graph, or no NumPy source.
    """
    _refuse_options([*["modules", *NOT_NEEDED][: len(not_needed)], *not_known])
    read = None if _are_pairs(exprs) else Results(exprs)
    return _of_results(args, exprs, read and (read.blocks, read.equations, read.form), batch, stable, accurate)


@takes_leaves
def _of_results(args: Any, exprs: Any, read: Any, batch: Any, stable: bool, accurate: bool | None) -> Lambdified:
    """A function of expressions.

    Args:
        read: their blocks, what names in these stand for, and their form; None where they may be equations.
    """
    given = Arguments(args, batch, around=exprs)
    before = _equations(exprs, given)
    if read is None:
        results = Results([symbol for symbol, _ in before] if before else exprs)
        read = results.blocks, results.equations, results.form
    blocks, lines, form = read
    before = before or [line for line in lines.items() if line[0] not in given.symbols]
    asked = _Asked(blocks, before, given)
    care = replace(care_for(exprs, stable, accurate), shares=not before)
    found, places = derivation.derive_requested(
        [*before, *asked.equations], asked.outputs, asked.jacobians, given.symbols, care
    )
    return _lambdified(given, found, asked.arrays(places), "exprs", partial(built, form), form)


@takes_leaves
def value_grad_hess(
    args: Any,
    expr: Any,
    wrt: Any,
    *,
    batch: Iterable[Any] | None = None,
    stable: bool = True,
    accurate: bool | None = None,
) -> Lambdified:
    """A function of `args` that returns (value, gradient, Hessian) of one expression, computed on one graph.

    The value is a number, the gradient an array (..., n), the Hessian (..., n, n) for the n symbols of `wrt`; arguments
    broadcast, and what they broadcast to stands in front.

    Args:
        args: as for `lambdify`.
        expr: as for `hessian`.
        wrt: the symbols to differentiate by, a list or a matrix of them; a matrix symbol stands for its entries, row by
            row.
        batch: of `args`, the symbols, or their names, that have a value for each sample, along a first axis. The
            results are then means over the samples, those of the mean loss; where `wrt` holds one of them those of
            each sample, which come first: (samples,), (samples, n) and (samples, n, n).
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `args` lacks a symbol, has one twice, or something that is none; `wrt` is empty, or names a
            symbol twice.
        ShapeError: `expr` is no scalar.
        UnknownNameError: the batch names none of the arguments.
        UnsupportedError: a piece of the expression cannot be differentiated, or there are several outputs.
    """
    output = one_output(expr, "sb.value_grad_hess")
    given = Arguments(args, batch, around=(expr, wrt))
    symbols = checked_wrt(list(wrt) if isinstance(wrt, sp.MatrixBase) else wrt, around=expr)
    found = worked_out_hessian(output, symbols, stable, accurate)
    if found.asked.matrices:
        given = Arguments(args, batch, found.asked.matrices)
    mean = _mean if given.batch and not given.has_samples_of(found.wrt) else tuple
    arrays = [(*array, None) for array in found.arrays(values=True)]
    return _lambdified(given, found.sweep, arrays, "expr", mean, (0, 1, 2))


# --- what is computed ---


def _equations(exprs: Any, given: Arguments) -> list[Equation]:
    """The equations that pairs (symbol, expression) are, if none of the symbols is an argument; otherwise none."""
    if not _are_pairs(exprs):
        return []
    defined = [(one.lhs if isinstance(one, sp.Equality) else one[0]) for one in exprs]
    is_defined = all(isinstance(symbol, SYMBOLS) for symbol in defined) and not {*given.symbols} & {*defined}
    return equations_of(exprs) if is_defined else []


def _are_pairs(exprs: Any) -> bool:
    return isinstance(exprs, list | tuple) and bool(exprs) and all(map(_is_pair, exprs))


def _is_pair(one: Any) -> bool:
    return isinstance(one, sp.Equality) or (isinstance(one, tuple | list) and len(one) == 2)


Array = tuple[str, tuple[int, ...], Mapping[tuple[int, ...], int], Sequence[Sequence[Any]] | None]
"""A name, a shape, by index the place of an output, and what stands along the axes where some are matrices."""


class _Asked:
    """An equation for each expression of some blocks, and where its value, or its derivatives, belong.

    Attributes:
        equations: of all expressions.
        outputs: those whose values are asked for.
        jacobians: of the others, the rows of each block that is a Jacobian, and what they are differentiated by.
    """

    def __init__(self, blocks: Sequence[Block], before: Sequence[Equation], given: Arguments) -> None:
        self._letter, self._blocks = _free_letter(blocks, before, given), blocks
        self.equations: list[Equation] = []
        self.outputs: list[Any] = []
        self.jacobians: list[tuple[Sequence[Any], Sequence[Any]]] = []
        for block in blocks:
            named = list(map(self._name, block.entries.values()))
            if block.wrt:
                self.jacobians.append((named, block.wrt))
            else:
                self.outputs += named
        if not self.equations:  # zeros alone: a graph has one equation at least
            self._name(sp.S.Zero)

    def _name(self, expr: Any) -> Any:
        shape = matrix_shape(expr)
        name = f"{self._letter}{len(self.equations) + 1}"
        symbol = quantity(name, Origin(), () if shape == (1, 1) else shape)
        self.equations.append((symbol, expr))
        return symbol

    def arrays(self, jacobians: Iterable[Mapping[tuple[int, ...], int]]) -> list[Array]:
        """Name, shape and places of each block, from the places of the derivatives of each Jacobian."""
        derivatives, outputs = iter(jacobians), count()
        return [
            (
                f"result{number}",
                block.shape,
                next(derivatives) if block.wrt else {index: next(outputs) for index in block.entries},
                block.axes,
            )
            for number, block in enumerate(self._blocks, start=1)
        ]


def _free_letter(blocks: Sequence[Block], before: Sequence[Equation], given: Arguments) -> str:
    """What outputs are called, so that it begins no name that is there."""
    exprs = [*(expr for block in blocks for expr in block.entries.values()), *(expr for _, expr in before)]
    symbols = {*given.symbols, *(symbol for symbol, _ in before), *(one for expr in exprs for one in symbols_of(expr))}
    letter = "out"
    while any(symbol.name.startswith(letter) for symbol in symbols):
        letter += "_"
    return letter


def _lambdified(
    given: Arguments,
    found: derivation.SeveralOutputs,
    arrays: Sequence[Array],
    what: str,
    results: Callable[[Sequence[Any]], Any],
    form: Any,
) -> Lambdified:
    graph = found.graph
    needed = [graph.value(node) for node in graph.reachable(found.roots) if graph.op(node) is ops.SYMBOL]
    given.require(needed, what)
    made: Any = codegen.outputs_evaluation(
        found, arrays, f"A function of {given}", given.symbols, given.batch, told=False
    )
    return Lambdified(given, made.function(), results, made, found.operations, on_floats(made, given, form))


def _mean(arrays: Sequence[Any]) -> tuple[Any, ...]:
    value, *derivatives = (np.mean(array, axis=0) for array in arrays)
    return float(value), *derivatives


def _refuse_options(options: Iterable[str]) -> None:
    for name in options:
        reason = NOT_NEEDED.get(name)
        if reason is None:
            raise UnknownNameError(f"lambdify has no option {str(name)[:40]!r}: it has batch, stable and accurate")
        raise UnknownNameError(f"{name} is an option of sympy.lambdify: leave it out, {reason}")
