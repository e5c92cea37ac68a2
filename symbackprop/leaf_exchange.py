"""The door for what users have: leaves and symbols of any name go in as symbols of ours with safe names.

Inside all is keyed by names, which code bears as well: what q(t), `x'` or a second symbol x would be called there is
decided here, once for all that was given together.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from .leaf_symbols import LeafSymbol, bound_in, depends_on, is_leaf, leaves_in, replaced
from .named_quantities import MADE, DeclaredOrigin, Origin, free_name, quantity

LONGEST = 30
"""The characters that a name of ours has at most, before those that tell it from others."""


def is_plain(name: str) -> bool:
    """Whether a name can stand in code and formulas as it is."""
    is_identifier = name.isidentifier() and unicodedata.normalize("NFKC", name) == name
    return is_identifier and not name.startswith("__") and not keyword.iskeyword(name)


def safe_name(name: str) -> str:
    """A name that can stand in code, as like the given one as that allows: x_prime for x', theta_1 for \\theta_1."""
    text = unicodedata.normalize("NFKC", name[: 4 * LONGEST]).replace("'", "_prime")
    text = re.sub(r"_+", "_", re.sub(r"\W+", "_", re.sub(r"[\\\\{}$]+", "", text)))[:LONGEST]
    text = text.strip("_") or "v"
    text = text if text.isidentifier() else f"v_{text}"
    return f"{text}_" if keyword.iskeyword(text) else text


def leaf_name(leaf: Any) -> str:
    """What a leaf is called in code: q for q(t), q_t for its derivative by t, q_0 for q(0)."""
    if isinstance(leaf, sp.Derivative):
        times = "".join(safe_name(str(by)) * (int(n) if n.is_Integer else 1) for by, n in leaf.variable_count)
        return f"{leaf_name(leaf.expr)}_{times}"
    if isinstance(leaf, sp.Subs):
        at = "_".join(map(str, leaf.point))
        return safe_name(f"{leaf.expr.expr.func.__name__}_d{leaf.expr.derivative_count}_{at}")
    if isinstance(leaf, sp.Indexed):
        return safe_name("_".join([str(leaf.base), *(str(one).replace("-", "minus ") for one in leaf.indices)]))
    if hasattr(leaf, "name") and not isinstance(leaf, sp.Function):
        return safe_name(str(leaf.name).replace(".", "_"))
    called = str(leaf.func.__name__)
    if all(isinstance(one, sp.Symbol) for one in leaf.args):
        return safe_name(called)
    return safe_name("_".join([called, *(str(one).replace("-", "minus ") for one in leaf.args)]))


class LeafExchange:
    """Which symbol of ours stands for which leaf or symbol of the user's.

    Args:
        given: all that came in together: expressions, symbols, in lists, dicts and matrices.
        known: by leaf or symbol of the user's: what stands for it already.
        taken: names that others have.
        of_model: whether they are the parts of a model, in which two symbols of one name are a mistake, and a function
            of what varies is no number.

    Attributes:
        inside: by leaf or symbol of the user's: ours; what is not in it stays as it is.
    """

    def __init__(
        self, given: Any, known: Mapping[Any, Any] | None = None, taken: Iterable[str] = (), *, of_model: bool = False
    ) -> None:
        self._of_model = of_model
        bound = bound_in(given)
        found = [one for one in leaves_in(given) if not is_leaf(one) or bound.isdisjoint(one.free_symbols)]
        self._origins: dict[Origin, Origin] = {}
        origins = dict.fromkeys(one.origin for one in found if isinstance(one, MADE) and not one.origin.is_open)
        lines = {origin: list(leaves_in(dict(origin.lines))) for origin in _with_lines(origins)}
        found = list(dict.fromkeys([*found, *(one for inner in lines.values() for one in inner)]))
        self.inside: dict[Any, Any] = dict(known or {})
        self._name([one for one in found if one not in self.inside], taken)
        self._renewed: set[Origin] = set()
        strange = {*self.inside}
        while more := [origin for origin, inner in lines.items() if not strange.isdisjoint(inner)]:
            self._renewed.update(more)
            strange |= {one for inner in lines.values() for one in inner if getattr(one, "origin", None) in more}
            lines = {origin: inner for origin, inner in lines.items() if origin not in self._renewed}

    def _name(self, found: list[Any], others: Iterable[str]) -> None:
        symbols = [one for one in found if not is_leaf(one)]
        named = [one.name for one in symbols if not isinstance(one, MADE)]
        times = Counter({*named} if self._of_model else named)
        odd = [one for one in symbols if type(one) in (sp.Symbol, sp.Dummy) and _is_odd(one, times)]
        taken = {*others, *(one.name for one in symbols)}
        count: Counter[str] = Counter()
        for one in odd:
            name = safe_name(one.name)
            if times[one.name] > 1:  # none of them keeps the name, which would be that of another one, too
                count[name] += 1
                name = f"{name}_{count[name]}"
            self._enter(one, name, taken)
        for leaf in (one for one in found if is_leaf(one)):
            if not (self._of_model and set(depends_on(leaf)).intersection(symbols)):
                self._enter_leaf(leaf, taken)

    def _enter_leaf(self, leaf: Any, taken: set[str]) -> None:
        if leaf in self.inside:
            return
        parts = depends_on(leaf)
        for part in parts:
            if is_leaf(part):
                self._enter_leaf(part, taken)
        self._enter(leaf, leaf_name(leaf), taken, {self.inside.get(part, part): part for part in parts})

    def _enter(self, one: Any, name: str, taken: set[str], inner: Any = None) -> None:
        name = free_name(name, taken)
        taken.add(name)
        self.inside[one] = LeafSymbol(name, one, inner)

    def __bool__(self) -> bool:
        return bool(self.inside)

    def into(self, given: Any) -> Any:
        """The same with our symbols in the place of the user's."""
        return replaced(given, self._instead)

    def _instead(self, part: Any) -> Any:
        if isinstance(part, MADE) and part.origin in self._renewed:
            return self._made_anew(part)
        return self.inside.get(part) if part.is_Symbol or is_leaf(part) else None

    def _made_anew(self, part: Any) -> Any:
        """A symbol that another derivation made, whose lines are told in our symbols."""
        shape = tuple(part.shape) if isinstance(part, sp.MatrixSymbol) else ()
        assumptions = {} if shape else dict(part._assumptions_orig)
        return quantity(part.name, self._origin(part.origin), shape, **assumptions)

    def _origin(self, origin: Origin) -> Origin:
        if origin not in self._origins:
            made = type(origin)()
            made.told = lambda: self.into(list(origin.lines.items()))
            made.restored = _Restored(origin)
            self._origins[origin] = made
        return self._origins[origin]


class _Restored:
    """The symbol of an origin that one of another origin stands for."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __call__(self, part: Any) -> Any:
        shape = tuple(part.shape) if isinstance(part, sp.MatrixSymbol) else ()
        return quantity(part.name, self._origin, shape, **({} if shape else dict(part._assumptions_orig)))


def _is_odd(symbol: Any, times: Counter[str]) -> bool:
    return not is_plain(symbol.name) or times[symbol.name] > 1


def _with_lines(origins: Iterable[Origin]) -> list[Origin]:
    """Origins, and those of the symbols in their lines."""
    found: dict[Origin, None] = {}
    stack = list(origins)
    while stack:
        origin = stack.pop()
        if origin not in found and not isinstance(origin, DeclaredOrigin):
            found[origin] = None
            stack += [
                one.origin
                for one in leaves_in(dict(origin.lines))
                if isinstance(one, MADE) and one.origin != origin and not one.origin.is_open
            ]
    return list(found)
