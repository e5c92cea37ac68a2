"""Views as data: which axis of an array, or which part of one, each axis of a view shows.

A view is (parts, dropped). A part is the number of an axis of the operand, which it shows whole; (axis, (start, stop,
step)) for a range of it; or NEW, an axis of one entry. `dropped` holds (axis, index) for each axis of which one place
is shown. The ends of a range may be SymPy expressions, where sizes are symbols.
"""

from __future__ import annotations

from typing import Any

NEW = -1
"""An axis of one entry that the operand lacks."""

Part = Any
View = tuple[tuple[Part, ...], tuple[tuple[int, Any], ...]]

TURNED: View = ((1, 0), ())
"""Rows and columns exchanged."""


def whole(rank: int) -> View:
    """Everything as it is."""
    return tuple(range(rank)), ()


def is_whole(view: View, rank: int) -> bool:
    """Whether a view shows all of an array of so many axes as it is."""
    return view == whole(rank)


def turned(rank: int, first: int = 0) -> View:
    """The axes behind the first few in the opposite order."""
    return (*range(first), *range(rank - 1, first - 1, -1)), ()


def is_turned(view: View) -> bool:
    """Whether a view exchanges two axes, and does nothing else."""
    parts, dropped = view
    moved = [place for place, part in enumerate(parts) if part != place]
    return not dropped and len(moved) == 2 and (parts[moved[0]], parts[moved[1]]) == (moved[1], moved[0])


def widened(places: tuple[bool, ...]) -> View:
    """The axes in their order, with a new one wherever a place is False."""
    axes = iter(range(len(places)))
    return tuple(next(axes) if own else NEW for own in places), ()


def widens(view: View) -> bool:
    """Whether a view adds axes, and does nothing else."""
    parts, dropped = view
    own = [part for part in parts if part != NEW]
    return not dropped and own == list(range(len(own)))


def picked(rank: int, axis: int, index: Any = 0) -> View:
    """One place of one axis."""
    return tuple(place for place in range(rank) if place != axis), ((axis, index),)


def axes_of(view: View, axes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The axes of a view of an array with these axes; ranges have to be in numbers."""
    return tuple(_length(part, axes) for part in view[0])


def _length(part: Part, axes: tuple[Any, ...]) -> Any:
    if part == NEW:
        return 1
    if isinstance(part, int):
        return axes[part]
    _, (start, stop, step) = part
    return len(range(start, stop, step))


def compose(outer: View, inner: View) -> View | None:
    """The view of a view, as one view of the array below; None where a range of a range would have to be worked out."""
    parts, dropped = inner
    found = []
    for part in outer[0]:
        axis = part if isinstance(part, int) else part[0]
        below = NEW if part == NEW else parts[axis]
        if not isinstance(part, int):
            if not isinstance(below, int) or below == NEW:
                return None
            below = (below, part[1])
        found.append(below)
    lost = [(parts[axis], index) for axis, index in outer[1] if parts[axis] != NEW]
    if any(not isinstance(axis, int) for axis, _ in lost):
        return None
    return tuple(found), tuple(sorted((*dropped, *lost)))


def inverse(view: View) -> View | None:
    """The view that undoes one; None where one shows only a part."""
    parts, dropped = view
    if dropped or any(not isinstance(part, int) for part in parts):
        return None
    own = sorted((part, place) for place, part in enumerate(parts) if part != NEW)
    gone = tuple((place, 0) for place, part in enumerate(parts) if part == NEW)
    return tuple(place for _, place in own), gone
