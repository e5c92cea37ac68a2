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

from .arrays import BATCH, DOT, INPUT, NUMBER, ONES, REDUCE, SIZED, SPREAD, UFUNC, VDOT, VIEW, Arrays, Dims, Step
from .buffers import needed

MOST_CLASSES = 32
"""Up to so many columns, a product with a square of ones costs less than to broadcast their sum."""


class Tuning:
    """Rebuilds the steps for some roots in arrays of their own; `moved` tells where each step went."""

    def __init__(self, source: Arrays, roots: Sequence[Step]) -> None:
        self.source, self.arrays = source, Arrays()
        self.moved: dict[Step, Step] = {}
        self._turned: dict[Step, Step] = {}
        steps = needed(source, roots)
        self.uses = Counter(operand for step in steps for operand in source.operands(step))
        self.full = set(_broadcast_sums(source, steps))
        self._by_class = by_class(source, steps)
        for step in steps:
            self._rebuild(step)

    def _rebuild(self, step: Step) -> None:
        if step in self._by_class:
            turned = self._turned[step] = _TURNED[self.source.kind(step)](self, step)
            self.moved[step] = self.arrays.view(turned, ".T", self.source.dims[step])
            return
        rule = _RULES.get(self.source.kind(step))
        tuned = None if rule is None else rule(self, step)
        self.moved[step] = self._same(step) if tuned is None else tuned

    def _same(self, step: Step) -> Step:
        source = self.source
        detail = source.detail(step)
        operands = [self.moved[operand] for operand in source.operands(step)]
        if source.kind(step) == VIEW:  # the transpose of a transpose is none
            return self.arrays.view(operands[0], detail, source.dims[step])
        detail = detail[0] if source.kind(step) in SIZED else detail
        return self.arrays.make(source.kind(step), detail, operands, source.dims[step], step in source.booleans)

    def turned(self, step: Step) -> Step:
        """The transpose of a step as an array of its own, in which the samples lie side by side."""
        if step in self._turned:
            return self._turned[step]
        dims = self.source.dims[step][::-1]
        view = self.arrays.view(self.moved[step], ".T", dims)
        return self.arrays.make(SPREAD, None, (view,), dims)

    def place(self, step: Step) -> Step:
        """The step that computes what `step` computed, in whichever order its entries lie."""
        return self._turned.get(step, self.moved[step])

    def is_turned(self, step: Step) -> bool:
        """Whether the step lies class by class."""
        return step in self._turned

    def ones(self, *dims: object) -> Step:
        """An array of ones."""
        return self.arrays.make(ONES, None, (), dims)


def _broadcast_sums(arrays: Arrays, steps: Iterable[Step]) -> Iterable[Step]:
    """The sums along rows that something is divided by, entry by entry, where there are few columns."""
    for step in steps:
        if arrays.kind(step) == UFUNC and arrays.detail(step) == "np.divide":
            divisor = arrays.operands(step)[1]
            if arrays.kind(divisor) == VIEW and arrays.detail(divisor) == "[:, None]":
                total = arrays.operands(divisor)[0]
                if _reduces_few(arrays, total, "np.add"):
                    yield total


def _reduces_few(arrays: Arrays, step: Step, name: str) -> bool:
    """Whether a step reduces each row of a few columns by a function."""
    if arrays.kind(step) != REDUCE or arrays.detail(step) != (name, (1,)):
        return False
    dims = arrays.dims[arrays.operands(step)[0]]
    return len(dims) == 2 and isinstance(dims[1], int) and dims[1] <= MOST_CLASSES


