"""SymPy to graph and back: the only part that reads or builds SymPy trees."""

from .from_sympy import Lowering
from .symbols import symbols_of
from .to_sympy import raised

__all__ = ["Lowering", "raised", "symbols_of"]
