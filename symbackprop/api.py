"""The public face: what `import symbackprop as sb` offers in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from . import codegen, derivation, formulas
from .errors import ParameterError, ShapeError, UnsupportedError, unknown_name
from .lowering import sizes_of, symbols_of
from .networks import ACTIVATIONS, Equation, Network
from .output import write_text

SYMBOLS = (sp.Symbol, sp.MatrixSymbol)
"""What can be differentiated by, and defined by an equation."""


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
        if self.network is not None and self.network.form == "matrix":
            return codegen.matrix_network_function(self, style)
        if self.network is not None:
            return codegen.network_function(self)
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
            return codegen.matrix_text(self, command + ("" if style == "fast" else f" --style {style}"), style)
        if not self.written_out:
            return codegen.module_text(self, command, self.cost.total, self.cost.written_out)
        shared: Derivation = derive(self.network)
        return codegen.twin_text(self, shared, command, shared.cost.total, self.cost.total)

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
        method: "backprop" (one sweep, everything shared) or "naive" (SymPy's `diff`, one symbol at a time).

    Raises:
        ParameterError: `wrt` is empty, names a symbol twice, or one that the loss does not contain.
        ShapeError: operands do not fit each other, or the loss is no scalar.
        SymbolNameError: a symbol's name is no plain identifier, or two symbols share it.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    if isinstance(what, Network):
        given = what.parameters if wrt is None else _checked_wrt(wrt, (*what.inputs, *what.targets))
        return _derive(what.equations, given, method, what)
    equations = _equations(what)
    _scalar_loss(equations[-1][0])
    given = _free(equations) if wrt is None else _checked_wrt(wrt, ())
    return _derive(equations, given, method, None)


def _derive(equations: list[Equation], wrt: Sequence[sp.Symbol], method: str, network: Network | None) -> Derivation:
    result: Derivation = derivation.derive_equations(equations, wrt, method, network, Derivation)
    return result


def _equations(what: Any) -> list[Equation]:
    if isinstance(what, sp.Expr | sp.MatrixBase | sp.MatrixExpr):
        return [(_loss_symbol(what), _scalar_loss(what))]
    if isinstance(what, str) or not isinstance(what, Iterable):
        raise UnsupportedError(
            f"cannot derive {type(what).__name__} {str(what)[:40]!r}: pass a SymPy expression, a list of "
            "(symbol, expression) pairs, or a Network"
        )
    equations = list(what)
    if not equations:
        raise UnsupportedError("there are no equations: the list needs at least the loss")
    if _plain(equations):
        return equations
    return [_equation(position, pair) for position, pair in enumerate(equations, start=1)]


def _scalar_loss(expression: Any) -> Any:
    """The loss as it is; a 1 x 1 matrix counts as a scalar."""
    shape = getattr(expression, "shape", (1, 1))
    if tuple(shape) != (1, 1):
        rows, columns = shape
        raise ShapeError(
            f"the loss is a {rows} x {columns} matrix, it must be a scalar or 1 x 1: take its Trace or Total"
        )
    return expression


def _plain(equations: list[Any]) -> bool:
    """Whether all are (Symbol, Expr) already, as nearly always: asked of the few types, not of thousands of pairs."""
    if set(map(type, equations)) != {tuple} or set(map(len, equations)) != {2}:
        return False
    symbols, expressions = zip(*equations, strict=True)
    return set(map(type, symbols)) == {sp.Symbol} and all(
        issubclass(kind, sp.Expr) for kind in set(map(type, expressions))
    )


def _equation(position: int, pair: Any) -> Equation:
    sides = (pair.lhs, pair.rhs) if isinstance(pair, sp.Equality) else pair
    if not isinstance(sides, tuple | list) or len(sides) != 2 or not isinstance(sides[0], SYMBOLS):
        raise UnsupportedError(f"equation {position} is no (symbol, expression) pair: write it as (z, w*x + b)")
    symbol, expression = sides
    if isinstance(expression, int | float) and not isinstance(expression, bool):
        expression = sp.Integer(expression) if isinstance(expression, int) else sp.Float(expression)
    if not isinstance(expression, sp.Expr | sp.MatrixBase):
        raise UnsupportedError(
            f"equation {position}, {symbol.name}: the right side is {type(expression).__name__}, "
            "it must be a SymPy expression"
        )
    return symbol, expression


def _loss_symbol(expression: sp.Expr) -> sp.Symbol:
    """L, or the first of L_, L__, ... that the expression has no symbol of."""
    taken = {getattr(symbol, "name", "") for symbol in symbols_of(expression)}
    name = "L"
    while name in taken:
        name += "_"
    return sp.Symbol(name)


def _free(equations: list[Equation]) -> list[sp.Symbol]:
    defined = {symbol for symbol, _ in equations}
    found = {symbol for _, expression in equations for symbol in symbols_of(expression)} - defined
    found = found.difference(*(sizes_of(part) for equation in equations for part in equation))
    if not found:
        raise ParameterError("there is nothing to differentiate by: the loss contains no symbol")
    return sorted(found, key=lambda symbol: (symbol.name, str(symbol.sort_key())))


def _checked_wrt(wrt: Any, data: Sequence[sp.Symbol]) -> list[sp.Symbol]:
    symbols = [wrt] if isinstance(wrt, SYMBOLS) else wrt
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise ParameterError(f"wrt must be a list of SymPy symbols, got {type(wrt).__name__}")
    symbols = list(symbols)
    if not symbols:
        raise ParameterError("wrt is empty: name at least one symbol")
    if set(map(type, symbols)) == {sp.Symbol} and not data:
        return symbols
    for symbol in symbols:
        if not isinstance(symbol, SYMBOLS):
            raise ParameterError(f"wrt holds {type(symbol).__name__} {str(symbol)[:40]!r}: pass the symbol itself")
        if symbol in data:
            raise ParameterError(f"{symbol.name} is data of this network and cannot be a parameter as well: rename it")
    return symbols


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


__all__ = ["Derivation", "Network", "command_of", "derive", "value_and_grad"]
