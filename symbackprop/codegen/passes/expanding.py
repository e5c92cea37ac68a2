"""Towards libraries of arrays: operations that they lack as those that they have, and what they do themselves left out.

Sums of many terms become sums of two, small powers products, the activations what is computed quickest. Where a
product takes a step function, it takes the comparison itself. An axis of one entry in front they add.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import sympy as sp

from ... import ops
from .. import views
from ..steps import CALL, CONTRACT, LINALG, MAP, NUMBER, VIEW, Step, Steps
from .further_operations import EXPM1, LOGADDEXP
from .matrix_steps import quickest
from .step_rewriting import Rewriting

Expansion = Callable[[Steps, Sequence[Step]], Step]


def expanded(
    source: Steps, roots: Sequence[Step], first: type[Rewriting], then: type[Expanding] | None = None
) -> Rewriting:
    """The steps for some roots as libraries have them; `moved` is of the steps before `first`, which saves digits."""
    careful = first(source, roots)
    found = (then or Expanding)(careful.steps, [careful.moved[root] for root in roots])
    found.moved = {step: found.moved[new] for step, new in careful.moved.items() if new in found.moved}
    return found


_OVER_FIRST = ((0, 1), (0, 2), (1, 2))


class Expanding(Rewriting):
    """Rebuilds steps as those that libraries have.

    turns_samples: whether a sum over the samples becomes a product that begins with a transpose.
    """

    turns_samples = True

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        for step in self.order:
            self.moved[step] = self._expanded(step)

    def _expanded(self, step: Step) -> Step:
        source = self.source
        kind, what, *parts = source.keys[step]
        if step in source.constants:
            return self._of_numbers(step)
        if kind == VIEW and what[0][:1] == (views.NEW,):
            return self._trimmed(step, what)
        if kind == CONTRACT and what == _OVER_FIRST and self.turns_samples:
            return self._over_first(*parts)
        if kind == LINALG:
            return quickest(self, step)
        if kind not in (MAP, CALL):
            return self.same(step)
        operands = [self.moved[part] for part in parts]
        if what is ops.MUL:
            operands = _masked(self.steps, operands)
        row = EXPANDED.get(what)
        return self.steps.map(what, *operands) if row is None else row(self.steps, operands)

    def _of_numbers(self, step: Step) -> Step:
        """A function of numbers alone stays a Python float: the square root of a number is a power of it."""
        if not self.source.maps(step, ops.SQRT):
            return self.same(step)
        [x] = self.source.operands(step)
        return self.steps.map(ops.POW, self.moved[x], self.steps.number(sp.Float("0.5")))

    def _over_first(self, x: Step, y: Step) -> Step:
        """A sum over the first axes of both, the samples: a product that begins with a transpose."""
        return self.steps.dot(self.steps.view(self.moved[x], views.TURNED), self.moved[y])

    def _trimmed(self, step: Step, view: views.View) -> Step:
        """A view without axes of one entry in front: what reads it broadcasts."""
        parts, dropped = view
        first = next(place for place, part in enumerate(parts) if part != views.NEW)
        inner = self.moved[self.source.operands(step)[0]]
        return self.steps.view(inner, (parts[first:], dropped), self.source.axes[step][first:])


def _masked(steps: Steps, xs: Sequence[Step]) -> list[Step]:
    """A product with a step function takes the comparison itself, which is far quicker to compute."""
    floats = [bool(steps.axes[x]) and not steps.maps(steps.base(x), ops.HEAVISIDE) for x in xs]
    return [_mask(steps, x) if any(floats) else x for x in xs]


def _mask(steps: Steps, x: Step) -> Step:
    if steps.maps(x, ops.HEAVISIDE):
        x_, half = steps.operands(x)
        if steps.kind(half) == NUMBER and steps.what(half).is_zero:
            return steps.map(ops.GT, x_, _zero(steps))
    return x


def _zero(steps: Steps) -> Step:
    return steps.number(sp.Float(0))


def _folded(op: ops.Op) -> Expansion:
    return lambda steps, xs: reduce(lambda x, y: steps.map(op, x, y), xs)


def _power(steps: Steps, xs: Sequence[Step]) -> Step:
    """Small whole powers as products: a power takes ten times as long."""
    base, exponent = xs
    times = _POWERS.get(steps.what(exponent)) if steps.kind(exponent) == NUMBER else None
    return steps.map(ops.POW, *xs) if times is None else times(steps, base)


def _square(steps: Steps, x: Step) -> Step:
    return steps.map(ops.MUL, x, x)


_POWERS: dict[sp.Integer, Callable[[Steps, Step], Step]] = {
    sp.Integer(2): _square,
    sp.Integer(3): lambda steps, x: steps.map(ops.MUL, _square(steps, x), x),
    sp.Integer(4): lambda steps, x: _square(steps, _square(steps, x)),
}


def _sigmoid(steps: Steps, xs: Sequence[Step]) -> Step:
    """1/(1 + exp(-x)): where exp(-x) overflows to inf, the result is 0, as it should be."""
    one = steps.number(sp.Float(1))
    power = steps.map(ops.EXP, steps.map(ops.NEG, xs[0]))
    return steps.map(ops.DIV, one, steps.map(ops.ADD, power, one))


def _leaky_relu(steps: Steps, xs: Sequence[Step]) -> Step:
    positive = steps.map(ops.GT, xs[0], _zero(steps))
    return steps.map(ops.SELECT, positive, xs[0], steps.map(ops.MUL, *xs))


def _elu(steps: Steps, xs: Sequence[Step]) -> Step:
    """The positive part plus alpha*expm1 of the negative part: exp never sees a large number."""
    zero = _zero(steps)
    below = steps.map(ops.MUL, steps.map(EXPM1, steps.map(ops.MIN, xs[0], zero)), xs[1])
    return steps.map(ops.ADD, steps.map(ops.MAX, xs[0], zero), below)


EXPANDED: dict[ops.Op, Expansion] = {
    **{op: _folded(op) for op in (ops.ADD, ops.MAX, ops.MIN, ops.AND, ops.OR)},
    ops.POW: _power,
    ops.SIGMOID: _sigmoid,
    ops.SOFTPLUS: lambda steps, xs: steps.map(LOGADDEXP, xs[0], _zero(steps)),
    ops.RELU: lambda steps, xs: steps.map(ops.MAX, xs[0], _zero(steps)),
    ops.LEAKY_RELU: _leaky_relu,
    ops.ELU: _elu,
}
"""The operations that become others, each with what it becomes."""
