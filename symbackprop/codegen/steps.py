"""Programs before any language: what is to be computed on whole arrays, step by step.

A step is a whole number, its place in `Steps.keys`, where its key stands: (kind, what, operand, operand, ...). Equal
steps are one, and the order of their making is an order in which they can be done. `Steps.axes` holds the axes of
each: sizes, which are integers or SymPy expressions, `BATCH` for the axis of the samples, or a tuple of these for
axes that lie flat in one; `Steps.types` whether its entries are floats or truths. The key of a kind in `SIZED` holds
(what, axes) in the place of what, since two of them may differ in nothing else: ask `Steps.what`.

| kind | what | operands, meaning |
|---|---|---|
| INPUT | (role, symbol, entry or None) | what is given; entry (0, 1) of a parameter W1 is a number of its own; SCALE and COUNT have no symbol, SIZE has a SymPy expression |
| NUMBER | a SymPy number or constant | in the dtype of what reads it |
| MAP | an operation of `ops` | entry by entry, operands of equal rank: an axis of one entry is repeated, and what has no axes stands beside any rank |
| CONTRACT | axis labels of both operands and of the result | the sum of products, as einsum has it, in whole numbers |
| REDUCE | (ADD, MAX or MIN; axes) | along these axes, which vanish |
| VIEW | a view: see `views` | the same memory with other axes: never a copy |
| RESHAPE | the new axes | of a contiguous operand: never a copy |
| PLACE | a view | zeros, with the operand where this view of the result shows |
| FILL | | the operand, repeated to the axes |
| EYE | | the identity |
| LINALG | INVERSE, DETERMINANT or TRACE | over the last two axes |
| CALL | a special function of `ops` | entry by entry: what a target has in a library, or refuses by name |

Whoever writes a language has a row for each kind, and under MAP and CALL a spelling for each operation.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NewType

from .. import ops
from . import views
from .views import View

Step = NewType("Step", int)
Axes = tuple[Any, ...]

BATCH = "samples"
"""The axis of the samples; it comes first in all that batching makes."""

INPUT, NUMBER, MAP, CONTRACT, REDUCE, VIEW = "input", "number", "map", "contract", "reduce", "view"
RESHAPE, PLACE, FILL, EYE, LINALG, CALL = "reshape", "place", "fill", "eye", "linalg", "call"
KINDS = (INPUT, NUMBER, MAP, CONTRACT, REDUCE, VIEW, RESHAPE, PLACE, FILL, EYE, LINALG, CALL)
"""All kinds of steps."""

PARAMETER, DATA, TARGET, ARGUMENT = "parameter", "data", "target", "argument"
SCALE, COUNT, SIZE = "scale", "count", "size"
ROLES = (PARAMETER, DATA, TARGET, ARGUMENT, SCALE, COUNT, SIZE)
"""What an input is given as; SCALE multiplies gradients, COUNT is how many samples there are, SIZE a size in floats."""

SIZED = frozenset({FILL, PLACE, EYE, RESHAPE})
"""The kinds whose operands do not tell their axes: these are part of the key."""

Labels = tuple[int, ...]


class Steps:
    """The steps of one program.

    Args:
        interned: whether equal steps are one; a program that shares nothing makes each anew, but for its leaves.
    """

    def __init__(self, interned: bool = True) -> None:
        self.keys: list[tuple[Any, ...]] = []
        self.axes: list[Axes] = []
        self.types: list[type] = []  # float or bool
        self.constants: set[Step] = set()  # numbers, and what is made of numbers alone
        self.interned = interned
        self._table: dict[tuple[Any, ...], Step] = {}

    def make(self, kind: str, what: Any, operands: Sequence[Step], axes: Axes) -> Step:
        """The step of a key."""
        key = (kind, (what, axes), *operands) if kind in SIZED else (kind, what, *operands)
        fresh = Step(len(self.keys))
        step = self._table.setdefault(key, fresh) if self.interned or not operands else fresh
        if step == fresh:
            self.keys.append(key)
            self.axes.append(axes)
            self.types.append(bool if kind == MAP and what in ops.CONDITIONS else float)
            if kind == NUMBER or (kind in (MAP, CALL) and self.constants.issuperset(operands)):
                self.constants.add(step)
        return step

    # --- reading ---

    def operands(self, step: Step) -> tuple[Step, ...]:
        """What a step is computed from."""
        return self.keys[step][2:]

    def kind(self, step: Step) -> str:
        """What kind of step it is."""
        kind: str = self.keys[step][0]
        return kind

    def what(self, step: Step) -> Any:
        """What the step's kind leaves open."""
        key = self.keys[step]  # which may be long: nothing here walks along it
        return key[1][0] if key[0] in SIZED else key[1]

    def maps(self, step: Step, *which: ops.Op) -> bool:
        """Whether a step applies one of these operations entry by entry."""
        key = self.keys[step]
        return key[0] == MAP and key[1] in which

    # --- making: leaves ---

    def given(self, role: str, symbol: Any, axes: Axes = (), entry: tuple[int, ...] | None = None) -> Step:
        """What the caller gives."""
        return self.make(INPUT, (role, symbol, entry), (), axes)

    def number(self, value: Any) -> Step:
        """A SymPy number or constant."""
        return self.make(NUMBER, value, (), ())

    # --- making: entry by entry ---

    def map(self, op: ops.Op, *operands: Step) -> Step:
        """An operation on operands that broadcast."""
        kind = CALL if op.special else MAP
        return self.make(kind, op, operands, self.broadcast(operands))

    def broadcast(self, operands: Sequence[Step]) -> Axes:
        """The axes that operands have in common, aligned at the last one."""
        first, *others = every = [self.axes[operand] for operand in operands]
        if all(axes == first for axes in others):
            return first
        longest = max(map(len, every))
        result: list[Any] = [1] * longest
        for axes in every:
            for place, size in enumerate(axes, longest - len(axes)):
                if size != 1:
                    result[place] = size
        return tuple(result)

    # --- making: sums and products ---

    def reduce(self, op: ops.Op, x: Step, axes: tuple[int, ...]) -> Step:
        """The sum (ADD), largest (MAX) or smallest (MIN) along some axes."""
        kept = tuple(size for axis, size in enumerate(self.axes[x]) if axis not in axes)
        return self.make(REDUCE, (op, axes), (x,), kept)

    def contract(self, x: Step, y: Step, left: Labels, right: Labels, result: Labels) -> Step:
        """The sum of products: axes of one label go together, and those that the result lacks are summed over."""
        sizes = dict(zip((*left, *right), (*self.axes[x], *self.axes[y]), strict=True))
        return self.make(CONTRACT, (left, right, result), (x, y), tuple(sizes[label] for label in result))

    def dot(self, x: Step, y: Step) -> Step:
        """The product over the last axis of x and the first of y."""
        last = len(self.axes[x]) - 1
        left, right = tuple(range(last + 1)), tuple(range(last, last + len(self.axes[y])))
        return self.contract(x, y, left, right, left[:-1] + right[1:])

    def inner(self, x: Step, y: Step) -> Step:
        """The sum of the products of all entries."""
        labels = tuple(range(len(self.axes[x])))
        return self.contract(x, y, labels, labels, ())

    # --- making: other views of what there is ---

    def view(self, x: Step, view: View, axes: Axes | None = None) -> Step:
        """The same memory with other axes, which have to be given where a range is not in numbers: no work."""
        rank = len(self.axes[x])
        if views.is_whole(view, rank):
            return x
        if self.kind(x) == VIEW:
            both = views.compose(view, self.what(x))
            if both is not None and views.is_turned(view) and views.is_whole(both, rank):  # exchanged and back
                return self.operands(x)[0]
            if both is not None and views.widens(view) and views.widens(self.what(x)):
                return self.make(VIEW, both, self.operands(x), views.axes_of(view, self.axes[x]))
        return self.make(VIEW, view, (x,), views.axes_of(view, self.axes[x]) if axes is None else axes)

    def transposed(self, x: Step) -> Step:
        """Rows and columns exchanged; a vector has only one axis and stays as it is."""
        axes = self.axes[x]
        first = 1 if axes[:1] == (BATCH,) else 0
        if len(axes) - first < 2:
            return x
        return self.view(x, views.turned(len(axes), first))

    def is_turned(self, x: Step) -> bool:
        """Whether a step is the transpose of another."""
        return self.kind(x) == VIEW and views.is_turned(self.what(x))

    def base(self, step: Step) -> Step:
        """The step whose memory a view shows."""
        while self.keys[step][0] in (VIEW, RESHAPE):
            step = self.keys[step][2]
        return step
