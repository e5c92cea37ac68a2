"""Data: from arrays or a CSV file to samples, their split, and their standardisation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, islice
from math import prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .array_files import Place
from .csv_files import Columns, Form, Table, check_present, is_number, read_table
from .generated_modules import Array, Trainable, array_of, count, own_targets, trainable
from .settings import counted

SHOWN = 4
"""So many names are listed; of more, the first ones and the last."""


class Data(NamedTuple):
    """Samples ready for training, and how they were made so."""

    X: Array  # (rows, columns of the inputs)
    Y: Array  # (rows, columns of the targets that are no inputs)
    inputs: Sequence[str]  # the names of the columns of X in the file
    targets: Sequence[str]  # and of Y; one where the columns are classes
    classes: Sequence[str]  # the names of the classes in the order of the targets; empty for numbers
    mean: Any = 0.0  # of each input, taken off
    scale: Any = 1.0  # of each input, divided by
    target_mean: Any = 0.0  # the same of each target, where targets are standardised
    target_scale: Any = 1.0
    columns: str = ""  # a line that says which columns were taken


def read_csv(
    path: Place, module: ModuleType, target: str | None = None, separator: str | None = None, header: str | None = None
) -> Data:
    """A CSV file as Data: X (rows, columns of the inputs), Y (rows, columns of the targets).

    If every input of one entry bears the name of a column, columns are taken by name; else in the file's order.
    `target` names the columns of Y, with commas between (default: those that bear the names of the targets, else as
    many as these have, the last); a model whose targets are inputs has none. A target of text, or of whole numbers if
    the model's task is classes, is taken as classes: one column of Y per class, or a single 0/1 column where there is
    one target. Any other target must be numbers. `separator` is "," ";" "tab" or another character (default: what
    splits the first line into the most). `header` is "yes" where the first line names the columns, "no" where it is a
    sample (the columns are then called 1, 2, ...); by default it names them, and is refused if it looks like a sample.

    Raises:
        DataError: the file cannot be read, or does not fit the model; the message has the line and the column.
    """
    known = trainable(module)
    table = read_table(path, Form(separator, header), lambda names, first: _columns(known, path, names, first, target))
    inputs, targets, how = table.columns
    if len(targets) == 1 and _are_classes(known, table.labels):
        classes = _classes(known, table)
        return Data(table.X, encoded(known, table, classes), inputs, targets, classes, columns=how)
    width = count(own_targets(known))
    if len(targets) == 1 and known.MODEL["task"] == "classes":
        _check_one_kind(known, table)
    if len(targets) != width:
        named = f"{counted(len(targets), 'target column')} {'is' if len(targets) == 1 else 'are'}"
        raise DataError(f"{known.MODEL['title']} has {counted(width, 'target')}, but {named} named")
    Y = table.targets()
    _check_targets(known, Y, lambda row, column: f"{path}, line {table.lines[row]}, column {targets[column]}")
    return Data(table.X, Y, inputs, targets, [], columns=how)


def _columns(module: Trainable, path: Place, header: list[str], first: list[str], target: str | None) -> Columns:
    """The columns of a header whose first row is `first`, as read_csv() says.

    Where inputs of one entry are taken by name, other inputs take what is left in the file's order.
    """
    own = own_targets(module)
    are_columns = all(prod(shape) == 1 and name in header for name, shape in own.items())
    targets = _named_targets(module, path, header, target) if target else [*own] * are_columns
    single = [name for name, shape in module.MODEL["inputs"].items() if prod(shape) == 1]
    free = dict.fromkeys(name for name in header if name not in targets)
    named = dict.fromkeys(single if all(name in free for name in single) else ())
    left = [name for name in free if name not in named]
    if own and not targets:
        targets = _last(module, path, left, named, first[header.index(left[-1])] if left else "")
        left = left[: -len(targets)]
    inputs = _inputs(module, path, named, left, targets)
    others = [name for name in inputs if name not in named]
    how = [f"{listed([*named])} by name"] * bool(named) + [f"{listed(others)} in the file's order"] * bool(others)
    told = [f"target{'s' * (len(targets) > 1)}: {listed(targets)}"] if targets else []
    return Columns(inputs, targets, f"{'columns':<15} {'; '.join([', '.join(how)] * bool(how) + told) or 'none'}")


def _named_targets(module: Trainable, path: Place, header: list[str], target: str) -> list[str]:
    """The columns that --target names: one, or several with commas between."""
    if not own_targets(module):
        raise DataError(f"{module.MODEL['title']} has no targets beside its inputs: leave --target out")
    targets, known = [target] if target in header else [name.strip() for name in target.split(",")], {*header}
    for place, name in enumerate(targets):
        if name not in known or name in targets[:place]:
            found = f"choose from {', '.join(header)}"
            raise DataError(f"{path} has no column {name!r}, or it is named twice: {found}")
    return targets


def _last(module: Trainable, path: Place, left: list[str], named: Collection[str], cell: str) -> list[str]:
    """The last column if it holds text, or is the only one beside the inputs; else as many as the targets have."""
    if not left:
        raise DataError(f"{path} has no column for the target of {module.MODEL['title']}, only {listed([*named])}")
    others = count(module.MODEL["inputs"]) - len(named)
    alone = not is_number(cell) or len(left) in (1, others and others + 1)
    return left[-1:] if alone else left[-count(own_targets(module)) :]


def _inputs(module: Trainable, path: Place, named: Collection[str], left: list[str], targets: list[str]) -> list[str]:
    """A column for each entry: those that are named, and for the others what is left."""
    shapes = module.MODEL["inputs"]
    others = count(shapes) - len(named)
    if others and len(left) != others:
        beside = ["the named inputs"] * bool(named) + [f"the target {', '.join(targets)}"] * bool(targets)
        found = f"{counted(len(left), 'column')}{' besides ' * bool(beside)}{' and '.join(beside)}"
        takes = f"{counted(others, 'input')}{' more' * bool(named)}"
        hint = "; --separator says what stands between cells" * (len(left) + len(targets) == 1 and not named)
        raise DataError(f"{path} has {found}, but {module.MODEL['title']} takes {takes}{hint}")
    rest = iter(left)
    columns = ([name] if name in named else islice(rest, prod(shape)) for name, shape in shapes.items())
    return [*chain.from_iterable(columns)]


def listed(names: Sequence[str]) -> str:
    """Names with commas between; of many, the first ones and the last."""
    return ", ".join(names if len(names) <= SHOWN else [*names[: SHOWN - 1], "...", names[-1]])


def _check_one_kind(module: Trainable, table: Table) -> None:
    """Refuse a column that is no classes for the sake of one cell: text among numbers, or a fraction for several."""
    width = count(own_targets(module))
    for cell in table.cells():
        check_present(*cell)
        path, line, column, text = cell
        where = f"{path}, line {line}, column {column}: {text[:40]!r}"
        if not is_number(text):
            raise DataError(f"{where} stands among numbers: classes are all text, or all whole numbers")
        if width > 1 and not float(text).is_integer():
            advice = f"take text or whole numbers, or name {width} columns of targets"
            raise DataError(f"{where} is the name of no class: {advice}")


def _are_classes(module: Trainable, labels: Iterable[str]) -> bool:
    """Text, or whole numbers where the model tells classes apart."""
    kinds = {*labels}
    if not any(map(is_number, kinds)):
        return True
    return module.MODEL["task"] == "classes" and all(is_number(text) and float(text).is_integer() for text in kinds)


def _classes(module: Trainable, table: Table) -> list[str]:
    """The names of the classes in the order of the targets, as many as the model tells apart."""
    for cell in table.cells():
        check_present(*cell)
    names = sorted(set(map(_class_name, table.labels)), key=lambda name: (float(name) if is_number(name) else 0, name))
    where, told_apart = f"{table.path}: column {table.columns.targets[0]}", max(2, count(own_targets(module)))
    if len(names) == 1:
        found = f"{where} holds one class only, {names[0]!r}"
        raise DataError(f"{found}; there is nothing to learn: choose another --target")
    if len(names) != told_apart:
        found = f"{where} holds {len(names)} classes, but {module.MODEL['title']} tells {told_apart} apart"
        hint = " (or --output identity, to predict numbers)" if all(map(is_number, names)) else ""
        raise DataError(f"{found}: take a network with {len(names)} outputs{hint}, a model with as many targets")
    return names


def _class_name(label: str) -> str:
    """A label; of whole numbers one, however they are written: 1, 1.0 and 1e0 are one class."""
    plain = label.isascii() and "_" not in label and is_number(label) and abs(float(label)) < 2**53
    return str(int(float(label))) if plain and float(label).is_integer() else label


def encoded(module: Trainable, table: Table, classes: Sequence[str]) -> Array:
    """A 0/1 column where the model has one target, else a column for each class; another label is refused."""
    known = {_class_name(name): index for index, name in enumerate(classes)}
    for path, line, _, label in table.cells():
        if _class_name(label) not in known:
            raise DataError(f"{path}, line {line}: {label[:40]!r} is no class: the weights know {listed(classes)}")
    index = np.array([known[_class_name(label)] for label in table.labels])
    return index[:, None].astype(float) if count(own_targets(module)) == 1 else np.eye(len(classes))[index]


def samples(
    module: Trainable, X: npt.ArrayLike, Y: npt.ArrayLike | None, dtype: npt.DTypeLike, which: str = ""
) -> tuple[Array, Array]:
    """Both as arrays of `dtype`; what cannot be is refused by a DataError, in which they are called `which` X and Y."""
    targets = own_targets(module)
    if Y is None and targets:
        raise DataError(f"{which}Y is missing: {module.MODEL['title']} has targets beside its inputs")
    named = ((X, f"{which}X"), (X if Y is None else Y, f"{which}Y"))
    rows = [len(np.atleast_1d(array_of(*each))) for each in named]
    if rows[0] != rows[1] or not rows[0]:
        found = f"{rows[0]} and {counted(rows[1], 'row')}"
        raise DataError(f"{which}X and {which}Y must have a row for each sample, and at least one: got {found}")
    X = _numbers(X, f"{which}X", count(module.MODEL["inputs"]), dtype)
    Y = _numbers(np.empty((len(X), 0)) if Y is None else Y, f"{which}Y", count(targets), dtype)
    _check_targets(module, Y, lambda row, _: f"{which}Y, row {row + 1}")
    return X, Y


def _numbers(values: npt.ArrayLike, name: str, width: int, dtype: npt.DTypeLike) -> Array:
    """As an array of finite numbers of `dtype`, (rows, width)."""
    array = array_of(values, name)
    if array.ndim != 2 or array.shape[1] != width:
        raise DataError(f"{name} should be ({len(np.atleast_1d(array))}, {width}), is {array.shape}")
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype=dtype)
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        found = f"{array[row, column]} in row {row + 1}, column {column + 1}"
        raise DataError(f"{name} must hold finite numbers of {array.dtype}: there is {found}")
    return array


def _check_targets(module: Trainable, Y: Array, place: Callable[[int, int], str]) -> None:
    """Refuse targets that the loss is not defined for, or the output cannot come near, by a DataError.

    `place(row, column)` is what an entry of Y is called in the message.
    """
    named = f"the targets of {module.MODEL['title']} must"
    low, high = module.MODEL["target_range"] or (None, None)
    least, most = -np.inf if low is None else low, np.inf if high is None else high
    outside = np.argwhere(np.less(Y, least) | np.greater(Y, most))
    if len(outside):
        row, column = map(int, outside[0])
        found = f"{place(row, column)}: the target is {Y[row, column]:.6g}"
        advice = "rescale them, or generate it with another output"
        raise DataError(f"{found}, but {named} {_words(low, high)}: {advice}")
    sums = Y.sum(axis=1, dtype=np.float64)
    wrong = abs(sums - 1) > 1e-6 + 2 * np.finfo(Y.dtype).eps
    if module.MODEL["targets_sum_to_one"] and wrong.any():
        row = int(wrong.argmax())
        raise DataError(f"{place(row, 0)}: {named} sum to 1 in every row, those here sum to {sums[row]:.6g}")


def _words(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"be at least {low:g}" if high is None else f"be at most {high:g}"
    return f"lie between {low:g} and {high:g}"


def split(
    data: Data, test_fraction: float = 0.2, seed: int = 0, standardize: Collection[str] = ("X",)
) -> tuple[Data, Data]:
    """(training data, test data) in a random order, standardised by the mean and the spread of the training part.

    `standardize` holds "X" for the inputs, "Y" for targets that are no classes; MODEL says which a model wants.

    Raises:
        DataError: a part would have no rows, or a column is too large to be standardised.
    """
    training, _, test = parted(data, 0.0, test_fraction, seed, standardize)
    return training, test


def parted(
    data: Data, validation_fraction: float, test_fraction: float, seed: int, standardize: Collection[str] = ("X",)
) -> list[Data]:
    """[training, validation, test] data, standardised as split() does."""
    rows = _parted_rows(len(data.X), validation_fraction, test_fraction, seed)
    if "X" in standardize:
        X, mean, scale = _standard(data.X, rows[0], data.inputs)
        data = data._replace(X=X, mean=mean, scale=scale)
    if "Y" in standardize and not len(data.classes) and data.Y.shape[1]:
        Y, mean, scale = _standard(data.Y, rows[0], data.targets)
        data = data._replace(Y=Y, target_mean=mean, target_scale=scale)
    return [data._replace(X=data.X[part], Y=data.Y[part]) for part in rows]


def _parted_rows(rows: int, validation_fraction: float, test_fraction: float, seed: int) -> tuple[Array, Array, Array]:
    """Which rows are for training, for validation and for the test."""
    for name, fraction in (("test", test_fraction), ("validation", validation_fraction)):
        if not 0 <= fraction < 1:
            raise DataError(f"the {name} fraction must be at least 0 and below 1, got {fraction}")
    if test_fraction + validation_fraction > 1 - 1e-9:
        found = f"together below 1, got {test_fraction} and {validation_fraction}"
        raise DataError(f"the test and validation fractions must leave rows to train on: {found}")
    order = np.random.default_rng(seed).permutation(rows)
    tests, held = (max(1, round(part * rows)) if part else 0 for part in (test_fraction, validation_fraction))
    if tests + held >= rows:
        purposes = "train, to validate and to test" if held else "train and to test"
        found = f"{counted(rows, 'row')} {'is' if rows == 1 else 'are'}"
        raise DataError(f"{found} too few to {purposes} on: give more, or choose smaller fractions")
    return order[tests + held :], order[tests : tests + held], order[:tests]


def _standard(values: Array, training: Array, names: Sequence[str]) -> tuple[Array, Array, Array]:
    """(standardised columns, their means, their spreads in training); a constant one has spread 1, and becomes 0.

    A single row tells no spread, and all of it would become 0: then everything stays as it is.
    """
    if len(training) == 1:
        return values, np.zeros(values.shape[1]), np.ones(values.shape[1])
    with np.errstate(all="ignore"):  # what is not finite is refused by name
        mean, spread = values[training].mean(axis=0), values[training].std(axis=0)
    scale = np.where(spread == 0, 1.0, spread)
    return standardised(values, mean, scale, names), mean, scale


def standardised(values: Array, mean: Any, scale: Any, names: Sequence[str]) -> Array:
    """The columns with their means taken off, divided by their spreads; what is then no number is refused."""
    with np.errstate(all="ignore"):
        standard: Array = values - mean
        standard /= scale
        ends = np.array([standard.min(axis=0), standard.max(axis=0)], np.float32)
        fits = np.isfinite(ends).all(axis=0) & np.isfinite(mean) & np.isfinite(scale)
    if not fits.all():
        name = names[int(np.argmin(fits))]
        raise DataError(f"column {name} cannot be standardised: its values are too large or too far apart; rescale it")
    return standard
