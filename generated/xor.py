# symbackprop module, format 1
"""Network(2-3-1, hidden=tanh, output=sigmoid, loss=bce): one backward sweep, every factor once.

Made by: symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce
Needs NumPy alone. Operations for the loss and all 13 derivatives of one sample:
47 in one backward sweep, 449 with every derivative written out on its own.

params is a dict of arrays: W1 (3, 2), b1 (3,), W2 (1, 3), b2 (1,).
"""

import argparse
import contextlib
import csv
import math
import os
import sys
from typing import Any, NamedTuple

import numpy as np

NETWORK = "the 2-3-1 network"
WIDTHS = (2, 3, 1)
SHAPES = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
LOSS = "bce"
VARIANCE = 1.0  # of the start weights, times fan-in


def _sigmoid(x):
    """1 / (1 + exp(-x)) without overflow on either side."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _softplus(x):
    """log(1 + exp(x)) without overflow."""
    return np.logaddexp(x, 0.0)


def _columns(data, width, name, rows=None):
    """One array over the samples for each of the columns of `data`."""
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != width or rows not in (None, len(data)):
        raise ValueError(f"{name} must have shape ({rows or 'samples'}, {width}), has {data.shape}")
    return data.T


def _means(values, like):
    """Each entry's mean over the samples, as one array of floats of the kind of `like`."""
    if isinstance(values[0], list):
        return np.array([_means(row, like) for row in values])
    dtype = np.asarray(like).dtype
    return np.array([np.mean(value) for value in values], dtype=dtype if dtype.kind == "f" else float)


def forward(params, X):
    """The outputs for each row of X: (samples, inputs) to (samples, outputs)."""
    x1, x2 = _columns(X, WIDTHS[0], "X")
    w1_1_1, w1_1_2 = params["W1"][0]
    w1_2_1, w1_2_2 = params["W1"][1]
    w1_3_1, w1_3_2 = params["W1"][2]
    b1_1, b1_2, b1_3 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3 = params["W2"][0]
    (b2_1,) = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + b1_3
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    # forward: layer 2
    z2_1 = w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + b2_1
    a2_1 = _sigmoid(z2_1)
    return np.stack(np.broadcast_arrays(a2_1), axis=1)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    x1, x2 = _columns(X, WIDTHS[0], "X")
    (y1,) = _columns(Y, WIDTHS[-1], "Y", len(X))
    w1_1_1, w1_1_2 = params["W1"][0]
    w1_2_1, w1_2_2 = params["W1"][1]
    w1_3_1, w1_3_2 = params["W1"][2]
    b1_1, b1_2, b1_3 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3 = params["W2"][0]
    (b2_1,) = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + b1_3
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    # forward: layer 2
    z2_1 = w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + b2_1
    # forward: loss
    L = _softplus(z2_1) - z2_1 * y1
    return float(np.mean(L))


