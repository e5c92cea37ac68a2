"""What rows of operands have in common, found once: the parts that several sums, or several products, share.

A row stands for one sum or product, its operands with 1 or -1 each: added or taken off, above the line or below it.
First, operands that stand in the very same rows become one part, told by a fingerprint of these rows, so that sums of
ever more terms share all their beginnings in one go. Then the pair of operands that the most rows have becomes one
part, again and again, while two rows have one (the greedy choice of Hosangadi, Fallah and Kastner, "Optimizing
polynomial expressions by algebraic factorization and common subexpression elimination", IEEE Transactions on CAD 25
(2006), on operands in the place of bits). Of a row with more than `MOST` operands that others have too, only those are
tried together that stand near each other when the commonest come first: so each row takes its length times a constant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice

Row = dict[int, int]
"""By operand, a number: 1 or -1."""

Pair = tuple[int, int, int, int]
"""An operand and its sign, a later operand and its sign."""

MOST = 24
"""Operands of a row that one is tried with."""

_PRIME = (1 << 127) - 1


class CommonPairs:
    """Rows, rewritten until no two share a pair of operands that is tried.

    Attributes:
        rows: by place, those of its operands that others have too; each shrinks as its operands become one.
        parts: by new operand: the operands, with signs, that it stands for.
        work: how many pairs and places have been looked at.
    """

    def __init__(self, rows: Sequence[Row], first: int, turns: bool) -> None:
        """Take over the rows, and find what they share.

        Args:
            rows: in an order that is the same on every run, as that of their operands is.
            first: the number of the first new operand.
            turns: whether a part may stand with its sign turned round, as y - x may for x - y: in sums, not in
                quotients.
        """
        self.turns, self.work = turns, 0
        self.parts: dict[int, Row] = {}
        self._next = first
        times = Counter(operand for row in rows for operand in row)
        self.rows = [{operand: sign for operand, sign in row.items() if times[operand] > 1} for row in rows]
        self._alone = [len(row) - len(shared) for row, shared in zip(rows, self.rows, strict=True)]
        self._holders: defaultdict[int, Row] = defaultdict(dict)  # by operand: its sign in each row that has it
        for place, row in enumerate(self.rows):
            for operand, sign in row.items():
                self._holders[operand][place] = sign
        self._join_inseparable()
        self._join_pairs()

    # --- operands of the same rows ---

    def _join_inseparable(self) -> None:
        marks = _marks(len(self.rows))
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for operand, rows in self._holders.items():
            groups[self._fingerprint(rows, marks)].append(operand)
        waiting = list(groups)
        while waiting:
            key = waiting.pop()
            alike = self._alike(groups[key])
            if len(alike) > 1:
                groups[key] = [operand for operand in groups[key] if operand not in alike]
                part = self._joined(alike)
                if len(self._holders[part]) > 1:
                    found = self._fingerprint(self._holders[part], marks)
                    groups[found].append(part)
                    waiting.append(found)

    def _fingerprint(self, rows: Row, marks: Sequence[int]) -> int:
        """A number that is the same for the same rows, nearly always another one for others."""
        self.work += len(rows)
        found = sum(sign * marks[place] for place, sign in rows.items()) % _PRIME
        return min(found, _PRIME - found) if self.turns else found

    def _alike(self, members: Sequence[int]) -> Row:
        """Of operands with one fingerprint those that stand in the rows of the first, with their sign beside it."""
        alike: Row = {}
        if len(members) > 1:
            first = self._holders[members[0]]
            turned = {place: -sign for place, sign in first.items()} if self.turns else None
            for operand in members:
                rows = self._holders[operand]
                self.work += len(rows)
                if rows in (first, turned):
                    alike[operand] = 1 if rows == first else -1
        return alike

    # --- pairs ---

    def _join_pairs(self) -> None:
        counts = Counter(pair for row in self.rows if len(row) > 1 for pair in self._pairs_of(row))
        heap = [(-count, pair) for pair, count in counts.items() if count > 1]
        heapify(heap)
        while heap:
            count, pair = heappop(heap)
            places = self._places(pair)
            if len(places) < -count:  # others have taken some of its rows since
                if len(places) > 1:
                    heappush(heap, (-len(places), pair))
                continue
            first, sign, second, other = pair
            part = self._joined({first: sign, second: other}, places)
            for found, times in self._pairs_with(part).items():
                if times > 1:
                    heappush(heap, (-times, found))

    def _pairs_of(self, row: Row) -> Iterator[Pair]:
        holders = self._holders
        shared = [operand for operand in row if len(holders[operand]) > 1]
        if len(shared) > MOST:
            shared.sort(key=lambda operand: (-len(holders[operand]), operand))
        for place, operand in enumerate(shared):
            near = shared[place + 1 : place + MOST]
            self.work += len(near)
            yield from (self._pair(row, operand, other) for other in near)

    def _pairs_with(self, part: int) -> Counter[Pair]:
        counts: Counter[Pair] = Counter()
        for place in self._holders[part]:
            row = self.rows[place]
            near = [operand for operand in islice(row, MOST) if operand != part]
            self.work += len(near)
            counts.update([self._pair(row, part, other) for other in near])
        return counts

    def _pair(self, row: Row, x: int, y: int) -> Pair:
        """A pair as all rows write it that have it: with signs turned round where these may be."""
        first, second = (x, y) if x < y else (y, x)
        sign, other = row[first], row[second]
        if sign < 0 and (self.turns or sign == other):
            return first, 1, second, -other
        return first, sign, second, other

    def _places(self, pair: Pair) -> Row:
        """The rows that have a pair, and the sign of it there."""
        first, sign, second, _ = pair
        fewer, more = sorted((self._holders[first], self._holders[second]), key=len)
        self.work += len(fewer)
        rows = {place: self.rows[place] for place in fewer if place in more}
        return {place: sign * row[first] for place, row in rows.items() if self._pair(row, first, second) == pair}

    # --- parts ---

    def _joined(self, members: Row, places: Row | None = None) -> int:
        """A new operand in the place of others, in some rows with a sign each: by default where the first one is."""
        holders, part = self._holders, self._next
        self._next += 1
        for place, sign in (dict(holders[next(iter(members))]) if places is None else places).items():
            row = self.rows[place]
            for operand in members:
                del row[operand], holders[operand][place]
            row[part] = sign
            if len(row) + self._alone[place] > 1:  # else the part is all of it
                holders[part][place] = sign
        self.parts[part] = members
        return part


def _marks(count: int) -> list[int]:
    """Numbers without a pattern, always the same: powers of a root modulo a prime."""
    found = [3**40]
    for _ in range(count):
        found.append(found[-1] * 3**41 % _PRIME)
    return found
