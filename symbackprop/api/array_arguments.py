"""Entries of arrays, and arrays of entries, as doors are given them: `x[0]`, `x`, `M[0, 1]` in wrt, args and along."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from ..leaf_arrays import entries_of_base, is_part, leaves_of_matrices, listed
from ..leaf_symbols import replaced
from ..networks import Model

ASKED = ("wrt", "along", "args", "batch")
"""What doors call the symbols that a user names."""

Given = tuple[tuple[Any, ...], dict[str, Any]]


class ArrayArguments:
    """What a door makes of arrays and their entries before it looks at anything else.

    Args:
        door: a function of the public face.
    """

    def __init__(self, door: Callable[..., Any]) -> None:
        self._names = tuple(inspect.signature(door).parameters)
        self._places = [place for place, name in enumerate(self._names) if name in ASKED]

    def before(self, args: tuple[Any, ...], named: dict[str, Any]) -> Given:
        """Arguments of the door with symbols in the place of entries that are named by themselves.

        Raises:
            ParameterError: how many entries an IndexedBase has is not known.
            UnsupportedError: a matrix of unknown size stands whole beside an entry of it.
        """
        asked = [args[place] for place in self._places if place < len(args)] + [named.get(name) for name in ASKED]
        if not any(_has_parts(one) for one in asked) or any(isinstance(one, Model) for one in args):
            return args, named
        args, named = self._whole(args, named)
        return self._exchanged(args, named, every=False)

    def after(self, args: tuple[Any, ...], named: dict[str, Any]) -> Given:
        """The same with symbols for entries whose index is one, too: what a door has refused.

        Raises:
            UnsupportedError: a matrix stands whole beside such an entry.
        """
        return self._exchanged(args, named, every=True)

    def _exchanged(self, args: tuple[Any, ...], named: dict[str, Any], every: bool) -> Given:
        asked = [args[place] for place in self._places if place < len(args)]
        others = [one for place, one in enumerate(args) if place not in self._places]
        asked += [one for name, one in named.items() if name in ASKED]
        others += [one for name, one in named.items() if name not in ASKED]
        instead = leaves_of_matrices(asked, others, every)
        return replaced((args, named), instead.get) if instead else (args, named)

    def _whole(self, args: tuple[Any, ...], named: dict[str, Any]) -> Given:
        """An IndexedBase as the list of its entries: nested in args, one after the other in wrt."""
        around = [args, named]
        changed = [
            _in_entries(one, around, self._names[place]) if place in self._places else one
            for place, one in enumerate(args)
        ]
        return tuple(changed), {name: _in_entries(one, around, name) for name, one in named.items()}


def _has_parts(asked: Any) -> bool:
    if isinstance(asked, list | tuple) and {*map(type, asked)} <= {sp.Symbol}:
        return False
    return any(is_part(one) or isinstance(one, sp.IndexedBase | sp.Indexed) for one in listed(asked))


def _in_entries(asked: Any, around: Any, name: str) -> Any:
    if name not in ASKED:
        return asked
    if isinstance(asked, sp.IndexedBase):
        found = entries_of_base(asked, around)
        return [found] if name == "args" else [*listed(found)]
    if isinstance(asked, list | tuple):
        whole = [
            _in_entries(one, around, name) if isinstance(one, list | tuple) else _one(one, around) for one in asked
        ]
        return (
            whole if name == "args" else [one for part in whole for one in (listed(part) if _is_list(part) else [part])]
        )
    return asked


def _one(asked: Any, around: Any) -> Any:
    return entries_of_base(asked, around) if isinstance(asked, sp.IndexedBase) else asked


def _is_list(part: Any) -> bool:
    return isinstance(part, list | tuple) and not isinstance(part, Mapping)
