"""The functions of a model with matrices that train in place: a workspace, and a sweep that writes into it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ....named_quantities import free_name
from ...forward_split import behind
from ...lifetimes import stored
from ...line_comments import Formulas
from ...passes.expanding import expanded
from ...program import TRAINED, Label
from ...steps import Step
from ..python_arrays import line_breaking
from ..python_arrays.matrix_source import layout_index
from ..python_arrays.model_source import DTYPE, FORWARD_HEAD, LENGTH, Function
from ..python_arrays.program_parts import Parts, given_to, size_of, views_of_flat
from ..python_arrays.readable_style import moved_labels
from ..python_arrays.step_expressions import Expressions
from . import module_frame
from .buffer_plan import Buffer, Plan, planned
from .in_place_style import InPlace
from .in_place_tuning import Tuning, turned_gradient
from .model_functions import NumpyMatrix


@dataclass(frozen=True)
class _TurnedLabel(Label):
    """The label of what lies class by class, not sample by sample."""


class _Turned(Formulas):
    """Formulas that say so where the samples lie side by side, not one below the other."""

    def comment(self, label: Label) -> str:
        told = super().comment(label)
        return f"{told}, transposed" if told and isinstance(label, _TurnedLabel) else told


class WorkspaceSource(NumpyMatrix):
    """The functions of a model with matrices, of which the sweep writes into arrays made beforehand.

    Attributes:
        turned: the gradients that are computed as their transposes, and so lie column by column.
        plan: which step writes into which array.
    """

    style, work = "fast", f", Workspace({LENGTH}, {DTYPE})"

    def functions(self) -> list[Function]:
        return self._in_place([self._predict, self._loss])

    def alone(self) -> list[Function]:
        return self._in_place([])

    def _in_place(self, others: Sequence[Any]) -> list[Function]:
        """The workspace, the forward pass, what goes on from there in other ways, and the sweep."""
        forward, sweep = self._forward(), self._sweep()
        return [self._workspace(), forward, *(made() for made in others), module_frame.IN_PLACE.splitlines(), sweep]

    # --- the steps ---

    def _parts(self) -> Parts:
        ends = [self._total, *self._gradients.values(), *self._outputs]
        first = expanded(self.program.steps, ends, self.careful)
        tuning = Tuning(first.steps, [first.moved[end] for end in ends])
        total, *others = (tuning.moved[first.moved[end]] for end in ends)
        gradients, outputs = others[: len(self._gradients)], others[len(self._gradients) :]
        transposes = [turned_gradient(tuning.steps, step) for step in gradients]
        names = [self.model.entries[symbol][0] for symbol in self._gradients]
        self.turned = tuple(name for name, step in zip(names, transposes, strict=True) if step is not None)
        named = moved_labels(self.program.labels(TRAINED), first.moved)
        placed = {
            tuning.place(step): _TurnedLabel(label.symbol, label.line, label.part) if tuning.is_turned(step) else label
            for step, label in named.items()
            if step in tuning.moved
        }
        labels = self._with_transposes(placed, gradients, transposes)
        return Parts(
            Expressions(self.dialect, tuning.steps, self.texts, length=LENGTH, dtype=DTYPE),
            labels,
            _Turned(self.derivation, named.values()),
            total=total,
            gradients=[step if turned is None else turned for step, turned in zip(gradients, transposes, strict=True)],
            outputs=outputs,
            loss=self.derivation.loss,
        )

    @staticmethod
    def _with_transposes(
        labels: dict[Step, Label], gradients: Sequence[Step], transposes: Sequence[Step | None]
    ) -> dict[Step, Label]:
        """The labels, those of gradients at what is computed in their place."""
        turned = {step: other for step, other in zip(gradients, transposes, strict=True) if other is not None}
        return {turned.get(step, step): label for step, label in labels.items()}

    @cached_property
    def plan(self) -> Plan:
        """Where each step leaves its result."""
        parts, early = self.parts, set(self.parts.early)
        order = [*parts.early, *(step for step in parts.rest if step not in early)]
        read = {parts.steps.base(operand) for step in parts.rest for operand in parts.steps.operands(step)}
        predicted = [step for step in parts.remembered if step not in read]
        return planned(parts.steps, order, self._places, [parts.total, *parts.gradients], predicted)

    @cached_property
    def _places(self) -> dict[Step, Buffer]:
        """The array that each gradient is written into, where a step of its own computes it in the right shape."""
        places: dict[Step, Buffer] = {}
        steps = self.parts.steps
        for name, shape in self.model.shapes.items():
            step = self.step_of(name)
            axes = tuple(size for size in (shape[::-1] if name in self.turned else shape) if size != 1)
            if stored(steps, step) and step not in places and steps.axes[step] == axes:
                places[step] = Buffer(self._place(name), axes)
        return places

    def _place(self, name: str) -> str:
        """What the sweep calls the array that a gradient is written into."""
        return self._turned_places.get(name, f"grad_{name}")

    @cached_property
    def _turned_places(self) -> dict[str, str]:
        """What the transposes are called that gradients are written into: as no gradient is, W_T's beside W's."""
        taken, found = {f"grad_{name}" for name in self.model.shapes}, dict[str, str]()
        for name in self.turned:
            found[name] = free_name(f"grad_{name}_T", taken)
            taken.add(found[name])
        return found

    @cached_property
    def _writer(self) -> InPlace:
        parts = self.parts
        others = behind(parts.steps, parts.outputs, parts.ahead)
        keys = parts.steps.keys
        reads = {operand for step in (*parts.early, *parts.rest, *others) for operand in keys[step][2:]}
        return InPlace(parts.expressions, parts.labels, self.names, parts.remarks, plan=self.plan, reads=reads)

    # --- the functions ---

    def _forward(self) -> Function:
        """def _forward(params, X, work)."""
        parts, writer = self.parts, self._writer
        code = writer.part(parts.early, parts.remembered, {})
        parts.known.update(code.values)
        self.helpers |= code.helpers
        self.ahead = self._named(writer.used)
        body = [*self.unpacked(given_to(parts.steps, parts.early)), *_arrays(self.ahead, "ahead"), *code.lines]
        return [*FORWARD_IN_PLACE, *body, *line_breaking.returned(", ".join(self._returned) or "()")]

    def _sweep(self) -> Function:
        """def _sweep(params, X, Y, scale, work)."""
        parts, writer = self.parts, self._writer
        roots = [parts.total, *parts.gradients]
        code = writer.part(parts.rest, roots, parts.known)
        self.helpers |= code.helpers
        copied = [name for name in self.model.shapes if self._place(name) not in self._written]
        copies = [f"    np.copyto({self._place(name)}, {code.value(self.step_of(name))})" for name in copied]
        self.back = self._named({*writer.used, *map(self._place, copied)})
        read = given_to(parts.steps, parts.rest)
        taken = self._taken({*writer.read, *roots}, ", work") or ["    _forward(params, X, work)"]
        began = [*taken, *self.unpacked(read), *_arrays(self.back, "back")]
        loss = line_breaking.returned(f"float({code.value(parts.total)}) / {LENGTH}, work.grads")
        return [*SWEEP_IN_PLACE, *began, *self.scaled(), *code.lines, *copies, *loss]

    @property
    def _written(self) -> set[str]:
        return {place.name for place in self._places.values()}

    def _named(self, used: Collection[str]) -> list[str]:
        """Arrays of the workspace in the order in which it makes them."""
        made = (
            *(buffer.name for buffer in self.plan.buffers),
            *self._writer.views,
            *map(self._place, self.model.shapes),
        )
        return [name for name in made if name in used]

    def _workspace(self) -> Function:
        """class Workspace, once both parts have said what they use."""
        text, plan, writer = module_frame.WORKSPACE.splitlines(), self.plan, self._writer
        flat = sum(map(size_of, self.model.shapes.values()))
        views = [f'"{name}": {text}' for name, text in views_of_flat(self.model.shapes, self.turned)]
        text += [
            f"        self.flat = flat = np.empty({flat}, dtype)",
            *line_breaking.called("self.grads = {", views, "}", " " * 8),
        ]
        text += [f"        {self._made(buffer)}" for buffer in plan.buffers]
        text += line_breaking.unpacked([f"grad_{name}" for name in self.model.shapes], "self.grads.values()", " " * 8)
        made = [line for name, shape in self.model.shapes.items() for line in self._gradient(name, shape)]
        made += [f"{name} = {buffer.name}{suffix}" for name, (buffer, suffix) in writer.views.items()]
        text += [f"        {line}" for line in made]
        for attribute, names in (("ahead", self.ahead), ("back", self.back)):
            text += line_breaking.called(
                f"self.{attribute} = (", [*names, ""] if len(names) == 1 else names, ")", " " * 8
            )
        return text

    def _made(self, buffer: Buffer) -> str:
        """The line of the workspace that makes a buffer."""
        kind, writer = "bool" if buffer.boolean else "dtype", self._writer
        empty = f"np.empty({writer.made.sizes(buffer.axes)}, {kind})"
        return f"{buffer.name} = {writer.constants.get(buffer, empty)}"

    def _gradient(self, name: str, shape: Sequence[int]) -> list[str]:
        """The line of the workspace that names the view that a gradient is written into, if it is another one."""
        own = f"grad_{name}"
        if name in self.turned:
            return [f"{self._place(name)} = {own}.T"]
        suffix = ".reshape(())" if all(size == 1 for size in shape) else layout_index(shape)
        return [f"{own} = {own}{suffix}"] if suffix else []


FORWARD_IN_PLACE = ("def _forward(params, X, work):", FORWARD_HEAD[1])
SWEEP_IN_PLACE = (
    "def _sweep(params, X, Y, scale, work):",
    '    """loss_and_grad without checks; the derivatives lie in work.grads."""',
)


def _arrays(names: Sequence[str], attribute: str) -> list[str]:
    return line_breaking.unpacked(names, f"work.{attribute}") if names else []
