"""What rescues digits, and digits only, in the code of expressions: the formulas stay as their author wrote them.

`exp(x) - 1` and `log(1 + x)` have functions of their own, which lose no digit near 0; what else there is say
`shifted_sums`, `normal_steps` and `tail_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from ... import ops
from ..steps import CALL, CONTRACT, MAP, NUMBER, Step, Steps
from . import normal_steps
from .cofactor_steps import cofactors, summed_cofactors
from .further_operations import EXPM1, LOG1P, LOG_HALF_ERFC, LOGADDEXP
from .shifted_sums import Shifting
from .tail_steps import tail_last


class Accurate(Shifting):
    """Rebuilds the steps of an expression, or of a model of one's own, as those that keep their digits."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        for step in self.order:
            found = self._found(step)
            self.moved[step] = self.same(step) if found is None else found

    def _found(self, step: Step) -> Step | None:
        kind, what = self.source.keys[step][:2]
        rule = self.rules.get(what) if kind in (MAP, CALL) else summed_cofactors if kind == CONTRACT else None
        return None if rule is None else rule(self, step)

    @property
    def rules(self) -> Mapping[ops.Op, Rule]:
        """By operation: what such a step becomes, or None."""
        return _RULES


class AccurateNetwork(Accurate):
    """Rebuilds the steps of a network, whose forms need no more than their exponentials and the tails of losses."""

    compensated = False

    @property
    def rules(self) -> Mapping[ops.Op, Rule]:
        return _OF_NETWORKS


def _difference(accurate: Accurate, step: Step) -> Step | None:
    """exp(x) - 1 and 1 - exp(x); the logarithm of a sum of exponentials less one of its exponents, and that less it."""
    source, steps, moved = accurate.source, accurate.steps, accurate.moved
    x, y = source.operands(step)
    if accurate.is_one(y) and source.maps(x, ops.EXP):
        return steps.map(EXPM1, moved[source.operands(x)[0]])
    if accurate.is_one(x) and source.maps(y, ops.EXP):
        return steps.map(ops.NEG, steps.map(EXPM1, moved[source.operands(y)[0]]))
    for total, other in ((x, y), (y, x)):
        if accurate.is_total(total) and other in accurate.exponents(total):
            sum_ = steps.map(ops.ADD, steps.map(ops.SUB, accurate.shifted(total)[0], moved[other]), accurate.log(total))
            return sum_ if total == x else steps.map(ops.NEG, sum_)
    found = _half_of_erfc(accurate, x, y, sp.Integer(2)) or _of_error_function(accurate, (x, y), -1)
    return tail_last(accurate, step) if found is None else found


def _product(accurate: Accurate, step: Step) -> Step | None:
    """x*sigmoid(x), and x times a product with it, where x is -inf: 0, and not inf*0; cofactors."""
    source, steps, moved = accurate.source, accurate.steps, accurate.moved
    pair = source.operands(step)
    found = cofactors(accurate, step)
    if found is not None:
        return found
    for x, other in (pair, pair[::-1]):
        factors = source.operands(other) if source.maps(other, ops.MUL) else (other,)
        if any(source.maps(factor, ops.SIGMOID) and source.operands(factor)[0] == x for factor in factors):
            return steps.map(ops.MUL, steps.map(ops.MAX, moved[x], steps.number(_LOWEST)), moved[other])
        if (found := normal_steps.product(steps, moved[x], moved[other])) is not None:
            return found
    return None


_LOWEST = sp.Float(-1e30)
"""A number of every dtype, of which the exponential is 0."""


def _sum(accurate: Accurate, step: Step) -> Step | None:
    """log(erfc(x)) + log(1/2); c + c*erf(x) = c*erfc(-x)."""
    pair = accurate.source.operands(step)
    for x, y in (pair, pair[::-1]) if len(pair) == 2 else ():
        if (found := _half_of_erfc(accurate, x, y, sp.S.Half)) is not None:
            return found
    found = _of_error_function(accurate, pair, 1)
    return tail_last(accurate, step) if found is None else found


def _half_of_erfc(accurate: Accurate, x: Step, y: Step, number: Any) -> Step | None:
    """log(erfc(x)/2), where x is log(erfc(x)) and y the logarithm of that number."""
    source = accurate.source
    if source.what(x) is not ops.LOG_ERFC or not source.maps(y, ops.LOG):
        return None
    if _number(source, source.operands(y)[0]) != number:
        return None
    return accurate.steps.map(LOG_HALF_ERFC, accurate.moved[source.operands(x)[0]])


