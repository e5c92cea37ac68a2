"""Several outputs and their derivatives as one function of whole arrays, at one point or at those of a batch.

A matrix has as many rows or columns of a Jacobian as it has entries, row by row: the derivative of a number by a matrix
is a stretch of its row. Of a batch all results have the samples in front; nothing is summed over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from ....derivation import SeveralOutputs
from ....derivation.garbage_collection import collector_paused
from ...line_comments import FormulasOfLines, Remarks, rewritten
from ...program import SINGLE
from ...steps import BATCH, FILL, INPUT, VIEW, Step, Steps
from ..python_arrays import line_breaking
from ..python_arrays.expression_arguments import SWEEP_FUNCTION, ArrayArguments, headed, joined, name_of
from ..python_arrays.readable_style import Code, array_code
from ..python_arrays.step_expressions import LENGTH
from .carried_helpers import helper_source, imports_of, with_needed
from .compiled_functions import OutputsFunction
from .dialect_of_numpy import NUMPY
from .outputs_source import Filled
from .reserved_names import EVALUATED, LOCALS

Length = int | str
"""How many entries something has; where sizes are symbols, as it stands in the code."""


class Value(NamedTuple):
    """The axes of a value, its text, and whether it shares no memory with an argument or another result."""

    axes: Any
    text: str
    is_own: bool


class MatrixOutputsSource(ArrayArguments):
    """`_sweep`, which computes, and `evaluate`, which checks its arguments and calls it: one array, or several.

    Args:
        derivation: of several outputs.
        arrays: what is returned; an index in it counts whole outputs and symbols. Without axes told, each stands for
            one entry, and what is a matrix itself has its rows and columns behind the shape of the array.
        title: of a module.
        arguments: the symbols that have a value, in order; by default what the derivation has.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples.
        told: whether the code says what its lines stand for.
        copied: whether each array is one of its own, with all entries; otherwise it may be an argument, or a number.

    Raises:
        ParameterError: the batch is empty.
        UnknownNameError: the batch names none of the arguments.
        UnsupportedError: a size is an expression, or an operation has no source.
    """

    dialect, model_names = NUMPY, LOCALS
    sums = False

    def __init__(
        self,
        derivation: SeveralOutputs,
        arrays: Sequence[Filled],
        title: str,
        arguments: Sequence[Any] | None = None,
        batch: Iterable[Any] | None = None,
        *,
        told: bool = True,
        copied: bool = True,
    ) -> None:
        self.arrays, self.title, self._told, self._copied = arrays, title, told, copied
        self.local_names = (*EVALUATED, *(array.name for array in arrays))
        super().__init__(derivation, batch, arguments)  # type: ignore[arg-type]  # what code is made of, it has like a Sweep
        self._used = list(dict.fromkeys(place for array in arrays for place in array.places.values()))
        self._front = [] if self.batch is None else [LENGTH]

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, roots = self.program(), self.derivation.roots
        ends = [program.value(roots[place]) for place in self._used]
        remarks = {"told_by": FormulasOfLines} if self._told else {"remarks": Remarks()}
        code = array_code(self.dialect, program, ends, SINGLE, self.inputs, self.names(), sizes=self.lengths, **remarks)
        return [*code.silenced, *self._sweep(program.steps, ends, code)], code

    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool = False) -> list[str]:
        """def _sweep(...): the arrays."""
        found = (Value(steps.axes[end], code.value(end), _is_own(steps, end, ends)) for end in ends)
        values = dict(zip(self._used, found, strict=True))
        sizes = [*self.heads, "dtype", *self.lengths.values(), *self._front]
        return [
            *line_breaking.called(f"def {SWEEP_FUNCTION}(", sizes, "):", ""),
            *code.lines,
            *(line for array in self.arrays for line in self._filled(array, values)),
            f"    return {', '.join(array.name for array in self.arrays)}",
        ]

    def _evaluate(self) -> list[str]:
        """def evaluate(...): the arrays, of arguments that have been checked."""
        return [*line_breaking.called("def evaluate(", self.heads, "):", ""), *self._checked_and("return")]

    # --- arrays ---

    def _filled(self, array: Filled, values: Mapping[int, Value]) -> Iterable[str]:
        """The lines that make an array: of zeros, but where a derivative stands."""
        if not array.shape:
            yield from line_breaking.assignment(array.name, self._whole(array, values))
            return
        axes = [list(map(self._length, symbols)) for symbols in self._axes(array)]
        own = self._own_sizes(array) if array.axes is None else []
        where = list(map(_stretches, axes))
        sizes = [*self._front, *(size for _, size in where), *own]
        yield f"    {array.name} = np.zeros({_tuple(sizes)}, dtype)"
        for index, root in array.places.items():
            stretches = [places[place] for (places, _), place in zip(where, index, strict=True)]
            is_number = all(lengths[place] == 1 for lengths, place in zip(axes, index, strict=True))
            value = self._placed(root, values, own) if is_number else self._flat(values[root])
            picked = ", ".join([*":" * len(self._front), *stretches])
            yield from line_breaking.assignment(f"{array.name}[{picked}]", value)

    def _whole(self, array: Filled, values: Mapping[int, Value]) -> str:
        """One value by itself: a float, or an array of its own."""
        root, own = array.places.get(()), self._own_sizes(array)
        value = "0.0" if root is None else self._placed(root, values, own)
        sizes = [*self._front, *own]
        if not self._copied:
            return value
        if root is not None and values[root].is_own and len(values[root].axes) == len(sizes) > 0:
            return f"np.asarray({value}, dtype)"
        return f"np.array(np.broadcast_to({value}, {_tuple(sizes)}), dtype)" if sizes else f"float({value})"

    def _placed(self, root: int, values: Mapping[int, Value], own: Sequence[str]) -> str:
        """A value as it broadcasts to its rows and columns: its array has no axes of one entry."""
        axes, text, _ = values[root]
        samples = [":"] * (axes[:1] == (BATCH,))
        if not axes or len(axes) == len(samples) + len(own):
            return text
        marks = [*samples, *("None" if size == "1" else ":" for size in own)]
        return f"{text if text.isidentifier() else f'({text})'}[{', '.join(marks)}]"

    def _flat(self, value: Value) -> str:
        """The entries of a matrix in one row, row by row."""
        is_sampled = value.axes[:1] == (BATCH,)
        return f"np.reshape({value.text}, ({LENGTH}, -1))" if is_sampled else f"np.ravel({value.text})"

    def _own_sizes(self, array: Filled) -> list[str]:
        """The rows and columns of what stands in an array, if these are matrices."""
        root = next(iter(array.places.values()), None)
        shape = () if root is None else self.derivation.graph.shape(self.derivation.roots[root])
        return [str(int(size)) if getattr(size, "is_Integer", True) else self.lengths[size] for size in shape]

    def _axes(self, array: Filled) -> Sequence[Sequence[Any]]:
        """What is counted along each axis of an array: outputs, or what is differentiated by."""
        return [[None] * length for length in array.shape] if array.axes is None else array.axes

    def _length(self, symbol: Any) -> Length:
        """How many entries an output or symbol has."""
        sizes = getattr(symbol, "shape", ())
        numbers = [int(size) for size in sizes if size.is_Integer]
        names = [self.lengths[size] for size in sizes if not size.is_Integer]
        return " * ".join([str(prod(numbers))] * (prod(numbers) != 1) + names) if names else prod(numbers)

    # --- text ---

    @property
    def text(self) -> str:
        """The sweep alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> OutputsFunction:
        """The function, which checks its arguments."""
        return OutputsFunction(self.text, self.shapes, self.size_keys, list(map(name_of, self.batch or ())))

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        sweep, code = self._written
        used = with_needed({*code.helpers, "_checked"})
        batch = list(map(name_of, self.batch or ()))
        remark, imports = rewritten(self.derivation), imports_of(used)
        head = headed(self.title, remark, imports, self.shapes, batch, self.user_names.head)
        return joined(head, helper_source(used), "\n".join(sweep), "\n".join(self._evaluate()), self.user_names.tail)


def _is_own(steps: Steps, end: Step, ends: Sequence[Step]) -> bool:
    return steps.kind(end) not in (INPUT, VIEW, FILL) and ends.count(end) == 1


def _tuple(sizes: Sequence[str]) -> str:
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _stretches(lengths: Sequence[Length]) -> tuple[list[str], str]:
    """Where each output or symbol stands among the entries of all, and how many these are."""
    found, number, names = list[str](), 0, list[str]()
    for length in lengths:
        first = _total(number, names)
        if isinstance(length, int):
            number += length
        else:
            names = [*names, length]
        found.append(first if length == 1 else f"{first}:{_total(number, names)}")
    return found, _total(number, names)


def _total(number: int, names: Sequence[str]) -> str:
    return " + ".join([str(number)] * (number > 0 or not names) + [*names])
