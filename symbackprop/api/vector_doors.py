"""The doors for gradients, and for Jacobians and Hessians times vectors: `sb.gradient`, `sb.vjp`, `sb.hvp`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import sympy as sp

from .. import derivation
from ..equation_list import expression_of, loss_symbol
from ..errors import ParameterError
from ..lowering import symbols_of
from .checked_care import care_for
from .derivative_vectors import Gradient, Hvp, Vjp
from .given_outputs import one_output, several_outputs
from .shared_derivatives import listed
from .unevaluated_derivatives import gradient_nodes, hvp_nodes, vjp_nodes, waits
from .user_leaves import takes_leaves


@takes_leaves
def gradient(expr: Any, wrt: Any = None, *, stable: bool = True, accurate: bool | None = None) -> Gradient | Any:
    """The first derivatives of one expression: `derive` as a vector, `gradient(E, x)[i]`.

    Of a name that stands for what equations will say, and of an output of a network, they are parts of expressions and
    losses, as `d` gives them: a list, or a Matrix if `wrt` is one.

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a list of them.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

    Args:
        expr: an expression, equations of which the last is differentiated, a `Model` or a `Network`.
        wrt: the symbols to differentiate by, a list or a matrix of them; by default a model's parameters, or every
            symbol.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `wrt` is empty or names a symbol twice.
        ShapeError: the expression is a matrix of several entries.
        UnsupportedError: a piece of the expression cannot be differentiated, or it is a list of several.
    """
    if waits(expr, wrt):
        return gradient_nodes(expr, wrt)
    given = one_output(expr, "sb.gradient")
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by(wrt)
    return Gradient(derivation.derive_orders(given.equations, symbols, 1, care), given.asked(care))


@takes_leaves
def vjp(
    exprs: Any,
    wrt: Any = None,
    upstream: Mapping[Any, Any] | Iterable[Any] | None = None,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Vjp | Any:
    """A vector times the Jacobian of several outputs, in one backward sweep: what outputs pass back to symbols.

    Where L depends on outputs f1, f2, ..., and dL/df1, dL/df2, ... are the vector, the result is dL/d(wrt).

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a list of them.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

    Args:
        exprs: as for `jacobian`; an output may be a matrix.
        wrt: the symbols to differentiate by, matrices too; by default every symbol.
        upstream: the vector: for each output its seed, an expression or number of its shape, in order or by symbol;
            by default u_<output>, a symbol of its own, an argument of code in the order of outputs, behind `wrt`. What
            a seed is made of is not differentiated.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: there are not as many seeds as outputs, or no output, or `wrt` is empty or names one twice.
        ShapeError: a seed has not the shape of its output.
        UnsupportedError: a piece of an expression cannot be differentiated; the message names it.
    """
    if waits(exprs, wrt) and upstream is not None:
        return vjp_nodes(exprs, wrt, upstream)
    given = several_outputs(exprs, wrt, upstream)
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by(wrt)
    seeds = (
        derivation.default_seeds(given.outputs, given.equations)
        if upstream is None
        else in_order_of(given.outputs, upstream, "upstream", "seed")
    )
    loss = loss_symbol(sp.S.Zero, [part for pair in given.equations for side in pair for part in symbols_of(side)])
    made = derivation.derive_pulled_back(given.equations, given.outputs, seeds, symbols, loss, care)
    made.held = () if upstream is not None else tuple(seeds)
    return Vjp(made, given.asked(care), seeds, loss)


@takes_leaves
def hvp(
    expr: Any,
    wrt: Any = None,
    along: Mapping[Any, Any] | Iterable[Any] | None = None,
    *,
    stable: bool = True,
    accurate: bool | None = None,
) -> Hvp | Any:
    """The Hessian of one expression times a vector, without the Hessian: how the gradient changes in a direction.

    Of a name by itself that equations may define, or of what holds an output of a network, it gives parts, as
    `d` does, which are worked out where they are put in: a list of them.
    `lambdify` of them gives a function; so does `derive` of a list of the outputs themselves.

    Args:
        expr: as for `gradient`.
        wrt: the symbols to differentiate by, matrices too; by default as for `gradient`.
        along: the vector: for each symbol of `wrt` an expression or number of its shape, in order or by symbol (what
            is left out is 0); by default v_<name>, a symbol of its own, an argument of code in the order of `wrt`,
            behind it. What it is made of is not differentiated.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: the vector has not as many entries as `wrt`, or `wrt` is empty or names a symbol twice.
        ShapeError: an entry has not the shape of its symbol, or the expression is a matrix of several entries.
        UnsupportedError: a piece of the expression cannot be differentiated, or it is a list of several.
    """
    if waits(expr, wrt) and along is not None:
        return hvp_nodes(expr, wrt, along)
    given = one_output(expr, "sb.hvp")
    care = care_for(given.subject, stable, accurate)
    given, symbols = given.by(wrt)
    if along is None:
        vector = derivation.default_direction(symbols, given.equations)
    elif isinstance(along, Mapping):
        vector = _by_symbol(along, symbols, "along")
    else:
        vector = dict(zip(symbols, in_order_of(symbols, along, "along", "entry"), strict=True))
    made = derivation.derive_hessian_times(given.equations, vector, symbols, care)
    made.held = () if along is not None else tuple(vector.values())
    return Hvp(made, given.asked(care), vector)


def in_order_of(owners: Sequence[Any], given: Any, name: str, each: str) -> list[Any]:
    """One expression for each of some symbols, given in their order, a row or a column of them too, or by symbol.

    Raises:
        ParameterError: there are not as many as symbols, or one of them is named that is none.
        UnsupportedError: one is no expression or number.
    """
    if isinstance(given, Mapping):
        found = _by_symbol(given, owners, name)
        missing = [owner.name for owner in owners if owner not in found]
        if missing:
            raise ParameterError(f"{name} lacks {missing[0]}: give one {each} for each of {listed(owners)}")
        return [found[owner] for owner in owners]
    if isinstance(given, Set | sp.Set):
        raise ParameterError(
            f"{name} is a {type(given).__name__}: give a list, which has an order, or a dict by symbol"
        )
    values = _items(given, owners)
    if values is None:
        raise ParameterError(f"{name} must be a list with one {each} for each of {listed(owners)}")
    if len(values) != len(owners):
        raise ParameterError(f"{name} has {len(values)} values: give one {each} for each of {listed(owners)}")
    return [expression_of(value, f"the {each} of {one.name}") for one, value in zip(owners, values, strict=True)]


_TEXT = (str, bytes, bytearray, memoryview)
"""What can be read item by item, and is no list of numbers."""


def _items(given: Any, owners: Sequence[Any]) -> list[Any] | None:
    """The items of a list, row or column, or what is the only one; None of what has none."""
    if isinstance(given, sp.MatrixBase):
        is_whole = len(owners) == 1 and isinstance(owners[0], sp.MatrixSymbol)
        return [given] if is_whole else list(given) if 1 in given.shape else None
    if isinstance(given, Iterable) and not isinstance(given, _TEXT):
        return list(given)
    return [given] if len(owners) == 1 and not isinstance(given, _TEXT) else None


def _by_symbol(given: Mapping[Any, Any], owners: Sequence[Any], name: str) -> dict[Any, Any]:
    """By symbol, where the keys may be their names: the expressions given."""
    known = {owner.name: owner for owner in owners}
    found = {}
    for key, value in given.items():
        named = getattr(key, "name", key)
        if named not in known:
            raise ParameterError(f"{name} has {str(named)[:40]!r}, which is none of {listed(owners)}")
        found[known[named]] = expression_of(value, f"{name}, {named}")
    if not found:
        raise ParameterError(f"{name} is empty: give at least one of {listed(owners)}")
    return found
