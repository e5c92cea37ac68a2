# symbackprop module, format 2
"""Network(4-8-3, hidden=tanh, output=softmax, loss=cross_entropy): one backward sweep, every factor once.

Made by: symbackprop generate 4-8-3 --hidden tanh --output softmax --loss cross_entropy
Needs NumPy alone. Operations for the loss and all 67 derivatives of one sample:
256 in one backward sweep, 56739 if each derivative were derived on its own.

params is a dict of arrays: W1 (8, 4), b1 (8,), W2 (3, 8), b2 (3,).
"""

import argparse
import contextlib
import csv
import difflib
import hashlib
import io
import json
import math
import os
import sys
from typing import Any, NamedTuple

import numpy as np

NETWORK = "the 4-8-3 network"
WIDTHS = (4, 8, 3)
SHAPES = {"W1": (8, 4), "b1": (8,), "W2": (3, 8), "b2": (3,)}
HIDDEN, OUTPUT = "tanh", "softmax"
LOSS = "cross_entropy"
VARIANCE = 1.0  # of the start weights, times fan-in
SCALED_GRADIENTS = True  # whether the function of batch_function takes scale=
PROGRAM = "46eda292c1d5b584"  # tells these functions from others: no run goes on with others


def _logsumexp(*xs):
    """log(exp(x1) + exp(x2) + ...) without overflow: the largest is taken out first."""
    top = xs[0]
    for x in xs[1:]:
        top = np.maximum(top, x)
    return top + np.log(sum(np.exp(x - top) for x in xs))


def check_params(params):
    """Refuse parameters that are not of the shapes of SHAPES; anything else is not looked at."""
    for name, shape in SHAPES.items():
        found = np.shape(params[name]) if name in params else "absent"
        if found != shape:
            raise ValueError(f"{name} should be {shape}, is {found}")


def _columns(data, width, name, rows=None):
    """One array over the samples for each of the columns of `data`."""
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != width or rows not in (None, len(data)):
        raise ValueError(f"{name} must have shape ({rows or 'samples'}, {width}), has {data.shape}")
    if rows == 0:
        raise ValueError("X and Y have no rows: a mean over the samples needs at least one")
    return data.T


def _gathered(values, like):
    """The derivatives by the entries of one array, as floats of the kind of `like`."""
    dtype = np.asarray(like).dtype
    return np.array(values, dtype=dtype.type if dtype.kind == "f" else float)


def forward(params, X):
    """The outputs for each row of X: (samples, inputs) to (samples, outputs)."""
    check_params(params)
    x1, x2, x3, x4 = _columns(X, WIDTHS[0], "X")
    w1_1_1, w1_1_2, w1_1_3, w1_1_4 = params["W1"][0]
    w1_2_1, w1_2_2, w1_2_3, w1_2_4 = params["W1"][1]
    w1_3_1, w1_3_2, w1_3_3, w1_3_4 = params["W1"][2]
    w1_4_1, w1_4_2, w1_4_3, w1_4_4 = params["W1"][3]
    w1_5_1, w1_5_2, w1_5_3, w1_5_4 = params["W1"][4]
    w1_6_1, w1_6_2, w1_6_3, w1_6_4 = params["W1"][5]
    w1_7_1, w1_7_2, w1_7_3, w1_7_4 = params["W1"][6]
    w1_8_1, w1_8_2, w1_8_3, w1_8_4 = params["W1"][7]
    b1_1, b1_2, b1_3, b1_4, b1_5, b1_6, b1_7, b1_8 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3, w2_1_4, w2_1_5, w2_1_6, w2_1_7, w2_1_8 = params["W2"][0]
    w2_2_1, w2_2_2, w2_2_3, w2_2_4, w2_2_5, w2_2_6, w2_2_7, w2_2_8 = params["W2"][1]
    w2_3_1, w2_3_2, w2_3_3, w2_3_4, w2_3_5, w2_3_6, w2_3_7, w2_3_8 = params["W2"][2]
    b2_1, b2_2, b2_3 = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + w1_1_3 * x3 + w1_1_4 * x4 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + w1_2_3 * x3 + w1_2_4 * x4 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + w1_3_3 * x3 + w1_3_4 * x4 + b1_3
    z1_4 = w1_4_1 * x1 + w1_4_2 * x2 + w1_4_3 * x3 + w1_4_4 * x4 + b1_4
    z1_5 = w1_5_1 * x1 + w1_5_2 * x2 + w1_5_3 * x3 + w1_5_4 * x4 + b1_5
    z1_6 = w1_6_1 * x1 + w1_6_2 * x2 + w1_6_3 * x3 + w1_6_4 * x4 + b1_6
    z1_7 = w1_7_1 * x1 + w1_7_2 * x2 + w1_7_3 * x3 + w1_7_4 * x4 + b1_7
    z1_8 = w1_8_1 * x1 + w1_8_2 * x2 + w1_8_3 * x3 + w1_8_4 * x4 + b1_8
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    a1_4 = np.tanh(z1_4)
    a1_5 = np.tanh(z1_5)
    a1_6 = np.tanh(z1_6)
    a1_7 = np.tanh(z1_7)
    a1_8 = np.tanh(z1_8)
    # forward: layer 2
    z2_1 = (
        w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + w2_1_4 * a1_4 + w2_1_5 * a1_5 + w2_1_6
        * a1_6 + w2_1_7 * a1_7 + w2_1_8 * a1_8 + b2_1
    )
    z2_2 = (
        w2_2_1 * a1_1 + w2_2_2 * a1_2 + w2_2_3 * a1_3 + w2_2_4 * a1_4 + w2_2_5 * a1_5 + w2_2_6
        * a1_6 + w2_2_7 * a1_7 + w2_2_8 * a1_8 + b2_2
    )
    z2_3 = (
        w2_3_1 * a1_1 + w2_3_2 * a1_2 + w2_3_3 * a1_3 + w2_3_4 * a1_4 + w2_3_5 * a1_5 + w2_3_6
        * a1_6 + w2_3_7 * a1_7 + w2_3_8 * a1_8 + b2_3
    )
    lse2 = _logsumexp(z2_1, z2_2, z2_3)
    a2_1 = np.exp(z2_1 - lse2)
    a2_2 = np.exp(z2_2 - lse2)
    a2_3 = np.exp(z2_3 - lse2)
    return np.stack(np.broadcast_arrays(a2_1, a2_2, a2_3), axis=1)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    check_params(params)
    x1, x2, x3, x4 = _columns(X, WIDTHS[0], "X")
    y1, y2, y3 = _columns(Y, WIDTHS[-1], "Y", len(X))
    w1_1_1, w1_1_2, w1_1_3, w1_1_4 = params["W1"][0]
    w1_2_1, w1_2_2, w1_2_3, w1_2_4 = params["W1"][1]
    w1_3_1, w1_3_2, w1_3_3, w1_3_4 = params["W1"][2]
    w1_4_1, w1_4_2, w1_4_3, w1_4_4 = params["W1"][3]
    w1_5_1, w1_5_2, w1_5_3, w1_5_4 = params["W1"][4]
    w1_6_1, w1_6_2, w1_6_3, w1_6_4 = params["W1"][5]
    w1_7_1, w1_7_2, w1_7_3, w1_7_4 = params["W1"][6]
    w1_8_1, w1_8_2, w1_8_3, w1_8_4 = params["W1"][7]
    b1_1, b1_2, b1_3, b1_4, b1_5, b1_6, b1_7, b1_8 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3, w2_1_4, w2_1_5, w2_1_6, w2_1_7, w2_1_8 = params["W2"][0]
    w2_2_1, w2_2_2, w2_2_3, w2_2_4, w2_2_5, w2_2_6, w2_2_7, w2_2_8 = params["W2"][1]
    w2_3_1, w2_3_2, w2_3_3, w2_3_4, w2_3_5, w2_3_6, w2_3_7, w2_3_8 = params["W2"][2]
    b2_1, b2_2, b2_3 = params["b2"]
    n = len(X)
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + w1_1_3 * x3 + w1_1_4 * x4 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + w1_2_3 * x3 + w1_2_4 * x4 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + w1_3_3 * x3 + w1_3_4 * x4 + b1_3
    z1_4 = w1_4_1 * x1 + w1_4_2 * x2 + w1_4_3 * x3 + w1_4_4 * x4 + b1_4
    z1_5 = w1_5_1 * x1 + w1_5_2 * x2 + w1_5_3 * x3 + w1_5_4 * x4 + b1_5
    z1_6 = w1_6_1 * x1 + w1_6_2 * x2 + w1_6_3 * x3 + w1_6_4 * x4 + b1_6
    z1_7 = w1_7_1 * x1 + w1_7_2 * x2 + w1_7_3 * x3 + w1_7_4 * x4 + b1_7
    z1_8 = w1_8_1 * x1 + w1_8_2 * x2 + w1_8_3 * x3 + w1_8_4 * x4 + b1_8
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    a1_4 = np.tanh(z1_4)
    a1_5 = np.tanh(z1_5)
    a1_6 = np.tanh(z1_6)
    a1_7 = np.tanh(z1_7)
    a1_8 = np.tanh(z1_8)
    # forward: layer 2
    z2_1 = (
        w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + w2_1_4 * a1_4 + w2_1_5 * a1_5 + w2_1_6
        * a1_6 + w2_1_7 * a1_7 + w2_1_8 * a1_8 + b2_1
    )
    z2_2 = (
        w2_2_1 * a1_1 + w2_2_2 * a1_2 + w2_2_3 * a1_3 + w2_2_4 * a1_4 + w2_2_5 * a1_5 + w2_2_6
        * a1_6 + w2_2_7 * a1_7 + w2_2_8 * a1_8 + b2_2
    )
    z2_3 = (
        w2_3_1 * a1_1 + w2_3_2 * a1_2 + w2_3_3 * a1_3 + w2_3_4 * a1_4 + w2_3_5 * a1_5 + w2_3_6
        * a1_6 + w2_3_7 * a1_7 + w2_3_8 * a1_8 + b2_3
    )
    lse2 = _logsumexp(z2_1, z2_2, z2_3)
    # forward: loss
    L = lse2 - (z2_1 * y1 + z2_2 * y2 + z2_3 * y3)
    return float(L.sum()) / n


