"""A comparison in a terminal: the table of figures, the growth laws, and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group
from rich.text import Text

from ..cost import amount
from .growth_laws import FEWEST, percent
from .results import FITTED, Results
from .rows import COUNTED, DEPTH, PARAMETERS, RUN, Row
from .sentences import sentence
from .terminal_tables import Columns, Line

PAGE = 114
"""Characters that the table needs."""


def whole(results: Results) -> Group:
    """The table, what happened on the way, the laws and the sentence."""
    parts: list[Any] = [Text(results.title, style="bold"), _table(results)]
    parts += [Text(note) for note in _notes(results)]
    parts.append(Text(""))
    if results.over in results.first.words.steps:  # one model by itself does not grow
        grows = "the number of parameters" if results.over == PARAMETERS else results.over
        parts.append(Text(f"Growth with {grows}", style="bold"))
        parts.append(_laws(results) if any(results.laws.values()) else Text(_NO_LAW))
    return Group(*parts, Text(sentence(results)))


_NO_LAW = f"No law: that takes {FEWEST} sizes at least.\n"


# --- the table ---


def _table(results: Results) -> Columns:
    lines: list[Line] = []
    for _, group in groupby(results.rows, key=lambda row: row.of):
        rows = list(group)
        lines += [_line(results.over, row, row is rows[0], row is rows[-1]) for row in rows]
    words = results.first.words
    headings = [_grown(results), "method", words.parameters, *list(_COLUMNS.values())[1:]]
    return Columns(headings, lines, keys=2, left=["method", words.one])


def _grown(results: Results) -> str:
    """What the first column is called."""
    return results.first.words.one if results.over == PARAMETERS else results.over


def _line(over: str, row: Row, first: bool, last: bool) -> Line:
    """One row; what is the same for all methods stands in the first row of a network only."""
    cells = [_cell(row, figure) if first or figure not in _ONCE else "" for figure in _COLUMNS]
    style = "" if row.status == RUN else "italic"
    return Line([_size(over, row) if first else "", row.method, *cells], style, last and not first)


def _size(over: str, row: Row) -> str:
    return row.name if over == PARAMETERS else str(row.size)


def _cell(row: Row, figure: str) -> str:
    if figure == "seconds" and row.status != RUN:
        return row.status
    value = getattr(row, figure)
    return "-" if value is None else WRITTEN.get(figure, short)(value)


def short(count: int) -> str:
    """A count in a column: in full up to a hundred millions."""
    return f"{count:,}" if count < 10**8 else f"{count:.2e}".replace("e+", "e") if count < 10**300 else amount(count)


def _in_units(units: dict[str, float]) -> Callable[[float], str]:
    """Writes three digits, in the first unit that is not too large, or in the last."""

    def write(value: float) -> str:
        unit = next((unit for unit, size in units.items() if value >= size), [*units][-1])
        return f"{value / units[unit]:.3g} {unit}"

    return write


_seconds = _in_units({"s": 1, "ms": 1e-3, "µs": 1e-6})
_bytes = _in_units({"GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1})
WRITTEN = {"seconds": _seconds, "gradient_seconds": _seconds, "source_bytes": _bytes, "peak_bytes": _bytes}
"""How a figure is written that is no count."""

_COLUMNS = {
    "parameters": "",  # `Words` have the heading
    "paths": "paths",
    "edges": "edges",
    "derived": "operations\nderived",
    "evaluated": "operations\nevaluated",
    "seconds": "time to\nderive",
    "source_bytes": "source\ncode",
    "gradient_seconds": "time of a\ngradient",
    "peak_bytes": "peak\nmemory",
}
"""The figures that have a column, and its heading."""

_ONCE = ("parameters", "paths", "edges")
"""The figures that are the same for all methods at a network."""


def _notes(results: Results) -> Iterator[str]:
    """What the table leaves open: where a method was stopped or is missing, and what was only counted."""
    for method in results.methods:
        told = [row for row in results.rows_of(method) if row.note]
        for note, rows in groupby(told, key=lambda row: row.note):
            yield f"{method}: {note}, {_where(results, list(rows))}."
    if any(row.status == COUNTED for row in results.rows):
        yield "counted: not run; the operations given are exact, counted on the graph."
    yield "operations derived: of the loss and all derivatives as formulas; evaluated: by the code, for one gradient."
    yield "peak memory: what the derivation took beyond what the process had."
    if not results.finished:
        yield "Interrupted: these are the rows so far."


def _where(results: Results, rows: Sequence[Row]) -> str:
    names = [_size(results.over, row) for row in rows]
    return f"at {_grown(results)} {names[0]}" + (f" to {names[-1]}" if len(names) > 1 else "")


# --- the laws ---


def _laws(results: Results) -> Columns:
    """By figure, so that the methods stand below each other."""
    lines: list[Line] = []
    sign = "L" if results.over == DEPTH else "n"
    for figure, heading in FITTED.items():
        found = {method: laws[figure] for method, laws in results.laws.items() if figure in laws}
        for method, law in found.items():
            first, last = method == next(iter(found)), method == next(reversed(found))
            told = law.name + law.more(results.step, sign)
            lines.append(Line([heading if first else "", method, told, f"±{percent(law.error)}"], ends=last))
    return Columns(["figure", "method", "law", "error"], lines, keys=2, left=["figure", "method", "law"])
