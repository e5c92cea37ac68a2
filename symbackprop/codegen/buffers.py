"""Which step writes into which array: lifetimes, and the plan that reuses what nobody reads any more.

A linear scan over the steps in their order (Poletto and Sarkar, "Linear scan register allocation", ACM TOPLAS 21,
1999): a step takes over the array of an operand that it is the last to read, if both have the same dimensions and the
step works entry by entry; else an array that is free; else a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .arrays import BATCH, EYE, INPUT, NUMBER, ONES, UFUNC, VIEW, WHERE, Arrays, Dims, Step

CONSTANT = (EYE, ONES)
"""What is made once, with the workspace, and read only."""


@dataclass(frozen=True)
class Buffer:
    """One array of the workspace."""

    name: str
    dims: Dims
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
            per_sample = BATCH in buffer.dims
            entries = _product(size for size in buffer.dims if size != BATCH)
            counts[2 * buffer.boolean + (not per_sample)] += entries
        return counts[0], counts[1], counts[2], counts[3]


def _product(sizes: Iterable[Any]) -> int:
    result = 1
    for size in sizes:
        result *= int(size)
    return result


def needed(arrays: Arrays, roots: Iterable[Step]) -> list[Step]:
    """The steps that `roots` are computed from, themselves included, in order."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for operand in arrays.operands(stack.pop()):
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return sorted(seen)


def stored(arrays: Arrays, step: Step) -> bool:
    """Whether a step leaves an array of its own: not what is given, a number, or another view of an array."""
    return bool(arrays.dims[step]) and arrays.kind(step) not in (INPUT, NUMBER, VIEW)


def last_uses(arrays: Arrays, steps: Sequence[Step]) -> dict[Step, Step]:
    """The last step that reads each array, by way of views as well."""
    last: dict[Step, Step] = {}
    for step in steps:
        if arrays.kind(step) != VIEW:
            for operand in arrays.operands(step):
                last[arrays.base(operand)] = step
    return last


def planned(arrays: Arrays, steps: Sequence[Step], fixed: Mapping[Step, Buffer], kept: Collection[Step]) -> Plan:
    """The plan for steps in their order.

    Args:
        steps: what is to be done.
        fixed: steps whose results have a place of their own, gradients.
        kept: steps whose results are read after the last step.
    """
    lasting = {*fixed, *kept, *map(arrays.base, kept), *(step for step in steps if arrays.kind(step) in CONSTANT)}
    last = {base: step for base, step in last_uses(arrays, steps).items() if base not in lasting}
    free: defaultdict[tuple[Dims, bool], list[Buffer]] = defaultdict(list)
    places: dict[Step, Buffer] = {}
    buffers: list[Buffer] = []
    for step in steps:
        if not stored(arrays, step):
            continue
        dying = _dying(arrays, step, last, places)
        place = fixed.get(step) or _taken_over(arrays, step, dying, places) or _free_place(arrays, step, free)
        if place is None:
            place = Buffer(_name(arrays, step, len(buffers) + 1), arrays.dims[step], step in arrays.booleans)
            buffers.append(place)
        places[step] = place
        for operand in dying:
            if places[operand] != place:
                free[places[operand].dims, places[operand].boolean].append(places[operand])
    return Plan(places, buffers)


def _name(arrays: Arrays, step: Step, number: int) -> str:
    """ones_n_10 for a constant, buffer7 for what is computed."""
    if arrays.kind(step) not in CONSTANT:
        return f"buffer{number}"
    return "_".join([arrays.kind(step), *map(str, arrays.dims[step])])


def _dying(arrays: Arrays, step: Step, last: Mapping[Step, Step], places: Mapping[Step, Buffer]) -> list[Step]:
    """The arrays that this step is the last to read."""
    bases = dict.fromkeys(arrays.base(operand) for operand in arrays.operands(step))
    return [base for base in bases if base in places and last.get(base) == step]


def _taken_over(arrays: Arrays, step: Step, dying: Sequence[Step], places: Mapping[Step, Buffer]) -> Buffer | None:
    """The array of an operand that a step may write over while it reads it."""
    operands = arrays.operands(step)
    if arrays.kind(step) == WHERE:
        operands = operands[2:]  # what is chosen where the condition fails stands there already
    elif arrays.kind(step) != UFUNC:
        return None
    for operand in operands:
        if operand in dying and _fits(arrays, step, places[operand]) and operands.count(operand) <= 2:
            return places[operand]
    return None


def _free_place(arrays: Arrays, step: Step, free: Mapping[Any, list[Buffer]]) -> Buffer | None:
    if arrays.kind(step) in CONSTANT:
        return None
    waiting = free[arrays.dims[step], step in arrays.booleans]
    return waiting.pop() if waiting else None


def _fits(arrays: Arrays, step: Step, place: Buffer) -> bool:
    return place.dims == arrays.dims[step] and place.boolean == (step in arrays.booleans)
