"""What a comparison found: its rows, and the laws that they follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from .growth_laws import COUNTS, TEXTS, TIMES, Law, law_of
from .rows import DEPTH, AnySubject, Row

FITTED = {
    "derived": "operations derived",
    "evaluated": "operations evaluated",
    "seconds": "time to derive",
    "source_bytes": "source code",
}
"""The figures that a law is fitted to, and what they are called."""

_WORK = {"seconds": "derived", "source_bytes": "evaluated"}
"""The count that a figure comes from."""
_NOISE = {"seconds": TIMES, "source_bytes": TEXTS}


class Results:
    """What each method took for each network.

    Attributes:
        rows: one for each network and method, networks by size.
        over: what grows: "depth", "width" or "parameters".
        budget: seconds that a method had at one network.
        first: the smallest network or model.
        finished: False if it was interrupted, and later rows are missing.
    """

    def __init__(self, rows: Sequence[Row], over: str, budget: float, first: AnySubject, finished: bool = True) -> None:
        self.rows = tuple(rows)
        self.over = over
        self.budget = budget
        self.first = first
        self.finished = finished

    @property
    def title(self) -> str:
        """What was compared."""
        return self.first.title(self.over)

    @property
    def step(self) -> str:
        """What one more of what grows is."""
        return self.first.words.steps[self.over]

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
            law = self.law(method, figure, work is None or work.kind == "exponential")
            if law is not None:
                found[figure] = law
        return found

    def law(self, method: str, figure: str, exponential: bool = True) -> Law | None:
        """The growth law of one figure; exponential only if it may be, and with depth."""
        points = [(row.size, getattr(row, figure)) for row in self.rows_of(method) if getattr(row, figure) is not None]
        sizes, values = [size for size, _ in points], [value for _, value in points]
        return law_of(sizes, values, _NOISE.get(figure, COUNTS), exponential and self.over == DEPTH)
