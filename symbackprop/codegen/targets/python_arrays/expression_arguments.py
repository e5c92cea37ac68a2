"""Expressions and equations as functions of their symbols, whichever library they need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from ....derivation import Sweep
from ....derivation.garbage_collection import collector_paused
from ....equation_list import batch_names
from ....errors import UnsupportedError, unknown_name
from ....leaf_symbols import inner_symbol
from ...batching import Input
from ...line_comments import Remarks, derived, rewritten
from ...program import SINGLE, TRAINED, Program, symbols_in
from ...steps import ARGUMENT, DATA, Step, Steps
from . import line_breaking
from .dialect import Dialect
from .either_name import UserNames, user_names
from .identifiers import Identifiers
from .module_head import MARK
from .readable_style import Code, array_code, plain_code

SWEEP_FUNCTION = "_sweep"
"""What the function of arrays is called that checks nothing."""


def arguments_of(derivation: Sweep) -> list[Any]:
    """The symbols that vary first, then those of a vector that nobody gave, used or not, then the others by name."""
    first = [*derivation.varied, *derivation.held]
    found = set(symbols_in(derivation.graph, derivation.roots)).difference(first)
    return [*first, *sorted(found, key=name_of)]


def name_of(symbol: Any) -> str:
    return str(symbol.name)


def takes_arrays(derivation: Sweep, batch: Iterable[Any] | None, arguments: Iterable[Any] = ()) -> bool:
    """Whether there are matrices, if only among arguments that nothing depends on, or a batch."""
    symbols = (*derivation.graph.symbols, *arguments)
    return batch is not None or bool(derivation.graph.shapes) or any(map(_is_matrix, symbols))


def _is_matrix(symbol: Any) -> bool:
    """Whether a symbol is a matrix, if only one of 1 x 1, which is a scalar to the graph."""
    return isinstance(symbol, sp.MatrixSymbol)


class NumberArguments(ABC):
    """Numbers, or arrays of them that broadcast.

    Args:
        derivation: of any loss.
        arguments: the symbols that have a value, in order; by default what the derivation has.

    Attributes:
        dialect: of the library.
        local_names: that the function uses itself.
        roots: the nodes that are computed.
    """

    dialect: Dialect
    local_names: Collection[str]

    def __init__(self, derivation: Sweep, arguments: Sequence[Any] | None = None) -> None:
        self.derivation, self.roots = derivation, list(derivation.roots)
        self.arguments = arguments_of(derivation) if arguments is None else list(arguments)
        self._names = Identifiers([*self.local_names, *self.dialect.helpers])
        self._heads = [self._names.of(symbol) for symbol in self.arguments]

    @property
    def user_names(self) -> UserNames:
        """What users call what the function takes, and what it gives derivatives by."""
        return user_names(self.arguments, self.derivation.wrt)

    def program(self) -> tuple[Program, dict[Input, str]]:
        """The program, of which everything has been asked, and what its arguments are called."""
        given: dict[Any, Input] = {symbol: (ARGUMENT, symbol, None) for symbol in self.arguments}
        program = Program(self.derivation, given, follows=True)
        program.read(self.roots, SINGLE)
        return program, {given[symbol]: head for symbol, head in zip(self.arguments, self._heads, strict=True)}

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, inputs = self.program()
        ends = list(map(program.value, self.roots))
        code = plain_code(self.dialect, program, ends, SINGLE, inputs, self._names, remarks=Remarks())
        return [*code.silenced, *self._evaluate(code, [code.value(end) for end in ends])], code

    @abstractmethod
    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        """def evaluate(...): the value and a dict of derivatives."""


class ArrayArguments(ABC):
    """Whole arrays: `_sweep`, which computes, and `evaluate`, which checks and calls it.

    Args:
        derivation: of any loss.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples. Where the
            loss is differentiated by one of them, the results are those of each sample, otherwise their means.
        arguments: the symbols that have a value, in order; by default what the derivation has.

    Raises:
        ParameterError: the batch is empty.
        UnknownNameError: the batch names a symbol that the loss does not contain.
        UnsupportedError: a size is an expression, or an operation has no source.
    """

    dialect: Dialect
    local_names: Collection[str]
    model_names: Collection[str]
    sums = True  # over the samples, where nothing is differentiated by what has a value for each

    def __init__(
        self, derivation: Sweep, batch: Iterable[Any] | None = None, arguments: Sequence[Any] | None = None
    ) -> None:
        self.derivation = derivation
        found = arguments_of(derivation) if arguments is None else arguments
        self.sizes = _sizes(found)
        self.arguments = [symbol for symbol in found if symbol in derivation.varied or symbol not in self.sizes]
        self.batch = None if batch is None else _batched(batch, self.arguments)
        self.shapes = {symbol.name: tuple(map(_size, getattr(symbol, "shape", ()))) for symbol in self.arguments}
        self._names = Identifiers([*self.local_names, *self.dialect.helpers])
        self.heads = [self._names.of(symbol) for symbol in self.arguments]
        self.lengths = {size: self._names.of(size) for size in self.sizes}

    @property
    def size_keys(self) -> list[str | None]:
        """Under which keys `_checked` gives the sizes that the sweep takes: names, and None for the samples."""
        return [*(size.name for size in self.sizes), *([None] if self.batch is not None else [])]

    @property
    def gives_means(self) -> bool:
        """Whether there are samples, and the results are means over them."""
        return self.sums and self.batch is not None and not {*self.batch} & {*self.derivation.varied}

    @property
    def user_names(self) -> UserNames:
        """What users call what the function takes, and what it gives derivatives by."""
        return user_names(self.arguments, self.derivation.wrt)

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
        return Identifiers(
            [*self.model_names, *self.local_names, *self.dialect.helpers, *self.heads, *self.lengths.values()]
        )

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, gradients = self.program(), self.derivation.gradient_nodes.values()
        first, others = self._asked(program)
        roots = [first(self.derivation.loss_node), *map(others, gradients)]
        forms = TRAINED if self.gives_means else SINGLE
        code = array_code(self.dialect, program, roots, forms, self.inputs, self.names(), sizes=self.lengths)
        scaled = any(program.batching.scale in key[2:] for key in program.steps.keys)
        return [*code.silenced, *self._sweep(program.steps, roots, code, scaled)], code

    def _asked(self, program: Program) -> tuple[Callable[[Any], Step], Callable[[Any], Step]]:
        """What is asked of the program for the loss, and for each derivative."""
        if self.gives_means:
            return program.total, program.gradient
        return (program.value if self.batch is None else program.value_of_each,) * 2

    @abstractmethod
    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool) -> list[str]:
        """def _sweep(...): the value and a dict of derivatives, in arrays without axes of one entry."""

    def _evaluate(self) -> list[str]:
        loss, front = self.derivation.loss.name, "the samples in front and " * self.gives_each
        return [
            *line_breaking.called("def evaluate(", self.heads, "):", ""),
            f'    """({loss}, its derivative by name: each with {front}the shape of the argument)."""',
            *self._checked_and("value, gradients ="),
            f"    return value, {self.shaping}(gradients, given, dtype{', BATCHED' * self.gives_each})",
        ]

    def _checked_and(self, done: str) -> list[str]:
        """The lines that check the arguments, and what is done with what the sweep makes of them."""
        given = [f'"{name}": {head}' for name, head in zip(self.shapes, self.heads, strict=True)]
        sizes = [f"sizes[{_quoted(key)}]" for key in self.size_keys]
        return [
            *line_breaking.called("given = {", given, "}"),
            "    arrays, sizes, dtype = _checked(given, SHAPES, BATCHED)",
            *line_breaking.called(f"{done} {SWEEP_FUNCTION}(", ["*arrays", "dtype", *sizes], ")"),
        ]

    @property
    def gives_each(self) -> bool:
        """Whether the results are those of each sample."""
        return self.batch is not None and not self.gives_means

    @property
    def shaping(self) -> str:
        """The function that gives derivatives the shapes of arguments."""
        return "_shaped_samples" if self.gives_each else "_shaped"

    @property
    def about_samples(self) -> str:
        """What the head of a module says of the results, where there are samples."""
        if self.batch is None:
            return ""
        return " Both are those of each sample." if self.gives_each else " Both are means over a batch of samples."


def _sizes(symbols: Iterable[Any]) -> list[Any]:
    """The symbols that stand for numbers of rows or columns, by name."""
    sizes = [size for symbol in symbols for size in getattr(symbol, "shape", ())]
    mixed = [size for size in sizes if not (size.is_Integer or size.is_Symbol)]
    if mixed:
        raise UnsupportedError(
            f"a matrix has {mixed[0]} rows or columns: code needs an integer or one symbol for each size"
        )
    return sorted({size for size in sizes if size.is_Symbol}, key=name_of)


def _size(size: Any) -> Any:
    return int(size) if size.is_Integer else str(size.name)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _tuple(values: Sequence[Any]) -> str:
    listed = ", ".join(map(_quoted, values))
    return f"({listed},)" if len(values) == 1 else f"({listed})"


def _batched(batch: Iterable[Any], arguments: Sequence[Any]) -> list[Any]:
    """The symbols of a batch, given as symbols or by name."""
    names = [getattr(inner_symbol(name, arguments), "name", name) for name in batch_names(batch)]
    known = {symbol.name: symbol for symbol in arguments}
    for name in names:
        if name not in known:
            raise unknown_name("batched symbol", name, known)
    return [known[name] for name in dict.fromkeys(names)]


def heading(
    derivation: Sweep, imports: Sequence[str], shapes: Mapping[str, Any], batch: Sequence[str], more: str = ""
) -> str:
    """What a module of an expression is about, its imports, and what its arguments are."""
    title = f"{derivation.loss.name} and its {derived(derivation)}.{more}"
    names = user_names(one for one in derivation.graph.symbols if one.name in shapes)
    return headed(title, rewritten(derivation), imports, shapes, batch, names.head)


def headed(
    title: str,
    remark: str,
    imports: Sequence[str],
    shapes: Mapping[str, Any],
    batch: Sequence[str] = (),
    names: Sequence[str] = (),
) -> str:
    """A title, what is said of the forms in it, imports, and the arguments."""
    samples = "  # a first axis of samples; of a row or column its entries behind it" if batch else ""
    return "\n".join(
        [
            MARK,
            *line_breaking.docstring(title, remark),
            "",
            *imports,
            "",
            *line_breaking.called(
                "ARGUMENTS = (", [*map(_quoted, shapes), *([""] if len(shapes) == 1 else [])], ")", ""
            ),
            *line_breaking.called(
                "SHAPES = {", [f'"{name}": {_tuple(shape)}' for name, shape in shapes.items()], "}", ""
            ),
            f"BATCHED = {_tuple(batch)}{samples}",
            *names,
        ]
    )


def joined(*parts: str) -> str:
    """The parts of a module as one text."""
    return "\n\n\n".join(part for part in parts if part) + "\n"
