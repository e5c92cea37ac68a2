"""Logarithms of sums of exponentials in parts: the largest exponent, and the sum with that taken out.

What is taken from, or divided by, such a sum is measured from the largest exponent: `exp(x - logsumexp(x, y))`, and
`x - logsumexp(x, y)` itself, keep their digits however large x is, where the rounding of the sum alone is eps*|x|.
Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal.
41 (2021), section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache, cached_property, reduce
from typing import Any

import sympy as sp

from ... import ops
from ..steps import CALL, MAP, NUMBER, Step, Steps
from .further_operations import EXP_OF_DIFFERENCE, LOG1P, REST_OF_SUM, TOP, WEIGHTED_LOG, WEIGHTED_SUM
from .step_rewriting import Rewriting

Term = tuple[int, Step]
"""A sign, and what is added or subtracted."""

TWO_PARTS = (ops.SOFTPLUS, ops.LOGSUMEXP)
"""What is a large part and the logarithm of what is left, `tail_steps` says why."""

FACTORS: dict[ops.Op, int] = {ops.MUL: 2, ops.DIV: 1, ops.NEG: 1}
"""How many of an operation's operands are factors of it."""


class Shifting(Rewriting):
    """Rebuilds steps, and knows the parts of each logarithm of a sum of exponentials.

    Where it is `compensated`, what the difference of two exponents loses by rounding is put back, and the exponential
    that is the largest is left out of the sum rather than subtracted.
    """

    compensated = True

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        self.apart: set[Step] = set()  # the sums that have been written in another order of their terms
        self._shifted: dict[Step, tuple[Step, Step]] = {}
        self.exponents, self.log = cache(self._exponents), cache(self._log)  # a sum is asked for each of its terms

    @cached_property
    def operations(self) -> set[Any]:
        """All that is done entry by entry."""
        return {self.source.what(step) for step in self.order if self.source.kind(step) in (MAP, CALL)}

    @cached_property
    def parted(self) -> set[Step]:
        """The steps with one of `TWO_PARTS` among their factors: told of all at once, as most have none."""
        source, found = self.source, set[Step]()
        for step in self.order:
            factors = source.operands(step)[: FACTORS[source.what(step)]] if source.maps(step, *FACTORS) else ()
            if source.maps(step, *TWO_PARTS) or not found.isdisjoint(factors):
                found.add(step)
        return found

    def shifted(self, total: Step) -> tuple[Step, Step]:
        """The largest exponent of a logarithm of a sum of exponentials, and the sum with this taken out."""
        if total not in self._shifted:
            terms = [self.moved[x] for x in self.source.operands(total)]
            top = self.steps.map(TOP[self.source.what(total)], *terms)
            self._shifted[total] = top, self._whole(total, top, terms)
        return self._shifted[total]

    def _log(self, total: Step) -> Step:
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
        rest = sorted((pair for pair in pieces if pair != (-1, totals[0])), reverse=True)
        return signed_sum(self.steps, [*((turn, self.moved[piece]) for turn, piece in rest), (-1, top)]), whole

    def _pieces(self, power: Step) -> list[Term]:
        """The terms of an exponent: what such a logarithm is taken from directly stays whole."""
        x, total = self.source.operands(power) if self.source.maps(power, ops.SUB) else (power, power)
        if self.is_total(total) and x in self.exponents(total):
            return [(1, x), (-1, total)]
        return signed_terms(self.source, power, lambda part: len(self.source.operands(part)) > 4, 3)

    def is_total(self, step: Step) -> bool:
        """Whether a step is the logarithm of a sum of exponentials."""
        return self.source.maps(step, ops.LOGSUMEXP, ops.WEIGHTED_LOGSUMEXP)

    def _exponents(self, total: Step) -> Collection[Step]:
        """The exponents of the sum that a step is the logarithm of."""
        terms = self.source.operands(total)
        return frozenset(terms[1::2] if self.source.maps(total, ops.WEIGHTED_LOGSUMEXP) else terms)

    def is_one(self, step: Step) -> bool:
        """Whether a step is the number 1."""
        return self.source.kind(step) == NUMBER and self.source.what(step) == sp.S.One


def signed_terms(source: Steps, step: Step, is_whole: Callable[[Step], bool], deep: int, sign: int = 1) -> list[Term]:
    """The terms of a sum, through so many sums in sums but for those that are one term of another."""
    if not deep or not source.maps(step, ops.ADD, ops.SUB, ops.NEG) or is_whole(step):
        return [(sign, step)]
    found: list[Term] = []
    for place, x in enumerate(source.operands(step)):
        turned = source.maps(step, ops.NEG) or (place == 1 and source.maps(step, ops.SUB))
        found += signed_terms(source, x, is_whole, deep - 1, -sign if turned else sign)
    return found


def signed_sum(steps: Steps, terms: Collection[Term]) -> Step:
    """The terms one after another, an added one first if there is one."""
    first = next((term for term in terms if term[0] > 0), None)
    rest = [term for term in terms if term is not first]
    start = steps.map(ops.NEG, rest.pop(0)[1]) if first is None else first[1]
    return reduce(lambda x, term: steps.map(ops.ADD if term[0] > 0 else ops.SUB, x, term[1]), rest, start)
