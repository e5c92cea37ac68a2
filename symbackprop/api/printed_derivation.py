"""A derivation in print: the chain rule, the paths and the numbers of `sb.Derivation`, as text, LaTeX and maths."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .. import derivation, diagrams, formulas
from ..errors import UnsupportedError
from ..leaf_symbols import inner_parts
from ..networks import Model
from ..networks.network import matrix_form
from .symbolic_derivation import SymbolicDerivation


class PrintedDerivation(SymbolicDerivation):
    """The derivative of one loss in formulas for people; see `sb.Derivation`."""

    @cached_property
    def gradients(self) -> formulas.Gradients:
        """Each parameter's derivative, a SymPy expression in named quantities (naive: in parameters and data).

        A mapping by symbol, which prints as a table of formulas and is shown as maths in a notebook.
        """
        return formulas.Gradients(self.sweep, super().gradients)

    def explain(
        self, which: Any, names: Mapping[Any, Any] | None = None, notation: str = formulas.USUAL
    ) -> formulas.Explanation:
        """The chain rule of one derivative: the rule, the rule worked, and the derivative written out.

        An expression that is derived by backprop is split into named steps, as a teacher would: the inner functions,
        what is used twice, sums in a denominator. They are for reading: no other result of the derivation has them.

        Args:
            which: a parameter, a named quantity or a step, as a symbol or by name.
            names: names of one's own for parts of an expression: {u: x**2}.
            notation: "superscript", "subscript", "nielsen" or "rows".

        Raises:
            ParameterError: there is no such quantity or part, or a name is taken.
            UnknownNameError: there is no such notation.
        """
        return formulas.Explanation(self._steps(names, which), which, notation)

    def _steps(self, names: Mapping[Any, Any] | None, which: Any = None) -> derivation.Sweep:
        """What formulas are made of: the derivation, an expression in steps, unless it is about what has none there."""
        names = inner_parts(names, self.sweep.graph.symbols) if names else None
        steps = derivation.in_steps(self.sweep, names) if names else self._in_steps
        return steps if which is None or steps.knows(which) or not self.sweep.knows(which) else self.sweep

    @cached_property
    def _in_steps(self) -> derivation.Sweep:
        return derivation.in_steps(self.sweep)

    def paths(
        self,
        which: Any = None,
        most: int = formulas.MOST_PATHS,
        names: Mapping[Any, Any] | None = None,
        notation: str = formulas.USUAL,
    ) -> formulas.PathExplanation:
        """The paths from one parameter to the loss, the products along them, and what backprop shares among them.

        The result iterates over all paths, each with its `symbols`, its `locals` and their `product` in SymPy.

        Args:
            which: a parameter or a named quantity, as a symbol or by name; None for how many paths there are from each
                parameter.
            most: paths that are listed in print.
            names: names of one's own for parts of an expression, which is split into steps as `explain` has them.
            notation: as for `explain`.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: `most` is not a whole number from 1 up.
            UnknownNameError: there is no such notation.
            UnsupportedError: there are matrices, between which no paths of numbers lead.
        """
        return formulas.PathExplanation(self._steps(names, which), which, most, notation)

    def at(
        self,
        values: Mapping[Any, Any],
        which: Any = None,
        *,
        digits: int = 6,
        check: bool = False,
        names: Mapping[Any, Any] | None = None,
        notation: str = formulas.USUAL,
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
            notation: as for `explain`.

        Raises:
            ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
            UnknownNameError: there is no such notation.
            UnsupportedError: the method forms no adjoints.
        """
        return formulas.Evaluation(self._steps(names, which), values, digits, check, which, notation)

    def diagram(
        self,
        values: Mapping[Any, Any] | None = None,
        parameter: Any = None,
        *,
        digits: int = diagrams.DIGITS,
        layers: bool = False,
        names: Mapping[Any, Any] | None = None,
    ) -> diagrams.Diagram:
        """The derivation as a picture: a box for each symbol, an arrow for each step of the chain rule.

        With values, boxes have theirs and the derivative of the loss, and arrows that of their local partials. The
        result has `svg()`, `dot()`, `tikz()` and `write(path)`, shows itself in a notebook, and prints as a list.

        Args:
            values: by symbol or name, of every parameter and of the data, as `at` takes them; None for formulas alone.
            parameter: a parameter or quantity whose paths to the loss are drawn strong, and the rest faint. Where the
                whole has more boxes than can be read, 200, nothing but these paths is drawn.
            digits: significant digits of numbers.
            layers: whether a box stands for a whole layer of a network: what its matrix form looks like.
            names: names of one's own for parts of an expression, which is split into steps as `explain` has them.

        Raises:
            ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
            SizeError: there are more boxes than can be read; the message says what can be drawn instead.
            UnsupportedError: the method forms no adjoints; layers are asked for of what is no network.
        """
        steps = self._swept_in_layers() if layers else self._steps(names, parameter)
        return diagrams.Diagram(steps, values, parameter, digits)

    def _swept_in_layers(self) -> derivation.Sweep:
        """What the matrix form of the network derives."""
        network = self.sweep.network
        if network is None:
            raise UnsupportedError("layers are of a Network, and this is none: leave layers out")
        return self.sweep if network.form == "matrix" else _swept(matrix_form(network), self.method)

    def formulas(
        self,
        format: str = "text",
        parameter: Any = None,
        names: Mapping[Any, Any] | None = None,
        notation: str = formulas.USUAL,
        **looks: Any,
    ) -> str:
        """All formulas, or those of one parameter; an expression in steps.

        Args:
            format: "text", "latex", "markdown", "mathml" or "html".
            parameter: a parameter or quantity, of which alone is spoken.
            names: names of one's own for parts of an expression.
            notation: as for `explain`.
            looks: width, headings, labels and equations_only, as `symbackprop.formulas.rendered` has them.

        Raises:
            ParameterError: there is no such parameter, or a choice means nothing in this format.
            UnknownNameError: there is no such format, notation or level of headings.
        """
        shown = formulas.document(self._steps(names, parameter), parameter, notation=notation)
        return formulas.rendered(shown, format, **looks)

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self._in_steps)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


def _swept(model: Model, method: str) -> derivation.Sweep:
    return derivation.derive_equations(model.equations, model.parameters, method, model)
