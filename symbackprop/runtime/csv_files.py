"""CSV files, read in one pass: a line of column names, then a line for each sample."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TextIO

import numpy as np

from ..errors import DataError
from .array_files import Place
from .generated_modules import Array
from .settings import counted

SEPARATORS = {",": ",", ";": ";", "tab": "\t"}
"""What may stand between two cells, by the names that an option can have."""


class Columns(NamedTuple):
    """The names of the columns that are read, in the order of X and of Y; a target that stands alone may be text."""

    inputs: list[str]
    targets: list[str]
    how: str = ""  # a line that says how they were found


class Table(NamedTuple):
    """What was read: numbers for the inputs and for several targets, the cells of one, and where each row stands."""

    path: Place
    columns: Columns
    X: Array
    Y: Array
    labels: list[str]
    lines: Sequence[int]

    def cells(self) -> Iterator[tuple[Place, int, str, str]]:
        """(path, line, column, text) of each cell of a target that stands alone."""
        lines = zip(self.lines, self.labels, strict=True)
        return ((self.path, line, self.columns.targets[0], text) for line, text in lines)

    def targets(self) -> Array:
        """All targets as numbers; a DataError names the cell that holds none."""
        return np.array([[number(*cell)] for cell in self.cells()]) if self.labels else self.Y


def read_table(path: Place, separator: str | None, choose: Callable[[list[str], list[str]], Columns]) -> Table:
    """The columns that `choose(header, first row)` wants.

    Raises:
        DataError: the file cannot be read or has no rows, the first line names no columns, or a cell is missing or no
            finite number; the message has its line and column.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = _rows(file, separator)
            (_, header), first = next(rows, (0, [])), next(rows, None)
            if first is None:
                raise DataError(f"{path} has no rows: it needs a line of column names and at least one line of data")
            names = [name.strip() for name in header]
            _check_header(path, names)
            _check_length(path, names, *first)
            return _table(path, names, choose(names, first[1]), chain([first], rows))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV file in UTF-8 ({error})") from error


def _table(path: Place, header: list[str], columns: Columns, rows: Iterable[tuple[int, list[str]]]) -> Table:
    alone = len(columns.targets) == 1
    names = columns.inputs if alone else [*columns.inputs, *columns.targets]
    at = {name: place for place, name in enumerate(header)}
    places, label = [at[name] for name in names], at[columns.targets[0]] if alone else None
    values, labels, lines = array("d"), list[str](), array("q")
    for line, cells in rows:
        _check_length(path, header, line, cells)
        lines.append(line)
        values.extend(_numbers(path, line, names, [cells[place] for place in places]))
        if label is not None:
            labels.append(cells[label].strip())
    X, Y = np.split(np.array(values).reshape(len(lines), len(names)), [len(columns.inputs)], axis=1)
    return Table(path, columns, X, Y, labels, lines)


def _numbers(path: Place, line: int, names: Sequence[str], cells: Sequence[str]) -> list[float]:
    try:
        numbers = [*map(float, cells)]
    except ValueError:
        numbers = [math.nan]
    if math.isfinite(sum(numbers)):  # a look at each cell would cost as much as reading it
        return numbers
    return [number(path, line, name, text) for name, text in zip(names, cells, strict=True)]


def _rows(file: TextIO, separator: str | None) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not blank; the line of names says what separates them."""
    head = []
    for line in file:
        head.append(line)
        if line.strip():
            break
    fields = {mark: next(csv.reader(head[-1:], delimiter=mark), ()) for mark in SEPARATORS.values()}
    chosen = SEPARATORS.get(separator or "", separator) or max(fields, key=lambda mark: len(fields[mark]))
    if len(chosen) != 1 or chosen in '"\r\n':
        raise DataError(f"the separator must be one of {' '.join(SEPARATORS)}, or another character, got {chosen!r}")
    reader = csv.reader(chain(head, file), delimiter=chosen)
    return ((reader.line_num, row) for row in reader if len(row) > 1 or (row and not row[0].isspace()))


def _check_header(path: Place, header: list[str]) -> None:
    """Refuse a first line that is data: all numbers, or any number that is no plain count, as 5.1 is."""
    found = [name for name in header if is_number(name)]
    if len(found) == len(header) or not all(name.isdigit() for name in found):
        raise DataError(f"{path}, line 1: {found[0]!r} names no column; add a line of column names")
    seen = set[str]()
    for place, name in enumerate(header):
        if not name or name in seen:
            wrong = f"{name!r} is there twice" if name else f"column {place + 1} has none"
            raise DataError(f"{path}, line 1: each column needs a name, and one of its own: {wrong}")
        seen.add(name)


def _check_length(path: Place, header: list[str], line: int, cells: list[str]) -> None:
    if len(cells) != len(header):
        found = f"{counted(len(cells), 'value')} for {counted(len(header), 'column')}"
        raise DataError(f"{path}, line {line}: {found}")


def is_number(text: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def check_present(path: Place, line: int, column: str, text: str) -> None:
    """Refuse a cell that holds nothing, or a word for nothing."""
    if text.strip().lower() in ("", "nan", "na", "n/a", "null", "?"):
        raise DataError(f"{path}, line {line}, column {column}: the value is missing; fill it in or drop the line")


def number(path: Place, line: int, column: str, text: str) -> float:
    """The finite number in a cell."""
    check_present(path, line, column, text)
    if not is_number(text):
        hint = "; write decimals with a point" * ("," in text)
        raise DataError(f"{path}, line {line}, column {column}: {text[:40]!r} is no finite number{hint}")
    return float(text)
