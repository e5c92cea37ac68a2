"""The languages that a program of steps can be written in, a folder each; nothing else outside of them names one.

A target needs a row for each kind of step, which makes its text of those of its operands, and under MAP and CALL a
spelling for each operation; it may rewrite steps before. What a step is called, stands for and belongs to is told by
`program.Program` and `line_comments`. It offers the text of a model's module (`model_text`), of a model's sweep alone
(`sweep_text`), and of everything else (`evaluation`), and `model_function`, which makes a function of such a text.
`python_arrays` is what targets share that write Python on arrays.
"""

from typing import Any

from ...errors import unknown_name
from ...lazy_imports import imported
from .plain import (
    MARK,
    STYLES,
    CompiledFunction,
    QuickCalls,
    by_user_names,
    evaluation,
    floating,
    in_order,
    inside_names,
    keyed_outputs_evaluation,
    model_function,
    model_text,
    outputs_evaluation,
    sparse_outputs_evaluation,
    sweep_text,
    user_names,
)

TARGETS = {"numpy": "plain", "jax": "jax"}
"""By name the folder, imported when it is asked for: `plain` is NumPy, and `math` beside it for plain numbers."""


def target(name: str) -> Any:
    """What a target offers.

    Raises:
        UnknownNameError: there is no such target.
    """
    if name not in TARGETS:
        raise unknown_name("target", name, TARGETS)
    return imported(__package__, TARGETS[name])


__all__ = [
    "MARK",
    "STYLES",
    "TARGETS",
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
    "target",
    "user_names",
]