def _reduced(tuning: Tuning, step: Step) -> Step | None:
    """A sum as a product with ones; what lies class by class is reduced along the other axis."""
    source = tuning.source
    name, axes = source.detail(step)
    [x] = source.operands(step)
    if tuning.is_turned(x):
        return _reduced_by_class(tuning, step)
    dims = source.dims[x]
    if name != "np.add" or x in source.booleans or len(axes) != 1 or len(dims) > 2:
        return None
    moved = tuning.moved[x]
    if step in tuning.full:
        square = tuning.arrays.dot(moved, tuning.ones(dims[1], dims[1]))
        return tuning.arrays.view(square, "[:, 0]", dims[:1])
    if axes == (0,):
        ones = tuning.ones(dims[0])
        return tuning.arrays.dot(ones, moved) if len(dims) == 2 else tuning.arrays.dot(moved, ones)
    return tuning.arrays.dot(moved, tuning.ones(dims[1]))


def _reduced_by_class(tuning: Tuning, step: Step) -> Step:
    name, axes = tuning.source.detail(step)
    [x] = tuning.source.operands(step)
    turned, (samples, classes) = tuning.turned(x), tuning.source.dims[x]
    if name != "np.add" or len(axes) != 1:
        return tuning.arrays.reduce(name, turned, tuple(1 - axis for axis in axes))
    if step in tuning.full:
        square = tuning.arrays.dot(tuning.ones(classes, classes), turned)
        return tuning.arrays.view(square, "[0]", (samples,))
    if axes == (0,):
        return tuning.arrays.dot(turned, tuning.ones(samples))
    return tuning.arrays.dot(tuning.ones(classes), turned)


def _quotient(tuning: Tuning, step: Step) -> Step | None:
    above, below = tuning.source.operands(step)
    whole = _whole_sum(tuning, below)
    return None if whole is None else tuning.arrays.ufunc("np.divide", tuning.moved[above], whole)


def _whole_sum(tuning: Tuning, divisor: Step) -> Step | None:
    """The sum in its full shape that a divisor shows one row or column of; None if it is no such sum."""
    if tuning.source.kind(divisor) != VIEW or tuning.source.operands(divisor)[0] not in tuning.full:
        return None
    part = tuning.moved[tuning.source.operands(divisor)[0]]
    return tuning.arrays.operands(part)[0]


def _product(tuning: Tuning, step: Step) -> Step | None:
    """g*(1 - u) as g - g*u; x*x as a square."""
    x, y = tuning.source.operands(step)
    if x == y:
        return tuning.arrays.ufunc("np.square", tuning.moved[x])
    for factor, other in ((y, x), (x, y)):
        if tuning.uses[factor] == 1 and _is_rest_to_one(tuning.source, factor):
            u = tuning.source.operands(factor)[1]
            if tuning.source.dims[u] == tuning.source.dims[other] != ():
                g = tuning.moved[other]
                return tuning.arrays.ufunc("np.subtract", g, tuning.arrays.ufunc("np.multiply", tuning.moved[u], g))
    return None


def _is_rest_to_one(arrays: Arrays, step: Step) -> bool:
    if arrays.kind(step) != UFUNC or arrays.detail(step) != "np.subtract":
        return False
    one = arrays.operands(step)[0]
    return arrays.kind(one) == NUMBER and arrays.detail(one).source in ("1", "1.0")


_UFUNC_RULES = {"np.multiply": _product, "np.divide": _quotient}


def _ufunc(tuning: Tuning, step: Step) -> Step | None:
    rule = _UFUNC_RULES.get(tuning.source.detail(step))
    return None if rule is None else rule(tuning, step)


def _inner(tuning: Tuning, step: Step) -> Step | None:
    """The sum of the products of all entries, as a product of two rows of numbers."""
    pair = tuning.source.operands(step)
    dims = tuning.source.dims[pair[0]]
    flat: Dims = (" * ".join(map(str, dims)),)
    turned = any(map(tuning.is_turned, pair))
    arrays = [tuning.turned(operand) if turned else tuning.moved[operand] for operand in pair]
    views = [tuning.arrays.view(array, ".reshape(-1)" * (len(dims) > 1), flat) for array in arrays]
    return tuning.arrays.make(DOT, None, views, ())