def loss_and_grad(params, X, Y):
    """(mean loss, its derivative by every parameter: a dict of arrays shaped like params)."""
    x1, x2 = _columns(X, WIDTHS[0], "X")
    (y1,) = _columns(Y, WIDTHS[-1], "Y", len(X))
    w1_1_1, w1_1_2 = params["W1"][0]
    w1_2_1, w1_2_2 = params["W1"][1]
    w1_3_1, w1_3_2 = params["W1"][2]
    b1_1, b1_2, b1_3 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3 = params["W2"][0]
    (b2_1,) = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + b1_3
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    # forward: layer 2
    z2_1 = w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + b2_1
    a2_1 = _sigmoid(z2_1)
    # forward: loss
    L = _softplus(z2_1) - z2_1 * y1
    # backward: from the loss to the inputs, each adjoint once
    delta2_1 = a2_1 - y1  # dL/dz2_1
    dL_dw2_1_1 = a1_1 * delta2_1  # dL/dw2_1_1 = dL/dz2_1 * dz2_1/dw2_1_1
    dL_dw2_1_2 = a1_2 * delta2_1  # dL/dw2_1_2 = dL/dz2_1 * dz2_1/dw2_1_2
    dL_dw2_1_3 = a1_3 * delta2_1  # dL/dw2_1_3 = dL/dz2_1 * dz2_1/dw2_1_3
    dL_da1_1 = w2_1_1 * delta2_1  # dL/da1_1 = dL/dz2_1 * dz2_1/da1_1
    dL_da1_2 = w2_1_2 * delta2_1  # dL/da1_2 = dL/dz2_1 * dz2_1/da1_2
    dL_da1_3 = w2_1_3 * delta2_1  # dL/da1_3 = dL/dz2_1 * dz2_1/da1_3
    delta1_1 = dL_da1_1 * (1 - a1_1 ** 2)  # dL/dz1_1 = dL/da1_1 * da1_1/dz1_1
    delta1_2 = dL_da1_2 * (1 - a1_2 ** 2)  # dL/dz1_2 = dL/da1_2 * da1_2/dz1_2
    delta1_3 = dL_da1_3 * (1 - a1_3 ** 2)  # dL/dz1_3 = dL/da1_3 * da1_3/dz1_3
    dL_dw1_1_1 = x1 * delta1_1  # dL/dw1_1_1 = dL/dz1_1 * dz1_1/dw1_1_1
    dL_dw1_1_2 = x2 * delta1_1  # dL/dw1_1_2 = dL/dz1_1 * dz1_1/dw1_1_2
    dL_dw1_2_1 = x1 * delta1_2  # dL/dw1_2_1 = dL/dz1_2 * dz1_2/dw1_2_1
    dL_dw1_2_2 = x2 * delta1_2  # dL/dw1_2_2 = dL/dz1_2 * dz1_2/dw1_2_2
    dL_dw1_3_1 = x1 * delta1_3  # dL/dw1_3_1 = dL/dz1_3 * dz1_3/dw1_3_1
    dL_dw1_3_2 = x2 * delta1_3  # dL/dw1_3_2 = dL/dz1_3 * dz1_3/dw1_3_2
    # the mean over the samples, put where each parameter stands
    grads = {
        "W1": _means([
            [dL_dw1_1_1, dL_dw1_1_2],
            [dL_dw1_2_1, dL_dw1_2_2],
            [dL_dw1_3_1, dL_dw1_3_2],
        ], params["W1"]),
        "b1": _means([delta1_1, delta1_2, delta1_3], params["b1"]),
        "W2": _means([[dL_dw2_1_1, dL_dw2_1_2, dL_dw2_1_3]], params["W2"]),
        "b2": _means([delta2_1], params["b2"]),
    }
    return float(np.mean(L)), grads


# ----------------------------------------------------------------------------------------------------------


class DataError(ValueError):
    """Data, weights or settings that do not fit this network; the message says what, where and what to do."""


class Diverged(ArithmeticError):
    """The loss stopped being finite. `epoch` is where, `params` are the last good weights."""

    def __init__(self, epoch, params):
        super().__init__(f"the loss is no longer finite in epoch {epoch}: try a smaller --learning-rate")
        self.epoch, self.params = epoch, params


def init(seed=0, scheme="random", dtype=np.float64):
    """Start values for all parameters: a dict of arrays of the shapes in SHAPES.

    scheme "random" draws weights from a normal distribution of variance VARIANCE / fan-in (LeCun et al. 1998,
    "Efficient BackProp", section 4.6; He et al. 2015, eq. 10, for rectifiers) and sets biases to 0; "equal" gives
    all weights of a layer one value, to show why that cannot work.
    """
    if scheme not in ("random", "equal"):
        raise DataError(f"unknown init scheme {scheme!r}: choose random or equal")
    rng = np.random.default_rng(seed)
    params = {}
    for name, shape in SHAPES.items():
        spread = math.sqrt(VARIANCE / shape[-1]) if len(shape) == 2 else 0.0
        values = rng.standard_normal(shape) if scheme == "random" else np.ones(shape)
        params[name] = (spread * values).astype(dtype)
    return params


