"""The derivative along one direction: what `import symbackprop as sb` offers as `sb.jvp`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import sympy as sp

from .. import codegen, derivation, formulas
from ..atomic_writes import write_text
from ..equation_list import checked_wrt, equations_of, expression_of, free_symbols_of, held, is_bare
from ..errors import ParameterError
from ..leaf_arrays import inner_arguments, inner_batch
from ..named_quantities import Equation
from ..networks import Model
from .arranged_calls import arranged
from .checked_care import care_for
from .derivative_vectors import OutputTangents, tangent_equations
from .given_outputs import entries_of, is_list_of_outputs, several_outputs
from .public_derivation import Derivation
from .unevaluated_derivatives import jvp_node, waits
from .user_leaves import takes_leaves
from .vector_doors import in_order_of

HOW_TO_DIRECT = "write sb.jvp(exprs, [x, y], [1, v]), or sb.jvp(exprs, {x: 1, y: v})"


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

    def as_cse(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """(replacements, [value, its derivative]), the form of `sympy.cse`."""
        return self.derivation.as_cse()

    @property
    def cost(self) -> derivation.Cost:
        """Operations by kind, the same written out, nodes and seconds."""
        return self.derivation.cost

    def explain(self, notation: str = formulas.USUAL) -> formulas.Explanation:
        """How the value changes in the direction: the rule, the rule worked, and the derivative written out.

        Raises:
            UnknownNameError: there is no such notation.
        """
        return self.derivation.explain(self.derivation.wrt[0], notation=notation)

    @property
    def equations(self) -> list[Equation]:
        """The quantities, then their tangents: `derive` takes them, and gives a Hessian times a vector."""
        return tangent_equations(self.derivation)

    def compile(self, *, args: Any = None, batch: Iterable[Any] | None = None) -> Callable[..., tuple[Any, Any]]:
        """f(*values), or f(name=value, ...) -> (value, its derivative).

        In order: what has a tangent, the tangents v_<name> that nobody gave, all other symbols by name.

        Args:
            args: the arguments as `lambdify` has them: `args=[[x, y, z]]` makes f(vector) of f(x, y, z).
            batch: the symbols, or names, that have a value for each sample, along a first axis. The results are then
                means over the samples; where one of them has a tangent, or is one, those of each sample.

        Raises:
            ParameterError: `args` lacks a symbol, has one twice, or something that is none; or the batch is empty.
            UnknownNameError: the batch names none of the arguments.
            UnsupportedError: an operation has no NumPy source.
        """
        symbols = self.derivation.sweep.graph.symbols
        args, batch = inner_arguments(args, symbols), inner_batch(batch, symbols)
        source: Any = codegen.evaluation(self.derivation.sweep, batch)
        made: Callable[..., tuple[Any, Any]] = arranged(
            _Pair(source.function()), source.arguments if args is None else args, batch, source=source, form=(0, 1)
        )
        named: Callable[..., tuple[Any, Any]] = codegen.by_user_names(made, symbols, batch=batch)
        return named

    def source(self) -> str:
        """The text of the standalone module that `write` writes."""
        return str(codegen.evaluation(self.derivation.sweep).module())

    def write(self, path: str | Path) -> Path:
        """Write a standalone module that needs NumPy alone, with `evaluate` -> (value, {"t": its derivative}).

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: an operation has no NumPy source.
        """
        return write_text(path, self.source())

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


class _Pair:
    """A function of a value and a dict of one derivative as one of both in a tuple."""

    def __init__(self, function: codegen.CompiledFunction) -> None:
        self._function = function
        self.arguments, self.source = function.arguments, function.source

    def __call__(self, *values: Any) -> tuple[Any, Any]:
        value, derivatives = self._function(*values)
        return value, *derivatives.values()


@takes_leaves
def jvp(
    what: Any,
    along: Mapping[Any, Any] | Iterable[Any] | None = None,
    tangents: Any = None,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Jvp | OutputTangents | Any:
    """Differentiate along one direction, in one forward sweep: the Jacobian times a vector.

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a sum of them.

    Args:
        what: an expression, a model, or equations of which the last is differentiated, which may be a matrix of any
            shape; or a list or a matrix of outputs, each of which is.
        along: by symbol: its tangent, a SymPy expression or number of its shape; or symbols, each of which then gets
            the tangent v_<name>, a symbol of its own (in code they stand behind these); by default a model's
            parameters, or every symbol.
        tangents: where `along` is a list of symbols, the tangent of each, in their order: a list, a row or a column.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `along` is empty, or names a symbol twice; or there are not as many tangents as symbols.
        ShapeError: a tangent has not the shape of its symbol. And what `derive` raises.
    """
    if tangents is not None:
        along = _by_position(along, tangents)
    what = held(what)
    if waits(what, along):
        return [jvp_node(one, along) for one in what] if is_list_of_outputs(what) else jvp_node(what, along)
    if is_list_of_outputs(what) and not is_bare(what):
        return _of_outputs(what, along, stable, accurate)
    model = what if isinstance(what, Model) else None
    equations = what.equations if isinstance(what, Model) else equations_of(what)
    if along is None:
        along = free_symbols_of(equations) if model is None else model.parameters
    tangents = _direction(along, equations)
    made = derivation.derive_along(equations, tangents, model, care_for(what, stable, accurate))
    made.held = _unchosen(along, tangents)
    return Jvp(Derivation(made))


def _by_position(along: Any, tangents: Any) -> dict[Any, Any]:
    """By symbol: its tangent, of two lists."""
    if along is None or isinstance(along, Mapping):
        raise ParameterError(f"tangents go with a list of symbols: {HOW_TO_DIRECT}")
    symbols = checked_wrt(entries_of(along), "along")
    if len(set(symbols)) < len(symbols):
        raise ParameterError("along names a symbol twice: name each once")
    return dict(zip(symbols, in_order_of(symbols, tangents, "tangents", "tangent"), strict=True))


def _of_outputs(what: Any, along: Any, stable: bool, accurate: bool | None) -> OutputTangents:
    given = several_outputs(what, along)
    care = care_for(given.subject, stable, accurate)
    tangents = _direction(given.symbols(None) if along is None else along, given.equations)
    made = derivation.derive_pushed_forward(given.equations, given.outputs, tangents, care)
    made.held = _unchosen(along, tangents)
    return OutputTangents(made, given.asked(care), tangents)


def _unchosen(along: Any, tangents: Mapping[Any, Any]) -> Sequence[Any]:
    """The symbols of a direction that nobody gave, in the order of what they are tangents of."""
    return () if isinstance(along, Mapping) else tuple(tangents.values())


def _direction(along: Any, equations: list[Equation]) -> dict[Any, Any]:
    """By symbol: its tangent, a SymPy expression."""
    if isinstance(along, list | tuple) and any(isinstance(one, Real | sp.Number) for one in along):
        raise ParameterError(f"along holds numbers: {HOW_TO_DIRECT}")
    symbols = checked_wrt(list(along) if isinstance(along, Mapping) else entries_of(along), "along", equations)
    if len(set(symbols)) < len(symbols):
        raise ParameterError("along names a symbol twice: name each once")
    given = dict(along) if isinstance(along, Mapping) else derivation.default_direction(symbols, equations)
    return {symbol: expression_of(value, f"the tangent of {symbol.name}") for symbol, value in given.items()}
