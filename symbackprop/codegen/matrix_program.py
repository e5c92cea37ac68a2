"""A derivation with matrices as a program on arrays: its steps, what they are called, and what is said about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from .. import ops
from ..derivation import Definition, Sweep
from ..graph import Graph, Node
from .arrays import INPUT, NUMBER, VIEW, Arrays, Step
from .batching import PLAIN, SCALED, SCALED_SUM, SUM
from .buffers import Buffer, Plan, needed, planned, stored
from .forms import batched
from .names import Identifiers
from .numpy_source import Text, applied, number
from .statements import Code, InPlace, Label, Readable
from .tuning import Tuning, turned_gradient

LOCALS = ("n", "dtype", "scale", "params", "X", "Y", "workspace", "grads", "value", "batch", "rate")
"""Names that generated functions use themselves."""


def layout_index(shape: Sequence[Any]) -> str:
    """What makes the array of a program of an array of this shape: axes of one entry go."""
    if 1 not in shape:
        return ""
    return f"[{', '.join('0' if size == 1 else ':' for size in shape)}]"


class MatrixProgram:
    """The steps for some roots of a derivation.

    Args:
        derivation: with matrices.
        texts: what each given symbol is called in the code: a name, or a view of one.
        data: those of them that have a value for each sample.
        reserved: names that are taken.
        sizes: what each symbol that stands for a number of rows or columns is called in the code.
    """

    def __init__(
        self,
        derivation: Sweep,
        texts: Mapping[Any, str],
        data: Collection[Any],
        reserved: Iterable[str],
        sizes: Mapping[Any, str] | None = None,
    ) -> None:
        self.derivation, graph = derivation, derivation.graph
        self.names = Identifiers([*LOCALS, *reserved])
        inputs = {graph.symbol(symbol): text for symbol, text in texts.items()}
        samples = {graph.symbol(symbol) for symbol in data}
        self.batching = batched(graph, inputs, samples, _adjoints(derivation), sizes)
        self.arrays = self.batching.arrays

    def value(self, node: Node) -> Step:
        """The value of a node, for each sample or for all."""
        return self.batching.step(PLAIN, node)

    def total(self, node: Node) -> Step:
        """The sum over the batch of a node."""
        return self.batching.step(SUM, node)

    def gradient(self, node: Node) -> Step:
        """The scaled sum over the batch of a derivative."""
        return self.batching.step(SCALED_SUM, node)

    def labels(self, forms: Mapping[str, str]) -> dict[Step, Label]:
        """Names for the steps that compute named lines, by the form that is computed of each kind of line."""
        lines: dict[Step, Definition] = {}
        for line in self.derivation.definitions:
            step = self.batching.done(forms[line.kind], line.node) if line.kind in forms else None
            if step is not None and self.arrays.kind(step) not in (INPUT, NUMBER, VIEW):
                lines.setdefault(step, line)
        known = {line.node: self._mathematical(line) for line in reversed(lines.values())}
        headings = self._headings
        return {
            step: Label(
                self.names.of(line.symbol), self._comment(line, known), headings.get(line.of or line.symbol, "")
            )
            for step, line in lines.items()
        }

    def _mathematical(self, line: Definition) -> str:
        """A name as mathematics has it: dL/da1 for dL_da1."""
        loss, name = self.derivation.loss.name, line.symbol.name
        return (
            f"{loss and f'd{loss}'}/d{line.of.name}" if line.of is not None and name.startswith(f"d{loss}_d") else name
        )

    def _comment(self, line: Definition, known: Mapping[Node, str]) -> str:
        left = line.symbol.name if line.of is None else f"d{self.derivation.loss.name}/d{line.of.name}"
        right = known[line.node]
        if right in (left, line.symbol.name):
            right = formula(self.derivation.graph, line.node, known).replace("np.", "")
        return f"{left} = {right}"

    @cached_property
    def _headings(self) -> dict[Any, str]:
        """By symbol: the part of the program that computes it, or the derivative by it."""
        network = self.derivation.network
        layers = () if network is None else network.layers
        return {
            symbol: f"layer {layer.number}"
            for layer in layers
            for symbol in (*layer.sums, *layer.outputs, *layer.biases, layer.weights[0][0])
        }

    # --- the two styles ---

    def readable(self, roots: Sequence[Step], forms: Mapping[str, str]) -> Code:
        """Plain expressions."""
        steps = needed(self.arrays, roots)
        return Readable(self.arrays, steps, self._announced(steps, roots, forms), self.names).written(roots)

    def in_place(
        self, roots: Mapping[str, Step], forms: Mapping[str, str], shapes: Mapping[str, Sequence[Any]]
    ) -> InPlaceCode:
        """Calls that write into the buffers of a plan.

        Args:
            roots: the sum of the loss first, under any name; then the gradient of each parameter under its name.
            forms: what is computed of each kind of line.
            shapes: of the gradients' arrays.
        """
        steps = list(roots.values())
        labels = self._announced(needed(self.arrays, steps), steps, forms)
        tuning = Tuning(self.arrays, steps)
        moved = {name: tuning.moved[step] for name, step in roots.items()}
        turned = {name: step for name in list(moved)[1:] if (step := turned_gradient(tuning.arrays, moved[name]))}
        tuning.moved |= {roots[name]: step for name, step in turned.items()}
        moved |= turned
        fixed = _places(tuning.arrays, moved, shapes, turned)
        whole = needed(tuning.arrays, moved.values())
        plan = planned(tuning.arrays, whole, fixed, set(moved.values()))
        labels = {
            tuning.place(step): _turned(label, tuning.is_turned(step))
            for step, label in labels.items()
            if step in tuning.moved  # a line may have been made and then found to be needed in another form
        }
        writer = InPlace(tuning.arrays, whole, labels, self.names, plan)
        return InPlaceCode(writer.written(moved.values()), plan, writer, moved, fixed, tuple(turned))

    def _announced(self, steps: Sequence[Step], roots: Sequence[Step], forms: Mapping[str, str]) -> dict[Step, Label]:
        """The labels with their headings: a step stands in the same part as the next one that has a name."""
        labels = self.labels(forms)
        heading = ""
        for step in reversed(steps):
            own = labels.get(step)
            part = "backward" if step > roots[0] else "forward"
            heading = (own.heading if own is not None else "" if step != roots[0] else "loss") or heading
            if own is not None or self.arrays.kind(step) not in (INPUT, NUMBER, VIEW):
                label = own or Label("")
                labels[step] = replace(label, heading=f"{part}: {heading}" if heading else part)
        return labels


FORWARD = {"quantity": PLAIN, "shared": PLAIN}
BACKWARD = {"quantity": PLAIN, "shared": PLAIN, "adjoint": SCALED, "gradient": SCALED_SUM}
"""What is computed of each kind of line."""


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


def _turned(label: Label, is_turned: bool) -> Label:
    """A label that says so where the samples lie side by side, not one below the other."""
    return replace(label, comment=f"{label.comment}, transposed") if is_turned and label.comment else label


def _places(
    arrays: Arrays, roots: dict[str, Step], shapes: Mapping[str, Sequence[Any]], turned: Collection[str]
) -> dict[Step, Buffer]:
    """The array that each gradient is written into, where a step of its own computes it in the right shape."""
    places: dict[Step, Buffer] = {}
    for name in list(roots)[1:]:
        step = roots[name]
        shape = shapes[name][::-1] if name in turned else shapes[name]
        dims = tuple(size for size in shape if size != 1)
        if stored(arrays, step) and step not in places and arrays.dims[step] == dims:
            places[step] = Buffer(f"d{name}_T" if name in turned else f"d{name}", dims)
    return places


def _adjoints(derivation: Sweep) -> set[Node]:
    """The nodes that are linear in the derivative of the loss by itself."""
    found = {node for node in derivation.adjoint_nodes if node is not None}
    return {node for node in found if node > derivation.loss_node and not derivation.graph.op(node).leaf}


def formula(graph: Graph, root: Node, names: Mapping[Node, str]) -> str:
    """The formula of one sample, down to the named nodes."""
    texts: dict[Node, Text] = {}
    for node in graph.reachable([root], names.keys()):
        if node in names and node != root:
            texts[node] = Text(names[node])
        elif graph.op(node) is ops.SYMBOL:
            texts[node] = Text(graph.value(node).name)
        elif graph.op(node).leaf:
            texts[node] = _leaf(graph.value(node))
        else:
            texts[node] = applied(graph, node, [texts[arg] for arg in graph.args(node)])
    return texts[root].source


def _leaf(value: Any) -> Text:
    if isinstance(value, sp.MatrixExpr):
        return Text(type(value).__name__)
    return (
        number(value)
        if getattr(value, "is_number", False) or isinstance(value, sp.logic.boolalg.BooleanAtom)
        else Text("_")
    )