def train(params, X, Y, epochs=200, batch_size=16, learning_rate=0.1, seed=0, on_epoch=None):
    """Mini-batch gradient descent; returns (trained parameters, the mean loss of each epoch).

    X is (samples, inputs), Y is (samples, outputs). `params` is left as it was. `on_epoch(epoch, loss)` is called
    after each epoch, counted from 1. Raises Diverged when the loss stops being finite.
    """
    X, Y = np.asarray(X), np.asarray(Y)
    _check_settings(len(X), len(Y), epochs, batch_size, learning_rate)
    params = {name: _floats(value).copy() for name, value in params.items()}
    _check_shapes("params", params)
    rng = np.random.default_rng(seed)
    history = []
    for epoch in range(1, epochs + 1):
        good = {name: value.copy() for name, value in params.items()}
        history.append(_one_epoch(params, X, Y, batch_size, learning_rate, rng))
        if not all(np.isfinite(value).all() for value in (history[-1], *params.values())):
            raise Diverged(epoch, good)
        if on_epoch is not None:
            on_epoch(epoch, history[-1])
    return params, history


def _one_epoch(params, X, Y, batch_size, learning_rate, rng):
    """One pass over the samples in a new order; changes params and returns the mean loss."""
    order = rng.permutation(len(X))
    total = 0.0
    for start in range(0, len(X), batch_size):
        batch = order[start : start + batch_size]
        with np.errstate(all="ignore"):  # train() looks at the outcome itself
            value, grads = loss_and_grad(params, X[batch], Y[batch])
            for name, grad in grads.items():
                params[name] -= learning_rate * grad
        total += value * len(batch)
    return total / len(X)


def _floats(values):
    """As an array that keeps its kind of floats; whole numbers become floats, since small steps would be lost."""
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def _check_settings(samples, targets, epochs, batch_size, learning_rate):
    if samples < 1 or samples != targets:
        raise DataError(f"X and Y must have a row for each sample, and at least one: got {samples} and {targets} rows")
    if epochs < 1 or batch_size < 1:
        raise DataError(f"epochs and batch size must be at least 1, got {epochs} and {batch_size}")
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise DataError(f"the learning rate must be a positive number, got {learning_rate}")


def check_grad(params, X, Y, step=1e-5):
    """The largest difference between loss_and_grad and central differences, relative to the largest derivative."""
    _, grads = loss_and_grad(params, X, Y)
    params = {name: np.array(value, dtype=np.float64) for name, value in params.items()}
    worst = 0.0
    for name, value in params.items():
        for index in np.ndindex(value.shape):
            kept, sides = value[index], []
            for sign in (1, -1):
                value[index] = kept + sign * step
                sides.append(loss(params, X, Y))
            value[index] = kept
            worst = max(worst, abs((sides[0] - sides[1]) / (2 * step) - grads[name][index]))
    return worst / max(1e-8, *(np.abs(grad).max() for grad in grads.values()))


def save(path, params, **notes):
    """Write parameters (and notes: arrays or strings) as .npz, aside first, so that no half file is left."""
    arrays = {**params, **{f"note_{name}": note for name, note in notes.items()}}
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    if any(value.dtype.kind == "O" for value in arrays.values()):
        raise DataError(
            f"cannot save {', '.join(arrays)}: one is no array of numbers or strings, and pickle is not used"
        )
    aside = f"{os.path.realpath(path)}.{os.getpid()}.part"
    try:
        with open(aside, "xb") as file:
            np.savez(file, **arrays)
        os.replace(aside, os.path.realpath(path))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise DataError(f"cannot write {path}: {error.strerror}; choose another --weights path") from error


