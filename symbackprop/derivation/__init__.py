"""Derivations and the methods that make them."""

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
    "has_private_forward",
]
