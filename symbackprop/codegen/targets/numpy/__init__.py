"""NumPy: a program of steps as the text of a module, and as functions that are run at once.

In goes a derivation's program; out comes text in one of three styles: `plain` for networks and expressions of numbers,
every operation as the formula has it; `readable` for arrays, in plain expressions; `fast`, into arrays made beforehand.
"""

from ..python_arrays.called_by_name import CompiledFunction, floating, in_order
from ..python_arrays.either_name import by_user_names, inside_names, user_names
from ..python_arrays.module_head import MARK
from .compiled_functions import model_function
from .module_text import STYLES, model_text, sweep_text

__all__ = [
    "MARK",
    "STYLES",
    "CompiledFunction",
    "by_user_names",
    "floating",
    "in_order",
    "inside_names",
    "model_function",
    "model_text",
    "sweep_text",
    "user_names",
]
