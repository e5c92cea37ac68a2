"""Expressions and equations as functions of their symbols: `evaluate`, of numbers that broadcast or of whole arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ...steps import FILL, INPUT, VIEW, Step, Steps
from ..python_arrays import line_breaking
from ..python_arrays.called_by_name import CompiledFunction
from ..python_arrays.expression_arguments import (
    SWEEP_FUNCTION,
    ArrayArguments,
    NumberArguments,
    heading,
    joined,
    name_of,
)
from ..python_arrays.readable_style import Code
from ..python_arrays.step_expressions import LENGTH
from .argument_checks import _shaped, _shaped_samples
from .carried_helpers import helper_source, imports_of, with_needed
from .compiled_functions import ArrayFunction, NumberFunction, executed
from .dialect_of_numpy import NUMPY
from .reserved_names import EVALUATED, LOCALS, OF_NUMBERS


class NumberSource(NumberArguments):
    """One function, `evaluate`, of numbers or of arrays of them that broadcast."""

    dialect, local_names = NUMPY, OF_NUMBERS

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        given = [f'"{symbol.name}": {head}' for symbol, head in zip(self.arguments, self._heads, strict=True)]
        value, *gradients = [f"_full({value}, shape, dtype)" for value in values]
        named = zip(self.derivation.wrt, gradients, strict=True)
        return [
            *line_breaking.called("def evaluate(", self._heads, "):", ""),
            *line_breaking.called("given, shape, dtype = _broadcast({", given, "})"),
            *line_breaking.called("(", [*self._heads, *[""] * (len(self._heads) == 1)], ") = given"),
            *code.lines,
            f"    return {value}, {{",
            *(f'        "{symbol.name}": {gradient},' for symbol, gradient in named),
            "    }",
        ]

    @property
    def text(self) -> str:
        """The function alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> CompiledFunction:
        """The function, which checks its arguments."""
        return NumberFunction(list(map(name_of, self.arguments)), self.text, executed(self.text, "evaluate"))

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        written, code = self._written
        used = with_needed({*code.helpers, "_broadcast", "_full"})
        return joined(self.head(imports_of(used)), helper_source(used), "\n".join(written), self.user_names.tail)

    def head(self, imports: Sequence[str]) -> str:
        """What a module says first."""
        return heading(self.derivation, imports, dict.fromkeys(map(name_of, self.arguments), ()), ())


class ArraySource(ArrayArguments):
    """The functions of one derivation as text: `_sweep`, which computes, and `evaluate`, which checks and calls it."""

    dialect, local_names, model_names = NUMPY, EVALUATED, LOCALS

    def _sweep(self, steps: Steps, ends: Sequence[Step], code: Code, scaled: bool) -> list[str]:
        """def _sweep(...): the value and a dict of derivatives, in arrays without axes of one entry."""
        samples = [] if self.batch is None else [LENGTH]
        named = zip(self.derivation.wrt, ends[1:], strict=True)
        return [
            *line_breaking.called(
                f"def {SWEEP_FUNCTION}(", [*self.heads, "dtype", *self.lengths.values(), *samples], "):", ""
            ),
            *([f"    scale = 1.0 / {LENGTH}  # the mean, in the smallest adjoint"] if scaled else []),
            *code.lines,
            "    gradients = {",
            *(f'        "{symbol.name}": {_fresh(steps, end, ends, code)},' for symbol, end in named),
            "    }",
            *line_breaking.returned(f"{_value(steps, ends, code)}{f' / {LENGTH}' * self.gives_means}, gradients"),
        ]

    @property
    def text(self) -> str:
        """The sweep alone."""
        return "\n".join(self._written[0]) + "\n"

    def function(self) -> ArrayFunction:
        """The function, which checks its arguments."""
        batched = list(map(name_of, self.batch or ()))
        shaping = partial(_shaped_samples, batched=frozenset(batched)) if self.gives_each else _shaped
        return ArrayFunction(self.text, self.shapes, self.size_keys, batched, shaping)

    def module(self) -> str:
        """A standalone module that needs NumPy alone."""
        sweep, code = self._written
        used = with_needed({*code.helpers, "_checked", self.shaping})
        batch = [symbol.name for symbol in self.batch or ()]
        head = heading(self.derivation, imports_of(used), self.shapes, batch, self.about_samples)
        return joined(head, helper_source(used), "\n".join(sweep), "\n".join(self._evaluate()), self.user_names.tail)


def _fresh(steps: Steps, end: Step, ends: Sequence[Step], code: Code) -> str:
    """A result that shares no memory with an argument or with another result."""
    shared = steps.kind(end) in (INPUT, VIEW, FILL) or ends.count(end) > 1
    return f"np.array({code.value(end)})" if shared and steps.axes[end] else code.value(end)


def _value(steps: Steps, ends: Sequence[Step], code: Code) -> str:
    """The value: a number, or an array of a quantity that is differentiated along a direction."""
    return _fresh(steps, ends[0], ends, code) if steps.axes[ends[0]] else f"float({code.value(ends[0])})"
