"""From formulas for one sample to steps on a whole batch: the pass that gives data a leading axis.

A node that depends on a data symbol becomes an array with the samples along its first axis; a parameter does not. What
is derived by a parameter is the mean over the samples, and where that is a sum of outer products it is one matrix
product: `delta aᵀ` becomes `D.T @ A`. The factor 1/samples (times a learning rate, say) is not multiplied into the
gradients, which are large, but into the first adjoint that they are all made of, which is small.

A column or row of n entries is an array of n, a matrix one of rows and columns, each behind the axis of the samples
if there is one. A rule asks for what it needs by `yield`; the driver keeps the stack, so that depth is no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ... import ops
from ...graph import Graph, Node
from ...ops import Shape
from .. import views
from ..steps import BATCH, COUNT, EYE, FILL, SCALE, SIZE, VIEW, Axes, Step, Steps

Asked = tuple[str, Node]
Rule = Generator[Asked, Step, Step]
Input = tuple[str, Any, tuple[int, ...] | None]
Tried = Generator[Asked, Step, Step | None]
"""A rule that may find that it does not apply."""

PLAIN, SCALED, SUM, SCALED_SUM = "plain", "scaled", "sum", "scaled sum"
"""What can be asked for of a node: its value; that times the scale; the sum over the batch of either."""


def sample_axes(shape: Shape) -> Axes:
    """The axes of one sample's array: a row or a column has one."""
    return tuple(map(plain_size, filter(_counts, shape)))


def _counts(size: Any) -> bool:
    return bool(size != 1)


def plain_size(size: Any) -> Any:
    """A number of rows or columns as an integer, or as SymPy has it where it is no number."""
    return int(size) if getattr(size, "is_Integer", True) else size


