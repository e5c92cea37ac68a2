"""Expressions and equations as functions of their symbols: `evaluate`, of numbers that broadcast or of whole arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from ....derivation import Sweep
from ....derivation.garbage_collection import collector_paused
from ....errors import ParameterError, UnsupportedError, unknown_name
from ...batching import Input
from ...line_comments import Remarks, derived, rewritten
from ...program import SINGLE, TRAINED, Program, symbols_in
from ...steps import ARGUMENT, DATA, FILL, INPUT, VIEW, Step, Steps
from ..python_arrays import line_breaking
from ..python_arrays.identifiers import Identifiers
from ..python_arrays.module_head import MARK
from ..python_arrays.readable_style import Code, array_code, plain_code
from ..python_arrays.step_expressions import LENGTH
from .carried_helpers import HELPERS, helper_source, uses_math, with_needed
from .compiled_functions import SWEEP_FUNCTION, ArrayFunction, CompiledFunction, executed
from .dialect_of_numpy import NUMPY
from .reserved_names import EVALUATED, LOCALS, OF_NUMBERS


def arguments_of(derivation: Sweep) -> list[Any]:
    """The symbols that vary first, then the others by name."""
    found = set(symbols_in(derivation.graph, derivation.roots)) - set(derivation.varied)
    return [*derivation.varied, *sorted(found, key=_name)]


def _name(symbol: Any) -> str:
    return str(symbol.name)


def evaluation(derivation: Sweep, batch: Iterable[Any] | None = None) -> NumberSource | ArraySource:
    """What makes a function or a module of a derivation's symbols, each an argument, whatever it came from.

    Args:
        derivation: of any loss.
        batch: as for `ArraySource`.
    """
    if batch is not None or derivation.graph.shapes or any(map(_is_matrix, derivation.graph.symbols)):
        return ArraySource(derivation, batch)
    return NumberSource(derivation)


def _is_matrix(symbol: Any) -> bool:
    """Whether a symbol is a matrix, if only one of 1 x 1, which is a scalar to the graph."""
    return isinstance(symbol, sp.MatrixSymbol)


# --- numbers ---


class NumberSource:
    """One function, `evaluate`, of numbers or of arrays of them that broadcast."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation = derivation
        self.arguments = arguments_of(derivation)
        self._names = Identifiers([*OF_NUMBERS, *HELPERS])
        self._heads = [self._names.of(symbol) for symbol in self.arguments]

    def program(self) -> tuple[Program, dict[Input, str]]:
        """The program, of which everything has been asked, and what its arguments are called."""
        given: dict[Any, Input] = {symbol: (ARGUMENT, symbol, None) for symbol in self.arguments}
        program = Program(self.derivation, given, follows=True)
        program.read(self.derivation.roots, SINGLE)
        return program, {given[symbol]: head for symbol, head in zip(self.arguments, self._heads, strict=True)}

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, inputs = self.program()
        ends = list(map(program.value, self.derivation.roots))
        code = plain_code(NUMPY, program, ends, SINGLE, inputs, self._names, remarks=Remarks())
        return [*code.silenced, *self._evaluate(code, [code.values[end] for end in ends])], code

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        given = [f'"{symbol.name}": {head}' for symbol, head in zip(self.arguments, self._heads, strict=True)]
        value, *gradients = [f"_full({value}, shape, dtype)" for value in values]
        named = zip(self.derivation.wrt, gradients, strict=True)
        return [
            *line_breaking.called("def evaluate(", self._heads, "):", ""),
            *line_breaking.called("given, shape, dtype = _broadcast({", given, "})"),
            *line_breaking.called("(", [*self._heads, *[""] * (len(self._heads) == 1)], ") = given"),
            *code.lines,
            f"    return {value}, {{",
            *(f'        "{symbol.name}": {gradient},' for symbol, gradient in named),
            "    }",
        ]

    @property
    def text(self) -> str:
        """The function alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> CompiledFunction:
        """The function, which checks its arguments."""
        return CompiledFunction(list(map(_name, self.arguments)), self.text, executed(self.text, "evaluate"))

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        written, code = self._written
        used = with_needed({*code.helpers, "_broadcast", "_full"})
        names = [symbol.name for symbol in self.arguments]
        head = heading(self.derivation, uses_math(used), dict.fromkeys(names, ()), ())
        return _joined(head, helper_source(used), "\n".join(written))


def heading(derivation: Sweep, with_math: bool, shapes: Mapping[str, Any], batch: Sequence[str], more: str = "") -> str:
    """What a module of an expression is about, its imports, and what its arguments are."""
    imports = ["import math", ""] if with_math else []
    title = f"{derivation.loss.name} and its {derived(derivation)}.{more}"
    samples = "  # a first axis of samples; of a row or column its entries behind it" if batch else ""
    return "\n".join(
        [
            MARK,
            *line_breaking.docstring(title, rewritten(derivation)),
            "",
            *imports,
            "import numpy as np",
            "",
            *line_breaking.called(
                "ARGUMENTS = (", [*map(_quoted, shapes), *([""] if len(shapes) == 1 else [])], ")", ""
            ),
            *line_breaking.called(
                "SHAPES = {", [f'"{name}": {_tuple(shape)}' for name, shape in shapes.items()], "}", ""
            ),
            f"BATCHED = {_tuple(batch)}{samples}",
        ]
    )


def _joined(*parts: str) -> str:
    return "\n\n\n".join(part for part in parts if part) + "\n"


# --- arrays ---


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
        found = arguments_of(derivation)
        self.sizes = _sizes(found)
        self.arguments = [symbol for symbol in found if symbol in derivation.varied or symbol not in self.sizes]
        data = self.arguments[len(derivation.varied) :]
        self.batch = None if batch is None else _batched(batch, data, derivation.varied)
        self.shapes = {symbol.name: tuple(map(_size, getattr(symbol, "shape", ()))) for symbol in self.arguments}
        self._names = Identifiers([*EVALUATED, *HELPERS])
        self.heads = [self._names.of(symbol) for symbol in self.arguments]
        self.lengths = {size: self._names.of(size) for size in self.sizes}

    @property
    def size_keys(self) -> list[str | None]:
        """Under which keys `_checked` gives the sizes that the sweep takes: names, and None for the samples."""
        return [*(size.name for size in self.sizes), *([None] if self.batch is not None else [])]

    def program(self) -> Program:
        """The program, of which nothing has been asked yet."""
        return Program(self.derivation, self._given, self.batch or ())

    @cached_property
    def _given(self) -> dict[Any, Input]:
        data = self.batch or ()
        return {symbol: (DATA if symbol in data else ARGUMENT, symbol, None) for symbol in self.arguments}

    @property
    def inputs(self) -> dict[Input, str]:
        """What each argument is called."""
        return {self._given[symbol]: head for symbol, head in zip(self.arguments, self.heads, strict=True)}

    def names(self) -> Identifiers:
        """The names that the code may give."""
        return Identifiers([*LOCALS, *EVALUATED, *HELPERS, *self.heads, *self.lengths.values()])

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, gradients = self.program(), self.derivation.gradient_nodes.values()
        first, others = (program.value,) * 2 if self.batch is None else (program.total, program.gradient)
        roots = [first(self.derivation.loss_node), *map(others, gradients)]
        forms = SINGLE if self.batch is None else TRAINED
        code = array_code(NUMPY, program, roots, forms, self.inputs, self.names(), sizes=self.lengths)
        scaled = any(program.batching.scale in key[2:] for key in program.steps.keys)
        return [*code.silenced, *self._sweep(program.steps, roots, code, scaled)], code

    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool) -> list[str]:
        """def _sweep(...): the value and a dict of derivatives, in arrays without axes of one entry."""
        samples = [] if self.batch is None else [LENGTH]
        named = zip(self.derivation.wrt, ends[1:], strict=True)
        return [
            *line_breaking.called(
                f"def {SWEEP_FUNCTION}(", [*self.heads, "dtype", *self.lengths.values(), *samples], "):", ""
            ),
            *([f"    scale = 1.0 / {LENGTH}  # the mean, in the smallest adjoint"] if scaled else []),
            *code.lines,
            "    gradients = {",
            *(f'        "{symbol.name}": {_fresh(steps, end, ends, code)},' for symbol, end in named),
            "    }",
            *line_breaking.returned(f"{_value(steps, ends, code)}{f' / {LENGTH}' * len(samples)}, gradients"),
        ]

    @property
    def text(self) -> str:
        """The sweep alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> ArrayFunction:
        """The function, which checks its arguments."""
        return ArrayFunction(self.text, self.shapes, self.size_keys, list(map(_name, self.batch or ())))

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        sweep, code = self._written
        used = with_needed({*code.helpers, "_checked", "_shaped"})
        mean = "" if self.batch is None else " Both are means over a batch of samples."
        batch = [symbol.name for symbol in self.batch or ()]
        head = heading(self.derivation, uses_math(used), self.shapes, batch, mean)
        return _joined(head, helper_source(used), "\n".join(sweep), "\n".join(self._evaluate()))

    def _evaluate(self) -> list[str]:
        given = [f'"{name}": {head}' for name, head in zip(self.shapes, self.heads, strict=True)]
        sizes = [f"sizes[{_quoted(key)}]" for key in self.size_keys]
        loss = self.derivation.loss.name
        return [
            *line_breaking.called("def evaluate(", self.heads, "):", ""),
            f'    """({loss}, its derivative by name: each with the shape of the argument)."""',
            *line_breaking.called("given = {", given, "}"),
            "    arrays, sizes, dtype = _checked(given, SHAPES, BATCHED)",
            *line_breaking.called(f"value, gradients = {SWEEP_FUNCTION}(", ["*arrays", "dtype", *sizes], ")"),
            "    return value, _shaped(gradients, given, dtype)",
        ]


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


def _fresh(steps: Steps, end: Step, ends: Sequence[Step], code: Code) -> str:
    """A result that shares no memory with an argument or with another result."""
    shared = steps.kind(end) in (INPUT, VIEW, FILL) or ends.count(end) > 1
    return f"np.array({code.values[end]})" if shared and steps.axes[end] else code.values[end]


def _value(steps: Steps, ends: Sequence[Step], code: Code) -> str:
    """The value: a number, or an array of a quantity that is differentiated along a direction."""
    return _fresh(steps, ends[0], ends, code) if steps.axes[ends[0]] else f"float({code.values[ends[0]]})"