def _of_error_function(accurate: Accurate, pair: Sequence[Step], sign: int) -> Step | None:
    """c + c*erf(x) = c*erfc(-x), c - c*erf(x) = c*erfc(x), 2*c - c*erfc(x) = c*erfc(-x), of a number c."""
    if len(pair) != 2:
        return None
    first, second = pair
    found = _complement(accurate, first, second, sign)
    return _complement(accurate, second, first, 1) if found is None and sign > 0 else found


def _complement(accurate: Accurate, plain: Step, term: Step, sign: int) -> Step | None:
    source, steps = accurate.source, accurate.steps
    c, (factor, function) = _number(source, plain), normal_steps.scaled(source, term)
    if c is None or source.kind(function) != CALL or source.what(function) not in (ops.ERF, ops.ERFC):
        return None
    is_erf, x = source.what(function) is ops.ERF, accurate.moved[source.operands(function)[0]]
    times = sign * factor / c
    if abs(times) != 1 if is_erf else 2 * times != -1:
        return None
    argument = x if is_erf and times < 0 else steps.map(ops.NEG, x)
    value = normal_steps.tail(steps, argument) or steps.map(ops.ERFC, argument)
    whole = c if is_erf else c / 2
    return value if whole == 1 else steps.map(ops.MUL, steps.number(whole), value)


def _number(source: Steps, step: Step) -> Any:
    value = source.what(step) if source.kind(step) == NUMBER else None
    return value if value is not None and value.is_Number and not value.is_zero else None


def _exponential(accurate: Accurate, step: Step) -> Step | None:
    """exp(x - logsumexp(...)) as a quotient of exponentials that have the largest taken out."""
    steps, [power] = accurate.steps, accurate.source.operands(step)
    found = accurate.quotient(power)
    if found is None:  # a bell by itself loses few digits where it is not tiny, and is much quicker as it stands
        normal = not accurate.operations.isdisjoint((ops.ERF, ops.ERFC))
        return normal_steps.bell(steps, accurate.moved[power]) if normal else None
    return found


def _weighted_exponential(accurate: Accurate, step: Step) -> Step | None:
    """c*exp(x - logsumexp(...)) likewise; of a number c it is a plain product."""
    source, steps = accurate.source, accurate.steps
    weight, power = source.operands(step)
    found = accurate.less_total(power)
    is_number = source.kind(weight) == NUMBER
    x, whole = (accurate.moved[power], None) if found is None else found
    parts = (ops.MUL, steps.map(ops.EXP, x)) if is_number else (ops.WEIGHTED_EXP, x)
    value = steps.map(parts[0], accurate.moved[weight], parts[1])
    return value if whole is None else steps.map(ops.DIV, value, whole)


def _logarithm(accurate: Accurate, step: Step) -> Step | None:
    """log(1 + x) and log(1 - x)."""
    source, steps, moved = accurate.source, accurate.steps, accurate.moved
    [inner] = source.operands(step)
    if source.maps(inner, ops.SUB) and accurate.is_one(source.operands(inner)[0]):
        return steps.map(LOG1P, steps.map(ops.NEG, moved[source.operands(inner)[1]]))
    if not source.maps(inner, ops.ADD) or not any(map(accurate.is_one, source.operands(inner))):
        return None
    others = [moved[x] for x in source.operands(inner) if not accurate.is_one(x)]
    return steps.map(LOG1P, others[0] if len(others) == 1 else steps.map(ops.ADD, *others))


def _logarithm_of_sum(accurate: Accurate, step: Step) -> Step | None:
    """That of two exponentials libraries have themselves."""
    pair = accurate.source.operands(step)
    return accurate.steps.map(LOGADDEXP, *(accurate.moved[x] for x in pair)) if len(pair) == 2 else None


Rule = Callable[[Accurate, Step], Step | None]

_RULES: dict[ops.Op, Rule] = {
    ops.MUL: _product,
    ops.ADD: _sum,
    ops.SUB: _difference,
    ops.WEIGHTED_EXP: _weighted_exponential,
    ops.EXP: _exponential,
    ops.LOG: _logarithm,
    ops.LOGSUMEXP: _logarithm_of_sum,
    ops.ERFC: lambda accurate, step: normal_steps.tail(
        accurate.steps, accurate.moved[accurate.source.operands(step)[0]]
    ),
}
"""By the operation that such a form ends with."""

_OF_NETWORKS: dict[ops.Op, Rule] = {
    ops.ADD: tail_last,
    ops.SUB: tail_last,
    ops.EXP: lambda accurate, step: accurate.quotient(accurate.source.operands(step)[0]),
    ops.LOGSUMEXP: lambda accurate, step: accurate.steps.map(ops.ADD, accurate.shifted(step)[0], accurate.log(step)),
}
"""Likewise, of a network: its exponentials are shared by its softmax and its loss."""
