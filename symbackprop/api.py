"""The public face: what `import symbackprop as sb` offers in Python and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from . import codegen, derivation, formulas
from .errors import ParameterError, UnsupportedError
from .lowering import symbols_of
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

    def formulas(self, format: str = "text", parameter: Any = None) -> str:
        """All formulas, or those of one parameter, as "text", "latex" or "markdown"."""
        return formulas.rendered(formulas.document(self, parameter), format)

    def compile(self) -> Callable[..., Any]:
        """A NumPy function.

        Of a network: f(params, X, Y) -> (loss, grads), with X (samples, inputs), Y (samples, outputs), and both
        dicts holding arrays of `network.shapes` under those names. Of an expression: f(*values) in the order of
        `wrt`, then the other symbols by name, or f(name=value, ...) -> (value, {name: derivative}); arrays broadcast.

        Raises:
            UnsupportedError: an operation has no NumPy source.
        """
        if self.network is not None:
            return codegen.network_function(self)
        return codegen.expression_function(self)

    def source(self) -> str:
        """The text of the standalone module that `write` writes."""
        if self.network is None:
            return codegen.expression_text(self)
        command = command_of(self.network, self.method)
        if not self.written_out:
            return codegen.module_text(self, command, self.cost.total, self.cost.written_out)
        shared: Derivation = derive(self.network)
        return codegen.twin_text(self, shared, command, shared.cost.total, self.cost.total)

    def write(self, path: str | Path) -> Path:
        """Write a standalone module that needs NumPy alone; the same bytes whenever it is written again.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: an operation has no NumPy source.
        """
        return write_text(path, self.source())

    def _repr_latex_(self) -> str:
        return formulas.equations_latex(self)


def derive(what: Any, wrt: Iterable[sp.Symbol] | None = None, method: str = "backprop") -> Derivation:
    """Differentiate a network's loss, an expression, or the last of a list of equations.

    Args:
        what: a `Network`; a scalar SymPy expression; or [(symbol, expression), ...], where a symbol may be used in
            the equations after its own and the last equation is the loss.
        wrt: the symbols to differentiate by; by default a network's parameters, or every symbol of the expressions.
        method: "backprop" (one sweep, everything shared) or "naive" (SymPy's `diff`, one symbol at a time).

    Raises:
        ParameterError: `wrt` is empty, names a symbol twice, or one that the loss does not contain.
        SymbolNameError: a symbol's name is no plain identifier, or two symbols share it.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
        UnknownNameError: there is no such method.
    """
    if isinstance(what, Network):
        given = what.parameters if wrt is None else _checked_wrt(wrt, (*what.inputs, *what.targets))
        return _derive(what.equations, given, method, what)
    equations = _equations(what)
    given = _free(equations) if wrt is None else _checked_wrt(wrt, ())
    return _derive(equations, given, method, None)


def _derive(equations: list[Equation], wrt: Sequence[sp.Symbol], method: str, network: Network | None) -> Derivation:
    result: Derivation = derivation.derive_equations(equations, wrt, method, network, Derivation)
    return result


def _equations(what: Any) -> list[Equation]:
    if isinstance(what, sp.Expr):
        return [(_loss_symbol(what), what)]
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
    if not isinstance(sides, tuple | list) or len(sides) != 2 or not isinstance(sides[0], sp.Symbol):
        raise UnsupportedError(f"equation {position} is no (symbol, expression) pair: write it as (z, w*x + b)")
    symbol, expression = sides
    if isinstance(expression, int | float) and not isinstance(expression, bool):
        expression = sp.Integer(expression) if isinstance(expression, int) else sp.Float(expression)
    if not isinstance(expression, sp.Expr):
        raise UnsupportedError(
            f"equation {position}, {symbol.name}: the right side is {type(expression).__name__}, "
            "it must be a scalar SymPy expression"
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
    if not found:
        raise ParameterError("there is nothing to differentiate by: the loss contains no symbol")
    return sorted(found, key=lambda symbol: (symbol.name, symbol.sort_key()))


def _checked_wrt(wrt: Any, data: Sequence[sp.Symbol]) -> list[sp.Symbol]:
    symbols = [wrt] if isinstance(wrt, sp.Symbol) else wrt
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise ParameterError(f"wrt must be a list of SymPy symbols, got {type(wrt).__name__}")
    symbols = list(symbols)
    if not symbols:
        raise ParameterError("wrt is empty: name at least one symbol")
    if set(map(type, symbols)) == {sp.Symbol} and not data:
        return symbols
    for symbol in symbols:
        if not isinstance(symbol, sp.Symbol):
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
    return f"symbackprop generate {widths} {options}" + ("" if method == "backprop" else f" --method {method}")


def value_and_grad(args: Sequence[Any], loss: Any, wrt: Sequence[sp.Symbol]) -> Callable[..., tuple[Any, Any]]:
    """A function of `args` that returns (value, array of derivatives in the order of `wrt`).

    Args:
        args: symbols in the order of the function's arguments, as for `sympy.lambdify`; a nested list of symbols
            takes one array, so that `value_and_grad([[a, b]], loss, [a, b])` is what `scipy.optimize.minimize`
            wants with `jac=True`.
        loss: as for `derive`.
        wrt: the symbols to differentiate by.

    Raises:
        ParameterError: `args` lacks a symbol of the loss. And what `derive` raises.
    """
    derived = derive(loss, wrt)
    function = codegen.expression_function(derived)
    groups = _argument_names(args)
    names = [name for group in groups for name in ([group] if isinstance(group, str) else group)]
    missing = sorted(set(function.arguments) - set(names))
    if missing or len(set(names)) < len(names):
        raise ParameterError(
            f"args lacks {', '.join(missing)}, which the loss contains" if missing else "args names a symbol twice"
        )

    def call(*values: Any) -> tuple[Any, Any]:
        given = dict(zip(names, _flat(groups, values), strict=True))
        value, gradients = function(**{name: given[name] for name in function.arguments})
        return value, np.array([gradients[symbol.name] for symbol in derived.wrt])

    return call


def _argument_names(args: Any) -> list[str | list[str]]:
    """Each argument's name, or the names of the symbols that it holds."""
    arguments = [args] if isinstance(args, sp.Symbol) else args
    return [
        list(map(_symbol_name, arg)) if isinstance(arg, list | tuple | sp.Tuple) else _symbol_name(arg)
        for arg in arguments
    ]


def _symbol_name(arg: Any) -> str:
    if not isinstance(arg, sp.Symbol):
        raise ParameterError(f"args holds {type(arg).__name__} {str(arg)[:40]!r}: pass symbols")
    return str(arg.name)


def _flat(groups: list[str | list[str]], values: Sequence[Any]) -> list[Any]:
    """One value for each symbol."""
    if len(values) != len(groups):
        raise ParameterError(f"the function takes {len(groups)} arguments, got {len(values)}")
    flat: list[Any] = []
    for group, value in zip(groups, values, strict=True):
        if isinstance(group, str):
            flat.append(value)
        elif np.shape(value)[:1] == (len(group),):
            flat += list(value)
        else:
            raise ParameterError(f"the argument of {', '.join(group)} must hold {len(group)} values")
    return flat


__all__ = ["Derivation", "Network", "command_of", "derive", "value_and_grad"]
