"""What stands for a number and is no plain symbol, q(t) say, and the symbol of ours that stands in its place inside.

One place decides what a leaf is: a function of which nothing is known but its name, a derivative of one, its value at
a point, a coordinate of `sympy.vector`. A leaf shares nothing with another one: by q(t), q'(t) is a constant, as SymPy
has it. By what it is a function of, t, its derivative is another leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from .named_quantities import MADE

HEAVY = 60
"""The parts that a leaf may have: SymPy, which differentiates it by its arguments, walks all of them."""


class LeafSymbol(sp.Symbol):  # type: ignore[misc]
    """A symbol with a name that code and formulas can bear, in the place of a leaf or a symbol of the user's.

    Attributes:
        own: what it stands for.
        inner: by symbol that stands for it inside: what the leaf is a function of, as the user has it.
    """

    __slots__ = ("inner", "own")
    own: Any
    inner: Mapping[Any, Any]

    def __new__(cls, name: str, own: Any, inner: Mapping[Any, Any] | None = None) -> LeafSymbol:
        made: LeafSymbol = sp.Symbol.__xnew__(cls, name, **_assumed(own))  # the cache takes equal names for equal
        made.own, made.inner = own, inner or {}
        return made

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.own)

    @classmethod
    def class_key(cls) -> Any:
        return sp.Symbol.class_key()  # sums and products are ordered by names, whatever these stand for

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print(self.own))

    def _latex(self, printer: Any) -> str:
        return str(printer._print(self.own))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.name, self.own, dict(self.inner))


_ASSUMED = ("real", "extended_real", "integer", "positive", "negative", "zero", "imaginary")


def _assumed(own: Any) -> dict[str, bool]:
    """What is assumed of a symbol, as it was declared, or of anything else, as SymPy finds it."""
    if isinstance(own, sp.Symbol):
        return dict(own._assumptions_orig)
    found = {name: getattr(own, f"is_{name}", None) for name in _ASSUMED}
    return {name: value for name, value in found.items() if value is not None}


def is_leaf(part: Any) -> bool:
    """Whether it stands for a number, and is no symbol; what holds a name of a derivation's is none."""
    if not isinstance(part, sp.Basic) or isinstance(part, sp.Symbol):
        return False
    return of_coordinates(part) or (bool(part.args) and _is_of_kind(part) and _is_light(part))


def _is_of_kind(part: Any) -> bool:
    if isinstance(part, sp.Subs):  # q'(2*t)
        return isinstance(part.expr, sp.Derivative) and _is_of_kind(part.expr)
    if isinstance(part, sp.Derivative):
        return isinstance(part.expr, AppliedUndef)
    return isinstance(part, AppliedUndef | sp.Indexed | sp.Idx)


def _is_light(part: Any) -> bool:
    found, stack = 0, [part]
    while stack:
        one = stack.pop()
        found += 1
        if found > HEAVY or isinstance(one, MADE) or getattr(one, "is_Matrix", False):
            return False
        stack += one.args
    return True


def of_coordinates(part: Any) -> bool:
    """Whether a leaf is a function of nothing: its arguments say which coordinate it is."""
    return type(part).__module__ == "sympy.vector.scalar"


def depends_on(leaf: Any) -> list[Any]:
    """The symbols, and the leaves, that a leaf is a function of."""
    if of_coordinates(leaf) or isinstance(leaf, sp.Indexed | sp.Idx):
        return []
    found = sorted(leaf.free_symbols, key=lambda one: (one.name, str(one.sort_key())))
    inner = [part for part in sp.preorder_traversal(leaf) if part != leaf and is_leaf(part)]
    base = leaf.expr if isinstance(leaf, sp.Derivative) else None  # q'(t) is no function of q(t)
    bound = {*leaf.variables} if isinstance(leaf, sp.Subs) else set()
    return [*found, *(one for one in dict.fromkeys(inner) if one != base and bound.isdisjoint(one.free_symbols))]


def user_name(symbol: Any) -> str:
    """What the user calls a symbol, or what stands for it: x', q(t)."""
    own = getattr(symbol, "own", symbol)
    return str(own.name if isinstance(own, sp.Symbol) and not isinstance(own, sp.Dummy) else own)


def own(symbol: Any) -> Any:
    """What the user has in the place of a symbol of ours; anything else as it is."""
    if isinstance(symbol, LeafSymbol):
        return symbol.own
    origin = getattr(symbol, "origin", None) if isinstance(symbol, MADE) else None
    restored = getattr(origin, "restored", None)
    return symbol if restored is None else restored(symbol)


def theirs(given: Any) -> Any:
    """Expressions, in lists, dicts and matrices, with the user's leaves and symbols in the places of ours."""
    return replaced(given, lambda part: None if (found := own(part)) is part else found)


