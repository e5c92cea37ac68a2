"""Data: CSV files, the split, standardisation, scores and predictions.

Everything below the dashes is copied into each module, behind its own functions: the names declared here.
"""
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disallow-any-generics=False

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .start import DataError, _counted, _dtype_of

NETWORK: str
WIDTHS: tuple[int, ...]
OUTPUT: str
LOSS: str
forward: Callable[..., Any]

# ----------------------------------------------------------------------------------------------------------

# --- data ---


class Data(NamedTuple):
    """Samples ready for training, and how they were made so."""

    X: Any
    Y: Any
    inputs: list
    targets: list
    classes: list  # the names of the classes in the order of the outputs; empty for regression
    mean: Any = 0.0  # of each input, taken off
    scale: Any = 1.0  # of each input, divided by
    target_mean: Any = 0.0  # the same of each target, where targets are standardised
    target_scale: Any = 1.0


def read_csv(path, target=None):
    """A CSV file with a header line as Data; `target` is a column, or several with commas between (default: the last).

    A target of text, or of any kind if the loss is bce or cross_entropy, is taken as classes: one column of Y per
    class, or a single 0/1 column where the network has one output. Any other target must be numbers.
    """
    header, rows = _read_rows(path)
    targets = _targets(path, header, target)
    inputs = [name for name in header if name not in targets]
    if len(inputs) != WIDTHS[0]:
        others = f"{len(inputs)} columns besides the target {', '.join(targets)}"
        raise DataError(f"{path} has {others}, but {NETWORK} takes {_counted(WIDTHS[0], 'input')}{_semicolons(header)}")
    X = np.array([[_number(path, line, name, row[header.index(name)]) for name in inputs] for line, row in rows])
    Y, classes = _target_columns(path, header, rows, targets)
    return Data(X, Y, inputs, targets, classes)


def _targets(path, header, target):
    """The target columns, of a name or several with commas between."""
    if not target or target in header:
        return [target] if target else header[-1:]
    targets = [name.strip() for name in target.split(",")]
    wrong = [name for name in targets if name not in header or targets.count(name) > 1]
    if wrong:
        found = f"choose from {', '.join(header)}{_semicolons(header)}"
        raise DataError(f"{path} has no column {wrong[0]!r}, or it is named twice: {found}")
    return targets


def _semicolons(header):
    """A hint for a file that was read as one column."""
    return ": is it separated by semicolons? use commas" if len(header) == 1 and ";" in header[0] else ""