def _check_writable(path, data):
    """Refuse a path for the weights before any work is done for them."""
    place, aside = os.path.realpath(path), f"{os.path.realpath(path)}.{os.getpid()}.part"
    refused = place == os.path.realpath(data) or (os.path.exists(place) and not os.path.isfile(place))
    try:
        open(aside, "xb").close()
        os.unlink(aside)
    except OSError:
        refused = True
    if refused:
        raise DataError(f"cannot write {path}: choose another --weights path, in a folder that exists")


def load(path):
    """Read what save() wrote: (parameters, notes). No pickle is read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or 'it is no .npz file'}") from error
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is no .npz file of weights, or is damaged ({type(error).__name__})") from error
    params = {name: value for name, value in arrays.items() if not name.startswith("note_")}
    _check_shapes(path, params)
    notes = {name.removeprefix("note_"): value for name, value in arrays.items() if name.startswith("note_")}
    return {name: params[name] for name in SHAPES}, notes


def _check_shapes(path, params):
    found = {name: value.shape for name, value in params.items()}
    for name in [*SHAPES, *found]:
        if found.get(name) != SHAPES.get(name):
            wrong = f"{name} should be {SHAPES.get(name, 'absent')}, is {found.get(name, 'absent')}"
            raise DataError(f"{path} does not fit {NETWORK}: {wrong}")
        if params[name].dtype.kind != "f":
            raise DataError(f"{path} does not fit {NETWORK}: {name} should hold floats, holds {params[name].dtype}")


class Data(NamedTuple):
    """Samples ready for training, and how they were made so."""

    X: Any
    Y: Any
    inputs: list
    targets: list
    classes: list  # the names of the classes in the order of the outputs; empty for regression
    mean: Any = 0.0
    scale: Any = 1.0


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
        raise DataError(f"{path} has {others}, but {NETWORK} takes {WIDTHS[0]} inputs")
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
        raise DataError(f"{path} has no column {wrong[0]!r}, or it is named twice: choose from {', '.join(header)}")
    return targets


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
            raise DataError(f"{path}, line {number}: {len(row)} values for {len(header)} columns")
    return header, lines[1:]


def _check_header(path, header):
    """Refuse a first line that is data: all numbers, or any number that is no plain count, as 5.1 is."""
    numbers = [name for name in header if _is_number(name)]
    if len(numbers) == len(header) or not all(name.isdigit() for name in numbers):
        raise DataError(f"{path}, line 1: {numbers[0]!r} names no column; add a line of column names")
    if "" in header or len(set(header)) < len(header):
        raise DataError(f"{path}, line 1: each column needs a name, and one of its own")


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
        raise DataError(f"{NETWORK} has {WIDTHS[-1]} outputs, but {len(targets)} target columns are named")
    Y = np.array([[_number(path, *cell) for cell in row] for row in cells])
    if LOSS in ("bce", "cross_entropy") and (Y.min() < 0 or Y.max() > 1):
        raise DataError(f"{path}: the targets of {LOSS} must lie between 0 and 1")
    if LOSS == "cross_entropy" and abs(Y.sum(axis=1) - 1).max() > 1e-6:
        raise DataError(f"{path}: the targets of cross_entropy must sum to 1 in every line")
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
        raise DataError(f"{found}: generate a network with {len(names)} outputs")
    index = np.array([names.index(value) for _, _, value in cells])
    return (index[:, None].astype(float) if WIDTHS[-1] == 1 else np.eye(outputs)[index]), names


def split(data, test_fraction=0.2, seed=0):
    """(training data, test data) in a random order, standardised by the mean and the spread of the training part."""
    if not 0 <= test_fraction < 1:
        raise DataError(f"the test fraction must be at least 0 and below 1, got {test_fraction}")
    order = np.random.default_rng(seed).permutation(len(data.X))
    tests = max(1, round(test_fraction * len(order))) if test_fraction else 0
    if tests >= len(order):
        raise DataError(f"{len(order)} rows are too few to train and to test on: give at least 2")
    mean, scale = data.X[order[tests:]].mean(axis=0), data.X[order[tests:]].std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    standard = data._replace(X=(data.X - mean) / scale, mean=mean, scale=scale)
    parts = (order[tests:], order[:tests])
    return tuple(standard._replace(X=standard.X[part], Y=standard.Y[part]) for part in parts)


def score(params, data):
    """(what is measured, its value): the accuracy on classes, else the root of the mean squared error."""
    outputs = forward(params, data.X)
    if not data.classes:
        return "RMSE", float(np.sqrt(np.mean((outputs - data.Y) ** 2)))
    if outputs.shape[1] == 1:
        return "accuracy", float(np.mean((outputs > 0.5) == (data.Y > 0.5)))
    return "accuracy", float(np.mean(outputs.argmax(axis=1) == data.Y.argmax(axis=1)))


def fit(options, on_epoch=None):
    """Read, split, train, measure and save as the command line's options say; returns the lines of a report."""
    _check_writable(options.weights, options.data)
    if options.seed < 0:
        raise DataError(f"the seed must be 0 or more, got {options.seed}")
    training, test = split(read_csv(options.data, options.target), options.test_fraction, options.seed)
    params = init(options.seed, options.init)
    notes = {"mean": training.mean, "scale": training.scale, "inputs": training.inputs, "classes": training.classes}
    try:
        sizes = (options.epochs, options.batch_size, options.learning_rate)
        params, history = train(params, training.X, training.Y, *sizes, options.seed, on_epoch)
    except Diverged as stop:
        save(options.weights, stop.params, **notes)
        raise DataError(f"{stop}; the last good weights are in {options.weights}") from stop
    save(options.weights, params, **notes)
    return [
        f"loss            {history[-1]:.6f} after {options.epochs} epochs (first epoch: {history[0]:.6f})",
        _report("train", params, training),
        *([_report("test", params, test)] if len(test.X) else []),
        f"weights         {options.weights}",
    ]


