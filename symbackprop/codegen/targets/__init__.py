"""The languages that a program of steps can be written in, a folder each; nothing else outside of them names one.

A target needs a row for each kind of step, which makes its text of those of its operands, and under MAP and CALL a
spelling for each operation; it may rewrite steps before. What a step is called, stands for and belongs to is told by
`program.Program` and `remarks`. It offers the text of a network's module (`network_text`), of a network's sweep alone
(`network_source`), and of everything else (`evaluation`).
"""

from .numpy import MARK, STYLES, CompiledFunction, evaluation, network_function, network_source, network_text

__all__ = ["MARK", "STYLES", "CompiledFunction", "evaluation", "network_function", "network_source", "network_text"]
