"""Engines: each trains the modules that name it in MODEL, with the loop, the data and the report of `runtime`.

Nothing but NumPy is imported before a module of another engine is to be trained, and nothing else of this package is
needed but `runtime` and `errors`. The face of each is the module of its name; read `jax`, `jax_run`, `jax_mesh`, in
this order.
"""

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
