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


MISSING = ("", "nan", "na", "n/a", "null", "?", "-", "--")
"""What stands for a value that is missing."""


Line = tuple[int, list[str]]
"""The number of a line, and its cells."""


class Columns(NamedTuple):
    """The names of the columns that are read, in the order of X and of Y; a target that stands alone may be text."""

    inputs: list[str]
    targets: list[str]
    how: str = ""  # a line that says how they were found


class Form(NamedTuple):
    """How a file is written, where that is said and not found out."""

    separator: str | None = None  # between cells: a key of SEPARATORS, or another character
    header: str | None = None  # "yes": the first line names the columns, "no": it is a sample


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


def read_table(path: Place, form: Form, choose: Callable[[list[str], list[str]], Columns]) -> Table:
    """The columns that `choose(header, first row)` wants.

    Raises:
        DataError: the file cannot be read or has no rows, the first line may be a sample, or a cell is missing or no
            finite number; the message has its line and column.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = _rows(file, form.separator)
            names, samples = _named(path, rows, form.header)
            first = next(samples, None)
            if first is None:
                raise DataError(f"{path} has no rows: it needs a line of column names and at least one line of data")
            _check_length(path, names, *first)
            return _table(path, names, choose(names, first[1]), chain([first], samples))
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


def _rows(file: TextIO, separator: str | None) -> Iterator[Line]:
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


def _named(path: Place, rows: Iterator[Line], header: str | None) -> tuple[list[str], Iterator[Line]]:
    """The names of the columns, and the samples; where the first line is one of these, the columns' numbers."""
    if header not in (None, "yes", "no"):
        raise DataError(f"the header must be yes or no, got {header!r}")
    first = next(rows, (1, []))
    if header == "no":
        return [f"{place + 1}" for place in range(len(first[1]))], chain([first] if first[1] else [], rows)
    names = [name.strip() for name in first[1]]
    if header is None:
        _check_header(path, names)
    _check_distinct(path, names)
    return names, rows


def _check_header(path: Place, header: list[str]) -> None:
    """Refuse a first line that may be a sample: one with a number in it, or a word for a number that is missing."""
    found = [name for name in header if _may_be_a_value(name)]
    if found:
        where = f"{path}, line 1: {found[0]!r} may be a value or the name of a column"
        raise DataError(f"{where}: say --header no if the line is a sample, --header yes if it names the columns")


def _may_be_a_value(text: str) -> bool:
    """Whether a cell reads as a number, infinite ones too, or as a missing one; without a name it is told otherwise."""
    try:
        float(text)
    except ValueError:
        return bool(text) and text.lower() in MISSING
    return True


def _check_distinct(path: Place, header: list[str]) -> None:
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
    if text.strip().lower() in MISSING:
        raise DataError(f"{path}, line {line}, column {column}: the value is missing; fill it in or drop the line")


def number(path: Place, line: int, column: str, text: str) -> float:
    """The finite number in a cell."""
    check_present(path, line, column, text)
    if not is_number(text):
        hint = "; write decimals with a point" * ("," in text)
        raise DataError(f"{path}, line {line}, column {column}: {text[:40]!r} is no finite number{hint}")
    return float(text)