def _read_rows(path):
    """The header and the rows (line number, cells) of a CSV file."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV file in UTF-8 ({error})") from error
    if len(lines) < 2:
        raise DataError(f"{path} has no rows: it needs a line of column names and at least one line of data")
    header = [name.strip() for name in lines[0][1]]
    _check_header(path, header)
    for number, row in lines[1:]:
        if len(row) != len(header):
            found = f"{_counted(len(row), 'value')} for {_counted(len(header), 'column')}"
            raise DataError(f"{path}, line {number}: {found}{_semicolons(header)}")
    return header, lines[1:]


def _check_header(path, header):
    """Refuse a first line that is data: all numbers, or any number that is no plain count, as 5.1 is."""
    numbers = [name for name in header if _is_number(name)]
    if len(numbers) == len(header) or not all(name.isdigit() for name in numbers):
        raise DataError(f"{path}, line 1: {numbers[0]!r} names no column; add a line of column names")
    for place, name in enumerate(header):
        if not name or name in header[:place]:
            found = f"{name!r} is there twice" if name else f"column {place + 1} has none"
            raise DataError(f"{path}, line 1: each column needs a name, and one of its own: {found}")


def _is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _check_present(path, line, column, text):
    if text.strip().lower() in ("", "nan", "na", "n/a", "null", "?"):
        raise DataError(f"{path}, line {line}, column {column}: the value is missing; fill it in or drop the line")


def _number(path, line, column, text):
    _check_present(path, line, column, text)
    if not _is_number(text):
        raise DataError(f"{path}, line {line}, column {column}: {text[:40]!r} is no finite number")
    return float(text)


def _target_columns(path, header, rows, targets):
    cells = [[(line, name, row[header.index(name)].strip()) for name in targets] for line, row in rows]
    text = not any(_is_number(value) for row in cells for _, _, value in row)
    if len(targets) == 1 and (text or LOSS in ("bce", "cross_entropy")):
        return _classes(path, [row[0] for row in cells])
    if len(targets) != WIDTHS[-1]:
        named = f"{_counted(len(targets), 'target column')} {'is' if len(targets) == 1 else 'are'}"
        raise DataError(f"{NETWORK} has {WIDTHS[-1]} outputs, but {named} named")
    Y = np.array([[_number(path, *cell) for cell in row] for row in cells])
    _check_targets(path, Y)
    _check_range(path, cells)
    return Y, []


def _classes(path, cells):
    for cell in cells:
        _check_present(path, *cell)
    names = sorted({value for _, _, value in cells}, key=lambda name: (float(name) if _is_number(name) else 0, name))
    outputs = max(2, WIDTHS[-1])
    if len(names) == 1:
        raise DataError(f"{path}: column {cells[0][1]} holds one class only, {names[0]!r}; there is nothing to learn")
    if len(names) != outputs:
        found = f"{path}: column {cells[0][1]} holds {len(names)} classes, but {NETWORK} tells {outputs} apart"
        hint = "; for numbers to be predicted, one with --output identity" if all(map(_is_number, names)) else ""
        raise DataError(f"{found}: generate a network with {len(names)} outputs{hint}")
    index = np.array([names.index(value) for _, _, value in cells])
    return (index[:, None].astype(float) if WIDTHS[-1] == 1 else np.eye(outputs)[index]), names


_RANGES = {
    "tanh": (-1, 1, "in [-1, 1]"),
    **dict.fromkeys(("sigmoid", "softmax"), (0, 1, "in [0, 1]")),
    **dict.fromkeys(("relu", "softplus"), (0, math.inf, "at least 0")),
}


def _check_range(path, cells):
    """Refuse numbers to be predicted that the output cannot come near."""
    low, high, words = _RANGES.get(OUTPUT, (-math.inf, math.inf, ""))
    for line, name, value in (cell for row in cells for cell in row):
        if not low <= float(value) <= high:
            found = f"{path}, line {line}, column {name}: the target is {value[:40]}"
            advice = "generate the network with --output identity"
            raise DataError(f"{found}, but the output of {OUTPUT} is {words}: {advice}")


def _check_targets(where, Y):
    """Refuse targets that the loss is not defined for."""
    outside = (Y < 0) | (Y > 1)
    if LOSS in ("bce", "cross_entropy") and outside.any():
        found = f"row {outside.any(axis=1).argmax() + 1} holds {Y[outside][0]:.6g}"
        raise DataError(f"{where}: the targets of {LOSS} must lie between 0 and 1, {found}")
    sums = Y.sum(axis=1, dtype=np.float64)
    wrong = abs(sums - 1) > 1e-6 + 2 * np.finfo(Y.dtype).eps
    if LOSS == "cross_entropy" and wrong.any():
        found = f"those of row {wrong.argmax() + 1} sum to {sums[wrong][0]:.6g}"
        raise DataError(f"{where}: the targets of cross_entropy must sum to 1 in every row, {found}")


def _numbers(values, name, width, dtype):
    """As an array of finite numbers of `dtype` and of so many columns."""
    values = np.asarray(values)
    if values.ndim != 2 or values.shape[1] != width:
        raise DataError(f"{name} should be ({len(values)}, {width}), is {values.shape}")
    if values.dtype.kind not in "fiub":
        raise DataError(f"{name} should hold numbers, holds {values.dtype}")
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(values, dtype=dtype)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        found = f"{values[row, column]} in row {row + 1}, column {column + 1}"
        raise DataError(f"{name} must hold finite numbers of {dtype}: there is {found}")
    return values


def split(data, test_fraction=0.2, seed=0):
    """(training data, test data) in a random order, standardised by the mean and the spread of the training part."""
    training, _, test = _parts(data, 0.0, test_fraction, seed)
    return training, test


def _parts(data, validation_fraction, test_fraction, seed):
    """(training, validation, test) data, standardised as split() does."""
    _check_fraction("test fraction", test_fraction)
    _check_fraction("validation fraction", validation_fraction)
    if test_fraction + validation_fraction > 1 - 1e-9:
        found = f"together below 1, got {test_fraction} and {validation_fraction}"
        raise DataError(f"the test and validation fractions must leave rows to train on: {found}")
    order = np.random.default_rng(seed).permutation(len(data.X))
    tests, held = (max(1, round(part * len(order))) if part else 0 for part in (test_fraction, validation_fraction))
    if tests + held >= len(order):
        purposes = "train, to validate and to test" if held else "train and to test"
        found = f"{_counted(len(order), 'row')} {'is' if len(order) == 1 else 'are'}"
        raise DataError(f"{found} too few to {purposes} on: give more, or choose smaller fractions")
    rows = order[tests + held :]
    mean, scale = _moments(data.X[rows])
    standard = data._replace(X=_standardised(data.X, mean, scale, data.inputs), mean=mean, scale=scale)
    parts = (rows, order[tests : tests + held], order[:tests])
    return [standard._replace(X=standard.X[part], Y=standard.Y[part]) for part in parts]


def _check_fraction(name, fraction):
    if not 0 <= fraction < 1:
        raise DataError(f"the {name} must be at least 0 and below 1, got {fraction}")


def _moments(values):
    """The mean and the spread of each column; a constant column has spread 1, so that it becomes 0."""
    with np.errstate(all="ignore"):  # what is not finite is refused by name
        spread = values.std(axis=0)
        return values.mean(axis=0), np.where(spread == 0, 1.0, spread)


def _standardised(values, mean, scale, names):
    """The columns with their means taken off, divided by their spreads; what is then no number is refused."""
    with np.errstate(all="ignore"):
        standard = (values - mean) / scale
        fits = np.isfinite(standard.astype(np.float32)).all(axis=0) & np.isfinite(mean) & np.isfinite(scale)
    if not fits.all():
        name = [*names][int(np.argmin(fits))]
        raise DataError(f"column {name} cannot be standardised: its values are too large or too far apart; rescale it")
    return standard


def _standard_targets(parts):
    """Data with the targets of a regression standardised by those of the first part; other data as they were."""
    if parts[0].classes or OUTPUT != "identity" or LOSS not in ("half_sse", "mse", "mae", "huber"):
        return parts
    mean, scale = _moments(parts[0].Y)
    return [
        part._replace(Y=_standardised(part.Y, mean, scale, part.targets), target_mean=mean, target_scale=scale)
        for part in parts
    ]


def score(params, data):
    """(what is measured, its value): the accuracy on classes, else the root of the mean squared error.

    The error is in the units of the target as it was read, whether or not it has been standardised.
    """
    outputs = forward(params, data.X.astype(_dtype_of(params), copy=False))
    if not data.classes:
        return "RMSE", float(np.sqrt(np.mean(((outputs - data.Y) * data.target_scale) ** 2)))
    if outputs.shape[1] == 1:
        return "accuracy", float(np.mean((outputs > 0.5) == (data.Y > 0.5)))
    return "accuracy", float(np.mean(outputs.argmax(axis=1) == data.Y.argmax(axis=1)))


# --- predictions ---


def _predictions(params, notes, path):
    """The header and the rows of what a network says about each line of a CSV file."""
    names = [str(name) for name in notes["inputs"]]
    X = _standardised(_inputs(path, names), notes["mean"], notes["scale"], names)
    outputs = forward(params, X.astype(_dtype_of(params)))
    targets, classes = ([str(name) for name in notes[kind]] for kind in ("targets", "classes"))
    if classes:
        return _class_rows(outputs, targets[0], classes)
    outputs = outputs * notes["target_scale"] + notes["target_mean"]
    return targets, [[f"{value:.10g}" for value in row] for row in outputs]


def _inputs(path, names):
    """The input columns of a CSV file, found by their names; other columns are passed over."""
    header, rows = _read_rows(path)
    absent = [name for name in names if name not in header]
    if absent:
        raise DataError(f"{path} has no column {absent[0]!r}: the weights were trained on {', '.join(names)}")
    places = [(name, header.index(name)) for name in names]
    return np.array([[_number(path, line, name, row[place]) for name, place in places] for line, row in rows])


def _class_rows(outputs, target, classes):
    """The class of each row, and how probable it is; the bare output where that is no probability."""
    known = OUTPUT in ("sigmoid", "softmax")
    if outputs.shape[1] == 1:
        chosen = (outputs[:, 0] > 0.5).astype(int)
        values = np.where(chosen == 1, outputs[:, 0], 1 - outputs[:, 0]) if known else outputs[:, 0]
    else:
        chosen, values = outputs.argmax(axis=1), outputs.max(axis=1)
    rows = [[classes[index], f"{value:.6f}"] for index, value in zip(chosen, values, strict=True)]
    return [target, "probability" if known else "output"], rows
