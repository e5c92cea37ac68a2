"""What `compile` of one output takes and that of several does not, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..equation_list import batch_names
from ..errors import UnsupportedError


def check_target(target: Any) -> None:
    """Refuse any target but NumPy.

    Raises:
        UnsupportedError: it is another one.
    """
    if target != "numpy":
        raise UnsupportedError(
            f"code of several derivatives is for NumPy, not {str(target)[:20]}: leave target out, or compile each "
            'output, sb.derive(output, wrt).compile(target="jax")'
        )


def batch_in_entries(batch: Any, matrices: Mapping[Any, Any]) -> list[Any] | None:
    """The names of a batch; in the place of a matrix those of the symbols that its entries became.

    Raises:
        ParameterError: it is no list, or is empty.
    """
    if batch is None:
        return None
    entries = {matrix.name: [entry.name for entry in whole] for matrix, whole in matrices.items()}
    return [one for name in batch_names(batch) for one in entries.get(name, [name])]


def refuse_batch(batch: Iterable[Any] | None) -> None:
    """Refuse the batch of a sparse or compressed matrix.

    Raises:
        UnsupportedError: there is one.
    """
    if batch is not None:
        raise UnsupportedError(
            "a sparse or compressed matrix has no batch: leave it out, as arguments that are numbers broadcast; or "
            "leave sparse and compressed out"
        )