def _report(part, params, data):
    name, value = score(params, data)
    figure = f"{value:.1%}" if data.classes else f"{value:.6g}"
    return f"{part + ' ' + name:<15} {figure} of {len(data.X)} rows"


def add_options(parser):
    """The options of the train command."""
    parser.add_argument("data", help="a CSV file with a line of column names")
    parser.add_argument("--target", help="the column to predict, or several with commas between (default: the last)")
    parser.add_argument("--epochs", type=int, default=200, help="passes over the training rows (default: 200)")
    parser.add_argument("--batch-size", type=int, default=16, help="rows in one step (default: 16)")
    parser.add_argument("--learning-rate", type=float, default=0.1, help="step size (default: 0.1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of start weights, split and order (default: 0)")
    parser.add_argument("--test-fraction", type=float, default=0.2, help="rows kept for the test (default: 0.2)")
    parser.add_argument("--init", choices=("random", "equal"), default="random", help="start weights (default: random)")
    parser.add_argument("--weights", help="where the trained weights go (default: the module's name with .npz)")


def default_weights(module):
    """Where the weights go unless told otherwise: into this folder, under the module's name."""
    return os.path.splitext(os.path.basename(module))[0] + ".npz"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {' '.join(message.split())}; see --help\n")


def main(argv=None):
    """The command line: python THIS_FILE train data.csv --target column."""
    parser = _Parser(description=f"Train {NETWORK} with NumPy alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_options(commands.add_parser("train", help="train on a CSV file and save the weights"))
    options = parser.parse_args(argv)
    options.weights = options.weights or default_weights(__file__)

    def progress(epoch, value):
        if epoch % max(1, options.epochs // 10) == 0 or epoch == 1:
            print(f"epoch {epoch:>5}  loss {value:.6f}")

    try:
        print("\n".join(fit(options, progress)))
    except DataError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
