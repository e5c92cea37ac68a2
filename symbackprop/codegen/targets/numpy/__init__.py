"""NumPy: a program of steps as the text of a module, and as functions that are run at once.

In goes a derivation's program; out comes text in one of three styles: `plain` for networks and expressions of numbers,
every operation as the formula has it; `readable` for arrays, in plain expressions; `fast`, into arrays made beforehand.
"""

from ..python_arrays.called_by_name import CompiledFunction, floating, in_order
from ..python_arrays.module_head import MARK
from .array_outputs_source import evaluation_of_outputs
from .compiled_functions import model_function
from .expression_source import evaluation
from .keyed_outputs_source import keyed_outputs_evaluation
from .matrix_outputs_source import outputs_evaluation
from .module_text import STYLES, model_text, sweep_text
from .sparse_outputs_source import sparse_outputs_evaluation

__all__ = [
    "MARK",
    "STYLES",
    "CompiledFunction",
    "evaluation",
    "evaluation_of_outputs",
    "floating",
    "in_order",
    "keyed_outputs_evaluation",
    "model_function",
    "model_text",
    "outputs_evaluation",
    "sparse_outputs_evaluation",
    "sweep_text",
]
