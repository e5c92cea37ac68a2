"""The symbols of an expression, found without walking a shared part twice."""

from __future__ import annotations

from typing import Any


def symbols_of(expression: Any) -> list[Any]:
    """Every symbol of a SymPy expression, in the order of first sight; SymPy's `free_symbols` walks the whole tree."""
    seen: set[int] = set()
    found: dict[Any, None] = {}
    stack = [expression]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            if part.is_Symbol:
                found[part] = None
            stack.extend(reversed(part.args))
    return list(found)
