"""NumPy: a program of steps as the text of a module, and as functions that are run at once.

In goes a derivation's program; out comes text in one of three styles: `plain` for networks and expressions of numbers,
every operation as the formula has it; `readable` for arrays, in plain expressions; `fast`, into arrays made beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ....derivation import Sweep
from .evaluate import ArraySource, NumberSource
from .functions import ArrayFunction, CompiledFunction, executed
from .module import MARK, STYLES, network_source, network_text


def network_function(source: str) -> Callable[..., Any]:
    """f(params, X, Y) -> (loss, grads), both dicts by the names of the parameter arrays, from its text."""
    function: Callable[..., Any] = executed(source, "loss_and_grad")
    return function


def expression_function(derivation: Sweep) -> CompiledFunction:
    """A derivation as a function of its symbols: those of `wrt` first, then the others by name."""
    return NumberSource(derivation).function()


def expression_text(derivation: Sweep) -> str:
    """A standalone module with one function, `evaluate`, that needs NumPy alone."""
    return NumberSource(derivation).module()


def array_function(derivation: Sweep, batch: Iterable[Any] | None = None) -> ArrayFunction:
    """A derivation as a function of arrays: the symbols of `wrt` first, then the others by name."""
    return ArraySource(derivation, batch).function()


def array_text(derivation: Sweep, batch: Iterable[Any] | None = None) -> str:
    """A standalone module with one function, `evaluate`, that needs NumPy alone."""
    return ArraySource(derivation, batch).module()


__all__ = [
    "MARK",
    "STYLES",
    "ArrayFunction",
    "CompiledFunction",
    "array_function",
    "array_text",
    "expression_function",
    "expression_text",
    "network_function",
    "network_source",
    "network_text",
]
