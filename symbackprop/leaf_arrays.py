"""Entries of arrays as leaves: `x[0]` of an IndexedBase, `M[0, 1]` of a matrix symbol, and whole arrays of entries.

An entry is a part of its array. Where entries are asked for by themselves, a matrix symbol that stands whole beside
them is a matrix of them from then on; where it does not, each is a symbol of ours. An IndexedBase is nothing but its
entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from operator import lt
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .errors import ParameterError, UnsupportedError
from .leaf_symbols import LeafSymbol, bound_in, inner_parts, replaced
from .named_quantities import free_name


def is_part(one: Any) -> bool:
    """Whether it is an entry of a matrix symbol."""
    return isinstance(one, MatrixElement) and isinstance(one.parent, sp.MatrixSymbol)


def listed(given: Any) -> Iterator[Any]:
    """What stands by itself in lists and matrices, and as a key of a dict."""
    if isinstance(given, sp.MatrixBase | list | tuple | sp.Tuple | set | frozenset | Mapping):
        for one in given:
            yield from listed(one)
    elif given is not None:
        yield given


def pieces(given: Any) -> Iterator[Any]:
    """The symbols, arrays and entries in expressions, lists, dicts and matrices; an entry as a whole."""
    seen: dict[int, Any] = {}  # with what has the id, which so stays alive
    stack = [given]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if is_part(part) or isinstance(part, sp.Indexed | sp.IndexedBase | sp.Symbol | sp.MatrixSymbol):
            yield part
        elif isinstance(part, Mapping) and not isinstance(part, sp.Basic):
            stack += [*part.values(), *part.keys()]
        elif isinstance(part, sp.MatrixBase):
            stack += part.flat()
        elif isinstance(part, list | tuple | set | frozenset):
            stack += part
        elif isinstance(part, sp.Basic):
            stack += part.args


# --- matrix symbols ---


def leaves_of_matrices(asked: Any, others: Any, every: bool = False) -> dict[Any, Any]:
    """By entry of a matrix symbol, or by that: what stands in its place, as entries by themselves are asked for.

    Args:
        asked: what is differentiated by, or is an argument.
        others: what else is given.
        every: whether entries with an index that is a symbol are leaves as well, where nobody asks for them.

    Raises:
        UnsupportedError: a matrix of unknown size stands whole beside its entries.
    """
    found = [*pieces([asked, others])]
    parts = list(dict.fromkeys(one for one in found if is_part(one)))
    own = [one for one in listed(asked) if is_part(one)]
    bound = bound_in([asked, others])
    unasked = [one for one in parts if every and _is_free(one, bound)]
    taken = {one.name for one in found if isinstance(one, sp.Symbol | sp.MatrixSymbol)}
    within = {one.parent if is_part(one) else one for one in pieces(others)}
    instead: dict[Any, Any] = {}
    for matrix in dict.fromkeys(one.parent for one in (*own, *unasked) if one.parent in within):
        counted = any(not bound.isdisjoint(_indices(one)) for one in parts if one.parent == matrix)  # by a sum
        if matrix not in found and not counted:
            instead |= {one: _leaf(one, taken) for one in parts if one.parent == matrix}
        elif any(one.parent == matrix for one in own):
            here = [one for one in own if one.parent == matrix]
            is_open = any(is_part(one) and one.parent == matrix and _is_free(one, bound) for one in pieces(others))
            instead[matrix] = _of_entries(matrix, taken, here, is_open)
    return instead


def _is_free(entry: Any, bound: set[Any]) -> bool:
    """Whether an entry has an index that is a symbol, which no sum counts."""
    return bool(_indices(entry)) and bound.isdisjoint(_indices(entry))


def _indices(entry: Any) -> set[Any]:
    return {one for place in entry.args[1:] for one in place.free_symbols}


def _leaf(entry: Any, taken: set[str]) -> LeafSymbol:
    name = free_name(_name(entry.parent.name, entry.args[1:]), taken)
    taken.add(name)
    return LeafSymbol(name, entry)


def _name(label: str, places: Iterable[Any]) -> str:
    return re.sub(r"\W+", "_", "_".join([label, *(str(one).replace("-", "minus ") for one in places)]))


def _of_entries(matrix: Any, taken: set[str], asked: list[Any], is_open: bool) -> Any:
    """A matrix of leaves in the place of one that stands whole.

    is_open: whether other entries have indices that are symbols.
    """
    entry = next((one for one in asked if _indices(one)), asked[0])
    if is_open or (_indices(entry) and len(asked) > 1):
        raise UnsupportedError(
            f"{matrix.name} stands whole beside entries of it with an index that is a symbol, and which these are is "
            "not known: put numbers in the place of the indices"
        )
    if not all(size.is_Integer for size in matrix.shape) or _indices(entry):
        places = ", ".join(map(str, entry.args[1:]))
        raise UnsupportedError(
            f"{entry} is asked for by itself, and {matrix.name} stands whole beside it: take that entry of the "
            f"derivative by {matrix.name}, sb.derive(..., [{matrix.name}]).expand({matrix.name})[{places}]"
        )
    rows, columns = map(int, matrix.shape)
    return sp.ImmutableMatrix(rows, columns, [_leaf(matrix[i, j], taken) for i in range(rows) for j in range(columns)])


# --- IndexedBase ---


def entries_of_base(base: Any, around: Any) -> Any:
    """The entries of an IndexedBase in nested lists: as many as its shape says, or the highest indices around it.

    Raises:
        ParameterError: there is no index that tells how many there are.
        UnsupportedError: it stands with an index that is a symbol.
    """
    used = [one for one in pieces(around) if isinstance(one, sp.Indexed) and one.base.label == base.label]
    for one in used:
        if not all(index.is_Integer and index >= 0 for index in one.indices):
            raise UnsupportedError(
                f"{base} stands with the index of {one}, and how many entries it has is not known: name the entry "
                f"itself, {one}, or put a number in the place of the index"
            )
    is_sized = bool(base.shape) and all(sp.S(size).is_Integer for size in base.shape)
    shape = base.shape if is_sized else tuple(1 + max(own) for own in zip(*(one.indices for one in used), strict=False))
    if not shape:
        raise ParameterError(
            f"how many entries {base} has is not known: name them, [{base}[0], {base}[1]], or give it a shape, "
            f"IndexedBase('{base}', shape=(2,))"
        )
    return _nested(base, [range(int(size)) for size in shape])


def _nested(base: Any, ranges: list[range], before: tuple[int, ...] = ()) -> Any:
    if not ranges:
        return base[before]
    return [_nested(base, ranges[1:], (*before, place)) for place in ranges[0]]


# --- arrays of values ---


Arrays = Mapping[str, tuple[Any, Mapping[tuple[int, ...], str]]]
"""By the name of an array: itself, and by place the name of the symbol that stands for that entry."""


def whole_arrays(symbols: Iterable[Any]) -> Arrays:
    """The arrays of which symbols are entries."""
    found: dict[str, tuple[Any, dict[tuple[int, ...], str]]] = {}
    for symbol in symbols:
        own: Any = symbol.own if isinstance(symbol, LeafSymbol) else None
        if isinstance(own, sp.Indexed) or is_part(own):
            places = own.indices if isinstance(own, sp.Indexed) else own.args[1:]
            array = own.base if isinstance(own, sp.Indexed) else own.parent
            if all(place.is_Integer for place in places):
                known = found.setdefault(str(getattr(array, "label", array)), (array, {}))[1]
                known[tuple(map(int, places))] = symbol.name
    return found


def tables(symbols: Iterable[Any]) -> dict[Any, Any]:
    """By array: the symbols of its entries, in nested lists or, of a matrix symbol, in a matrix."""
    symbols = [*symbols]
    taken = {symbol.name for symbol in symbols}
    known = {symbol.own: symbol for symbol in symbols if isinstance(symbol, LeafSymbol)}
    found: dict[Any, Any] = {}
    for array, _ in whole_arrays(symbols).values():
        if isinstance(array, sp.MatrixSymbol):
            sized = map(range, map(int, array.shape))
            entries = [known.get(array[place]) or _leaf(array[place], taken) for place in product(*sized)]
            found[array] = sp.ImmutableMatrix(*array.shape, entries)
        else:
            found[array] = _known(entries_of_base(array, [*known]), known, taken)
    return found


def _known(entries: Any, known: Mapping[Any, Any], taken: set[str]) -> Any:
    """Symbols in the place of entries in nested lists; one of its own for an entry that occurs nowhere."""
    if isinstance(entries, list):
        return [_known(one, known, taken) for one in entries]
    if entries not in known:
        name = free_name(_name(str(entries.base), entries.indices), taken)
        taken.add(name)
        return LeafSymbol(name, entries)
    return known[entries]


def inner_arguments(given: Any, symbols: Iterable[Any]) -> Any:
    """Arguments of a function with symbols in the place of leaves, and lists or matrices of these in that of arrays."""
    symbols = [*symbols]
    if given is None or not whole_arrays(symbols):
        return inner_parts(given, symbols)
    whole = replaced([given], tables(symbols).get)
    return inner_parts(whole if isinstance(given, sp.Basic) and isinstance(whole[0], list) else whole[0], symbols)


def inner_batch(batch: Any, symbols: Iterable[Any]) -> Any:
    """What has samples, with the entries of an array in its place."""
    arrays = whole_arrays(symbols)
    if batch is None or not arrays:
        return inner_parts(batch, symbols)
    items = batch if isinstance(batch, list | tuple | set | frozenset) else [batch]
    names = [str(getattr(one, "label", getattr(one, "name", one))) for one in items]
    whole = [[*arrays[name][1].values()] if name in arrays else [one] for name, one in zip(names, items, strict=True)]
    return inner_parts([one for own in whole for one in own], symbols)


def named_entries(named: Mapping[str, Any], arrays: Arrays, batch: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Values by name, with those of its entries in the place of a whole array's.

    An array of an IndexedBase has its indices first, as `lambdify` unpacks a list; where its entries have samples, and
    of a matrix, they come last.

    Raises:
        ParameterError: an array has not the shape that its entries ask for.
    """
    found: dict[str, Any] = {}
    for name, value in named.items():
        array, places = arrays.get(name, (None, {}))
        own = _entries_of(value, name, array, places, batch) if places else {name: value}
        twice = [one for one in own if one in found or (places and one in named)]
        if twice:
            raise ParameterError(f"{twice[0]} is given twice, by itself and as an entry of {name}")
        found |= own
    return found


