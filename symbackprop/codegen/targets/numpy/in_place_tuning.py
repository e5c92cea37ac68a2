"""Steps into quicker steps of equal value, for the style that writes in place.

On small arrays a step costs what NumPy needs to look at its operands, a third of a microsecond where they have one
shape and three times that where they broadcast or are reduced. So sums become products with ones, which BLAS does in
one call; a sum that is to be broadcast again is made in its full shape at once; and 1 is not subtracted from. What
comes of a few logits for each of many samples lies class by class, not sample by sample: the largest of ten numbers is
found for all samples at once, which takes a third of the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import sympy as sp

from .... import ops
from ... import views
from ...passes.further_operations import SQUARE
from ...passes.step_rewriting import Rewriting
from ...steps import BATCH, CONTRACT, FILL, INPUT, MAP, NUMBER, REDUCE, RESHAPE, VIEW, Step, Steps
from ..python_arrays.step_expressions import DOT, ONES, VDOT, product
from .buffer_plan import is_ufunc

MOST_CLASSES = 32
"""Up to so many columns, a product with a square of ones costs less than to broadcast their sum."""


class Tuning(Rewriting):
    """Rebuilds steps as quicker ones."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        self._turned: dict[Step, Step] = {}
        self.uses = Counter(operand for step in self.order for operand in source.operands(step))
        self.full = set(_broadcast_sums(source, self.order))
        self._by_class = by_class(source, self.order)
        for step in self.order:
            self._rebuild(step)

    def _rebuild(self, step: Step) -> None:
        if step in self._by_class:
            turn = _turned_dot if is_dot(self.source, step) else _turned_ufunc
            turned = self._turned[step] = turn(self, step)
            self.moved[step] = self.steps.view(turned, views.TURNED)
            return
        tuned = _tuned(self, step)
        self.moved[step] = self.same(step) if tuned is None else tuned

    def turned(self, step: Step) -> Step:
        """The transpose of a step as an array of its own, in which the samples lie side by side."""
        if step in self._turned:
            return self._turned[step]
        view = self.steps.view(self.moved[step], views.TURNED)
        return self.steps.make(FILL, None, (view,), self.source.axes[step][::-1])

    def place(self, step: Step) -> Step:
        """The step that computes what `step` computed, in whichever order its entries lie."""
        return self._turned.get(step, self.moved[step])

    def is_turned(self, step: Step) -> bool:
        """Whether the step lies class by class."""
        return step in self._turned

    def ones(self, *axes: object) -> Step:
        """An array of ones."""
        return self.steps.make(ONES, axes, (), axes)


def is_dot(steps: Steps, step: Step) -> bool:
    """Whether a step is a product over the last axis of one array and the first of another."""
    return steps.kind(step) == CONTRACT and product(*steps.what(step)) == DOT


_COLUMN = views.widened((True, False))
"""A number for each sample as a column."""


def _broadcast_sums(steps: Steps, order: Iterable[Step]) -> Iterable[Step]:
    """The sums along rows that something is divided by, entry by entry, where there are few columns."""
    for step in order:
        if steps.maps(step, ops.DIV):
            divisor = steps.operands(step)[1]
            if steps.kind(divisor) == VIEW and steps.what(divisor) == _COLUMN:
                total = steps.operands(divisor)[0]
                if _reduces_few(steps, total, ops.ADD):
                    yield total


def _reduces_few(steps: Steps, step: Step, op: ops.Op) -> bool:
    """Whether a step reduces each row of a few columns by a function."""
    if steps.kind(step) != REDUCE or steps.what(step) != (op, (1,)):
        return False
    axes = steps.axes[steps.operands(step)[0]]
    return len(axes) == 2 and isinstance(axes[1], int) and axes[1] <= MOST_CLASSES


def _reduced(tuning: Tuning, step: Step) -> Step | None:
    """A sum as a product with ones; what lies class by class is reduced along the other axis."""
    source = tuning.source
    op, axes = source.what(step)
    [x] = source.operands(step)
    if tuning.is_turned(x):
        return _reduced_by_class(tuning, step)
    sizes = source.axes[x]
    if op is not ops.ADD or source.types[x] is bool or len(axes) != 1 or len(sizes) > 2:
        return None
    moved = tuning.moved[x]
    if step in tuning.full:
        square = tuning.steps.dot(moved, tuning.ones(sizes[1], sizes[1]))
        return tuning.steps.view(square, views.picked(2, 1))
    if axes == (0,):
        ones = tuning.ones(sizes[0])
        return tuning.steps.dot(ones, moved) if len(sizes) == 2 else tuning.steps.dot(moved, ones)
    return tuning.steps.dot(moved, tuning.ones(sizes[1]))


def _reduced_by_class(tuning: Tuning, step: Step) -> Step:
    op, axes = tuning.source.what(step)
    [x] = tuning.source.operands(step)
    turned, (samples, classes) = tuning.turned(x), tuning.source.axes[x]
    if op is not ops.ADD or len(axes) != 1:
        return tuning.steps.reduce(op, turned, tuple(1 - axis for axis in axes))
    if step in tuning.full:
        square = tuning.steps.dot(tuning.ones(classes, classes), turned)
        return tuning.steps.view(square, views.picked(2, 0))
    if axes == (0,):
        return tuning.steps.dot(turned, tuning.ones(samples))
    return tuning.steps.dot(tuning.ones(classes), turned)


def _quotient(tuning: Tuning, step: Step) -> Step | None:
    above, below = tuning.source.operands(step)
    whole = _whole_sum(tuning, below)
    return None if whole is None else tuning.steps.map(ops.DIV, tuning.moved[above], whole)


