"""Losses per sample as SymPy expressions, of outputs a and targets y; the batch loss is their mean.

Where an output is a sigmoid or a softmax, the loss is written on the logit that went into it: equal in value, and
finite where the textbook form takes the logarithm of 0. Sources: Bishop, "Pattern Recognition and Machine Learning"
(2006), eq. 4.90 (bce), 4.108 (cross_entropy), 5.14 (half_sse); Huber, "Robust estimation of a location parameter"
(1964) for huber.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from ..errors import ArchitectureError
from ..functions import logsumexp, sigmoid, softplus

Vector = Any
"""One SymPy expression, or a sequence of them."""


def half_sse(a: Vector, y: Vector) -> Any:
    """Half the sum of squared errors, 1/2 * sum((a - y)**2)."""
    return _scaled([(p - t) ** 2 for p, t in _pairs(a, y)], sp.Integer(2))


def mse(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the squared error (a - y)**2."""
    return _mean([(p - t) ** 2 for p, t in _pairs(a, y)])


def mae(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the absolute error |a - y|; its derivative is 0 where a = y."""
    return _mean([sp.Abs(p - t) for p, t in _pairs(a, y)])


def huber(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of e**2/2 where |e| <= 1, and of |e| - 1/2 elsewhere, with e = a - y."""
    return _mean([_huber(p - t) for p, t in _pairs(a, y)])


def bce(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the binary cross-entropy -y*log(a) - (1 - y)*log(1 - a)."""
    return _mean([_binary(p, t) for p, t in _pairs(a, y)])


def cross_entropy(a: Vector, y: Vector) -> Any:
    """-sum(y*log(a)) for a distribution a, usually a softmax, and targets y that sum to 1 (one-hot, say)."""
    pairs = _pairs(a, y)
    logits = _logits([p for p, _ in pairs])
    if logits is None:
        return -sp.Add(*[t * sp.log(p) for p, t in pairs])
    return logsumexp(*logits) - sp.Add(*[t * z for z, (_, t) in zip(logits, pairs, strict=True)])


LOSSES: dict[str, Callable[[Vector, Vector], Any]] = {
    "half_sse": half_sse,
    "mse": mse,
    "mae": mae,
    "huber": huber,
    "bce": bce,
    "cross_entropy": cross_entropy,
}

OUTPUT_OF: dict[str, str] = {"bce": "sigmoid", "cross_entropy": "softmax"}
"""The output activation that a loss is made for; the other losses take any."""


def _pairs(a: Vector, y: Vector) -> list[tuple[Any, Any]]:
    outputs, targets = _vector(a), _vector(y)
    if len(outputs) != len(targets) or not outputs:
        raise ArchitectureError(
            f"a loss needs as many targets as outputs, and at least one: got {len(outputs)} outputs "
            f"and {len(targets)} targets"
        )
    return list(zip(outputs, targets, strict=True))


def _vector(values: Vector) -> Sequence[Any]:
    return [values] if isinstance(values, sp.Expr) else list(values)


def _mean(terms: list[Any]) -> Any:
    return _scaled(terms, sp.Integer(len(terms)))


def _scaled(terms: list[Any], divisor: sp.Integer) -> Any:
    """The sum over the divisor, kept as one division: SymPy would divide every term."""
    total = sp.Add(*terms)
    return total if divisor == 1 else sp.Mul(1 / divisor, total, evaluate=False)


def _huber(error: Any) -> Any:
    size = sp.Abs(error)
    return sp.Piecewise((error**2 / 2, size <= 1), (size - sp.Rational(1, 2), True))


def _binary(a: Any, y: Any) -> Any:
    if isinstance(a, sigmoid):
        z = a.args[0]
        return softplus(z) - y * z
    return -y * sp.log(a) - (1 - y) * sp.log(1 - a)


def _logits(outputs: list[Any]) -> list[Any] | None:
    """What the softmax was taken of, if the outputs are one whole softmax."""
    if len(outputs) == 1 or not all(isinstance(a, sp.exp) for a in outputs):
        return None
    totals = {part for a in outputs for part in (-a.args[0]).atoms(logsumexp)}
    for total in totals:
        logits = [a.args[0] + total for a in outputs]
        if logsumexp(*logits) == total:
            return logits
    return None
