"""Sums that SymPy has written out, term by term for all rows or columns of matrices, as sums over an index again.

Of a product of known size SymPy gives an entry as a sum of entries: `((r - x).T*(r - x))[0]` has a term for each row.
As one product it is a few nodes, however many rows there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

LEAST = 3
"""The rows that a matrix has at least, if sums over them are found."""
LEAST_UNLIKE = 8
"""The same where terms differ in symbols or numbers: of few of these the terms are easier to read."""
WIDEST, DEEPEST = 200_000, 50
"""The parts that a sum has at most, and how deep they stand, for it to be looked through: SymPy recurses."""

Driver = tuple[Any, int, Any]
"""A matrix, the axis along which its entries are followed, and their place along the other one."""


def rolled(added: sp.Add, known: dict[Any, Any]) -> Any | None:
    """The same with sums over an index in the place of terms that SymPy wrote out; None where there are none.

    Args:
        added: a sum.
        known: by sum that stands in others: what it has become; here this one is entered.
    """
    if not _is_small(added, known):
        return None
    terms = dict.fromkeys(term.xreplace(known) if known else term for term in added.args)
    found: dict[Any, None] = {}
    while more := _one_index(terms):
        terms |= more
        found |= more
    if not found:
        return None
    known[added] = sp.Add(*terms)
    return known[added]


def _is_small(added: sp.Add, known: dict[Any, Any]) -> bool:
    """Whether it has an entry of a matrix, and few parts, each counted wherever it stands; a known one is one part."""
    has_entry, count, stack = False, 0, [(added, 0)]
    while stack:
        part, depth = stack.pop()
        count += 1
        if count > WIDEST or depth > DEEPEST:
            return False
        if isinstance(part, MatrixElement) or (part in known and part is not added):
            has_entry = True
        else:
            stack += ((one, depth + 1) for one in part.args)
    return has_entry


@lru_cache
def _index(level: int) -> Any:
    """The index of sums that have sums in them to some depth: one for all, so that like ones are equal."""
    return sp.Dummy(f"k{level}", integer=True, nonnegative=True)


def _level(term: Any) -> int:
    """How deep sums over an index stand in a term."""
    inside = [_level(one.function) for one in term.atoms(sp.Sum)]
    return 1 + max(inside) if inside else 0


def _one_index(terms: dict[Any, None]) -> dict[Any, None]:
    """Sums over one index, in the place of terms, which are taken out."""
    sums: dict[Any, None] = {}
    for driver, places in _drivers(terms).items():
        size = int(driver[0].shape[driver[1]])
        if size >= LEAST and len(places) == size:
            total = _total(terms, places, size)
            sums |= {} if total is None else {total: None}
    return sums


def _drivers(terms: dict[Any, None]) -> dict[Driver, dict[int, list[Any]]]:
    """By what could drive a sum, and by place: the terms with that entry."""
    found: dict[Driver, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for term in terms:
        for entry in dict.fromkeys(_entries(term)):
            for axis in (0, 1):
                place = entry.args[1 + axis]
                if place.is_Integer and sp.S(entry.args[0].shape[axis]).is_Integer:
                    found[entry.args[0], axis, entry.args[2 - axis]][int(place)].append(term)
    return found


def _entries(term: Any) -> Iterator[Any]:
    seen: set[int] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            if isinstance(part, MatrixElement):
                yield part
            else:
                stack += part.args


def _total(terms: dict[Any, None], places: dict[int, list[Any]], size: int) -> Any | None:
    """A sum over an index in the place of terms, one for each place, which are taken out; None where they differ."""
    for place in range(size - 1, size - 1 - LEAST, -1):
        for term in places[place][:LEAST]:
            index = _index(_level(term))
            pattern = _pattern(term, place, size, index)
            each = (pattern.xreplace({index: sp.Integer(other)}) for other in range(size))
            owned = dict.fromkeys(takewhile(terms.__contains__, each))
            if len(owned) == size:
                return _taken(terms, owned, pattern, size, index)
    return _of_unlike(terms, places, size) if size >= LEAST_UNLIKE else None


def _taken(terms: dict[Any, None], owned: Iterable[Any], pattern: Any, size: int, index: Any) -> Any:
    for one in owned:
        del terms[one]
    return sp.Sum(pattern, (index, 0, size - 1))


def _pattern(term: Any, place: int, size: int, index: Any) -> Any:
    """A term with an index in the place of a number, wherever entries of matrices of that size have it."""
    changed = {}
    for entry in _entries(term):
        matrix, *at = entry.args
        moved = [index if one == place and along == size else one for one, along in zip(at, matrix.shape, strict=True)]
        if moved != at:
            changed[entry] = MatrixElement(matrix, *moved)
    return term.xreplace(changed)


def _of_unlike(terms: dict[Any, None], places: dict[int, list[Any]], size: int) -> Any | None:
    """The same where terms differ in symbols or numbers as well, (a - x[0])**2 and (b - x[1])**2: a column."""
    owned = [[one for one in places[place] if one in terms] for place in range(size)]
    if any(len(own) != 1 for own in owned) or len({own[0] for own in owned}) < size:
        return None
    single = [own[0] for own in owned]
    index = _index(max(map(_level, single)))
    pattern = _common([_pattern(term, place, size, index) for place, term in enumerate(single)], index)
    return None if pattern is None else _taken(terms, single, pattern, size, index)


def _common(patterns: Sequence[Any], index: Any) -> Any | None:
    """What expressions have in common, with an entry of a column where they have different symbols or numbers."""
    first = patterns[0]
    if all(one == first for one in patterns):
        return first
    if all(one.is_Symbol or one.is_Number for one in patterns):
        return MatrixElement(sp.ImmutableMatrix(patterns), index, 0)
    if not first.args or len({(one.func, len(one.args)) for one in patterns}) > 1 or isinstance(first, MatrixElement):
        return None
    parts = [_common(own, index) for own in zip(*(one.args for one in patterns), strict=True)]
    return None if None in parts else first.func(*parts)
