"""Several outputs, matrices among them or over a batch, as one function: the value of each, for each sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ....derivation import SeveralOutputs
from ....derivation.garbage_collection import collector_paused
from ....errors import UnsupportedError
from ...line_comments import Remarks
from ...program import SINGLE
from ...steps import Step, Steps
from ..python_arrays import line_breaking
from ..python_arrays.called_by_name import CompiledFunction, floating
from ..python_arrays.expression_arguments import SWEEP_FUNCTION, ArrayArguments, name_of
from ..python_arrays.readable_style import Code, array_code
from ..python_arrays.step_expressions import LENGTH
from .argument_checks import _checked
from .compiled_functions import executed, refused_shapes
from .dialect_of_numpy import NUMPY
from .outputs_source import Filled
from .reserved_names import EVALUATED, LOCALS


class ArrayOutputsSource(ArrayArguments):
    """One function of arrays, which computes the roots of a derivation; nothing is summed over the samples.

    Args:
        derivation: of several outputs.
        arrays: what is returned.
        arguments: the symbols that have a value, in order; by default what the derivation has.
        batch: the symbols that have a value for each sample, or their names; None if there are no samples.
    """

    dialect, local_names, model_names = NUMPY, EVALUATED, LOCALS
    sums = False

    def __init__(
        self,
        derivation: SeveralOutputs,
        arrays: Sequence[Filled],
        arguments: Sequence[Any] | None = None,
        batch: Iterable[Any] | None = None,
    ) -> None:
        super().__init__(derivation, batch, arguments)  # type: ignore[arg-type]  # what it asks for, both have
        self.arrays = arrays
        self._used = list(dict.fromkeys(root for array in arrays for root in array.places.values()))

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program = self.program()
        roots = [program.value(self.derivation.roots[place]) for place in self._used]
        code = array_code(
            self.dialect,
            program,
            roots,
            SINGLE,
            self.inputs,
            self.names(),
            sizes=self.lengths,
            remarks=Remarks(),
        )
        return [*code.silenced, *self._sweep(program.steps, roots, code, False)], code

    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool) -> list[str]:
        """def _sweep(...): the value of each root, in arrays without axes of one entry."""
        samples = [] if self.batch is None else [LENGTH]
        sizes = [*self.heads, "dtype", *self.lengths.values(), *samples]
        return [
            *line_breaking.called(f"def {SWEEP_FUNCTION}(", sizes, "):", ""),
            *code.lines,
            *line_breaking.called("return [", [code.texts[end].source for end in ends], "]"),
        ]

    @property
    def text(self) -> str:
        """The function alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> CompiledFunction:
        """The function, which checks its arguments."""
        return ArrayOutputsFunction(self)

    def module(self) -> str:
        """Refused: arrays are made of the entries by the function itself.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError(
            "a module of several results is of numbers so far, and there are matrices or samples: write that of "
            "sb.derive or sb.jacobian"
        )


class ArrayOutputsFunction(CompiledFunction):
    """f(*arrays) or f(name=array, ...): an array, or several; each with the samples in front if there is a batch."""

    def __init__(self, source: ArrayOutputsSource) -> None:
        text = source.text
        super().__init__(list(map(name_of, source.arguments)), text, executed(text, SWEEP_FUNCTION))
        self._shapes, self._size_keys = source.shapes, source.size_keys
        self._batched = frozenset(map(name_of, source.batch or ()))
        graph, roots = source.derivation.graph, source.derivation.roots
        self._arrays = [
            (array.shape, graph.shape(roots[next(iter(array.places.values()))]) if array.places else (), array.places)
            for array in source.arrays
        ]
        self._order = {root: place for place, root in enumerate(source._used)}

    def _remade(self) -> Callable[..., Any]:
        function: Callable[..., Any] = executed(self.source, SWEEP_FUNCTION)
        return function

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The arrays.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
            numpy.linalg.LinAlgError: a matrix that is inverted is singular.
        """
        given = dict(zip(self.arguments, map(floating, self.arguments, self._ordered(values, named)), strict=True))
        with refused_shapes():
            arrays, sizes, dtype = _checked(given, self._shapes, self._batched)
        found = self._function(*arrays, dtype, *(sizes[key] for key in self._size_keys))
        front = (sizes[None],) if self._batched else ()
        made = tuple(self._filled(array, found, front, sizes, dtype) for array in self._arrays)
        return made if len(made) > 1 else made[0]

    def _filled(self, array: Any, found: Sequence[Any], front: Any, sizes: Any, dtype: Any) -> Any:
        shape, own, places = array
        own = tuple(int(size) if getattr(size, "is_Integer", True) else sizes[size.name] for size in own)
        made = np.zeros((*front, *shape, *own), dtype)
        kept = tuple(size for size in own if size != 1)
        for index, root in places.items():
            value = np.asarray(found[self._order[root]])
            one = np.broadcast_to(value, (*front, *kept)) if value.ndim < len(front) + len(kept) else value
            made[(slice(None),) * len(front) + index] = one.reshape((*front, *own))
        return made if made.ndim else float(made)
