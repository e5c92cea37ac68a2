"""Which steps are needed, and how long what they leave is read: the same for every language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .steps import INPUT, NUMBER, RESHAPE, VIEW, Step, Steps


def needed(steps: Steps, roots: Iterable[Step]) -> list[Step]:
    """The steps that `roots` are computed from, themselves included, in order."""
    seen = set(roots)
    stack = list(seen)
    keys = steps.keys
    while stack:
        for operand in keys[stack.pop()][2:]:
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return sorted(seen)


def stored(steps: Steps, step: Step) -> bool:
    """Whether a step leaves an array of its own: not what is given, a number, or another view of an array."""
    return bool(steps.axes[step]) and steps.kind(step) not in (INPUT, NUMBER, VIEW, RESHAPE)


def last_uses(steps: Steps, order: Sequence[Step]) -> dict[Step, Step]:
    """The last step that reads each array, by way of views as well."""
    last: dict[Step, Step] = {}
    for step in order:
        kind, _, *operands = steps.keys[step]
        if kind not in (VIEW, RESHAPE):
            for operand in operands:
                last[steps.base(operand)] = step
    return last
