"""The public face: `sb.derive`, and the `sb.Derivation` that it gives in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import sympy as sp

from .. import codegen, derivation, engines, formulas, runtime
from ..atomic_writes import write_text
from ..derivation import DEFAULT
from ..equation_list import checked_wrt, equations_of, free_symbols_of, is_bare, scalar_loss
from ..errors import DataError, ParameterError, UnsupportedError, unknown_name
from ..networks import ACTIVATIONS, Model, Network
from .symbolic_derivation import SymbolicDerivation


class Derivation(SymbolicDerivation):
    """The derivative of one loss with respect to several symbols; made by `derive`.

    Attributes:
        sweep: what the core has found: nodes, names, the chain rule. `SymbolicDerivation` tells it; what follows says
            it in formulas and in code, and trains.
    """

    def __repr__(self) -> str:
        symbols = f"{len(self.wrt)} symbol{'s' * (len(self.wrt) != 1)}"
        return f"Derivation of {self.loss} by {symbols} ({self.method})"

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
                arrays by the names of the model's, "W1": (out, in), "b1": (out,).
            which: a parameter or quantity, of which alone is spoken; by default all of it.
            digits: significant digits that are shown.
            check: whether a central difference stands beside each derivative by a parameter.
            names: names of one's own for parts of an expression, which is split into steps as `explain` has them.

        Raises:
            ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
            UnsupportedError: there are matrices, or the method forms no adjoints.
        """
        return formulas.Evaluation(self._steps(names, which), values, digits, check, which)

    def formulas(self, format: str = "text", parameter: Any = None, names: Mapping[Any, Any] | None = None) -> str:
        """All formulas, or those of one parameter, as "text", "latex" or "markdown"; an expression in steps."""
        return formulas.rendered(formulas.document(self._steps(names, parameter), parameter), format)

    def compile(
        self, style: str = "fast", batch: Iterable[Any] | None = None, target: str = "numpy"
    ) -> Callable[..., Any]:
        """A function of arrays, on NumPy or on JAX.

        Of a model: f(params, X, Y, scale=1.0) -> (loss, grads), with X (samples, columns of the inputs), Y (samples,
        columns of the targets), and both dicts holding arrays of `model.shapes` under those names. Of an expression:
        f(*values) in the order of `wrt`, then the other symbols by name, or f(name=value, ...) -> (value, {name:
        derivative}); arrays broadcast. Of an expression with matrices the same, but each argument has the shape of its
        symbol, (n,) for (n, 1) and (1, n) if you like, and each derivative that of its argument; all arrays are of one
        dtype, which is kept, and sizes that are symbols are what the arrays say.

        Args:
            style: of a model with matrices for NumPy, "fast" (writes into arrays made beforehand) or "readable"; all
                other code consists of plain expressions anyway.
            batch: the symbols, or names, that get a value for each sample, along a first axis: (samples, rows,
                columns), (samples, n) for a row or column, (samples,) for a scalar. The function then returns the
                mean loss and the mean derivatives.
            target: "numpy", or "jax" (the extra `jax`): then the function is compiled for each shape that it is
                called with, gives JAX's arrays, and may be called under jit and vmap.

        Raises:
            ModuleError: JAX is asked for and not installed.
            ParameterError: the batch is empty, holds a symbol of `wrt`, or is asked for a model, which has one.
            UnknownNameError: the batch names no symbol of the loss, or there is no such style or target.
            UnsupportedError: the target has no source for an operation.
        """
        language = self._language(style, batch, target)
        if self.model is not None:
            function: Callable[..., Any] = language.model_function(language.sweep_text(self.sweep, style))
            return function
        made: Callable[..., Any] = language.evaluation(self.sweep, batch).function()
        return made

    def _language(self, style: str, batch: Iterable[Any] | None, target: str) -> Any:
        """The target of that name, when the other choices go with it."""
        if style not in codegen.STYLES:
            raise unknown_name("style", style, codegen.STYLES)
        if batch is not None and self.model is not None:
            raise ParameterError("a model's function takes a batch as it is: leave batch out")
        return codegen.target(target)

    def source(self, style: str = "fast", batch: Iterable[Any] | None = None, target: str = "numpy") -> str:
        """The text of the standalone module that `write` writes; the arguments are those of `compile`."""
        language = self._language(style, batch, target)
        if self.model is None:
            return str(language.evaluation(self.sweep, batch).module())
        shared = self if self.sweep.way.forms_adjoints else derive(self.model)
        styled = f" --style {style}" if self.model.form == "matrix" and style != "fast" and target == "numpy" else ""
        options = styled if target == "numpy" else f" --target {target}"
        return str(language.model_text(self.sweep, shared.sweep, command_of(self.model, self.method, options), style))

    def write(
        self, path: str | Path, style: str = "fast", batch: Iterable[Any] | None = None, target: str = "numpy"
    ) -> Path:
        """Write a standalone module that needs its target alone; the same bytes whenever it is written again.

        Args:
            path: of the file.
            style: of a model with matrices for NumPy, "fast" (writes into arrays made beforehand) or "readable".
            batch: of an expression, the symbols that get a value for each sample, as for `compile`.
            target: "numpy" or "jax", which need not be installed to be written for.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnknownNameError: there is no such style or target.
            UnsupportedError: the target has no source for an operation.
        """
        return write_text(path, self.source(style, batch, target))

    def module(self, style: str = "fast", file: str | None = None, target: str = "numpy") -> ModuleType:
        """The module that `write` writes, without a file: `init`, `forward`, `loss`, `loss_and_grad`, ...

        Args:
            style: of a model with matrices for NumPy, "fast" or "readable".
            file: what it is called in messages: where its model came from.
            target: "numpy" or "jax".

        Raises:
            ModuleError: JAX is asked for and not installed.
            UnsupportedError: there is no model, or the target has no source for an operation.
        """
        if self.model is None:
            raise UnsupportedError("an expression has no inputs and targets to train on: make an sb.Model of it")
        if (style, target) not in self._modules:
            source = self.source(style, target=target)
            self._modules[style, target] = runtime.module_of(source, file or "<symbackprop>")
        return self._modules[style, target]

    @cached_property
    def _modules(self) -> dict[tuple[str, str], ModuleType]:
        return {}

    def train(
        self,
        X: Any,
        Y: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        target: str = "numpy",
        **settings: Any,
    ) -> tuple[dict[str, Any], list[float]]:
        """Train the model in mini-batches: (trained parameters, the mean loss of each epoch).

        Args:
            X: (samples, columns of the inputs).
            Y: (samples, columns of the targets that are no inputs), or None if there are none.
            params: where to start, by name; by default the model's start values, drawn with the settings' seed.
            target: "numpy" or "jax".
            settings: those of `symbackprop.runtime.train`: epochs, batch_size, learning_rate, optimizer, seed, ...; on
                JAX devices and mesh too, as `symbackprop.engines.jax.train` has them.

        Raises:
            DataError: parameters, data or settings that do not fit.
            Diverged: the loss stopped being finite.
            ModuleError: JAX is asked for and not installed.
            UnsupportedError: there is no model, or the target has no source for an operation.
        """
        places = [name for name in ("devices", "mesh") if name in settings]
        if places and target == "numpy":
            raise DataError(f"{' and '.join(places)} go with target='jax': NumPy has no use for them")
        module = self.module(target=target)
        train, start_values = engines.loop_of(module.MODEL["engine"])
        start = start_values(module, settings.get("seed", 0)) if params is None else params
        found: tuple[dict[str, Any], list[float]] = train(module, start, X, Y, **settings)
        return found

    def predict(self, params: Mapping[str, Any], X: Any) -> Any:
        """The model's outputs for each row of X: an array (samples, columns of the outputs).

        Raises:
            DataError: parameters or data that do not fit.
            UnsupportedError: there is no model, or an operation has no NumPy source.
        """
        try:
            return self.module().forward({name: np.asarray(value) for name, value in params.items()}, X)
        except (AttributeError, TypeError, ValueError) as error:
            raise DataError(f"{error}: params is a dict of arrays, X (samples, columns of the inputs)") from error

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self._in_steps)