def loss_and_grad(params, X, Y, scale=1.0):
    """(mean loss, its derivatives times scale: a dict of arrays shaped like params)."""
    check_params(params)
    x1, x2, x3, x4 = _columns(X, WIDTHS[0], "X")
    y1, y2, y3 = _columns(Y, WIDTHS[-1], "Y", len(X))
    w1_1_1, w1_1_2, w1_1_3, w1_1_4 = params["W1"][0]
    w1_2_1, w1_2_2, w1_2_3, w1_2_4 = params["W1"][1]
    w1_3_1, w1_3_2, w1_3_3, w1_3_4 = params["W1"][2]
    w1_4_1, w1_4_2, w1_4_3, w1_4_4 = params["W1"][3]
    w1_5_1, w1_5_2, w1_5_3, w1_5_4 = params["W1"][4]
    w1_6_1, w1_6_2, w1_6_3, w1_6_4 = params["W1"][5]
    w1_7_1, w1_7_2, w1_7_3, w1_7_4 = params["W1"][6]
    w1_8_1, w1_8_2, w1_8_3, w1_8_4 = params["W1"][7]
    b1_1, b1_2, b1_3, b1_4, b1_5, b1_6, b1_7, b1_8 = params["b1"]
    w2_1_1, w2_1_2, w2_1_3, w2_1_4, w2_1_5, w2_1_6, w2_1_7, w2_1_8 = params["W2"][0]
    w2_2_1, w2_2_2, w2_2_3, w2_2_4, w2_2_5, w2_2_6, w2_2_7, w2_2_8 = params["W2"][1]
    w2_3_1, w2_3_2, w2_3_3, w2_3_4, w2_3_5, w2_3_6, w2_3_7, w2_3_8 = params["W2"][2]
    b2_1, b2_2, b2_3 = params["b2"]
    n = len(X)
    scale = float(scale) / n  # the mean over the samples goes into the smallest adjoint
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + w1_1_3 * x3 + w1_1_4 * x4 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + w1_2_3 * x3 + w1_2_4 * x4 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + w1_3_3 * x3 + w1_3_4 * x4 + b1_3
    z1_4 = w1_4_1 * x1 + w1_4_2 * x2 + w1_4_3 * x3 + w1_4_4 * x4 + b1_4
    z1_5 = w1_5_1 * x1 + w1_5_2 * x2 + w1_5_3 * x3 + w1_5_4 * x4 + b1_5
    z1_6 = w1_6_1 * x1 + w1_6_2 * x2 + w1_6_3 * x3 + w1_6_4 * x4 + b1_6
    z1_7 = w1_7_1 * x1 + w1_7_2 * x2 + w1_7_3 * x3 + w1_7_4 * x4 + b1_7
    z1_8 = w1_8_1 * x1 + w1_8_2 * x2 + w1_8_3 * x3 + w1_8_4 * x4 + b1_8
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    a1_4 = np.tanh(z1_4)
    a1_5 = np.tanh(z1_5)
    a1_6 = np.tanh(z1_6)
    a1_7 = np.tanh(z1_7)
    a1_8 = np.tanh(z1_8)
    # forward: layer 2
    z2_1 = (
        w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + w2_1_4 * a1_4 + w2_1_5 * a1_5 + w2_1_6
        * a1_6 + w2_1_7 * a1_7 + w2_1_8 * a1_8 + b2_1
    )
    z2_2 = (
        w2_2_1 * a1_1 + w2_2_2 * a1_2 + w2_2_3 * a1_3 + w2_2_4 * a1_4 + w2_2_5 * a1_5 + w2_2_6
        * a1_6 + w2_2_7 * a1_7 + w2_2_8 * a1_8 + b2_2
    )
    z2_3 = (
        w2_3_1 * a1_1 + w2_3_2 * a1_2 + w2_3_3 * a1_3 + w2_3_4 * a1_4 + w2_3_5 * a1_5 + w2_3_6
        * a1_6 + w2_3_7 * a1_7 + w2_3_8 * a1_8 + b2_3
    )
    lse2 = _logsumexp(z2_1, z2_2, z2_3)
    a2_1 = np.exp(z2_1 - lse2)
    a2_2 = np.exp(z2_2 - lse2)
    a2_3 = np.exp(z2_3 - lse2)
    # forward: loss
    L = lse2 - (z2_1 * y1 + z2_2 * y2 + z2_3 * y3)
    # backward: from the loss to the inputs, each adjoint once
    delta2_1 = (a2_1 - y1) * scale  # dL/dz2_1 = dL/dlse2 * dlse2/dz2_1 + dL/dz2_1
    delta2_2 = (a2_2 - y2) * scale  # dL/dz2_2 = dL/dlse2 * dlse2/dz2_2 + dL/dz2_2
    delta2_3 = (a2_3 - y3) * scale  # dL/dz2_3 = dL/dlse2 * dlse2/dz2_3 + dL/dz2_3
    dL_dw2_1_1 = a1_1 @ delta2_1  # dL/dw2_1_1 = dL/dz2_1 * dz2_1/dw2_1_1
    dL_dw2_1_2 = a1_2 @ delta2_1  # dL/dw2_1_2 = dL/dz2_1 * dz2_1/dw2_1_2
    dL_dw2_1_3 = a1_3 @ delta2_1  # dL/dw2_1_3 = dL/dz2_1 * dz2_1/dw2_1_3
    dL_dw2_1_4 = a1_4 @ delta2_1  # dL/dw2_1_4 = dL/dz2_1 * dz2_1/dw2_1_4
    dL_dw2_1_5 = a1_5 @ delta2_1  # dL/dw2_1_5 = dL/dz2_1 * dz2_1/dw2_1_5
    dL_dw2_1_6 = a1_6 @ delta2_1  # dL/dw2_1_6 = dL/dz2_1 * dz2_1/dw2_1_6
    dL_dw2_1_7 = a1_7 @ delta2_1  # dL/dw2_1_7 = dL/dz2_1 * dz2_1/dw2_1_7
    dL_dw2_1_8 = a1_8 @ delta2_1  # dL/dw2_1_8 = dL/dz2_1 * dz2_1/dw2_1_8
    dL_dw2_2_1 = a1_1 @ delta2_2  # dL/dw2_2_1 = dL/dz2_2 * dz2_2/dw2_2_1
    dL_dw2_2_2 = a1_2 @ delta2_2  # dL/dw2_2_2 = dL/dz2_2 * dz2_2/dw2_2_2
    dL_dw2_2_3 = a1_3 @ delta2_2  # dL/dw2_2_3 = dL/dz2_2 * dz2_2/dw2_2_3
    dL_dw2_2_4 = a1_4 @ delta2_2  # dL/dw2_2_4 = dL/dz2_2 * dz2_2/dw2_2_4
    dL_dw2_2_5 = a1_5 @ delta2_2  # dL/dw2_2_5 = dL/dz2_2 * dz2_2/dw2_2_5
    dL_dw2_2_6 = a1_6 @ delta2_2  # dL/dw2_2_6 = dL/dz2_2 * dz2_2/dw2_2_6
    dL_dw2_2_7 = a1_7 @ delta2_2  # dL/dw2_2_7 = dL/dz2_2 * dz2_2/dw2_2_7
    dL_dw2_2_8 = a1_8 @ delta2_2  # dL/dw2_2_8 = dL/dz2_2 * dz2_2/dw2_2_8
    dL_dw2_3_1 = a1_1 @ delta2_3  # dL/dw2_3_1 = dL/dz2_3 * dz2_3/dw2_3_1
    dL_dw2_3_2 = a1_2 @ delta2_3  # dL/dw2_3_2 = dL/dz2_3 * dz2_3/dw2_3_2
    dL_dw2_3_3 = a1_3 @ delta2_3  # dL/dw2_3_3 = dL/dz2_3 * dz2_3/dw2_3_3
    dL_dw2_3_4 = a1_4 @ delta2_3  # dL/dw2_3_4 = dL/dz2_3 * dz2_3/dw2_3_4
    dL_dw2_3_5 = a1_5 @ delta2_3  # dL/dw2_3_5 = dL/dz2_3 * dz2_3/dw2_3_5
    dL_dw2_3_6 = a1_6 @ delta2_3  # dL/dw2_3_6 = dL/dz2_3 * dz2_3/dw2_3_6
    dL_dw2_3_7 = a1_7 @ delta2_3  # dL/dw2_3_7 = dL/dz2_3 * dz2_3/dw2_3_7
    dL_dw2_3_8 = a1_8 @ delta2_3  # dL/dw2_3_8 = dL/dz2_3 * dz2_3/dw2_3_8
    # dL/da1_1 = dL/dz2_1 * dz2_1/da1_1 + dL/dz2_2 * dz2_2/da1_1 + dL/dz2_3 * dz2_3/da1_1
    dL_da1_1 = w2_1_1 * delta2_1 + w2_2_1 * delta2_2 + w2_3_1 * delta2_3
    # dL/da1_2 = dL/dz2_1 * dz2_1/da1_2 + dL/dz2_2 * dz2_2/da1_2 + dL/dz2_3 * dz2_3/da1_2
    dL_da1_2 = w2_1_2 * delta2_1 + w2_2_2 * delta2_2 + w2_3_2 * delta2_3
    # dL/da1_3 = dL/dz2_1 * dz2_1/da1_3 + dL/dz2_2 * dz2_2/da1_3 + dL/dz2_3 * dz2_3/da1_3
    dL_da1_3 = w2_1_3 * delta2_1 + w2_2_3 * delta2_2 + w2_3_3 * delta2_3
    # dL/da1_4 = dL/dz2_1 * dz2_1/da1_4 + dL/dz2_2 * dz2_2/da1_4 + dL/dz2_3 * dz2_3/da1_4
    dL_da1_4 = w2_1_4 * delta2_1 + w2_2_4 * delta2_2 + w2_3_4 * delta2_3
    # dL/da1_5 = dL/dz2_1 * dz2_1/da1_5 + dL/dz2_2 * dz2_2/da1_5 + dL/dz2_3 * dz2_3/da1_5
    dL_da1_5 = w2_1_5 * delta2_1 + w2_2_5 * delta2_2 + w2_3_5 * delta2_3
    # dL/da1_6 = dL/dz2_1 * dz2_1/da1_6 + dL/dz2_2 * dz2_2/da1_6 + dL/dz2_3 * dz2_3/da1_6
    dL_da1_6 = w2_1_6 * delta2_1 + w2_2_6 * delta2_2 + w2_3_6 * delta2_3
    # dL/da1_7 = dL/dz2_1 * dz2_1/da1_7 + dL/dz2_2 * dz2_2/da1_7 + dL/dz2_3 * dz2_3/da1_7
    dL_da1_7 = w2_1_7 * delta2_1 + w2_2_7 * delta2_2 + w2_3_7 * delta2_3
    # dL/da1_8 = dL/dz2_1 * dz2_1/da1_8 + dL/dz2_2 * dz2_2/da1_8 + dL/dz2_3 * dz2_3/da1_8
    dL_da1_8 = w2_1_8 * delta2_1 + w2_2_8 * delta2_2 + w2_3_8 * delta2_3
    delta1_1 = dL_da1_1 * (1 - a1_1 ** 2)  # dL/dz1_1 = dL/da1_1 * da1_1/dz1_1
    delta1_2 = dL_da1_2 * (1 - a1_2 ** 2)  # dL/dz1_2 = dL/da1_2 * da1_2/dz1_2
    delta1_3 = dL_da1_3 * (1 - a1_3 ** 2)  # dL/dz1_3 = dL/da1_3 * da1_3/dz1_3
    delta1_4 = dL_da1_4 * (1 - a1_4 ** 2)  # dL/dz1_4 = dL/da1_4 * da1_4/dz1_4
    delta1_5 = dL_da1_5 * (1 - a1_5 ** 2)  # dL/dz1_5 = dL/da1_5 * da1_5/dz1_5
    delta1_6 = dL_da1_6 * (1 - a1_6 ** 2)  # dL/dz1_6 = dL/da1_6 * da1_6/dz1_6
    delta1_7 = dL_da1_7 * (1 - a1_7 ** 2)  # dL/dz1_7 = dL/da1_7 * da1_7/dz1_7
    delta1_8 = dL_da1_8 * (1 - a1_8 ** 2)  # dL/dz1_8 = dL/da1_8 * da1_8/dz1_8
    dL_dw1_1_1 = x1 @ delta1_1  # dL/dw1_1_1 = dL/dz1_1 * dz1_1/dw1_1_1
    dL_dw1_1_2 = x2 @ delta1_1  # dL/dw1_1_2 = dL/dz1_1 * dz1_1/dw1_1_2
    dL_dw1_1_3 = x3 @ delta1_1  # dL/dw1_1_3 = dL/dz1_1 * dz1_1/dw1_1_3
    dL_dw1_1_4 = x4 @ delta1_1  # dL/dw1_1_4 = dL/dz1_1 * dz1_1/dw1_1_4
    dL_dw1_2_1 = x1 @ delta1_2  # dL/dw1_2_1 = dL/dz1_2 * dz1_2/dw1_2_1
    dL_dw1_2_2 = x2 @ delta1_2  # dL/dw1_2_2 = dL/dz1_2 * dz1_2/dw1_2_2
    dL_dw1_2_3 = x3 @ delta1_2  # dL/dw1_2_3 = dL/dz1_2 * dz1_2/dw1_2_3
    dL_dw1_2_4 = x4 @ delta1_2  # dL/dw1_2_4 = dL/dz1_2 * dz1_2/dw1_2_4
    dL_dw1_3_1 = x1 @ delta1_3  # dL/dw1_3_1 = dL/dz1_3 * dz1_3/dw1_3_1
    dL_dw1_3_2 = x2 @ delta1_3  # dL/dw1_3_2 = dL/dz1_3 * dz1_3/dw1_3_2
    dL_dw1_3_3 = x3 @ delta1_3  # dL/dw1_3_3 = dL/dz1_3 * dz1_3/dw1_3_3
    dL_dw1_3_4 = x4 @ delta1_3  # dL/dw1_3_4 = dL/dz1_3 * dz1_3/dw1_3_4
    dL_dw1_4_1 = x1 @ delta1_4  # dL/dw1_4_1 = dL/dz1_4 * dz1_4/dw1_4_1
    dL_dw1_4_2 = x2 @ delta1_4  # dL/dw1_4_2 = dL/dz1_4 * dz1_4/dw1_4_2
    dL_dw1_4_3 = x3 @ delta1_4  # dL/dw1_4_3 = dL/dz1_4 * dz1_4/dw1_4_3
    dL_dw1_4_4 = x4 @ delta1_4  # dL/dw1_4_4 = dL/dz1_4 * dz1_4/dw1_4_4
    dL_dw1_5_1 = x1 @ delta1_5  # dL/dw1_5_1 = dL/dz1_5 * dz1_5/dw1_5_1
    dL_dw1_5_2 = x2 @ delta1_5  # dL/dw1_5_2 = dL/dz1_5 * dz1_5/dw1_5_2
    dL_dw1_5_3 = x3 @ delta1_5  # dL/dw1_5_3 = dL/dz1_5 * dz1_5/dw1_5_3
    dL_dw1_5_4 = x4 @ delta1_5  # dL/dw1_5_4 = dL/dz1_5 * dz1_5/dw1_5_4
    dL_dw1_6_1 = x1 @ delta1_6  # dL/dw1_6_1 = dL/dz1_6 * dz1_6/dw1_6_1
    dL_dw1_6_2 = x2 @ delta1_6  # dL/dw1_6_2 = dL/dz1_6 * dz1_6/dw1_6_2
    dL_dw1_6_3 = x3 @ delta1_6  # dL/dw1_6_3 = dL/dz1_6 * dz1_6/dw1_6_3
    dL_dw1_6_4 = x4 @ delta1_6  # dL/dw1_6_4 = dL/dz1_6 * dz1_6/dw1_6_4
    dL_dw1_7_1 = x1 @ delta1_7  # dL/dw1_7_1 = dL/dz1_7 * dz1_7/dw1_7_1
    dL_dw1_7_2 = x2 @ delta1_7  # dL/dw1_7_2 = dL/dz1_7 * dz1_7/dw1_7_2
    dL_dw1_7_3 = x3 @ delta1_7  # dL/dw1_7_3 = dL/dz1_7 * dz1_7/dw1_7_3
    dL_dw1_7_4 = x4 @ delta1_7  # dL/dw1_7_4 = dL/dz1_7 * dz1_7/dw1_7_4
    dL_dw1_8_1 = x1 @ delta1_8  # dL/dw1_8_1 = dL/dz1_8 * dz1_8/dw1_8_1
    dL_dw1_8_2 = x2 @ delta1_8  # dL/dw1_8_2 = dL/dz1_8 * dz1_8/dw1_8_2
    dL_dw1_8_3 = x3 @ delta1_8  # dL/dw1_8_3 = dL/dz1_8 * dz1_8/dw1_8_3
    dL_dw1_8_4 = x4 @ delta1_8  # dL/dw1_8_4 = dL/dz1_8 * dz1_8/dw1_8_4
    # each sum over the samples, put where its parameter stands
    grads = {
        "W1": _gathered([
            [dL_dw1_1_1, dL_dw1_1_2, dL_dw1_1_3, dL_dw1_1_4],
            [dL_dw1_2_1, dL_dw1_2_2, dL_dw1_2_3, dL_dw1_2_4],
            [dL_dw1_3_1, dL_dw1_3_2, dL_dw1_3_3, dL_dw1_3_4],
            [dL_dw1_4_1, dL_dw1_4_2, dL_dw1_4_3, dL_dw1_4_4],
            [dL_dw1_5_1, dL_dw1_5_2, dL_dw1_5_3, dL_dw1_5_4],
            [dL_dw1_6_1, dL_dw1_6_2, dL_dw1_6_3, dL_dw1_6_4],
            [dL_dw1_7_1, dL_dw1_7_2, dL_dw1_7_3, dL_dw1_7_4],
            [dL_dw1_8_1, dL_dw1_8_2, dL_dw1_8_3, dL_dw1_8_4],
        ], params["W1"]),
        "b1": _gathered([
            delta1_1.sum(),
            delta1_2.sum(),
            delta1_3.sum(),
            delta1_4.sum(),
            delta1_5.sum(),
            delta1_6.sum(),
            delta1_7.sum(),
            delta1_8.sum(),
        ], params["b1"]),
        "W2": _gathered([
            [dL_dw2_1_1, dL_dw2_1_2, dL_dw2_1_3, dL_dw2_1_4, dL_dw2_1_5, dL_dw2_1_6, dL_dw2_1_7,
            dL_dw2_1_8],
            [dL_dw2_2_1, dL_dw2_2_2, dL_dw2_2_3, dL_dw2_2_4, dL_dw2_2_5, dL_dw2_2_6, dL_dw2_2_7,
            dL_dw2_2_8],
            [dL_dw2_3_1, dL_dw2_3_2, dL_dw2_3_3, dL_dw2_3_4, dL_dw2_3_5, dL_dw2_3_6, dL_dw2_3_7,
            dL_dw2_3_8],
        ], params["W2"]),
        "b2": _gathered([delta2_1.sum(), delta2_2.sum(), delta2_3.sum()], params["b2"]),
    }
    return float(L.sum()) / n, grads


