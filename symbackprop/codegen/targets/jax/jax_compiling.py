"""How XLA is asked to compile a long program of single numbers on a CPU.

Its fusion writes cheap operations anew in each kernel that reads them, which for such programs doubles the work with
every few layers (jax issue 2777): of a net 3 wide and 12 deep it takes 5 s to compile and 4 ms a call, without fusion
1 s and 0.3 ms. Programs of matrices are not concerned: products end a kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ....derivation import Sweep

LONG = 500
"""From so many operations of single numbers on, fusion costs more than it saves: both were measured."""

OPTIONS = """# For jax.jit(function, compiler_options=COMPILER_OPTIONS) on a CPU, whose fusion would write most of these
# operations anew in each of its kernels: minutes to compile, and slower to run.
COMPILER_OPTIONS = {"xla_disable_hlo_passes": "fusion"}"""


def options_of(derivation: Sweep) -> list[str]:
    """The text of the options in a module of single numbers: none in a short one."""
    return [OPTIONS] * (derivation.cost.total >= LONG)


def compiled(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a module under jit, with the options that the module asks for where they can be given.

    JAX takes options for what is compiled by itself alone: within another function that is traced, the function is part
    of it, and is compiled as that is.
    """
    jax = module.jax
    options = getattr(module, "COMPILER_OPTIONS", None)
    if options is None or jax.default_backend() != "cpu":
        plain: Callable[..., Any] = jax.jit(function)
        return plain
    alone = jax.jit(function, compiler_options=options)

    def called(*values: Any, **named: Any) -> Any:
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((values, named)))
        return (function if traced else alone)(*values, **named)

    return called
