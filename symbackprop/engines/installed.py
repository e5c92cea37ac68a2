"""The libraries of an engine, which are installed where somebody wants that engine."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import UnsupportedError


def needed(name: str) -> Any:
    """The library of that name; an UnsupportedError says how to get one that is absent."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise UnsupportedError(
            f'training on JAX needs {package}, which is not installed here: pip install "symbackprop[jax]"'
        ) from None
