"""Names: which ones may come in, and new ones that clash with none of them."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from keyword import kwlist
from typing import Any

import sympy as sp

from ..errors import SymbolNameError
from ..leaf_symbols import own, user_name
from ..named_quantities import Origin, declared_among, free_name, quantity
from ..networks import Network

KEYWORDS = frozenset(kwlist)


class Namer:
    """Makes symbols whose names are not taken yet: what stands for something has an origin, which knows for what."""

    def __init__(self, taken: Iterable[str], origin: Origin | None = None) -> None:
        self._taken = set(taken)
        self._origin = origin
        self._counts: dict[str, int] = {}

    def symbol(self, name: str, shape: tuple[Any, ...] = (), **assumptions: Any) -> Any:
        """A symbol of this name, or of it and as many underscores as it takes; a matrix symbol if it has a shape."""
        name = free_name(name, self._taken)
        self._taken.add(name)
        if self._origin is not None:
            return quantity(name, self._origin, shape, **assumptions)
        return sp.MatrixSymbol(name, *shape) if shape else sp.Symbol(name, **assumptions)

    def like(self, name: str, other: Any) -> Any:
        """A symbol of this name that is as real, or of the same shape, as another one."""
        if isinstance(other, sp.MatrixSymbol):
            return self.symbol(name, tuple(other.shape))
        return self.symbol(name, real=other.is_extended_real)

    def numbered(self, base: str, shape: tuple[Any, ...] = (), **assumptions: Any) -> Any:
        """The next free one of base1, base2, ..."""
        while True:
            self._counts[base] = self._counts.get(base, 0) + 1
            name = f"{base}{self._counts[base]}"
            if name not in self._taken:
                return self.symbol(name, shape, **assumptions)


def adjoint_name(loss: sp.Symbol, symbol: sp.Symbol, network: Network | None) -> str:
    """delta<layer>_<unit> for the adjoint of a network's weighted sum, d<loss>_d<name> for any other."""
    if network is not None and symbol.name.startswith("z"):
        return f"delta{symbol.name[1:]}"
    return f"d{loss.name}_d{symbol.name}"


def check_names(names: Collection[str]) -> None:
    """Refuse, with a SymbolNameError, any name that could not stand in source code and formulas as it is."""
    text = " ".join(names)
    plain = text.isascii() and "__" not in text and all(map(str.isidentifier, names))
    if not plain or not KEYWORDS.isdisjoint(names):
        for name in names:
            check_name(name)


def clash(symbols: Collection[Any]) -> SymbolNameError:
    """The error for symbols of which two have the same name."""
    [(name, _)] = Counter(symbol.name for symbol in symbols).most_common(1)
    check_name(name)
    if declared_among(symbol for symbol in symbols if symbol.name == name):
        return SymbolNameError(f"{name!r} is an output of a network and a symbol besides: take it from net.outputs")
    return SymbolNameError(f"two symbols are called {name!r} (their assumptions or shapes differ): rename one of them")


def check_namesakes(asked: Iterable[Any], standing: Iterable[Any]) -> None:
    """Refuse to differentiate by x what holds another x, real say, and not this one: it would be 0. So it would be by
    both, where neither is there.

    Args:
        asked: what is differentiated by.
        standing: the symbols that stand in what is differentiated.

    Raises:
        SymbolNameError: there are two of one name.
    """
    there = {*standing}
    missing = [symbol for symbol in dict.fromkeys(asked) if symbol not in there]
    if not missing:
        return
    called: defaultdict[str, list[Any]] = defaultdict(list)
    for one in there:
        called[user_name(one)].append(one)
    for symbol in missing:
        others = list(called[user_name(symbol)])
        called[user_name(symbol)].append(symbol)
        if others:
            if all(isinstance(own(one), sp.Symbol) for one in (symbol, *others)):
                raise clash(list(map(own, (symbol, *others))))
            raise SymbolNameError(
                f"two things are called {user_name(symbol)!r} (their assumptions differ): rename one of them"
            )
        others.append(symbol)


def check_name(name: str) -> None:
    """Refuse one name that is no plain identifier or is a Python keyword."""
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name or name.startswith("__"):
        raise SymbolNameError(
            f"{name[:60]!r} cannot name a symbol here: use letters, digits and underscores, starting with a letter"
        )
    if name in KEYWORDS:
        raise SymbolNameError(f"{name!r} is a Python keyword and cannot name a symbol here: use {name + '_'!r}")
