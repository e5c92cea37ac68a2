"""The public face: `sb.derive`, and the `sb.Derivation` that it gives in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, overload

import numpy as np
import sympy as sp

from .. import codegen, derivation, engines, runtime
from ..atomic_writes import write_text
from ..derivation import DEFAULT
from ..equation_list import checked_wrt, equations_of, free_symbols_of, held, scalar_loss
from ..errors import DataError, ParameterError, UnsupportedError, unknown_name
from ..formulas import USUAL, TrainingStep
from ..leaf_arrays import inner_arguments, inner_batch
from ..networks import Model
from .arranged_calls import arranged
from .checked_care import care_for
from .generating_commands import command_of
from .given_outputs import entries_of, is_list_of_outputs, matrices_of, one_output, several_outputs
from .outputs_derivation import OutputsDerivation, outputs_derived
from .printed_derivation import PrintedDerivation
from .user_leaves import takes_leaves


class Derivation(PrintedDerivation):
    """The derivative of one loss with respect to several symbols; made by `derive`.

    Attributes:
        sweep: what the core has found: nodes, names, the chain rule. `SymbolicDerivation` tells it,
            `PrintedDerivation` says it in formulas; what follows is code, and trains.
    """

    def __repr__(self) -> str:
        symbols = f"{len(self.wrt)} symbol{'s' * (len(self.wrt) != 1)}"
        return f"Derivation of {self.loss} by {symbols} ({self.method})"

    def compile(
        self, style: str = "fast", batch: Iterable[Any] | None = None, target: str = "numpy", *, args: Any = None
    ) -> Callable[..., Any]:
        """A function of numbers or arrays, on NumPy or on JAX.

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
                mean loss and the mean derivatives; where the batch holds a symbol of `wrt`, those of each sample:
                (samples,), and the samples in front of the shape of the argument.
            target: "numpy", or "jax" (the extra `jax`): then the function is compiled for each shape that it is
                called with, gives JAX's arrays, and may be called under jit and vmap.
            args: of an expression on NumPy, its arguments as `lambdify` has them: symbols, and lists of them, whose
                values are unpacked along their first axis: `args=[[x, y, z]]` makes f(vector) of f(x, y, z).

        Raises:
            ModuleError: JAX is asked for and not installed.
            ParameterError: the batch is empty, or is asked for a model, which has one; `args`
                lacks a symbol, has one twice, or something that is none, or goes with a model or JAX.
            UnknownNameError: the batch names no symbol of the loss, or there is no such style or target.
            UnsupportedError: the target has no source for an operation.
        """
        language = self._language(style, batch, target)
        if args is not None and (self.model is not None or target != "numpy"):
            what = "a model's function takes params, X and Y" if self.model is not None else "args goes with NumPy"
            raise ParameterError(f"{what}: leave args out")
        if self.model is not None:
            function: Callable[..., Any] = language.model_function(language.sweep_text(self.sweep, style))
            return function
        symbols = self.sweep.graph.symbols
        args, batch = inner_arguments(args, symbols), inner_batch(batch, symbols)
        source = language.evaluation(self.sweep, batch)
        made: Callable[..., Any] = arranged(source.function(), args, batch, source)
        named: Callable[..., Any] = codegen.by_user_names(made, symbols, self.sweep.wrt, batch)
        return named

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

    def step(
        self,
        X: Any,
        Y: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        learning_rate: float | None = None,
        seed: int = 0,
        digits: int = 6,
        notation: str = USUAL,
    ) -> TrainingStep:
        """One step of gradient descent with its numbers: old weights, gradient, new weights, the loss before and after.

        The numbers are those of the module's own `loss_and_grad` and of the loop that `train` runs. The result prints
        as a table and has the arrays by name: `old`, `gradients`, `new`, and the mean losses `before` and `after`.

        Args:
            X: (samples, columns of the inputs).
            Y: (samples, columns of the targets that are no inputs), or None if there are none.
            params: where the step begins, by name; by default the model's start values, drawn with the seed.
            learning_rate: what the gradient is multiplied by; by default 0.1, as for `train`.
            seed: of the start values.
            digits: significant digits that are shown.
            notation: as for `explain`.

        Raises:
            DataError: parameters, data or the rate do not fit.
            Diverged: the loss is not finite, before the step or after it.
            ParameterError: there are not so many digits.
            UnknownNameError: there is no such notation.
            UnsupportedError: there is no model, or an operation has no NumPy source.
        """
        module = self.module()
        start = runtime.start_values(module, seed) if params is None else params
        taken = runtime.single_step(module, start, X, Y, learning_rate)
        return TrainingStep(self.sweep, taken, digits, notation)

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


@overload
def derive(
    what: Model | Sequence[tuple[Any, Any]],
    wrt: Iterable[sp.Symbol] | None = None,
    method: str = DEFAULT,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Derivation: ...


@overload
def derive(
    what: Any,
    wrt: Iterable[sp.Symbol] | None = None,
    method: str = DEFAULT,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Derivation | OutputsDerivation: ...


@takes_leaves
def derive(
    what: Any,
    wrt: Iterable[sp.Symbol] | None = None,
    method: str = DEFAULT,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Derivation | OutputsDerivation:
    """Differentiate a model's loss, an expression, the last of a list of equations; or all outputs of a list.

    What the sums and products of an expression have in common is computed once, x + y in x + y + z and in x + y + w;
    between the names of a model or of several equations nothing is put.

    Args:
        what: a `Network` or other `Model`; a scalar SymPy expression, in which there may be matrices, or a matrix
            expression of 1 x 1; `Eq(lhs, rhs)`, which is differentiated as lhs - rhs, what is to be 0; a `Lambda`, of
            which the body is, in the symbols of its arguments; a `Poly` as the expression that it is;
            or [(symbol, expression), ...], where a symbol may be used in the equations after its own and the last
            equation is the loss. Matrix symbols and expressions are taken like scalar ones. Any other list, and a
            matrix of several entries, is outputs, all of which are differentiated, on one graph: see
            `OutputsDerivation`.
        wrt: the symbols to differentiate by, a list or a matrix of them; symbols have any name, and q(t), its
            derivatives and coordinates of `sympy.vector` are like symbols, but that q(t) varies with t; X.as_explicit()
            too, or single entries, X[0, 1] and x[0], which code calls X_0_1 and x_0; an IndexedBase is its entries. By
            default a model's parameters, or every symbol of the expressions. Of a model also inputs or targets, for
            formulas: code that trains takes the parameters. The derivative by a symbol that the loss does not contain
            is 0, as in `sympy.diff`.
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
        ParameterError: `wrt` is empty, names a symbol twice, or one that an equation defines.
        ShapeError: operands do not fit each other, or the loss is no scalar.
        SymbolNameError: `wrt` names a symbol of which only a namesake stands in the expression, x real say; or two
            matrices share a name.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    return derive_plain(what, wrt, method, stable=stable, accurate=accurate)


def derive_plain(
    what: Any, wrt: Any = None, method: str = DEFAULT, *, stable: bool = True, accurate: bool | None = None
) -> Derivation | OutputsDerivation:
    """What `derive` does with plain symbols; it refuses all other leaves.

    Raises:
        And what `derive` raises.
    """
    what = held(what)
    if is_list_of_outputs(what):
        given = several_outputs(what, wrt)
        return outputs_derived(given, wrt, method, care_for(given.subject, stable, accurate))
    care, by = care_for(what, stable, accurate), entries_of(wrt)
    if matrices_of(by):
        given, symbols = one_output(what, "sb.derive").by(by)
        scalar_loss(given.outputs[-1])
        return Derivation(derivation.derive_equations(given.equations, symbols, method, care=care))
    if isinstance(what, Model):
        chosen = what.parameters if wrt is None else checked_wrt(by, around=what.equations)
        return Derivation(derivation.derive_equations(what.equations, chosen, method, what, care))
    equations = equations_of(what)
    scalar_loss(equations[-1][0])
    chosen = free_symbols_of(equations) if wrt is None else checked_wrt(by, around=equations)
    return Derivation(derivation.derive_equations(equations, chosen, method, care=care))


__all__ = ["Derivation", "derive", "derive_plain"]
