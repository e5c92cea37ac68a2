"""Sets of notation, a row each: how the labels of a network's quantities are written, and whether vectors are rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..errors import unknown_name
from .symbol_labels import Label


def _unchanged(label: Label) -> Label:
    return label


def _bare(label: Label) -> Label:
    return replace(label, bare=True)


@dataclass(frozen=True)
class NotationSet:
    """label: from the label of a quantity to its own. loss: what a loss L is called. rows: whether columns are rows."""

    label: Callable[[Label], Label] = _unchanged
    loss: str = "L"
    rows: bool = False


def _layer_below(label: Label) -> Label:
    """The layer as the first of the subscripts: w_{1,21}; indices of several digits each by itself."""
    if not label.superscript:
        return label
    is_short = all(len(index) == 1 for index in label.subscripts)
    indices = ("".join(label.subscripts),) if is_short and label.subscripts else label.subscripts
    return Label(label.base, "", (label.superscript, *indices))


NOTATIONS: dict[str, NotationSet] = {
    "superscript": NotationSet(),
    "subscript": NotationSet(_layer_below),
    "nielsen": NotationSet(_bare, loss="C"),
    "rows": NotationSet(rows=True),
}
"""By name. Nielsen's is that of "Neural networks and deep learning" (2015), chapter 2: w^l_{jk}, a^l_j, a cost C."""


def notation_named(name: str) -> NotationSet:
    """The set of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in NOTATIONS:
        raise unknown_name("notation", name, NOTATIONS)
    return NOTATIONS[name]