def _whole_sum(tuning: Tuning, divisor: Step) -> Step | None:
    """The sum in its full shape that a divisor shows one row or column of; None if it is no such sum."""
    if tuning.source.kind(divisor) != VIEW or tuning.source.operands(divisor)[0] not in tuning.full:
        return None
    part = tuning.moved[tuning.source.operands(divisor)[0]]
    return tuning.steps.operands(part)[0]


def _product(tuning: Tuning, step: Step) -> Step | None:
    """g*(1 - u) as g - g*u; x*x as a square."""
    x, y = tuning.source.operands(step)
    if x == y:
        return tuning.steps.map(SQUARE, tuning.moved[x])
    for factor, other in ((y, x), (x, y)):
        if tuning.uses[factor] == 1 and _is_rest_to_one(tuning.source, factor):
            u = tuning.source.operands(factor)[1]
            if tuning.source.axes[u] == tuning.source.axes[other] != ():
                g = tuning.moved[other]
                return tuning.steps.map(ops.SUB, g, tuning.steps.map(ops.MUL, tuning.moved[u], g))
    return None


def _is_rest_to_one(steps: Steps, step: Step) -> bool:
    if not steps.maps(step, ops.SUB):
        return False
    one = steps.operands(step)[0]
    return steps.kind(one) == NUMBER and steps.what(one) in (sp.Integer(1), sp.Float(1))


def _inner(tuning: Tuning, step: Step) -> Step | None:
    """The sum of the products of all entries, as a product of two rows of numbers."""
    pair = tuning.source.operands(step)
    flat = (tuning.source.axes[pair[0]],)
    turned = any(map(tuning.is_turned, pair))
    arrays = [tuning.turned(operand) if turned else tuning.moved[operand] for operand in pair]
    return tuning.steps.dot(*(tuning.steps.make(RESHAPE, flat, (array,), flat) for array in arrays))


# --- class by class ---


def by_class(steps: Steps, order: Sequence[Step]) -> set[Step]:
    """The steps around the largest of a few logits for each sample, as far as they go on entry by entry."""
    users: dict[Step, list[Step]] = {}
    for step in order:
        for operand in steps.operands(step):
            users.setdefault(operand, []).append(step)
    waiting = [steps.operands(step)[0] for step in order if _is_largest(steps, step)]
    found: set[Step] = set()
    while waiting:
        step = waiting.pop()
        if step not in found and (is_ufunc(steps, step) or is_dot(steps, step)):
            found.add(step)
            near = steps.operands(step) if is_ufunc(steps, step) else ()
            near = (*near, *(user for user in users.get(step, ()) if is_ufunc(steps, user)))
            waiting += [other for other in near if steps.axes[other] == steps.axes[step]]
    return found


def _is_largest(steps: Steps, step: Step) -> bool:
    return _reduces_few(steps, step, ops.MAX) and steps.axes[step] == (BATCH,)


def _turned_ufunc(tuning: Tuning, step: Step) -> Step:
    source, op = tuning.source, tuning.source.what(step)
    operands = source.operands(step)
    whole = _whole_sum(tuning, operands[1]) if op is ops.DIV else None
    if whole is not None:
        return tuning.steps.map(op, tuning.turned(operands[0]), whole)
    return tuning.steps.map(op, *(_beside(tuning, operand, step) for operand in operands))


def _beside(tuning: Tuning, operand: Step, step: Step) -> Step:
    """An operand as it stands beside one that lies class by class."""
    source, axes = tuning.source, tuning.source.axes[operand]
    if axes == source.axes[step]:
        return tuning.turned(operand)
    if len(axes) == 1:  # a number for each class
        return tuning.steps.view(tuning.moved[operand], _COLUMN)
    if len(axes) == 2 and source.kind(operand) == VIEW:  # a number for each sample, spread over a column
        return tuning.moved[source.operands(operand)[0]]
    return tuning.moved[operand]


def _turned_dot(tuning: Tuning, step: Step) -> Step:
    """(A B)ᵀ = Bᵀ Aᵀ."""
    left, right = tuning.source.operands(step)
    return tuning.steps.dot(*(_transposed(tuning, operand) for operand in (right, left)))


def _transposed(tuning: Tuning, operand: Step) -> Step:
    return tuning.steps.view(tuning.moved[operand], views.turned(len(tuning.source.axes[operand])))


_PRODUCTS: Mapping[ops.Op, Callable[[Tuning, Step], Step | None]] = {ops.MUL: _product, ops.DIV: _quotient}
_CONTRACTIONS: Mapping[str, Callable[[Tuning, Step], Step | None]] = {VDOT: _inner}


def _tuned(tuning: Tuning, step: Step) -> Step | None:
    """What takes the place of a step; None where it stays as it is."""
    source = tuning.source
    kind, what = source.kind(step), source.what(step)
    if kind == REDUCE:
        return _reduced(tuning, step)
    rule = _CONTRACTIONS.get(product(*what)) if kind == CONTRACT else _PRODUCTS.get(what) if kind == MAP else None
    return None if rule is None else rule(tuning, step)


def turned_gradient(steps: Steps, step: Step) -> Step | None:
    """The transpose `X.T @ D` of a gradient `D.T @ X`, if X is data: the form in which W's transpose is stored.

    A first layer only ever multiplies by its weights' transpose, and BLAS reads that best where it lies row by row; the
    others multiply by both.
    """
    if not is_dot(steps, step):
        return None
    left, right = steps.operands(step)
    is_turned = steps.kind(left) == VIEW and steps.what(left) == views.TURNED and steps.kind(right) == INPUT
    if not is_turned or len(steps.axes[right]) != 2 or steps.axes[right][0] != BATCH:
        return None
    return steps.dot(steps.view(right, views.TURNED), steps.operands(left)[0])
