"""What a comparison found: its rows, and the laws that they follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from .laws import COUNTS, TEXTS, TIMES, Law, law_of
from .rows import DEPTH, Row, Subject

FITTED = ("derived", "evaluated", "seconds", "source_bytes")
"""The figures that a law is fitted to."""

_WORK = {"seconds": "derived", "source_bytes": "evaluated"}
"""The count that a figure comes from."""
_NOISE = {"seconds": TIMES, "source_bytes": TEXTS}


class Results:
    """What each method took for each network.

    Attributes:
        rows: one for each network and method, networks by size.
        over: what grows: "depth", "width" or "parameters".
        budget: seconds that a method had at one network.
        first: the smallest network.
        finished: False if it was interrupted, and later rows are missing.
    """

    def __init__(self, rows: Sequence[Row], over: str, budget: float, first: Subject, finished: bool = True) -> None:
        self.rows = tuple(rows)
        self.over = over
        self.budget = budget
        self.first = first
        self.finished = finished

    @property
    def methods(self) -> list[str]:
        """The methods that were compared, in the order of the rows."""
        return list(dict.fromkeys(row.method for row in self.rows))

    def rows_of(self, method: str) -> list[Row]:
        """The rows of one method, by size."""
        return [row for row in self.rows if row.method == method]

    @cached_property
    def laws(self) -> dict[str, dict[str, Law]]:
        """By method and figure ("derived", "evaluated", "seconds", "source_bytes"): the growth law that fits it."""
        return {method: self._laws_of(method) for method in self.methods}

    def _laws_of(self, method: str) -> dict[str, Law]:
        """Times and texts are exponential only where the work is that they come from."""
        found: dict[str, Law] = {}
        for figure in FITTED:
            work = found.get(_WORK.get(figure, ""))
            law = self._law(method, figure, self.over == DEPTH and (work is None or work.kind == "exponential"))
            if law is not None:
                found[figure] = law
        return found

    def _law(self, method: str, figure: str, exponential: bool) -> Law | None:
        points = [(row.size, getattr(row, figure)) for row in self.rows_of(method) if getattr(row, figure) is not None]
        noise = _NOISE.get(figure, COUNTS)
        return law_of([size for size, _ in points], [value for _, value in points], noise, exponential)
