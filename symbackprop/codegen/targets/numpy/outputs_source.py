"""Several outputs and their derivatives as one function of numbers, which gives arrays of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ....derivation import SeveralOutputs
from ...line_comments import rewritten
from ..python_arrays import line_breaking
from ..python_arrays.called_by_name import CompiledFunction
from ..python_arrays.expression_arguments import NumberArguments, headed, joined, name_of
from ..python_arrays.readable_style import Code
from .carried_helpers import helper_source, imports_of, with_needed
from .compiled_functions import NumberFunction, executed
from .dialect_of_numpy import NUMPY
from .reserved_names import OF_NUMBERS


@dataclass(frozen=True)
class Filled:
    """An array of roots.

    name: of the array. shape: without the axes that arguments broadcast to. places: by index, which of the roots; what
    is not in it is 0. axes: the symbols that stand along each axis, where some may be matrices.
    """

    name: str
    shape: tuple[int, ...]
    places: Mapping[tuple[int, ...], int]
    axes: Sequence[Sequence[Any]] | None = None


class OutputsSource(NumberArguments):
    """One function, `evaluate`, of numbers or of arrays of them that broadcast: one array, or a tuple of several.

    Args:
        derivation: of several outputs, without matrices.
        arrays: what is returned.
        title: of a module.
        arguments: the symbols that have a value, in order; by default what the derivation has.
    """

    dialect = NUMPY

    def __init__(
        self,
        derivation: SeveralOutputs,
        arrays: Sequence[Filled],
        title: str,
        arguments: Sequence[Any] | None = None,
    ) -> None:
        self.arrays, self.title = arrays, title
        self.local_names = (*OF_NUMBERS, *(array.name for array in arrays))
        super().__init__(derivation, arguments)  # type: ignore[arg-type]  # what code is made of, it has like a Sweep
        self._used = list(dict.fromkeys(place for array in arrays for place in array.places.values()))
        self.roots = [self.roots[place] for place in self._used]

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        given = [f'"{symbol.name}": {head}' for symbol, head in zip(self.arguments, self._heads, strict=True)]
        return [
            *line_breaking.called("def evaluate(", self._heads, "):", ""),
            *line_breaking.called("given, shape, dtype = _broadcast({", given, "})"),
            *line_breaking.called("(", [*self._heads, *[""] * (len(self._heads) == 1)], ") = given"),
            *code.lines,
            *(line for array in self.arrays for line in _filled(array, dict(zip(self._used, values, strict=True)))),
            f"    return {', '.join(array.name for array in self.arrays)}",
        ]

    @cached_property
    def text(self) -> str:
        """The function alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> CompiledFunction:
        """The function, which checks its arguments."""
        return NumberFunction(list(map(name_of, self.arguments)), self.text, executed(self.text, "evaluate"))

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        written, code = self._written
        used = with_needed({*code.helpers, "_broadcast", "_full"})
        return joined(self.head(imports_of(used)), helper_source(used), "\n".join(written), self.user_names.tail)

    def head(self, imports: Sequence[str]) -> str:
        """What a module says first."""
        shapes = dict.fromkeys(map(name_of, self.arguments), ())
        told = headed(self.title, rewritten(self.derivation), imports, shapes, (), self.user_names.head)
        return "\n".join([told, *self._constants()])

    def _constants(self) -> list[str]:
        """What a module says beside its arguments."""
        return []


def _filled(array: Filled, values: Mapping[int, str]) -> list[str]:
    """The lines that make an array: of zeros, but where a derivative stands."""
    lengths = "".join(f", {length}" for length in array.shape)
    if array.shape == ():
        return [f"    {array.name} = _full({values[array.places[()]]}, shape, dtype)"]
    return [
        f"    {array.name} = np.zeros((*shape{lengths}), dtype)",
        *(
            f"    {array.name}[..., {', '.join(map(str, index))}] = {values[root]}"
            for index, root in array.places.items()
        ),
    ]
