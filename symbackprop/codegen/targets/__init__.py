"""The languages that a program of steps can be written in, a folder each; nothing else outside of them names one.

A target needs a row for each kind of step, which makes its text of those of its operands, and under MAP and CALL a
spelling for each operation; it may rewrite steps before. What a step is called, stands for and belongs to is told by
`program.Program` and `line_comments`. It offers the text of a model's module (`model_text`), of a model's sweep alone
(`sweep_text`), and of everything else (`evaluation`).
"""

from .numpy import (
    MARK,
    STYLES,
    CompiledFunction,
    evaluation,
    model_function,
    model_text,
    sweep_text,
)

__all__ = ["MARK", "STYLES", "CompiledFunction", "evaluation", "model_function", "model_text", "sweep_text"]
