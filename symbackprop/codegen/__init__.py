"""From a derivation to code: graph, batching, steps, target, text.

In goes a derivation; `batching` makes steps of its nodes, `program` says what they are called and stand for, a folder
of `targets` writes them in one language. Nothing above `targets` knows any.
"""

from __future__ import annotations

from .targets.numpy import (
    MARK,
    STYLES,
    ArrayFunction,
    CompiledFunction,
    array_function,
    array_text,
    expression_function,
    expression_text,
    network_function,
    network_source,
    network_text,
)

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
