"""Derivations and the methods that make them."""

from .derivation import ChainStep, Cost, Definition, Derivation
from .deriving import METHODS, derive_equations

__all__ = ["METHODS", "ChainStep", "Cost", "Definition", "Derivation", "derive_equations"]
