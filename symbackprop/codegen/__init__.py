"""From a derivation to code: program, then text, then (for `compile`) a function."""

from .array_functions import ArrayFunction, array_function, array_text
from .functions import CompiledFunction, expression_function, expression_text
from .matrix_module import STYLES, matrix_text
from .matrix_module import network_function as matrix_network_function
from .module import MARK, module_text, network_function, twin_text

__all__ = [
    "MARK",
    "STYLES",
    "ArrayFunction",
    "CompiledFunction",
    "array_function",
    "array_text",
    "expression_function",
    "expression_text",
    "matrix_network_function",
    "matrix_text",
    "module_text",
    "network_function",
    "twin_text",
]
