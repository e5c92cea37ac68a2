"""A layered layout: which column a box stands in, in what order, and how high.

Layered layout is a solved problem, and libraries of it were looked at: grandalf, pure Python, is under the GPL and has
had no release since 2023; igraph and fast-sugiyama are compiled, megabytes beside a package that needs SymPy and NumPy
alone; and a picture should come of a plain installation. What is drawn here is small, has no cycles and comes in the
order that it is computed in, so that of the usual four steps two fall away and the others are a few lines each.

Sources: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures", IEEE
Transactions on Systems, Man, and Cybernetics 11 (1981): layers by the longest way, bends in the layers between, order
by barycentres. Heights are a least-squares fit under an order, by pooling adjacent violators: Ayer, Brunk, Ewing, Reid
and Silverman, "An empirical distribution function for sampling with incomplete information", Annals of Mathematical
Statistics 26 (1955).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

Hops = Sequence[tuple[int, int]]
"""From one stop to one in the next column."""

SWEEPS = 8
"""How often order and heights are improved, forwards and backwards by turns."""


def columns_of(count: int, links: Hops, late: set[int]) -> list[int]:
    """The column of each item: behind all that lead to it; what is `late`, right before the first that it leads to.

    links: from items to later ones, by number.
    """
    columns = [0] * count
    for start, end in sorted(links):
        columns[end] = max(columns[end], columns[start] + 1)
    for start in sorted(late, reverse=True):
        columns[start] = min((columns[end] - 1 for one, end in links if one == start), default=columns[start])
    return columns


def ordered(columns: Sequence[Sequence[int]], hops: Hops) -> list[list[int]]:
    """The columns in an order with fewer crossings; where none of them is saved, in the order given."""
    best = [list(column) for column in columns]
    fewest, now = _crossings(best, hops), best
    for sweep in range(SWEEPS):
        now = _swept([list(column) for column in now], hops, backwards=bool(sweep % 2))
        crossings = _crossings(now, hops)
        if crossings < fewest:
            best, fewest = now, crossings
    return best


def _swept(columns: list[list[int]], hops: Hops, backwards: bool) -> list[list[int]]:
    """One column after the other sorted by where its neighbours in the one before stand on average."""
    beside: dict[int, list[int]] = {}
    for start, end in hops:
        one, other = (start, end) if backwards else (end, start)
        beside.setdefault(one, []).append(other)
    order = range(len(columns) - 2, -1, -1) if backwards else range(1, len(columns))
    for place in order:
        heights = _shares(columns[place + 1 if backwards else place - 1])
        own = _shares(columns[place])
        columns[place].sort(key=lambda stop: _mean([heights[one] for one in beside.get(stop, ())], own[stop]))
    return columns


def _shares(column: Sequence[int]) -> dict[int, float]:
    """How far down in its column each stands, from 0 to 1."""
    return {stop: (number + 0.5) / len(column) for number, stop in enumerate(column)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(columns: Sequence[Sequence[int]], hops: Hops) -> int:
    """How many pairs of hops cross."""
    column = {stop: number for number, stops in enumerate(columns) for stop in stops}
    height = {stop: number for stops in columns for number, stop in enumerate(stops)}
    found = 0
    for number in range(len(columns) - 1):
        pairs = [(height[start], height[end]) for start, end in hops if column[start] == number]
        found += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(pairs, 2))
    return found


# --- heights ---


def heights_of(
    columns: Sequence[Sequence[int]], hops: Hops, sizes: Mapping[int, tuple[float, float]], ports: Mapping[int, float]
) -> dict[int, float]:
    """How far down each stop is, so that hops are as level as the order allows.

    Args:
        columns: in their order.
        hops: between neighbouring columns.
        sizes: how much room each stop takes above and below.
        ports: how far below a stop its hops leave it; they arrive at the stop itself.
    """
    gaps = [[sizes[one][1] + sizes[other][0] for one, other in pairwise(column)] for column in columns]
    heights: dict[int, float] = {}
    for column, apart in zip(columns, gaps, strict=True):
        heights.update(zip(column, _centred(fitted([0.0] * len(column), apart)), strict=True))
    for sweep in range(SWEEPS):
        order = range(len(columns)) if sweep % 2 == 0 else range(len(columns) - 1, -1, -1)
        for place in order:
            wanted = [_wanted(stop, hops, heights, ports) for stop in columns[place]]
            heights.update(zip(columns[place], fitted(wanted, gaps[place]), strict=True))
    return heights


def _wanted(stop: int, hops: Hops, heights: Mapping[int, float], ports: Mapping[int, float]) -> float:
    """Where the hops of a stop would be level on average."""
    before = [heights[start] + ports[start] for start, end in hops if end == stop]
    behind = [heights[end] - ports[stop] for start, end in hops if start == stop]
    sides = [sum(side) / len(side) for side in (before, behind) if side]
    return _mean(sides, heights[stop])


def _centred(heights: Sequence[float]) -> list[float]:
    middle = (heights[0] + heights[-1]) / 2
    return [height - middle for height in heights]


def fitted(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in the sense of least squares, with at least such gaps between them."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        mean, count = place - offset, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        pools.append((mean, count))
    level = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(level, offsets, strict=True)]
