"""Colours of columns that a sparse matrix can be told apart by, where it is only known times vectors.

Columns of one colour are added up in one product with a vector of zeros and ones. Where no row has two entries of one
colour, each entry stands by itself in such a product: Curtis, Powell and Reid, "On the estimation of sparse Jacobian
matrices" (1974). A symmetric matrix needs fewer colours: an entry may be read in its row or in its column. That every
one can be read in one of both is what a star colouring of its graph says, in which neighbours differ and every path of
four vertices has three colours: Coleman and More, "Estimation of sparse Hessian matrices and graph coloring problems"
(1984). Both are greedy here, in Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for
computing derivatives" (2005), sections 3 and 4: vertices come in their own order, or those with many neighbours first,
whichever takes fewer colours, and each gets the first colour that is free.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

Place = tuple[int, ...]
"""Row and column, from 0."""


def column_colours(pattern: Iterable[Place], columns: int) -> list[int]:
    """A colour for each column, from 0, so that no row has two entries whose columns have one colour.

    Args:
        pattern: the places that are not 0.
        columns: how many there are. One that is empty has colour 0.
    """
    in_row, in_column = _lines(pattern, columns)

    def taken(column: int, colours: Sequence[int]) -> set[int]:
        return {colours[other] for row in in_column[column] for other in in_row[row]}

    return _greedy(in_column, taken)


def row_colours(pattern: Iterable[Place], rows: int) -> list[int]:
    """A colour for each row, from 0, so that no column has two entries whose rows have one colour."""
    return column_colours(((column, row) for row, column in pattern), rows)


def star_colours(pattern: Iterable[Place], size: int) -> list[int]:
    """A colour for each row and column of a symmetric matrix, from 0, by which all entries can be told apart.

    Args:
        pattern: the places that are not 0, on one side of the diagonal or on both.
        size: rows, or columns.
    """
    near = _neighbours(pattern, size)

    def taken(vertex: int, colours: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for other in near[vertex]:
            _forbid(found, vertex, other, near, colours)
        return found

    return _greedy(near, taken)


def _greedy(lines: Sequence[Collection[int]], taken: Callable[[int, Sequence[int]], set[int]]) -> list[int]:
    """The first colour that is not taken for each vertex, in the better one of two orders."""
    fullest_first = sorted(range(len(lines)), key=lambda place: -len(lines[place]))
    found = []
    for order in (range(len(lines)), fullest_first):
        colours = [-1] * len(lines)
        for vertex in order:
            colours[vertex] = _first_free(taken(vertex, colours))
        found.append(colours)
    return min(found, key=lambda colours: max(colours, default=-1))


def _forbid(taken: set[int], vertex: int, other: int, near: Sequence[Collection[int]], colours: Sequence[int]) -> None:
    """Add the colours that one neighbour keeps from a vertex: Algorithm 4.1 of Gebremedhin, Manne and Pothen."""
    own = colours[other]
    taken.add(own)
    for third in near[other]:
        if third == vertex or colours[third] < 0:
            continue
        if own < 0 or any(fourth != other and colours[fourth] == own for fourth in near[third]):
            taken.add(colours[third])


def star_readings(pattern: Iterable[Place], colours: Sequence[int]) -> dict[Place, Place]:
    """By place of a symmetric matrix: at which row of the product with which colour its entry stands by itself."""
    pattern = list(pattern)
    near = _neighbours(pattern, len(colours))
    times: list[dict[int, int]] = []
    for vertex, others in enumerate(near):
        seen = {colours[vertex]: 1}
        for other in others:
            seen[colours[other]] = seen.get(colours[other], 0) + 1
        times.append(seen)
    return {
        (row, column): (row, colours[column]) if times[row][colours[column]] == 1 else (column, colours[row])
        for row, column in pattern
    }


def _lines(pattern: Iterable[Place], columns: int) -> tuple[dict[int, list[int]], list[list[int]]]:
    """The columns of each row, and the rows of each column."""
    in_row: dict[int, list[int]] = {}
    in_column: list[list[int]] = [[] for _ in range(columns)]
    for row, column in pattern:
        in_row.setdefault(row, []).append(column)
        in_column[column].append(row)
    return in_row, in_column


def _neighbours(pattern: Iterable[Place], size: int) -> list[dict[int, None]]:
    near: list[dict[int, None]] = [{} for _ in range(size)]
    for row, column in pattern:
        if row != column:
            near[row][column] = None
            near[column][row] = None
    return near


def _first_free(taken: set[int]) -> int:
    colour = 0
    while colour in taken:
        colour += 1
    return colour
