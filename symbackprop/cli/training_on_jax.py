"""What the commands train and predict do first for a module that runs on JAX."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from ..engines.jax import allow_float64, engine_of
from ..engines.jax_mesh import devices
from ..engines.jax_places import places
from ..runtime import load
from ..runtime.options import OPTIONS, PLACES
from ..runtime.parameters import dtype_of
from ..runtime.training_loop import Engine

if TYPE_CHECKING:
    import argparse

OWN = {"coordinator", "process", "data"}
"""Options that each process has for itself; of the data, it is the numbers that must be the same."""


def engine(options: argparse.Namespace) -> Engine:
    """The engine as the options say, and JAX with the numbers that they say."""
    chosen = places(**{name: getattr(options, name) for name in PLACES})
    if options.dtype == "float64":
        allow_float64()
    names = [name.removeprefix("--") for group in OPTIONS.values() for name in group]
    alike = {f"--{name}": getattr(options, name.replace("-", "_")) for name in names if name not in OWN}
    return engine_of(chosen, alike)


def prepare(module: ModuleType, options: argparse.Namespace) -> None:
    """Let JAX have the numbers of the weights."""
    devices()
    if dtype_of(load(options.weights, module)[0]).itemsize == 8:
        allow_float64()
