"""What a generated module asks of XLA, which is for whoever compiles a function of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def options_for(module: ModuleType, jax: Any) -> Any:
    """The options of a module where JAX compiles for a CPU, or None; JAX is not started if there are none."""
    options = getattr(module, "COMPILER_OPTIONS", None)
    return options if options is not None and jax.default_backend() == "cpu" else None