class Batching:
    """Turns nodes of a graph into steps.

    Args:
        forms: for each form that can be asked for, the rule that makes it.
        graph: in which the formulas for one sample are.
        inputs: the leaves that are given, each with its role, its symbol and which entry of that it is, if it is one.
        data: those of them that have a value for each sample.
        adjoints: nodes that are linear in the derivative of the loss by itself: what a scale is pushed through.
        kept: nodes that a reader follows: a sum over the samples is one of their values, which are there.
        interned: whether equal steps are one.

    Attributes:
        steps: those made so far.
        samples, scale: the steps of how many samples there are, and of what gradients are multiplied by.
        batched, linear: by node, one flag: has it a value for each sample; can a scale be passed through it.
    """

    def __init__(
        self,
        forms: Mapping[str, Callable[[Batching, Node], Rule]],
        graph: Graph,
        inputs: Mapping[Node, Input],
        data: Collection[Node],
        adjoints: Collection[Node] = (),
        *,
        kept: Collection[Node] = (),
        interned: bool = True,
    ) -> None:
        self._forms, self.graph, self.steps, self.inputs = forms, graph, Steps(interned), inputs
        self.samples = self.steps.given(COUNT, None)
        self.scale = self.steps.given(SCALE, None)
        self.batched = _depending(graph, data)
        self.linear = _linear_in(graph, adjoints)
        self.kept = kept
        self._done: dict[Asked, Step] = {}

    # --- the driver ---

    def step(self, form: str, node: Node) -> Step:
        """The step that computes a form of a node, after all that it takes."""
        goal = (form, node)
        known = self._known(goal)
        if known is not None:
            return known
        stack: list[tuple[Asked, Rule]] = [(goal, self._rule(*goal))]
        answer: Step | None = None
        while stack:
            asked, rule = stack[-1]
            try:
                wanted = rule.send(answer)  # type: ignore[arg-type]
            except StopIteration as stop:
                answer = self._done[asked] = stop.value
                stack.pop()
                continue
            answer = self._known(wanted)
            if answer is None:
                stack.append((wanted, self._rule(*wanted)))
        return self._done[goal]

    def _known(self, asked: Asked) -> Step | None:
        """The step of what was asked for before, or can be told at once; None where a rule has to work it out."""
        if not self.steps.interned:
            return self._anew(asked[1])
        found = self._done.get(asked)
        if found is None and asked[0] == PLAIN and asked[1] not in self.graph.shapes:
            found = self._of_numbers(asked[1])
        return found

    def _of_numbers(self, node: Node) -> Step | None:
        """The value of an operation on numbers that are all there: most of a scalar net, for which this is quicker."""
        op, *args = self.graph.keys[node]
        if op.leaf or op in ops.MATRIX:
            return None
        done, shapes, xs = self._done, self.graph.shapes, []
        for arg in args:
            x = done.get((PLAIN, arg))
            if x is None or arg in shapes:
                return None
            xs.append(x)
        step = done[PLAIN, node] = self._mapped(node, xs)
        return step

    def _mapped(self, node: Node, xs: Sequence[Step]) -> Step:
        """An operation on numbers; a copy is a step only where it is followed."""
        op = self.graph.keys[node][0]
        return xs[0] if op.copies and (op is not ops.COPY or node not in self.kept) else self.steps.map(op, *xs)

    def _anew(self, root: Node) -> Step:
        """The value of a number, each operation made as often as it is read: of what shares nothing."""
        graph, made = self.graph, list[Step]()
        stack = [(root, False)]
        while stack:
            node, is_ready = stack.pop()
            op, args = graph.op(node), graph.args(node)
            if is_ready:
                xs = made[-len(args) :]
                made[-len(args) :] = [self._mapped(node, xs)]
            elif op.leaf:
                made.append(self.leaf(node))
            else:
                stack += [(node, True), *((arg, False) for arg in reversed(args))]
        return made[0]

    def leaf(self, node: Node) -> Step:
        """The step of what is given, a number, an identity, or a size as a number of the kind that all arrays hold."""
        given, shape, value = self.inputs.get(node), self.graph.shape(node), self.graph.value(node)
        if given is not None:
            role, symbol, entry = given
            return self.steps.given(role, symbol, self.axes_of(node, shape), entry)
        if shape:
            return self.steps.make(EYE, None, (), self.axes_of(node, shape))
        is_size = self.graph.op(node) is ops.SYMBOL or value.free_symbols
        return self.steps.given(SIZE, value) if is_size else self.steps.number(value)

    def entrywise(self, node: Node, xs: Sequence[Step]) -> Step:
        """An operation that acts entry by entry, on aligned operands."""
        op = self.graph.keys[node][0]
        return self._mapped(node, xs) if op.copies else self.combined(op, xs)

    def done(self, form: str, node: Node) -> Step | None:
        """The step that computes a form of a node, if it was asked for."""
        return self._done.get((form, node))

    def _rule(self, form: str, node: Node) -> Rule:
        return self._forms[form](self, node)

    # --- what rules have in common ---

    @cached_property
    def used(self) -> frozenset[Node]:
        """The nodes that others are computed from."""
        return frozenset(arg for key in self.graph.keys if not key[0].leaf for arg in key[1:])

    def axes_of(self, node: Node, shape: Shape) -> Axes:
        """The axes of a node's array, if it had this shape."""
        return (BATCH, *sample_axes(shape)) if self.batched[node] else sample_axes(shape)

    def combined(self, op: ops.Op, xs: Sequence[Step]) -> Step:
        """An operation on aligned operands; what is repeated to fit needs no array where another operand is whole."""
        bare = list(map(self._bare, xs))
        fit = bare != xs and self.steps.broadcast(bare) == self.steps.broadcast(xs)
        return self.steps.map(op, *(bare if fit else xs))

    def _bare(self, x: Step) -> Step:
        """What is repeated, with the axes in front that the repetition has."""
        steps = self.steps
        if steps.kind(x) == FILL:
            return steps.operands(x)[0]
        if steps.kind(x) == VIEW and steps.kind(steps.operands(x)[0]) == FILL and steps.what(x)[0][:1] == (views.NEW,):
            inner = self._bare(steps.operands(x)[0])
            return steps.view(inner, steps.what(x)) if steps.axes[inner] else inner
        return x

    def is_zero(self, node: Node) -> bool:
        """Whether a node is the number 0."""
        return node == self.graph.zero

    def gathered(self, node: Node, forms: Sequence[str]) -> Generator[Asked, Step, list[Step]]:
        """The operands of a node, each in its form and with the axes that it needs beside the others."""
        xs = []
        for form, arg in zip(forms, self.graph.args(node), strict=True):
            x = yield form, arg
            xs.append(self.aligned(x, arg, node))
        return xs

    def aligned(self, x: Step, arg: Node, node: Node) -> Step:
        """An operand with the axes that it needs beside the others: (n,) as (n, 1) where they are matrices."""
        return self.fitted(x, arg, self.graph.shape(node), bool(self.batched[arg]), bool(self.batched[node]))

    def fitted(self, x: Step, arg: Node, target: Shape, sampled: bool, beside: bool) -> Step:
        """The array of a node, with or without an axis of samples, as one that broadcasts to another shape.

        It gets one entry for each axis that it lacks, that of the samples too if there are any `beside` it.
        """
        shape = self.graph.shape(arg)
        if (shape == target and sampled == beside) or not self.steps.axes[x]:  # a number stands beside any rank
            return x
        own = [bool(shape) and shape[place] != 1 for place, size in enumerate(target) if size != 1]
        return self.steps.view(x, views.widened((sampled, *own) if beside else tuple(own)))


def _depending(graph: Graph, data: Collection[Node]) -> bytearray:
    """One flag per node: does it depend on the data?"""
    flags = bytearray(len(graph.keys))
    for node in data:
        flags[node] = 1
    if data:
        for place, key in enumerate(graph.keys):
            if not key[0].leaf:
                for arg in key[1:]:
                    if flags[arg]:
                        flags[place] = 1
                        break
    return flags


_ANY = frozenset({ops.MUL, ops.MATMUL, ops.NEG, ops.TRANSPOSE, ops.SPREAD, ops.TOTAL, ops.ROW_SUMS, ops.COLUMN_SUMS})
_ALL = frozenset({ops.ADD, ops.SUB, ops.SELECT})


def _linear_in(graph: Graph, adjoints: Collection[Node]) -> bytearray:
    """One flag per node: is it an adjoint, or made of them in such a way that a scale can be passed through?"""
    flags = bytearray(len(graph.keys))
    for node in adjoints:
        flags[node] = 1
    for place in range(min(adjoints, default=len(flags)), len(flags)):
        op, *args = graph.keys[place]
        if op in _ANY:
            flags[place] |= any(flags[arg] for arg in args)
        elif op is ops.DIV:
            flags[place] |= flags[args[0]]
        elif op in _ALL:
            values = args[1:] if op is ops.SELECT else args
            flags[place] |= all(flags[arg] or arg == graph.zero for arg in values)
    return flags
