"""Which step writes into which array: the plan that reuses what nobody reads any more.

A linear scan over the steps in their order (Poletto and Sarkar, "Linear scan register allocation", ACM TOPLAS 21,
1999): a step takes over the array of an operand that it is the last to read, if both have the same dimensions and the
step works entry by entry; else an array that is free; else a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .... import ops
from ...lifetimes import last_uses, stored
from ...steps import BATCH, EYE, MAP, Axes, Step, Steps
from ..python_arrays.step_expressions import LENGTH, ONES
from .elementwise_source import UFUNCS

CONSTANT = (EYE, ONES)
"""What is made once, with the workspace, and read only."""


@dataclass(frozen=True)
class Buffer:
    """One array of the workspace."""

    name: str
    axes: Axes
    boolean: bool = False


@dataclass(frozen=True)
class Plan:
    """Where each step that is an array leaves its result."""

    places: dict[Step, Buffer]
    buffers: list[Buffer]

    def rows(self) -> tuple[int, int, int, int]:
        """(entries for each sample, entries beside, flags for each sample, flags beside) of the workspace."""
        counts = [0, 0, 0, 0]
        for buffer in self.buffers:
            per_sample = BATCH in buffer.axes
            entries = _product(size for size in buffer.axes if size != BATCH)
            counts[2 * buffer.boolean + (not per_sample)] += entries
        return counts[0], counts[1], counts[2], counts[3]


def is_ufunc(steps: Steps, step: Step) -> bool:
    """Whether a step is one of NumPy's functions of single entries, which write where they are told to."""
    return steps.kind(step) == MAP and steps.what(step) in UFUNCS


def _product(sizes: Iterable[Any]) -> int:
    result = 1
    for size in sizes:
        result *= int(size)
    return result


def planned(
    steps: Steps, order: Sequence[Step], fixed: Mapping[Step, Buffer], kept: Collection[Step], ahead: Collection[Step]
) -> Plan:
    """The plan for steps in their order.

    Args:
        steps: of a program.
        order: what is to be done.
        fixed: steps whose results have a place of their own, gradients.
        kept: steps whose results are read after the last step.
        ahead: steps whose results are read when the forward pass is done, if not later.
    """
    lasting = {*fixed, *kept, *map(steps.base, kept), *(step for step in order if steps.kind(step) in CONSTANT)}
    last = {base: step for base, step in last_uses(steps, order).items() if base not in lasting}
    for base in map(steps.base, ahead):
        last.pop(base, None)
    free: defaultdict[tuple[Axes, bool], list[Buffer]] = defaultdict(list)
    places: dict[Step, Buffer] = {}
    buffers: list[Buffer] = []
    for step in order:
        if not stored(steps, step):
            continue
        dying = _dying(steps, step, last, places)
        place = fixed.get(step) or _taken_over(steps, step, dying, places) or _free_place(steps, step, free)
        if place is None:
            place = Buffer(_name(steps, step, len(buffers) + 1), steps.axes[step], steps.types[step] is bool)
            buffers.append(place)
        places[step] = place
        for operand in dying:
            if places[operand] != place:
                free[places[operand].axes, places[operand].boolean].append(places[operand])
    return Plan(places, buffers)


def _name(steps: Steps, step: Step, number: int) -> str:
    """ones_n_10 for a constant, buffer7 for what is computed."""
    if steps.kind(step) not in CONSTANT:
        return f"buffer{number}"
    sizes = (LENGTH if size == BATCH else str(size) for size in steps.axes[step])
    return "_".join([steps.kind(step), *sizes])


def _dying(steps: Steps, step: Step, last: Mapping[Step, Step], places: Mapping[Step, Buffer]) -> list[Step]:
    """The arrays that this step is the last to read."""
    bases = dict.fromkeys(steps.base(operand) for operand in steps.operands(step))
    return [base for base in bases if base in places and last.get(base) == step]


def _taken_over(steps: Steps, step: Step, dying: Sequence[Step], places: Mapping[Step, Buffer]) -> Buffer | None:
    """The array of an operand that a step may write over while it reads it."""
    operands = steps.operands(step)
    if steps.maps(step, ops.SELECT):
        operands = operands[2:]  # what is chosen where the condition fails stands there already
    elif not is_ufunc(steps, step):
        return None
    for operand in operands:
        if operand in dying and _fits(steps, step, places[operand]) and operands.count(operand) <= 2:
            return places[operand]
    return None


def _free_place(steps: Steps, step: Step, free: Mapping[Any, list[Buffer]]) -> Buffer | None:
    if steps.kind(step) in CONSTANT:
        return None
    waiting = free[steps.axes[step], steps.types[step] is bool]
    return waiting.pop() if waiting else None


def _fits(steps: Steps, step: Step, place: Buffer) -> bool:
    return place.axes == steps.axes[step] and place.boolean == (steps.types[step] is bool)
