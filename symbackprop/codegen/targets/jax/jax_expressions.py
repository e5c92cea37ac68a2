"""Expressions and equations as JAX functions of their symbols: `evaluate`, of numbers that broadcast or of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ....derivation import Sweep
from ...precedence import PRODUCT
from ...steps import Step, Steps
from ..python_arrays import line_breaking
from ..python_arrays.called_by_name import CompiledFunction
from ..python_arrays.expression_arguments import (
    SWEEP_FUNCTION,
    ArrayArguments,
    NumberArguments,
    heading,
    joined,
    name_of,
    takes_arrays,
)
from ..python_arrays.readable_style import Code
from ..python_arrays.step_expressions import LENGTH
from .jax_compiling import options_of
from .jax_functions import JaxExpression
from .jax_helpers import call_numpy, helper_texts
from .jax_models import NAMES
from .jax_module import IMPORTS, NUMPY
from .jax_operations import JAX

OF_NUMBERS = ("shape", "dtype", "evaluate", "ARGUMENTS", "SHAPES", "BATCHED", "COMPILER_OPTIONS", "jax", "jnp")
"""Names that the function of an expression of numbers uses."""
OF_ARRAYS = (
    *("n", "dtype", "scale", "given", "arrays", "sizes", "value", "gradients", "jax", "jnp"),
    *("evaluate", "_sweep", "ARGUMENTS", "SHAPES", "BATCHED"),
)
"""Names that the functions of an expression with arrays use."""


def evaluation(derivation: Sweep, batch: Iterable[Any] | None = None) -> JaxNumbers | JaxArrays:
    """What makes a function or a module of a derivation's symbols, each an argument."""
    return JaxArrays(derivation, batch) if takes_arrays(derivation, batch) else JaxNumbers(derivation)


def _function(written: JaxNumbers | JaxArrays) -> JaxExpression:
    wrt = [symbol.name for symbol in written.derivation.wrt]
    text = written.module().removesuffix(f"\n\n{written.user_names.tail}\n" if written.user_names else "")
    return JaxExpression(list(map(name_of, written.arguments)), wrt, text)


def _imports(called: Iterable[str]) -> list[str]:
    """What the functions of an expression call: few of those that they carry call NumPy."""
    return [line for line in IMPORTS if line != NUMPY or call_numpy(called)]


class JaxNumbers(NumberArguments):
    """One function, `evaluate`, of numbers or of arrays of them that broadcast."""

    dialect, local_names = JAX, OF_NUMBERS

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        value, *gradients = [f"_full({value}, shape, dtype)" for value in values]
        named = zip(self.derivation.wrt, gradients, strict=True)
        heads = [*self._heads, *[""] * (len(self._heads) == 1)]
        return [
            *line_breaking.called("def evaluate(", self._heads, "):", ""),
            *line_breaking.called("(", heads, f"), shape, dtype = _broadcast({', '.join(self._heads)})"),
            *code.lines,
            f"    return {value}, {{",
            *(f'        "{symbol.name}": {gradient},' for symbol, gradient in named),
            "    }",
        ]

    def function(self) -> CompiledFunction:
        """The function, traced and compiled when it is called with a new shape."""
        return _function(self)

    def module(self) -> str:
        """A standalone module that needs JAX."""
        written, code = self._written
        called = {*code.helpers, "_broadcast", "_full"}
        parts = [*helper_texts(called), "\n".join(written)]
        head = heading(self.derivation, _imports(called), dict.fromkeys(map(name_of, self.arguments), ()), ())
        return joined("\n\n".join([head, *options_of(self.derivation)]), *parts, self.user_names.tail)


class JaxArrays(ArrayArguments):
    """The functions of one derivation as text: `_sweep`, which computes, and `evaluate`, which calls it."""

    dialect, local_names, model_names = JAX, OF_ARRAYS, NAMES

    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool) -> list[str]:
        samples = [] if self.batch is None else [LENGTH]
        named = zip(self.derivation.wrt, ends[1:], strict=True)
        means = self.gives_means
        value = f"{code.texts[ends[0]].within(PRODUCT).source} / {LENGTH}" if means else code.value(ends[0])
        return [
            *line_breaking.called(
                f"def {SWEEP_FUNCTION}(", [*self.heads, "dtype", *self.lengths.values(), *samples], "):", ""
            ),
            *([f"    scale = 1.0 / {LENGTH}  # the mean, in the smallest adjoint"] if scaled else []),
            *code.lines,
            "    gradients = {",
            *(f'        "{symbol.name}": {code.value(end)},' for symbol, end in named),
            "    }",
            *line_breaking.returned(f"jnp.asarray({value}, dtype), gradients"),
        ]

    def function(self) -> CompiledFunction:
        """The function, traced and compiled when it is called with a new shape."""
        return _function(self)

    def module(self) -> str:
        """A standalone module that needs JAX."""
        sweep, code = self._written
        called = {*code.helpers, "_checked", self.shaping}
        parts = [*helper_texts(called), "\n".join(sweep), "\n".join(self._evaluate())]
        batch = [symbol.name for symbol in self.batch or ()]
        head = heading(self.derivation, _imports(called), self.shapes, batch, self.about_samples)
        return joined("\n\n".join([head, *options_of(self.derivation)]), *parts, self.user_names.tail)
