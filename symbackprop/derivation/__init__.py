"""Derivations and the methods that make them."""

from .chain_rule import ChainRule, extended
from .derivation import Derivation
from .directional import default_direction, derive_along
from .lines import ChainStep, Cost, Definition, TangentStep
from .methods import METHODS, derive_equations
from .naive import has_private_forward
from .paths import Path, Paths, Routes

__all__ = [
    "METHODS",
    "ChainRule",
    "ChainStep",
    "Cost",
    "Definition",
    "Derivation",
    "Path",
    "Paths",
    "Routes",
    "TangentStep",
    "default_direction",
    "derive_along",
    "derive_equations",
    "extended",
    "has_private_forward",
]