# --- class by class ---


def by_class(arrays: Arrays, steps: Sequence[Step]) -> set[Step]:
    """The steps around the largest of a few logits for each sample, as far as they go on entry by entry."""
    users: dict[Step, list[Step]] = {}
    for step in steps:
        for operand in arrays.operands(step):
            users.setdefault(operand, []).append(step)
    waiting = [arrays.operands(step)[0] for step in steps if _is_largest(arrays, step)]
    found: set[Step] = set()
    while waiting:
        step = waiting.pop()
        if step not in found and arrays.kind(step) in _TURNED:
            found.add(step)
            near = arrays.operands(step) if arrays.kind(step) == UFUNC else ()
            near = (*near, *(user for user in users.get(step, ()) if arrays.kind(user) == UFUNC))
            waiting += [other for other in near if arrays.dims[other] == arrays.dims[step]]
    return found


def _is_largest(arrays: Arrays, step: Step) -> bool:
    return _reduces_few(arrays, step, "np.maximum") and arrays.dims[step] == (BATCH,)


def _turned_ufunc(tuning: Tuning, step: Step) -> Step:
    source, name = tuning.source, tuning.source.detail(step)
    operands = source.operands(step)
    whole = _whole_sum(tuning, operands[1]) if name == "np.divide" else None
    if whole is not None:
        return tuning.arrays.ufunc(name, tuning.turned(operands[0]), whole)
    beside = [_beside(tuning, operand, step) for operand in operands]
    return tuning.arrays.ufunc(name, *beside, boolean=step in source.booleans)


def _beside(tuning: Tuning, operand: Step, step: Step) -> Step:
    """An operand as it stands beside one that lies class by class."""
    source, dims = tuning.source, tuning.source.dims[operand]
    if dims == source.dims[step]:
        return tuning.turned(operand)
    if len(dims) == 1:  # a number for each class
        return tuning.arrays.view(tuning.moved[operand], "[:, None]", (*dims, 1))
    if len(dims) == 2 and source.kind(operand) == VIEW:  # a number for each sample, spread over a column
        return tuning.moved[source.operands(operand)[0]]
    return tuning.moved[operand]


def _turned_dot(tuning: Tuning, step: Step) -> Step:
    """(A B)ᵀ = Bᵀ Aᵀ."""
    left, right = tuning.source.operands(step)
    return tuning.arrays.dot(*(_transposed(tuning, operand) for operand in (right, left)))


def _transposed(tuning: Tuning, operand: Step) -> Step:
    return tuning.arrays.view(tuning.moved[operand], ".T", tuning.source.dims[operand][::-1])


_TURNED: Mapping[str, Callable[[Tuning, Step], Step]] = {UFUNC: _turned_ufunc, DOT: _turned_dot}
"""How the kinds of steps that can lie class by class are made so."""


_RULES: Mapping[str, Callable[[Tuning, Step], Step | None]] = {REDUCE: _reduced, UFUNC: _ufunc, VDOT: _inner}
"""By kind of step: what takes its place, or None where it stays as it is."""


def turned_gradient(arrays: Arrays, step: Step) -> Step | None:
    """The transpose `X.T @ D` of a gradient `D.T @ X`, if X is data: the form in which W's transpose is stored.

    A first layer only ever multiplies by its weights' transpose, and BLAS reads that best where it lies row by row; the
    others multiply by both.
    """
    if arrays.kind(step) != DOT:
        return None
    left, right = arrays.operands(step)
    is_turned = arrays.kind(left) == VIEW and arrays.detail(left) == ".T" and arrays.kind(right) == INPUT
    if not is_turned or len(arrays.dims[right]) != 2 or arrays.dims[right][0] != BATCH:
        return None
    return arrays.dot(arrays.view(right, ".T", arrays.dims[right][::-1]), arrays.operands(left)[0])
