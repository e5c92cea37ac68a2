"""NumPy's functions of numbers with their twins on Python floats, compiled and as modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....derivation import SeveralOutputs, Sweep
from ....errors import UnsupportedError
from ..numpy.carried_helpers import helper_source, with_needed
from ..numpy.compiled_functions import executed
from ..numpy.expression_source import ArraySource, NumberSource
from ..numpy.keyed_outputs_source import KeyedOutputsSource
from ..numpy.matrix_outputs_source import MatrixOutputsSource
from ..numpy.outputs_source import Filled, OutputsSource
from ..numpy.sparse_outputs_source import SparseOutputsSource
from ..python_arrays.called_by_name import CompiledFunction
from ..python_arrays.expression_arguments import NumberArguments, joined, name_of, takes_arrays
from .float_programs import ON_FLOATS, FloatProgram, own_helpers
from .quick_calls import PlainNumberFunction

IMPORTS = ["import math", "from fractions import Fraction", "", "import numpy as np"]
"""Of a module that has both functions."""


class WithFloats(NumberArguments):
    """Beside a source of NumPy: what makes the same of floats."""

    text: str
    head: Any  # of a module, from its imports: NumPy's, as the text is

    def returned(self) -> tuple[Sequence[Filled], Any]:
        """The arrays, with places among `roots`, and what is returned of them."""
        raise NotImplementedError

    def on_floats(
        self, structure: Sequence[Any] | None = None, form: Any = None, results: Sequence[Any] | None = None
    ) -> FloatProgram:
        """The program of floats; by default with the arguments and the results of NumPy's function.

        Args:
            structure: of the arguments, and form: of the results, as for `FloatProgram`.
            results: other arrays, as (name, shape, places among the roots).
        """
        found, own = self.returned()
        made = found if results is None else [Filled(*array) for array in results]
        return FloatProgram(self, made, own if form is None else form, structure)

    def function(self) -> CompiledFunction:
        """The function, which checks its arguments."""
        names, text = list(map(name_of, self.arguments)), self.text
        return PlainNumberFunction(names, text, executed(text, "evaluate"), self.on_floats)

    def module(self) -> str:
        """A standalone module that needs NumPy alone, and chooses in the same way.

        Raises:
            UnsupportedError: an operation has no source.
        """
        written, code = self._written
        twin = self.on_floats()
        try:
            texts = twin.text.rstrip(), "\n".join([f"@_tried_first({ON_FLOATS})", *written])
        except UnsupportedError:  # NumPy has a row that `math` lacks
            return str(super().module())  # type: ignore[misc]
        called = {*code.helpers, *twin.helpers, "_broadcast", "_full", "_tried_first"}
        helpers = helper_source(with_needed(called)), own_helpers(called)
        return joined(self.head(IMPORTS), *helpers, *texts, self.user_names.tail)


class PlainNumberSource(WithFloats, NumberSource):
    """`evaluate` of one loss."""

    def returned(self) -> tuple[Sequence[Filled], Any]:
        names = [self.derivation.loss.name, *map(name_of, self.derivation.wrt)]
        results = [Filled(name, (), {(): place}) for place, name in enumerate(names)]
        return results, (0, {name: place for place, name in enumerate(names[1:], start=1)})


class PlainOutputsSource(WithFloats, OutputsSource):
    """`evaluate` of several outputs."""

    def returned(self) -> tuple[Sequence[Filled], Any]:
        place = {root: number for number, root in enumerate(self._used)}
        results = [
            Filled(array.name, array.shape, {index: place[root] for index, root in array.places.items()})
            for array in self.arrays
        ]
        return results, tuple(range(len(results))) if len(results) > 1 else 0


class PlainKeyedSource(PlainOutputsSource, KeyedOutputsSource):
    """Of several outputs, by name."""

    def returned(self) -> tuple[Sequence[Filled], Any]:
        return super().returned()[0], (0, {key: place for place, key in enumerate(self._keys, start=1)})


class PlainSparseSource(PlainOutputsSource, SparseOutputsSource):
    """Of a sparse matrix."""


def evaluation(derivation: Sweep, batch: Iterable[Any] | None = None) -> PlainNumberSource | ArraySource:
    """What makes a function or a module of a derivation's symbols, each an argument, whatever it came from.

    Args:
        derivation: of any loss.
        batch: as for `ArraySource`.
    """
    return ArraySource(derivation, batch) if takes_arrays(derivation, batch) else PlainNumberSource(derivation)


def outputs_evaluation(
    derivation: SeveralOutputs,
    arrays: Sequence[Any],
    title: str,
    arguments: Sequence[Any] | None = None,
    batch: Iterable[Any] | None = None,
    **options: bool,
) -> PlainOutputsSource | MatrixOutputsSource:
    """What makes a function or a module of several outputs: of numbers that broadcast, if all are numbers.

    Args:
        derivation: of them.
        arrays: what is returned: as (name, shape, places), and the axes behind it where they have to be told.
        title: of a module.
        arguments: the symbols that have a value, in order; by default what the derivation has.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples.
        options: those of `MatrixOutputsSource`, which are of code of arrays.
    """
    filled = [Filled(*array) for array in arrays]
    if takes_arrays(derivation, batch, arguments or ()):  # type: ignore[arg-type]
        return MatrixOutputsSource(derivation, filled, title, arguments, batch, **options)
    return PlainOutputsSource(derivation, filled, title, arguments)


def keyed_outputs_evaluation(
    derivation: SeveralOutputs, arrays: Sequence[Any], title: str, keys: Sequence[str]
) -> PlainKeyedSource:
    """What makes a function or a module of several outputs: `arrays` as (name, shape, places), all but one by name."""
    return PlainKeyedSource(derivation, [Filled(*array) for array in arrays], title, keys)


def sparse_outputs_evaluation(
    derivation: SeveralOutputs,
    arrays: Sequence[Any],
    title: str,
    places: Mapping[tuple[int, ...], int],
    shape: tuple[int, ...],
) -> PlainSparseSource:
    """What makes a function or a module of a sparse matrix, and of `arrays`, (name, shape, places), in front of it."""
    return PlainSparseSource(derivation, [Filled(*array) for array in arrays], title, places, shape)
