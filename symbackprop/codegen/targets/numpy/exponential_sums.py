"""Sums of exponentials and their logarithms, from the largest exponent; a generated module carries those that it calls.

Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal.
41 (2021), algorithm 3.1 and section 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _logsumexp(*xs: Any) -> Any:
    """log(exp(x1) + exp(x2) + ...) without overflow: the largest, if it is finite, is taken out first."""
    top = _top(*xs)
    with np.errstate(divide="ignore"):  # log(0) is right where all are -inf
        found = top + np.log(sum(np.exp(x - top) for x in xs))
        near = np.abs(found) < 0.5  # the digits of a sum that is almost 1 are seen
        return np.where(near, top + np.log1p(_rest_of_sum(top, *xs)), found) if np.any(near) else found


def _rest_of_sum(top: Any, *xs: Any) -> Any:
    """exp(x1 - top) + exp(x2 - top) + ... - 1, where the one that is the top is left out, not subtracted."""
    total, missing = np.zeros_like(top), np.ones(np.shape(top), bool)
    for x in xs:
        largest = missing & (x == top)
        total = total + np.where(largest, 0.0, np.exp(x - top))
        missing = missing & ~largest
    return total - np.where(missing, 1.0, 0.0)


def _top(*xs: Any) -> Any:
    """The largest, or 0 where that is infinite: what exponents are measured from."""
    top = xs[0]
    for x in xs[1:]:
        top = np.maximum(top, x)
    return np.where(np.isfinite(top), top, 0.0)


def _weighted_logsumexp(*terms: Any) -> Any:
    """log(c1 * exp(u1) + c2 * exp(u2) + ...) of c1, u1, c2, u2, ...: the largest exponent is taken out first."""
    top = _weighted_top(*terms)
    return top + _weighted_log(top, *terms)


def _weighted_log(top: Any, *terms: Any) -> Any:
    """log(c1 * exp(u1 - top) + ...); of a sum that is almost 1, the 1 is taken from the weight of the largest."""
    whole = np.asarray(_weighted_sum(top, *terms))
    near = np.abs(whole - 1.0) < 0.5
    if not np.any(near):
        return np.log(whole)
    pairs = list(zip(terms[::2], terms[1::2], strict=True))
    weight = np.zeros_like(whole)
    for c, u in pairs:
        weight = np.maximum(weight, np.where(u == top, c, 0.0))
    rest, missing = np.zeros_like(whole), near & (weight > 0)
    for c, u in pairs:
        largest = missing & (u == top) & (c == weight)
        rest = rest + np.where(largest, c - 1.0, _weighted_exp(c, u - top))
        missing = missing & ~largest
    near = near & (weight > 0)
    return np.where(near, np.log1p(np.where(near, rest, 0.0)), np.log(np.where(near, 1.0, whole)))


def _weighted_top(*terms: Any) -> Any:
    """The exponent of the largest term, or 0 where that is infinite; a term of weight 0 is none."""
    top: Any = -np.inf
    largest: Any = -np.inf
    for c, u in zip(terms[::2], terms[1::2], strict=True):
        size = np.where(c != 0, u, -np.inf) + np.log(np.abs(np.where(c != 0, c, 1.0)))
        top = np.where(size > largest, u, top)
        largest = np.maximum(size, largest)
    return np.where(np.isfinite(top), top, 0.0)


def _weighted_sum(top: Any, *terms: Any) -> Any:
    """c1 * exp(u1 - top) + c2 * exp(u2 - top) + ...; a term of weight 0 is 0."""
    return sum(_weighted_exp(c, u - top) for c, u in zip(terms[::2], terms[1::2], strict=True))


def _weighted_exp(c: Any, x: Any) -> Any:
    """c * exp(x); 0 where c is 0, whatever x is."""
    return c * np.exp(np.where(c != 0, x, -np.inf))


NEEDS: dict[str, tuple[str, ...]] = {
    "_logsumexp": ("_top", "_rest_of_sum"),
    "_weighted_logsumexp": ("_weighted_top", "_weighted_log", "_weighted_sum", "_weighted_exp"),
    "_weighted_log": ("_weighted_sum", "_weighted_exp"),
    "_weighted_sum": ("_weighted_exp",),
}
"""What a function here calls of the others."""
