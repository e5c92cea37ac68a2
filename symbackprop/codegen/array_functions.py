"""Derivations with matrices as functions of arrays, for one sample or the mean over a batch of them."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..derivation import Sweep
from ..errors import ParameterError, UnsupportedError, unknown_name
from ..graph import Node
from . import layout
from .arguments import _checked, _shaped
from .arrays import BATCH, INPUT, SPREAD, VIEW, Step
from .batching import PLAIN
from .functions import HELPERS, CompiledFunction, executed, floating, heading, helper_source, helpers, silenced
from .matrix_program import BACKWARD, MatrixProgram
from .names import Identifiers
from .program import symbols_in
from .statements import Code

SINGLE = dict.fromkeys(("quantity", "shared", "adjoint", "tangent", "gradient"), PLAIN)
"""What is computed of each kind of line where there is no batch."""

_SWEEP = "_sweep"
_NAMES = (
    *(BATCH, "dtype", "scale", "given", "arrays", "sizes", "value", "gradients"),
    *("evaluate", _SWEEP, "SHAPES", "BATCHED"),
)
"""Names that a generated module uses itself."""


class ArraySource:
    """The functions of one derivation as text: `_sweep`, which computes, and `evaluate`, which checks and calls it.

    Args:
        derivation: of any loss.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples.

    Raises:
        ParameterError: the batch is empty, or the loss is differentiated by one of it.
        UnknownNameError: the batch names a symbol that the loss does not contain.
        UnsupportedError: a size is an expression, or an operation has no NumPy source.
    """

    def __init__(self, derivation: Sweep, batch: Iterable[Any] | None = None) -> None:
        self.derivation = derivation
        found = sorted(set(symbols_in(derivation.graph, self._nodes)) - set(derivation.varied), key=_name)
        self.sizes = _sizes([*derivation.varied, *found])
        data = [symbol for symbol in found if symbol not in self.sizes]
        self.arguments = [*derivation.varied, *data]
        self.batch = None if batch is None else _batched(batch, data, derivation.varied)
        self.shapes = {symbol.name: tuple(map(_size, getattr(symbol, "shape", ()))) for symbol in self.arguments}
        self._names = Identifiers([*_NAMES, *HELPERS])
        self.heads = [self._names.of(symbol) for symbol in self.arguments]
        self._lengths = {size: self._names.of(size) for size in self.sizes}

    @cached_property
    def _nodes(self) -> list[Node]:
        return [self.derivation.loss_node, *self.derivation.gradient_nodes.values()]

    @property
    def size_keys(self) -> list[str | None]:
        """Under which keys `_checked` gives the sizes that the sweep takes: names, and None for the samples."""
        return [*(size.name for size in self.sizes), *([None] if self.batch is not None else [])]

    @cached_property
    def sweep(self) -> list[str]:
        """def _sweep(...): the value and a dict of derivatives, in arrays without axes of one entry."""
        program, roots, code = self._program()
        samples = [] if self.batch is None else [BATCH]
        named = zip(self.derivation.wrt, roots[1:], strict=True)
        return [
            *silenced([*code.lines, *code.values.values()]),
            *layout.called(f"def {_SWEEP}(", [*self.heads, "dtype", *self._lengths.values(), *samples], "):", ""),
            *_scale(program),
            *code.lines,
            "    gradients = {",
            *(f'        "{symbol.name}": {_fresh(program, root, roots, code)},' for symbol, root in named),
            "    }",
            *layout.returned(f"{_value(program, roots, code)}{f' / {BATCH}' * len(samples)}, gradients"),
        ]

    def started(self) -> MatrixProgram:
        """The program, of which nothing has been asked yet."""
        texts = dict(zip(self.arguments, self.heads, strict=True))
        reserved = [*_NAMES, *HELPERS, *self.heads, *self._lengths.values()]
        return MatrixProgram(self.derivation, texts, self.batch or (), reserved, self._lengths)

    def _program(self) -> tuple[MatrixProgram, list[Step], Code]:
        derivation, program = self.derivation, self.started()
        first = program.value if self.batch is None else program.total
        others = program.value if self.batch is None else program.gradient
        roots = [first(derivation.loss_node), *map(others, derivation.gradient_nodes.values())]
        return program, roots, program.readable(roots, SINGLE if self.batch is None else BACKWARD)

    def text(self) -> str:
        """The sweep with the helpers that it calls."""
        return "\n".join(self.sweep) + "\n"

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        functions = "\n\n\n".join(map("\n".join, (self.sweep, self._evaluate())))
        used = helper_source(helpers(functions))
        mean = "" if self.batch is None else " Both are means over a batch of samples."
        header = heading(self.derivation, used + functions, mean)
        return "\n\n\n".join([f"{header}\n\n{self._constants()}", used, functions]) + "\n"

    def _constants(self) -> str:
        listed = [f'"{name}": {_tuple(shape)}' for name, shape in self.shapes.items()]
        lines = layout.called("SHAPES = {", listed, "}", "")
        if self.batch is not None:
            names = [symbol.name for symbol in self.batch]
            lines += [f"BATCHED = {_tuple(names)}  # a first axis of samples; of a row or column its entries behind it"]
        return "\n".join(lines)

    def _evaluate(self) -> list[str]:
        given = [f'"{name}": {head}' for name, head in zip(self.shapes, self.heads, strict=True)]
        sizes = [f"sizes[{_quoted(key)}]" for key in self.size_keys]
        batched = "()" if self.batch is None else "BATCHED"
        loss = self.derivation.loss.name
        return [
            *layout.called("def evaluate(", self.heads, "):", ""),
            f'    """({loss}, its derivative by name: each with the shape of the argument)."""',
            *layout.called("given = {", given, "}"),
            f"    arrays, sizes, dtype = _checked(given, SHAPES, {batched})",
            *layout.called(f"value, gradients = {_SWEEP}(", ["*arrays", "dtype", *sizes], ")"),
            "    return value, _shaped(gradients, given, dtype)",
        ]


def _name(symbol: Any) -> str:
    return str(symbol.name)


def _sizes(symbols: Iterable[Any]) -> list[Any]:
    """The symbols that stand for numbers of rows or columns, by name."""
    sizes = [size for symbol in symbols for size in getattr(symbol, "shape", ())]
    mixed = [size for size in sizes if not (size.is_Integer or size.is_Symbol)]
    if mixed:
        raise UnsupportedError(
            f"a matrix has {mixed[0]} rows or columns: code needs an integer or one symbol for each size"
        )
    return sorted({size for size in sizes if size.is_Symbol}, key=_name)


def _size(size: Any) -> Any:
    return int(size) if size.is_Integer else str(size.name)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _tuple(values: Sequence[Any]) -> str:
    listed = ", ".join(map(_quoted, values))
    return f"({listed},)" if len(values) == 1 else f"({listed})"


def _batched(batch: Iterable[Any], data: Sequence[Any], wrt: Sequence[Any]) -> list[Any]:
    """The symbols of a batch, given as symbols or by name."""
    names = [getattr(which, "name", which) for which in ([batch] if _is_one(batch) else batch)]
    if not names:
        raise ParameterError("batch is empty: name the symbols that have a value for each sample, or leave it out")
    known = {symbol.name: symbol for symbol in data}
    for name in names:
        if any(symbol.name == name for symbol in wrt):
            raise ParameterError(f"{name} is in wrt and cannot have a value for each sample: leave it out of one")
        if name not in known:
            raise unknown_name("batched symbol", name, known)
    return [known[name] for name in dict.fromkeys(names)]


def _is_one(batch: Any) -> bool:
    return isinstance(batch, str | sp.Symbol | sp.MatrixSymbol)


def _fresh(program: MatrixProgram, root: Step, roots: Sequence[Step], code: Code) -> str:
    """A result that shares no memory with an argument or with another result."""
    shared = program.arrays.kind(root) in (INPUT, VIEW, SPREAD) or roots.count(root) > 1
    return f"np.array({code.values[root]})" if shared and program.arrays.dims[root] else code.values[root]


def _value(program: MatrixProgram, roots: Sequence[Step], code: Code) -> str:
    """The value: a number, or an array of a quantity that is differentiated along a direction."""
    return (
        _fresh(program, roots[0], roots, code) if program.arrays.dims[roots[0]] else f"float({code.values[roots[0]]})"
    )


def _scale(program: MatrixProgram) -> list[str]:
    """The line that makes the scale, if anything is multiplied by it."""
    arrays, scale = program.arrays, program.batching.scale
    if not any(scale in arrays.operands(step) for step in range(len(arrays.keys))):
        return []
    return [f"    scale = 1.0 / {BATCH}  # the mean, in the smallest adjoint"]


class ArrayFunction(CompiledFunction):
    """f(*arrays) or f(name=array, ...) -> (value, {name: derivative}), each derivative shaped like the argument."""

    def __init__(self, source: ArraySource) -> None:
        text = source.text()
        super().__init__([symbol.name for symbol in source.arguments], text, executed(text, _SWEEP))
        self._shapes, self._size_keys = source.shapes, source.size_keys
        self._batched = frozenset(symbol.name for symbol in source.batch or ())

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The value and every derivative; with a batch their means over the samples.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
            numpy.linalg.LinAlgError: a matrix that is inverted is singular; a note names the formula.
        """
        given = {
            name: floating(name, value)
            for name, value in zip(self.arguments, self._ordered(values, named), strict=True)
        }
        try:
            arrays, sizes, dtype = _checked(given, self._shapes, self._batched)
        except ValueError as error:
            raise ParameterError(str(error)) from None
        try:
            value, gradients = self._function(*arrays, dtype, *(sizes[key] for key in self._size_keys))
        except np.linalg.LinAlgError as error:
            error.add_note(f"in: {self._line_of(error)}")
            raise
        return value, _shaped(gradients, given, dtype)

    def _line_of(self, error: Exception) -> str:
        """The line of the generated text that an error comes from: its formula stands in the comment."""
        numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.name == _SWEEP]
        return self.source.splitlines()[(numbers[-1] or 1) - 1].strip() if numbers else "the generated code"


def array_function(derivation: Sweep, batch: Iterable[Any] | None = None) -> ArrayFunction:
    """A derivation as a function of arrays: the symbols of `wrt` first, then the others by name."""
    return ArrayFunction(ArraySource(derivation, batch))


def array_text(derivation: Sweep, batch: Iterable[Any] | None = None) -> str:
    """A standalone module with one function, `evaluate`, that needs NumPy alone."""
    return ArraySource(derivation, batch).module()
