"""SymPy to graph and back: the only part that reads or builds SymPy trees."""

from .fast import FastLowering
from .from_sympy import Lowering
from .matrix_expressions import shape_of
from .matrix_raising import whole
from .symbols import sizes_of, symbols_of
from .to_sympy import raised

__all__ = ["FastLowering", "Lowering", "raised", "shape_of", "sizes_of", "symbols_of", "whole"]
