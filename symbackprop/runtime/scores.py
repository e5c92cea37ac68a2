"""Scores, and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np

from ..errors import DataError
from .array_files import Place
from .csv_files import Columns, Form, read_table
from .generated_modules import Array, Params, Trainable, all_targets, count, own_targets, trainable
from .parameters import dtype_of
from .samples import Data, encoded, listed, standardised

NOTED = ("mean", "scale", "target_mean", "target_scale", "inputs", "targets", "classes")
"""What is kept of Data beside the weights, so that predictions find their columns and their units."""

Rows = tuple[list[str], list[list[str]]]


def score(module: ModuleType, params: Params, data: Data) -> tuple[str, float]:
    """(what is measured, its value): the accuracy on classes, else the root of the mean squared error, or the loss.

    The error is in the units of the targets as they were read, whether or not they have been standardised; a target
    that is an input is taken from X. Where the outputs are not the targets, or the targets are probabilities of
    classes, the mean loss is what is said.
    """
    known, dtype = trainable(module), dtype_of(params)
    X, kind = data.X.astype(dtype, copy=False), _kind(known, data)
    are_soft = known.MODEL["task"] == "classes" and not len(data.classes)
    if kind == "loss" or are_soft:
        return "loss", float(known.loss(params, X, data.Y.astype(dtype, copy=False)))
    outputs = np.asarray(known.forward(params, X))  # another engine has arrays of its own
    if kind == "RMSE":
        errors = (outputs - all_targets(known, data.X, data.Y)) * _units(known, data)[1]
        return kind, float(np.sqrt(np.mean(errors**2)))
    if outputs.shape[1] == 1:
        return kind, float(np.mean((outputs > 0.5) == (data.Y > 0.5)))
    return kind, float(np.mean(outputs.argmax(axis=1) == data.Y.argmax(axis=1)))


def _kind(module: Trainable, data: Data) -> str:
    outputs, classes = count(module.MODEL["outputs"]), len(data.classes) > 0
    if classes and outputs == count(own_targets(module)):
        return "accuracy"
    return "RMSE" if 0 < outputs == count(module.MODEL["targets"]) and not classes else "loss"


def _units(module: Trainable, data: Data) -> tuple[Array, Array]:
    """The mean and the scale of each target."""
    pairs = ((data.mean, data.target_mean), (data.scale, data.target_scale))
    widths = data.X.shape[1], data.Y.shape[1]
    mean, scale = (all_targets(module, *map(np.broadcast_to, pair, widths)) for pair in pairs)
    return mean, scale


def predictions(module: Trainable, params: Params, notes: Mapping[str, Array], path: Place, form: Form) -> Rows:
    """The header and the rows of what a model says about each line of a CSV file; without outputs, of its loss."""
    data, dtype, shapes = _read(module, notes, path, form), dtype_of(params), module.MODEL["outputs"]
    X, Y = data.X.astype(dtype), data.Y.astype(dtype)
    if not shapes:
        losses = (float(module.loss(params, X[row : row + 1], Y[row : row + 1])) for row in range(len(X)))
        return ["loss"], [[f"{loss:.10g}"] for loss in losses]
    outputs, kind = np.asarray(module.forward(params, X)), _kind(module, data)
    if kind == "accuracy":
        return _class_rows(module, outputs, data)
    # a2_1 as it stands, x_1, M_1_2 for the entries of arrays, row by row
    indices = [(name, *(i + 1 for i in index)) for name, shape in shapes.items() for index in np.ndindex(shape)]
    header = ["_".join(map(str, index)) for index in indices]
    if kind == "RMSE":
        mean, scale = _units(module, data)
        outputs = outputs * scale + mean
        header = all_targets(module, np.array(data.inputs), np.array(data.targets)).tolist()
    return header, [[f"{value:.10g}" for value in row] for row in outputs]


def _read(module: Trainable, notes: Mapping[str, Array], path: Place, form: Form) -> Data:
    """The samples of a CSV file, columns found by their names; targets are read where there is only a loss to tell."""
    inputs, targets, classes = ([str(name) for name in notes[kind]] for kind in ("inputs", "targets", "classes"))
    needed = [] if module.MODEL["outputs"] else targets

    def choose(header: list[str], first: list[str]) -> Columns:
        absent = [name for name in [*inputs, *needed] if name not in {*header}]
        if absent:
            trained_on = listed([*inputs, *needed])
            raise DataError(f"{path} has no column {absent[0]!r}: the weights were trained on {trained_on}")
        return Columns(inputs, needed)

    table = read_table(path, form, choose)
    units = notes["mean"], notes["scale"], notes["target_mean"], notes["target_scale"]
    X = standardised(table.X, *units[:2], inputs)
    Y = np.zeros((len(X), count(own_targets(module))))  # which nobody looks at, unless they are needed
    if needed and classes:
        Y = encoded(module, table, classes)
    elif needed:
        Y = standardised(table.targets(), *units[2:], targets)
    return Data(X, Y, inputs, targets, classes, *units)


def _class_rows(module: Trainable, outputs: Array, data: Data) -> Rows:
    """The class of each row, and how probable it is; the bare output where that is no probability."""
    known = module.MODEL["target_range"] == (0, 1)
    if outputs.shape[1] == 1:
        chosen = (outputs[:, 0] > 0.5).astype(int)
        values = np.where(chosen == 1, outputs[:, 0], 1 - outputs[:, 0]) if known else outputs[:, 0]
    else:
        chosen, values = outputs.argmax(axis=1), outputs.max(axis=1)
    rows = [[data.classes[index], f"{value:.6f}"] for index, value in zip(chosen, values, strict=True)]
    return [data.targets[0], "probability" if known else "output"], rows
