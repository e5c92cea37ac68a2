"""What generated code may call beside NumPy, and its source: a module carries what it calls."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from ..python_arrays import shape_checks
from ..python_arrays.function_text import without_annotations
from . import (
    argument_checks,
    compensated_functions,
    exponential_sums,
    gamma_functions,
    matrix_helpers,
    scipy_functions,
    special_functions,
)

_PARTS = (
    exponential_sums,
    special_functions,
    gamma_functions,
    scipy_functions,
    matrix_helpers,
    compensated_functions,
    shape_checks,
    argument_checks,
)

HELPERS: dict[str, Any] = {
    name: value
    for part in _PARTS
    for name, value in vars(part).items()
    if name.startswith("_") and not name.startswith("__")
}
"""By name: the functions of these files."""

_NEEDS = {
    **exponential_sums.NEEDS,
    **special_functions.NEEDS,
    **matrix_helpers.NEEDS,
    **gamma_functions.NEEDS,
    **compensated_functions.NEEDS,
    **scipy_functions.NEEDS,
    "_broadcast": ("_real", "_unlike"),
    "_shaped": ("_alike",),
    "_shaped_samples": ("_of_each",),
    "_checked": ("_real", "_dtype", "_arranged", "_expected", "_compact", "_misshapen", "_sizes_told", "_unsampled"),
}

_OF_MATH = frozenset(
    name for name in HELPERS if "math" in getattr(getattr(HELPERS[name], "__code__", None), "co_names", ())
)

_SCIPY = "from scipy import special  # this module needs SciPy beside NumPy: pip install scipy"


def with_needed(called: Iterable[str]) -> list[str]:
    """The helpers that are called, with what they call, in the order of their files."""
    called = set(called)
    needed = called | {other for name in called for other in _NEEDS.get(name, ())}
    return [name for name in HELPERS if name in needed]


def imports_of(names: Iterable[str]) -> list[str]:
    """What the head of a module imports that carries these helpers, all of them."""
    names = set(names)
    math = [] if _OF_MATH.isdisjoint(names) else ["import math", ""]
    return [*math, "import numpy as np", *([] if names.isdisjoint(scipy_functions.NEEDS) else [_SCIPY])]


def helper_source(names: Iterable[str]) -> str:
    """The source of helpers, without their type annotations."""
    return "\n\n\n".join(_source_of(name) for name in names)


def _source_of(name: str) -> str:
    value = HELPERS[name]
    if not callable(value):
        return f"{name} = {value!r}"
    return without_annotations(inspect.getsource(value)).rstrip()