def batch_function(batch, dtype):
    """f(params, X, Y, scale=1.0) -> (mean loss, grads times scale), for training on batches of `batch` rows."""
    return loss_and_grad


def packed(params):
    """The parameters as training wants them: as they are."""
    return params


# ----------------------------------------------------------------------------------------------------------


# --- errors, start values, checks of parameters ---


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
    kind, rng = _kind(dtype), np.random.default_rng(_checked("seed", seed))
    params = {}
    for name, shape in SHAPES.items():
        spread = math.sqrt(VARIANCE / shape[-1]) if len(shape) == 2 else 0.0
        values = rng.standard_normal(shape) if scheme == "random" else np.ones(shape)
        params[name] = (spread * values).astype(kind)
    return params


def _kind(dtype):
    """The dtype that is meant, which must be one of floats."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or kind.kind != "f":
        raise DataError(f"the dtype must be one of floats, float32 or float64, got {dtype!r}")
    return kind


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


def _copied(params):
    """The parameters as arrays of one kind of floats, each a copy; whole numbers become float64."""
    params = {name: _floats(value).copy() for name, value in params.items()}
    _check_shapes("params", params)
    kinds = sorted({str(value.dtype) for value in params.values()})
    if len(kinds) > 1:
        raise DataError(f"params mix {' and '.join(kinds)}: give all of them one dtype")
    return {name: params[name] for name in SHAPES}


def _dtype_of(params):
    return next(iter(params.values())).dtype


def _floats(values):
    """As an array that keeps its kind of floats; whole numbers become floats, since small steps would be lost."""
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def _check_shapes(path, params):
    found = {name: value.shape for name, value in params.items()}
    for name in [*SHAPES, *found]:
        if found.get(name) != SHAPES.get(name):
            wrong = f"{name} should be {SHAPES.get(name, 'absent')}, is {found.get(name, 'absent')}"
            raise DataError(f"{path} does not fit {NETWORK}: {wrong}")
        if params[name].dtype.kind != "f":
            raise DataError(f"{path} does not fit {NETWORK}: {name} should hold floats, holds {params[name].dtype}")


# --- checks of settings ---


_COUNT = (int, lambda value: value >= 1, "a whole number, at least 1")
_NATURAL = (int, lambda value: value >= 0, "a whole number, 0 or more")
_POSITIVE = (float, lambda value: 0 < value < math.inf, "a positive number")
_AMOUNT = (float, lambda value: 0 <= value < math.inf, "a number, 0 or more")
_SHARE = (float, lambda value: 0 <= value < 1, "at least 0 and below 1")

_LIMITS = {
    **dict.fromkeys(("epochs", "batch_size", "step_every", "patience", "checkpoint_every"), _COUNT),
    **dict.fromkeys(("learning_rate", "epsilon", "step_factor"), _POSITIVE),
    **dict.fromkeys(("weight_decay", "lowest_rate"), _AMOUNT),
    **dict.fromkeys(("momentum", "decay", "beta1", "beta2"), _SHARE),
    "seed": _NATURAL,
}


def _checked(name, value):
    if value is None or name not in _LIMITS:
        return value
    kind, holds, words = _LIMITS[name]
    fits = isinstance(value, (int, np.integer) if kind is int else (int, float, np.integer, np.floating))
    if not fits or isinstance(value, bool) or not holds(value):
        raise DataError(f"{_worded(name, 'the ')} must be {words}, got {value!r}")
    return kind(value)


def _worded(name, article=""):
    """A setting in words, or as its option where its words alone would be no noun."""
    return f"--{name.replace('_', '-')}" if name.endswith("_every") else article + name.replace("_", " ")


def _counted(count, thing):
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


# --- optimizers and schedules: a new one is a function and a row of its table ---


class Optimizer(NamedTuple):
    """How the parameters take one step.

    step(value, grad, rate, count, settings, spare, *kept) changes the array `value` and the arrays it keeps in place;
    it reads `grad`, may write into `spare` (of the same shape), and `count` is the number of the step, from 1.
    """

    step: Any
    rate: float  # the usual learning rate
    kept: tuple = ()  # the names of the arrays that it keeps for each parameter; they start at 0
    settings: Any = ()  # (name, usual value) of each setting of its own
    decoupled: bool = False  # it takes care of weight decay itself


def _sgd(value, grad, rate, count, settings, spare):
    """w <- w - rate g: stochastic gradient descent (Robbins and Monro 1951)."""
    np.multiply(grad, rate, out=spare)
    np.subtract(value, spare, out=value)


def _momentum(value, grad, rate, count, settings, spare, velocity):
    """v <- m v + g, w <- w - rate v: the heavy ball of Polyak 1964, as PyTorch's SGD(momentum=m)."""
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, rate, out=spare)
    np.subtract(value, spare, out=value)


