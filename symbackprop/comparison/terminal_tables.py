"""A table of figures that breaks between columns, and never within a number, where the page is narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.table import Table

_ANY = 10_000
"""Characters that no table needs."""


@dataclass(frozen=True)
class Line:
    """One line of a table. cells: as many as columns; style: of Rich; ends: whether a group of lines ends here."""

    cells: Sequence[str]
    style: str = ""
    ends: bool = False


@dataclass(frozen=True)
class Columns:
    """A table, or several below each other that fit the page: each has the first `keys` columns, and some others.

    left: the columns that hold words.
    """

    headings: Sequence[str]
    lines: Sequence[Line]
    keys: int
    left: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        start, end = self.keys, len(self.headings)
        while start < len(self.headings):
            while end > start + 1 and not self._fits(start, end, console, options):
                end -= 1
            yield self._table(start, end, wraps=not self._fits(start, end, console, options))
            start, end = end, len(self.headings)

    def _fits(self, start: int, end: int, console: Console, options: ConsoleOptions) -> bool:
        wide = Measurement.get(console, options.update(max_width=_ANY), self._table(start, end))
        return wide.maximum <= options.max_width

    def _table(self, start: int, end: int, wraps: bool = False) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        chosen = [*range(self.keys), *range(start, end)]
        for heading in (self.headings[place] for place in chosen):
            justify = "left" if heading in self.left else "right"
            table.add_column(heading, justify=justify, no_wrap=not wraps, overflow="fold")  # type: ignore[arg-type]
        for line in self.lines:
            table.add_row(*(line.cells[place] for place in chosen), style=line.style, end_section=line.ends)
        return table
