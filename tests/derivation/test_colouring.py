"""Colours, against what they are by definition, tried out one by one, and against bounds that are known."""

from __future__ import annotations

import random
from itertools import combinations, pairwise, permutations, product

import pytest

from symbackprop.derivation.colouring import column_colours, row_colours, star_colours, star_readings

Place = tuple[int, int]


def some_pattern(seed: int, rows: int, columns: int, share: float) -> list[Place]:
    draw = random.Random(seed)
    return [place for place in product(range(rows), range(columns)) if draw.random() < share]


def some_graph(seed: int, size: int, share: float) -> list[Place]:
    return [(i, j) for i, j in some_pattern(seed, size, size, share) if i >= j]


@pytest.mark.parametrize("seed", range(20))
def test_no_row_has_two_columns_of_one_colour(seed: int) -> None:
    pattern = some_pattern(seed, 12, 9, 0.05 + 0.02 * seed)
    colours = column_colours(pattern, 9)
    for (row, column), (other_row, other) in combinations(pattern, 2):
        assert row != other_row or colours[column] != colours[other]
    assert max(colours) + 1 >= max((sum(row == i for row, _ in pattern) for i in range(12)), default=1)
    by_rows = row_colours(pattern, 12)
    for (row, column), (other, other_column) in combinations(pattern, 2):
        assert column != other_column or by_rows[row] != by_rows[other]


def is_star(pattern: list[Place], colours: list[int]) -> bool:
    """Neighbours differ, and no path of four vertices has two colours: every path there is is tried."""
    edges = {frozenset(place) for place in pattern if place[0] != place[1]}
    if any(colours[i] == colours[j] for i, j in map(tuple, edges)):
        return False
    paths = (
        path
        for path in permutations(range(len(colours)), 4)
        if all(frozenset(pair) in edges for pair in pairwise(path))
    )
    return all(len({colours[vertex] for vertex in path}) > 2 for path in paths)


@pytest.mark.parametrize("seed", range(20))
def test_star_colours_are_such_by_definition(seed: int) -> None:
    pattern = some_graph(seed, 8, 0.1 + 0.03 * seed)
    assert is_star(pattern, star_colours(pattern, 8))


@pytest.mark.parametrize("seed", range(20))
def test_each_entry_is_read_where_it_stands_by_itself(seed: int) -> None:
    """A symmetric matrix of primes, times zeros and ones: each entry is found again as it is."""
    size = 10
    pattern = some_graph(seed, size, 0.05 + 0.04 * seed)
    entries = {place: 3.0 + 2 * number for number, place in enumerate(pattern)}
    full = [[entries.get((max(i, j), min(i, j)), 0.0) for j in range(size)] for i in range(size)]
    colours = star_colours(pattern, size)
    products = {
        (row, colour): sum(full[row][column] for column in range(size) if colours[column] == colour)
        for row in range(size)
        for colour in set(colours)
    }
    for place, (row, colour) in star_readings(pattern, colours).items():
        assert products[row, colour] == entries[place]


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_band_takes_as_many_colours_as_it_is_wide(width: int) -> None:
    pattern = [(row, row + place) for row in range(30) for place in range(width)]
    assert max(column_colours(pattern, 30 + width)) + 1 == width


def test_known_numbers_of_colours() -> None:
    arrow = [(i, i) for i in range(12)] + [(i, 0) for i in range(1, 12)]
    assert max(star_colours(arrow, 12)) + 1 == 2
    both = arrow + [(0, i) for i in range(1, 12)]
    assert star_colours(both, 12) == star_colours(arrow, 12)  # one side of the diagonal says it all
    assert max(column_colours(both, 12)) + 1 == 12  # which is what a symmetric matrix saves
    assert set(star_colours([(i, i) for i in range(9)], 9)) == {0}
    assert max(star_colours([(i + 1, i) for i in range(20)], 21)) + 1 == 3  # a path
    assert max(star_colours([(i, j) for i in range(6) for j in range(i)], 6)) + 1 == 6  # all neighbours
    assert column_colours([], 3) == star_colours([], 3) == [0, 0, 0]
    assert column_colours([], 0) == []


def test_a_colouring_that_is_no_star_is_told_from_one_that_is() -> None:
    path = [(1, 0), (2, 1), (3, 2)]
    assert not is_star(path, [0, 1, 0, 1])
    assert is_star(path, [0, 1, 0, 2])
