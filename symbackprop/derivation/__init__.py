"""Derivations and the methods that make them."""

from .derivation import Derivation
from .deriving import METHODS, derive_equations
from .lines import ChainStep, Cost, Definition

__all__ = ["METHODS", "ChainStep", "Cost", "Definition", "Derivation", "derive_equations"]
