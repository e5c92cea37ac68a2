"""The growth law that fits a series of figures: constant, a polynomial, or exponential with a factor for each step.

Whole numbers that are a polynomial exactly are called so: their differences vanish, and nothing is fitted; where their
differences are in proportion they are an exponential. For all else each candidate with at most half as many parameters
as there are sizes is fitted by least squares, of logarithms or, polynomials of whole degrees, of relative errors. All
are compared by the logarithms of what they predict, which a count of thousands of digits has as well. Of them the one
is taken that Akaike's criterion prefers: a parameter more must earn its place. Where several are as good, with criteria
that differ by less than 2, it is the simplest. Sources: Akaike, "A new look at the statistical model
identification", IEEE Transactions on Automatic Control 19 (1974); Burnham and Anderson, "Model Selection and Multimodel
Inference" (2002), section 2.6. A law that errs by more than `WORST` is none: of a count it is then looked for from
the second size on, and so forth, as small sizes have little to do with how large ones grow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COUNTS, TEXTS, TIMES = 0.005, 0.05, 0.15
"""Relative errors that no law has to be better than: what is left below is no reason for another parameter.

A text grows with the digits of its names as well."""
_AS_GOOD = 2.0
"""Difference of criteria that is none."""
FEWEST = 4
"""Points that a law is fitted to at least."""
WORST = 0.25
"""Relative error of the worst law of a count that is one; of what is noisy it may be twice that."""
_SMALL, _HIGHEST = 8, 6
"""Sizes that may be left out where a law is exact, and the highest degree of such a polynomial."""
_WIDEST = 300.0
"""Logarithm of the largest ratio of two figures that a polynomial is fitted to: no float holds much more."""
_STEEPEST = 700.0
"""Logarithm of the largest factor that a float holds."""


@dataclass(frozen=True)
class Law:
    """How a figure grows.

    Attributes:
        kind: "constant", "linear", "polynomial" or "exponential".
        degree: of a polynomial, or of the power that goes with an exponential.
        factor: of an exponential, for each step.
        error: relative, e to the root mean square of the errors of logarithms, minus 1.
        since: the size from which on it holds; None if it holds for all.
    """

    kind: str
    degree: float
    factor: float
    error: float
    since: int | None = None

    def words(self, step: str, sign: str = "n") -> str:
        """The law in a few words; step: what one step is, "layer" say; sign: what stands for the size."""
        return f"{self.name}{self.more(step, sign)} (error {percent(self.error)})"

    @property
    def name(self) -> str:
        """The law by its name and its one figure."""
        more = {"polynomial": f", degree {self.degree:.2g}", "exponential": f", ×{self.factor:.3g}"}
        return f"{self.kind}{more.get(self.kind, '')}"

    def more(self, step: str, sign: str) -> str:
        """What is left to say: what the factor of an exponential is for and goes with, and where the law begins."""
        per = f" per {step}{_POWERS.get(self.degree, '').format(sign)}" if self.kind == "exponential" else ""
        return per + (f", from {self.since} on" if self.since is not None else "")


_POWERS: dict[float, str] = {1: ", times {}", 2: ", times {}²"}
"""What goes with an exponential."""


def percent(error: float) -> str:
    """An error in as few digits as say something."""
    if error >= 10:
        return "over 1000%"
    return f"{error:.0%}" if error >= 0.095 else f"{error:.1%}"


Candidate = tuple[Law, int]
"""A law, and how many parameters were fitted for it."""


def law_of(
    sizes: Sequence[int], values: Sequence[float | None], noise: float = COUNTS, exponential: bool = True
) -> Law | None:
    """The law of positive values at sizes from 1 up; None if there are too few of them, or no law fits.

    Args:
        sizes, values: as many of the one as of the other; whole numbers may be of any length.
        noise: relative error that is none.
        exponential: whether it may be exponential.
    """
    points = sorted((size, value) for size, value in zip(sizes, values, strict=True) if value and value > 0)
    sizes = sorted({size for size, _ in points})
    starts = sizes[: max(len(sizes) - FEWEST + 1, 0)]
    if noise >= TIMES:
        starts = starts[:1]
    exact = [(_exact, starts[:_SMALL])] if noise == COUNTS else []  # lengths of text meet a curve by chance
    for find, tried in (*exact, (_fitted, starts)):
        for late, since in enumerate(tried):
            law = find([point for point in points if point[0] >= since], noise, exponential)
            if law is not None and law.error <= (WORST if noise < TIMES else 2 * WORST):
                return replace(law, since=since) if late else law
    return None


Points = Sequence[tuple[int, float]]


def _exact(points: Points, _: float, exponential: bool) -> Law | None:
    """What whole numbers are, by divided differences: a polynomial, if those of a higher order are 0, or an
    exponential, perhaps with a polynomial added, if those of some order are in proportion.
    """
    if any(isinstance(value, float) for _, value in points):
        return None
    sizes, differences = [size for size, _ in points], [Fraction(value) for _, value in points]
    even = len({high - low for low, high in pairwise(sizes)}) == 1
    for order in range(1, min(len(points), _HIGHEST + 2)):
        ratios = {after / before for before, after in pairwise(differences) if before}
        if exponential and even and len(differences) >= FEWEST and len(ratios) == 1 and max(ratios) > 1:
            return Law("exponential", 0, _root(ratios.pop(), sizes[1] - sizes[0]), 0.0)
        pairs = zip(pairwise(differences), zip(sizes, sizes[order:], strict=False), strict=False)
        differences = [(after - before) / (high - low) for (before, after), (low, high) in pairs]
        if not any(differences):
            return Law(_KINDS.get(order - 1, "polynomial"), order - 1, 1.0, 0.0)
    return None


_KINDS = {0: "constant", 1: "linear"}


def _root(ratio: Fraction, step: int) -> float:
    """The factor for a step of 1; a fraction may be larger than any float."""
    return math.exp(min((math.log(ratio.numerator) - math.log(ratio.denominator)) / step, _STEEPEST))


def _fitted(points: Points, noise: float, exponential: bool) -> Law:
    """The simplest of the laws that are as good as the best."""
    x, logs = np.array([size for size, _ in points], dtype=float), np.array([math.log(value) for _, value in points])
    laws = (pair for pair in _candidates(x, logs) if exponential or pair[0].kind != "exponential")
    found = [pair for pair in laws if len(set(x)) >= 2 * pair[1]]
    criteria = [_criterion(pair, len(points), noise) for pair in found]
    good = (law for (law, _), criterion in zip(found, criteria, strict=True) if criterion <= min(criteria) + _AS_GOOD)
    return next(good)


def _criterion(candidate: Candidate, points: int, noise: float) -> float:
    law, parameters = candidate
    return points * math.log(math.log1p(law.error) ** 2 + noise**2) + 2 * parameters


def _candidates(x: Floats, logs: Floats) -> Iterator[Candidate]:
    """Every law that can be fitted, from the simplest to the least simple."""
    yield Law("constant", 0, 1.0, _error(logs - logs.mean())), 1
    yield from _polynomials(x, logs, (1,))
    power, error = _logarithmic(logs, np.log(x))
    if power > 0:
        yield Law("polynomial", power, 1.0, error), 2
    yield from _exponentials(x, logs)
    yield from _polynomials(x, logs, (2, 3, 4))


def _polynomials(x: Floats, logs: Floats, degrees: Sequence[int]) -> Iterator[Candidate]:
    for degree in degrees:
        error = _polynomial_error(x, logs, degree)
        if error is not None:
            yield Law("linear" if degree == 1 else "polynomial", degree, 1.0, error), degree + 1


def _exponentials(x: Floats, logs: Floats) -> Iterator[Candidate]:
    for degree in (0, 1, 2):
        slope, error = _logarithmic(logs - degree * np.log(x), x)
        if slope > 0:
            yield Law("exponential", degree, math.exp(min(slope, _STEEPEST)), error), 2


def _polynomial_error(x: Floats, logs: Floats, degree: int) -> float | None:
    """Of the polynomial with the least relative errors; None if it grows less than its degree says, or falls."""
    if len(x) <= degree or np.ptp(logs) > _WIDEST:
        return None
    y, scaled = np.exp(logs - logs.max()), x / x.max()
    powers = np.stack([scaled**power for power in range(degree + 1)], axis=1)
    fitted, *_ = np.linalg.lstsq(powers / y[:, None], np.ones_like(y), rcond=None)
    predicted = powers @ fitted
    if np.any(predicted <= 0) or fitted[-1] <= 0:
        return None
    return _error(np.log(predicted / y))


def _logarithmic(logs: Floats, column: Floats) -> tuple[float, float]:
    """The slope of the straight line through logarithms, and the relative error of what it predicts."""
    terms = np.stack([np.ones_like(column), column], axis=1)
    fitted, *_ = np.linalg.lstsq(terms, logs, rcond=None)
    return float(fitted[1]), _error(logs - terms @ fitted)


def _error(residuals: Floats) -> float:
    return math.expm1(min(float(np.sqrt(np.mean(residuals**2))), _WIDEST))
