"""Logarithms of sums of exponentials in parts: the largest exponent, and the sum with that taken out.

What is taken from, or divided by, such a sum is measured from the largest exponent: `exp(x - logsumexp(x, y))`, and
`x - logsumexp(x, y)` itself, keep their digits however large x is, where the rounding of the sum alone is eps*|x|.
Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal.
41 (2021), section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from .... import ops
from ...steps import NUMBER, Step, Steps
from .elementwise_source import EXP_OF_DIFFERENCE, LOG1P, REST_OF_SUM, TOP, WEIGHTED_LOG, WEIGHTED_SUM
from .step_rewriting import Rewriting


class Shifting(Rewriting):
    """Rebuilds steps, and knows the parts of each logarithm of a sum of exponentials.

    Where it is `compensated`, what the difference of two exponents loses by rounding is put back, and the exponential
    that is the largest is left out of the sum rather than subtracted.
    """

    compensated = True

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        self._shifted: dict[Step, tuple[Step, Step]] = {}

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
        terms = [self.moved[x] for x in self.source.operands(total)]
        if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP):
            return self.steps.map(WEIGHTED_LOG, top, *terms)
        if not self.compensated:
            return self.steps.map(ops.LOG, whole)
        return self.steps.map(LOG1P, self.steps.map(REST_OF_SUM, top, *terms))

    def _whole(self, total: Step, top: Step, terms: Sequence[Step]) -> Step:
        if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP):
            return self.steps.map(WEIGHTED_SUM, top, *terms)
        return self.steps.map(ops.ADD, *(self.exp_of_difference(x, top) for x in terms))

    def exp_of_difference(self, x: Step, y: Step) -> Step:
        """exp(x - y); where x is a number, it is short enough for the difference as it is, and keeps the dtype of y."""
        if self.compensated and x not in self.steps.constants:
            return self.steps.map(EXP_OF_DIFFERENCE, x, y)
        return self.steps.map(ops.EXP, self.steps.map(ops.SUB, x, y))

    def quotient(self, power: Step) -> Step | None:
        """exp(power) as a quotient, where the power is something less such a logarithm."""
        found = self.less_total(power)
        return None if found is None else self.steps.map(ops.DIV, self.exp(found[0]), found[1])

    def exp(self, power: Step) -> Step:
        """exp(power), which may be a difference."""
        if self.steps.maps(power, ops.SUB):
            return self.exp_of_difference(*self.steps.operands(power))
        return self.steps.map(ops.EXP, power)

    def less_total(self, power: Step) -> tuple[Step, Step] | None:
        """Of an exponent from which such a logarithm is taken: the rest from the largest, and the sum below it."""
        pieces = self._pieces(power)
        totals = [piece for turn, piece in pieces if turn < 0 and self.is_total(piece)]
        if len(totals) != 1:
            return None
        top, whole = self.shifted(totals[0])
        rest = [pair for pair in pieces if pair != (-1, totals[0])]
        return self._signed_sum([*sorted(rest, reverse=True), (-1, None)], top), whole

    def _pieces(self, power: Step) -> list[tuple[int, Step]]:
        """The terms of an exponent: what such a logarithm is taken from directly stays whole."""
        x, total = self.source.operands(power) if self.source.maps(power, ops.SUB) else (power, power)
        if self.is_total(total) and x in self.exponents(total):
            return [(1, x), (-1, total)]
        return _pieces(self.source, power)

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
