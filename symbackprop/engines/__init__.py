"""Loops on other machines than NumPy's; each needs its libraries only when it is asked for."""

from collections.abc import Callable
from typing import Any

from ..lazy_imports import imported
from ..runtime import start_values, train


def loop_of(engine: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What trains modules of an engine, by its name in their MODEL, and what makes their start values.

    Raises:
        UnsupportedError: a library of the engine is not installed.
    """
    if engine == "numpy":
        return train, start_values
    own = imported(__package__, "jax")
    return own.train, own.start_values
