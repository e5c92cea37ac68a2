"""Activations as SymPy expressions; every one stays finite and right far out (inputs of +-1000).

Sources: Ramachandran, Zoph and Le, "Searching for activation functions" (2017) for silu; Hendrycks and Gimpel,
"Gaussian error linear units" (2016), section 2, for gelu; Turian, Bergstra and Bengio (2009) for softsign;
Bridle (1990) for softmax. The other functions' sources stand in `symbackprop.functions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import sympy as sp

from ..errors import ArchitectureError, ShapeError, SymbolNameError, unknown_name
from ..sympy_functions.matrix_functions import Softmax, entrywise
from ..sympy_functions.scalar_functions import elu, leaky_relu, logsumexp, relu, sigmoid, softplus

Activation = Callable[[Any], Any]


def _of_entries(scalar: Activation) -> Activation:
    """The activation, taken of each entry where it is given a matrix expression."""

    @wraps(scalar)
    def activated(z: Any) -> Any:
        return entrywise(scalar, z) if isinstance(z, sp.MatrixExpr) else scalar(z)

    return activated


def identity(z: Any) -> Any:
    """z itself: a layer that is a straight line."""
    return z


@_of_entries
def silu(z: Any) -> Any:
    """z * sigmoid(z)."""
    return z * sigmoid(z)


@_of_entries
def gelu(z: Any) -> Any:
    """z times the normal distribution function of z, by erfc so that the left tail keeps its digits."""
    return z * sp.erfc(-z / sp.sqrt(2), evaluate=False) / 2  # SymPy would make it 2 - erfc(z/sqrt(2))


@_of_entries
def softsign(z: Any) -> Any:
    """z / (1 + |z|)."""
    return z / (1 + sp.Abs(z))


def softmax(zs: Sequence[Any] | sp.MatrixExpr, axis: int = 0) -> Any:
    """exp(z_i - logsumexp(z)) for each i: positive numbers that sum to 1.

    Args:
        zs: the logits, at least one; or a matrix expression, whose softmax is one as well.
        axis: of a matrix, 0 for the softmax of each column, 1 for that of each row.
    """
    if isinstance(zs, sp.MatrixExpr):
        return Softmax(zs, axis)
    if axis != 0:
        raise ShapeError(f"a list of logits has no axis {axis!r}: leave axis out, or pass a matrix expression")
    total = logsumexp(*zs)
    return [sp.exp(z - total) for z in zs]


ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "tanh": sp.tanh,
    "sigmoid": sigmoid,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
    "softsign": softsign,
}
"""One number in, one number out."""

RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "silu", "gelu"})
"""Activations that pass on about half of the variance, which the start of training makes up for."""


RANGES: dict[str, tuple[float | None, float | None]] = {
    "tanh": (-1, 1),
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "relu": (0, None),
    "softplus": (0, None),
}
"""The smallest and the largest output, None where there is none, of those that have either."""


def activation(choice: Any, where: str) -> Activation:
    """The activation of a name, or the SymPy function or Lambda itself, tried on a symbol.

    Raises:
        UnknownNameError: a name that is none of `ACTIVATIONS`.
        ArchitectureError: something that takes no single SymPy argument.
    """
    if isinstance(choice, str):
        if choice not in ACTIVATIONS:
            raise unknown_name(f"{where} activation", choice, ACTIVATIONS)
        return ACTIVATIONS[choice]
    _tried(choice, where)
    chosen: Activation = choice
    return chosen


def _tried(choice: Any, where: str) -> None:
    advice = f"the {where} activation must take one SymPy argument and return a SymPy expression"
    if not callable(choice):
        raise ArchitectureError(f"{advice}: got {type(choice).__name__}")
    z = sp.Dummy("z", real=True)
    try:
        value = choice(z)
    except Exception as error:
        raise ArchitectureError(f"{advice}: it raised {type(error).__name__} instead") from error
    if not isinstance(value, sp.Expr) or value.is_Matrix:
        raise ArchitectureError(f"{advice}: it returned {type(value).__name__}")
    for part in sp.preorder_traversal(value):
        if isinstance(part, sp.Function) and not type(part).__name__.isidentifier():
            raise SymbolNameError(
                f"{type(part).__name__[:60]!r} cannot name a function here: give the class a plain name"
            )


def name_of(choice: Any) -> str:
    """What an activation is called in messages and in generated files."""
    return choice if isinstance(choice, str) else str(getattr(choice, "__name__", type(choice).__name__))


def plain_name(name: str) -> str:
    """The name of an activation, which may be any function's: what is no plain name never enters a source text."""
    return name if re.fullmatch(r"[A-Za-z]\w{0,40}", name, re.ASCII) else "(a function)"
