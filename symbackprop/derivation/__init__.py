"""Derivations and the methods that make them."""

from .chain_rule import ChainRule, extended
from .derivation_cost import longest_last
from .directional_derivative import default_direction, derive_along
from .method_table import DEFAULT, WAYS, Way
from .methods import METHODS, derive_equations
from .naive import has_private_forward
from .paths import Path, Paths, Routes
from .result_types import ChainStep, Cost, Definition, TangentStep
from .sweep import Sweep

__all__ = [
    "DEFAULT",
    "METHODS",
    "WAYS",
    "ChainRule",
    "ChainStep",
    "Cost",
    "Definition",
    "Path",
    "Paths",
    "Routes",
    "Sweep",
    "TangentStep",
    "Way",
    "default_direction",
    "derive_along",
    "derive_equations",
    "extended",
    "has_private_forward",
    "longest_last",
]
