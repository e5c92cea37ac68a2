"""Losses per sample as SymPy expressions, of outputs a and targets y; the batch loss is their mean.

Where an output is a sigmoid or a softmax, the loss is written on the logit that went into it: equal in value, and
finite where the textbook form takes the logarithm of 0. Outputs and targets are scalars, lists of them, or matrix
expressions of one shape (a column for one sample), which stay whole. Sources: Bishop, "Pattern Recognition and
Machine Learning" (2006), eq. 4.90 (bce), 4.108 (cross_entropy), 5.14 (half_sse); Huber, "Robust estimation of a
location parameter" (1964) for huber.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..errors import ArchitectureError, ShapeError
from ..sympy_functions.matrix_function_base import matrix_argument
from ..sympy_functions.matrix_functions import LogSumExp, Softmax, Total, entrywise
from ..sympy_functions.scalar_functions import logsumexp, sigmoid, softplus

Vector = Any
"""One SymPy expression, a sequence of them, or a matrix expression."""


def half_sse(a: Vector, y: Vector) -> Any:
    """Half the sum of squared errors, 1/2 * sum((a - y)**2)."""
    if _whole(a, y):
        return Total(sp.HadamardPower(_error(a, y), 2)) / 2
    return _scaled([(p - t) ** 2 for p, t in _pairs(a, y)], sp.Integer(2))


def mse(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the squared error (a - y)**2."""
    if _whole(a, y):
        return _mean_entry(sp.HadamardPower(_error(a, y), 2))
    return _mean([(p - t) ** 2 for p, t in _pairs(a, y)])


def mae(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the absolute error |a - y|; its derivative is 0 where a = y."""
    if _whole(a, y):
        return _mean_entry(entrywise(sp.Abs, _error(a, y)))
    return _mean([sp.Abs(p - t) for p, t in _pairs(a, y)])


def huber(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of e**2/2 where |e| <= 1, and of |e| - 1/2 elsewhere, with e = a - y."""
    if _whole(a, y):
        return _mean_entry(entrywise(_huber, _error(a, y)))
    return _mean([_huber(p - t) for p, t in _pairs(a, y)])


def bce(a: Vector, y: Vector) -> Any:
    """The mean, over the outputs, of the binary cross-entropy -y*log(a) - (1 - y)*log(1 - a)."""
    if _whole(a, y):
        return _binary_matrix(*_operands(a, y))
    return _mean([_binary(p, t) for p, t in _pairs(a, y)])


def cross_entropy(a: Vector, y: Vector) -> Any:
    """-sum(y*log(a)) for a distribution a, usually a softmax, and targets y that sum to 1 (one-hot, say).

    Of a softmax of numbers it is a sum of y*(logsumexp(z) - z), whose differences keep their digits at any logit.
    """
    if _whole(a, y):
        return _cross_entropy_matrix(*_operands(a, y))
    pairs = _pairs(a, y)
    logits = _logits([p for p, _ in pairs])
    if logits is None:
        return -sp.Add(*[t * sp.log(p) for p, t in pairs])
    total = logsumexp(*logits)
    return sp.Add(*[t * (total - z) for z, (_, t) in zip(logits, pairs, strict=True)])


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
    if isinstance(values, Real):
        return [sp.S(values)]
    return [values] if isinstance(values, sp.Expr) else list(values)


def _mean(terms: list[Any]) -> Any:
    return _scaled(terms, sp.Integer(len(terms)))


def _scaled(terms: list[Any], divisor: Any) -> Any:
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


def _whole(a: Any, y: Any) -> bool:
    """Whether the loss is one of matrix expressions."""
    return isinstance(a, sp.MatrixExpr) or isinstance(y, sp.MatrixExpr)


def _operands(a: Any, y: Any) -> tuple[Any, Any]:
    """Outputs and targets as matrices of one shape."""
    outputs, targets = matrix_argument(a, "a loss of matrices"), matrix_argument(y, "a loss of matrices")
    if outputs.shape != targets.shape:
        raise ShapeError(
            f"a loss needs a target for each output: got outputs {outputs.shape} and targets {targets.shape}; "
            "give both the same shape"
        )
    return outputs, targets


def _error(a: Any, y: Any) -> Any:
    """a - y as SymPy writes it, without its walk through all of the network below a, which `-` would make."""
    outputs, targets = _operands(a, y)
    return sp.MatAdd(outputs, _minus(targets)).doit(deep=False)


def _minus(matrix: Any) -> Any:
    return sp.MatMul(-1, matrix).doit(deep=False)


def _one_minus(matrix: Any) -> Any:
    return sp.MatAdd(sp.OneMatrix(*matrix.shape), _minus(matrix))


def _mean_entry(matrix: Any) -> Any:
    return _per_entry(Total(matrix), matrix)


def _per_entry(total: Any, matrix: Any) -> Any:
    """A total over the number of the matrix's entries; SymPy would divide the terms of a sum by a number."""
    rows, columns = matrix.shape
    entries = sp.S.One * rows * columns  # an explicit matrix has plain ints
    return _scaled([total], entries) if entries.is_Integer and total.is_Add else total / entries


def _binary_matrix(a: Any, y: Any) -> Any:
    z = _sigmoid_logits(a)
    if z is not None:
        return _per_entry(Total(sp.MatAdd(softplus(z), _minus(sp.HadamardProduct(y, z))).doit(deep=False)), a)
    ones = Total(sp.HadamardProduct(y, entrywise(sp.log, a)))
    zeros = Total(sp.HadamardProduct(_one_minus(y), entrywise(sp.log, _one_minus(a))))
    return _per_entry(-ones - zeros, a)


def _sigmoid_logits(a: Any) -> Any | None:
    """What the sigmoid was taken of, if the outputs are the sigmoid of each entry."""
    if not isinstance(a, ElementwiseApplyFunction):
        return None
    body = a.function.expr
    return a.expr if isinstance(body, sigmoid) and body.args == a.function.variables else None


def _cross_entropy_matrix(a: Any, y: Any) -> Any:
    if isinstance(a, Softmax):
        return Total(LogSumExp(*a.args)) - Total(sp.HadamardProduct(y, a.arg))
    return -Total(sp.HadamardProduct(y, entrywise(sp.log, a)))
