"""The steps of a program in the two parts in which they are done, and how arrays lie one behind the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ...batching import Input
from ...forward_split import behind, forward_pass, remembered
from ...lifetimes import needed
from ...line_comments import Remarks
from ...program import Label, in_parts
from ...steps import DATA, INPUT, Step, Steps
from .step_expressions import Expressions


class Parts:
    """The steps of a program in the two parts in which they are done: before any target is known, and after.

    Args:
        expressions: of the steps as they are written.
        labels, remarks: what they are called, and what is said of them.
        total: the sum of the loss over the samples.
        gradients: by parameter or by array, in the order of writing.
        outputs: what is predicted.
        loss: its symbol.
        is_plain: whether every operation stands as the formula has it, and inputs, each an array by its name, are
            remembered with the rest.

    Attributes:
        ahead: the steps of the forward pass; early: with what they are given; rest: all others.
        remembered: the steps of the forward pass that others read; known: what they are called, once that is written.
    """

    def __init__(
        self,
        expressions: Expressions,
        labels: Mapping[Step, Label],
        remarks: Remarks,
        *,
        total: Step,
        gradients: Sequence[Step],
        outputs: Sequence[Step],
        loss: Any,
        is_plain: bool = False,
    ) -> None:
        self.expressions, self.remarks = expressions, remarks
        self.steps: Steps = expressions.steps
        self.total, self.gradients, self.outputs, self.is_plain = total, gradients, outputs, is_plain
        self.known: dict[Step, str] = {}
        order = needed(self.steps, [total, *gradients])
        quantities = [step for step in order if _is_ahead(labels.get(step), loss)]
        self.ahead = forward_pass(self.steps, order, quantities, with_numbers=is_plain)
        self.early = needed(self.steps, self.ahead)
        loss_first = behind(self.steps, [total], self.ahead)
        others = behind(self.steps, gradients, [*self.ahead, *loss_first])
        self.rest = [*loss_first, *others]
        self.labels = labels if is_plain else self._headed(labels)
        self.remembered = self._remembered()
        self.kept_data = self._kept_data() if is_plain else []

    def _headed(self, labels: Mapping[Step, Label]) -> dict[Step, Label]:
        """Labels with the parts that their steps stand in; those of the forward pass know nothing of the loss."""
        ahead, own = set(self.ahead), in_parts(self.steps, self.ahead, None, labels)
        found = in_parts(self.steps, self.rest, self.total, labels)
        return found | {step: label for step, label in own.items() if step in ahead}

    def _remembered(self) -> list[Step]:
        others = [*self.rest, *behind(self.steps, self.outputs, self.ahead)]
        found = remembered(self.steps, self.ahead, others, [self.total, *self.gradients, *self.outputs])
        last = {self.steps.base(step) for step in self.outputs}
        return sorted(found, key=lambda step: (step in last, step))

    def _kept_data(self) -> list[Step]:
        read = set(self.rest)
        return [step for step in self.early if step in read and self._is_data(step)]

    def _is_data(self, step: Step) -> bool:
        return self.steps.kind(step) == INPUT and self.steps.what(step)[0] == DATA


def _is_ahead(label: Label | None, loss: Any) -> bool:
    """Whether a step is a named quantity of the forward pass, and not the loss."""
    line = None if label is None else label.line
    return line is not None and line.kind == "quantity" and line.symbol != loss


def _read(steps: Steps) -> set[Step]:
    return {operand for key in steps.keys for operand in key[2:]}


def given_to(steps: Steps, order: Iterable[Step]) -> list[Input]:
    """What some steps are given."""
    return [steps.what(step) for step in order if steps.kind(step) == INPUT]


def views_of_flat(shapes: Mapping[str, tuple[int, ...]], turned: Collection[str] = ()) -> list[tuple[str, str]]:
    """(name, source) of each array in one flat array, one behind the other; those in `turned` lie column by column."""
    found, start = [], 0
    for name, shape in shapes.items():
        end = start + size_of(shape)
        text = f"flat[{start}:{end}]"
        if name in turned:
            text += f".reshape({', '.join(map(str, shape[::-1]))}).T"
        elif len(shape) != 1:
            text += f".reshape({', '.join(map(str, shape)) or '()'})"
        found.append((name, text))
        start = end
    return found


def size_of(shape: Iterable[int]) -> int:
    """The number of entries."""
    result = 1
    for size in shape:
        result *= size
    return result
