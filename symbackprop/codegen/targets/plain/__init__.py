"""NumPy's code, and of numbers the same program of steps for `math`: a call on plain numbers runs that one.

In goes what NumPy's sources take; out come functions that choose by `type(x) is float or int` of each argument, and
modules that do so too. Whatever takes arrays is NumPy's alone.
"""

from ..numpy import (
    MARK,
    STYLES,
    CompiledFunction,
    floating,
    in_order,
    model_function,
    model_text,
    sweep_text,
)
from .number_sources import (
    evaluation,
    keyed_outputs_evaluation,
    outputs_evaluation,
    sparse_outputs_evaluation,
)
from .quick_calls import QuickCalls

__all__ = [
    "MARK",
    "STYLES",
    "CompiledFunction",
    "QuickCalls",
    "evaluation",
    "floating",
    "in_order",
    "keyed_outputs_evaluation",
    "model_function",
    "model_text",
    "outputs_evaluation",
    "sparse_outputs_evaluation",
    "sweep_text",
]
