"""Compiled functions of lists and matrices of symbols, `f(vector)`: `args` of `compile` and of `lambdify`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import sympy as sp

from .. import codegen
from ..errors import ParameterError, UnsupportedError, listed
from .argument_structure import Arguments


class ArrangedFunction(codegen.QuickCalls):
    """A function of arguments as they were named.

    Attributes:
        arguments: what it takes, in order, as it is called in messages.
        source: the generated text of the function of all symbols, one by one.
    """

    def __init__(
        self, arguments: Arguments, function: Callable[..., Any], source: str, program: Callable[[], Any] | None = None
    ) -> None:
        self._arguments, self._function = arguments, function
        self.arguments, self.source = tuple(arguments.heads), source
        self._begin(program)

    @property
    def _names(self) -> Sequence[Any]:
        return self._arguments.names

    def _in_order(self, values: Sequence[Any], named: dict[str, Any]) -> Sequence[Any]:
        return self._arguments.in_order(values, named)

    def _flat(self, ordered: Sequence[Any]) -> Sequence[Any]:
        return self._arguments.split(ordered)

    def _on_arrays(self, ordered: Sequence[Any]) -> Any:
        return self._function(*self._flat(ordered))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._arguments})"


def arranged(
    function: Any,
    args: Any,
    batch: Iterable[Any] | None = None,
    source: Any = None,
    form: Any = None,
    matrices: Mapping[Any, Any] | None = None,
) -> Any:
    """A compiled function as a function of `args`; the function itself where `args` is None and there are no matrices.

    Args:
        function: of symbols, whose names are its `arguments`.
        args: symbols, and lists of them, as for `lambdify`.
        batch: the symbols, or names, that have a value for each sample.
        source: what made the function, where it can make the same of Python floats.
        form: of the results that the function makes of those of the source.
        matrices: by matrix symbol: the matrix of symbols that stand in its place, each an argument of the function.

    Raises:
        ParameterError: `args` lacks a symbol of the function, has one twice, or something that is none.
    """
    if args is None and not matrices:
        return function
    given = Arguments(_whole(function.arguments, matrices or {}) if args is None else args, batch, matrices)
    given.takes_whole_arrays |= source is not None and not hasattr(source, "on_floats")
    places = {symbol.name: place for place, symbol in enumerate(given.symbols)}
    missing = [name for name in function.arguments if name not in places]
    if missing:
        raise ParameterError(f"args lacks {listed(missing)}, which the function takes")
    taken = [places[name] for name in function.arguments]
    return ArrangedFunction(given, _Taking(function, taken), function.source, on_floats(source, given, form))


def _whole(names: Iterable[str], matrices: Mapping[Any, Any]) -> list[Any]:
    """Symbols of some names, with each matrix where the first of its entries is."""
    owners = {entry.name: matrix for matrix, entries in matrices.items() for entry in entries}
    return list(dict.fromkeys(owners.get(name) or sp.Symbol(name) for name in names))


def on_floats(source: Any, given: Arguments, *more: Any) -> Callable[[], Any] | None:
    """What makes the program of floats for some arguments; None where there are arrays, which have none."""
    made = getattr(source, "on_floats", None)
    return None if made is None else partial(made, given.structure, *more)


class WrittenModule:
    """The module of a function as text, or why there is none: all that remains of what made it in a copy."""

    def __init__(self, made: Any) -> None:
        self._module, self._refusal = "", ""
        try:
            self._module = str(made.module())
        except UnsupportedError as error:
            self._refusal = str(error)

    def module(self) -> str:
        """The text.

        Raises:
            UnsupportedError: there is none.
        """
        if self._refusal:
            raise UnsupportedError(self._refusal)
        return self._module


class _Taking:
    """A function of some of the values that it is given."""

    def __init__(self, function: Callable[..., Any], places: Sequence[int]) -> None:
        self._function, self._places = function, places

    def __call__(self, *values: Any) -> Any:
        return self._function(*(values[place] for place in self._places))
