"""What generated code may call beside JAX, as text: read from files of functions, which are never imported."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..python_arrays import shape_checks
from ..python_arrays.function_text import without_annotations

_FILES = [Path(__file__).with_name(f"carried_{name}.py") for name in ("matrices", "functions", "gamma_functions")]


@cache
def _sources() -> dict[str, str]:
    """By name: the source of each function, in the order of the files."""
    texts = [*(path.read_text(encoding="utf-8") for path in _FILES), inspect.getsource(shape_checks)]
    trees = [(text, node) for text in texts for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: without_annotations(ast.get_source_segment(text, node) or "") for text, node in trees}


@cache
def helper_names() -> tuple[str, ...]:
    """The names of all of them."""
    return tuple(_sources())


@cache
def _names_in(name: str) -> frozenset[str]:
    """What a function names."""
    return frozenset(node.id for node in ast.walk(ast.parse(_sources()[name])) if isinstance(node, ast.Name))


def _needed(called: Iterable[str]) -> set[str]:
    """What is called, and what that calls."""
    stack, needed = list(called), set[str]()
    while stack:
        name = stack.pop()
        if name not in needed:
            needed.add(name)
            stack += _names_in(name) & {*_sources()}
    return needed


def call_numpy(called: Iterable[str]) -> bool:
    """Whether one of these, or of those that they call, calls NumPy."""
    return any("np" in _names_in(name) for name in _needed(called))


def helper_texts(called: Iterable[str]) -> list[str]:
    """The sources of what is called, and of what that calls, in the order of the files."""
    needed = _needed(called)
    return [source for name, source in _sources().items() if name in needed]
