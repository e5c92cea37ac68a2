"""Derivations and the methods that make them."""

from .chain_rule import ChainRule, extended
from .counting import longest_last
from .directional import default_direction, derive_along
from .lines import ChainStep, Cost, Definition, TangentStep
from .methods import METHODS, derive_equations
from .naive import has_private_forward
from .paths import Path, Paths, Routes
from .sweep import Sweep
from .ways import DEFAULT, WAYS, Way

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
