"""A derivation in print: the chain rule, the paths and the numbers of `sb.Derivation`, as text, LaTeX and maths."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .. import derivation, formulas
from .symbolic_derivation import SymbolicDerivation


class PrintedDerivation(SymbolicDerivation):
    """The derivative of one loss in formulas for people; see `sb.Derivation`."""

    def explain(self, which: Any, names: Mapping[Any, Any] | None = None) -> formulas.Explanation:
        """The chain rule of one derivative: the rule, the rule worked, and the derivative written out.

        An expression that is derived by backprop is split into named steps, as a teacher would: the inner functions,
        what is used twice, sums in a denominator. They are for reading: no other result of the derivation has them.

        Args:
            which: a parameter, a named quantity or a step, as a symbol or by name.
            names: names of one's own for parts of an expression: {u: x**2}.

        Raises:
            ParameterError: there is no such quantity or part, or a name is taken.
        """
        return formulas.Explanation(self._steps(names, which), which)

    def _steps(self, names: Mapping[Any, Any] | None, which: Any = None) -> derivation.Sweep:
        """What formulas are made of: the derivation, an expression in steps, unless it is about what has none there."""
        steps = derivation.in_steps(self.sweep, names) if names else self._in_steps
        return steps if which is None or steps.knows(which) or not self.sweep.knows(which) else self.sweep

    @cached_property
    def _in_steps(self) -> derivation.Sweep:
        return derivation.in_steps(self.sweep)

    def paths(
        self, which: Any = None, most: int = formulas.MOST_PATHS, names: Mapping[Any, Any] | None = None
    ) -> formulas.PathExplanation:
        """The paths from one parameter to the loss, the products along them, and what backprop shares among them.

        The result iterates over all paths, each with its `symbols`, its `locals` and their `product` in SymPy.

        Args:
            which: a parameter or a named quantity, as a symbol or by name; None for how many paths there are from each
                parameter.
            most: paths that are listed in print.
            names: names of one's own for parts of an expression, which is split into steps as `explain` has them.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: `most` is not a whole number from 1 up.
            UnsupportedError: there are matrices, between which no paths of numbers lead.
        """
        return formulas.PathExplanation(self._steps(names, which), which, most)

    def at(
        self,
        values: Mapping[Any, Any],
        which: Any = None,
        *,
        digits: int = 6,
        check: bool = False,
        names: Mapping[Any, Any] | None = None,
    ) -> formulas.Evaluation:
        """The formulas with numbers put in: each line as symbol = rule = numbers put in = result.

        The result prints as text, in a notebook as maths, and has the numbers themselves: `value`, `gradients`, and
        `values` of every named line. `sb.formulas.rendered(result.document, "latex")` has it in another format.

        Args:
            values: by symbol or name, of every parameter and of the data: {"w1_1_1": 0.15, ..., "x1": 0.05, ...}; or
                arrays by the names of the model's, "W1": (out, in), "b1": (out,), and of matrices.
            which: a parameter or quantity, of which alone is spoken; by default all of it.
            digits: significant digits that are shown.
            check: whether a central difference stands beside each derivative by a parameter.
            names: names of one's own for parts of an expression, which is split into steps as `explain` has them.

        Raises:
            ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
            UnsupportedError: the method forms no adjoints.
        """
        return formulas.Evaluation(self._steps(names, which), values, digits, check, which)

    def formulas(
        self, format: str = "text", parameter: Any = None, names: Mapping[Any, Any] | None = None, **looks: Any
    ) -> str:
        """All formulas, or those of one parameter; an expression in steps.

        Args:
            format: "text", "latex" or "markdown".
            parameter: a parameter or quantity, of which alone is spoken.
            names: names of one's own for parts of an expression.
            looks: width, headings, labels and equations_only, as `symbackprop.formulas.rendered` has them.

        Raises:
            ParameterError: there is no such parameter, or a choice means nothing in this format.
            UnknownNameError: there is no such format or level of headings.
        """
        return formulas.rendered(formulas.document(self._steps(names, parameter), parameter), format, **looks)

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self._in_steps)
