"""A sparse matrix of derivatives as one function, which gives its entries, and a module that says where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....derivation import SeveralOutputs
from ..python_arrays import line_breaking
from .outputs_source import Filled, OutputsSource


class SparseOutputsSource(OutputsSource):
    """The same function; a module has ROWS, COLUMNS and SHAPE beside it.

    Args:
        derivation: of several outputs, without matrices.
        arrays: what is returned in front of the entries.
        title: of a module.
        places: by row and column: which of the roots an entry is.
        shape: rows and columns of the matrix.
    """

    def __init__(
        self,
        derivation: SeveralOutputs,
        arrays: Sequence[Filled],
        title: str,
        places: Mapping[tuple[int, ...], int],
        shape: tuple[int, ...],
    ) -> None:
        self._places, self._shape = places, shape
        entries: dict[tuple[int, ...], int] = {(number,): root for number, root in enumerate(places.values())}
        super().__init__(derivation, [*arrays, Filled("entries", (len(places),), entries)], title)

    def _constants(self) -> list[str]:
        rows, columns = zip(*self._places, strict=True) if self._places else ((), ())
        numbers = {"ROWS": rows, "COLUMNS": columns, "SHAPE": self._shape}
        return [
            line
            for name, listed in numbers.items()
            for line in line_breaking.called(
                f"{name} = (", [*map(str, listed), *([""] if len(listed) == 1 else [])], ")", ""
            )
        ]
