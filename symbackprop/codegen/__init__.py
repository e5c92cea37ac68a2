"""From a derivation to code: graph, batching, steps, target, text.

In goes a derivation; `batching` makes steps of its nodes, `program` says what they are called and stand for, a folder
of `targets` writes them in one language. Out comes the text of a module, or a function that runs it. Nothing above
`targets` may know any language, and nothing in here what people read.
"""

from .targets import (
    MARK,
    STYLES,
    TARGETS,
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
    target,
    user_names,
)

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
