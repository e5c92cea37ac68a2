"""What is done for the digits of a result, as `derive` and `jvp` are asked for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import derivation
from ..equation_list import held, is_bare
from ..errors import ParameterError
from ..lowering import symbols_of
from ..named_quantities import declared_among
from ..networks import Model


def care_for(what: Any, stable: bool, accurate: bool | None) -> derivation.Care:
    """What is done for the digits of a model, of equations, or of an expression by itself: one in outputs of a network
    has the network's equations.

    Raises:
        ParameterError: one of both is neither True nor False.
    """
    for name, value in (("stable", stable), ("accurate", accurate)):
        if not isinstance(value, bool | np.bool) and (name == "stable" or value is not None):
            raise ParameterError(f"{name} is {value!r}: it must be True or False")
    shares = not isinstance(what, Model)
    alone = accurate is None and is_bare(what) and not declared_among(symbols_of(held(what)))
    return derivation.Care(stable, alone if accurate is None else accurate, shares)