def _entries_of(
    value: Any, name: str, array: Any, places: Mapping[tuple[int, ...], str], batch: frozenset[str]
) -> dict[str, Any]:
    values: Any = value if hasattr(value, "ndim") else np.asarray(value)
    rank = len(next(iter(places)))
    sized = tuple(getattr(array, "shape", None) or ())
    is_whole = bool(sized) and all(sp.S(size).is_Integer for size in sized)
    wanted = tuple(map(int, sized)) if is_whole else tuple(1 + max(own) for own in zip(*places, strict=True))
    is_matrix = isinstance(array, sp.MatrixSymbol)
    if is_matrix and is_whole and 1 in wanted and values.shape[-1:] == (max(wanted),) != wanted[1:]:
        values = values.reshape(*values.shape[:-1], *wanted)  # a flat column
    is_last = is_matrix or not batch.isdisjoint(places.values())
    shape = values.shape[max(values.ndim - rank, 0) :] if is_last else values.shape[:rank]
    if values.ndim < rank or (shape != wanted if is_whole else any(map(lt, shape, wanted))):
        told = ", ".join(["..."] * is_last + [*map(str, wanted)] + ["..."] * (not is_last))
        raise ParameterError(f"{name} has shape {values.shape}, expected ({told})" + " at least" * (not is_whole))
    return {own: values[(..., *place) if is_last else place] for place, own in places.items()}
