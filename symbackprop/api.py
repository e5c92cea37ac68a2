"""The public face: what `import symbackprop as sb` offers in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from . import codegen, derivation, formulas
from .errors import ParameterError, unknown_name
from .inputs import SYMBOLS, checked_wrt, equations_of, expression_of, free_symbols_of, scalar_loss
from .networks import ACTIVATIONS, Equation, Network
from .output import write_text


class Derivation(derivation.Derivation):
    """The derivative of one loss with respect to several symbols; made by `derive`."""

    def __repr__(self) -> str:
        return f"Derivation of {self.loss} by {len(self.wrt)} symbols ({self.method})"

    def explain(self, which: Any) -> formulas.Explanation:
        """The chain rule of one derivative: the rule, the rule worked, and the derivative written out.

        Args:
            which: a parameter or a named quantity, as a symbol or by name.

        Raises:
            ParameterError: there is no such quantity.
        """
        return formulas.Explanation(self, self.resolve(which))

    def paths(self, which: Any = None, most: int = formulas.MOST_PATHS) -> formulas.PathExplanation:
        """The paths from one parameter to the loss, the products along them, and what backprop shares among them.

        The result iterates over all paths, each with its `symbols`, its `locals` and their `product` in SymPy.

        Args:
            which: a parameter or a named quantity, as a symbol or by name; None for how many paths there are from each
                parameter.
            most: paths that are listed in print.

        Raises:
            ParameterError: there is no such quantity.
            SizeError: `most` is not a whole number from 1 up.
            UnsupportedError: there are matrices, between which no paths of numbers lead.
        """
        return formulas.PathExplanation(self, which, most)

    def formulas(self, format: str = "text", parameter: Any = None) -> str:
        """All formulas, or those of one parameter, as "text", "latex" or "markdown"."""
        return formulas.rendered(formulas.document(self, parameter), format)

    def compile(self, style: str = "fast", batch: Iterable[Any] | None = None) -> Callable[..., Any]:
        """A NumPy function.

        Of a network: f(params, X, Y) -> (loss, grads), with X (samples, inputs), Y (samples, outputs), and both
        dicts holding arrays of `network.shapes` under those names. Of an expression: f(*values) in the order of
        `wrt`, then the other symbols by name, or f(name=value, ...) -> (value, {name: derivative}); arrays broadcast.
        Of an expression with matrices the same, but each argument has the shape of its symbol, (n,) for (n, 1) and
        (1, n) if you like, and each derivative that of its argument; all arrays are of one dtype, which is kept, and
        sizes that are symbols are what the arrays say.

        Args:
            style: of a network in matrix form, "fast" (writes into arrays made beforehand) or "readable"; all other
                code consists of plain expressions anyway.
            batch: the symbols, or names, that get a value for each sample, along a first axis: (samples, rows,
                columns), (samples, n) for a row or column, (samples,) for a scalar. The function then returns the
                mean loss and the mean derivatives.

        Raises:
            ParameterError: the batch is empty, holds a symbol of `wrt`, or is asked for a network, which has one.
            UnknownNameError: the batch names no symbol of the loss, or there is no such style.
            UnsupportedError: an operation has no NumPy source.
        """
        self._check_choices(style, batch)
        if self.network is not None:
            return codegen.network_function(codegen.network_source(self, style))
        return self._of_arguments(batch)

    def _of_arguments(self, batch: Iterable[Any] | None = None) -> codegen.CompiledFunction:
        """A NumPy function of the symbols, each an argument, whatever the loss came from."""
        if batch is not None or self._has_matrices:
            return codegen.array_function(self, batch)
        return codegen.expression_function(self)

    @property
    def _has_matrices(self) -> bool:
        """Whether any argument is a matrix, if only one of 1 x 1, which is a scalar to the graph."""
        return any(isinstance(symbol, sp.MatrixSymbol) for symbol in self.graph.symbols) or bool(self.graph.shapes)

    def _check_choices(self, style: str, batch: Iterable[Any] | None) -> None:
        if style not in codegen.STYLES:
            raise unknown_name("style", style, codegen.STYLES)
        if batch is not None and self.network is not None:
            raise ParameterError("a network's function takes a batch as it is: leave batch out")

    def source(self, style: str = "fast", batch: Iterable[Any] | None = None) -> str:
        """The text of the standalone module that `write` writes; the arguments are those of `compile`."""
        self._check_choices(style, batch)
        if self.network is None:
            arrays = batch is not None or self._has_matrices
            return codegen.array_text(self, batch) if arrays else codegen.expression_text(self)
        command = command_of(self.network, self.method)
        if self.network.form == "matrix":
            return codegen.network_text(self, self, command + ("" if style == "fast" else f" --style {style}"), style)
        return codegen.network_text(self, self if self.method == "backprop" else derive(self.network), command)

    def write(self, path: str | Path, style: str = "fast", batch: Iterable[Any] | None = None) -> Path:
        """Write a standalone module that needs NumPy alone; the same bytes whenever it is written again.

        Args:
            path: of the file.
            style: of a network in matrix form, "fast" (writes into arrays made beforehand) or "readable".
            batch: of an expression, the symbols that get a value for each sample, as for `compile`.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: an operation has no NumPy source.
        """
        return write_text(path, self.source(style, batch))

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self)


def derive(what: Any, wrt: Iterable[sp.Symbol] | None = None, method: str = "backprop") -> Derivation:
    """Differentiate a network's loss, an expression, or the last of a list of equations.

    Args:
        what: a `Network`; a scalar SymPy expression, in which there may be matrices, or a matrix expression of 1 x 1;
            or [(symbol, expression), ...], where a symbol may be used in the equations after its own and the last
            equation is the loss. Matrix symbols and expressions are taken like scalar ones.
        wrt: the symbols to differentiate by; by default a network's parameters, or every symbol of the expressions.
        method: "backprop" (one sweep back, everything shared), "forward" (one sweep of tangents for each symbol, which
            share the forward pass), or one of SymPy's ways, for comparison: "naive" (`diff`, one symbol at a time),
            "naive+cse" (and then `cse`), "sympy-forward" (its private forward mode).

    Raises:
        ParameterError: `wrt` is empty, names a symbol twice, or one that the loss does not contain.
        ShapeError: operands do not fit each other, or the loss is no scalar.
        SymbolNameError: a symbol's name is no plain identifier, or two symbols share it.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    if isinstance(what, Network):
        given = what.parameters if wrt is None else checked_wrt(wrt, (*what.inputs, *what.targets))
        return _derive(what.equations, given, method, what)
    equations = equations_of(what)
    scalar_loss(equations[-1][0])
    given = free_symbols_of(equations) if wrt is None else checked_wrt(wrt, ())
    return _derive(equations, given, method, None)


