"""From a derivation to code: program, then text, then (for `compile`) a function."""

from .functions import CompiledFunction, expression_function, expression_text
from .module import MARK, module_text, network_function, twin_text

__all__ = [
    "MARK",
    "CompiledFunction",
    "expression_function",
    "expression_text",
    "module_text",
    "network_function",
    "twin_text",
]
