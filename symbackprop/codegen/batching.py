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

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..ops import Shape
from .arrays import BATCH, INPUT, NUMBER, SPREAD, Arrays, Dims, Step
from .entrywise import ENTRYWISE
from .numpy_source import Text

Asked = tuple[str, Node]
Rule = Generator[Asked, Step, Step]
Tried = Generator[Asked, Step, Step | None]
"""A rule that may find that it does not apply."""

PLAIN, SCALED, SUM, SCALED_SUM = "plain", "scaled", "sum", "scaled sum"
"""What can be asked for of a node: its value; that times the scale; the sum over the batch of either."""


def layout(shape: Shape) -> Dims:
    """The dimensions of one sample's array: a row or a column has one axis."""
    return tuple(size for size in shape if size != 1)


class Batching:
    """Turns nodes of a graph into steps.

    Args:
        forms: for each form that can be asked for, the rule that makes it.
        graph: in which the formulas for one sample are.
        inputs: the leaves that are given, each with the name it has in the code.
        data: those of them that have a value for each sample.
        adjoints: nodes that are linear in the derivative of the loss by itself: what a scale is pushed through.
        sizes: what each symbol that stands for a number of rows or columns is called in the code.
    """

    def __init__(
        self,
        forms: Mapping[str, Callable[[Batching, Node], Rule]],
        graph: Graph,
        inputs: Mapping[Node, str],
        data: Collection[Node],
        adjoints: Collection[Node] = (),
        *,
        sizes: Mapping[Any, str] | None = None,
    ) -> None:
        self._forms, self.graph, self.arrays, self.inputs = forms, graph, Arrays(), inputs
        self._sizes = {size: sp.Symbol(name, integer=True, positive=True) for size, name in (sizes or {}).items()}
        self.samples = self.arrays.make(INPUT, BATCH, (), ())
        self.scale = self.arrays.make(INPUT, "scale", (), ())
        self.batched = _depending(graph, data)
        self.linear = _linear_in(graph, adjoints)
        self.constant = _constant_in(graph)
        self._done: dict[Asked, Step] = {}

    # --- the driver ---

    def step(self, form: str, node: Node) -> Step:
        """The step that computes a form of a node, after all that it takes."""
        goal = (form, node)
        stack: list[tuple[Asked, Rule]] = [] if goal in self._done else [(goal, self._rule(*goal))]
        answer: Step | None = None
        while stack:
            asked, rule = stack[-1]
            try:
                wanted = rule.send(answer)  # type: ignore[arg-type]
            except StopIteration as stop:
                answer = self._done[asked] = stop.value
                stack.pop()
                continue
            answer = self._done.get(wanted)
            if answer is None:
                stack.append((wanted, self._rule(*wanted)))
        return self._done[goal]

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

    def dims_of(self, node: Node, shape: Shape) -> Dims:
        """The dimensions of a node's array, if it had this shape."""
        dims = tuple(self.size_text(size) for size in layout(shape)) if self._sizes else layout(shape)
        return (BATCH, *dims) if self.batched[node] else dims

    def size_text(self, size: Any) -> Any:
        """A number of rows or columns: an integer, or the source of one where sizes are symbols."""
        return sp.pycode(size.xreplace(self._sizes)) if getattr(size, "free_symbols", None) else int(size)

    def combined(self, op: ops.Op, args: tuple[Node, ...], xs: list[Step]) -> Step:
        """An operation on aligned operands; what is repeated to fit is left to NumPy, where another one is whole."""
        bare = [self.arrays.operands(x)[0] if self.arrays.kind(x) == SPREAD else x for x in xs]
        fit = self.arrays.broadcast(bare) == self.arrays.broadcast(xs)
        return ENTRYWISE[op](self.arrays, self._masked(op, args, bare if fit else xs))

    def _masked(self, op: ops.Op, args: tuple[Node, ...], xs: list[Step]) -> list[Step]:
        """A product with a step function takes the comparison itself, which is far quicker to compute."""
        if op is not ops.MUL:
            return xs
        floats = [
            self.arrays.dims[x] and self.graph.op(arg) is not ops.HEAVISIDE for arg, x in zip(args, xs, strict=True)
        ]
        return [self._mask(arg, x) if any(floats) else x for arg, x in zip(args, xs, strict=True)]

    def _mask(self, arg: Node, x: Step) -> Step:
        key = self.arrays.keys[x]
        if self.graph.op(arg) is ops.HEAVISIDE and key[1] == "np.heaviside" and self.is_zero(self.graph.args(arg)[1]):
            zero = self.arrays.make(NUMBER, Text("0.0", fixed=True), (), ())
            return self.arrays.ufunc("np.greater", key[2], zero, boolean=True)
        return x

    def is_zero(self, node: Node) -> bool:
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
        return self.fitted(x, arg, self.graph.shape(node), bool(self.batched[arg]))

    def fitted(self, x: Step, arg: Node, target: Shape, sampled: bool) -> Step:
        """The array of a node, with or without an axis of samples, as one that broadcasts to another shape."""
        shape = self.graph.shape(arg)
        if shape == target:
            return x
        wanted = [place for place, size in enumerate(target) if size != 1]
        marks = [":" if shape and shape[place] != 1 else "None" for place in wanted]
        if sampled:
            marks.insert(0, ":")
        while marks and marks[0] == "None":  # NumPy adds axes in front by itself
            marks.pop(0)
        return self.indexed(x, marks)

    def indexed(self, x: Step, marks: Sequence[str]) -> Step:
        """The view of an array with an axis of one entry at each "None", and its own axes at each ":"."""
        if "None" not in marks:
            return x
        sizes = iter(self.arrays.dims[x])
        dims = tuple(1 if mark == "None" else next(sizes) for mark in marks)
        return self.arrays.view(x, f"[{', '.join(marks)}]", dims)


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


def _constant_in(graph: Graph) -> bytearray:
    """One flag per node: is it a number, or a function of numbers alone?"""
    flags = bytearray(len(graph.keys))
    for node, (op, *args) in enumerate(graph.keys):
        if node in graph.shapes or op is ops.SYMBOL or op in ops.MATRIX:
            continue
        flags[node] = not args[0].free_symbols if op.leaf else all(flags[arg] for arg in args)
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
