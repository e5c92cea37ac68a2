"""What rescues digits, and digits only, in the code of expressions: the formulas stay as their author wrote them.

`exp(x) - 1` and `log(1 + x)` have functions of their own, which lose no digit near 0. What is taken from, or divided
by, a sum of exponentials is measured from the largest exponent: `exp(x - logsumexp(x, y))`, and `x - logsumexp(x, y)`
itself, keep their digits however large x is, where the rounding of the sum alone is eps*|x|. Source: Blanchard, Higham
and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal. 41 (2021), section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .... import ops
from ...steps import CALL, CONTRACT, MAP, NUMBER, Step, Steps
from . import normal_steps
from .cofactor_steps import cofactors, summed_cofactors
from .elementwise_source import (
    EXP_OF_DIFFERENCE,
    EXPM1,
    LOG1P,
    LOG_HALF_ERFC,
    LOGADDEXP,
    REST_OF_SUM,
    TOP,
    WEIGHTED_SUM,
)
from .step_rewriting import Rewriting
from .tail_steps import tail_last


class Accurate(Rewriting):
    """Rebuilds steps as those that keep their digits."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        self._shifted: dict[Step, tuple[Step, Step]] = {}
        for step in self.order:
            kind, what, *_ = source.keys[step]
            rule = _RULES.get(what) if kind in (MAP, CALL) else summed_cofactors if kind == CONTRACT else None
            found = None if rule is None else rule(self, step)
            self.moved[step] = self.same(step) if found is None else found

    def shifted(self, total: Step) -> tuple[Step, Step]:
        """The largest exponent of a logarithm of a sum of exponentials, and the sum with this taken out."""
        if total not in self._shifted:
            terms = [self.moved[x] for x in self.source.operands(total)]
            top = self.steps.map(TOP[self.source.what(total)], *terms)
            self._shifted[total] = top, self._whole(total, top, terms)
        return self._shifted[total]

    def log(self, total: Step) -> Step:
        """The logarithm of the sum from which the largest exponential has been taken out."""
        top, whole = self.shifted(total)
        if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP):
            return self.steps.map(ops.LOG, whole)
        terms = [self.moved[x] for x in self.source.operands(total)]
        return self.steps.map(LOG1P, self.steps.map(REST_OF_SUM, top, *terms))

    def _whole(self, total: Step, top: Step, terms: Sequence[Step]) -> Step:
        if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP):
            return self.steps.map(WEIGHTED_SUM, top, *terms)
        return self.steps.map(ops.ADD, *(self.below(x, top) for x in terms))

    def below(self, x: Step, top: Step) -> Step:
        """exp(x - top)."""
        return _exp_of_difference(self.steps, x, top)

    def less_total(self, power: Step) -> tuple[Step, Step] | None:
        """Of an exponent from which such a logarithm is taken: the rest from the largest, and the sum below it."""
        pieces = _pieces(self.source, power)
        totals = [piece for turn, piece in pieces if turn < 0 and self.is_total(piece)]
        if len(totals) != 1:
            return None
        top, whole = self.shifted(totals[0])
        rest = [pair for pair in pieces if pair != (-1, totals[0])]
        return self._signed_sum([*sorted(rest, reverse=True), (-1, None)], top), whole

    def _signed_sum(self, pieces: Sequence[tuple[int, Step | None]], top: Step) -> Step:
        """A sum of signed steps; None stands for the largest exponent."""
        found: Step | None = None
        for turn, piece in pieces:
            step = top if piece is None else self.moved[piece]
            if found is None:
                found = step if turn > 0 else self.steps.map(ops.NEG, step)
            else:
                found = self.steps.map(ops.ADD if turn > 0 else ops.SUB, found, step)
        assert found is not None  # the largest exponent is among them
        return found

    def is_total(self, step: Step) -> bool:
        """Whether a step is the logarithm of a sum of exponentials."""
        return self.source.maps(step, ops.LOGSUMEXP, ops.WEIGHTED_LOGSUMEXP)

    def exponents(self, total: Step) -> Sequence[Step]:
        """The exponents of the sum that a step is the logarithm of."""
        terms = self.source.operands(total)
        return terms[1::2] if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP) else terms

    def is_one(self, step: Step) -> bool:
        """Whether a step is the number 1."""
        return self.source.kind(step) == NUMBER and self.source.what(step) == sp.S.One


