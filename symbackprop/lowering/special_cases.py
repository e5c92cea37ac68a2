"""Functions that are looked at before they are lowered: by their orders and counts, their definitions, their tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.codegen import cfunctions

from .. import ops
from ..errors import UnsupportedError
from ..graph import Node
from .definitions import DEFINITIONS, MOST_FACTORS, chosen, definition, singular
from .refusals import refusal, shown
from .symbol_search import symbols_of


def _polygamma(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    order = expr.args[0]
    if order.is_number and not (order.is_Integer and order.is_nonnegative):
        raise UnsupportedError(f"polygamma of order {shown(order)}: the order must be a whole number >= 0")
    return lowering.applied(ops.POLYGAMMA, nodes)


def _spherical(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    """A whole order has a rule and code; any other is a Bessel function like others."""
    order = expr.args[0]
    whole = order.is_Integer and order.is_nonnegative
    return lowering.applied(ops.SPHERICAL_JN if whole else ops.function(sp.jn), nodes)


def _binomial(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    """Of few factors as their product."""
    count = expr.args[1]
    if count.is_Integer and 0 < count <= MOST_FACTORS:
        return lowering.inlined(chosen(int(count)), nodes[0])
    return lowering.applied(ops.BINOMIAL, nodes)


def _singularity(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    """Macaulay's brackets, of which an exponent below 0 makes no function."""
    exponent = expr.args[2]
    if not (exponent.is_Integer and exponent.is_nonnegative):
        raise UnsupportedError(
            f"SingularityFunction cannot be lowered, in {shown(expr)}: "
            "the exponent must be a whole number >= 0; put one there, or write the function out in others"
        )
    return lowering.inlined(singular(int(exponent)), *nodes[:2])


def _real_part(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    """Of a real expression itself: SymPy writes |exp(x)| as exp(re(x)) of a symbol that it knows nothing of."""
    if any(symbol.is_complex and not symbol.is_real for symbol in symbols_of(expr)):
        raise refusal(expr)
    return nodes[0]


def _defined(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    return lowering.inlined(definition(expr.func, len(nodes)), *nodes)


# --- functions with tuples of parameters ---


@dataclass(frozen=True)
class OfTuples:
    """A class whose parameters come in tuples, as a function of all of them one by one, and of its variable."""

    kind: Any
    lengths: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """How many there are before the variable."""
        return sum(self.lengths)

    @property
    def __name__(self) -> str:
        return str(self.kind.__name__)

    def __call__(self, *args: Any) -> Any:
        rest, tuples = list(args), []
        for length in self.lengths:
            tuples.append(tuple(rest[:length]))
            rest = rest[length:]
        if len(tuples) == 4:  # Meijer's G-function: two pairs
            tuples = [tuple(tuples[:2]), tuple(tuples[2:])]
        return self.kind(*tuples, *rest)


def _tuples(expr: Any) -> list[Any]:
    if isinstance(expr, sp.meijerg):
        return [one for pair in expr.args[:2] for one in pair.args]
    return list(expr.args[:2])


def _one_by_one(expr: Any) -> Sequence[Any]:
    return (*(part for one in _tuples(expr) for part in one.args), expr.args[-1])


def _of_tuples(lowering: Any, expr: Any, nodes: list[Node]) -> Any:
    kind = sp.meijerg if isinstance(expr, sp.meijerg) else sp.hyper
    lengths = tuple(len(one.args) for one in _tuples(expr))
    return lowering.applied(ops.function(OfTuples(kind, lengths)), nodes)


PARTS: dict[type, Callable[[Any], Sequence[Any]]] = dict.fromkeys((sp.hyper, sp.meijerg), _one_by_one)
"""What is lowered in the place of all arguments."""

DEFINED: dict[type, Callable[[Any, Any, list[Any]], Any]] = dict.fromkeys(DEFINITIONS, _defined)
"""For what is no operation of its own."""

HANDLERS: dict[type, Callable[[Any, Any, list[Any]], Any]] = {
    cfunctions.Cbrt: lambda lowering, expr, nodes: lowering.applied(ops.CBRT, nodes),
    sp.polygamma: _polygamma,
    sp.jn: _spherical,
    sp.binomial: _binomial,
    sp.SingularityFunction: _singularity,
    sp.re: _real_part,
    sp.hyper: _of_tuples,
    sp.meijerg: _of_tuples,
}
