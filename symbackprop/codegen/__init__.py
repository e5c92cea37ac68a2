"""From a derivation to code: program, then text, then (for `compile`) a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..derivation import Sweep
from .array_functions import ArrayFunction, array_function, array_text
from .functions import CompiledFunction, executed, expression_function, expression_text
from .matrix_module import STYLES, matrix_text
from .matrix_module import network_source as matrix_network_source
from .module import MARK, module_text
from .module import network_source as scalar_network_source


def network_source(derivation: Sweep, style: str = "fast") -> str:
    """The text of loss_and_grad(params, X, Y) of a network in either form, and of what it calls."""
    if derivation.network is not None and derivation.network.form == "matrix":
        return matrix_network_source(derivation, style)
    return scalar_network_source(derivation)


def network_function(source: str) -> Callable[..., Any]:
    """f(params, X, Y) -> (loss, grads), both dicts by the names of the parameter arrays, from its text."""
    function: Callable[..., Any] = executed(source, "loss_and_grad")
    return function


__all__ = [
    "MARK",
    "STYLES",
    "ArrayFunction",
    "CompiledFunction",
    "array_function",
    "array_text",
    "expression_function",
    "expression_text",
    "matrix_text",
    "module_text",
    "network_function",
    "network_source",
]