def _nesterov(value, grad, rate, count, settings, spare, velocity):
    """v <- m v + g, w <- w - rate (g + m v): Nesterov 1983 as in Sutskever et al. 2013, eq. 3 and 4.

    In the form of PyTorch's SGD(nesterov=True), which keeps the point that is looked ahead to.
    """
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, settings.momentum, out=spare)
    spare += grad
    spare *= rate
    np.subtract(value, spare, out=value)


def _rmsprop(value, grad, rate, count, settings, spare, square):
    """s <- d s + (1 - d) g^2, w <- w - rate g / (sqrt(s) + epsilon): Tieleman and Hinton 2012, lecture 6.5."""
    _average(square, grad, settings.decay, spare, squared=True)
    np.sqrt(square, out=spare)
    spare += settings.epsilon
    np.divide(grad, spare, out=spare)
    spare *= rate
    np.subtract(value, spare, out=value)


def _adam(value, grad, rate, count, settings, spare, mean, square):
    """Kingma and Ba 2015, Algorithm 1: m and s average g and g^2, both corrected for their start at 0.

    w <- w - rate m' / (sqrt(s') + epsilon) with m' = m / (1 - beta1^t) and s' = s / (1 - beta2^t).
    """
    _average(mean, grad, settings.beta1, spare)
    _average(square, grad, settings.beta2, spare, squared=True)
    np.sqrt(square, out=spare)
    spare /= math.sqrt(1 - settings.beta2**count)
    spare += settings.epsilon
    np.divide(mean, spare, out=spare)
    spare *= rate / (1 - settings.beta1**count)
    np.subtract(value, spare, out=value)