def derive(
    what: Any,
    wrt: Iterable[sp.Symbol] | None = None,
    method: str = DEFAULT,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Derivation:
    """Differentiate a model's loss, an expression, or the last of a list of equations.

    Args:
        what: a `Network` or other `Model`; a scalar SymPy expression, in which there may be matrices, or a matrix
            expression of 1 x 1;
            or [(symbol, expression), ...], where a symbol may be used in the equations after its own and the last
            equation is the loss. Matrix symbols and expressions are taken like scalar ones.
        wrt: the symbols to differentiate by; by default a model's parameters, or every symbol of the expressions. Of a
            model also inputs or targets, for formulas: code that trains takes the parameters.
        method: "backprop" (one sweep back, everything shared), "forward" (one sweep of tangents for each symbol, which
            share the forward pass), or one of SymPy's ways, for comparison: "naive" (`diff`, one symbol at a time),
            "naive+cse" (and then `cse`), "sympy-forward" (its private forward mode).
        stable: whether what overflows on the way to a finite value is rewritten before it is differentiated: the
            logarithms of products, powers and sums of exponentials, above all. False leaves all as written.
        accurate: whether the derivatives of sigmoid, tanh, coth and elu are written in what they are taken of,
            `sigmoid(x)*sigmoid(-x)`, and not in what the forward pass remembers, `z*(1 - z)`, which loses all digits
            where z is 1 to machine precision. By default so for an expression by itself; a model and a list of
            equations keep what is remembered.

    Raises:
        ParameterError: `wrt` is empty, names a symbol twice, or one that the loss does not contain.
        ShapeError: operands do not fit each other, or the loss is no scalar.
        SymbolNameError: a symbol's name is no plain identifier, or two symbols share it.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    care = care_for(what, stable, accurate)
    if isinstance(what, Model):
        given = what.parameters if wrt is None else checked_wrt(wrt)
        return Derivation(derivation.derive_equations(what.equations, given, method, what, care))
    equations = equations_of(what)
    scalar_loss(equations[-1][0])
    given = free_symbols_of(equations) if wrt is None else checked_wrt(wrt)
    return Derivation(derivation.derive_equations(equations, given, method, care=care))


def care_for(what: Any, stable: bool, accurate: bool | None) -> derivation.Care:
    """What is done for the digits of a model, of equations, or of an expression by itself.

    Raises:
        ParameterError: one of both is neither True nor False.
    """
    for name, value in (("stable", stable), ("accurate", accurate)):
        if not isinstance(value, bool | np.bool) and (name == "stable" or value is not None):
            raise ParameterError(f"{name} is {value!r}: it must be True or False")
    return derivation.Care(stable, is_bare(what) if accurate is None else accurate)


def command_of(model: Model, method: str, more: str = "") -> str:
    """What generates a model's module, written the same way whoever generated it; `more` options if a command does."""
    if not isinstance(model, Network):
        return "Derivation.write, of a Model"
    command = _command(model, method)
    return command + more if command.startswith("symbackprop") else command


def _command(network: Network, method: str) -> str:
    if not {network.hidden_name, network.output_name} <= {*ACTIVATIONS, "softmax"}:
        return "Derivation.write, in Python: no command knows its activation"
    widths = "-".join(str(width) for width in network.widths)
    options = f"--hidden {network.hidden_name} --output {network.output_name} --loss {network.loss_name}"
    form = "" if network.form == "scalar" else " --form matrix"
    return f"symbackprop generate {widths} {options}{form}" + ("" if method == DEFAULT else f" --method {method}")


__all__ = ["Derivation", "care_for", "command_of", "derive"]