def _pieces(source: Steps, step: Step, sign: int = 1, deep: int = 3) -> list[tuple[int, Step]]:
    """The terms of a sum with their signs, through so many sums in sums."""
    operands = source.operands(step)
    if deep and source.maps(step, ops.NEG):
        return _pieces(source, operands[0], -sign, deep - 1)
    if not deep or not source.maps(step, ops.ADD, ops.SUB) or len(operands) > 4:
        return [(sign, step)]
    turns = (sign, -sign) if source.maps(step, ops.SUB) else (sign,) * len(operands)
    pairs = zip(turns, operands, strict=True)
    return [piece for turn, operand in pairs for piece in _pieces(source, operand, turn, deep - 1)]


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
    found = _of_error_function(accurate, (x, y), -1)
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
    source, steps, moved = accurate.source, accurate.steps, accurate.moved
    pair = source.operands(step)
    for x, y in (pair, pair[::-1]) if len(pair) == 2 else ():
        if (
            source.what(x) is ops.LOG_ERFC
            and source.maps(y, ops.LOG)
            and _number(source, source.operands(y)[0]) == sp.S.Half
        ):
            return steps.map(LOG_HALF_ERFC, moved[source.operands(x)[0]])
    found = _of_error_function(accurate, pair, 1)
    return tail_last(accurate, step) if found is None else found


def _of_error_function(accurate: Accurate, pair: Sequence[Step], sign: int) -> Step | None:
    """c + c*erf(x) = c*erfc(-x), c - c*erf(x) = c*erfc(x), 2*c - c*erfc(x) = c*erfc(-x), of a number c."""
    if len(pair) != 2:
        return None
    first, second = pair
    found = _complement(accurate, first, second, sign)
    return _complement(accurate, second, first, 1) if found is None and sign > 0 else found


def _complement(accurate: Accurate, plain: Step, term: Step, sign: int) -> Step | None:
    source, steps = accurate.source, accurate.steps
    c, scale = _number(source, plain), _scaled(source, term)
    if c is None or scale is None:
        return None
    factor, function = scale
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


def _scaled(source: Steps, step: Step) -> tuple[Any, Step] | None:
    """A number times an error function, in any of the ways in which a graph writes that."""
    factor = sp.S.One
    while source.kind(step) == MAP and source.what(step) in _SCALING:
        number, step, power = _SCALING[source.what(step)](*source.operands(step))
        value = sp.S.NegativeOne if number is None else _number(source, number)
        if value is None:
            return None
        factor *= value**power
    is_function = source.kind(step) == CALL and source.what(step) in (ops.ERF, ops.ERFC)
    return (factor, step) if is_function else None


_SCALING: dict[ops.Op, Callable[..., tuple[Step | None, Step, int]]] = {
    ops.NEG: lambda x: (None, x, 1),
    ops.MUL: lambda x, y: (x, y, 1),  # a number stands first
    ops.DIV: lambda x, y: (y, x, -1),
}
"""The number that a step multiplies by (None: -1), what it multiplies, and the power of the number."""


def _exponential(accurate: Accurate, step: Step) -> Step | None:
    """exp(x - logsumexp(...)) as a quotient of exponentials that have the largest taken out."""
    steps, [power] = accurate.steps, accurate.source.operands(step)
    found = accurate.less_total(power)
    if found is None:  # a bell by itself loses few digits where it is not tiny, and is much quicker as it stands
        normal = not accurate.operations.isdisjoint((ops.ERF, ops.ERFC))
        return normal_steps.bell(steps, accurate.moved[power]) if normal else None
    return steps.map(ops.DIV, _exp(steps, found[0]), found[1])


def _exp(steps: Steps, power: Step) -> Step:
    """The exponential of a step: of a difference without its rounding."""
    if steps.maps(power, ops.SUB):
        return _exp_of_difference(steps, *steps.operands(power))
    return steps.map(ops.EXP, power)


def _exp_of_difference(steps: Steps, x: Step, y: Step) -> Step:
    """exp(x - y) without the rounding of the difference; of a number it is short enough, and keeps the dtype of y."""
    if x in steps.constants:
        return steps.map(ops.EXP, steps.map(ops.SUB, x, y))
    return steps.map(EXP_OF_DIFFERENCE, x, y)


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
    """That of two exponentials NumPy has itself."""
    pair = accurate.source.operands(step)
    return accurate.steps.map(LOGADDEXP, *(accurate.moved[x] for x in pair)) if len(pair) == 2 else None


_RULES: dict[ops.Op, Callable[[Accurate, Step], Step | None]] = {
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
