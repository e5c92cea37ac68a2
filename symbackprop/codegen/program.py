"""A derivation as a program of steps: what is computed, what it is called, what it stands for and where it stands.

One kind of program serves networks in either form, expressions and lists of equations, alone or over a batch; what
differs is which symbols have a value for each sample, and which order is asked for. No language has touched it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from .. import ops
from ..derivation import Definition, Sweep
from ..graph import Graph, Node
from . import views
from .batching import FORMS, PLAIN, SCALED, SCALED_SUM, SUM, Batching, Input
from .steps import BATCH, FILL, INPUT, RESHAPE, VIEW, Step, Steps

FORWARD, BACKWARD = "forward", "backward"
LOSS = "loss"

Forms = Mapping[str, str]
SINGLE: Forms = dict.fromkeys(("quantity", "shared", "adjoint", "tangent", "gradient"), PLAIN)
"""What is computed of each kind of line where there is no batch."""
PREDICTED: Forms = {"quantity": PLAIN, "shared": PLAIN}
TRAINED: Forms = {"quantity": PLAIN, "shared": PLAIN, "adjoint": SCALED, "tangent": PLAIN, "gradient": SCALED_SUM}
"""What is computed of each kind of line of a forward pass, and of a sweep, over a batch."""


class Part(NamedTuple):
    """Where a step stands: in the forward pass or behind it; at which layer (its number), the loss, which tangent."""

    direction: str
    where: Any = None


@dataclass(frozen=True)
class Label:
    """What a step is called, the line of the derivation that it stands for, and the part that it belongs to."""

    symbol: Any = None
    line: Definition | None = None
    part: Part | None = None


class Program:
    """The steps for some roots of a derivation.

    Args:
        derivation: of any loss.
        given: by symbol: what it is given as.
        data: those of them that have a value for each sample.
        follows: whether every named quantity is a step of its own, as someone wants to read it.
        interned: whether equal steps are one; the naive way makes each anew.
    """

    def __init__(
        self,
        derivation: Sweep,
        given: Mapping[Any, Input],
        data: Collection[Any] = (),
        follows: bool = False,
        interned: bool = True,
    ) -> None:
        self.derivation, graph = derivation, derivation.graph
        inputs = {graph.symbol(symbol): what for symbol, what in given.items()}
        samples = {graph.symbol(symbol) for symbol in data}
        self._follows = follows
        kept = self._followed() if follows else ()
        self.batching = Batching(FORMS, graph, inputs, samples, _adjoints(derivation), kept=kept, interned=interned)
        self.steps = self.batching.steps

    def _followed(self) -> set[Node]:
        """The nodes with names; a gradient is read as the sum that it is."""
        return {line.node for line in self._named if line.kind != "gradient"}

    @cached_property
    def _named(self) -> list[Definition]:
        """The lines that give their nodes a name: a node may have two (dL/db is often dL/dz), of which this is one."""
        names = self.derivation.names
        return [line for line in self.derivation.definitions if names.get(line.node) == line.symbol]

    # --- asking ---

    def value(self, node: Node) -> Step:
        """The value of a node, for each sample or for all."""
        return self.batching.step(PLAIN, node)

    def value_of_each(self, node: Node) -> Step:
        """The value of a node for each sample, repeated where it is the same for all."""
        found, steps = self.value(node), self.steps
        if self.batching.batched[node]:
            return found
        axes = steps.axes[found]
        row = steps.view(found, views.widened((False, *(True for _ in axes)))) if axes else found
        return steps.make(FILL, None, (row,), (BATCH, *axes))

    def total(self, node: Node) -> Step:
        """The sum over the batch of a node."""
        return self.batching.step(SUM, node)

    def gradient(self, node: Node) -> Step:
        """The scaled sum over the batch of a derivative."""
        return self.batching.step(SCALED_SUM, node)

    def read(self, roots: Iterable[Node], forms: Forms) -> None:
        """Ask for everything below `roots` in the order in which a person would write it.

        That is: forward; then, for a network, layer by layer from the last, its adjoints before its gradients. What
        these share stands where the first of them takes it.
        """
        graph, batching = self.derivation.graph, self.batching
        roots = list(roots)
        live = set(graph.reachable(roots))
        seen: set[Node] = set()
        for line in sorted(self.derivation.definitions, key=self._place):
            if line.node not in live or (line.kind == "shared" and self.derivation.network is not None):
                continue
            form = self._form(line, forms)
            if form == PLAIN and line.node not in seen:
                for node in _newly_below(graph, line.node, seen):
                    batching.step(PLAIN, node)
            elif form is not None:
                batching.step(form, line.node)

    def _place(self, line: Definition) -> tuple[bool, int, Node]:
        if line.of is None:
            return line.kind == "shared", 0, line.node  # a shared part stands where it is first used
        if self.derivation.way.has_tangents:  # one sweep after the other
            return True, self.derivation.wrt.index(line.by or line.of), line.node
        places = {} if self.derivation.model is None else self.derivation.model.places
        return True, places.get(line.of, -1), line.node

    def _form(self, line: Definition, forms: Forms) -> str | None:
        """What is computed of a line: what an adjoint goes into is scaled as it is."""
        scales = self._follows and line.kind == "shared" and SCALED in forms.values()
        return SCALED if scales and self.batching.linear[line.node] else forms.get(line.kind)

    # --- telling ---

    def labels(self, forms: Forms) -> dict[Step, Label]:
        """The steps that compute named lines, each under the first of its names."""
        labels: dict[Step, Label] = {}
        for line in self._named if self._follows else self.derivation.definitions:
            form = self._form(line, forms)
            step = None if form is None else self.batching.done(form, line.node)
            if step is not None and step not in labels and (self._follows or is_work(self.steps, step)):
                labels[step] = Label(line.symbol, line, self._part(line))
        return labels

    def _part(self, line: Definition) -> Part | None:
        """Where a line stands; None for one that stays where the line before it is."""
        layers = {} if self.derivation.model is None else self.derivation.model.layer_numbers
        where = layers.get(line.of or line.symbol)
        if not self._follows:
            return Part(FORWARD if line.of is None else BACKWARD, where)
        if line.kind == "quantity":
            return Part(FORWARD, LOSS if line.symbol == self.derivation.loss else where)
        tangents = self.derivation.way.has_tangents
        return None if line.kind == "shared" else Part(BACKWARD, line.by or line.of if tangents else None)


def _newly_below(graph: Graph, root: Node, seen: set[Node]) -> list[Node]:
    """The nodes that `root` is computed from and that were not seen yet, in order; now they are."""
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            found.append(node)
            stack.extend(graph.args(node))
    return sorted(found)


def is_work(steps: Steps, step: Step) -> bool:
    """Whether a step computes anything: it is no input, number or view."""
    return steps.kind(step) not in (INPUT, VIEW, RESHAPE) and step not in steps.constants


def in_parts(steps: Steps, order: Sequence[Step], loss: Step | None, labels: Mapping[Step, Label]) -> dict[Step, Label]:
    """The labels of all steps with the parts that they stand in: that of the next one with a name.

    Args:
        steps: of a program, as a target has rewritten them.
        order: what is to be done, in the order in which it is.
        loss: behind which everything is of the backward pass; None if all is of the forward pass.
        labels: of the steps with names.
    """
    found = dict(labels)
    where: Any = None
    direction = FORWARD if loss is None else BACKWARD
    for step in reversed(order):
        own = labels.get(step)
        if step == loss:
            direction, where = FORWARD, LOSS
        if own is not None and own.part is not None:
            where = own.part.where or where
        if own is not None or is_work(steps, step):
            part = Part(direction, where)
            found[step] = Label(part=part) if own is None else replace(own, part=part)
    return found


def _adjoints(derivation: Sweep) -> set[Node]:
    """The nodes that are linear in the derivative of the loss by itself."""
    found = {node for node in derivation.adjoint_nodes if node is not None}
    return {node for node in found if node > derivation.loss_node and not derivation.graph.op(node).leaf}


def symbols_in(graph: Graph, roots: Iterable[Node]) -> list[Any]:
    """The SymPy symbols that `roots` are computed from, in the order of their first use."""
    return [graph.value(node) for node in graph.reachable(roots) if graph.op(node) is ops.SYMBOL]


def names_in(labels: Mapping[Step, Label]) -> Iterator[Any]:
    """The symbols that steps are called by."""
    return (label.symbol for label in labels.values() if label.symbol is not None)
