"""The derivative along one direction: what `import symbackprop as sb` offers as `sb.jvp`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import codegen, derivation
from ..equation_list import checked_wrt, equations_of, expression_of, free_symbols_of
from ..errors import ParameterError
from ..named_quantities import Equation
from ..networks import Model
from .checked_care import care_for
from .public_derivation import Derivation


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
        function = codegen.evaluation(self.derivation.sweep).function()

        def call(*values: Any, **named: Any) -> tuple[Any, Any]:
            value, derivatives = function(*values, **named)
            return value, *derivatives.values()

        return call

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()


def jvp(
    what: Any,
    along: Mapping[Any, Any] | Iterable[Any] | None = None,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Jvp:
    """Differentiate along one direction, in one forward sweep: the Jacobian of the last equation times a vector.

    Args:
        what: as for `derive`; the last quantity may be a matrix of any shape.
        along: by symbol: its tangent, a SymPy expression or number of its shape; or symbols, each of which then gets
            the tangent v_<name>, a symbol of its own; by default a model's parameters, or every symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `along` is empty, or names a symbol twice.
        ShapeError: a tangent has not the shape of its symbol. And what `derive` raises.
    """
    model = what if isinstance(what, Model) else None
    equations = what.equations if isinstance(what, Model) else equations_of(what)
    if along is None:
        along = free_symbols_of(equations) if model is None else model.parameters
    symbols = checked_wrt(list(along) if isinstance(along, Mapping) else along, "along")
    if len(set(symbols)) < len(symbols):
        raise ParameterError("along names a symbol twice: name each once")
    given = dict(along) if isinstance(along, Mapping) else derivation.default_direction(symbols, equations)
    tangents = {symbol: expression_of(value, f"the tangent of {symbol.name}") for symbol, value in given.items()}
    return Jvp(Derivation(derivation.derive_along(equations, tangents, model, care_for(what, stable, accurate))))
