"""The outputs of a network as SymPy sees them: functions of its inputs and parameters, not worked out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..lowering import symbols_of
from ..named_quantities import DeclaredOrigin, NamedQuantity, Origin, quantity
from ..partial_derivatives import differentiated


class NetworkOutput(NamedQuantity):
    """A symbol that stands for an output of a network. `sympy.diff` of it is `sb.d`, not 0: so its free symbols are
    those that it is computed from, besides itself."""

    __slots__ = ()

    @property
    def free_symbols(self) -> set[Any]:
        return {self, *_leaves(self.origin)}

    def diff(self, *variables: Any, **_hints: Any) -> Any:
        """The derivative by symbols, as a part of an expression."""
        return differentiated(self, *variables)

    def _eval_derivative(self, symbol: Any) -> Any:
        return differentiated(self, symbol)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _made, (self.name, self.origin, dict(self._assumptions_orig))


@lru_cache(64)
def _leaves(origin: Origin) -> frozenset[Any]:
    """What a network is computed from; SymPy asks often."""
    lines = origin.lines
    return frozenset(part for line in lines.values() for part in symbols_of(line) if part not in lines)


def _made(name: str, origin: DeclaredOrigin, assumptions: Mapping[str, Any]) -> Any:
    return NetworkOutput(name, origin, **assumptions)


def network_output(symbol: Any, origin: DeclaredOrigin) -> Any:
    """A symbol or matrix symbol of a network as an output of it."""
    if symbol.is_Matrix:
        return quantity(symbol.name, origin, tuple(symbol.shape))
    return NetworkOutput(symbol.name, origin, real=True)
