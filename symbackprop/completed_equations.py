"""Equations with symbols that an earlier derivation made, completed by what these stand for.

`derive(d.gradients[x], ...)` meets `t1` and `dL_dz`: each knows its line, and the lines above it, of derivation `d`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sympy as sp

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
    completion = _Completion(equations, given)
    found = [one for pair in equations for one in (*completion.lines_below(pair[1]), pair)]
    _check_names_of_users(found, set(given))
    return _told_apart(found, given)


class _Completion:
    """What equations need besides: each line once, whoever needs it.

    Plain symbols in the lines of a network, z1_1 say, are quantities of this network. Another network may have another
    z1_1, which is z1_1_ here; what both compute alike is one quantity.
    """

    def __init__(self, equations: Sequence[Equation], given: Collection[Any]) -> None:
        self._defined: dict[Any, Any] = dict(equations)
        self._given: dict[Any, Any] = dict.fromkeys(given)  # by symbol: its line in the network that has it
        self._named_by_user = {*given, *(part for pair in equations for side in pair for part in symbols_of(side))}
        self._taken = {symbol.name for symbol in self._named_by_user}
        self._here: dict[Origin, dict[Any, Any]] = {}  # by network: what its plain symbols are here

    def lines_below(self, expression: Any) -> Iterator[Equation]:
        """The lines that an expression needs and that are not there yet, each behind those that it needs itself."""
        stack = self._unknown(expression)
        while stack:
            symbol, origin = stack[-1]
            waiting = [] if self._is_known(symbol, origin) else self._unknown(origin.lines[symbol], origin)
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if not self._is_known(symbol, origin):
                yield from self._entered(symbol, origin)

    def _unknown(self, expression: Any, origin: Origin | None = None) -> list[tuple[Any, Origin]]:
        """The symbols that have a line and are not defined yet, each with the origin that has it.

        origin: of the expression; of a network's, plain symbols have lines as well.
        """
        tellers = ((symbol, _teller(symbol, origin)) for symbol in reversed(symbols_of(expression)))
        known = [(symbol, own) for symbol, own in tellers if own is not None and symbol in own.lines]
        return [(symbol, own) for symbol, own in known if not self._is_known(symbol, own)]

    def _is_known(self, symbol: Any, origin: Origin) -> bool:
        if isinstance(symbol, MADE):
            return symbol in self._defined or symbol in self._given
        if symbol not in self._given:
            return symbol in self._here.setdefault(origin, {})
        if self._given[symbol] not in (None, origin.lines[symbol]):
            raise _two_things(symbol)
        self._given[symbol] = origin.lines[symbol]
        return True

    def _entered(self, symbol: Any, origin: Origin) -> Iterator[Equation]:
        """The line of a symbol, from now on defined; none if it is there as it is."""
        line = origin.lines[symbol]
        if isinstance(origin, DeclaredOrigin):
            here = self._here.setdefault(origin, {})
            line = line.xreplace({old: new for old, new in here.items() if old != new})
            if not isinstance(symbol, MADE):
                here[symbol] = symbol = self._as_quantity(symbol, line)
        if symbol not in self._defined:
            self._defined[symbol] = line
            yield symbol, line

    def _as_quantity(self, symbol: Any, line: Any) -> Any:
        """A network's plain symbol, or the like of it where that is something else already."""
        name = symbol.name
        while self._defined.get(symbol, line) != line:
            if symbol in self._named_by_user:
                raise _two_things(symbol)
            name = free_name(name + "_", self._taken)
            symbol = _like(symbol, name)
        return symbol


def _like(symbol: Any, name: str) -> Any:
    if isinstance(symbol, sp.MatrixSymbol):
        return sp.MatrixSymbol(name, *symbol.shape)
    return sp.Symbol(name, **symbol.assumptions0)


def _two_things(symbol: Any) -> ParameterError:
    return ParameterError(
        f"{symbol.name} stands for two things: a network's output is made of it, and an equation, or another network, "
        "defines it otherwise: rename that one, or make one sb.Model of its equations, or name networks by their "
        "net.outputs alone"
    )


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
