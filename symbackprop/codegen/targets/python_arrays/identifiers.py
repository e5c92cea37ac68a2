"""Identifiers of generated code: the user's own names where they are free, never a builtin, a keyword or `np`."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from typing import Any

from ....errors import SymbolNameError

_MADE = ("ones_", "eye_", "grad_", *(f"buffer{digit}" for digit in range(10)))
"""What the names of a workspace's arrays, and of their views, begin with."""

RESERVED = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "np", "math"})


class Identifiers:
    """One identifier for each symbol, the same one whenever it is asked for."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *reserved}
        self._known: dict[Any, str] = {}
        self._count = 0

    def of(self, symbol: Any) -> str:
        """The identifier of a symbol: its name, with an underscore behind it if that is taken.

        Raises:
            SymbolNameError: the name is no identifier (the derivation refuses such names first).
        """
        if symbol not in self._known:
            self._known[symbol] = self._free(symbol.name)
        return self._known[symbol]

    def copy(self) -> Identifiers:
        """The same names, to which others may be added."""
        twin = Identifiers()
        twin._taken, twin._known, twin._count = set(self._taken), dict(self._known), self._count
        return twin

    def temporary(self) -> str:
        """A fresh name for a step that has none."""
        self._count += 1
        return self._free(f"v{self._count}")

    def _free(self, name: str) -> str:
        if not name.isidentifier():
            raise SymbolNameError(f"{name[:60]!r} is no identifier: rename the symbol")
        while name in self._taken or name.startswith(_MADE):
            name = f"{name}_" if name in self._taken else f"the_{name}"
        self._taken.add(name)
        return name