def _adamw(value, grad, rate, count, settings, spare, mean, square):
    """Loshchilov and Hutter 2019, Algorithm 2: Adam, with w <- w - rate decay w beside the step.

    The decay is multiplied by the whole rate, as in PyTorch; the paper's lambda is `rate` times this one.
    """
    value *= 1 - rate * settings.weight_decay
    _adam(value, grad, rate, count, settings, spare, mean, square)


def _average(average, grad, decay, spare, squared=False):
    """average <- decay average + (1 - decay) grad, or grad squared."""
    average *= decay
    np.multiply(grad, 1 - decay, out=spare)
    if squared:
        spare *= grad
    average += spare


_BETAS = (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8))

OPTIMIZERS = {
    "sgd": Optimizer(_sgd, 0.1),
    "momentum": Optimizer(_momentum, 0.01, ("velocity",), (("momentum", 0.9),)),
    "nesterov": Optimizer(_nesterov, 0.01, ("velocity",), (("momentum", 0.9),)),
    "rmsprop": Optimizer(_rmsprop, 0.001, ("square",), (("decay", 0.9), ("epsilon", 1e-8))),
    "adam": Optimizer(_adam, 0.001, ("mean", "square"), _BETAS),
    "adamw": Optimizer(_adamw, 0.001, ("mean", "square"), (*_BETAS, ("weight_decay", 0.01)), decoupled=True),
}


class Schedule(NamedTuple):
    """How the learning rate changes: rate(settings, epoch), with epochs counted from 1."""

    rate: Any
    settings: Any = ()  # (name, usual value) of each setting of its own
    looks_ahead: bool = False  # the rate depends on how many epochs there will be


def _constant_rate(settings, epoch):
    """The same rate in every epoch."""
    return settings.learning_rate


