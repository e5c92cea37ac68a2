"""What rows of operands have in common, found once: the parts that several sums, or several products, share.

A row stands for one sum or product, its operands with 1 or -1 each: added or taken off, above the line or below it.
First, operands that stand in the very same rows become one part, told by a fingerprint of these rows, so that sums of
ever more terms share all their beginnings in one go. Then the pair of operands that the most rows have becomes one
part, again and again, while two rows have one (the greedy choice of Hosangadi, Fallah and Kastner, "Optimizing
polynomial expressions by algebraic factorization and common subexpression elimination", IEEE Transactions on CAD 25
(2006), on operands in the place of bits). Of rows with more than `MOST` operands that others have too, those next to
each other are tried: each row takes its time times a constant. Nothing here goes by hashes that differ between runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice

Row = dict[int, int]
"""By operand, a number: 1 or -1."""

Pair = tuple[int, int, int, int]
"""Two operands in order, each with its sign."""

MOST = 24
"""Operands of a row that are tried with each other."""

_PRIME = (1 << 127) - 1


class CommonPairs:
    """Rows, rewritten until no two share a pair of operands.

    Attributes:
        rows: by place, those of its operands that others have too; each shrinks as its operands become one.
        parts: by new operand: the operands, with signs, that it stands for.
        work: how many pairs and operands have been looked at.
    """

    def __init__(self, rows: Sequence[Row], first: int, turns: bool) -> None:
        """Take over the rows.

        Args:
            rows: of which none is empty.
            first: the number of the first new operand.
            turns: whether a part may stand with its sign turned round, as y - x may for x - y: in sums, not in
                quotients.
        """
        self.turns = turns
        self.parts: dict[int, Row] = {}
        self.work = 0
        self._next = first
        times = Counter(operand for row in rows for operand in row)
        self.rows = [{operand: sign for operand, sign in row.items() if times[operand] > 1} for row in rows]
        self._alone = [len(row) - len(shared) for row, shared in zip(rows, self.rows, strict=True)]
        self._holders: defaultdict[int, Row] = defaultdict(dict)  # by operand: its sign in each row that has it
        for place, row in enumerate(self.rows):
            for operand, sign in row.items():
                self._holders[operand][place] = sign

    def find(self) -> None:
        """Make parts of all that is shared."""
        self._join_inseparable()
        self._join_pairs()

    # --- operands of the same rows ---

    def _join_inseparable(self) -> None:
        prints = {operand: self._fingerprint(rows) for operand, rows in self._holders.items() if rows}
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for operand, found in prints.items():
            groups[self._key(found)].append(operand)
        waiting = list(groups)
        while waiting:
            key = waiting.pop()
            alike = self._alike(groups[key])
            if len(alike) > 1:
                groups[key] = [operand for operand in groups[key] if operand not in alike]
                part = self._joined(alike)
                if len(self._holders[part]) > 1:
                    key = self._key(self._fingerprint(self._holders[part]))
                    groups[key].append(part)
                    waiting.append(key)

    def _fingerprint(self, rows: Row) -> int:
        self.work += len(rows)
        return sum(sign * pow(3, place + 1, _PRIME) for place, sign in rows.items()) % _PRIME

    def _key(self, found: int) -> int:
        return min(found, _PRIME - found) if self.turns else found

    def _alike(self, members: Sequence[int]) -> Row:
        """Of operands with one fingerprint those that stand in the rows of the first, with their sign beside it."""
        holders = self._holders
        alike: Row = {}
        for operand in members:
            rows, first = holders[operand], holders[members[0]]
            self.work += len(rows)
            if rows == first:
                alike[operand] = 1
            elif self.turns and rows == {place: -sign for place, sign in first.items()}:
                alike[operand] = -1
        return alike

    # --- pairs ---

    def _join_pairs(self) -> None:
        counts: Counter[Pair] = Counter()
        for row in self.rows:
            counts.update(self._pairs_of(row))
        heap = [(-count, pair) for pair, count in counts.items() if count > 1]
        heapify(heap)
        while heap:
            count, pair = heappop(heap)
            places = self._places(pair)
            if len(places) < 2:
                continue
            if len(places) < -count:  # others have taken some of its rows since
                heappush(heap, (-len(places), pair))
                continue
            first, sign, second, other = pair
            part = self._joined({first: sign, second: other}, places)
            for found, times in self._pairs_with(part).items():
                if times > 1:
                    heappush(heap, (-times, found))

    def _pairs_of(self, row: Row) -> Iterator[Pair]:
        """The pairs of a row whose operands stand in others too; those with the most rows are next to each other."""
        holders = self._holders
        shared = [operand for operand in row if len(holders[operand]) > 1] if len(row) > 1 else []
        if len(shared) > MOST:
            shared.sort(key=lambda operand: (-len(holders[operand]), operand))
        for place, operand in enumerate(shared):
            nearby = shared[place + 1 : place + MOST]
            self.work += len(nearby)
            yield from (self._pair(row, operand, other) for other in nearby)

    def _pair(self, row: Row, x: int, y: int) -> Pair:
        """A pair as all rows write it that have it: with signs turned round where these may be."""
        first, second = (x, y) if x < y else (y, x)
        sign, other = row[first], row[second]
        if (self.turns or sign == other) and sign < 0:
            return first, 1, second, -other
        return first, sign, second, other

    def _places(self, pair: Pair) -> Row:
        """The rows that have a pair, and the sign of it there."""
        first, sign, second, other = pair
        fewer, more = sorted((self._holders[first], self._holders[second]), key=len)
        self.work += len(fewer)
        both = (place for place in fewer if place in more)
        return {place: sign * self.rows[place][first] for place in both if self._pair(self.rows[place], first, second) == pair}

    def _pairs_with(self, part: int) -> Counter[Pair]:
        counts: Counter[Pair] = Counter()
        for place in self._holders[part]:
            row = self.rows[place]
            others = [operand for operand in islice(row, MOST) if operand != part]
            self.work += len(others)
            counts.update(self._pair(row, part, other) for other in others)
        return counts

    # --- parts ---

    def _joined(self, members: Row, places: Row | None = None) -> int:
        """A new operand in the place of others, in some rows: by default in those of the first."""
        holders, part = self._holders, self._next
        self._next += 1
        first = next(iter(members))
        places = {place: sign * members[first] for place, sign in holders[first].items()} if places is None else places
        for place, sign in places.items():
            row = self.rows[place]
            for operand in members:
                del row[operand], holders[operand][place]
            row[part] = sign
            if len(row) + self._alone[place] > 1:  # else the part is all of it
                holders[part][place] = sign
        self.parts[part] = dict(members)
        return part
