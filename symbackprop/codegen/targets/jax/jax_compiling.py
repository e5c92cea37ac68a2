"""What XLA is asked to leave out where it compiles for a CPU.

Its fusion writes cheap operations anew in each kernel that reads them, which for a long program of single numbers
doubles the work with every few layers (jax issue 2777): a net 3 wide and 12 deep takes 4 s to compile and 1.4 ms a
call, without fusion 0.9 s and 0.2 ms. Programs of matrices are not concerned: products end a kernel. Its simplifier
makes x / y**2 of (x / y) / y, which overflows earlier, and y * log|x| of log(x**y), which is a number where the
logarithm is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .... import ops
from ....derivation import Sweep
from ....engines.compiler_options import options_for

LONG = 500
"""From so many operations of single numbers on, fusion costs more than it saves: both were measured."""

SIMPLIFIER, FUSION = "algsimp", "fusion"
"""XLA's names of the passes."""
_WHY = {
    SIMPLIFIER: "(x / y) / y is not to become x / y ** 2, which overflows earlier",
    FUSION: "most operations would be written anew in each of its kernels",
}
_HOW = "# for jax.jit(function, compiler_options=COMPILER_OPTIONS), on a CPU:"


def options_of(derivation: Sweep) -> list[str]:
    """The text of the options that a module has for XLA, if it has any."""
    passes = _left_out(derivation)
    if not passes:
        return []
    reasons = [f"# {name}: {_WHY[name]}" for name in passes]
    text = f'COMPILER_OPTIONS = {{"xla_disable_hlo_passes": "{",".join(passes)}"}}'
    return ["\n".join([_HOW, *reasons, text])]


def _left_out(derivation: Sweep) -> list[str]:
    graph = derivation.graph
    kinds = Counter(key[0] for key in graph.keys)
    logs = any(op is ops.LOG and graph.op(args[0]) is ops.POW for op, *args in graph.keys)
    is_of_numbers = not any(map(graph.shape, graph.reachable([derivation.quantities[derivation.loss]])))
    left_out = {
        SIMPLIFIER: kinds[ops.DIV] > 1 or logs,
        FUSION: is_of_numbers and derivation.cost.total >= LONG,
    }
    return [name for name, is_left_out in left_out.items() if is_left_out]


def compiled(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a module under jit, with the options that the module asks for where they can be given.

    JAX takes options for what is compiled by itself alone: within another function that is traced, the function is part
    of it, and is compiled as that is.
    """
    jax = module.jax
    options = options_for(module, jax)
    if options is None:
        plain: Callable[..., Any] = jax.jit(function)
        return plain
    alone = jax.jit(function, compiler_options=options)

    def called(*values: Any, **named: Any) -> Any:
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((values, named)))
        return (function if traced else alone)(*values, **named)

    return called
