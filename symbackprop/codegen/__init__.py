"""From a derivation to code: graph, batching, steps, target, text.

In goes a derivation; `batching` makes steps of its nodes, `program` says what they are called and stand for, a folder
of `targets` writes them in one language. Nothing above `targets` knows any.
"""

from .targets import (
    MARK,
    STYLES,
    CompiledFunction,
    evaluation,
    model_function,
    model_text,
    sweep_text,
)

__all__ = ["MARK", "STYLES", "CompiledFunction", "evaluation", "model_function", "model_text", "sweep_text"]