def _derive(equations: list[Equation], wrt: Sequence[sp.Symbol], method: str, network: Network | None) -> Derivation:
    result: Derivation = derivation.derive_equations(equations, wrt, method, network, Derivation)
    return result


class Jvp:
    """The derivative of one quantity along a direction; made by `jvp`.

    Attributes:
        derivation: by method "forward", of one parameter: how far one has gone in the direction.
    """

    def __init__(self, derived: Derivation) -> None:
        self.derivation = derived

    def __repr__(self) -> str:
        return self.derivation.formulas().rstrip("\n")

    @property
    def value(self) -> Any:
        """The symbol of what is differentiated, the last of `equations` without the tangents."""
        return self.derivation.loss

    @property
    def tangent(self) -> Any:
        """Its derivative along the direction, a SymPy expression in named quantities."""
        return self.tangent_of(self.value)

    def tangent_of(self, quantity: Any) -> Any:
        """The derivative of any named quantity along the direction, by symbol or name, in named quantities.

        Raises:
            ParameterError: there is no such quantity.
        """
        return self.derivation.tangent(quantity, self.derivation.wrt[0])

    def expand(self) -> Any:
        """The derivative in the symbols of the expressions and of the direction only."""
        return self.derivation.expand(self.derivation.wrt[0])

    @property
    def equations(self) -> list[Equation]:
        """The quantities, then their tangents: `derive` takes them, and gives a Hessian times a vector."""
        replacements, [_, tangent] = self.derivation.as_cse()
        name = self.derivation.adjoint_symbol(self.derivation.wrt[0])
        return [pair for pair in replacements if pair[0] != name] + [(name, dict(replacements).get(tangent, tangent))]

    def compile(self) -> Callable[..., tuple[Any, Any]]:
        """f(*values) in the order of the names of all symbols, or f(name=value, ...) -> (value, its derivative).

        Raises:
            UnsupportedError: an operation has no NumPy source.
        """
        function = self.derivation._of_arguments()

        def call(*values: Any, **named: Any) -> tuple[Any, Any]:
            value, derivatives = function(*values, **named)
            return value, *derivatives.values()

        return call

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()


def jvp(what: Any, along: Mapping[Any, Any] | Iterable[Any] | None = None) -> Jvp:
    """Differentiate along one direction, in one forward sweep: the Jacobian of the last equation times a vector.

    Args:
        what: as for `derive`; the last quantity may be a matrix of any shape.
        along: by symbol: its tangent, a SymPy expression or number of its shape; or symbols, each of which then gets
            the tangent v_<name>, a symbol of its own; by default a network's parameters, or every symbol.

    Raises:
        ParameterError: `along` is empty, or names a symbol that the last equation does not depend on.
        ShapeError: a tangent has not the shape of its symbol. And what `derive` raises.
    """
    network = what if isinstance(what, Network) else None
    equations = what.equations if isinstance(what, Network) else equations_of(what)
    if along is None:
        along = free_symbols_of(equations) if network is None else network.parameters
    symbols = checked_wrt(list(along) if isinstance(along, Mapping) else along, (), "along")
    if len(set(symbols)) < len(symbols):
        raise ParameterError("along names a symbol twice: name each once")
    given = dict(along) if isinstance(along, Mapping) else derivation.default_direction(symbols, equations)
    tangents = {symbol: expression_of(value, f"the tangent of {symbol.name}") for symbol, value in given.items()}
    return Jvp(derivation.derive_along(equations, tangents, network, Derivation))


