"""Rows that share operands: each row is what it was, nothing is left to share, and the work is in proportion."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbackprop.derivation.common_pairs import MOST, CommonPairs, Row

from ..support import deterministic

FIRST = 100_000


@st.composite
def many_rows(draw: st.DrawFn) -> list[Row]:
    signs = st.sampled_from((1, 1, -1))
    return draw(st.lists(st.dictionaries(st.integers(0, 9), signs, min_size=1, max_size=7), min_size=1, max_size=9))


def written_out(found: CommonPairs, row: Row) -> Row:
    """A row in the operands that were given, by putting in what parts stand for until there is none."""
    counts: Counter[int] = Counter(row)
    while parts := [operand for operand in counts if operand in found.parts]:
        for part in parts:
            sign = counts.pop(part)
            for operand, other in found.parts[part].items():
                counts[operand] += sign * other
    return dict(counts)


def pairs_in(row: Row, turns: bool) -> set[tuple[int, int, int, int]]:
    """The pairs of a row, as each row writes them alike."""
    found = set()
    for x, y in combinations(sorted(row), 2):
        flip = row[x] if turns or row[x] == row[y] else 1
        found.add((x, flip * row[x], y, flip * row[y]))
    return found


@pytest.mark.parametrize("turns", [True, False])
def test_each_row_is_what_it_was_and_nothing_is_left_to_share(turns: bool) -> None:
    @deterministic(200)
    @given(many_rows())
    def check(rows: list[Row]) -> None:
        found = CommonPairs(rows, FIRST, turns)
        seen: Counter[tuple[int, int, int, int]] = Counter()
        for before, after in zip(rows, found.rows, strict=True):
            alone = {operand: sign for operand, sign in before.items() if operand not in written_out(found, after)}
            assert written_out(found, after) | alone == before
            seen.update(pairs_in(after, turns))
        assert not [pair for pair, times in seen.items() if times > 1]

    check()


@pytest.mark.parametrize("turns", [True, False])
def test_a_part_is_one_that_two_rows_have(turns: bool) -> None:
    rows: list[Row] = [{1: 1, 2: 1, 3: 1}, {1: -1, 2: -1, 4: 1}, {1: 1, 2: -1}, {5: 1, 6: 1}]
    found = CommonPairs(rows, FIRST, turns)
    assert found.parts == {FIRST: {1: 1, 2: 1}}
    assert found.rows[:3] == [{FIRST: 1}, {FIRST: -1}, {1: 1, 2: -1}]


def test_a_difference_may_be_turned_round_and_a_quotient_not() -> None:
    rows: list[Row] = [{1: 1, 2: -1, 3: 1}, {1: -1, 2: 1, 4: 1}]
    assert CommonPairs(rows, FIRST, True).parts == {FIRST: {1: 1, 2: -1}}
    assert CommonPairs(rows, FIRST, False).parts == {}


# --- work ---


def beginnings(size: int) -> list[Row]:
    """Each row has one operand more than the one before."""
    count = int((2 * size) ** 0.5)
    return [dict.fromkeys(range(end), 1) for end in range(2, count)]


def two_long_ones(size: int) -> list[Row]:
    half = size // 2
    return [dict.fromkeys(range(half), 1), dict.fromkeys(range(half // 2, half + half // 2), -1)]


def windows(size: int) -> list[Row]:
    return [dict.fromkeys(range(start, start + 10), 1) for start in range(size // 10)]


def drawn(size: int) -> list[Row]:
    """Long rows of what all of them may have."""
    source = random.Random(size)
    return [dict.fromkeys(source.sample(range(size // 10), size // 20), 1) for _ in range(20)]


def commonest_first(size: int) -> list[Row]:
    source = random.Random(size)
    return [dict.fromkeys((int(size ** source.random()) for _ in range(8)), 1) for _ in range(size // 8)]


@pytest.mark.parametrize("made", [beginnings, two_long_ones, windows, drawn, commonest_first])
def test_work_is_in_proportion_to_all_operands(made: Callable[[int], list[Row]]) -> None:
    works = []
    for size in (4_000, 32_000):
        rows = made(size)
        operands = sum(map(len, rows))
        works.append(CommonPairs(rows, 10**9, True).work / operands)
    assert max(works) < 8 * MOST
    assert works[1] < 2 * works[0]


def test_beginnings_take_one_operation_for_each_row() -> None:
    rows = beginnings(5_000)
    found = CommonPairs(rows, FIRST, True)
    assert sum(len(members) - 1 for members in found.parts.values()) == len(rows) - 1
    assert [sum(one in found.parts for one in row) for row in found.rows[:-1]] == [1] * (len(rows) - 1)
