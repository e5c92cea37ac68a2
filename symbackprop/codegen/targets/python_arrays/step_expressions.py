"""The text of each kind of step as a plain expression of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from .... import ops
from ... import views
from ...precedence import POWER, Text
from ...steps import (
    BATCH,
    CALL,
    CONTRACT,
    COUNT,
    EYE,
    FILL,
    INPUT,
    LINALG,
    MAP,
    NUMBER,
    PLACE,
    REDUCE,
    RESHAPE,
    SCALE,
    SIZE,
    VIEW,
    Axes,
    Labels,
    Step,
    Steps,
)
from ...views import Part, View
from .dialect import Dialect, number

ONES = "ones"
"""An array of ones: a kind of step that this folder alone makes, for products in the place of sums."""

DOT, MATMUL, VDOT, VECDOT, TENSORDOT = "dot", "matmul", "vdot", "vecdot", "tensordot"
"""The products of two arrays that libraries have."""

LENGTH, DTYPE, RATE = "n", "dtype", "scale"
"""What code calls the number of samples, the dtype of all arrays, and the factor of the gradients."""


@dataclass(frozen=True)
class Style:
    """When a part of an expression gets a line of its own, and what is said of it.

    deepest, longest: how far brackets nest in one line, and how long its text gets.
    inlines_numbers: whether what is made of numbers alone stays where it is used.
    typed: whether numbers follow a `dtype` that the function knows.
    """

    deepest: float
    longest: float
    inlines_numbers: bool = True
    typed: bool = True


PLAIN_STYLE = Style(3, 400, inlines_numbers=False, typed=False)
"""What a learner reads: every operation as the formula has it."""
ARRAY_STYLE = Style(3, 90)
"""What runs on whole arrays: operations as libraries have them."""
ONE_EXPRESSION = Style(float("inf"), float("inf"), typed=False)
"""Nothing gets a line of its own: the naive way."""


class Expressions:
    """Writes single steps.

    Args:
        dialect: of the library.
        steps: of a program.
        inputs: what each given thing is called, or a view of it.
        style: how they are written.
        sizes: what each symbol that is a size is called.
        length: what the number of samples is called.
        dtype: what the dtype of all arrays is called.
    """

    def __init__(
        self,
        dialect: Dialect,
        steps: Steps,
        inputs: Mapping[Any, str],
        style: Style = ARRAY_STYLE,
        *,
        sizes: Mapping[Any, str] | None = None,
        length: str = LENGTH,
        dtype: str = DTYPE,
    ) -> None:
        self.dialect, self.steps, self.inputs, self.style = dialect, steps, inputs, style
        self.length, self.dtype = length, dtype
        self._sizes = {size: sp.Symbol(name, integer=True, positive=True) for size, name in (sizes or {}).items()}

    def text(self, step: Step, operands: Sequence[Text]) -> Text:
        """A step as an expression of the texts of its operands."""
        steps = self.steps
        return _ROWS[steps.kind(step)](self, steps.what(step), step, operands)

    def called(self, function: str, size: str, keyword: str = "") -> Text:
        """A function of the library that makes an array."""
        return Text(f"{self.dialect.module}.{function}({size}, {keyword}{self.dtype})")

    def sizes(self, axes: Axes) -> str:
        """Axes as a tuple in source."""
        listed = ", ".join(map(self.size, axes))
        return f"({listed},)" if len(axes) == 1 else f"({listed})"

    def size(self, size: Any) -> str:
        """One size in source."""
        if isinstance(size, tuple):
            return " * ".join(map(self.size, size))
        if size == BATCH:
            return self.length
        return str(size) if isinstance(size, int) else str(sp.pycode(size.xreplace(self._sizes)))

    def index(self, view: View) -> str:
        """A view as what stands behind an array; where only the first axis is picked, the others need no mark."""
        parts, dropped = view
        if parts and len(dropped) == 1 and dropped[0][0] == 0 and parts == tuple(range(1, len(parts) + 1)):
            return f"[{self.size(dropped[0][1])}]"
        picks = [(axis, self.size(place)) for axis, place in dropped]
        marks: list[str] = []
        for part in parts:
            axis = part if isinstance(part, int) else part[0]
            while picks and part != views.NEW and picks[0][0] < axis:
                marks.append(picks.pop(0)[1])
            marks.append(self._mark(part))
        return f"[{', '.join([*marks, *(place for _, place in picks)])}]"

    def _mark(self, part: Part) -> str:
        if isinstance(part, int):
            return "None" if part == views.NEW else ":"
        start, stop, step = part[1]
        return f"{self.size(start)}:{self.size(stop)}" + (f":{self.size(step)}" if step != 1 else "")

    def suffix(self, view: View) -> str:
        """What makes a view of an array in source."""
        if view == views.TURNED:
            return ".T"
        if views.is_turned(view):
            first, second = (place for place, part in enumerate(view[0]) if part != place)
            return f".swapaxes({first}, {second})"
        return self.index(view)

    def given(self, what: Any) -> str:
        """What an input is called."""
        role, symbol, _ = what
        if role == SIZE:
            return f"{self.dtype}.type({self.size(symbol)})"
        return {COUNT: self.length, SCALE: RATE}.get(role) or self.inputs[what]


def _reduced(writer: Expressions, what: Any, step: Step, xs: Sequence[Text]) -> Text:
    op, axes = what
    part = xs[0].within(POWER + 1)
    axis = f"axis={axes[0] if len(axes) == 1 else axes}" if writer.steps.axes[step] else ""
    return Text(f"{part.source}.{_METHODS[op]}({axis})", depth=part.depth)


_METHODS = {ops.ADD: "sum", ops.MAX: "max", ops.MIN: "min"}


def _behind(suffix: Callable[[Expressions, Any], str]) -> Any:
    def row(writer: Expressions, what: Any, step: Step, xs: Sequence[Text]) -> Text:
        part = xs[0].within(POWER + 1)
        return Text(part.source + suffix(writer, what), depth=part.depth)

    return row


def _mapped(writer: Expressions, op: ops.Op, step: Step, xs: Sequence[Text]) -> Text:
    """A choice between numbers is made in the dtype of the data, not in float64."""
    text = writer.dialect.spelled(op, xs)
    steps = writer.steps
    if text.fixed:
        return text
    numbers = op is ops.SELECT and writer.style.typed and not any(steps.axes[x] for x in steps.operands(step)[1:])
    return Text(f"{text.source}.astype({writer.dtype})", depth=text.depth) if numbers else text


# --- products ---


@cache
def product(left: Labels, right: Labels, result: Labels) -> str:
    """Which of these products a contraction is."""
    if left == right and len(left) > 1 and not result:
        return VDOT
    if len(left) <= 2 and len(right) <= 2:
        if left == right and len(left) == 2:
            return VECDOT
        if left[-1] == right[0] and result == left[:-1] + right[1:]:
            return DOT
    return MATMUL if _is_stacked(left, right, result) else TENSORDOT


def _is_stacked(left: Labels, right: Labels, result: Labels) -> bool:
    """Whether one label goes: the last of the left one, which the right one has first behind the samples."""
    inner = left[-1]
    return inner == right[-2:][0] and {*left, *right} - {inner} == {*result} and max(len(left), len(right)) > 2


def shared_axes(what: Any) -> tuple[tuple[int, ...], ...]:
    """Of a contraction: the axes of either operand that are summed over."""
    left, right, _ = what
    shared = [label for label in left if label in right]
    return tuple(tuple(map(labels.index, shared)) for labels in (left, right))


def _contracted(writer: Expressions, what: Any, step: Step, xs: Sequence[Text]) -> Text:
    return writer.dialect.products[product(*what)](what, xs)


# --- whole arrays ---


def _placed(writer: Expressions, view: View, step: Step, xs: Sequence[Text]) -> Text:
    sizes, index = writer.sizes(writer.steps.axes[step]), writer.index(view)
    return Text(writer.dialect.placed(xs[0].source, sizes, index, writer.dtype), depth=xs[0].depth + 1)


def _filled(writer: Expressions, what: Any, step: Step, xs: Sequence[Text]) -> Text:
    """A number is repeated in the dtype of the data, not in its own."""
    module, sizes = writer.dialect.module, writer.sizes(writer.steps.axes[step])
    if xs[0].fixed:
        return Text(f"{module}.full({sizes}, {xs[0].source}, {writer.dtype})", depth=1)
    return Text(f"{module}.broadcast_to({xs[0].source}, {sizes})", depth=xs[0].depth + 1)


def _linear(writer: Expressions, op: ops.Op, step: Step, xs: Sequence[Text]) -> Text:
    if op is ops.TRACE:
        return Text(f"{writer.dialect.module}.trace({xs[0].source}, axis1=-2, axis2=-1)", depth=xs[0].depth + 1)
    return writer.dialect.linear[op](xs)


_ROWS: dict[str, Callable[[Expressions, Any, Step, Sequence[Text]], Text]] = {
    INPUT: lambda writer, what, step, xs: Text(writer.given(what)),
    NUMBER: lambda writer, value, step, xs: number(value, writer.dialect.module),
    MAP: _mapped,
    CALL: _mapped,
    CONTRACT: _contracted,
    REDUCE: _reduced,
    VIEW: _behind(Expressions.suffix),
    RESHAPE: _behind(lambda writer, axes: ".reshape(-1)" if len(axes) == 1 else f".reshape({writer.sizes(axes)})"),
    LINALG: _linear,
    FILL: _filled,
    EYE: lambda writer, what, step, xs: writer.called("eye", writer.size(writer.steps.axes[step][0]), "dtype="),
    ONES: lambda writer, what, step, xs: writer.called("ones", writer.sizes(writer.steps.axes[step])),
    PLACE: _placed,
}
"""One row per kind of step."""
