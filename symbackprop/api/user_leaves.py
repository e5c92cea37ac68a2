"""How doors take what is no plain symbol: q(t) and its derivatives, coordinates, symbols of any name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from ..errors import ParameterError, SymbolNameError, UnknownNameError, UnsupportedError
from ..leaf_exchange import LeafExchange
from ..leaf_symbols import is_leaf, theirs
from ..networks import Model
from .array_arguments import ArrayArguments

Door = TypeVar("Door", bound=Callable[..., Any])


def takes_leaves(door: Door) -> Door:
    """A door that leaves of users may go through: where it refuses them as they are, with our symbols in their places.

    Nothing is looked through before that, so that plain symbols take no longer.
    """

    arrays = ArrayArguments(door)

    @wraps(door)
    def opened(*args: Any, **named: Any) -> Any:
        if len(args) == 1 and not named and isinstance(args[0], Model) and not args[0].exchange:
            return door(*args)  # with nothing but symbols of its own
        args = tuple(list(one) if isinstance(one, Iterator) else one for one in args)  # read twice
        named = {name: list(one) if isinstance(one, Iterator) else one for name, one in named.items()}
        own = getattr(args[0], "exchange", None) if args else None
        if own:  # of a model, which has symbols of ours already
            args, named = (args[0], *own.into(args[1:])), own.into(named)
        plain = named
        args, named = arrays.before(args, named)
        exchange = again = None
        if not any(_lists_leaves(one) for one in (*args, *named.values())):
            try:
                found = door(*args, **named)
                return found if named is plain else theirs(found)
            except (ParameterError, SymbolNameError, UnknownNameError, UnsupportedError):
                again = arrays.after(args, named)
                exchange = LeafExchange(again)
                if not exchange and again[1] is named:
                    raise
        again = again or arrays.after(args, named)
        args, named = (exchange or LeafExchange(again)).into(again)
        return theirs(door(*args, **named))

    return cast("Door", opened)


def _lists_leaves(given: Any) -> bool:
    """Whether it is a list in which a leaf stands by itself: told at once, and the door would refuse it in any case."""
    return isinstance(given, list | tuple) and any(map(is_leaf, given))