def inner_symbol(which: Any, symbols: Iterable[Any]) -> Any:
    """The symbol of ours in whose place a user has `which`, a leaf or the name of one; anything else as it is."""
    for symbol in symbols:
        if isinstance(symbol, LeafSymbol) and (
            symbol.own == which or (isinstance(which, str) and which in (user_name(symbol), symbol.name))
        ):
            return symbol
    return which


def inner_parts(given: Any, symbols: Iterable[Any]) -> Any:
    """Lists, matrices, dicts and expressions of the user's with our symbols in the places of his leaves."""
    found = {symbol.own: symbol for symbol in symbols if isinstance(symbol, LeafSymbol)}
    return replaced(given, found.get) if found else given


def replaced(given: Any, instead: Callable[[Any], Any], memo: dict[int, tuple[Any, Any]] | None = None) -> Any:
    """What is given, in lists, dicts, matrices, with what `instead` says in the place of parts; each part once."""
    memo = {} if memo is None else memo
    if isinstance(given, Mapping) and not isinstance(given, sp.Basic):
        pairs = {replaced(one, instead, memo): replaced(value, instead, memo) for one, value in given.items()}
        return type(given)(pairs) if isinstance(given, dict) else pairs
    if isinstance(given, list | tuple | set | frozenset):
        return _remade(given, [replaced(one, instead, memo) for one in given])
    if isinstance(given, sp.MatrixBase) and not isinstance(given, sp.Basic):
        return given._new(*given.shape, [replaced(one, instead, memo) for one in given.flat()])
    if type(given).__name__ == "ndarray" and given.dtype == object:
        made = given.copy()
        made.flat = [replaced(one, instead, memo) for one in given.flat]
        return made
    return _rebuilt(given, instead, memo) if isinstance(given, sp.Basic) else given


def _remade(given: Any, parts: list[Any]) -> Any:
    if all(one is other for one, other in zip(given, parts, strict=True)):
        return given
    return type(given)(*parts) if hasattr(given, "_fields") else type(given)(parts)


def _rebuilt(expression: Any, instead: Callable[[Any], Any], memo: dict[int, tuple[Any, Any]]) -> Any:
    """An expression bottom-up, without recursion; SymPy's own walks repeat what is shared.

    memo: by id: a part, which so stays alive, and what takes its place.
    """
    stack = [expression]
    while stack:
        top = stack[-1]
        if id(top) not in memo:
            found = instead(top)
            parts = () if found is not None else top.args
            waiting = [part for part in parts if id(part) not in memo]
            if waiting:
                stack += waiting
                continue
            memo[id(top)] = top, (_with(top, [memo[id(part)][1] for part in parts]) if found is None else found)
        stack.pop()
    return memo[id(expression)][1]


def _with(part: Any, args: Sequence[Any]) -> Any:
    return part if all(one is other for one, other in zip(args, part.args, strict=True)) else part.func(*args)


def leaves_in(given: Any) -> Iterator[Any]:
    """The symbols, matrix symbols and leaves of expressions, in whichever lists, dicts and matrices they stand.

    What a leaf is made of is not looked into.
    """
    return (part for part in _parts(given) if isinstance(part, sp.Symbol | sp.MatrixSymbol) or is_leaf(part))


def bound_in(given: Any) -> set[Any]:
    """The symbols that a Lambda, a sum or an integral binds: what is a function of one is no number."""
    kinds = (sp.Lambda, ExprWithLimits, sp.Limit)
    return {one for part in _parts(given) if isinstance(part, kinds) for one in _bound(part)}


def _bound(part: Any) -> Iterable[Any]:
    found: Iterable[Any] = part.args[1:2] if isinstance(part, sp.Limit) else part.bound_symbols
    return found


def _parts(given: Any) -> Iterator[Any]:
    """Each part of expressions once, in lists, dicts and matrices; a leaf as a whole."""
    seen: dict[int, Any] = {}  # with what has the id, which so stays alive
    stack = [given]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen[id(part)] = part
            if isinstance(part, sp.Basic):
                yield part
            stack += _below(part)


def _below(part: Any) -> Iterable[Any]:
    """What a part is made of, the last first."""
    if isinstance(part, sp.MatrixSymbol):
        return tuple(part.shape)
    if isinstance(part, sp.Basic) and not isinstance(part, sp.MatrixBase):
        return () if is_leaf(part) else reversed(part.args)
    if isinstance(part, Mapping):
        return [*part.values(), *part.keys()][::-1]
    if isinstance(part, list | tuple | set | frozenset):
        return list(part)[::-1]
    if isinstance(part, sp.MatrixBase):
        return list(reversed(part.flat()))
    return list(part.flat) if type(part).__name__ == "ndarray" and part.dtype == object else ()