def command_of(network: Network, method: str) -> str:
    """What generates a network's module, written the same way whoever generated it."""
    if not {network.hidden_name, network.output_name} <= {*ACTIVATIONS, "softmax"}:
        return "Derivation.write, in Python: no command knows its activation"
    widths = "-".join(str(width) for width in network.widths)
    options = f"--hidden {network.hidden_name} --output {network.output_name} --loss {network.loss_name}"
    form = "" if network.form == "scalar" else " --form matrix"
    return f"symbackprop generate {widths} {options}{form}" + ("" if method == "backprop" else f" --method {method}")


def value_and_grad(args: Sequence[Any], loss: Any, wrt: Sequence[sp.Symbol]) -> Callable[..., tuple[Any, Any]]:
    """A function of `args` that returns (value, array of derivatives in the order of `wrt`).

    If any symbol of `wrt` is a matrix, the array is a flat one: the entries of each derivative, row by row, one
    derivative behind the other.

    Args:
        args: symbols in the order of the function's arguments, as for `sympy.lambdify`; a nested list of symbols
            takes one array, so that `value_and_grad([[a, b]], loss, [a, b])` is what `scipy.optimize.minimize`
            wants with `jac=True`; of matrices that array is flat as well.
        loss: as for `derive`.
        wrt: the symbols to differentiate by.

    Raises:
        ParameterError: `args` lacks a symbol of the loss. And what `derive` raises.
    """
    derived = derive(loss, wrt)
    function = derived._of_arguments()
    groups = _argument_groups(args)
    names = [symbol.name for group in groups for symbol in _members(group)]
    _check_named(function.arguments, names)
    is_flat = any(isinstance(symbol, sp.MatrixSymbol) for symbol in derived.wrt)

    def call(*values: Any) -> tuple[Any, Any]:
        given = dict(zip(names, _flat(groups, values), strict=True))
        value, gradients = function(**{name: given[name] for name in function.arguments})
        found = [gradients[symbol.name] for symbol in derived.wrt]
        return value, np.concatenate([np.ravel(part) for part in found]) if is_flat else np.array(found)

    return call


def _check_named(arguments: Iterable[str], names: Sequence[str]) -> None:
    missing = sorted(set(arguments) - set(names))
    if missing:
        raise ParameterError(f"args lacks {', '.join(missing)}, which the loss contains")
    if len(set(names)) < len(names):
        raise ParameterError("args names a symbol twice")


Group = Any
"""One symbol, or a list of symbols that one array holds."""


def _argument_groups(args: Any) -> list[Group]:
    arguments = [args] if isinstance(args, SYMBOLS) else args
    return [list(map(_symbol, arg)) if isinstance(arg, list | tuple | sp.Tuple) else _symbol(arg) for arg in arguments]


def _members(group: Group) -> list[Any]:
    return group if isinstance(group, list) else [group]


def _symbol(arg: Any) -> Any:
    if not isinstance(arg, SYMBOLS):
        raise ParameterError(f"args holds {type(arg).__name__} {str(arg)[:40]!r}: pass symbols")
    return arg


def _flat(groups: list[Group], values: Sequence[Any]) -> list[Any]:
    """One value for each symbol."""
    if len(values) != len(groups):
        raise ParameterError(f"the function takes {len(groups)} arguments, got {len(values)}")
    flat: list[Any] = []
    for group, value in zip(groups, values, strict=True):
        flat += _split(group, value) if isinstance(group, list) else [value]
    return flat


def _split(group: list[Any], value: Any) -> list[Any]:
    """The parts of one array that belong to each of several symbols."""
    matrices = [symbol for symbol in group if isinstance(symbol, sp.MatrixSymbol)]
    sizes = [_entries(symbol) for symbol in group]
    if np.shape(value)[:1] != (sum(sizes),) or (matrices and np.ndim(value) > 1):
        names = ", ".join(symbol.name for symbol in group)
        raise ParameterError(f"the argument of {names} must hold {sum(sizes)} values")
    if not matrices:
        return list(value)
    parts = np.split(np.asarray(value), np.cumsum(sizes)[:-1])
    return [part.reshape(getattr(symbol, "shape", ())) for symbol, part in zip(group, parts, strict=True)]


def _entries(symbol: Any) -> int:
    """How many numbers a symbol stands for."""
    rows, columns = getattr(symbol, "shape", (sp.S.One, sp.S.One))
    if not (rows.is_Integer and columns.is_Integer):
        raise ParameterError(f"{symbol.name} is {rows} x {columns}: in a flat array it needs a size in numbers")
    return int(rows) * int(columns)


__all__ = ["Derivation", "Jvp", "Network", "command_of", "derive", "jvp", "value_and_grad"]
