"""Several outputs and their derivatives as one function of whole arrays, at one point.

A matrix has as many rows or columns of a Jacobian as it has entries, row by row: the derivative of a number by a matrix
is a stretch of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

from ....derivation import SeveralOutputs
from ....derivation.garbage_collection import collector_paused
from ...line_comments import FormulasOfLines, rewritten
from ...program import SINGLE
from ..python_arrays import line_breaking
from ..python_arrays.expression_arguments import SWEEP_FUNCTION, ArrayArguments, headed, joined
from ..python_arrays.readable_style import Code, array_code
from .carried_helpers import helper_source, with_needed
from .compiled_functions import OutputsFunction
from .dialect_of_numpy import NUMPY
from .expression_source import imports_of
from .outputs_source import Filled
from .reserved_names import EVALUATED, LOCALS

Length = int | str
"""How many entries something has; where sizes are symbols, as it stands in the code."""


class MatrixOutputsSource(ArrayArguments):
    """`_sweep`, which computes, and `evaluate`, which checks its arguments and calls it: one array, or several.

    Args:
        derivation: of several outputs.
        arrays: what is returned; an index in it counts whole outputs and symbols.
        title: of a module.
        arguments: the symbols that have a value, in order; by default what the derivation has.

    Raises:
        UnsupportedError: a size is an expression, or an operation has no source.
    """

    dialect, model_names = NUMPY, LOCALS

    def __init__(
        self,
        derivation: SeveralOutputs,
        arrays: Sequence[Filled],
        title: str,
        arguments: Sequence[Any] | None = None,
    ) -> None:
        self.arrays, self.title = arrays, title
        self.local_names = (*EVALUATED, *(array.name for array in arrays))
        super().__init__(derivation, None, arguments)  # type: ignore[arg-type]  # what code is made of, it has like a Sweep
        self._used = list(dict.fromkeys(place for array in arrays for place in array.places.values()))

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, roots = self.program(), self.derivation.roots
        ends = [program.value(roots[place]) for place in self._used]
        code = array_code(
            self.dialect, program, ends, SINGLE, self.inputs, self.names(), sizes=self.lengths, told_by=FormulasOfLines
        )
        return [*code.silenced, *self._sweep(program.steps, ends, code)], code

    def _sweep(self, steps: Any, ends: Sequence[Any], code: Code, scaled: bool = False) -> list[str]:
        """def _sweep(...): the arrays."""
        values = dict(zip(self._used, (code.value(end) for end in ends), strict=True))
        return [
            *line_breaking.called(f"def {SWEEP_FUNCTION}(", [*self.heads, "dtype", *self.lengths.values()], "):", ""),
            *code.lines,
            *(line for array in self.arrays for line in self._filled(array, values)),
            f"    return {', '.join(array.name for array in self.arrays)}",
        ]

    def _evaluate(self) -> list[str]:
        """def evaluate(...): the arrays, of arguments that have been checked."""
        given = [f'"{name}": {head}' for name, head in zip(self.shapes, self.heads, strict=True)]
        return [
            *line_breaking.called("def evaluate(", self.heads, "):", ""),
            *line_breaking.called("given = {", given, "}"),
            "    arrays, sizes, dtype = _checked(given, SHAPES, BATCHED)",
            *line_breaking.called(
                f"return {SWEEP_FUNCTION}(", ["*arrays", "dtype", *(f'sizes["{key}"]' for key in self.size_keys)], ")"
            ),
        ]

    # --- arrays ---

    def _filled(self, array: Filled, values: Mapping[int, str]) -> Iterable[str]:
        """The lines that make an array: of zeros, but where a derivative stands."""
        axes = [list(map(self._length, symbols)) for symbols in self._axes(array)]
        if not axes:
            yield from line_breaking.assignment(array.name, f"np.full((), {values[array.places[()]]}, dtype)[()]")
            return
        shape = ", ".join(map(_total, axes)) + "," * (len(axes) == 1)
        yield f"    {array.name} = np.zeros(({shape}), dtype)"
        for index, root in array.places.items():
            stretches = [_stretch(lengths, place) for lengths, place in zip(axes, index, strict=True)]
            is_number = all(lengths[place] == 1 for lengths, place in zip(axes, index, strict=True))
            value = values[root] if is_number else f"np.ravel({values[root]})"
            yield from line_breaking.assignment(f"{array.name}[{', '.join(stretches)}]", value)

    def _axes(self, array: Filled) -> Sequence[Sequence[Any]]:
        """What is counted along each axis of an array: outputs, or what is differentiated by."""
        if array.axes is not None:
            return array.axes
        first = [self.derivation.outputs] if array.name in ("values", "jacobian") else []  # type: ignore[attr-defined]
        return [*first, *[self.derivation.wrt] * (len(array.shape) - len(first))]

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
        return OutputsFunction(self.text, self.shapes, self.size_keys, ())

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        sweep, code = self._written
        used = with_needed({*code.helpers, "_checked"})
        head = headed(self.title, rewritten(self.derivation), imports_of(used), self.shapes, (), self.user_names.head)
        return joined(head, helper_source(used), "\n".join(sweep), "\n".join(self._evaluate()), self.user_names.tail)


def _stretch(lengths: Sequence[Length], place: int) -> str:
    """Where an output or symbol stands among the entries of all."""
    first = _total(lengths[:place])
    return first if lengths[place] == 1 else f"{first}:{_total(lengths[: place + 1])}"


def _total(lengths: Sequence[Length]) -> str:
    number = sum(length for length in lengths if isinstance(length, int))
    names = [length for length in lengths if isinstance(length, str)]
    return " + ".join([str(number)] * (number > 0 or not names) + names)
