"""SymPy to graph and back: the only part that reads or builds SymPy trees.

In go expressions of numbers (`from_sympy`) and of matrices (`from_sympy_matrices`), or nodes (`to_sympy` and
`to_sympy_matrices`); out come nodes, or expressions. It must not know derivatives, networks or names that are made.
What has no place in the graph is refused here, by name.
"""

from .entries_of_arrays import slope_of_entry
from .fast_lowering import FastLowering
from .from_sympy import Lowering
from .from_sympy_matrices import shape_of
from .refusals import refusal, refuse_functions, shown
from .special_cases import OfTuples
from .symbol_search import parts_of, sizes_of, symbols_of
from .to_sympy import raised
from .to_sympy_matrices import whole

__all__ = [
    "FastLowering",
    "Lowering",
    "OfTuples",
    "parts_of",
    "raised",
    "refusal",
    "refuse_functions",
    "shape_of",
    "shown",
    "sizes_of",
    "slope_of_entry",
    "symbols_of",
    "whole",
]
