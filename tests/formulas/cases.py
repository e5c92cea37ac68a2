"""Every derivation that the tests of layout and of formats tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbackprop.derivation import Sweep

from .matrix_cases import MATRICES
from .scalar_cases import SCALARS

ALL: dict[str, Callable[[], Sweep]] = {
    **SCALARS,
    **{name: lambda make=make: make().sweep for name, make in MATRICES.items()},
}


def asked(derivation: Sweep) -> tuple[Any, ...]:
    """What a document is about: everything, or one of the parameters; of very many, the first and the last."""
    few = derivation.wrt if len(derivation.wrt) <= 12 else (derivation.wrt[0], derivation.wrt[-1])
    return (None, *few)
