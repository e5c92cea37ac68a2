"""Arguments and results under the names that users have for them, where these are no identifiers: x', q(t).

Code has safe names. Arguments are given by either; what differentiates by x' is found under that. `_by_user_names` is
carried by modules; it depends on nothing.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ....equation_list import batch_names
from ....errors import ParameterError
from ....leaf_arrays import Arrays, named_entries, whole_arrays
from ....leaf_symbols import LeafSymbol, user_name
from . import line_breaking
from .function_text import without_annotations


@dataclass(frozen=True)
class UserNames:
    """What users call arguments, and results, that code calls otherwise.

    inside: by the user's name: what the code calls it; several names, where he calls several things so.
    results: by name in the code: what a derivative by it is found under.
    arrays: by the name of an array: itself, and by place what the code calls that entry.
    """

    inside: Mapping[str, tuple[str, ...]]
    results: Mapping[str, str]
    arrays: Arrays = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.inside)

    @property
    def head(self) -> list[str]:
        """What a module says of it."""
        if not self.inside:
            return []
        pairs = [f"{name!r}: {names!r}" for name, names in self.inside.items()]
        return ["# what is called otherwise outside, where either name may be given:", *_dict("NAMES", pairs)]

    @property
    def tail(self) -> str:
        """The end of a module, in which `evaluate` takes either name."""
        if not self.inside:
            return ""
        pairs = [f"{name!r}: {told!r}" for name, told in self.results.items()]
        source = without_annotations(inspect.getsource(_by_user_names)).rstrip()
        return "\n".join(
            [source, "", "", *_dict("RESULTS", pairs), "evaluate = _by_user_names(evaluate, NAMES, RESULTS)"]
        )


def _dict(name: str, pairs: Sequence[str]) -> list[str]:
    return line_breaking.called(f"{name} = {{", pairs, "}", "")


def user_names(arguments: Iterable[Any], wrt: Iterable[Any] = ()) -> UserNames:
    """What users call the arguments of a function, and what it differentiates by."""
    inside: dict[str, tuple[str, ...]] = {}
    for symbol in arguments:
        if isinstance(symbol, LeafSymbol):
            inside[user_name(symbol)] = (*inside.get(user_name(symbol), ()), symbol.name)
    by = list(wrt)
    times = Counter(name for symbol in by for name in {symbol.name, user_name(symbol)})
    told = {one.name: user_name(one) for one in by if isinstance(one, LeafSymbol)}
    return UserNames(inside, {name: outside for name, outside in told.items() if times[outside] == 1})


class UserNamed:
    """A compiled function that takes arguments by either name, and gives derivatives under the user's.

    Attributes:
        arguments: what the code calls them, in order.
        source: the generated text.
    """

    def __init__(self, function: Any, names: UserNames, batch: frozenset[str] = frozenset()) -> None:
        self._function, self._names, self._batch = function, names, batch
        self.arguments, self.source = function.arguments, function.source

    def __repr__(self) -> str:
        return repr(self._function)

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """What the function gives.

        Raises:
            ParameterError: an argument is missing, unknown, or given twice; or a name is that of several.
        """
        arrays = self._names.arrays
        given = named_entries(named, arrays, self._batch) if arrays and named else named
        given = inside_names(given, self._names.inside) if given else given
        found = self._function(*values, **given)
        if self._names.results and isinstance(found, tuple) and isinstance(found[-1], dict):
            value, derivatives = found
            return value, {self._names.results.get(name, name): part for name, part in derivatives.items()}
        return found


def by_user_names(function: Any, arguments: Iterable[Any], wrt: Iterable[Any] = (), batch: Any = None) -> Any:
    """A compiled function with the names of the user's, if he has other ones.

    batch: what has a value for each sample, symbols or names, in a list or one by itself; None if there are no samples.
    """
    arguments = list(arguments)
    names = user_names(arguments, wrt)
    if not names:
        return function
    taken = {*function.arguments, *names.inside}
    arrays = {name: found for name, found in whole_arrays(arguments).items() if name not in taken}
    sampled = frozenset(map(str, () if batch is None else batch_names(batch)))
    return UserNamed(function, replace(names, arrays=arrays), sampled)


def inside_names(named: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Values by the names that code has, of values by either.

    Raises:
        ParameterError: one is given by both, or a name is that of several.
    """
    try:
        found: dict[str, Any] = _by_user_names(lambda **given: given, names, {})(**named)
    except TypeError as error:
        raise ParameterError(str(error)) from None
    return found


def _by_user_names(function: Callable[..., Any], names: Mapping[str, Any], results: Mapping[str, str]) -> Any:
    """A function whose arguments may be given by the user's names for them, and whose derivatives have these."""

    def evaluate(*values: Any, **named: Any) -> Any:
        given = {}
        for name, value in named.items():
            own = names.get(name, (name,))
            if len(own) > 1:
                raise TypeError(f"{name} is the name of several arguments: give them as {', '.join(own)}")
            if own[0] in given:
                raise TypeError(f"{own[0]} is given twice, by both of its names")
            given[own[0]] = value
        found = function(*values, **given)
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], dict):
            return found[0], {results.get(name, name): part for name, part in found[1].items()}
        return found

    evaluate.__dict__.update(__wrapped__=function)  # of which the signature is
    return evaluate
