"""Several outputs and their derivatives by name as one function: (values, {name: derivatives of all outputs})."""

from __future__ import annotations

from collections.abc import Sequence

from ....derivation import SeveralOutputs
from ..python_arrays.readable_style import Code
from .outputs_source import Filled, OutputsSource


class KeyedOutputsSource(OutputsSource):
    """The same function, but all arrays behind the first one stand in a dict.

    Args:
        derivation: of several outputs, without matrices.
        arrays: what is returned.
        title: of a module.
        keys: a name for each array behind the first one.
    """

    def __init__(self, derivation: SeveralOutputs, arrays: Sequence[Filled], title: str, keys: Sequence[str]) -> None:
        super().__init__(derivation, arrays, title)
        self._keys = keys

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        first, *others = (array.name for array in self.arrays)
        return [
            *super()._evaluate(code, values)[:-1],
            f"    return {first}, {{",
            *(f'        "{key}": {name},' for key, name in zip(self._keys, others, strict=True)),
            "    }",
        ]
