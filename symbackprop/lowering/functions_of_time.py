"""Undefined functions, q(t) of `dynamicsymbols`, and their derivatives: which symbols are to stand in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from ..named_quantities import free_name
from .symbol_search import weight


def is_of_time(piece: Any) -> bool:
    """Whether it is an undefined function, or a derivative of one, which `doit` leaves as it is."""
    return isinstance(piece.expr if isinstance(piece, sp.Derivative) else piece, AppliedUndef)


def first_functions(given: Any) -> Iterator[Any]:
    """The items of nested lists and matrices that are such functions or derivatives, in their order."""
    if isinstance(given, sp.MatrixBase | list | tuple | sp.Tuple):
        for one in given:
            yield from first_functions(one)
    elif isinstance(given, sp.Basic) and is_of_time(given):
        yield given


def has_functions(expression: Any) -> bool:
    """Whether an undefined function stands in an expression."""
    return any(isinstance(part, AppliedUndef) for part in _parts(expression))


def in_symbols(piece: Any, around: Any) -> str:
    """What to do: a symbol in the place of every function and derivative there is, the highest derivative first.

    SymPy's `subs` takes them in that order as well; whoever replaces q(t) alone leaves derivatives of a symbol.
    """
    found = _pieces(around)
    whole = ", ".join(f"{_text(one)}: Symbol({name!r})" for one, name in _named(found, around))
    if len(found) == 1 and not isinstance(piece, sp.Derivative):
        return f"it is an undefined function; put a symbol, or what it stands for, in its place: .subs({{{whole}}})"
    what = "it stays a derivative" if isinstance(piece, sp.Derivative) else "it is an undefined function"
    return f"{what}; put symbols in the place of all of these at once: .subs({{{whole}}})"


def _text(one: Any) -> str:
    """It as SymPy prints it; its name, if that would take long."""
    return str(one) if weight(one) <= 200 else f"{one.func.__name__}(...)"


def _pieces(around: Any) -> list[Any]:
    """All undefined functions and derivatives of them, the highest first, each behind those that it is part of."""
    found = {part for part in _parts(around) if is_of_time(part) and not part.has(sp.Dummy)}
    found |= {part.expr for part in found if isinstance(part, sp.Derivative)}
    return sorted(found, key=lambda one: (-_order(one), -_depth(one), _text(one)))


def _order(one: Any) -> int:
    return int(one.derivative_count) if isinstance(one, sp.Derivative) and one.derivative_count.is_Integer else 0


def _depth(one: Any) -> int:
    return sum(isinstance(part, AppliedUndef) for part in _parts(one))


def _named(pieces: list[Any], around: Any) -> Iterator[tuple[Any, str]]:
    """Each with a name that nothing else has: q_tt, q_t, q."""
    taken = {part.name for part in _parts(around) if isinstance(part, sp.Symbol | sp.MatrixSymbol)}
    names = {}
    for one in reversed(pieces):  # functions first, that they keep their own names
        names[one] = free_name(_name(one), taken)
        taken.add(names[one])
    yield from ((one, names[one]) for one in pieces)


def _name(one: Any) -> str:
    if not isinstance(one, sp.Derivative):
        return str(one.func.__name__)
    times = "".join(str(by) * int(count) if count.is_Integer else f"{by}{count}" for by, count in one.variable_count)
    return f"{one.expr.func.__name__}_{times}"


def _parts(given: Any) -> Iterator[Any]:
    """Each part of expressions once, in whichever lists, matrices and dicts they stand."""
    seen: set[int] = set()
    stack = [given]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, sp.Basic):
            yield part
        if isinstance(part, Mapping):
            stack += [*part.keys(), *part.values()]
        elif isinstance(part, sp.MatrixBase):
            stack += part.flat()
        else:
            stack += part if isinstance(part, list | tuple) else getattr(part, "args", ())