def _step_rate(settings, epoch):
    """The rate times step_factor after every step_every epochs, as PyTorch's StepLR."""
    return settings.learning_rate * settings.step_factor ** ((epoch - 1) // settings.step_every)


def _cosine_rate(settings, epoch):
    """Half a cosine from the rate down to lowest_rate, without restarts: Loshchilov and Hutter 2017, eq. 5."""
    span = settings.learning_rate - settings.lowest_rate
    return settings.lowest_rate + span * (1 + math.cos(math.pi * (epoch - 1) / settings.epochs)) / 2


SCHEDULES = {
    "constant": Schedule(_constant_rate),
    "step": Schedule(_step_rate, (("step_every", 50), ("step_factor", 0.5))),
    "cosine": Schedule(_cosine_rate, (("lowest_rate", 0.0),), looks_ahead=True),
}


class Settings(NamedTuple):
    """How to train; None is the usual value of the optimizer or of the schedule that has such a setting.

    weight_decay holds for all parameters, biases among them, as in PyTorch: its multiple of a parameter is added to
    the gradient (L2), or for adamw taken off the parameter itself. patience is for how many epochs the validation
    loss may fail to fall.
    """

    epochs: Any = 200
    batch_size: Any = 16
    learning_rate: Any = None
    seed: Any = 0
    optimizer: Any = "sgd"
    momentum: Any = None
    decay: Any = None
    beta1: Any = None
    beta2: Any = None
    epsilon: Any = None
    weight_decay: Any = None
    schedule: Any = "constant"
    step_every: Any = None
    step_factor: Any = None
    lowest_rate: Any = None
    patience: Any = None


def _check_names(settings):
    """Refuse a setting that there is none of, with the one that may be meant."""
    for name in settings:
        if name not in Settings._fields:
            near = difflib.get_close_matches(name, Settings._fields, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(f"unknown setting {name!r}: {hint}choose from {', '.join(Settings._fields)}")


def _completed(settings):
    """Settings with every usual value filled in, as plain numbers; what makes no sense is refused."""
    optimizer = _row(OPTIMIZERS, "optimizer", settings.optimizer)
    schedule = _row(SCHEDULES, "schedule", settings.schedule)
    usual = {
        "learning_rate": optimizer.rate,
        "weight_decay": 0.0,
        **dict(optimizer.settings),
        **dict(schedule.settings),
    }
    chosen = {name: usual.get(name) if value is None else value for name, value in settings._asdict().items()}
    _check_foreign(settings, usual)
    chosen = {name: _checked(name, value) for name, value in chosen.items()}
    if chosen["lowest_rate"] is not None and chosen["lowest_rate"] > chosen["learning_rate"]:
        raise DataError(f"the lowest rate must not be above the learning rate, got {chosen['lowest_rate']}")
    return Settings(**chosen)


def _row(table, kind, name):
    if name not in table:
        raise DataError(f"unknown {kind} {name!r}: choose one of {', '.join(table)}")
    return table[name]


def _check_foreign(settings, usual):
    """Refuse a setting that the chosen optimizer and schedule do not have, rather than let it do nothing."""
    for table, choice in ((OPTIMIZERS, settings.optimizer), (SCHEDULES, settings.schedule)):
        for name in {name: None for row in table.values() for name, _ in row.settings}:
            if getattr(settings, name) is not None and name not in usual:
                owners = " or ".join(key for key, row in table.items() if name in dict(row.settings))
                raise DataError(f"{choice} has no {_worded(name)}: that goes with {owners}")


class _Steps:
    """The optimizer of one training run: the arrays that it keeps, and how many steps it has taken."""

    def __init__(self, params, settings):
        self.row, self.settings, self.count = OPTIMIZERS[settings.optimizer], settings, 0
        self.kept = {f"{kept}_{name}": np.zeros_like(params[name]) for kept in self.row.kept for name in params}
        decays = bool(settings.weight_decay) and not self.row.decoupled
        self.scaled = SCALED_GRADIENTS and self.row.step is _sgd and not decays
        spares, others = _rooms(params), _rooms(params) if decays else {}
        self._of = {
            name: (spares[name], others.get(name), [self.kept[f"{kept}_{name}"] for kept in self.row.kept])
            for name in params
        }

    def take(self, function, params, X, Y, rate):
        """One step on one batch: changes params in place and returns the mean loss before it."""
        self.count += 1
        if self.scaled:  # the step is the gradient itself: nothing is left to multiply
            value, grads = function(params, X, Y, scale=rate)
            for array, step in _all_of(params, grads):
                np.subtract(array, step, out=array)
            return float(value)
        value, grads = function(params, X, Y)
        for name, array in params.items():
            self._step(name, array, grads[name], rate)
        return float(value)

    def _step(self, name, value, grad, rate):
        spare, other, kept = self._of[name]
        if other is not None:  # the derivative of weight_decay / 2 times the square
            np.multiply(value, self.settings.weight_decay, out=other)
            other += grad
            grad = other
        self.row.step(value, grad, rate, self.count, self.settings, spare, *kept)


def _all_of(params, grads):
    """The pairs of arrays to be changed and what by: one pair where all of them lie in one array."""
    if hasattr(params, "flat") and hasattr(grads, "flat"):
        return ((params.flat, grads.flat),)
    return tuple((array, grads[name]) for name, array in params.items())


def _rooms(params):
    """An array of the shape of each parameter, all in the memory of the largest."""
    values = list(params.values())
    room = np.empty(max(value.size for value in values), values[0].dtype)
    return {name: room[: value.size].reshape(value.shape) for name, value in params.items()}


# --- weights ---


def save(path, params, **notes):
    """Write parameters (and notes: arrays or strings) as .npz, aside first, so that no half file is left."""
    _save_arrays(path, {**params, **_prefixed("note_", notes)}, "--weights")


def load(path):
    """Read what save() wrote: (parameters, notes). No pickle is read."""
    arrays = _load_arrays(path, "weights")
    if set(arrays) >= _CHECKPOINT:
        raise DataError(f"{path} is a checkpoint, not weights: name what --weights wrote, or go on with --resume")
    params = {name: value for name, value in arrays.items() if not name.startswith("note_")}
    _check_shapes(path, params)
    _check_numbers(path, params)
    return {name: params[name] for name in SHAPES}, _stripped("note_", arrays)


def _check_numbers(path, params):
    """Refuse weights that no training leaves behind."""
    dtypes = sorted({str(value.dtype) for value in params.values()})
    if len(dtypes) > 1:
        raise DataError(f"{path} holds weights of {' and '.join(dtypes)}: they must be of one kind")
    for name, value in params.items():
        if not np.isfinite(value).all():
            raise DataError(f"{path}: {name} holds numbers that are not finite; train again")


def _prefixed(prefix, arrays):
    return {f"{prefix}{name}": value for name, value in arrays.items()}


def _stripped(prefix, arrays):
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _save_arrays(path, arrays, option):
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    if any(value.dtype.kind == "O" for value in arrays.values()):
        raise DataError(
            f"cannot save {', '.join(arrays)}: one is no array of numbers or strings, and pickle is not used"
        )
    _write_whole(path, lambda file: np.savez(file, **arrays), option)


def _load_arrays(path, what):
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or 'it is no .npz file'}") from error
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is no .npz file of {what}, or is damaged ({type(error).__name__})") from error


def _write_whole(path, write, option):
    """Write a file aside, put it on the disk, and only then in its place: a kill leaves the old file or the new."""
    place = os.path.realpath(path)
    aside = _aside(place)
    try:
        with open(aside, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, place)
        _sync_folder(os.path.dirname(place))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise DataError(f"cannot write {path}: {error.strerror}; choose another {option} path") from error


def _aside(place):
    """A path beside a file, for this process alone; what a killed process of the same number left is taken away."""
    aside = f"{place}.{os.getpid()}.part"
    with contextlib.suppress(OSError):
        os.unlink(aside)
    return aside


def _sync_folder(folder):
    """Put the new name on the disk too, where folders can be opened for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_writable(path, option, others):
    """Refuse a path for the results before any work is done for them; `others` are files that must stay, by name."""
    place = os.path.realpath(path)
    for name, other in others.items():
        if other and place == os.path.realpath(other):
            raise DataError(f"cannot write {path}: it is the same file as {name}; choose another {option} path")
    refused = os.path.exists(place) and not os.path.isfile(place)
    try:
        aside = _aside(place)
        open(aside, "xb").close()
        os.unlink(aside)
    except OSError:
        refused = True
    if refused:
        raise DataError(f"cannot write {path}: choose another {option} path, in a folder that exists")


# --- checkpoints: all that a run needs to go on as if it had never stopped ---


class Checkpoints(NamedTuple):
    """Where the state of a run is kept, after how many epochs each time, and the file to go on from."""

    path: Any = None
    every: int = 10
    resume: Any = None
    notes: Any = ()  # a dict of arrays or strings that are kept beside it


_CHECKPOINT = {"identity", "progress", "history"}  # what each holds, and no file of weights does


def _check_replaced(path):
    """Refuse to write checkpoints over a file that is none."""
    if path is None or not os.path.exists(path):
        return
    try:
        is_ours = set(_load_arrays(path, "a checkpoint")) >= _CHECKPOINT
    except DataError:
        is_ours = False
    if not is_ours:
        raise DataError(f"cannot write {path}: it exists and is no checkpoint; choose another --checkpoint path")


def _identity(settings, start, data):
    """What two runs must share for one to go on where the other stopped, as a dict that JSON can hold."""
    chosen = settings._asdict()
    if not SCHEDULES[settings.schedule].looks_ahead:
        del chosen["epochs"]  # to train for longer changes nothing about the epochs before
    return {
        "network": f"{NETWORK}, hidden {HIDDEN}, output {OUTPUT}, loss {LOSS}",
        "functions": PROGRAM,
        "dtype": str(data[0].dtype),
        **chosen,
        "start values": _digest(start.values()),
        "data": _digest(data),
    }


def _digest(arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    return digest.hexdigest()


def _set_down(path, run, identity, notes):
    """Write the checkpoint of a run between two epochs."""
    progress = {
        "epoch": run.epoch,
        "steps": run.steps.count,
        "generator": run.rng.bit_generator.state,
        "best epoch": run.best_epoch,
        "best loss": run.best_loss,
    }
    arrays = {
        "identity": json.dumps(identity),
        "progress": json.dumps(progress),
        "history": np.array(run.history, dtype=np.float64),
        **_prefixed("param_", run.params),
        **_prefixed("kept_", run.steps.kept),
        **_prefixed("best_", run.best),
        **_prefixed("note_", dict(notes)),
    }
    _save_arrays(path, arrays, "--checkpoint")


def _restore(path, run, identity):
    """Put a new run where the checkpoint's stood; one of another network, data or settings is refused."""
    arrays = _load_arrays(path, "a checkpoint")
    if not set(arrays) >= _CHECKPOINT:
        raise DataError(f"{path} is no checkpoint: name a file that --checkpoint wrote")
    try:
        found, progress = (json.loads(str(arrays[name])) for name in ("identity", "progress"))
        _check_identity(path, dict(found), identity)
        _restore_progress(run, progress, arrays["history"])
        _fill(run.params, _stripped("param_", arrays))
        _fill(run.steps.kept, _stripped("kept_", arrays))
        run.best = {name: np.empty_like(value) for name, value in run.params.items()} if run.best_epoch else {}
        _fill(run.best, _stripped("best_", arrays))
    except DataError:
        raise
    except Exception as error:  # a damaged file can fail in any way
        raise DataError(f"{path} is a damaged checkpoint ({type(error).__name__})") from error
    if run.epoch > run.settings.epochs:
        raise DataError(f"{path} has {_counted(run.epoch, 'epoch')} behind it: set --epochs to that or more")


def _check_identity(path, found, identity):
    names = [name for name in {**identity, **found} if found.get(name) != identity.get(name)]
    if "network" in names:  # then much else differs too
        names = ["network"]
    shown = [name for name in names if name not in ("start values", "data")]
    if names:
        texts = [f"{name.replace('_', ' ')} {found.get(name)} there and {identity.get(name)} here" for name in shown]
        differs = "; ".join(texts) or " and ".join(names)
        raise DataError(f"{path} is the checkpoint of another run, which differs in: {differs}")


def _restore_progress(run, progress, history):
    run.epoch, run.steps.count, run.history = int(progress["epoch"]), int(progress["steps"]), history.tolist()
    if run.epoch < 1 or history.shape != (run.epoch,):
        raise ValueError("not a loss for each epoch")
    run.rng.bit_generator.state = progress["generator"]
    run.best_epoch, run.best_loss = int(progress["best epoch"]), float(progress["best loss"])


def _fill(arrays, found):
    """Copy each array into the one of its name, which must be its like."""
    if set(arrays) != set(found):
        raise ValueError("other arrays than expected")
    for name, array in arrays.items():
        if (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            raise ValueError(f"{name} is of another kind than expected")
        np.copyto(array, found[name])


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


# --- training ---


def train(
    params,
    X,
    Y,
    epochs=200,
    batch_size=16,
    learning_rate=None,
    seed=0,
    on_epoch=None,
    *,
    validation=None,
    checkpoints=None,
    **others,
):
    """Train in mini-batches; returns (trained parameters, the mean loss of each epoch).

    X is (samples, inputs), Y is (samples, outputs); both are converted once to the dtype of `params`, in which all
    of the training is done. `params` is left as it was. `on_epoch(epoch, loss)` is called after each epoch, counted
    from 1. `others` are further settings, by the names of Settings: optimizer="adam", say. With `validation`, a pair
    (X, Y), the parameters returned are those of the epoch with the lowest validation loss. `checkpoints` (of class
    Checkpoints) says where to keep the state of the run, and where to go on from.

    Raises:
        DataError: parameters, data, settings or a checkpoint that do not fit.
        Diverged: the loss stopped being finite.
    """
    _check_names(others)
    settings = Settings(epochs, batch_size, learning_rate, seed, **others)
    run = _trained(params, X, Y, settings, on_epoch, validation, checkpoints)
    return run.outcome(), run.history


def _trained(params, X, Y, settings, on_epoch=None, validation=None, checkpoints=None):
    """The finished run."""
    settings, start = _completed(settings), packed(_copied(params))
    dtype = _dtype_of(start)
    X, Y = _samples(X, Y, dtype)
    held = _held(validation, dtype)
    if settings.patience is not None and held is None:
        raise DataError("patience goes with validation rows: set --validation-fraction, or leave --patience out")
    keeper = _Keeper(checkpoints or Checkpoints(), settings, start, (X, Y, *(held or ())))
    run = _Run(start, settings)
    keeper.resume(run)
    _train_on(run, _Batches(X, Y, settings.batch_size), held, keeper, on_epoch)
    return run


def _train_on(run, batches, held, keeper, on_epoch):
    """The epochs that are left, each with its looks at the outcome."""
    good = {name: value.copy() for name, value in run.params.items()}
    while not run.is_over():
        for name, value in run.params.items():
            np.copyto(good[name], value)
        run.one_epoch(batches)
        if not all(np.isfinite(value).all() for value in (run.history[-1], *run.params.values())):
            raise Diverged(run.epoch, good)
        if held is not None:
            run.validate(*held)
        keeper.after_epoch(run)
        if on_epoch is not None:
            on_epoch(run.epoch, run.history[-1])


class _Run:
    """What changes from epoch to epoch, all of which a checkpoint holds."""

    def __init__(self, params, settings):
        self.params, self.settings = params, settings
        self.steps = _Steps(params, settings)
        self.rng = np.random.default_rng(settings.seed)
        self.epoch, self.history = 0, []
        self.best, self.best_epoch, self.best_loss = {}, 0, math.inf

    def one_epoch(self, batches):
        """One pass over the samples in a new order; notes the mean loss."""
        self.epoch += 1
        rate = SCHEDULES[self.settings.schedule].rate(self.settings, self.epoch)
        total = 0.0
        with np.errstate(all="ignore"):  # the outcome is looked at when the epoch is over
            for function, X, Y in batches.of(self.rng.permutation(batches.rows)):
                total += self.steps.take(function, self.params, X, Y, rate) * len(X)
        self.history.append(total / batches.rows)

    def validate(self, X, Y):
        """Keep the parameters if they are the best so far on rows that are not trained on."""
        with np.errstate(all="ignore"):
            value = float(loss(self.params, X, Y))
        if value < self.best_loss:
            self.best, self.best_epoch = {name: array.copy() for name, array in self.params.items()}, self.epoch
            self.best_loss = value

    def is_over(self):
        """Whether the epochs are done, or the validation loss has not fallen for as long as patience lasts."""
        patience = self.settings.patience
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.settings.epochs or (patience is not None and waited >= patience)

    def outcome(self):
        """The best parameters where there is validation, else the last."""
        return self.best or self.params


class _Batches:
    """The samples in mini-batches; each batch is put where the one before it was, and the last may be smaller."""

    def __init__(self, X, Y, size):
        self.X, self.Y, self.rows = X, Y, len(X)
        self.size = min(size, self.rows)
        self.rooms = {rows: self._room(rows) for rows in (self.size, self.rows % self.size) if rows}

    def _room(self, rows):
        X, Y = (np.empty((rows, array.shape[1]), array.dtype) for array in (self.X, self.Y))
        return batch_function(rows, X.dtype), X, Y

    def of(self, order):
        """(the function for so many rows, their X, their Y) for each batch."""
        for start in range(0, self.rows, self.size):
            rows = order[start : start + self.size]
            function, X, Y = self.rooms[len(rows)]
            np.take(self.X, rows, axis=0, out=X, mode="clip")  # "raise" would fill a copy first
            np.take(self.Y, rows, axis=0, out=Y, mode="clip")
            yield function, X, Y


class _Keeper:
    """Keeps the checkpoints of one run, and knows what a run must have in common with them."""

    def __init__(self, places, settings, start, data):
        self.places, self.every = places, _checked("checkpoint_every", places.every)
        if places.path is not None or places.resume is not None:
            self.identity = _identity(settings, start, data)
        if places.path != places.resume:
            _check_replaced(places.path)

    def resume(self, run):
        """Put the run where the checkpoint left it."""
        if self.places.resume is not None:
            _restore(self.places.resume, run, self.identity)

    def after_epoch(self, run):
        """Write a checkpoint when one is due, and when the run is over."""
        if self.places.path is not None and (run.epoch % self.every == 0 or run.is_over()):
            _set_down(self.places.path, run, self.identity, self.places.notes)


def _held(validation, dtype):
    if validation is None:
        return None
    X, Y = validation
    return _samples(X, Y, dtype, ("the validation X", "the validation Y"))


def _samples(X, Y, dtype, names=("X", "Y")):
    """Both as arrays of `dtype`, after every check that training can do without looking at the network."""
    arrays = [np.atleast_1d(values) for values in (X, Y)]
    rows = [len(array) for array in arrays]
    if rows[0] != rows[1] or not rows[0]:
        pair, found = " and ".join(names), f"{rows[0]} and {_counted(rows[1], 'row')}"
        raise DataError(f"{pair} must have a row for each sample, and at least one: got {found}")
    X, Y = (_numbers(*each, dtype) for each in zip(arrays, names, (WIDTHS[0], WIDTHS[-1]), strict=True))
    _check_targets(names[1], Y)
    return X, Y


# --- the command line ---


def fit(options, on_epoch=None):
    """Read, split, train, measure and save as the command line's options say; returns the lines of a report.

    The targets of a regression are standardised like the inputs; the loss is then that of the standard targets, and
    the RMSE is in the units of the file. Raises DataError for all that does not fit, and when training diverges.
    """
    settings = _completed(Settings(**{name: getattr(options, name) for name in Settings._fields}))
    _check_places(options)
    parts = _parts(
        read_csv(options.data, options.target), options.validation_fraction, options.test_fraction, options.seed
    )
    training, validation, test = _standard_targets(parts)
    held = (validation.X, validation.Y) if len(validation.X) else None
    notes = {name: getattr(training, name) for name in _NOTED}
    places = Checkpoints(options.checkpoint or options.resume, options.checkpoint_every, options.resume, notes)
    try:
        start = init(options.seed, options.init, options.dtype)
        run = _trained(start, training.X, training.Y, settings, on_epoch, held, places)
    except Diverged as stop:
        place = options.weights if not os.path.exists(options.weights) else _beside(options.weights)
        save(place, stop.params, **notes)
        raise DataError(f"{stop}; the last good weights are in {place}") from stop
    save(options.weights, run.outcome(), **notes)
    return _report(run, training, test, options.weights)


_NOTED = ("mean", "scale", "target_mean", "target_scale", "inputs", "targets", "classes")


def _check_places(options):
    """Refuse places for the results that cannot be written, or that would cost another file."""
    kept = {"this module": __file__, "the data file": options.data}
    states = {"the --checkpoint file": options.checkpoint, "the --resume file": options.resume}
    _check_writable(options.weights, "--weights", {**kept, **states})
    if options.checkpoint:
        _check_writable(options.checkpoint, "--checkpoint", kept)
    elif options.resume and os.path.exists(options.resume):  # one that is absent is told of later
        _check_writable(options.resume, "--resume", kept)


def _beside(path):
    """Where the weights of a run that diverged go when there are weights already, which may be better."""
    stem, end = os.path.splitext(path)
    return f"{stem}.diverged{end}"


def _report(run, training, test, place):
    params, history = run.outcome(), run.history
    best = f"best epoch      {run.best_epoch} (validation loss: {run.best_loss:.6f})"
    return [
        f"loss            {history[-1]:.6f} after {_counted(len(history), 'epoch')} (first epoch: {history[0]:.6f})",
        *([best] if run.best else []),
        _scored("train", params, training),
        *([_scored("test", params, test)] if len(test.X) else []),
        f"weights         {place}",
    ]


def _scored(part, params, data):
    name, value = score(params, data)
    figure = f"{value:.1%}" if data.classes else f"{value:.6g}"
    return f"{part + ' ' + name:<15} {figure} of {_counted(len(data.X), 'row')}"


def predict(options):
    """What the trained network says about each line of a CSV file, as lines of CSV, or where they were written."""
    if options.output_file:
        kept = {"this module": __file__, "the weights": options.weights, "the data file": options.data}
        _check_writable(options.output_file, "--output-file", kept)
    params, notes = load(options.weights)
    if not {*_NOTED} <= set(notes):
        raise DataError(f"{options.weights} holds no names of columns: name a file that the train command wrote")
    _check_notes(options.weights, notes)
    text = io.StringIO()
    header, rows = _predictions(params, notes, options.data)
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    if not options.output_file:
        return text.getvalue().splitlines()
    _write_whole(options.output_file, lambda file: file.write(text.getvalue().encode()), "--output-file")
    return [f"wrote {options.output_file}"]


def _check_notes(path, notes):
    """Refuse notes on columns that cannot be what training wrote about this network."""
    widths = {"mean": WIDTHS[0], "scale": WIDTHS[0], "target_mean": WIDTHS[-1], "target_scale": WIDTHS[-1]}
    for name, width in widths.items():
        note = notes.get(name, np.ones(()))
        fits = note.dtype.kind == "f" and note.shape in ((), (width,)) and np.isfinite(note).all()
        if not fits or (name.endswith("scale") and not (note > 0).all()):
            raise DataError(f"{path} is damaged: its note {name!r} cannot be of {NETWORK}; train again")
    if notes["inputs"].shape != (WIDTHS[0],):
        raise DataError(f"{path} is damaged: it does not name the {WIDTHS[0]} inputs of {NETWORK}; train again")


_OPTIONS = {
    "data": [
        ("data", {"help": "a CSV file with a line of column names"}),
        ("--target", {"help": "the column to predict, or several with commas between (default: the last)"}),
        ("--test-fraction", {"type": float, "default": 0.2, "help": "rows kept for the test (default: 0.2)"}),
        (
            "--validation-fraction",
            {"type": float, "default": 0.0, "help": "rows kept to choose the best epoch by (default: 0)"},
        ),
    ],
    "training": [
        ("--epochs", {"type": int, "default": 200, "help": "passes over the training rows (default: 200)"}),
        ("--batch-size", {"type": int, "default": 16, "help": "rows in one step (default: 16)"}),
        ("--patience", {"type": int, "help": "stop after so many epochs without a lower validation loss"}),
        ("--seed", {"type": int, "default": 0, "help": "seed of start weights, split and order (default: 0)"}),
        (
            "--init",
            {"choices": ("random", "equal"), "default": "random", "help": "start weights (default: random)"},
        ),
        (
            "--dtype",
            {"choices": ("float32", "float64"), "default": "float64", "help": "kind of numbers (default: float64)"},
        ),
    ],
    "optimizer": [
        ("--optimizer", {"choices": tuple(OPTIMIZERS), "default": "sgd", "help": "(default: sgd)"}),
        (
            "--learning-rate",
            {"type": float, "help": "step size (default: sgd 0.1, momentum and nesterov 0.01, others 0.001)"},
        ),
        ("--weight-decay", {"type": float, "help": "pull of all parameters to 0 (default: 0; adamw: 0.01)"}),
        ("--momentum", {"type": float, "help": "of momentum and nesterov (default: 0.9)"}),
        ("--decay", {"type": float, "help": "of rmsprop's average of squares (default: 0.9)"}),
        ("--beta1", {"type": float, "help": "of adam's and adamw's average (default: 0.9)"}),
        ("--beta2", {"type": float, "help": "of adam's and adamw's average of squares (default: 0.999)"}),
        ("--epsilon", {"type": float, "help": "what rmsprop, adam and adamw add to a divisor (default: 1e-8)"}),
    ],
    "learning rate over the epochs": [
        ("--schedule", {"choices": tuple(SCHEDULES), "default": "constant", "help": "(default: constant)"}),
        ("--step-every", {"type": int, "help": "epochs between the steps of step (default: 50)"}),
        ("--step-factor", {"type": float, "help": "what step multiplies the rate by (default: 0.5)"}),
        ("--lowest-rate", {"type": float, "help": "where cosine ends (default: 0)"}),
    ],
    "files": [
        ("--weights", {"help": "where the trained weights go (default: the module's name with .npz)"}),
        ("--checkpoint", {"help": "where the state of the run is kept, to go on after a kill"}),
        ("--checkpoint-every", {"type": int, "default": 10, "help": "epochs from one to the next (default: 10)"}),
        ("--resume", {"help": "a checkpoint to go on from; it is kept up to date unless --checkpoint names another"}),
    ],
}


def add_options(parser):
    """The options of the train command, in groups."""
    for title, options in _OPTIONS.items():
        group = parser.add_argument_group(title)
        for name, details in options:
            group.add_argument(name, **details)


def add_predict_options(parser):
    """The options of the predict command."""
    parser.add_argument("weights", help="what the train command wrote")
    parser.add_argument("data", help="a CSV file with the input columns, in any order and among others")
    parser.add_argument("-o", "--output-file", help="write the predictions here instead of printing them")


def default_weights(module):
    """Where the weights go unless told otherwise: into this folder, under the module's name."""
    return os.path.splitext(os.path.basename(module))[0] + ".npz"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {' '.join(message.split())}; see --help\n")


def _parser():
    name = os.path.basename(__file__)
    parser = _Parser(prog=f"python {name}", description=f"Train {NETWORK} with NumPy alone, and use it.")
    commands = parser.add_subparsers(dest="command", required=True)
    says = {"train": "train on a CSV file and save the weights", "predict": "say what the network makes of a CSV file"}
    examples = {"train": "data.csv --epochs 100", "predict": f"{default_weights(name)} data.csv"}
    for command, add in (("train", add_options), ("predict", add_predict_options)):
        example = f"example: python {name} {command} {examples[command]}"
        add(commands.add_parser(command, help=says[command], description=_sentence(says[command]), epilog=example))
    return parser


def _sentence(text):
    return f"{text[0].upper()}{text[1:]}."


def main(argv=None):
    """The command line: python THIS_FILE train data.csv --target column, or predict weights.npz data.csv."""
    options = _parser().parse_args(argv)
    try:
        print("\n".join(predict(options) if options.command == "predict" else _fitted(options)))
    except DataError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


def _fitted(options):
    options.weights = options.weights or default_weights(__file__)

    def progress(epoch, value):
        if epoch % max(1, options.epochs // 10) == 0 or epoch == 1:
            print(f"epoch {epoch:>5}  loss {value:.6f}")

    return fit(options, progress)


if __name__ == "__main__":
    sys.exit(main())
