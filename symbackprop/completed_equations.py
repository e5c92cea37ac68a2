"""Equations with symbols that an earlier derivation made, completed by what these stand for.

`derive(d.gradients[x], ...)` meets `t1` and `dL_dz`: each knows its line, and the lines above it, of derivation `d`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .errors import ParameterError
from .lowering import symbols_of
from .named_quantities import (
    MADE,
    DeclaredOrigin,
    Equation,
    Origin,
    declared_among,
    free_name,
    made_among,
    quantity,
)


def completed(equations: Sequence[Equation], given: Collection[Any] = ()) -> list[Equation]:
    """The equations, each behind the lines of the made symbols that it mentions.

    Args:
        equations: (symbol, expression), in order.
        given: symbols that have a value from outside, made ones too: what is differentiated by.

    Raises:
        ParameterError: a name of the user's, which is data here, depends on a given symbol in the derivation that a
            made symbol comes from.
    """
    defined: dict[Any, Any] = {**dict(equations), **dict.fromkeys(given)}
    found: list[Equation] = []
    for symbol, expression in equations:
        found += _lines_below(expression, defined)
        found.append((symbol, expression))
    _check_names_of_users(found, set(given))
    return _told_apart(found, given)


def _lines_below(expression: Any, defined: dict[Any, Any]) -> Iterator[Equation]:
    """The lines that an expression needs and that are not there yet, each behind those that it needs itself."""
    stack = _unknown(expression, defined)
    while stack:
        symbol, origin = stack[-1]
        if symbol in defined:
            stack.pop()
            continue
        line = origin.lines[symbol]
        waiting = _unknown(line, defined, origin)
        if waiting:
            stack += waiting
        else:
            stack.pop()
            defined[symbol] = line
            yield symbol, line


def _unknown(expression: Any, defined: Mapping[Any, Any], origin: Origin | None = None) -> list[tuple[Any, Origin]]:
    """The symbols that have a line and are not defined yet, each with the origin that has it.

    origin: of the expression; of a network's, plain symbols have lines as well.
    """
    found = []
    for symbol in reversed(symbols_of(expression)):
        own = _teller(symbol, origin)
        if own is None or symbol not in own.lines:
            continue
        if symbol not in defined:
            found.append((symbol, own))
        elif own is origin and defined[symbol] is not None and defined[symbol] != own.lines[symbol]:
            raise ParameterError(
                f"{symbol.name} stands for two things: a network's output is made of it, and an equation, or another "
                "network, defines it otherwise: rename that one, or make one sb.Model of its equations"
            )
    return found


def _teller(symbol: Any, origin: Origin | None) -> Origin | None:
    """Who tells what a symbol stands for in a line of some origin, or in an expression of the user's.

    In a line of a derivation an output of a network is one of the names that its user gave.
    """
    in_network = isinstance(origin, DeclaredOrigin)
    if not isinstance(symbol, MADE):
        return origin if in_network else None
    is_given = isinstance(symbol.origin, DeclaredOrigin) and origin is not None and not in_network
    return None if is_given else symbol.origin


def _check_names_of_users(equations: Sequence[Equation], given: set[Any]) -> None:
    defined = {symbol for symbol, _ in equations}
    mentioned = dict.fromkeys(part for _, expression in equations for part in symbols_of(expression))
    made = made_among(mentioned)
    ours = set(made) - set(declared_among(made))
    data = [symbol for symbol in mentioned if symbol not in defined and symbol not in ours]
    for origin in dict.fromkeys(symbol.origin for symbol in made):
        for symbol in filter(origin.lines.__contains__, data):
            varied = sorted(given.intersection(_leaves(symbol, origin)), key=str)
            if varied:
                raise ParameterError(
                    f"{symbol.name} depends on {varied[0].name} in the derivation d that {_first(made, origin)} comes "
                    "from, and would be data here: pass d.equations_of(...) of the derivative instead of its expression"
                )


def _first(made: Sequence[Any], origin: Origin) -> str:
    return next(str(symbol.name) for symbol in made if symbol.origin == origin)


def _leaves(symbol: Any, origin: Origin) -> set[Any]:
    """The symbols that a line is computed from in the end."""
    found, stack = set(), [symbol]
    while stack:
        for part in symbols_of(origin.lines[stack.pop()]):
            if part not in found:
                found.add(part)
                stack += [part] if part in origin.lines else []
    return found


def _told_apart(equations: list[Equation], given: Collection[Any]) -> list[Equation]:
    """Made symbols whose names others have here get names of their own: nobody reads a name for two things."""
    loss = equations[-1][0]  # before the losses of others, which are called the same
    every = dict.fromkeys([*given, loss, *(part for pair in equations for side in pair for part in symbols_of(side))])
    taken: set[str] = {symbol.name for symbol in every if not isinstance(symbol, MADE)}
    renamed: dict[Any, Any] = {}
    for symbol in made_among(every):
        if symbol.name in taken:
            renamed[symbol] = _another(symbol, taken | {other.name for other in every})
        taken.add(renamed.get(symbol, symbol).name)
    if not renamed:
        return equations
    return [(renamed.get(symbol, symbol), expression.xreplace(renamed)) for symbol, expression in equations]


def _another(symbol: Any, taken: Collection[str]) -> Any:
    """A symbol that stands for a made one, under a name that is free."""
    origin = Origin()
    shape = tuple(symbol.shape) if symbol.is_Matrix else ()
    found = quantity(free_name(symbol.name, taken), origin, shape, **({} if shape else symbol.assumptions0))
    origin.told = lambda: [(found, symbol)]
    return found
