"""NumPy's code, and of numbers the same program of steps for `math`: a call on plain numbers runs that one.

In goes what NumPy's sources take; out come functions that choose by `type(x) is float or int` of each argument, and
modules that do so too. Whatever takes arrays is NumPy's alone.
"""

from ..numpy import (
    MARK,
    STYLES,
    CompiledFunction,
    by_user_names,
    floating,
    in_order,
    inside_names,
    model_function,
    model_text,
    sweep_text,
    user_names,
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
    "by_user_names",
    "evaluation",
    "floating",
    "in_order",
    "inside_names",
    "keyed_outputs_evaluation",
    "model_function",
    "model_text",
    "outputs_evaluation",
    "sparse_outputs_evaluation",
    "sweep_text",
    "user_names",
]
