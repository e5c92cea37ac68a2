"""The functions of a network in matrix form that train in place: a workspace, and a sweep that writes into it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...batching import Input
from ...lifetimes import needed, stored
from ...program import TRAINED, Label, Program, in_parts
from ...remarks import Formulas
from ...steps import Step, Steps
from . import lines
from .expanding import expanded
from .expressions import Expressions
from .identifiers import Identifiers
from .in_place import InPlace
from .matrix_network import MatrixSource, layout_index
from .network import SCALE_LINES, NetworkSource
from .plan import Buffer, Plan, planned
from .readable import Code, moved_labels
from .texts import BATCH_FUNCTION, IN_PLACE, PACKED, SGD_STEP, WORKSPACE
from .tuning import Tuning, turned_gradient


@dataclass(frozen=True)
class InPlaceCode:
    """The in-place style of a program: its lines, the plan behind them, and which array each gradient goes to."""

    code: Code
    plan: Plan
    writer: InPlace
    roots: Mapping[str, Step]
    places: Mapping[Step, Buffer]
    transposed: tuple[str, ...]  # the gradients that are computed as their transposes

    def copied(self) -> list[str]:
        """The names of the gradients that have to be copied to where they belong."""
        names = list(self.roots)[1:]
        written = {place.name for place in self.places.values()}
        return [name for name in names if not {f"d{name}", f"d{name}_T"} & written]

    def copying(self) -> list[str]:
        """The lines that copy them."""
        return [f"    np.copyto(d{name}, {self.code.values[self.roots[name]]})" for name in self.copied()]


def in_place(
    program: Program,
    roots: Mapping[str, Step],
    shapes: Mapping[str, Sequence[Any]],
    texts: Mapping[Input, str],
    names: Identifiers,
) -> InPlaceCode:
    """Calls that write into the buffers of a plan.

    Args:
        program: the steps.
        roots: the sum of the loss first, under any name; then the gradient of each parameter under its name.
        shapes: of the gradients' arrays.
        texts: what each given thing is called.
        names: that the code may give.
    """
    first = expanded(program.steps, list(roots.values()))
    ends = [first.moved[step] for step in roots.values()]
    named = moved_labels(program.labels(TRAINED), first.moved)
    tuning = Tuning(first.steps, ends)
    labels = in_parts(first.steps, tuning.order, ends[0], named)
    moved = {name: tuning.moved[end] for name, end in zip(roots, ends, strict=True)}
    turned = {name: step for name in list(moved)[1:] if (step := turned_gradient(tuning.steps, moved[name]))}
    tuning.moved |= {end: turned[name] for name, end in zip(roots, ends, strict=True) if name in turned}
    moved |= turned
    fixed = _places(tuning.steps, moved, shapes, turned)
    order = needed(tuning.steps, moved.values())
    plan = planned(tuning.steps, order, fixed, set(moved.values()))
    remarks = _Turned(program.derivation, named.values())
    labels = {
        tuning.place(step): _turned(label, tuning.is_turned(step))
        for step, label in labels.items()
        if step in tuning.moved
    }
    writer = InPlace(Expressions(tuning.steps, texts), labels, names, remarks, plan)
    return InPlaceCode(writer.written(order, moved.values()), plan, writer, moved, fixed, tuple(turned))


@dataclass(frozen=True)
class _TurnedLabel(Label):
    """The label of what lies class by class, not sample by sample."""


class _Turned(Formulas):
    """Formulas that say so where the samples lie side by side, not one below the other."""

    def comment(self, label: Label) -> str:
        told = super().comment(label)
        return f"{told}, transposed" if told and isinstance(label, _TurnedLabel) else told


def _turned(label: Label, is_turned: bool) -> Label:
    return _TurnedLabel(label.symbol, label.line, label.part) if is_turned else label


def _places(
    steps: Steps, roots: dict[str, Step], shapes: Mapping[str, Sequence[Any]], turned: Collection[str]
) -> dict[Step, Buffer]:
    """The array that each gradient is written into, where a step of its own computes it in the right shape."""
    places: dict[Step, Buffer] = {}
    for name in list(roots)[1:]:
        step = roots[name]
        shape = shapes[name][::-1] if name in turned else shapes[name]
        axes = tuple(size for size in shape if size != 1)
        if stored(steps, step) and step not in places and steps.axes[step] == axes:
            places[step] = Buffer(f"d{name}_T" if name in turned else f"d{name}", axes)
    return places


class WorkspaceSource(MatrixSource):
    """The functions of a network in matrix form, of which the sweep writes into arrays made beforehand."""

    after = (IN_PLACE, SGD_STEP, BATCH_FUNCTION)
    plan: Plan | None = None
    transposed: tuple[str, ...] = ()

    def losses(self, plain: NetworkSource) -> list[list[str]]:
        return [plain.loss(), PACKED.splitlines(), *self._workspace_and_sweep()]

    def _workspace_and_sweep(self) -> tuple[list[str], list[str]]:
        """class Workspace, and def _sweep(params, X, Y, scale, workspace)."""
        program = self.program()
        total, gradients = self.roots(program)
        made = in_place(program, {"": total, **gradients}, self.network.shapes, self.texts(), self.names.copy())
        self.plan, self.transposed = made.plan, made.transposed
        self.helpers |= made.code.helpers
        used = self._used(made)
        return self._workspace(made, used), [
            "def _sweep(params, X, Y, scale, workspace):",
            '    """The mean loss; its gradients times scale go into the workspace. Nothing is checked."""',
            *self.unpacked(),
            *lines.unpacked(used, "workspace.arrays"),
            *SCALE_LINES,
            *made.code.lines,
            *made.copying(),
            *lines.returned(f"float({made.code.values[made.roots['']]}) / n"),
        ]

    def _used(self, made: InPlaceCode) -> list[str]:
        """The arrays of the workspace that the sweep names: buffers, views of them, places of gradients."""
        gradients = [f"d{name}_T" if name in made.transposed else f"d{name}" for name in self.network.shapes]
        views = made.writer.views
        named = {*made.writer.used, *(f"d{name}" for name in made.copied()), *(b.name for b, _ in views.values())}
        return [name for name in (*(buffer.name for buffer in made.plan.buffers), *views, *gradients) if name in named]

    def _workspace(self, made: InPlaceCode, used: list[str]) -> list[str]:
        text = WORKSPACE.splitlines()
        sizes = made.writer.expressions.sizes
        for buffer in made.plan.buffers:
            kind = "bool" if buffer.boolean else "dtype"
            filled = made.writer.constants.get(buffer, f"np.empty({sizes(buffer.axes)}, {kind})")
            text.append(f"        {buffer.name} = {filled}")
        text += ["        self.grads = _views(np.empty(NUMBERS, dtype))"]
        text += [
            f'        d{name}_T = self.grads["{name}"].T'
            if name in self.transposed
            else f'        d{name} = self.grads["{name}"]' + _whole_view(shape)
            for name, shape in self.network.shapes.items()
        ]
        text += [f"        {name} = {buffer.name}{suffix}" for name, (buffer, suffix) in made.writer.views.items()]
        return [*text, *lines.called("self.arrays = (", [*used, ""] if len(used) == 1 else used, ")", "        ")]


def _whole_view(shape: tuple[Any, ...]) -> str:
    """The view of a gradient that a program writes into; of a single number, an array of no axes."""
    return ".reshape(())" if all(size == 1 for size in shape) else layout_index(shape)
