"""A comparison in a terminal: the table of figures, the growth laws, and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group
from rich.text import Text

from ..formulas.wording import amount
from .laws import FEWEST, percent
from .results import Results
from .rows import COUNTED, DEPTH, PARAMETERS, RUN, WIDTH, Row, name_of
from .subjects import STEPS
from .tables import Columns, Line

PAGE = 114
"""Characters that the table needs."""
_UNKNOWN = "-"


def whole(results: Results) -> Group:
    """The table, what happened on the way, the laws and the sentence."""
    parts: list[Any] = [Text(title(results), style="bold"), _table(results)]
    parts += [Text(note) for note in _notes(results)]
    parts += [Text(""), Text(f"Growth with {_GROWS[results.over]}", style="bold")]
    parts.append(_laws(results) if any(results.laws.values()) else Text(_NO_LAW))
    return Group(*parts, Text(sentence(results)))


_NO_LAW = f"No law: that takes {FEWEST} sizes at least.\n"
_GROWS = {DEPTH: "depth", WIDTH: "width", PARAMETERS: "the number of parameters"}


def title(results: Results) -> str:
    """Which networks these are."""
    first = results.first
    shape = {
        DEPTH: f"Networks {first.widths[0]} wide, deeper and deeper",
        WIDTH: f"Networks {len(first.widths) - 1} deep, wider and wider",
        PARAMETERS: "Networks, smallest first",
    }[results.over]
    form = ", in matrix form" if first.form == "matrix" else ""
    return f"{shape}: hidden {first.hidden}, output {first.output}, loss {first.loss}{form}"


# --- the table ---


def _table(results: Results) -> Columns:
    lines = []
    for _, group in groupby(results.rows, key=lambda row: row.widths):
        rows = list(group)
        lines += [_line(results.over, row, row is rows[0], row is rows[-1]) for row in rows]
    headings = [_GROWN[results.over], "method", *_COLUMNS]
    return Columns(headings, lines, keys=2, left=["method", _GROWN[PARAMETERS]])


_GROWN = {DEPTH: "depth", WIDTH: "width", PARAMETERS: "network"}
"""What the first column is called."""


def _line(over: str, row: Row, first: bool, last: bool) -> Line:
    """One row; what is the same for all methods stands in the first row of a network only."""
    cells = [write(row) if first or heading not in _ONCE else "" for heading, write in _COLUMNS.items()]
    style = "" if row.status == RUN else "italic"
    return Line([_size(over, row) if first else "", row.method, *cells], style, last and not first)


def _size(over: str, row: Row) -> str:
    return name_of(row.widths) if over == PARAMETERS else str(row.size)


def _count(name: str) -> Callable[[Row], str]:
    def write(row: Row) -> str:
        value = getattr(row, name)
        return _UNKNOWN if value is None else short(value)

    return write


def short(count: int) -> str:
    """A count in a column: in full up to a hundred millions."""
    return f"{count:,}" if count < 10**8 else f"{count:.2e}".replace("e+", "e") if count < 10**300 else amount(count)


def _time(row: Row) -> str:
    return seconds(row.seconds) if row.status == RUN else row.status


def seconds(value: float | None) -> str:
    """A time with three digits, in a unit that suits it."""
    if value is None:
        return _UNKNOWN
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.3g} µs"


def size_of(value: int | None) -> str:
    """An amount of memory or of text."""
    if value is None:
        return _UNKNOWN
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value} B"


_COLUMNS: dict[str, Callable[[Row], str]] = {
    "weights,\nbiases": _count("parameters"),
    "paths": _count("paths"),
    "edges": _count("edges"),
    "operations\nderived": _count("derived"),
    "operations\nevaluated": _count("evaluated"),
    "time to\nderive": _time,
    "source\ncode": lambda row: size_of(row.source_bytes),
    "time of a\ngradient": lambda row: seconds(row.gradient_seconds),
    "peak\nmemory": lambda row: size_of(row.peak_bytes),
}
"""The columns of figures, and how each is written."""

_ONCE = ("weights,\nbiases", "paths", "edges")
"""The columns that are the same for all methods at a network."""


def _notes(results: Results) -> Iterator[str]:
    """What the table leaves open: where a method was stopped or is missing, and what was only counted."""
    for method in results.methods:
        told = [row for row in results.rows_of(method) if row.note]
        for note, rows in groupby(told, key=lambda row: row.note):
            yield f"{method}: {note}, {_where(results.over, list(rows))}."
    if any(row.status == COUNTED for row in results.rows):
        yield "counted: not run; the operations given are exact, counted on the graph."
    yield "operations derived: of the loss and all derivatives as formulas; evaluated: by the code, for one gradient."
    yield "peak memory: what the derivation took beyond what the process had."
    if not results.finished:
        yield "Interrupted: these are the rows so far."


def _where(over: str, rows: Sequence[Row]) -> str:
    names = [_size(over, row) for row in rows]
    return f"at {_GROWN[over]} {names[0]}" + (f" to {names[-1]}" if len(names) > 1 else "")


# --- the laws ---


_LAWS = {
    "derived": "operations derived",
    "evaluated": "operations evaluated",
    "seconds": "time to derive",
    "source_bytes": "source code",
}


def _laws(results: Results) -> Columns:
    """By figure, so that the methods stand below each other."""
    lines: list[Line] = []
    for figure, heading in _LAWS.items():
        found = {method: laws[figure] for method, laws in results.laws.items() if figure in laws}
        for method, law in found.items():
            more = law.more(STEPS[results.over], _sign(results.over))
            first, last = method == next(iter(found)), method == next(reversed(found))
            told = [heading if first else "", method, law.name + more, f"±{percent(law.error)}"]
            lines.append(Line(told, ends=last))
    return Columns(["figure", "method", "law", "error"], lines, keys=2, left=["figure", "method", "law"])


def _sign(over: str) -> str:
    return "L" if over == DEPTH else "n"


# --- the sentence ---


def sentence(results: Results) -> str:
    """What grows and why, in one sentence with its figures."""
    if not results.rows:
        return ""
    if results.first.form == "matrix":
        return _matrix_sentence(results)
    naive, swept = ({row.widths: row.derived for row in results.rows_of(way)} for way in ("naive", "backprop"))
    both = [row for row in results.rows if naive.get(row.widths) and swept.get(row.widths)]
    last = (both or results.rows)[-1]  # the largest network that both have a row of
    told = f"The naive way multiplies along {_paths(results, last)}, backprop visits {_edges(results, last)}"
    return told + (_saved(naive[last.widths], swept[last.widths]) if both else ".")


def _saved(naive: int | None, swept: int | None) -> str:
    """Operations of the one against those of the other."""
    many, few = naive or 0, swept or 1
    times = f"{many / few:.2g}" if many < 10 * few else amount(many // few)
    return f": {amount(many)} operations against {amount(few)}, {times} times as many."


def _paths(results: Results, last: Row) -> str:
    """Paths as a power of the width, where that is what they grow like."""
    told = amount(last.paths or 0)
    if results.over == DEPTH and last.widths[0] > 1 and last.size > results.first.size:
        return f"paths whose number grows like {last.widths[0]}^L ({told} at depth {last.size})"
    return f"{told} paths"


def _edges(results: Results, last: Row) -> str:
    told = amount(last.edges or 0)
    if results.over == DEPTH and last.size > results.first.size:
        by_size = {row.size: row.edges or 0 for row in results.rows if row.size <= last.size}
        (one, fewer), (two, more) = sorted(by_size.items())[-2:]
        return f"{amount((more - fewer) // (two - one))} edges a layer ({told})"
    return f"{told} edges"


def _matrix_sentence(results: Results) -> str:
    """Where matrices have one row or column some operations are none: the first size may differ."""
    derived = [(row.size, row.derived) for row in results.rows_of("backprop") if row.derived is not None]
    if not derived:
        return ""
    (first, fewest), (last, most) = derived[0], derived[-1]
    same = [size for size, count in derived if count == most]
    if results.over == WIDTH and len(same) > 1 and same == [size for size, _ in derived][-len(same) :]:
        return (
            f"In matrix form backprop derives the same {amount(most)} operations at every width from {same[0]} on: "
            "only the sizes of the matrices grow."
        )
    if results.over == DEPTH and last > first:
        step = (most - fewest) / (last - first)
        return f"In matrix form backprop derives {step:.3g} operations more for each layer, whatever its width."
    return f"In matrix form backprop derives {amount(most)} operations for the last of these networks."
